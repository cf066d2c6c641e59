/** The passkeys with which somebody signs what they answer in this tenant. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef } from 'react';
import { Problem } from '../../api/http.ts';
import { canUsePasskeys } from '../../session/passkey.ts';
import { useMay, useSession } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Failed, Loaded, Notice } from '../../ui/states.tsx';
import { Card, type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { addSigningKey, mySigningKeys, removeSigningKey, SIGNING_KEYS, type SigningKey } from './signing.ts';

/** Those of the person who looks; a key signs nothing. */
export const useSigningKeys = () => {
  const isPerson = useSession()?.kind === 'person';
  const mayAnswer = useMay('hall:approve');
  return useQuery<readonly SigningKey[], Error>({
    queryKey: SIGNING_KEYS,
    queryFn: ({ signal }) => mySigningKeys(signal),
    enabled: isPerson && mayAnswer,
    retry: false,
  });
};

const Add = ({ who, known }: { who: string; known: readonly SigningKey[] }) => {
  const queries = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const task = useMutation({
    mutationFn: (name: string) => addSigningKey(name, who, known),
    onSuccess: () => {
      form.current?.reset();
      return queries.invalidateQueries({ queryKey: SIGNING_KEYS });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    task.mutate(String(new FormData(event.currentTarget).get('name') ?? '').trim());
  };
  const isStale = task.error instanceof Problem && task.error.code === 'step_up_required';
  return (
    <form ref={form} className="max-w-md space-y-3" onSubmit={submit}>
      {isStale ? (
        <Notice tone="hold">You signed in more than five minutes ago. Sign out and in again, and then add it.</Notice>
      ) : (
        task.error !== null && <Failed error={task.error} />
      )}
      <Field label="Name of the passkey" hint="Your device asks twice: to make it, and for a first signature with it.">
        <Input name="name" required maxLength={100} autoComplete="off" placeholder="My laptop" />
      </Field>
      <Button type="submit" busy={task.isPending}>
        Add a passkey to sign with
      </Button>
    </form>
  );
};

export const SigningKeys = () => {
  const session = useSession();
  const mayAnswer = useMay('hall:approve');
  const queries = useQueryClient();
  const query = useSigningKeys();
  const remove = useMutation({
    mutationFn: removeSigningKey,
    onSettled: () => queries.invalidateQueries({ queryKey: SIGNING_KEYS }),
  });
  if (session?.kind !== 'person' || !mayAnswer) return null;
  const columns: readonly Column<SigningKey>[] = [
    { head: 'Passkey', cell: ({ name }) => name },
    { head: 'Since', cell: ({ registered_at }) => <Time at={registered_at} /> },
    {
      head: 'Act',
      cell: ({ credential_id, name }) => (
        <Button
          aria-label={`Give up the passkey ${name}`}
          busy={remove.isPending && remove.variables === credential_id}
          onClick={() => remove.mutate(credential_id)}
        >
          Give up
        </Button>
      ),
    },
  ];
  return (
    <Card title="Passkeys you sign answers with">
      <div className="space-y-4">
        <p className="text-soft">
          Their signatures are part of the ledger: anybody can check from its export that you said so, to what, and
          under which policy. They do not sign you in.
        </p>
        {remove.error !== null && <Failed error={remove.error} />}
        <Loaded query={query} what="your passkeys">
          {(keys) => (
            <div className="space-y-4">
              {keys.length > 0 && (
                <Table
                  caption="Passkeys you sign answers with"
                  columns={columns}
                  rows={keys}
                  rowKey={({ credential_id }) => credential_id}
                />
              )}
              {canUsePasskeys() ? (
                <Add who={session.user.name} known={keys} />
              ) : (
                <p className="text-soft">This browser cannot make one at this address.</p>
              )}
            </div>
          )}
        </Loaded>
      </div>
    </Card>
  );
};
