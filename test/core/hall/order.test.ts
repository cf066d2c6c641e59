/** WCP 3.1: every step has its code, its extras and its place. */
import { describe, expect, test } from 'vitest';
import { DENY_CODES, type DenyCode } from '../../../src/core/hall/codes.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { StoredGate } from '../../../src/core/policy/gate.ts';
import {
  type Asked,
  ask,
  CODE_HASH,
  type HallOptions,
  hall,
  input,
  NOW,
  OTHER_HASH,
  openHall,
  rule,
  rules,
  SPECIES,
  worker,
} from '../../support/hall.ts';

const policy = (decision: string, more: Partial<StoredGate['rules'][number]> = {}): StoredGate => ({
  policy_version: 'policy.v7',
  default: 'DENY',
  rules: [{ id: 'pr_1', match: {}, decision, reason: 'because', ...more }],
});
const gated = (decision: JsonObject = {}) => rules(rule({ escalation: { policy_gate: true }, ...decision }));
const attested = { registered_hash: CODE_HASH, reported_hash: CODE_HASH, reported_at: NOW };

interface Row {
  readonly step: string;
  readonly code: DenyCode;
  readonly stage: string;
  readonly sent?: JsonObject;
  readonly hall: HallOptions;
  readonly asked?: Asked;
  readonly extras?: JsonObject;
  readonly alias?: string;
}

