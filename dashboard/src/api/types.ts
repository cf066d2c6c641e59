/** What the service answers, as far as the screens read it. The whole is described at /openapi.json. */
export interface DecisionSummary {
  readonly decision_id: string;
  readonly seq: number;
  readonly receipt_id: string;
  readonly decided_at: string;
  readonly outcome: 'DISPATCH' | 'DENY' | 'STEWARD_HOLD';
  readonly core_outcome: string;
  readonly deny_code: string | null;
  /** `fault`: it failed closed; nobody's rule said no. */
  readonly deny_class: 'policy' | 'input' | 'fault' | 'standing' | null;
  readonly stage: string;
  readonly matched_rule_id: string;
  readonly capability_id: string | null;
  readonly worker_id: string | null;
  readonly tenant_id: string | null;
  readonly env: string | null;
  readonly data_label: string | null;
  readonly correlation_id: string | null;
  readonly blast: {
    readonly score: number;
    readonly chain: number;
    readonly sum: number | null;
    readonly gate_passed: boolean | null;
  };
  readonly dry_run: boolean;
  readonly dispatch: string | null;
}

export interface DecisionPage {
  readonly decisions: readonly DecisionSummary[];
  readonly count: number;
  /** Of the ledger then. */
  readonly size: number;
  readonly next_cursor: string | null;
}

export interface Candidate {
  readonly worker_species_id: string;
  readonly worker_id?: string;
  readonly requires_controls_minimum: readonly string[];
  readonly skip_reason: string | null;
}

export interface Decision {
  readonly reason: string;
  readonly deny_code?: string;
  readonly deny_class?: string;
  readonly deny_reason_if_denied: Readonly<Record<string, unknown>> | null;
  readonly matched_rule_id: string;
  readonly selected_worker_species_id: string | null;
  readonly candidate_workers_ranked: readonly Candidate[];
  readonly required_controls_effective: readonly string[];
  readonly controls_verified: readonly string[];
  readonly hall_controls: readonly string[];
  readonly recommended_profiles_effective: readonly unknown[];
  readonly profiles_effective: readonly { readonly profile_id: string; readonly version: string }[];
  readonly preconditions_checked: Readonly<Record<string, boolean>>;
  readonly policy_version: string;
  readonly rule_set_version: string | null;
  readonly blast_score: number;
  readonly blast_gate_passed: boolean | null;
  readonly blast_dimensions: Readonly<Record<string, number>> | null;
  readonly blast_chain_sum: number;
  readonly privilege_envelope_ok: boolean | null;
  readonly supervisor_required: boolean;
  readonly pending_approval_id?: string | null;
  readonly worker_attestation_checked: boolean;
  readonly worker_attestation_valid: boolean | null;
  readonly artifact_hash: string;
  readonly request_hash: string;
  readonly notes: readonly string[];
}

export interface EvidenceReceipt {
  readonly receipt_id: string;
  readonly receipt_hash: string;
  readonly prev_receipt_hash: string | null;
  readonly signing_key_id: string;
  readonly entry: Readonly<Record<string, unknown>>;
}

export interface BlastBreakdown {
  readonly request: readonly { readonly of: string; readonly points: number }[];
  readonly estimates: Readonly<Record<'request' | 'caller' | 'caller_radius' | 'worker', number | null>>;
  readonly score: number;
}

/** What stopped a decision, and what would take that away. */
export interface Turn {
  readonly outcome: string;
  readonly deny_code: string | null;
  readonly stage: string;
  readonly fact: string;
  readonly change: string;
  /** What would be decided then; null: what was recorded does not say. */
  readonly after: { readonly outcome: string; readonly deny_code: string | null; readonly stage: string } | null;
}

export interface DecisionDetail {
  readonly decision_id: string;
  readonly summary: DecisionSummary;
  readonly decision: Decision | null;
  readonly blast_breakdown: BlastBreakdown | null;
  readonly would_change: readonly Turn[] | null;
  /** Whether the service, computing it anew, got the same bytes. */
  readonly recomputed: string;
  readonly evidence_receipt: EvidenceReceipt;
}

export interface Requirement {
  readonly id: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface Health {
  readonly status: string;
  readonly version: string;
  readonly online: boolean;
  readonly standing: string;
  readonly compliance: Readonly<
    Record<string, { readonly level: string; readonly requirements: readonly Requirement[] }>
  >;
  readonly policy_version: string | null;
  readonly rule_set_version: string | null;
  readonly frozen?: string | null;
  readonly ban_feed: { readonly epoch: number; readonly age_ms: number | null; readonly fresh: boolean };
  readonly ledger: { readonly size: number; readonly head: string | null };
}

export interface WorkerSummary {
  readonly worker_id: string;
  readonly worker_species_id: string;
  readonly namespace: string;
  readonly capabilities: readonly string[];
  readonly currently_implements: readonly string[];
  readonly allowed_environments: readonly string[] | null;
  readonly risk_tier: string;
  readonly blast_sum: number | null;
  readonly enrolled_at: string;
  readonly status: string;
  readonly attested: boolean;
  readonly last_seen: string | null;
}

export interface BanTarget {
  readonly worker_id?: string;
  readonly namespace?: string;
  readonly sha256?: string;
}

export interface Ban {
  readonly ban_id: string;
  readonly epoch: number;
  readonly target: BanTarget;
  readonly reason: string;
  readonly evidence_url: string | null;
  readonly issued_at: string | number;
  readonly expires_at: string | number | null;
}

export interface NetworkBan extends Ban {
  readonly status: 'pending' | 'effective' | 'lifted' | 'expired';
  readonly effective_at: string | null;
  readonly lifted_at: string | null;
  /** Halls that may still dispatch without knowing it. */
  readonly waiting: number;
  readonly acknowledged: number | null;
  readonly expired: number | null;
}

export interface ApiKey {
  readonly key_id: string;
  readonly name: string;
  readonly environment: string;
  readonly scopes: readonly string[];
  readonly status: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
}

export interface Alert {
  readonly alert_id: string;
  readonly created_at: string;
  readonly level: string;
  readonly code: string;
  readonly message: string;
  readonly worker_id: string | null;
  readonly capability_id: string | null;
}

export interface Approval {
  readonly pending_approval_id: string;
  readonly decision_id: string;
  readonly state: 'pending' | 'approved' | 'rejected' | 'expired' | 'invalidated' | 'consumed';
  readonly kind: 'hold' | 'blast' | 'job';
  readonly supervisor_level: string;
  readonly reason: string;
  readonly quorum: number;
  readonly votes: readonly {
    readonly by: { readonly kind: string; readonly id: string };
    readonly reason: string | null;
    readonly at: string;
  }[];
  readonly step_up: boolean;
  /** A yes has to be signed. */
  readonly passkey: boolean;
  /** What a passkey signs to say so, base64url; null: it does not wait any more. */
  readonly signing_challenges: { readonly approve: string; readonly deny: string } | null;
  readonly requested_by: { readonly kind: string; readonly id: string };
  readonly created_at: string;
  readonly approval_expires_at: string;
  readonly subject_hash: string;
  readonly escalation_context: Readonly<Record<string, unknown>>;
}
