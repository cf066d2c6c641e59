/**
 * What `decide` gives back: the one superset body of WCP 2.3 (minus `evidence_receipt` and the dispatch grant, which
 * need the committed entry), the facts a recomputation needs, and the changes of state that follow from it.
 * Everything in `RouteDecision` may be shown to the caller; nothing in `effects` may.
 */
import type { ApprovalDemand, EscalationStep } from '../approval/demand.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { GateVerdict } from '../policy/gate.ts';
import type { VelocityAsked, VelocitySeen } from '../policy/velocity.ts';
import type { WorkerFact } from '../registry/worker.ts';
import type { DataLabel, HallEnv, QosClass, SupervisorLevel, TenantRisk } from '../vocabulary.ts';
import type { DenyClass, DenyCode, Stage } from './codes.ts';
import type { ApprovalSeen, ChainLink } from './snapshot.ts';

export type Outcome = 'DISPATCH' | 'DENY' | 'STEWARD_HOLD';
export type CoreOutcome = 'ALLOW' | 'DENY' | 'REQUIRE_APPROVAL' | 'THROTTLE' | 'ALLOW_WITH_CONSTRAINTS';

export type SkipReason =
  | 'missing_id'
  | 'banned'
  | 'revoked'
  | 'quarantined'
  | 'env_not_allowed'
  | 'data_label_not_allowed'
  | 'catalog_version_min'
  | 'required_controls_missing'
  | 'capability_not_declared'
  | 'unavailable'
  | 'already_selected';

export interface RankedCandidate {
  readonly worker_species_id: string | null;
  /** The worker whose reason is shown: the chosen one, or the one that got furthest. */
  readonly worker_id?: string;
  readonly score_hint: number | null;
  readonly requires_controls_minimum: readonly string[];
  /** Null for the chosen one, and for all when the decision fell before candidates were looked at. */
  readonly skip_reason: SkipReason | null;
  readonly capability_declared: boolean | null;
}

/** `code` and `message`, plus the extras of the step that refused (WCP 3.1). */
export interface DenyReason extends JsonObject {
  readonly code: DenyCode;
  readonly message: string;
}

export interface EscalationEffective {
  readonly policy_gate: boolean;
  readonly rationale: string;
  readonly human_required_if: readonly JsonObject[];
  readonly human_required_default: boolean;
  readonly msavx_step_up: boolean;
}

export interface PreconditionsChecked {
  readonly must_have_correlation_id: boolean;
  readonly must_attach_policy_version: boolean;
  readonly must_record_artifact_hash_if_executes: boolean;
  readonly deny_if_missing_required_controls: boolean;
  readonly deny_if_unsigned_artifact_in_prod: boolean;
  readonly deny_if_no_attestation_in_prod: boolean;
}

export interface EscalationContext {
  readonly capability_id: string | null;
  readonly blast_score: number;
  readonly tenant_risk: TenantRisk | null;
  readonly data_label: DataLabel | null;
  readonly policy_version: string;
}

export interface BlastDimensions {
  readonly data: number;
  readonly network: number;
  readonly financial: number;
  readonly time: number;
  readonly reversibility: number;
}

/** An event of WCP 3.9: the four members all carry, plus those of its kind. */
export interface TelemetryEvent {
  readonly event_id: string;
  readonly timestamp: string;
  readonly correlation_id: string | null;
  readonly tenant_id: string | null;
  readonly dry_run?: true;
  readonly [member: string]: string | number | boolean | null | undefined;
}

export interface RouteDecision {
  readonly decision_id: string;
  readonly timestamp: string;
  readonly decided_at: string;
  readonly correlation_id: string | null;
  readonly correlation_id_generated: boolean;
  readonly tenant_id: string | null;
  readonly capability_id: string | null;
  readonly env: string | null;
  readonly env_effective: HallEnv | null;
  readonly data_label: string | null;
  readonly data_label_effective: DataLabel | null;
  readonly tenant_risk: string | null;
  readonly tenant_risk_effective: TenantRisk | null;
  readonly qos_class: QosClass | null;
  readonly dry_run: boolean;
  readonly in_catalog: boolean;

  readonly outcome: Outcome;
  readonly core_outcome: CoreOutcome;
  readonly denied: boolean;
  readonly allowed: boolean;
  readonly deny_reason_if_denied: DenyReason | null;
  /** These three only on a denial. */
  readonly deny_code?: DenyCode;
  readonly deny_code_alias?: string;
  readonly deny_class?: DenyClass;
  readonly stage: Stage;
  readonly reason: string;
  readonly matched_rule_id: string;

