/** Who one is: the name can be changed at once, the address when it is proved. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/http.ts';
import { resume } from '../../session/account.ts';
import { fieldsOf, Trouble, wrongWith } from '../../session/door/frame.tsx';
import { membershipOf, type PersonSession, roleName } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Notice } from '../../ui/states.tsx';
import { Card, Facts, Mono } from '../../ui/table.tsx';
import { Proof } from './proof.tsx';

interface Closable {
  readonly open: boolean;
  readonly onClose: () => void;
}

const NameDialog = ({ name, open, onClose }: Closable & { readonly name: string }) => {
  const task = useMutation({
    mutationFn: (wanted: string) => sendJson('PATCH', '/v1/account', { name: wanted }).then(resume),
    onSuccess: onClose,
  });
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Change your name"
      description="The people of your tenants see it. Ledgers do not have it."
    >
      <form className="space-y-4" onSubmit={(event) => task.mutate(fieldsOf(event)('name'))}>
        <Trouble error={task.error} />
        <Field label="Name">
          <Input name="name" required maxLength={200} autoComplete="name" defaultValue={name} />
        </Field>
        <Button type="submit" kind="primary" busy={task.isPending}>
          Change the name
        </Button>
      </form>
    </Dialog>
  );
};

const EmailDialog = ({ open, onClose }: Closable) => {
  const task = useMutation({
    mutationFn: (body: { email: string; password?: string }) => sendJson('POST', '/v1/account/email', body),
  });
  const close = (): void => {
    task.reset();
    onClose();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      title="Change your address"
      description="A mail goes to the new address. Until its link is followed, the account keeps the one it has."
    >
      {task.isSuccess ? (
        <div className="space-y-4">
          <Notice tone="allow">Look into the mail of the new address. The link is good for an hour.</Notice>
          <Button onClick={close}>Close</Button>
        </div>
      ) : (
        <form
          className="space-y-4"
          onSubmit={(event) => {
            const field = fieldsOf(event);
            const password = field('password');
            task.mutate({ email: field('email'), ...(password === '' ? {} : { password }) });
          }}
        >
          <Trouble error={task.error} />
          <Field label="New e-mail" error={wrongWith(task.error, 'email')}>
            <Input name="email" type="email" required maxLength={254} autoComplete="email" />
          </Field>
          <Proof />
          <Button type="submit" kind="primary" busy={task.isPending}>
            Send the mail
          </Button>
        </form>
      )}
    </Dialog>
  );
};

export const You = ({ session }: { session: PersonSession }) => {
  const { user } = session;
  const here = membershipOf(session);
  const [dialog, setDialog] = useState<'name' | 'email' | null>(null);
  const close = (): void => setDialog(null);
  return (
    <Card title="You">
      <div className="space-y-4">
        <Facts
          rows={[
            ['Name', user.name],
            ['E-mail', user.email],
            ['Id in ledgers', <Mono key="id">{user.user_id}</Mono>],
            ['Role here', here === null ? '—' : roleName(here.role)],
            ['It may', <code key="may">{here?.permissions.join(' ') ?? '—'}</code>],
          ]}
        />
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => setDialog('name')}>Change name</Button>
          <Button onClick={() => setDialog('email')}>Change address</Button>
        </div>
      </div>
      <NameDialog name={user.name} open={dialog === 'name'} onClose={close} />
      <EmailDialog open={dialog === 'email'} onClose={close} />
    </Card>
  );
};