const ROWS: readonly Row[] = [
  { step: '0', code: 'DENY_ACCOUNT_SUSPENDED', stage: 'account', hall: { standing: 'suspended' } },
  { step: '0', code: 'DENY_HALL_OFFLINE', stage: 'account', hall: { offline: true } },
  {
    step: '1',
    code: 'DENY_INVALID_INPUT',
    stage: 'input',
    sent: { env: 'mars' },
    hall: {},
    extras: { field: 'env' },
    alias: 'INVALID_ENV',
  },
  {
    step: '1 blast',
    code: 'DENY_INVALID_INPUT',
    stage: 'input',
    sent: { blast_score: '50' },
    hall: {},
    extras: { field: 'blast_score', blast_score: '50' },
    alias: 'INVALID_BLAST_SCORE',
  },
  {
    step: '1 capability',
    code: 'DENY_INVALID_INPUT',
    stage: 'input',
    sent: { capability_id: '' },
    hall: {},
    extras: { field: 'capability_id' },
    alias: 'MISSING_CAPABILITY_ID',
  },
  {
    step: '2 redacted',
    code: 'DENY_UNKNOWN_TENANT',
    stage: 'signatory',
    sent: { env: 'edge' },
    hall: { settings: { require_signatory: true } },
    extras: { tenant_id: '[redacted]', reason: 'not_in_allow_list' },
  },
  {
    step: '2',
    code: 'DENY_UNKNOWN_TENANT',
    stage: 'signatory',
    hall: { settings: { require_credential: true, allowed_tenants: ['acme-corp'] } },
    extras: { tenant_id: 'acme-corp', reason: 'credential_missing' },
  },
  { step: '3', code: 'DENY_MISSING_TENANT_ID', stage: 'signatory', sent: { tenant_id: ' \t' }, hall: {} },
  {
    step: '4',
    code: 'DENY_SHADOW_RULES_DETECTED',
    stage: 'rules',
    sent: { env: 'prod' },
    hall: { rules: rules(rule(), rule({}, { env: 'prod' }, 'rr_hidden')) },
    extras: { shadowed_rule_ids: ['rr_hidden'], shadow_count: 1 },
  },
  {
    step: '5',
    code: 'DENY_NO_MATCHING_RULE',
    stage: 'match',
    sent: { capability_id: 'cap.doc.sumarize' },
    hall: {},
    extras: { did_you_mean: ['cap.doc.summarize'] },
  },
  {
    step: '5 no rules',
    code: 'DENY_NO_MATCHING_RULE',
    stage: 'match',
    hall: { rules: null },
    extras: { did_you_mean: [] },
  },
  {
    step: '6',
    code: 'DENY_MISSING_CORRELATION_ID',
    stage: 'preconditions',
    sent: { correlation_id: ' ' },
    hall: {},
    alias: 'MISSING_CORRELATION_ID',
  },
  {
    step: '7',
    code: 'DENY_MISSING_REQUIRED_CONTROLS',
    stage: 'controls',
    hall: { rules: rules(rule({ required_controls_suggested: ['ctrl.b', 'ctrl.a'] })) },
    extras: { missing: ['ctrl.a', 'ctrl.b'] },
  },
  {
    step: '8 floor',
    code: 'DENY_REQUIRES_HUMAN',
    stage: 'blast',
    sent: { env: 'prod', blast_score: 85 },
    hall: {},
    extras: { blast_score: 85, reason: 'REQUIRE_HUMAN_HIGH_BLAST' },
  },
  {
    step: '8 rule',
    code: 'DENY_REQUIRES_HUMAN',
    stage: 'blast',
    sent: { blast_score: 40 },
    hall: { rules: rules(rule({ max_blast: { scale: 'score100', dev: 39 } })) },
    extras: { blast_score: 40, reason: 'RULE_MAX_BLAST_EXCEEDED' },
    alias: 'DENY_BLAST_SCORE_EXCEEDED',
  },
  { step: '9a', code: 'DENY_POLICY_GATE_UNCONFIGURED', stage: 'gate', hall: { rules: gated() } },
  {
    step: '9c deny',
    code: 'DENY_POLICY_GATE',
    stage: 'gate',
    hall: { rules: gated(), policy: policy('DENY') },
    extras: { reason: 'because', policy_version: 'policy.v7' },
    alias: 'POLICY_GATE_DENIED',
  },
  {
    step: '9c throttle',
    code: 'DENY_THROTTLED',
    stage: 'gate',
    hall: { rules: gated(), policy: policy('THROTTLE', { retry_after_ms: 1_500 }) },
    extras: { reason: 'because', policy_version: 'policy.v7', retry_after_ms: 1_500 },
  },
  {
    step: '9e',
    code: 'DENY_POLICY_GATE_INVALID_RESPONSE',
    stage: 'gate',
    hall: { rules: gated(), policy: policy('PERHAPS') },
  },
  {
    step: '9e nothing to attach',
    code: 'DENY_POLICY_GATE_INVALID_RESPONSE',
    stage: 'gate',
    hall: { rules: gated(), policy: { ...policy('ALLOW'), policy_version: ' ' } },
  },
  { step: '10a', code: 'DENY_BAN_FEED_STALE', stage: 'candidates', hall: { stale: true } },
  {
    step: '10b',
    code: 'DENY_WORKER_BANNED',
    stage: 'candidates',
    hall: { bans: { workers: ['org.test.summarizer'] } },
    extras: { worker_species_ids: [SPECIES] },
  },
  {
    step: '10c',
    code: 'DENY_WORKER_TAMPERED',
    stage: 'candidates',
    hall: {
      settings: { require_worker_attestation: true },
      workers: [worker({}, { ...attested, quarantined: 'hash_mismatch' })],
    },
    extras: { worker_species_id: SPECIES },
  },
  {
    step: '10d',
    code: 'DENY_NO_AVAILABLE_WORKER',
    stage: 'candidates',
    hall: { workers: [] },
    alias: 'NO_AVAILABLE_WORKER',
  },
  {
    step: '10d none listed',
    code: 'DENY_NO_AVAILABLE_WORKER',
    stage: 'candidates',
    hall: { rules: rules(rule({ candidate_workers_ranked: [] })) },
    alias: 'NO_WORKER_FOR_CAPABILITY',
  },
  {
    step: '10e',
    code: 'DENY_REQUIRES_HUMAN',
    stage: 'blast',
    sent: { env: 'prod' },
    hall: { workers: [worker({ blast_radius: { data: 5, network: 5, financial: 5, time: 5, reversibility: 5 } })] },
    extras: { blast_score: 100, reason: 'REQUIRE_HUMAN_HIGH_BLAST' },
  },
  {
    step: '11 missing',
    code: 'DENY_WORKER_ATTESTATION_MISSING',
    stage: 'attestation',
    hall: { settings: { require_worker_attestation: true } },
  },
  {
    step: '11 malformed',
    code: 'DENY_WORKER_ATTESTATION_INVALID_HASH',
    stage: 'attestation',
    hall: { settings: { require_worker_attestation: true }, workers: [worker({}, { registered_hash: 'zz' })] },
  },
  {
    step: '11 unavailable',
    code: 'DENY_WORKER_HASH_UNAVAILABLE',
    stage: 'attestation',
    hall: { settings: { require_worker_attestation: true }, workers: [worker({}, { registered_hash: CODE_HASH })] },
  },
  {
    step: '11 tampered',
    code: 'DENY_WORKER_TAMPERED',
    stage: 'attestation',
    hall: {
      settings: { require_worker_attestation: true },
      workers: [worker({}, { ...attested, reported_hash: OTHER_HASH })],
    },
    extras: { worker_species_id: SPECIES },
  },
  {
    step: '12 none',
    code: 'DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED',
    stage: 'envelope',
    sent: { env: 'prod' },
    hall: { settings: { enforce_privilege_envelopes: true } },
  },
  {
    step: '12',
    code: 'DENY_PRIVILEGE_ENVELOPE_VIOLATED',
    stage: 'envelope',
    sent: { env: 'prod', data_label: 'RESTRICTED' },
    hall: {
      settings: { enforce_privilege_envelopes: true },
      workers: [worker({ privilege_envelope: { network_egress: 'unrestricted' } })],
    },
    extras: { reason: 'network_egress_unrestricted', worker_species_id: SPECIES },
    alias: 'DENY_PRIVILEGE_ENVELOPE_DENIED',
  },
  {
    step: '13a',
    code: 'DENY_WORKER_ATTESTATION_MISSING',
    stage: 'preconditions',
    sent: { env: 'prod' },
    hall: { rules: rules(rule({ preconditions: { deny_if_no_attestation_in_prod: true } })) },
  },
  {
    step: '13b',
    code: 'DENY_WORKER_ARTIFACT_UNSIGNED',
    stage: 'preconditions',
    sent: { env: 'prod' },
    hall: { rules: rules(rule({ preconditions: { deny_if_unsigned_artifact_in_prod: true } })) },
  },
];

