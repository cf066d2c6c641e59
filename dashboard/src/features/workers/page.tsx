/** Enrolled workers: what each may do, whether its code is attested, when it was last heard. Thousands stay quick. */
import { useState } from 'react';
import { useLongList } from '../../api/long-list.ts';
import type { WorkerSummary } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { LongListed } from '../../ui/long-list.tsx';
import { RowLink } from '../../ui/row-link.tsx';
import { useSettled } from '../../ui/settled.ts';
import { Empty } from '../../ui/states.tsx';
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
        <RowLink to={`/app/workers/${encodeURIComponent(worker_id)}`} className="font-mono text-[0.92em] font-medium">
          {worker_id}
        </RowLink>
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

const workersOf = (page: WorkerPage): readonly WorkerSummary[] => page.workers;

export const WorkersPage = () => {
  const [words, setWords] = useState('');
  const [isEnrolling, setIsEnrolling] = useState(false);
  const asked = useSettled(words.trim());
  const list = useLongList({
    key: ['workers', 'list', asked],
    path: '/v1/workers',
    query: { q: asked, limit: 200 },
    rowsOf: workersOf,
    renewMs: 10_000,
    overlaps: true,
  });
  return (
    <Page
      title="Workers"
      changes="hall:enroll"
      lead="Agents ask for capabilities; these are the workers that may be chosen for them."
      action={
        <Button kind="primary" needs="hall:enroll" onClick={() => setIsEnrolling(true)}>
          Enrol a worker …
        </Button>
      }
    >
      <Field label="Find a worker">
        <Input
          type="search"
          value={words}
          placeholder="words of its id, species, capability or status"
          onChange={({ target }) => setWords(target.value)}
        />
      </Field>
      <LongListed
        list={list}
        what="workers"
        caption="Workers"
        columns={COLUMNS}
        rows={list.rows}
        rowKey={({ worker_id }) => worker_id}
        empty={
          asked === '' ? (
            <Empty title="No worker is enrolled">
              Enrol one here, with <code>guildhall enroll record.json</code> or <code>POST /v1/workers</code>.
            </Empty>
          ) : (
            <Empty title="No worker is like that">
              Each word has to be in its id, species, capabilities or status.
            </Empty>
          )
        }
      />
      <EnrolDialog isOpen={isEnrolling} onClose={() => setIsEnrolling(false)} />
    </Page>
  );
};
