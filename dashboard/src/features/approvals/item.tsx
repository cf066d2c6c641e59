/** One question that waits: what is asked, by whom, what an answer is for and what it takes. */
import { Link } from '@tanstack/react-router';
import type { Approval } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/states.tsx';
import { Facts, Mono } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { Countdown } from './countdown.tsx';

const NEXT: Readonly<Record<string, string>> = {
  gatekeeper:
    'Approving decides the question anew on what is known then and, where nothing else stands in the way, dispatches it.',
  executor: 'You do the work yourself. Approving closes the question; no worker gets a grant.',
  incident_commander: 'While this is open, every question with this correlation id waits.',
};
const NEXT_OF_JOB: Readonly<Record<string, string>> = {
  ...NEXT,
  gatekeeper: 'Approving admits the job, under the policy that is in force then. Rejecting denies it.',
  executor: 'You do the work yourself. Approving closes the job; no worker takes it.',
};

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** A routing question asks for a capability, a job is of a topic. */
export const subjectOf = ({ escalation_context: context }: Approval): string =>
  textOf(context.capability_id) || textOf(context.topic);

const pairsOf = (labels: unknown): string =>
  typeof labels === 'object' && labels !== null
    ? Object.entries(labels)
        .map(([name, value]) => `${name}=${String(value)}`)
        .join(', ')
    : '';

const factsOf = ({ kind, escalation_context: context }: Approval): readonly (readonly [string, string])[] =>
  kind === 'job'
    ? [
        ['Labels', pairsOf(context.labels) || '—'],
        [
          'Risk tags',
          Array.isArray(context.risk_tags) && context.risk_tags.length > 0 ? context.risk_tags.join(', ') : '—',
        ],
        ['Rule', textOf(context.policy_rule_id) || '—'],
      ]
    : [
        ['Blast score', textOf(context.blast_score) || '—'],
        ['Data label', textOf(context.data_label) || '—'],
        ['Tenant risk', textOf(context.tenant_risk) || '—'],
        ['Policy', textOf(context.policy_version) || '—'],
      ];

/** Who said yes so far, where one is not enough. */
const Votes = ({ approval: { quorum, votes } }: { approval: Approval }) => (
  <span>
    {votes.length} of {quorum}
    {votes.map(({ by, at, reason }) => (
      <span key={`${by.kind} ${by.id}`} className="block text-soft">
        <code className="wrap-anywhere">
          {by.kind} {by.id}
        </code>
        , <Time at={at} />
        {reason !== null && `: ${reason}`}
      </span>
    ))}
  </span>
);

export interface ItemProps {
  readonly approval: Approval;
  readonly selected: boolean;
  readonly onSelect: () => void;
  readonly onAnswer: (decision: 'approve' | 'deny' | 'escalate') => void;
}

export const Item = ({ approval, selected, onSelect, onAnswer }: ItemProps) => {
  const isJob = approval.kind === 'job';
  return (
    <li
      className={`space-y-3 rounded-lg border bg-surface p-4 ${selected ? 'border-accent' : 'border-line'}`}
      aria-current={selected}
      onFocusCapture={onSelect}
    >
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone="hold">{approval.supervisor_level.replaceAll('_', ' ')}</Badge>
        <code className="wrap-anywhere font-medium">{subjectOf(approval)}</code>
        {isJob && <span className="text-soft">job</span>}
        <span className="ml-auto">
          <Countdown until={approval.approval_expires_at} />
        </span>
      </div>
      <p>{approval.reason}</p>
      <Facts
        rows={[
          ['Asked by', `${approval.requested_by.kind} ${approval.requested_by.id}`],
          ['Asked', <Time key="at" at={approval.created_at} />],
          ...factsOf(approval),
          ...(approval.quorum > 1 ? [['Said yes', <Votes key="votes" approval={approval} />] as const] : []),
          ['You answer for', <Mono key="subject">{approval.subject_hash}</Mono>],
          ['What happens next', (isJob ? NEXT_OF_JOB : NEXT)[approval.supervisor_level] ?? ''],
        ]}
      />
      {approval.passkey && (
        <Notice tone="hold">A yes to this one has to be signed with a passkey, by somebody who is signed in.</Notice>
      )}
      {approval.step_up && !approval.passkey && (
        <Notice tone="hold">This one asks for somebody who has just signed in; a key cannot approve it.</Notice>
      )}
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" needs="hall:approve" onClick={() => onAnswer('approve')}>
          Approve …
        </Button>
        <Button kind="danger" needs="hall:approve" onClick={() => onAnswer('deny')}>
          Reject …
        </Button>
        <Button needs="hall:approve" onClick={() => onAnswer('escalate')}>
          Escalate …
        </Button>
        {!isJob && (
          <Link
            to="/app/decisions/$decisionId"
            params={{ decisionId: approval.decision_id }}
            className="rounded-md px-3 py-1.5 font-medium underline"
          >
            The decision
          </Link>
        )}
      </div>
    </li>
  );
};
