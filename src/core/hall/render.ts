/**
 * A finished hearing -> the body of WCP 2.3, member for member. Nothing is judged here.
 * INVARIANT: every string that came from outside has lost its control characters by the time it is in a decision.
 */
import { approvalIdOf } from '../approval/approval.ts';
import type { JsonObject } from '../json.ts';
import { tightestTerms } from '../policy/terms.ts';
import { chainSum } from './blast.ts';
import { DENY_CODES } from './codes.ts';
import { requiredShown, verified } from './controls.ts';
import type {
  CoreOutcome,
  DenyReason,
  EscalationContext,
  EscalationEffective,
  PreconditionsChecked,
  RouteDecision,
} from './decision.ts';
import { NO_POLICY } from './gating.ts';
import type { Denial, Hearing, Hold, Verdict } from './hearing.ts';
import { demandOf, expiryOf } from './human.ts';
import type { RouteField } from './input.ts';
import { telemetry } from './telemetry.ts';
import { clean, isoTime } from './text.ts';

type Draft = { -readonly [K in keyof RouteDecision]: RouteDecision[K] };

const NO_MATCH = 'NO_MATCH';
const NONE: readonly never[] = [];
const NO_ESCALATION: EscalationEffective = {
  policy_gate: false,
  rationale: '',
  human_required_if: NONE,
  human_required_default: false,
  msavx_step_up: false,
};
/** Before a rule matched nothing was asked. */
const NO_PRECONDITIONS: PreconditionsChecked = {
  must_have_correlation_id: false,
  must_attach_policy_version: false,
  must_record_artifact_hash_if_executes: false,
  deny_if_missing_required_controls: false,
  deny_if_unsigned_artifact_in_prod: false,
  deny_if_no_attestation_in_prod: false,
};

/** Long, because it is the whole body in one piece: one literal, one shape. */
export function render(hearing: Hearing, verdict: Verdict): RouteDecision {
  const { request, snapshot, stamp, view, selection, settingsView, refusedField } = hearing;
  const dispatched = verdict.kind === 'dispatch';
  const denial = verdict.kind === 'deny' ? verdict : null;
  const generated = request.correlation === 'absent';
  const decidedAt = isoTime(stamp.now);
  const controlsVerified = selection === null ? NONE : verified(hearing, selection);
  const human = supervisorReason(verdict);
  const escalation = view?.escalation ?? NO_ESCALATION;

  const decision: Draft = {
    decision_id: stamp.decisionId,
    timestamp: decidedAt,
    decided_at: decidedAt,
    correlation_id: generated ? stamp.correlationId : shown(hearing, request.correlation_id, 'correlation_id'),
    correlation_id_generated: generated,
    tenant_id: shown(hearing, request.tenant_id, 'tenant_id'),
    capability_id: shown(hearing, request.capability_id, 'capability_id'),
    env: refusedField === 'env' ? null : request.env,
    env_effective: refusedField === 'env' ? null : request.env_effective,
    data_label: refusedField === 'data_label' ? null : request.data_label,
    data_label_effective: refusedField === 'data_label' ? null : request.data_label_effective,
    tenant_risk: refusedField === 'tenant_risk' ? null : request.tenant_risk,
    tenant_risk_effective: refusedField === 'tenant_risk' ? null : request.tenant_risk_effective,
    qos_class: request.qos_class,
    dry_run: request.dry_run,
    in_catalog: hearing.inCatalog,

    outcome: dispatched ? 'DISPATCH' : denial === null ? 'STEWARD_HOLD' : 'DENY',
    core_outcome: coreOutcome(hearing, verdict),
    denied: denial !== null,
    allowed: dispatched,
    deny_reason_if_denied: denial === null ? null : denyReason(denial),
    stage: verdict.kind === 'dispatch' ? 'dispatch' : verdict.stage,
    reason: verdict.kind === 'dispatch' ? DISPATCHED : verdict.kind === 'hold' ? verdict.reason : messageOf(verdict),
    matched_rule_id: view?.ruleId ?? NO_MATCH,

    selected_worker_species_id: dispatched && selection !== null ? selection.speciesId : null,
    candidate_workers_ranked: hearing.ranked ?? view?.unranked ?? NONE,

    required_controls_effective: selection?.required ?? requiredShown(hearing),
    controls_verified: controlsVerified,
    controls_applied: dispatched ? controlsVerified : NONE,
    hall_controls: settingsView.hallControlsShown,
    recommended_profiles_effective: view?.profiles ?? NONE,
    profiles_effective: hearing.stance.effective,
    escalation_effective:
      human === null ? escalation : { ...escalation, human_required_default: true, rationale: human },
    preconditions_checked: view?.preconditions ?? NO_PRECONDITIONS,
    policy_version: clean(snapshot.policy?.version ?? NO_POLICY),
    rule_set_version: snapshot.rules === null ? null : clean(snapshot.rules.version),

    blast_score: Math.floor(hearing.blastScore),
    blast_gate_passed: hearing.blastGatePassed,
    blast_dimensions: selection?.worker.blast_radius ?? null,
    blast_sum: selection?.worker.blast_sum ?? null,
    blast_chain_sum: hearing.chainSum ?? chainSum(hearing.counters.chain),
    privilege_envelope_ok: hearing.envelopeOk,

    supervisor_required: human !== null,

    artifact_hash: request.route_input_hash,
    request_hash: request.request_hash,
    worker_attestation_checked: hearing.attestationChecked,
    worker_attestation_valid: hearing.attestationValid,
    telemetry_envelopes: NONE,
    notes: hearing.notes,
  };

  if (dispatched && selection !== null) decision.worker_id = clean(selection.worker.worker_id);
  if (denial !== null) addDenial(decision, denial);
  const constraints = dispatched ? constraintsOf(hearing) : null;
  if (constraints !== null) decision.constraints = constraints;
  if (hearing.gate !== null) addGateTerms(decision, hearing, verdict);
  if (human !== null && verdict.kind !== 'dispatch') addSupervisor(decision, hearing, verdict);
  decision.telemetry_envelopes = telemetry(hearing, verdict, decision);
  return decision;
}

