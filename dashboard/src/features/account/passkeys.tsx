/** Passkeys of the account: each opens it without a password. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { getJson, Problem, sendJson } from '../../api/http.ts';
import { fieldsOf, Trouble } from '../../session/door/frame.tsx';
import { addPasskey, canUsePasskeys } from '../../session/passkey.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Failed, Loaded, Notice } from '../../ui/states.tsx';
import { Card, type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';

interface Passkey {
  readonly passkey_id: string;
  readonly name: string;
  readonly since: string | null;
  readonly backed_up: boolean;
}

const AddPasskey = () => {
  const queries = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const task = useMutation({
    mutationFn: addPasskey,
    onSuccess: () => {
      form.current?.reset();
      return queries.invalidateQueries({ queryKey: ['account', 'passkeys'] });
    },
  });
  const stale = task.error instanceof Problem && task.error.code === 'step_up_required';
  return (
    <form ref={form} className="max-w-md space-y-3" onSubmit={(event) => task.mutate(fieldsOf(event)('name'))}>
      {stale ? (
        <Notice tone="hold">You signed in more than a day ago. Sign out and in again, and then add it.</Notice>
      ) : (
        <Trouble error={task.error} />
      )}
      <Field label="Name of the device">
        <Input name="name" required maxLength={100} autoComplete="off" placeholder="My laptop" />
      </Field>
      <Button type="submit" busy={task.isPending}>
        Add a passkey
      </Button>
    </form>
  );
};

export const Passkeys = () => {
  const queries = useQueryClient();
  const query = useQuery<{ passkeys: readonly Passkey[] }, Error>({
    queryKey: ['account', 'passkeys'],
    queryFn: ({ signal }) => getJson('/v1/account/passkeys', {}, signal),
  });
  const remove = useMutation({
    mutationFn: (id: string) => sendJson('DELETE', `/v1/account/passkeys/${encodeURIComponent(id)}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['account', 'passkeys'] }),
  });
  const columns: readonly Column<Passkey>[] = [
    { head: 'Passkey', cell: ({ name }) => name },
    { head: 'Since', cell: ({ since }) => <Time at={since} /> },
    { head: 'Kept', cell: ({ backed_up: isCopied }) => (isCopied ? 'on several devices' : 'on one device') },
    {
      head: 'Act',
      cell: ({ passkey_id: id, name }) => (
        <Button
          aria-label={`Remove the passkey ${name}`}
          busy={remove.isPending && remove.variables === id}
          onClick={() => remove.mutate(id)}
        >
          Remove
        </Button>
      ),
    },
  ];
  return (
    <Card title="Passkeys">
      <div className="space-y-4">
        {remove.error !== null && <Failed error={remove.error} />}
        <Loaded query={query} what="your passkeys">
          {({ passkeys }) =>
            passkeys.length === 0 ? (
              <p className="text-soft">
                None. A passkey signs you in with your finger, face or PIN, and cannot be phished.
              </p>
            ) : (
              <Table caption="Passkeys" columns={columns} rows={passkeys} rowKey={({ passkey_id }) => passkey_id} />
            )
          }
        </Loaded>
        {canUsePasskeys() ? <AddPasskey /> : <p className="text-soft">This browser cannot make one at this address.</p>}
      </div>
    </Card>
  );
};
