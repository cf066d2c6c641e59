/**
 * A stand-in for the per-call behaviour of the published WCP engine, which cannot be installed: written plainly, as a
 * careful engineer would without an eye on speed. On every call it validates, compares all pairs of rules for
 * shadowing, scans the rules from the top, hashes the canonical input, and builds a full decision with telemetry.
 * It knows the shared subset only: rules, controls, blast heuristic, gate, availability. Used by the bench (P1) and by
 * the differential test (R12); never by the product.
 */
import { createHash, randomUUID } from 'node:crypto';

export type Operator = string | { readonly in: readonly string[] } | { readonly any: true };
export type Match = Readonly<Partial<Record<MatchKey, Operator>>>;
type MatchKey = (typeof MATCH_KEYS)[number];

export interface PublishedRule {
  readonly rule_id: string;
  readonly match: Match;
  readonly decision: {
    readonly candidate_workers_ranked: readonly {
      readonly worker_species_id: string;
      readonly score_hint?: number;
      readonly requires_controls_minimum?: readonly string[];
    }[];
    readonly required_controls_suggested?: readonly string[];
    readonly recommended_profiles?: readonly string[];
    readonly escalation?: { readonly policy_gate?: boolean };
    readonly preconditions?: {
      readonly must_have_correlation_id?: boolean;
      readonly deny_if_missing_required_controls?: boolean;
    };
  };
}

export interface PublishedOptions {
  readonly rules: readonly PublishedRule[];
  readonly controlsPresent: ReadonlySet<string>;
  readonly speciesAvailable: ReadonlySet<string>;
  readonly gate?: ((context: Readonly<Record<string, unknown>>) => { decision: string; reason: string }) | null;
  readonly policyVersion?: string;
}

export interface PublishedDecision {
  readonly decision_id: string;
  readonly timestamp: string;
  readonly correlation_id: string;
  readonly tenant_id: string;
  readonly capability_id: string;
  readonly matched_rule_id: string;
  readonly denied: boolean;
  readonly deny_reason_if_denied: Readonly<Record<string, unknown>> | null;
  readonly selected_worker_species_id: string | null;
  readonly candidate_workers_ranked: readonly unknown[];
  readonly required_controls_effective: readonly string[];
  readonly recommended_profiles_effective: readonly string[];
  readonly escalation_effective: Readonly<Record<string, unknown>>;
  readonly preconditions_checked: Readonly<Record<string, boolean>>;
  readonly blast_score: number;
  readonly artifact_hash: string;
  readonly dry_run: boolean;
  readonly telemetry_envelopes: readonly Readonly<Record<string, unknown>>[];
}

type Input = Readonly<Record<string, unknown>>;

const MATCH_KEYS = ['capability_id', 'env', 'data_label', 'tenant_risk', 'qos_class'] as const;
const WORDS: Readonly<Record<string, readonly string[]>> = {
  env: ['dev', 'stage', 'prod', 'edge'],
  data_label: ['PUBLIC', 'INTERNAL', 'RESTRICTED'],
  tenant_risk: ['low', 'medium', 'high'],
  qos_class: ['P0', 'P1', 'P2', 'P3'],
};
const CONTROL_CHARACTERS = /\p{Cc}/gu;

export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

function matchesField(operator: Operator | undefined, value: unknown): boolean {
  if (operator === undefined) return true;
  if (typeof operator === 'string') return operator === value;
  return 'in' in operator ? operator.in.includes(String(value)) : true;
}

/** Null: unconstrained. */
const valuesOf = (operator: Operator | undefined): ReadonlySet<string> | null => {
  if (operator === undefined || typeof operator === 'string')
    return operator === undefined ? null : new Set([operator]);
  return 'in' in operator ? new Set(operator.in) : null;
};

function covers(earlier: Match, later: Match): boolean {
  const pairs = MATCH_KEYS.map((key) => [valuesOf(earlier[key]), valuesOf(later[key])] as const);
  return pairs.every(
    ([wide, narrow]) => wide === null || (narrow !== null && [...narrow].every((value) => wide.has(value))),
  );
}

export function shadowedRules(rules: readonly PublishedRule[]): readonly string[] {
  const shadowed: string[] = [];
  for (let later = 1; later < rules.length; later++) {
    for (let earlier = 0; earlier < later; earlier++) {
      const a = rules[earlier];
      const b = rules[later];
      if (a === undefined || b === undefined || a.rule_id === b.rule_id) continue;
      if (covers(a.match, b.match)) {
        shadowed.push(b.rule_id);
        break;
      }
    }
  }
  return shadowed;
}