  readonly selected_worker_species_id: string | null;
  /** Only on DISPATCH. */
  readonly worker_id?: string;
  readonly candidate_workers_ranked: readonly RankedCandidate[];

  readonly required_controls_effective: readonly string[];
  readonly controls_verified: readonly string[];
  readonly controls_applied: readonly string[];
  readonly hall_controls: readonly string[];
  readonly recommended_profiles_effective: readonly JsonValue[];
  readonly profiles_effective: readonly {
    readonly profile_id: string;
    readonly version: string;
    readonly hash: string;
  }[];
  readonly escalation_effective: EscalationEffective;
  readonly preconditions_checked: PreconditionsChecked;
  readonly policy_version: string;
  readonly rule_set_version: string | null;
  readonly constraints?: JsonObject;
  readonly retry_after_ms?: number;

  readonly blast_score: number;
  readonly blast_gate_passed: boolean | null;
  readonly blast_dimensions: BlastDimensions | null;
  readonly blast_sum: number | null;
  readonly blast_chain_sum: number;
  readonly privilege_envelope_ok: boolean | null;

  readonly supervisor_required: boolean;
  /** These four only when a human is asked; no approval is opened on a dry run. */
  readonly supervisor_level?: SupervisorLevel;
  readonly pending_approval_id?: string | null;
  readonly approval_expires_at?: string | null;
  readonly escalation_context?: EscalationContext;

  readonly artifact_hash: string;
  readonly request_hash: string;
  readonly worker_attestation_checked: boolean;
  readonly worker_attestation_valid: boolean | null;
  readonly telemetry_envelopes: readonly TelemetryEvent[];
  readonly notes: readonly string[];
}

export interface DocumentSeen {
  readonly version: string;
  readonly hash: string;
}

/** What was seen, by content hash; with the request it is all that a recomputation needs (DESIGN 6). */
export interface DecisionFacts {
  readonly settings: string;
  readonly rules: DocumentSeen | null;
  readonly policy: DocumentSeen | null;
  readonly bans: string;
  readonly ban_epoch: number;
  readonly bans_fresh: boolean;
  readonly standing: 'ok' | 'degraded' | 'suspended';
  readonly offline: boolean;
  readonly catalog: DocumentSeen;
  readonly in_catalog: boolean;
  /** The profiles that were active, and where; null: none. */
  readonly posture: string | null;
  /** The workers looked at, in the order of their first look; of a species, those up to the first eligible one. */
  readonly workers: readonly WorkerFact[];
  /** What all workers implement between them, sorted, where the decision had to ask. */
  readonly implemented_by_any: readonly string[] | null;
  readonly chain: readonly ChainLink[];
  /** Counters of the policy that were read, in order. */
  readonly velocity: readonly VelocitySeen[];
  readonly approval: ApprovalSeen | null;
  readonly commanded: boolean;
  /** Microseconds since the epoch. */
  readonly now: number;
  /** The correlation_id that was generated; null when the caller sent one. */
  readonly generated_correlation_id: string | null;
}

/** A worker caught with other code than was attested; tenant admins may see the hashes, the caller may not. */
export interface QuarantineEffect {
  readonly worker_id: string;
  readonly worker_species_id: string;
  readonly registered_hash: string;
  readonly reported_hash: string;
}

export interface ApprovalEffect extends ApprovalDemand {
  /** `blast`: the caller got a denial that a human may still turn; `hold`: the caller waits. */
  readonly kind: 'hold' | 'blast';
  readonly reason: string;
  readonly expires_at: number;
  readonly escalation: readonly EscalationStep[];
}

/** Changes that follow from the decision; all absent on a dry run. */
export interface DecisionEffects {
  readonly link: ChainLink | null;
  readonly approval: ApprovalEffect | null;
  readonly quarantine: QuarantineEffect | null;
  /** A human is told, and nobody waits (level `advisory`). */
  readonly advisory: string | null;
  /** Counters that this decision is one more of. */
  readonly counted: readonly VelocityAsked[];
}

export interface Decided {
  /** What the policy said; null where it was not asked, or its answer was none. */
  readonly gate: GateVerdict | null;
  readonly decision: RouteDecision;
  readonly facts: DecisionFacts;
  readonly effects: DecisionEffects;
}
