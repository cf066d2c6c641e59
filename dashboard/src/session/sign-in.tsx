/** The door: an API key of the tenant. It is tried against the service before anything is shown. */
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Problem, tryKey } from '../api/http.ts';
import { Button } from '../ui/button.tsx';
import { Field, Input } from '../ui/field.tsx';
import { Notice } from '../ui/states.tsx';
import { sessionOf, signIn } from './session.ts';

const explain = (error: unknown): string =>
  error instanceof Problem && error.status === 401
    ? 'This key opens nothing here. It may have been revoked, have expired, or belong to another service.'
    : error instanceof Error
      ? error.message
      : String(error);

export const SignIn = () => {
  const queries = useQueryClient();
  const [key, setKey] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const session = sessionOf(key);
    if (session === null) {
      setProblem('An API key begins with guild_live_ or guild_test_; look whether it was copied whole.');
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      await tryKey(session.key);
      queries.clear();
      signIn(session);
    } catch (error) {
      setProblem(explain(error));
      setBusy(false);
    }
  };

  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <form
        onSubmit={(event) => void submit(event)}
        className="w-full max-w-md space-y-5 rounded-xl border border-line bg-surface p-6 shadow-sm"
      >
        <header className="space-y-1">
          <h1>Guildhall</h1>
          <p className="text-soft">Sign in to your Hall with an API key that may read it.</p>
        </header>
        {problem !== null && <Notice tone="deny">{problem}</Notice>}
        <Field label="API key" hint="Kept in this tab only, and forgotten when you close it.">
          <Input
            type="password"
            name="key"
            autoComplete="off"
            spellCheck={false}
            required
            autoFocus
            value={key}
            onChange={(event) => setKey(event.target.value)}
          />
        </Field>
        <Button type="submit" kind="primary" busy={busy} className="w-full">
          Sign in
        </Button>
        <p className="text-xs text-soft">
          On your own machine, <code>npm start</code> prints a key of the demo tenant. The API is described at{' '}
          <a className="underline" href="/docs">
            /docs
          </a>
          .
        </p>
      </form>
    </main>
  );
};
