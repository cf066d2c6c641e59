/**
 * The order of WCP 3.1 once more, as naively as it can be said: outcome and code from plain documents, by scanning.
 * Written from the specification, shares nothing with the engine but the shape of its inputs (R12).
 */
import type { SignatoryEvidence } from '../../src/core/hall/input.ts';
import type { Settings } from '../../src/core/hall/settings.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import type { StoredGate } from '../../src/core/policy/gate.ts';
import type { WorkerFact } from '../../src/core/registry/worker.ts';
import { shadowedRules } from './published-engine.ts';

export interface World {
  readonly rules: readonly JsonObject[] | null;
  readonly settings: Settings;
  readonly policy: StoredGate | null;
  readonly workers: readonly WorkerFact[];
  readonly bans: {
    readonly workers: readonly string[];
    readonly namespaces: readonly string[];
    readonly artifacts: readonly string[];
  };
  readonly fresh: boolean;
  readonly standing: string;
  readonly offline: boolean;
  readonly now: number;
  readonly signatory: SignatoryEvidence;
  /** Sum of the earlier links, none of which is a repeat of this request. */
  readonly chain: number;
}

type Obj = Readonly<Record<string, JsonValue>>;
const ALIASES: Obj = { staging: 'stage', CONFIDENTIAL: 'RESTRICTED', SECRET: 'RESTRICTED', critical: 'high' };
const WORDS: Readonly<Record<string, readonly string[]>> = {
  env: ['dev', 'stage', 'prod', 'edge'],
  data_label: ['PUBLIC', 'INTERNAL', 'RESTRICTED'],
  tenant_risk: ['low', 'medium', 'high'],
  qos_class: ['P0', 'P1', 'P2', 'P3'],
};
const obj = (value: unknown): Obj =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Obj) : {};
const arr = (value: unknown): readonly JsonValue[] => (Array.isArray(value) ? value : []);
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const norm = (id: unknown): string => String(id).replaceAll('_', '-');
const effective = (field: string, value: JsonValue | undefined): string => {
  const word = String(ALIASES[String(value)] ?? value);
  return WORDS[field] === undefined ? String(value) : word;
};
const holds = (match: Obj, question: Obj): boolean =>
  Object.entries(match).every(([field, operator]) => {
    if (typeof operator === 'string') return effective(field, operator) === question[field];
    const { in: list } = obj(operator);
    return list === undefined || arr(list).some((value) => effective(field, value) === question[field]);
  });
const truthy = (value: JsonValue | undefined): boolean =>
  Array.isArray(value) ? value.length > 0 : isObject(value) ? Object.keys(obj(value)).length > 0 : Boolean(value);

