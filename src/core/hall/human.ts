/**
 * Where a human is asked (WCP 4.2), and step 13c of 3.1: the rule's own conditions under which one has to say yes first
 * (2.6). A question that was held comes back with its answer, and every check meets it with that answer: one yes serves
 * all of them, a no or a silence ends the first of them.
 */
import { type ApprovalDemand, bothDemands, PLAIN_DEMAND, satisfies } from '../approval/demand.ts';
import { type Denial, deny, type Hearing, type Hold, hold, type Stop } from './hearing.ts';
import { humanRequiredIf } from './rules.ts';

const ANSWERED = { rejected: 'DENY_APPROVAL_REJECTED', expired: 'DENY_APPROVAL_EXPIRED' } as const;

/** What a check that asks a human comes to: `unanswered` while nobody has been asked who could say as much. */
export function askHuman<S extends Denial | Hold>(hearing: Hearing, unanswered: S): S | Denial | null {
  const { approval } = hearing.counters;
  if (approval === undefined) return unanswered;
  if (approval.answer !== 'approved') return deny(ANSWERED[approval.answer], unanswered.stage);
  if (approval.demand !== undefined && !satisfies(approval.demand, askedBy(unanswered))) return unanswered;
  if (!hearing.notes.includes(APPROVED)) hearing.notes.push(APPROVED);
  return null;
}

const APPROVED = 'approved_by_human';

const askedBy = (verdict: Denial | Hold): ApprovalDemand => (verdict.kind === 'hold' ? verdict.demand : PLAIN_DEMAND);

/** What has to be said yes with: to this, and to what was answered before and was not enough. */
export const demandOf = ({ counters }: Hearing, verdict: Denial | Hold): ApprovalDemand => {
  const before = counters.approval?.demand;
  return before === undefined ? askedBy(verdict) : bothDemands(before, askedBy(verdict));
};

/** Microseconds since the epoch. */
export const expiryOf = ({ stamp, settingsView }: Hearing, verdict: Denial | Hold): number => {
  const ttl = verdict.kind === 'hold' ? verdict.terms.ttl_s : null;
  const longest = settingsView.approvalTtlMicros;
  return stamp.now + (ttl === null ? longest : Math.min(longest, ttl * 1_000_000));
};

export function judgeHuman(hearing: Hearing): Stop {
  const { rule, view, query, gate, blastScore } = hearing;
  if (rule === null || view === null || query === null) return null;
  const { escalation } = rule;
  const { approval, commanded } = hearing.counters;
  const ask = (because: string, demand: Partial<ApprovalDemand> = {}): Stop =>
    askHuman(hearing, hold('human', view.escalation.rationale === '' ? because : view.escalation.rationale, demand));
  // A no is one, also when what asked for it has gone meanwhile.
  if (approval !== undefined && approval.answer !== 'approved') return deny(ANSWERED[approval.answer], 'human');
  if (commanded === true && approval === undefined) {
    const reason = 'an incident commander has this correlation_id in hand';
    return hold('human', reason, { level: 'incident_commander' });
  }
  // The strongest demand first: one approval then satisfies the others too.
  if (escalation.msavx_step_up) return ask('msavx_step_up', { step_up: true });
  if (rule.humanConditions.length > 0 && humanRequiredIf(rule, query, query.tenant_id, blastScore)) {
    return ask('human_required_if');
  }
  return escalation.human_required_default && gate === null ? ask('human_required_default') : null;
}
