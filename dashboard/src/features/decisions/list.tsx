/** Every decision, newest first. The list follows new ones until it is paused; filters are in the address. */
import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { getJson } from '../../api/http.ts';
import type { DecisionPage, DecisionSummary } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input, Select } from '../../ui/field.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { type Column, Page, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Verdict } from '../../ui/verdict.tsx';
import { type Filters, readFilters } from './filters.ts';

const PAGE = 50;
const FOLLOW_MS = 2_000;

export const DECISION_COLUMNS: readonly Column<DecisionSummary>[] = [
  {
    head: 'Decided',
    cell: ({ decided_at, decision_id }) => (
      <Link to="/app/decisions/$decisionId" params={{ decisionId: decision_id }} className="underline decoration-line">
        <Time at={decided_at} />
      </Link>
    ),
  },
  { head: 'Outcome', cell: ({ outcome, deny_code }) => <Verdict outcome={outcome} denyCode={deny_code} /> },
  { head: 'Capability', cell: ({ capability_id }) => <code>{capability_id ?? '—'}</code> },
  {
    head: 'Reason',
    cell: ({ deny_code, dispatch }) => <span className="text-soft">{deny_code ?? dispatch ?? 'open'}</span>,
  },
  { head: 'Worker', cell: ({ worker_id }) => <code className="text-soft">{worker_id ?? '—'}</code> },
  { head: 'Env', cell: ({ env }) => env ?? '—' },
  { head: 'Blast', cell: ({ blast }) => blast.score, className: 'tabular-nums' },
];

const Filter = ({ filters }: { filters: Filters }) => {
  const navigate = useNavigate();
  const apply = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const search = readFilters(Object.fromEntries(new FormData(event.currentTarget)));
    void navigate({ to: '/app/decisions', search });
  };
  return (
    <form
      key={JSON.stringify(filters)}
      onSubmit={apply}
      className="grid gap-3 sm:grid-cols-[10rem_1fr_1fr_auto] sm:items-end"
    >
      <Field label="Outcome">
        <Select name="outcome" defaultValue={filters.outcome ?? ''}>
          <option value="">any</option>
          <option value="DISPATCH">dispatched</option>
          <option value="DENY">denied</option>
          <option value="STEWARD_HOLD">held</option>
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

export const DecisionsPage = () => {
  const filters = useSearch({ from: '/app/decisions' });
  const [following, setFollowing] = useState(true);
  const query = useInfiniteQuery<DecisionPage, Error, InfiniteData<DecisionPage>, unknown[], string | null>({
    queryKey: ['decisions', filters],
    queryFn: ({ pageParam, signal }) =>
      getJson('/v1/decisions', { ...filters, limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    refetchInterval: (found) => (following && (found.state.data?.pages.length ?? 0) <= 1 ? FOLLOW_MS : false),
  });
  const rows = query.data?.pages.flatMap((page) => page.decisions) ?? [];
  return (
    <Page
      title="Decisions"
      lead="What was asked, what was decided and why. Each is an entry of the ledger with a signed receipt."
      action={
        <Button aria-pressed={!following} onClick={() => setFollowing(!following)}>
          {following ? 'Pause' : 'Follow'}
        </Button>
      }
    >
      <Filter filters={filters} />
      {query.data === undefined ? (
        query.error === null ? (
          <Loading what="decisions" />
        ) : (
          <Failed error={query.error} retry={() => void query.refetch()} />
        )
      ) : rows.length === 0 ? (
        <Empty title="No decision is like that">
          {Object.keys(filters).length > 0
            ? 'Loosen the filter.'
            : 'Ask for a capability with POST /wcp/route; it shows up here.'}
        </Empty>
      ) : (
        <>
          <Table caption="Decisions" columns={DECISION_COLUMNS} rows={rows} rowKey={({ decision_id }) => decision_id} />
          {query.hasNextPage && (
            <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Older
            </Button>
          )}
        </>
      )}
    </Page>
  );
};
