/** A decision as one row, wherever decisions are listed. */
import type { DecisionSummary } from '../../api/types.ts';
import { RowLink } from '../../ui/row-link.tsx';
import type { Column } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Verdict } from '../../ui/verdict.tsx';

/** What became of the work. */
const DISPATCH_WORDS: Readonly<Record<string, string>> = {
  open: 'not started yet',
  started: 'running',
  completed: 'completed',
  failed: 'failed',
  outcome_missing: 'outcome missing',
};

export const DECISION_COLUMNS: readonly Column<DecisionSummary>[] = [
  {
    head: 'Decided',
    cell: ({ decided_at, decision_id }) => (
      <RowLink to={`/app/decisions/${encodeURIComponent(decision_id)}`}>
        <Time at={decided_at} brief />
      </RowLink>
    ),
  },
  { head: 'Outcome', cell: ({ outcome, deny_class }) => <Verdict outcome={outcome} denyClass={deny_class} /> },
  { head: 'Capability', cell: ({ capability_id }) => <code>{capability_id ?? '—'}</code> },
  {
    head: 'Reason',
    cell: ({ outcome, deny_code, dispatch }) => (
      <span className="text-soft">
        {deny_code ?? (outcome === 'STEWARD_HOLD' ? 'asks a person' : (DISPATCH_WORDS[dispatch ?? ''] ?? 'dry run'))}
      </span>
    ),
  },
  { head: 'Worker', cell: ({ worker_id }) => <code className="text-soft">{worker_id ?? '—'}</code> },
  { head: 'Env', cell: ({ env }) => env ?? '—' },
  { head: 'Blast', cell: ({ blast }) => blast.score, className: 'tabular-nums' },
];
