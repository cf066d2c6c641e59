/** Every decision, newest first. New ones come by themselves until that is paused; filters are in the address. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useMemo, useState } from 'react';
import { useLongList } from '../../api/long-list.ts';
import type { DecisionPage, DecisionSummary } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { csv, download, jsonLines } from '../../ui/download.ts';
import { Field, Input, Select } from '../../ui/field.tsx';
import { LongListed, lookedThrough } from '../../ui/long-list.tsx';
import { Empty } from '../../ui/states.tsx';
import { Page } from '../../ui/table.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { DECISION_COLUMNS } from './columns.tsx';
import { type Filters, readFilters } from './filters.ts';
import { type Live, useLive } from './live.ts';

const PAGE = 100;

/** In the address it is a class of denials. */
const FAILED = 'failed_closed';

const Filter = ({ filters }: { filters: Filters }) => {
  const navigate = useNavigate();
  const apply = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { outcome, ...rest } = Object.fromEntries(new FormData(event.currentTarget));
    const search = readFilters({ ...rest, ...(outcome === FAILED ? { deny_class: 'fault' } : { outcome }) });
    void navigate({ to: '/app/decisions', search });
  };
  return (
    <form
      key={JSON.stringify(filters)}
      onSubmit={apply}
      className="grid gap-3 sm:grid-cols-[10rem_1fr_1fr_auto] sm:items-end"
    >
      <Field label="Outcome">
        <Select name="outcome" defaultValue={filters.deny_class === 'fault' ? FAILED : (filters.outcome ?? '')}>
          <option value="">any</option>
          <option value="DISPATCH">dispatched</option>
          <option value="DENY">denied</option>
          <option value="STEWARD_HOLD">held</option>
          <option value={FAILED}>failed closed</option>
        </Select>
      </Field>
      <Field label="Capability">
        <Input name="capability_id" defaultValue={filters.capability_id} placeholder="cap.doc.summarize" />
      </Field>
      <Field label="Correlation id">
        <Input name="correlation_id" defaultValue={filters.correlation_id} />
      </Field>
      <div className="flex gap-2">
        <Button type="submit" kind="primary">
          Filter
        </Button>
        {Object.keys(filters).length > 0 && (
          <Button onClick={() => void navigate({ to: '/app/decisions', search: {} })}>Clear</Button>
        )}
      </div>
    </form>
  );
};

const exportRows = (kind: 'csv' | 'jsonl', rows: readonly DecisionSummary[]): void =>
  kind === 'jsonl'
    ? download('decisions.jsonl', 'application/jsonl', jsonLines(rows))
    : download(
        'decisions.csv',
        'text/csv',
        csv(
          EXPORTED,
          rows.map((row) => [
            ...EXPORTED.slice(0, -1).map((name) => row[name as keyof DecisionSummary]),
            row.blast.score,
          ]),
        ),
      );

const EXPORTED = [
  'decided_at',
  'seq',
  'decision_id',
  'receipt_id',
  'outcome',
  'deny_code',
  'capability_id',
  'worker_id',
  'tenant_id',
  'env',
  'data_label',
  'correlation_id',
  'matched_rule_id',
  'dispatch',
  'blast_score',
] as const;

const TOLD = {
  live: ['allow', 'live'],
  waiting: ['hold', 'connecting again'],
  refused: ['plain', 'not live for this key'],
} as const;

const Tail = ({ live, isPaused, onPause }: { live: Live; isPaused: boolean; onPause: () => void }) => {
  const [tone, word] = TOLD[live.state];
  return (
    <div className="flex flex-wrap items-center gap-2">
      <span role="status">
        <Badge tone={isPaused ? 'hold' : tone}>{isPaused ? 'paused' : word}</Badge>
      </span>
      <Button aria-pressed={isPaused} onClick={onPause}>
        {isPaused ? 'Follow' : 'Pause'}
      </Button>
    </div>
  );
};

const decisionsOf = (page: DecisionPage): readonly DecisionSummary[] => page.decisions;

export const DecisionsPage = () => {
  const filters = useSearch({ from: '/app/decisions' });
  const [isPaused, setIsPaused] = useState(false);
  const list = useLongList({
    key: ['decisions', filters],
    path: '/v1/decisions',
    query: { ...filters, limit: PAGE },
    rowsOf: decisionsOf,
    // What is made meanwhile comes by itself, after what is listed: so that is listed anew each time.
    keptMs: 0,
  });
  const live = useLive(list.query.data?.pages[0]?.size ?? null, filters, isPaused);
  const rows = useMemo(() => [...live.decisions, ...list.rows], [live.decisions, list.rows]);
  return (
    <Page
      title="Decisions"
      lead="What was asked, what was decided and why. Each is an entry of the ledger with a signed receipt."
      action={
        <div className="flex flex-wrap items-center gap-2">
          <Tail live={live} isPaused={isPaused} onPause={() => setIsPaused(!isPaused)} />
          <Button disabled={rows.length === 0} onClick={() => exportRows('csv', rows)}>
            CSV
          </Button>
          <Button disabled={rows.length === 0} onClick={() => exportRows('jsonl', rows)}>
            JSONL
          </Button>
        </div>
      }
    >
      <Filter filters={filters} />
      {rows.length > 0 && (
        <p className="text-xs text-soft">
          {rows.length} listed{list.query.hasNextPage ? '; scroll for older ones' : ', which is all of them'}. An export
          holds what is listed.
        </p>
      )}
      <LongListed
        list={list}
        what="decisions"
        caption="Decisions"
        columns={DECISION_COLUMNS}
        rows={rows}
        rowKey={({ decision_id }) => decision_id}
        through={lookedThrough(list.last)}
        empty={
          <Empty title="No decision is like that">
            {Object.keys(filters).length > 0
              ? 'Loosen the filter.'
              : 'Ask for a capability with POST /wcp/route; it shows up here.'}
          </Empty>
        }
      />
    </Page>
  );
};
