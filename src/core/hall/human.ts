/**
 * Where a human is asked (WCP 4.2), and step 13c of 3.1: the rule's own conditions under which one has to say yes first
 * (2.6). A question that was held comes back with its answer, and every check meets it with that answer: one yes serves
 * all of them, a no or a silence ends the first of them.
 */
import { type Denial, deny, type Hearing, type Hold, type Stop } from './hearing.ts';
import { humanRequiredIf } from './rules.ts';

const ANSWERED = { rejected: 'DENY_APPROVAL_REJECTED', expired: 'DENY_APPROVAL_EXPIRED' } as const;

/** What a check that asks a human comes to: `unanswered` while nobody has been asked. */
export function askHuman<S extends Denial | Hold>(hearing: Hearing, unanswered: S): S | Denial | null {
  const { approval } = hearing.counters;
  if (approval === undefined) return unanswered;
  if (approval.answer !== 'approved') return deny(ANSWERED[approval.answer], unanswered.stage);
  if (!hearing.notes.includes(APPROVED)) hearing.notes.push(APPROVED);
  return null;
}

const APPROVED = 'approved_by_human';

export function judgeHuman(hearing: Hearing): Stop {
  const { rule, view, query, gate, blastScore } = hearing;
  if (rule === null || view === null || query === null) return null;
  const { escalation } = rule;
  const { approval, commanded } = hearing.counters;
  const hold = (because: string, stepUp: boolean): Stop =>
    askHuman(hearing, {
      kind: 'hold',
      stage: 'human',
      level: 'gatekeeper',
      reason: view.escalation.rationale === '' ? because : view.escalation.rationale,
      stepUp,
    } satisfies Hold);
  // A no is one, also when what asked for it has gone meanwhile.
  if (approval !== undefined && approval.answer !== 'approved') return deny(ANSWERED[approval.answer], 'human');
  if (commanded === true && approval === undefined) {
    const reason = 'an incident commander has this correlation_id in hand';
    return { kind: 'hold', stage: 'human', level: 'incident_commander', reason, stepUp: false };
  }
  // The strongest demand first: one approval then satisfies the others too.
  if (escalation.msavx_step_up) return hold('msavx_step_up', true);
  if (rule.humanConditions.length > 0 && humanRequiredIf(rule, query, query.tenant_id, blastScore)) {
    return hold('human_required_if', false);
  }
  return escalation.human_required_default && gate === null ? hold('human_required_default', false) : null;
}
