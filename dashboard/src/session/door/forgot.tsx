/** A lost password: asking for the mail. The answer is the same for addresses that have no account. */
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Notice } from '../../ui/states.tsx';
import { forgotPassword } from '../account.ts';
import { Frame, fieldsOf, Trouble } from './frame.tsx';

export const ForgotPassword = () => {
  const task = useMutation({ mutationFn: forgotPassword });
  return (
    <Frame title="A new password" lead="We send a link to your address that opens one; it works once, within an hour.">
      {task.isSuccess && (
        <Notice tone="allow">
          If there is an account with the address <strong className="wrap-anywhere">{task.variables}</strong>, the mail
          is on its way.
        </Notice>
      )}
      <Trouble error={task.error} />
      <form className="space-y-4" onSubmit={(event) => task.mutate(fieldsOf(event)('email'))}>
        <Field label="E-mail">
          <Input name="email" type="email" autoComplete="username" required autoFocus />
        </Field>
        <Button type="submit" kind="primary" busy={task.isPending} className="w-full">
          Send the mail
        </Button>
      </form>
      <Link to="/sign-in" className="underline">
        Back to sign in
      </Link>
    </Frame>
  );
};