function invalidField(input: Input): string | null {
  if (typeof input.capability_id !== 'string' || input.capability_id === '') return 'capability_id';
  for (const [field, words] of Object.entries(WORDS)) {
    if (typeof input[field] !== 'string' || !words.includes(input[field])) return field;
  }
  if (typeof input.tenant_id !== 'string' || input.tenant_id === '') return 'tenant_id';
  if (input.correlation_id !== undefined && typeof input.correlation_id !== 'string') return 'correlation_id';
  const score = input.blast_score;
  if (score !== undefined && (typeof score !== 'number' || !(score >= 0 && score <= 100))) return 'blast_score';
  return null;
}

function blastOf(input: Input): number {
  const request = (input.request ?? {}) as Input;
  let score = 10;
  if (input.data_label === 'INTERNAL') score += 20;
  if (input.data_label === 'RESTRICTED') score += 40;
  if (input.env === 'prod' || input.env === 'edge') score += 15;
  if (input.qos_class === 'P0') score += 10;
  if (request.egress || request.external_call) score += 15;
  if (request.writes || request.mutates_state) score += 15;
  return Math.max(Math.min(score, 100), typeof input.blast_score === 'number' ? input.blast_score : 0);
}

const normal = (control: string): string => control.replaceAll('_', '-');

export function makeDecision(input: Input, options: PublishedOptions): PublishedDecision {
  const call = new Call(input, options);
  return call.decide();
}

class Call {
  readonly #input: Input;
  readonly #options: PublishedOptions;
  readonly #timestamp = new Date().toISOString();
  readonly #decisionId = randomUUID();
  readonly #correlationId: string;
  readonly #hash: string;
  #rule: PublishedRule | null = null;
  #gateReason: string | null = null;
  #blast = 0;

  constructor(input: Input, options: PublishedOptions) {
    this.#input = input;
    this.#options = options;
    this.#correlationId = typeof input.correlation_id === 'string' ? input.correlation_id : randomUUID();
    this.#hash = createHash('sha256').update(canonical(input)).digest('hex');
  }

  decide(): PublishedDecision {
    const input = this.#input;
    const { rules } = this.#options;
    const production = input.env === 'prod' || input.env === 'edge';
    const field = invalidField(input);
    if (field !== null) return this.#deny('DENY_INVALID_INPUT', { field });
    if (String(input.tenant_id).trim() === '') return this.#deny('DENY_MISSING_TENANT_ID', {});
    const shadowed = shadowedRules(rules);
    if (shadowed.length > 0 && production) {
      return this.#deny('DENY_SHADOW_RULES_DETECTED', { shadowed_rule_ids: shadowed, shadow_count: shadowed.length });
    }
    this.#blast = blastOf(input);
    this.#rule = rules.find((rule) => MATCH_KEYS.every((key) => matchesField(rule.match[key], input[key]))) ?? null;
    if (this.#rule === null) return this.#deny('DENY_NO_MATCHING_RULE', {});
    return this.#follow(this.#rule, production);
  }

  #follow({ decision }: PublishedRule, production: boolean): PublishedDecision {
    const { controlsPresent, gate, speciesAvailable } = this.#options;
    if (this.#correlationId.trim() === '') return this.#deny('DENY_MISSING_CORRELATION_ID', {});
    const present = new Set([...controlsPresent].map(normal));
    const required = [...new Set(decision.required_controls_suggested ?? [])].sort();
    const missing = required.filter((control) => !present.has(normal(control)));
    if (missing.length > 0) return this.#deny('DENY_MISSING_REQUIRED_CONTROLS', { missing });
    if (production && this.#blast >= 85) {
      return this.#deny('DENY_REQUIRES_HUMAN', { blast_score: this.#blast, reason: 'REQUIRE_HUMAN_HIGH_BLAST' });
    }
    if (decision.escalation?.policy_gate === true) {
      if (gate === null || gate === undefined) return this.#deny('DENY_POLICY_GATE_UNCONFIGURED', {});
      const answer = gate(this.#gateContext());
      this.#gateReason = answer.reason;
      if (answer.decision === 'DENY') return this.#deny('DENY_POLICY_GATE', { reason: answer.reason });
      if (answer.decision === 'REQUIRE_HUMAN')
        return this.#deny('DENY_REQUIRES_HUMAN_APPROVAL', { reason: answer.reason });
      if (answer.decision !== 'ALLOW') return this.#deny('DENY_POLICY_GATE_INVALID_RESPONSE', {});
    }
    const selected = decision.candidate_workers_ranked.find(({ worker_species_id }) =>
      speciesAvailable.has(worker_species_id),
    );
    if (selected === undefined) return this.#deny('DENY_NO_AVAILABLE_WORKER', {});
    return this.#build(null, selected.worker_species_id);
  }

  #gateContext(): Readonly<Record<string, unknown>> {
    const { capability_id, tenant_id, env, data_label, tenant_risk, qos_class } = this.#input;
    return { capability_id, tenant_id, env, data_label, tenant_risk, qos_class, policy_version: this.#policyVersion() };
  }

  #policyVersion(): string {
    return this.#options.policyVersion ?? 'policy.v0';
  }

  #deny(code: string, extras: Readonly<Record<string, unknown>>): PublishedDecision {
    return this.#build({ code, message: `denied: ${code}`, ...extras }, null);
  }

