/** The keys of the tenant: who holds what right, when it was last used, when it ends; made, replaced and revoked here. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { getJson } from '../../api/http.ts';
import type { ApiKey } from '../../api/types.ts';
import { useMay } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { type Column, Page, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { ChangeDialog, type KeyChange } from './change-dialog.tsx';
import { NewKeyDialog } from './new-key-dialog.tsx';

const WORKS = ['active', 'ending'];

const COLUMNS: readonly Column<ApiKey>[] = [
  {
    head: 'Key',
    cell: ({ name, key_id }) => (
      <>
        <span className="font-medium">{name}</span>
        <div className="text-xs text-soft">{key_id}</div>
      </>
    ),
  },
  { head: 'Status', cell: ({ status }) => <Badge tone={status === 'active' ? 'allow' : 'deny'}>{status}</Badge> },
  { head: 'Environment', cell: ({ environment }) => environment },
  { head: 'Scopes', cell: ({ scopes }) => <code>{scopes.join(' ')}</code>, className: 'min-w-56' },
  { head: 'Last used', cell: ({ last_used_at }) => <Time at={last_used_at} /> },
  { head: 'Ends', cell: ({ expires_at }) => <Time at={expires_at} /> },
];

export const KeysPage = () => {
  const mayChange = useMay('hall:admin');
  const [making, setMaking] = useState(false);
  const [change, setChange] = useState<KeyChange | null>(null);
  const query = useQuery<{ keys: readonly ApiKey[] }, Error>({
    queryKey: ['keys'],
    queryFn: ({ signal }) => getJson('/v1/keys', { limit: 200 }, signal),
    enabled: mayChange,
  });
  const acts: Column<ApiKey> = {
    head: 'Act',
    className: 'min-w-44',
    cell: (key) =>
      WORKS.includes(key.status) ? (
        <div className="flex gap-2">
          {key.status === 'active' && (
            <Button aria-label={`Replace ${key.name}`} onClick={() => setChange({ act: 'replace', key })}>
              Replace
            </Button>
          )}
          <Button aria-label={`Revoke ${key.name}`} onClick={() => setChange({ act: 'revoke', key })}>
            Revoke
          </Button>
        </div>
      ) : (
        '—'
      ),
  };
  return (
    <Page
      title="API keys"
      lead="A key is shown once, when it is made. Here is what each may do."
      action={
        mayChange && (
          <Button kind="primary" onClick={() => setMaking(true)}>
            Make a key
          </Button>
        )
      }
    >
      <Loaded query={query} what="keys">
        {({ keys }) =>
          keys.length === 0 ? (
            <Empty title="There is no key" />
          ) : (
            <Table
              caption="API keys"
              columns={mayChange ? [...COLUMNS, acts] : COLUMNS}
              rows={keys}
              rowKey={({ key_id }) => key_id}
            />
          )
        }
      </Loaded>
      {making && <NewKeyDialog onClose={() => setMaking(false)} />}
      {change !== null && <ChangeDialog change={change} onClose={() => setChange(null)} />}
    </Page>
  );
};
