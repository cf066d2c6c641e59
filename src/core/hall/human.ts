/** Step 13c of WCP 3.1: the rule's own conditions under which a human has to say yes first (2.6). */
import type { Hearing, Hold, Stop } from './hearing.ts';
import { humanRequiredIf } from './rules.ts';

export function judgeHuman(hearing: Hearing): Stop {
  const { rule, view, query, gate, blastScore } = hearing;
  if (rule === null || view === null || query === null) return null;
  const { escalation } = rule;
  const hold = (because: string, stepUp: boolean): Hold => ({
    kind: 'hold',
    stage: 'human',
    level: 'gatekeeper',
    reason: view.escalation.rationale === '' ? because : view.escalation.rationale,
    stepUp,
  });
  // The strongest demand first: one approval then satisfies the others too.
  if (escalation.msavx_step_up) return hold('msavx_step_up', true);
  if (rule.humanConditions.length > 0 && humanRequiredIf(rule, query, query.tenant_id, blastScore)) {
    return hold('human_required_if', false);
  }
  return escalation.human_required_default && gate === null ? hold('human_required_default', false) : null;
}