  #build(reason: Readonly<Record<string, unknown>> | null, species: string | null): PublishedDecision {
    const text = (value: unknown): string => (typeof value === 'string' ? value.replace(CONTROL_CHARACTERS, '') : '');
    const input = this.#input;
    const decision = this.#rule?.decision;
    const shared = {
      timestamp: this.#timestamp,
      correlation_id: this.#correlationId,
      tenant_id: text(input.tenant_id),
      ...(input.dry_run === true ? { dry_run: true } : {}),
    };
    const matched = this.#rule?.rule_id ?? 'NO_MATCH';
    const capability = text(input.capability_id);
    return {
      decision_id: this.#decisionId,
      timestamp: this.#timestamp,
      correlation_id: this.#correlationId,
      tenant_id: text(input.tenant_id),
      capability_id: capability,
      matched_rule_id: matched,
      denied: reason !== null,
      deny_reason_if_denied: reason,
      selected_worker_species_id: species,
      candidate_workers_ranked: (decision?.candidate_workers_ranked ?? []).map((candidate) => ({
        worker_species_id: candidate.worker_species_id,
        score_hint: candidate.score_hint ?? null,
        requires_controls_minimum: [...(candidate.requires_controls_minimum ?? [])],
        skip_reason: null,
      })),
      required_controls_effective: [...new Set(decision?.required_controls_suggested ?? [])].sort(),
      recommended_profiles_effective: [...(decision?.recommended_profiles ?? [])],
      escalation_effective: {
        policy_gate: decision?.escalation?.policy_gate ?? false,
        human_required_default: false,
        human_required_if: [],
        msavx_step_up: false,
        rationale: '',
      },
      preconditions_checked: {
        must_have_correlation_id: decision?.preconditions?.must_have_correlation_id ?? true,
        must_attach_policy_version: true,
        must_record_artifact_hash_if_executes: true,
        deny_if_missing_required_controls: decision?.preconditions?.deny_if_missing_required_controls ?? true,
        deny_if_unsigned_artifact_in_prod: false,
        deny_if_no_attestation_in_prod: false,
      },
      blast_score: Math.floor(this.#blast),
      artifact_hash: this.#hash,
      dry_run: input.dry_run === true,
      telemetry_envelopes:
        reason === null ? this.#dispatched(shared, capability, matched, species) : this.#denied(shared, reason),
    };
  }

  #dispatched(
    shared: object,
    capability_id: string,
    matched_rule_id: string,
    selected_worker_species_id: string | null,
  ) {
    const policy_version = this.#policyVersion();
    const routed = {
      task_id: 'task_default',
      capability_id,
      matched_rule_id,
      selected_worker_species_id,
      policy_version,
    };
    const chosen = { capability_id, selected_worker_species_id, reason: 'first_available_candidate' };
    const gated = { capability_id, decision: 'ALLOW', policy_version, reason: this.#gateReason ?? 'no_gate_required' };
    return [
      { event_id: 'evt.os.task.routed', ...shared, ...routed, qos_class: this.#input.qos_class },
      { event_id: 'evt.os.worker.selected', ...shared, ...chosen },
      { event_id: 'evt.os.policy.gated', ...shared, ...gated },
    ];
  }

  #denied(shared: object, reason: Readonly<Record<string, unknown>>) {
    return [{ event_id: 'evt.os.task.denied', ...shared, deny_code: reason.code, deny_message: reason.message }];
  }
}
