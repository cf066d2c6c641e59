/** Whoever comes by a link of a mail. Each acts on a press of a button: mail scanners follow links, too. */
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Notice } from '../../ui/states.tsx';
import { acceptInvitation, resetPassword, resume, takeNewEmail, verifyEmail } from '../account.ts';
import { invitationDone, linkDone, type MailLink } from '../link.ts';
import { chooseTenant } from '../session.ts';
import { Frame, fieldsOf, Trouble, wrongWith } from './frame.tsx';
import { PASSWORD_HINT } from './sign-up.tsx';

const Go = ({ onGo, children }: { onGo: () => void; children: ReactNode }) => (
  <Button kind="primary" className="w-full" onClick={onGo}>
    {children}
  </Button>
);

interface VerifyProps {
  readonly verify: () => Promise<unknown>;
  readonly title: string;
  readonly done: string;
}

const Verify = ({ verify, title, done }: VerifyProps) => {
  const task = useMutation({ mutationFn: verify });
  return (
    <Frame title={title}>
      <Trouble error={task.error} />
      {task.isSuccess && <Notice tone="allow">{done}</Notice>}
      {task.isSuccess || task.isError ? (
        <Go onGo={linkDone}>Go on</Go>
      ) : (
        <Button kind="primary" className="w-full" busy={task.isPending} onClick={() => task.mutate()}>
          Verify my address
        </Button>
      )}
    </Frame>
  );
};

const Reset = ({ token }: { token: string }) => {
  const task = useMutation({ mutationFn: (password: string) => resetPassword(token, password) });
  const [differ, setDiffer] = useState(false);
  if (task.isSuccess) {
    return (
      <Frame title="Choose a new password">
        <Notice tone="allow">It is changed, and every session of this account has ended.</Notice>
        <Go onGo={linkDone}>Sign in</Go>
      </Frame>
    );
  }
  return (
    <Frame title="Choose a new password">
      <Trouble error={task.error} />
      <form
        className="space-y-4"
        onSubmit={(event) => {
          const field = fieldsOf(event);
          const same = field('password') === field('password-again');
          setDiffer(!same);
          if (same) task.mutate(field('password'));
        }}
      >
        <Field label="New password" hint={PASSWORD_HINT} error={wrongWith(task.error, 'password')}>
          <Input
            name="password"
            type="password"
            autoComplete="new-password"
            required
            minLength={12}
            maxLength={128}
            autoFocus
          />
        </Field>
        <Field label="Once more" error={differ ? 'The two are not the same.' : undefined}>
          <Input name="password-again" type="password" autoComplete="new-password" required maxLength={128} />
        </Field>
        <Button type="submit" kind="primary" busy={task.isPending} className="w-full">
          Set the password
        </Button>
      </form>
      <Button kind="quiet" onClick={linkDone}>
        Leave it as it is
      </Button>
    </Frame>
  );
};

export const Arrival = ({ link: { what, token } }: { link: MailLink }) => {
  switch (what) {
    case 'verify':
      return (
        <Verify
          verify={() => verifyEmail(token)}
          title="Verify your address"
          done="The address is yours. You can sign in now."
        />
      );
    case 'email':
      return (
        <Verify
          verify={() => takeNewEmail(token)}
          title="Verify your new address"
          done="Your account has this address from now on."
        />
      );
    case 'reset':
      return <Reset token={token} />;
  }
};

/** For somebody who has signed in. */
export const Invited = ({ token, email }: { token: string; email: string }) => {
  const task = useMutation({
    mutationFn: async () => {
      const { tenant } = await acceptInvitation(token);
      await resume();
      chooseTenant(tenant);
      invitationDone();
    },
  });
  return (
    <Frame title="You are invited" lead={`Signed in as ${email}. An invitation is for one address only.`}>
      <Trouble error={task.error} />
      <Button kind="primary" className="w-full" busy={task.isPending} onClick={() => task.mutate()}>
        Accept the invitation
      </Button>
      <Button kind="quiet" onClick={invitationDone}>
        {task.isError ? 'Go on without it' : 'Not now'}
      </Button>
    </Frame>
  );
};
