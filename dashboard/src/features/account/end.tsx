/** The end of the account. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/http.ts';
import { fieldsOf, Trouble } from '../../session/door/frame.tsx';
import { close as closeSession } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Card } from '../../ui/table.tsx';
import { Proof } from './proof.tsx';

export const EndDialog = ({ open, onClose }: { open: boolean; onClose: () => void }) => {
  const task = useMutation({
    mutationFn: (body: { password?: string; keep_keys: boolean }) => sendJson('POST', '/v1/account/delete', body),
    onSuccess: closeSession,
  });
  const close = (): void => {
    task.reset();
    onClose();
  };
  return (
    <Dialog open={open} onClose={close} title="Delete your account" description="This cannot be taken back.">
      <form
        className="space-y-4"
        onSubmit={(event) => {
          const field = fieldsOf(event);
          const password = field('password');
          task.mutate({ keep_keys: field('keep') === 'on', ...(password === '' ? {} : { password }) });
        }}
      >
        <Trouble error={task.error} />
        <Proof />
        <label className="flex items-start gap-2">
          <input type="checkbox" name="keep" className="mt-0.5 size-5 shrink-0 accent-accent" />
          <span>
            Let API keys that I made work on
            <span className="block text-xs text-soft">Otherwise they are revoked at once.</span>
          </span>
        </label>
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" kind="danger" busy={task.isPending}>
            Delete it
          </Button>
        </div>
      </form>
    </Dialog>
  );
};

export const End = () => {
  const [open, setOpen] = useState(false);
  return (
    <Card title="Delete the account">
      <div className="space-y-3">
        <p className="text-soft">
          You leave every tenant, and your name, address, passkeys and sessions are gone. What you did stays in the
          ledgers, under an id that means nobody from then on.
        </p>
        <Button kind="danger" onClick={() => setOpen(true)}>
          Delete my account
        </Button>
      </div>
      <EndDialog open={open} onClose={() => setOpen(false)} />
    </Card>
  );
};
