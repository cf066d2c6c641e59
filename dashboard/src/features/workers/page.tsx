/** Enrolled workers: what each may do, whether its code is attested, when it was last heard. Thousands stay quick. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { getJson } from '../../api/http.ts';
import type { WorkerSummary } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { LongTable } from '../../ui/long-table.tsx';
import { Empty, Failed, Forbidden, isForbidden, Loading, Notice } from '../../ui/states.tsx';
import { type Column, Page } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { EnrolDialog } from './enrol.tsx';
import { WorkerStatus } from './status.tsx';

interface WorkerPage {
  readonly workers: readonly WorkerSummary[];
  readonly next_cursor: string | null;
}

const COLUMNS: readonly Column<WorkerSummary>[] = [
  {
    head: 'Worker',
    cell: ({ worker_id, worker_species_id }) => (
      <>
        <Link
          to="/app/workers/$workerId"
          params={{ workerId: worker_id }}
          className="font-mono text-[0.92em] font-medium underline decoration-line"
        >
          {worker_id}
        </Link>
        <div className="text-xs text-soft">{worker_species_id}</div>
      </>
    ),
  },
  { head: 'Status', cell: ({ status }) => <WorkerStatus status={status} /> },
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
  const [words, setWords] = useState('');
  const [isEnrolling, setIsEnrolling] = useState(false);
  const query = useInfiniteQuery({
    queryKey: ['workers', 'list'],
    queryFn: ({ pageParam, signal }) => getJson<WorkerPage>('/v1/workers', { limit: 200, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }: WorkerPage) => next_cursor,
    refetchInterval: (found) => ((found.state.data?.pages.length ?? 0) <= 1 ? 10_000 : false),
  });
  const all = query.data?.pages.flatMap(({ workers }) => workers) ?? [];
  const wanted = words.trim().toLowerCase();
  const rows =
    wanted === ''
      ? all
      : all.filter(({ worker_id, worker_species_id, capabilities, status }) =>
          `${worker_id} ${worker_species_id} ${capabilities.join(' ')} ${status}`.toLowerCase().includes(wanted),
        );
  return (
    <Page
      title="Workers"
      lead="Agents ask for capabilities; these are the workers that may be chosen for them."
      action={
        <Button kind="primary" onClick={() => setIsEnrolling(true)}>
          Enrol a worker …
        </Button>
      }
    >
      {query.data === undefined ? (
        query.error === null ? (
          <Loading what="workers" />
        ) : isForbidden(query.error) ? (
          <Forbidden what="workers" />
        ) : (
          <Failed error={query.error} retry={() => void query.refetch()} />
        )
      ) : all.length === 0 ? (
        <Empty title="No worker is enrolled">
          Enrol one here, with <code>guildhall enroll record.json</code> or <code>POST /v1/workers</code>.
        </Empty>
      ) : (
        <>
          {query.error !== null && <Notice tone="hold">Not renewed: {query.error.message}.</Notice>}
          <Field label="Find a worker">
            <Input
              type="search"
              value={words}
              placeholder="id, capability or status, among those listed"
              onChange={({ target }) => setWords(target.value)}
            />
          </Field>
          {rows.length === 0 ? (
            <Empty title="None of those listed is like that">Scroll to list more, or loosen the filter.</Empty>
          ) : (
            <LongTable
              caption="Workers"
              columns={COLUMNS}
              rows={rows}
              rowKey={({ worker_id }) => worker_id}
              hasMore={query.hasNextPage}
              isLoadingMore={query.isFetchingNextPage}
              onMore={() => void query.fetchNextPage()}
            />
          )}
        </>
      )}
      <EnrolDialog isOpen={isEnrolling} onClose={() => setIsEnrolling(false)} />
    </Page>
  );
};
