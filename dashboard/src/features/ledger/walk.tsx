/** Walks through the published checkpoints in this browser; one that does not continue the one before it turns red. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from '../../ui/button.tsx';
import { Failed, Forbidden, isForbidden, Notice } from '../../ui/states.tsx';
import { Card, type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { trustedKeys } from '../../verify/keys.ts';
import { type Stop, walkBack } from '../../verify/walk.ts';

const COLUMNS: readonly Column<Stop>[] = [
  { head: 'Entries', cell: ({ size }) => size.toLocaleString(), className: 'tabular-nums' },
  { head: 'Witnessed', cell: ({ witnessedAt }) => (witnessedAt === null ? '—' : <Time at={witnessedAt} />) },
  {
    head: 'Judged here',
    cell: ({ fault, from }) =>
      fault === null ? (
        <span>
          <Badge tone="allow">holds</Badge>{' '}
          <span className="text-soft">
            {from === null ? 'the first one' : `continues the tree of ${from.toLocaleString()}`}
          </span>
        </span>
      ) : (
        <span>
          <Badge tone="deny">does not hold</Badge> <span className="text-deny">{fault}</span>
        </span>
      ),
  },
  { head: 'Witness', cell: ({ witnesses }) => <code className="text-soft">{witnesses.join(', ') || '—'}</code> },
];

export const Walk = () => {
  const query = useInfiniteQuery({
    queryKey: ['log', 'walk'],
    queryFn: async ({ pageParam }) => walkBack(pageParam, await trustedKeys()),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    // Begun by a button: each stretch is some thirty calls.
    enabled: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const stops = query.data?.pages.flatMap((page) => page.stops) ?? [];
  const bad = stops.filter(({ fault }) => fault !== null).length;
  return (
    <Card
      title="From checkpoint to checkpoint"
      action={
        <Button busy={query.isFetching && !query.isFetchingNextPage} onClick={() => void query.refetch()}>
          {query.data === undefined ? 'Walk' : 'Walk again'}
        </Button>
      }
    >
      <div className="space-y-3">
        <p className="text-soft">
          Opens each published checkpoint here, newest first, and checks the proof that its tree continues the one
          before it: nothing was taken out or put in between.
        </p>
        {query.error !== null &&
          (isForbidden(query.error) ? <Forbidden what="checkpoints" /> : <Failed error={query.error} />)}
        {stops.length > 0 && (
          <>
            <Notice tone={bad > 0 ? 'deny' : 'allow'}>
              {bad > 0
                ? `${bad} of ${stops.length} checkpoints do not hold.`
                : `${stops.length} checkpoints hold${query.hasNextPage ? '' : ', back to the first'}.`}
            </Notice>
            <Table caption="Checkpoints" columns={COLUMNS} rows={stops} rowKey={({ size }) => String(size)} />
            {query.hasNextPage && (
              <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                Walk further back
              </Button>
            )}
          </>
        )}
      </div>
    </Card>
  );
};
