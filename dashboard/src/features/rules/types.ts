/** Rules as they are published, as far as the screens read them; whatever else they carry is kept. */
export interface Rule {
  readonly rule_id: string;
  readonly match: Readonly<Record<string, unknown>>;
  readonly decision: {
    readonly candidate_workers_ranked?: readonly {
      readonly worker_species_id?: string | null;
      readonly [member: string]: unknown;
    }[];
    readonly required_controls_suggested?: readonly string[];
    readonly escalation?: { readonly policy_gate?: boolean; readonly human_required_default?: boolean };
    readonly [member: string]: unknown;
  };
  readonly [member: string]: unknown;
}

export interface RuleDocument {
  readonly rules: readonly Rule[];
  readonly [member: string]: unknown;
}

export interface RuleSet {
  readonly version: string;
  readonly hash: string;
  readonly document: RuleDocument;
}

export interface Checked {
  readonly rules: number;
  readonly warnings: readonly string[];
}