/** Reached where no JSON leads: 9b by a gate that fails, the legacy word by its rendering (see hold.test.ts). */
const ELSEWHERE: readonly DenyCode[] = [
  'DENY_INTERNAL_ERROR',
  'DENY_REQUIRES_HUMAN_APPROVAL',
  'DENY_APPROVAL_REJECTED',
  'DENY_APPROVAL_EXPIRED',
];

describe('3.1 the first failing check wins', () => {
  test.each(ROWS)('$step $code', ({ code, stage, sent, hall: options, asked, extras, alias }) => {
    const { decision } = ask(input(sent), openHall(options), asked);
    expect(decision).toMatchObject({ outcome: 'DENY', denied: true, allowed: false, deny_code: code, stage });
    expect(decision.deny_reason_if_denied).toEqual({ code, message: expect.any(String), ...extras });
    expect(decision.deny_code_alias).toBe(alias);
    expect(decision.deny_class).toBe(DENY_CODES[code].denyClass);
    expect(decision).not.toHaveProperty('worker_id');
    expect(decision.selected_worker_species_id).toBeNull();
    expect(decision.reason).toBe(decision.deny_reason_if_denied?.message);
  });

  test('every code is reached', () => {
    const reached = new Set<string>([...ROWS.map((row) => row.code), ...ELSEWHERE]);
    expect(Object.keys(DENY_CODES).filter((code) => !reached.has(code))).toEqual([]);
  });

  test('9b a gate that fails is an internal error, without detail', () => {
    const whole = openHall({ rules: gated(), policy: policy('ALLOW') });
    const broken = { ...whole, policy: { version: 'p', hash: CODE_HASH, compiled: null as never } };
    const { decision } = ask(input(), broken);
    expect(decision).toMatchObject({ deny_code: 'DENY_INTERNAL_ERROR', stage: 'gate', deny_class: 'fault' });
    expect(Object.keys(decision.deny_reason_if_denied ?? {})).toEqual(['code', 'message']);
  });

  test('a bug in a step is a denial, never a throw', () => {
    const broken = {
      ...openHall(),
      workersOf: () => {
        throw new Error('secret detail');
      },
    };
    const { decision } = ask(input(), broken);
    expect(decision).toMatchObject({ deny_code: 'DENY_INTERNAL_ERROR', stage: 'internal', denied: true });
    expect(JSON.stringify(decision)).not.toContain('secret');
  });
});

