/** Making an account. What is answered does not tell whether the address has one; its owner learns by mail. */
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Notice } from '../../ui/states.tsx';
import { signUp } from '../account.ts';
import { useInvitation } from '../link.ts';
import { Frame, fieldsOf, Trouble, wrongWith } from './frame.tsx';

export const PASSWORD_HINT = 'At least 12 characters; a few words that you remember are better than signs.';

export const SignUp = () => {
  const invitation = useInvitation();
  const task = useMutation({ mutationFn: signUp });
  if (task.isSuccess) {
    return (
      <Frame title="Look into your mail">
        <p>
          We have written to <strong className="wrap-anywhere">{task.variables.email}</strong>. Follow the link in the
          mail to prove that the address is yours, and then sign in.
        </p>
        <Link to="/sign-in" className="underline">
          Sign in
        </Link>
      </Frame>
    );
  }
  return (
    <Frame title="Make an account">
      {invitation !== null && <Notice>You are invited: use the address that the invitation came to.</Notice>}
      <Trouble error={task.error} />
      <form
        className="space-y-4"
        onSubmit={(event) => {
          const field = fieldsOf(event);
          task.mutate({ name: field('name'), email: field('email'), password: field('password') });
        }}
      >
        <Field label="Name" error={wrongWith(task.error, 'name')}>
          <Input name="name" autoComplete="name" required maxLength={200} autoFocus />
        </Field>
        <Field label="E-mail" error={wrongWith(task.error, 'email')}>
          <Input name="email" type="email" autoComplete="username" required maxLength={254} />
        </Field>
        <Field label="Password" hint={PASSWORD_HINT} error={wrongWith(task.error, 'password')}>
          <Input name="password" type="password" autoComplete="new-password" required minLength={12} maxLength={128} />
        </Field>
        <Button type="submit" kind="primary" busy={task.isPending} className="w-full">
          Make an account
        </Button>
      </form>
      <Link to="/sign-in" className="underline">
        I have an account
      </Link>
    </Frame>
  );
};
