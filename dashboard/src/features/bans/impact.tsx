/** Which receipts of this tenant used what a ban names: the decisions, and what became of them. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from '../../ui/button.tsx';
import { csv, download } from '../../ui/download.ts';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { Card, Mono, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { type BanList, impactOf, type Used } from './queries.ts';

const WORDS: Readonly<Record<string, string>> = {
  'wcp.decision': 'dispatched',
  'wcp.dispatch.started': 'started',
  'wcp.dispatch.completed': 'completed',
  'wcp.dispatch.failed': 'failed',
  'wcp.dispatch.timed_out': 'never answered',
  'wcp.attestation.mismatch': 'reported this code',
};

const save = (banId: string, used: readonly Used[]): void =>
  download(
    `impact-${banId}.csv`,
    'text/csv',
    csv(
      ['recorded_at', 'type', 'worker_id', 'capability_id', 'decision_id', 'receipt_id'],
      used.map((one) => [one.recorded_at, one.type, one.worker_id, one.capability_id, one.decision_id, one.receipt_id]),
    ),
  );

export const Impact = ({ list, banId }: { list: BanList; banId: string }) => {
  const query = useInfiniteQuery(impactOf(list, banId));
  const used = query.data?.pages.flatMap(({ receipts }) => receipts) ?? [];
  return (
    <Card
      title="What it touches here"
      action={used.length > 0 && <Button onClick={() => save(banId, used)}>Export CSV</Button>}
    >
      <div className="space-y-3">
        {query.data === undefined &&
          (query.error === null ? (
            <Loading what="the impact" />
          ) : (
            <Failed error={query.error} retry={() => void query.refetch()} />
          ))}
        {query.data !== undefined &&
          (used.length === 0 ? (
            <Empty title={query.hasNextPage ? 'Nothing among the newest entries' : 'No receipt of this tenant used it'}>
              {query.hasNextPage
                ? 'Older ones are looked through on demand.'
                : 'Nothing that is recorded here was dispatched to what this ban names.'}
            </Empty>
          ) : (
            <Table
              caption="Receipts that used it"
              columns={[
                { head: 'When', cell: ({ recorded_at }: Used) => <Time at={recorded_at} /> },
                { head: 'What', cell: ({ type }) => WORDS[type] ?? type },
                { head: 'Worker', cell: ({ worker_id }) => <code>{worker_id}</code> },
                { head: 'Capability', cell: ({ capability_id }) => <code>{capability_id ?? '—'}</code> },
                {
                  head: 'Decision',
                  cell: ({ decision_id }) =>
                    decision_id === null ? (
                      '—'
                    ) : (
                      <Link to="/app/decisions/$decisionId" params={{ decisionId: decision_id }} className="underline">
                        look
                      </Link>
                    ),
                },
                { head: 'Receipt', cell: ({ receipt_id }) => <Mono>{receipt_id}</Mono> },
              ]}
              rows={used}
              rowKey={({ receipt_id }) => receipt_id}
            />
          ))}
        {query.hasNextPage && (
          <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Look through older entries
          </Button>
        )}
      </div>
    </Card>
  );
};