function invalid(sent: Obj, strict: boolean): boolean {
  const text = (value: JsonValue | undefined): boolean =>
    typeof value === 'string' && value !== '' && [...value].length <= 256;
  const control = (value: JsonValue | undefined): boolean =>
    typeof value === 'string' && /[\u0000-\u001f\u007f]/.test(value);
  if (!text(sent.capability_id) || !text(sent.tenant_id)) return true;
  for (const [field, words] of Object.entries(WORDS)) {
    const value = sent[field];
    if (typeof value !== 'string' || !words.includes(effective(field, value))) return true;
    if (strict && !words.includes(value)) return true;
  }
  const id = sent.correlation_id;
  if (id !== undefined && typeof id !== 'string') return true;
  if (typeof id === 'string' && id.trim() !== '') {
    if ([...id].length > 128 || control(id)) return true;
    if (strict && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return true;
  }
  const score = sent.blast_score;
  if (score !== undefined && !(typeof score === 'number' && score >= 0 && score <= 100)) return true;
  if (strict && score !== undefined && !Number.isInteger(score)) return true;
  if (sent.request !== undefined && !isObject(sent.request)) return true;
  if (sent.dry_run !== undefined && typeof sent.dry_run !== 'boolean') return true;
  for (const field of ['policy_version', 'worker_id']) if (sent[field] !== undefined && !text(sent[field])) return true;
  return strict && ['capability_id', 'tenant_id', 'policy_version', 'worker_id'].some((field) => control(sent[field]));
}

const DISPATCH = 'DISPATCH';
const HOLD = 'STEWARD_HOLD';

/** The deny code, or DISPATCH or STEWARD_HOLD. */
export function referenceOutcome(raw: unknown, world: World): string {
  const { settings } = world;
  const sent = obj(raw);
  if (world.standing === 'suspended') return 'DENY_ACCOUNT_SUSPENDED';
  if (world.offline && sent.dry_run !== true) return 'DENY_HALL_OFFLINE';
  if (!isObject(raw) || invalid(sent, settings.strict)) return 'DENY_INVALID_INPUT';
  const question: Obj = Object.fromEntries(
    ['capability_id', 'tenant_id', ...Object.keys(WORDS)].map((field) => [field, effective(field, sent[field])]),
  );
  const tenant = String(sent.tenant_id);
  const prod = question.env === 'prod' || question.env === 'edge';
  if (settings.require_signatory || settings.require_credential) {
    const signed = world.signatory.kind === 'valid' && world.signatory.tenant_id === tenant;
    if (world.signatory.kind === 'valid' && !signed) return 'DENY_UNKNOWN_TENANT';
    const listed = !settings.require_credential && settings.allowed_tenants.includes(tenant);
    if (!signed && !listed) return 'DENY_UNKNOWN_TENANT';
  }
  if (tenant.trim() === '') return 'DENY_MISSING_TENANT_ID';
  const list = world.rules ?? [];
  if (prod && shadowedRules(list.map(canonicalRule) as never).length > 0) return 'DENY_SHADOW_RULES_DETECTED';
  const rule = list.find((candidate) => holds(obj(candidate.match), question));
  if (rule === undefined) return 'DENY_NO_MATCHING_RULE';
  return afterMatch(sent, world, obj(rule.decision), question, prod);
}

const canonicalRule = (rule: JsonObject): JsonObject => ({
  ...rule,
  match: Object.fromEntries(
    Object.entries(obj(rule.match)).map(([field, operator]) => {
      if (typeof operator === 'string') return [field, effective(field, operator)];
      const { in: values } = obj(operator);
      return [field, values === undefined ? operator : { in: arr(values).map((value) => effective(field, value)) }];
    }),
  ),
});

function afterMatch(sent: Obj, world: World, rule: Obj, question: Obj, prod: boolean): string {
  const { settings } = world;
  const wants = obj(rule.preconditions);
  const escalation = obj(rule.escalation);
  const blank = typeof sent.correlation_id === 'string' && sent.correlation_id.trim() === '';
  const demanded = settings.enforce_correlation_id || wants.must_have_correlation_id !== false || settings.strict;
  if ((blank && demanded) || (sent.correlation_id === undefined && settings.strict))
    return 'DENY_MISSING_CORRELATION_ID';

  const hall = settings.hall_controls.map(norm);
  const lacks = (worker: WorkerFact, required: readonly unknown[]): boolean =>
    required.some((id) => !worker.currently_implements.map(norm).includes(norm(id)) && !hall.includes(norm(id)));
  const required = arr(rule.required_controls_suggested);
  const enforced = settings.enforce_required_controls || wants.deny_if_missing_required_controls !== false;
  const candidates = arr(rule.candidate_workers_ranked).map(obj);
  const named = (worker: WorkerFact): boolean => sent.worker_id === undefined || sent.worker_id === worker.worker_id;
  const workersOf = (candidate: Obj): WorkerFact[] =>
    world.workers
      .filter((worker) => worker.worker_species_id === candidate.worker_species_id && named(worker))
      .sort((a, b) => (a.worker_id < b.worker_id ? -1 : 1));
  if (enforced) {
    const enrolled = candidates.flatMap(workersOf);
    const anybody = world.workers.flatMap((worker) => worker.currently_implements.map(norm));
    const unionLacks = required.some((id) => !anybody.includes(norm(id)) && !hall.includes(norm(id)));
    const failed = enrolled.length > 0 ? enrolled.every((worker) => lacks(worker, required)) : unionLacks;
    if (failed) return 'DENY_MISSING_REQUIRED_CONTROLS';
  }

  const request = obj(sent.request);
  let score = 10 + (prod ? 15 : 0) + (question.qos_class === 'P0' ? 10 : 0);
  score += question.data_label === 'INTERNAL' ? 20 : question.data_label === 'RESTRICTED' ? 40 : 0;
  score += truthy(request.egress) || truthy(request.external_call) ? 15 : 0;
  score += truthy(request.writes) || truthy(request.mutates_state) ? 15 : 0;
  score = Math.max(Math.min(score, 100), Number(sent.blast_score ?? 0));
  const limits = obj(rule.max_blast);
  const tooFar = (required_: readonly unknown[], sum: number): boolean => {
    const gate = required_.map(norm).includes('ctrl.blast-radius-scoring') || settings.enforce_blast_scoring_in_prod;
    const limit = limits[String(question.env)];
    const over = typeof limit === 'number' && (limits.scale === 'sum25' ? sum : score) > limit;
    return over || (gate && prod && score >= 85);
  };
  if (tooFar(required, 0)) return 'DENY_REQUIRES_HUMAN';

  if (
    settings.strict &&
    sent.policy_version !== undefined &&
    sent.policy_version !== (world.policy?.policy_version ?? 'policy.v0')
  ) {
    return 'DENY_POLICY_GATE';
  }
  if (escalation.policy_gate === true) {
    const { policy } = world;
    if (policy === null) return 'DENY_POLICY_GATE_UNCONFIGURED';
    const found = policy.rules.find((candidate) => holds(candidate.match as Obj, question));
    const word = found?.decision ?? policy.default;
    if (wants.must_attach_policy_version !== false && policy.policy_version.trim() === '')
      return 'DENY_POLICY_GATE_INVALID_RESPONSE';
    if (word === 'DENY') return 'DENY_POLICY_GATE';
    if (word === 'THROTTLE') return 'DENY_THROTTLED';
    if (word === 'REQUIRE_HUMAN' || word === 'REQUIRE_APPROVAL') {
      if (found?.supervisor_level !== 'advisory') return HOLD;
    } else if (word !== 'ALLOW' && word !== 'ALLOW_WITH_CONSTRAINTS') return 'DENY_POLICY_GATE_INVALID_RESPONSE';
  }

  if (!world.fresh) return 'DENY_BAN_FEED_STALE';
  const stages = ['banned', 'revoked', 'quarantined', 'env', 'label', 'catalog', 'controls', 'declared', 'unavailable'];
  const skip = (worker: WorkerFact, candidate: Obj): string | null => {
    const hashes = [worker.artifact_hash, worker.registered_hash, worker.reported_hash];
    const { bans } = world;
    if (bans.workers.includes(worker.worker_id) || bans.namespaces.includes(worker.namespace)) return 'banned';
    if (hashes.some((hash) => hash !== null && bans.artifacts.includes(hash))) return 'banned';
    if (worker.revoked) return 'revoked';
    if (settings.require_worker_attestation && worker.quarantined !== null) return 'quarantined';
    if (worker.allowed_environments !== null && !worker.allowed_environments.some((env) => env === question.env))
      return 'env';
    if (
      worker.allowed_data_labels !== null &&
      !worker.allowed_data_labels.some((label) => label === question.data_label)
    )
      return 'label';
    const minima = [rule.catalog_version_min, worker.catalog_version_min].filter(
      (version) => typeof version === 'string',
    );
    if (minima.some((version) => version.replace('wcp-catalog@', '') > '1.0.0')) return 'catalog';
    const all = [
      ...(enforced ? required : []),
      ...arr(candidate.requires_controls_minimum),
      ...worker.required_controls,
    ];
    if (lacks(worker, all)) return 'controls';
    if (settings.strict && !worker.capabilities.includes(String(sent.capability_id))) return 'declared';
    const silent =
      worker.last_heartbeat_at !== null && world.now - worker.last_heartbeat_at > settings.heartbeat_ttl_s * 1e6;
    return !worker.online || silent ? 'unavailable' : null;
  };
  let chosen: { worker: WorkerFact; required: readonly unknown[] } | null = null;
  const shown: string[] = [];
  for (const candidate of candidates) {
    const found = workersOf(candidate).map((worker) => ({ worker, reason: skip(worker, candidate) }));
    const eligible = found.find(({ reason }) => reason === null)?.worker;
    if (eligible !== undefined) {
      chosen ??= {
        worker: eligible,
        required: [...required, ...arr(candidate.requires_controls_minimum), ...eligible.required_controls],
      };
      shown.push('eligible');
    } else
      shown.push(
        found.map(({ reason }) => reason ?? '').sort((a, b) => stages.indexOf(b) - stages.indexOf(a))[0] ??
          'unavailable',
      );
  }
  if (chosen === null) {
    const rest = shown.filter((reason) => reason !== 'banned');
    if (shown.length > 0 && rest.length === 0) return 'DENY_WORKER_BANNED';
    if (rest.length > 0 && rest.every((reason) => reason === 'quarantined')) return 'DENY_WORKER_TAMPERED';
    return 'DENY_NO_AVAILABLE_WORKER';
  }
  return afterChoice(world, rule, question, prod, chosen.worker, () => {
    score = Math.max(score, Math.round(4 * (chosen.worker.blast_sum ?? 0)));
    const own = chosen.required.map(norm);
    return {
      tooFar: tooFar(own, world.chain + (chosen.worker.blast_sum ?? 0)),
      envelope: own.includes('ctrl.privilege-envelopes-required') || settings.enforce_privilege_envelopes,
      score,
    };
  });
}

function afterChoice(
  world: World,
  rule: Obj,
  question: Obj,
  prod: boolean,
  worker: WorkerFact,
  look: () => { tooFar: boolean; envelope: boolean; score: number },
): string {
  const { settings } = world;
  const { tooFar, envelope, score } = look();
  if (tooFar) return 'DENY_REQUIRES_HUMAN';
  const hex = /^[0-9a-f]{64}$/;
  const stale = worker.reported_at === null || world.now - worker.reported_at > settings.attestation_ttl_s * 1e6;
  const attestation = (): string => {
    if (worker.registered_hash === null) return 'DENY_WORKER_ATTESTATION_MISSING';
    if (!hex.test(worker.registered_hash)) return 'DENY_WORKER_ATTESTATION_INVALID_HASH';
    if (worker.reported_hash === null || !hex.test(worker.reported_hash) || stale)
      return 'DENY_WORKER_HASH_UNAVAILABLE';
    return worker.reported_hash === worker.registered_hash ? 'valid' : 'DENY_WORKER_TAMPERED';
  };
  if (settings.require_worker_attestation && attestation() !== 'valid') return attestation();
  if (envelope) {
    const terms = worker.privilege_envelope;
    if (terms === null && prod) return 'DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED';
    if (terms !== null && prod && question.data_label === 'RESTRICTED') {
      const allowed = settings.egress_allowlist[question.env as 'prod'] ?? [];
      if (terms.egress.some((host) => !allowed.includes(host))) return 'DENY_PRIVILEGE_ENVELOPE_VIOLATED';
      if (terms.egress_unrestricted || terms.secrets.length > 0) return 'DENY_PRIVILEGE_ENVELOPE_VIOLATED';
    }
  }
  const wants = obj(rule.preconditions);
  if (prod && wants.deny_if_no_attestation_in_prod === true && attestation() !== 'valid')
    return 'DENY_WORKER_ATTESTATION_MISSING';
  if (prod && wants.deny_if_unsigned_artifact_in_prod === true && !worker.manifest_verified)
    return 'DENY_WORKER_ARTIFACT_UNSIGNED';
  const escalation = obj(rule.escalation);
  const human = arr(escalation.human_required_if).some((condition) => {
    const { blast_score, ...match } = obj(condition);
    return holds(match, question) && (blast_score === undefined || score >= Number(obj(blast_score).gte));
  });
  const byDefault = escalation.human_required_default === true && escalation.policy_gate !== true;
  return human || byDefault || escalation.msavx_step_up === true ? HOLD : DISPATCH;
}
