/** Enrolled workers: what each may do, whether its code is attested, when it was last heard. */
import { useQuery } from '@tanstack/react-query';
import { getJson } from '../../api/http.ts';
import type { WorkerSummary } from '../../api/types.ts';
import { Empty, Loaded } from '../../ui/states.tsx';
import { type Column, Page, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';

const STATUS: Readonly<Record<string, 'allow' | 'deny' | 'hold' | 'plain'>> = {
  active: 'allow',
  banned: 'deny',
  quarantined: 'deny',
  offline: 'hold',
};

const COLUMNS: readonly Column<WorkerSummary>[] = [
  {
    head: 'Worker',
    cell: ({ worker_id, worker_species_id }) => (
      <>
        <code className="font-medium">{worker_id}</code>
        <div className="text-xs text-soft">{worker_species_id}</div>
      </>
    ),
  },
  { head: 'Status', cell: ({ status }) => <Badge tone={STATUS[status] ?? 'plain'}>{status}</Badge> },
  { head: 'Capabilities', cell: ({ capabilities }) => <code>{capabilities.join(', ')}</code> },
  { head: 'Environments', cell: ({ allowed_environments }) => allowed_environments?.join(', ') ?? 'all' },
  { head: 'Risk', cell: ({ risk_tier }) => risk_tier },
  {
    head: 'Blast',
    cell: ({ blast_sum }) => (blast_sum === null ? '—' : `${blast_sum} / 25`),
    className: 'tabular-nums',
  },
  {
    head: 'Attested',
    cell: ({ attested }) => (attested ? <Badge tone="allow">attested</Badge> : <Badge tone="plain">no</Badge>),
  },
  { head: 'Last seen', cell: ({ last_seen }) => <Time at={last_seen} /> },
];

export const WorkersPage = () => {
  const query = useQuery<{ workers: readonly WorkerSummary[] }, Error>({
    queryKey: ['workers'],
    queryFn: ({ signal }) => getJson('/v1/workers', { limit: 200 }, signal),
    refetchInterval: 10_000,
  });
  return (
    <Page title="Workers" lead="Agents ask for capabilities; these are the workers that may be chosen for them.">
      <Loaded query={query} what="workers">
        {({ workers }) =>
          workers.length === 0 ? (
            <Empty title="No worker is enrolled">
              Enrol one with <code>guildhall enroll record.json</code> or <code>POST /v1/workers</code>.
            </Empty>
          ) : (
            <Table caption="Workers" columns={COLUMNS} rows={workers} rowKey={({ worker_id }) => worker_id} />
          )
        }
      </Loaded>
    </Page>
  );
};