describe('check 15: precedence', () => {
  const everythingWrong: HallOptions = {
    rules: rules(
      rule({
        required_controls_suggested: ['ctrl.x'],
        escalation: { policy_gate: true },
      }),
    ),
    settings: { require_worker_attestation: true, enforce_privilege_envelopes: true },
    workers: [worker({}, { online: false })],
  };
  const sent = input({ env: 'prod', blast_score: 90, data_label: 'RESTRICTED' });
  const fine = { ...attested };

  test('controls, blast, gate, no worker, attestation, envelope', () => {
    const code = (more: HallOptions, change: JsonObject = {}) =>
      ask({ ...sent, ...change }, hall({ ...everythingWrong, ...more })).decision.deny_code;
    const controls = { currently_implements: ['ctrl.x'] };
    expect(code({})).toBe('DENY_MISSING_REQUIRED_CONTROLS');
    expect(code({ workers: [worker(controls, { online: false })] })).toBe('DENY_REQUIRES_HUMAN');
    const calm = { blast_score: 0 };
    expect(code({ workers: [worker(controls, { online: false })] }, calm)).toBe('DENY_POLICY_GATE_UNCONFIGURED');
    const allow = policy('ALLOW');
    expect(code({ workers: [worker(controls, { online: false })], policy: allow }, calm)).toBe(
      'DENY_NO_AVAILABLE_WORKER',
    );
    expect(code({ workers: [worker(controls)], policy: allow }, calm)).toBe('DENY_WORKER_ATTESTATION_MISSING');
    expect(code({ workers: [worker(controls, fine)], policy: allow }, calm)).toBe(
      'DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED',
    );
    const covered = worker({ ...controls, privilege_envelope: {} }, fine);
    expect(code({ workers: [covered], policy: allow }, calm)).toBeUndefined();
  });

  test('check 10: invalid input before unknown signatory, unknown signatory before rules and before a blank tenant', () => {
    const settings = { require_signatory: true };
    const code = (change: JsonObject) => ask(input(change), hall({ settings })).decision.deny_code;
    expect(code({ env: 'mars' })).toBe('DENY_INVALID_INPUT');
    expect(code({})).toBe('DENY_UNKNOWN_TENANT');
    expect(code({ tenant_id: ' ' })).toBe('DENY_UNKNOWN_TENANT');
  });

  test('0 before everything; a dry run is decided while the Hall is offline', () => {
    expect(ask({}, hall({ standing: 'suspended', offline: true })).decision.deny_code).toBe('DENY_ACCOUNT_SUSPENDED');
    expect(ask({}, hall({ offline: true })).decision.deny_code).toBe('DENY_HALL_OFFLINE');
    expect(ask(input({ dry_run: true }), openHall({ offline: true })).decision.outcome).toBe('DISPATCH');
  });
});
