/**
 * The same decision for the published surfaces `/api/route` and `/api/v1/dispatch` (WCP 4.2), whose clients read only
 * `denied`: a held task must look denied to them. Everything else stays as it was decided and recorded.
 */
import { DENY_CODES } from './codes.ts';
import type { RouteDecision } from './decision.ts';

const HELD = 'DENY_REQUIRES_HUMAN_APPROVAL';

export function legacyForm(decision: RouteDecision): RouteDecision {
  if (decision.outcome !== 'STEWARD_HOLD') return decision;
  const { message, denyClass } = DENY_CODES[HELD];
  const { reason, policy_version } = decision;
  return {
    ...decision,
    denied: true,
    allowed: false,
    deny_code: HELD,
    deny_class: denyClass,
    deny_reason_if_denied: { code: HELD, message, reason, policy_version, supervisor_required: true },
  };
}
