/** The second way in: an API key of the tenant. It is tried against the service before anything is shown. */
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Problem, tryKey } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { openWithKey, sessionOf } from '../session.ts';
import { Frame, fieldsOf, Trouble } from './frame.tsx';

const explained = (error: unknown): Error =>
  error instanceof Problem && error.status === 401
    ? new Error('This key opens nothing here. It may have been revoked, have expired, or belong to another service.')
    : error instanceof Error
      ? error
      : new Error(String(error));

export const KeyDoor = () => {
  const task = useMutation({
    mutationFn: async (text: string) => {
      const session = sessionOf(text);
      if (session === null) {
        throw new Error('An API key begins with guild_live_ or guild_test_; look whether it was copied whole.');
      }
      await tryKey(session.key).catch((error: unknown) => {
        throw explained(error);
      });
      openWithKey(session);
    },
  });
  return (
    <Frame title="Use an API key" lead="Any key that may read your Hall. The ledger then names the key, not you.">
      <Trouble error={task.error} />
      <form className="space-y-4" onSubmit={(event) => task.mutate(fieldsOf(event)('key'))}>
        <Field label="API key" hint="Kept in this tab only, and forgotten when you close it.">
          <Input name="key" type="password" autoComplete="off" spellCheck={false} required autoFocus />
        </Field>
        <Button type="submit" kind="primary" busy={task.isPending} className="w-full">
          Sign in
        </Button>
      </form>
      <Link to="/sign-in" className="underline">
        Sign in as yourself
      </Link>
    </Frame>
  );
};