const DISPATCHED = 'all checks passed';

function shown({ request, refusedField }: Hearing, text: string | null, field: RouteField): string | null {
  if (text === null || refusedField === field) return null;
  return request.control_characters ? clean(text) : text;
}

function coreOutcome(hearing: Hearing, verdict: Verdict): CoreOutcome {
  if (verdict.kind === 'hold') return 'REQUIRE_APPROVAL';
  if (verdict.kind === 'deny') return verdict.code === 'DENY_THROTTLED' ? 'THROTTLE' : 'DENY';
  return constraintsOf(hearing) === null ? 'ALLOW' : 'ALLOW_WITH_CONSTRAINTS';
}

/** What a dispatch has to keep to: the policy's terms, and those that came with the yes. */
function constraintsOf({ gate, counters }: Hearing): JsonObject | null {
  const own = gate?.decision === 'ALLOW_WITH_CONSTRAINTS' ? (gate.constraints ?? {}) : (gate?.constraints ?? null);
  return tightestTerms(own, counters.approval?.constraints ?? null);
}

const messageOf = (denial: Denial): string => denial.message ?? DENY_CODES[denial.code].message;

const denyReason = (denial: Denial): DenyReason => ({
  code: denial.code,
  message: messageOf(denial),
  ...denial.extras,
});

function addDenial(decision: Draft, denial: Denial): void {
  decision.deny_code = denial.code;
  decision.deny_class = DENY_CODES[denial.code].denyClass;
  if (denial.alias !== null) decision.deny_code_alias = denial.alias;
}

function addGateTerms(decision: Draft, { gate }: Hearing, verdict: Verdict): void {
  if (gate === null) return;
  if (verdict.kind === 'deny' && verdict.code === 'DENY_THROTTLED' && gate.retry_after_ms !== null) {
    decision.retry_after_ms = gate.retry_after_ms;
  }
}

/** Why a human is asked, whether the caller waits or was denied; null when nobody is. */
export const supervisorReason = (verdict: Verdict): string | null =>
  verdict.kind === 'hold' ? verdict.reason : verdict.kind === 'deny' ? verdict.appeal : null;

function addSupervisor(decision: Draft, hearing: Hearing, verdict: Denial | Hold): void {
  const { request, stamp } = hearing;
  decision.supervisor_level = demandOf(hearing, verdict).level;
  decision.pending_approval_id = request.dry_run ? null : approvalIdOf(stamp.decisionId);
  decision.approval_expires_at = request.dry_run ? null : isoTime(expiryOf(hearing, verdict));
  decision.escalation_context = escalationContext(decision);
}

const escalationContext = (decision: RouteDecision): EscalationContext => ({
  capability_id: decision.capability_id,
  blast_score: decision.blast_score,
  tenant_risk: decision.tenant_risk_effective,
  data_label: decision.data_label_effective,
  policy_version: decision.policy_version,
});
