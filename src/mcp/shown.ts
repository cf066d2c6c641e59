/**
 * What tools show: of a decision or an approval what an agent acts on, and the receipt that leads to all the rest. The
 * whole of a decision is some thousand tokens, and none of them would change what the agent does next.
 */
import type { JsonObject, JsonValue } from '../core/json.ts';

/** What a tool says, and whether its caller should take it as a failure. */
export interface Said {
  readonly value: JsonObject;
  readonly isError?: boolean;
}

/** The named members, as far as they are there. */
const pick = (from: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(
    names.flatMap((name): [string, JsonValue][] => {
      const value = from[name];
      return value === undefined || value === null ? [] : [[name, value]];
    }),
  );

export const shownCapability = (capability: JsonObject): JsonObject =>
  pick(capability, ['capability_id', 'name', 'risk_tier', 'workers_available', 'superseded_by']);

export const shownApproval = (approval: JsonObject): JsonObject => ({
  ...pick(approval, [
    'pending_approval_id',
    'state',
    'supervisor_level',
    'reason',
    'step_up',
    'requested_by',
    'approval_expires_at',
    'subject_hash',
    'escalation_context',
    'resolution',
  ]),
});

const DISPATCHED = [
  'outcome',
  'decision_id',
  'correlation_id',
  'dry_run',
  'worker_id',
  'selected_worker_species_id',
  'constraints',
  'dispatch_grant',
  'dispatch_grant_expires_at',
] as const;

const HELD = [
  'outcome',
  'decision_id',
  'correlation_id',
  'reason',
  'supervisor_level',
  'pending_approval_id',
  'approval_expires_at',
] as const;

/** A denial is a failed call, in the form that clients of the protocol look for (WCP 3.10). */
export const shownDecision = (decision: JsonObject): Said => {
  const receipt = pick((decision.evidence_receipt ?? {}) as JsonObject, ['receipt_id', 'receipt_hash']);
  if (decision.outcome !== 'DENY') {
    return { value: { ...pick(decision, decision.outcome === 'DISPATCH' ? DISPATCHED : HELD), ...receipt } };
  }
  const why = (decision.deny_reason_if_denied ?? {}) as JsonObject;
  return {
    isError: true,
    value: {
      wcp_denied: true,
      deny_code: decision.deny_code ?? why.code ?? null,
      deny_message: why.message ?? null,
      matched_rule_id: decision.matched_rule_id ?? null,
      correlation_id: decision.correlation_id ?? null,
      ...pick(decision, ['decision_id', 'retry_after_ms', 'pending_approval_id']),
      ...receipt,
    },
  };
};
