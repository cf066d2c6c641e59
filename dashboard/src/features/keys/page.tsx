/** The keys of the tenant: who holds what right, when it was last used, when it ends. */
import { useQuery } from '@tanstack/react-query';
import { getJson } from '../../api/http.ts';
import type { ApiKey } from '../../api/types.ts';
import { Empty, Loaded } from '../../ui/states.tsx';
import { type Column, Page, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';

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
  const query = useQuery<{ keys: readonly ApiKey[] }, Error>({
    queryKey: ['keys'],
    queryFn: ({ signal }) => getJson('/v1/keys', { limit: 200 }, signal),
  });
  return (
    <Page title="API keys" lead="A key is shown once, when it is made. Here is what each may do.">
      <Loaded query={query} what="keys">
        {({ keys }) =>
          keys.length === 0 ? (
            <Empty title="There is no key" />
          ) : (
            <Table caption="API keys" columns={COLUMNS} rows={keys} rowKey={({ key_id }) => key_id} />
          )
        }
      </Loaded>
    </Page>
  );
};
