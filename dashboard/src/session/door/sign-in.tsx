/** Signing in with an address and a password. */
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Problem } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Notice } from '../../ui/states.tsx';
import { mailAgain, signIn } from '../account.ts';
import { useInvitation } from '../link.ts';
import { Frame, fieldsOf, Trouble } from './frame.tsx';
import { OtherWays, Returned } from './other-ways.tsx';

/** The right password for an address that nobody has proved to be theirs. */
const Unproved = ({ email }: { email: string }) => {
  const again = useMutation({ mutationFn: () => mailAgain(email) });
  return (
    <Notice tone="hold">
      <p>This address has not been verified yet. Follow the link in the mail that we sent to it.</p>
      {again.isSuccess ? (
        <p className="font-medium">Another mail is on its way.</p>
      ) : (
        <Button className="mt-2" busy={again.isPending} onClick={() => again.mutate()}>
          Send the mail again
        </Button>
      )}
    </Notice>
  );
};

export const SignIn = () => {
  const invitation = useInvitation();
  const task = useMutation({
    mutationFn: ({ email, password }: { email: string; password: string }) => signIn(email, password),
  });
  const unproved = task.error instanceof Problem && task.error.code === 'email_not_verified';
  return (
    <Frame title="Sign in">
      {invitation !== null && (
        <Notice>You are invited: sign in with the address of the invitation, or make an account with it.</Notice>
      )}
      {task.isIdle && <Returned />}
      {unproved ? <Unproved email={task.variables?.email ?? ''} /> : <Trouble error={task.error} />}
      <form
        className="space-y-4"
        onSubmit={(event) => {
          const field = fieldsOf(event);
          task.mutate({ email: field('email'), password: field('password') });
        }}
      >
        <Field label="E-mail">
          <Input name="email" type="email" autoComplete="username" required autoFocus />
        </Field>
        <Field label="Password">
          <Input name="password" type="password" autoComplete="current-password" required maxLength={128} />
        </Field>
        <Button type="submit" kind="primary" busy={task.isPending} className="w-full">
          Sign in
        </Button>
      </form>
      <OtherWays />
      <ul className="space-y-1 border-t border-line pt-4">
        <li>
          <Link to="/sign-up" className="underline">
            Make an account
          </Link>
        </li>
        <li>
          <Link to="/forgot-password" className="underline">
            I lost my password
          </Link>
        </li>
        <li>
          <Link to="/sign-in/key" className="underline">
            Use an API key
          </Link>
        </li>
      </ul>
      <p className="text-xs text-soft">
        On your own machine, <code>npm start</code> prints a sign-in for the demo. The API is described at{' '}
        <a className="underline" href="/docs">
          /docs
        </a>
        .
      </p>
    </Frame>
  );
};
