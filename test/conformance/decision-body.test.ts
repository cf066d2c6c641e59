/** WCP 2.3 member by member, 3.9 event by event, 4.1 receipts, and checks 24 to 26 of WCP 8. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  ANNOUNCED,
  at,
  CAPABILITY,
  closeHalls,
  type Json,
  list,
  type Members,
  members,
  openHall,
  question,
  radius,
  rule,
  SPECIES,
  text,
  verdict,
  WORKER,
} from '../support/hall-client.ts';
import { canonicalHash } from '../support/receipt-check.ts';

afterEach(closeHalls);

const CONTROL = 'ctrl.obs.structured-logging';
const SHA256 = /^[0-9a-f]{64}$/;
const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

type Kind = (value: Json | undefined) => boolean;
const is =
  (...types: readonly string[]): Kind =>
  (value) =>
    types.includes(value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value);
const like =
  (pattern: RegExp): Kind =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const oneOf =
  (...words: readonly Json[]): Kind =>
  (value) =>
    words.includes(value ?? null) && value !== undefined;
const integer =
  (low: number, high: number): Kind =>
  (value) =>
    Number.isInteger(value) && Number(value) >= low && Number(value) <= high;
const or =
  (...kinds: readonly Kind[]): Kind =>
  (value) =>
    kinds.some((kind) => kind(value));
const exactly =
  (...names: readonly string[]): Kind =>
  (value) =>
    is('object')(value) && Object.keys(members(value)).sort().join() === [...names].sort().join();
const eachIs =
  (kind: Kind): Kind =>
  (value) =>
    Array.isArray(value) && value.every(kind);

const texts = eachIs(is('string'));
const textOrNull = is('string', 'null');
const booleanOrNull = is('boolean', 'null');

/** In every decision, whatever it says. */
const ALWAYS: Readonly<Record<string, Kind>> = {
  decision_id: like(UUID4),
  timestamp: like(TIME),
  decided_at: like(TIME),
  correlation_id: textOrNull,
  tenant_id: textOrNull,
  capability_id: textOrNull,
  env: textOrNull,
  data_label: textOrNull,
  tenant_risk: textOrNull,
  qos_class: textOrNull,
  env_effective: oneOf(null, 'dev', 'stage', 'prod', 'edge'),
  data_label_effective: oneOf(null, 'PUBLIC', 'INTERNAL', 'RESTRICTED'),
  tenant_risk_effective: oneOf(null, 'low', 'medium', 'high'),
  dry_run: is('boolean'),
  in_catalog: is('boolean'),
  outcome: oneOf('DISPATCH', 'DENY', 'STEWARD_HOLD'),
  core_outcome: oneOf('ALLOW', 'DENY', 'REQUIRE_APPROVAL', 'THROTTLE', 'ALLOW_WITH_CONSTRAINTS'),
  denied: is('boolean'),
  allowed: is('boolean'),
  deny_reason_if_denied: is('object', 'null'),
  stage: is('string'),
  reason: is('string'),
  matched_rule_id: is('string'),
  selected_worker_species_id: textOrNull,
  candidate_workers_ranked: eachIs((candidate) => {
    const { worker_id, ...rest } = members(candidate);
    const named = exactly(
      'worker_species_id',
      'score_hint',
      'requires_controls_minimum',
      'skip_reason',
      'capability_declared',
    );
    return named(rest) && is('string', 'undefined')(worker_id) && texts(rest.requires_controls_minimum);
  }),
  dispatch_grant: textOrNull,
  dispatch_grant_expires_at: or(is('null'), like(TIME)),
  required_controls_effective: texts,
  controls_verified: texts,
  controls_applied: texts,
  hall_controls: texts,
  recommended_profiles_effective: is('list'),
  profiles_effective: eachIs(exactly('profile_id', 'version', 'hash')),
  escalation_effective: exactly(
    'policy_gate',
    'rationale',
    'human_required_if',
    'human_required_default',
    'msavx_step_up',
  ),
  preconditions_checked: (value) =>
    exactly(
      'must_have_correlation_id',
      'must_attach_policy_version',
      'must_record_artifact_hash_if_executes',
      'deny_if_missing_required_controls',
      'deny_if_unsigned_artifact_in_prod',
      'deny_if_no_attestation_in_prod',
    )(value) && Object.values(members(value)).every(is('boolean')),
  policy_version: is('string'),
  rule_set_version: textOrNull,
  blast_score: integer(0, 100),
  blast_gate_passed: booleanOrNull,
  blast_dimensions: or(is('null'), exactly('data', 'network', 'financial', 'time', 'reversibility')),
  blast_sum: or(is('null'), integer(0, 25)),
  blast_chain_sum: integer(0, Number.MAX_SAFE_INTEGER),
  privilege_envelope_ok: booleanOrNull,
  supervisor_required: is('boolean'),
  artifact_hash: like(SHA256),
  request_hash: like(SHA256),
  worker_attestation_checked: is('boolean'),
  worker_attestation_valid: booleanOrNull,
  evidence_receipt: is('object'),
  telemetry_envelopes: eachIs(is('object')),
  notes: texts,
};

const WHEN_DENIED: Readonly<Record<string, Kind>> = {
  deny_code: like(/^DENY_[A-Z_]+$/),
  deny_class: oneOf('policy', 'input', 'fault', 'standing'),
};
const WHEN_SUPERVISED: Readonly<Record<string, Kind>> = {
  supervisor_level: oneOf('advisory', 'gatekeeper', 'executor', 'incident_commander'),
  pending_approval_id: textOrNull,
  approval_expires_at: or(is('null'), like(TIME)),
  escalation_context: exactly('capability_id', 'blast_score', 'tenant_risk', 'data_label', 'policy_version'),
};

const holdsTo = (decision: Members): void => {
  const expected: Record<string, Kind> = { ...ALWAYS };
  if (decision.denied === true) Object.assign(expected, WHEN_DENIED);
  if (decision.supervisor_required === true) Object.assign(expected, WHEN_SUPERVISED);
  if (decision.outcome === 'DISPATCH') expected.worker_id = is('string');
  for (const [name, kind] of Object.entries(expected)) {
    expect(kind(decision[name]), `${name}: ${JSON.stringify(decision[name])}`).toBe(true);
  }
  const sometimes = ['deny_code_alias', 'constraints', 'retry_after_ms', 'correlation_id_generated'];
  const unknown = Object.keys(decision).filter((name) => !(name in expected) && !sometimes.includes(name));
  expect(unknown).toEqual([]);
  expect(decision.timestamp).toBe(decision.decided_at);
  expect(decision.allowed).toBe(decision.outcome === 'DISPATCH');
  expect(decision.denied).toBe(decision.outcome === 'DENY');
  expect(decision.deny_reason_if_denied === null).toBe(decision.outcome !== 'DENY');
  if (decision.denied === true) {
    const { code, message } = members(decision.deny_reason_if_denied);
    expect(code).toBe(decision.deny_code);
    expect(message).toBe(decision.reason);
  }
};

/** The protocol's seven members, flat in the receipt and in the body of its entry (WCP 4.1). */
const SEVEN = [
  'correlation_id',
  'dispatched_at',
  'worker_id',
  'capability_id',
  'policy_decision',
  'controls_verified',
  'artifact_hash',
] as const;

const receiptHoldsTo = (decision: Members): void => {
  const receipt = members(decision.evidence_receipt);
  const entry = members(receipt.entry);
  const body = members(entry.body);
  for (const name of SEVEN) {
    expect(receipt, name).toHaveProperty(name);
    expect(body[name], name).toEqual(receipt[name]);
  }
  expect(receipt.hash).toBe(receipt.artifact_hash);
  expect(receipt.artifact_hash).toBe(decision.request_hash);
  expect(receipt.receipt_id).toMatch(UUID7);
  expect(receipt).toMatchObject({ wcp_spec_version: '0.2', canon: 'rfc8785' });
  for (const name of ['receipt_id', 'receipt_hash', 'prev_receipt_hash', 'signing_key_id', 'signature']) {
    expect(receipt[name], name).toBe(entry[name]);
  }
  expect(Object.keys(entry).sort()).toEqual(
    [
      'v',
      'tenant',
      'seq',
      'ts',
      'receipt_id',
      'stream',
      'stream_seq',
      'type',
      'actor',
      'trace_id',
      'cause',
      'body',
      'prev_receipt_hash',
      'prev_stream_hash',
      'spec',
      'signing_key_id',
      'receipt_hash',
      'signature',
    ].sort(),
  );
  expect(entry).toMatchObject({
    type: 'wcp.decision',
    trace_id: decision.correlation_id,
    spec: { wcp: '0.2', canon: 'rfc8785' },
  });
  expect(body).toMatchObject({
    decision_id: decision.decision_id,
    outcome: decision.outcome,
    deny_code: decision.deny_code ?? null,
    stage: decision.stage,
    matched_rule_id: decision.matched_rule_id,
    policy_decision: decision.core_outcome,
    controls_verified: decision.controls_verified,
  });
  const runs = decision.outcome === 'DISPATCH' && decision.dry_run === false;
  expect(receipt.dispatched_at).toBe(runs ? decision.decided_at : null);
  expect(receipt.worker_id).toBe(runs ? decision.worker_id : null);
};

/** Halls and questions whose answers differ as much as answers can. */
const KINDS: [name: string, expected: string, change: Members, decision?: Members, settings?: Members][] = [
  ['an allow', 'DISPATCH', {}],
  ['an allow in prod', 'DISPATCH', { env: 'prod', data_label: 'SECRET', tenant_risk: 'critical' }],
  ['a dry run', 'DISPATCH', { dry_run: true }],
  ['a denied dry run', 'DENY_NO_MATCHING_RULE', { dry_run: true, capability_id: 'cap.unheard.of' }],
  ['a held dry run', 'STEWARD_HOLD', { dry_run: true }, { escalation: { human_required_default: true } }],
  ['invalid input', 'DENY_INVALID_INPUT', { capability_id: 7, env: null, tenant_id: '' }],
  [
    'nothing but garbage',
    'DENY_INVALID_INPUT',
    {
      capability_id: null,
      env: 1,
      data_label: [],
      tenant_risk: {},
      qos_class: '',
      tenant_id: true,
      correlation_id: 7,
      blast_score: 'x',
      request: 1,
    },
  ],
  ['no match', 'DENY_NO_MATCHING_RULE', { capability_id: 'cap.unheard.of' }],
  ['an unknown signatory', 'DENY_UNKNOWN_TENANT', {}, {}, { require_signatory: true }],
  ['missing controls', 'DENY_MISSING_REQUIRED_CONTROLS', {}, { required_controls_suggested: [CONTROL] }],
  ['too high a blast', 'DENY_REQUIRES_HUMAN', { env: 'prod', blast_score: 90 }],
  [
    'too high a blast, and no human',
    'DENY_REQUIRES_HUMAN',
    {},
    { max_blast: { scale: 'score100', dev: 1, on_exceed: 'deny' } },
  ],
  ['no gate to ask', 'DENY_POLICY_GATE_UNCONFIGURED', {}, { escalation: { policy_gate: true } }],
  [
    'a hold',
    'STEWARD_HOLD',
    { env: 'prod' },
    { escalation: { human_required_default: true, rationale: 'a person looks first' } },
  ],
  [
    'a conditional hold',
    'STEWARD_HOLD',
    { tenant_risk: 'high' },
    { escalation: { human_required_if: [{ tenant_risk: 'high' }] } },
  ],
  [
    'nobody available',
    'DENY_NO_AVAILABLE_WORKER',
    {},
    { candidate_workers_ranked: [{ worker_species_id: 'wrk.nobody' }] },
  ],
  ['no attestation', 'DENY_WORKER_ATTESTATION_MISSING', {}, {}, { require_worker_attestation: true }],
  ['no envelope', 'DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED', { env: 'prod' }, {}, { enforce_privilege_envelopes: true }],
];

describe('the body of a decision (2.3) and its receipt (4.1)', () => {
  test.each(KINDS)('%s', async (_, expected, change, terms, settings) => {
    const hall = await openHall({
      workers: [{ blast_radius: radius(1) }],
      rules: [rule(terms ?? {})],
      settings: settings ?? {},
    });
    const decision = await hall.ask(change);
    expect(verdict(decision)).toBe(expected);
    holdsTo(decision);
    receiptHoldsTo(decision);
    const receipt = await hall.get(`/v1/ledger/receipts/${text(decision.decision_id)}`);
    expect(receipt.entry).toEqual(at(decision, 'evidence_receipt', 'entry'));
  });

  test('words come back as they were sent, and as they were read', async () => {
    const hall = await openHall();
    const decision = await hall.ask({ env: 'staging', data_label: 'CONFIDENTIAL', tenant_risk: 'critical' });
    expect(decision).toMatchObject({ env: 'staging', data_label: 'CONFIDENTIAL', tenant_risk: 'critical' });
    expect(decision).toMatchObject({
      env_effective: 'stage',
      data_label_effective: 'RESTRICTED',
      tenant_risk_effective: 'high',
    });
    expect(list(decision.notes)).toHaveLength(3);
  });

  test('the three hashes are of request, RouteInput and nothing else', async () => {
    const hall = await openHall();
    const asked = question({ request: { z: 1.5, a: 'ä', n: null }, unheard: 'of' });
    const decision = await hall.decide(asked);
    expect(decision.request_hash).toBe(await canonicalHash(asked.request));
    expect(decision.artifact_hash).toBe(await canonicalHash(asked));
    expect(at(decision, 'evidence_receipt', 'artifact_hash')).toBe(decision.request_hash);
    expect(JSON.stringify(await hall.entries())).not.toContain('unheard');
  });

  test('no payload is kept', async () => {
    const hall = await openHall();
    await hall.ask({ request: { secret: 'payload-7f3a' }, tenant_credential: 'credential-7f3a' });
    expect((await hall.send('GET', '/v1/ledger/export')).text).not.toMatch(/(payload|credential)-7f3a/);
  });

  test('what the rule recommends and demands comes back as it is spelled there', async () => {
    const hall = await openHall({
      workers: [{ currently_implements: ['ctrl.b-b', 'ctrl.a'] }],
      rules: [
        rule({
          required_controls_suggested: ['ctrl.b_b', 'ctrl.a'],
          recommended_profiles: ['prof.prod.strict', { profile_id: 'x' }],
        }),
      ],
    });
    const decision = await hall.ask();
    expect(decision.required_controls_effective).toEqual(['ctrl.a', 'ctrl.b_b']);
    expect(decision.recommended_profiles_effective).toEqual(['prof.prod.strict', { profile_id: 'x' }]);
  });
});

describe('check 24: a dry run', () => {
  const SAME = [
    'outcome',
    'selected_worker_species_id',
    'worker_id',
    'matched_rule_id',
    'blast_score',
    'controls_verified',
    'reason',
  ];

  test('gives the same decision, flagged, and no grant', async () => {
    const hall = await openHall({ workers: [{ blast_radius: radius(3) }] });
    const asked = question({ env: 'prod' });
    const dry = await hall.decide({ ...asked, dry_run: true });
    const wet = await hall.decide(asked);
    for (const name of SAME) expect(dry[name], name).toEqual(wet[name]);
    expect(dry).toMatchObject({ dry_run: true, dispatch_grant: null, dispatch_grant_expires_at: null });
    for (const event of list(dry.telemetry_envelopes)) expect(event.dry_run).toBe(true);
    for (const event of list(wet.telemetry_envelopes)) expect(event).not.toHaveProperty('dry_run');
    expect(at(dry, 'evidence_receipt', 'entry', 'stream')).not.toBe(at(wet, 'evidence_receipt', 'entry', 'stream'));
  });

  test('leaves no link in the chain, no dispatch to start and no quarantine', async () => {
    const registered = 'a'.repeat(64);
    const hall = await openHall({ workers: [{ blast_radius: radius(3), attestation: { code_hash: registered } }] });
    const asked = question();
    const dry = await hall.decide({ ...asked, dry_run: true });
    expect(dry.blast_chain_sum).toBe(3);
    const next = await hall.decide({ ...asked, request: { other: true } });
    expect(next.blast_chain_sum).toBe(3);
    const finished = await hall.send('POST', `/wcp/dispatches/${text(dry.decision_id)}/complete`, {});
    expect(finished.status).toBe(409);
    await hall.settings({ require_worker_attestation: true });
    await hall.heartbeat({ code_hash: 'b'.repeat(64) });
    for (let i = 0; i < 2; i++) {
      expect(await hall.ask({ dry_run: true })).toMatchObject({
        deny_code: 'DENY_WORKER_TAMPERED',
        stage: 'attestation',
      });
    }
    expect(await hall.entriesOf('wcp.attestation.mismatch')).toEqual([]);
    expect((await hall.get('/alerts')).count).toBe(0);
    await hall.heartbeat({ code_hash: registered });
    expect(verdict(await hall.ask())).toBe('DISPATCH');
  });

  test('a hold of a dry run opens no approval', async () => {
    const hall = await openHall({ rules: [rule({ escalation: { human_required_default: true } })] });
    const held = await hall.ask({ dry_run: true });
    expect(held).toMatchObject({ outcome: 'STEWARD_HOLD', supervisor_required: true, pending_approval_id: null });
    const types = (await hall.entries()).map((entry) => entry.type);
    expect(types.filter((type) => text(type).startsWith('wcp.approval'))).toEqual([]);
  });
});

describe('check 25: telemetry (3.9)', () => {
  const COMMON = ['event_id', 'timestamp', 'correlation_id', 'tenant_id'];
  const FIELDS: Readonly<Record<string, readonly string[]>> = {
    'evt.os.task.routed': [
      'task_id',
      'capability_id',
      'matched_rule_id',
      'selected_worker_species_id',
      'policy_version',
      'qos_class',
    ],
    'evt.os.worker.selected': ['capability_id', 'selected_worker_species_id', 'reason'],
    'evt.os.policy.gated': ['capability_id', 'decision', 'policy_version', 'reason'],
    'evt.os.task.denied': ['capability_id', 'deny_code', 'deny_message', 'matched_rule_id'],
    'evt.gov.blast_scored': ['env', 'data_label', 'policy_version', 'blast_score', 'decision'],
    'evt.gov.privilege_envelope.checked': ['env', 'data_label', 'policy_version', 'worker_species_id', 'decision'],
    'evt.os.worker.attestation_skipped': ['worker_species_id', 'env', 'reason', 'severity'],
  };
  const ROUTED = ['evt.os.task.routed', 'evt.os.worker.selected', 'evt.os.policy.gated'];

  /** The events of a decision by id, after each was held to its fields. */
  const events = (decision: Members): Readonly<Record<string, Members>> => {
    const all = list(decision.telemetry_envelopes);
    for (const event of all) {
      const fields = [
        ...COMMON,
        ...(FIELDS[text(event.event_id)] ?? []),
        ...(decision.dry_run === true ? ['dry_run'] : []),
      ];
      expect(Object.keys(event).sort()).toEqual(fields.sort());
      expect(event).toMatchObject({
        correlation_id: decision.correlation_id,
        tenant_id: decision.tenant_id,
        timestamp: decision.timestamp,
      });
    }
    return Object.fromEntries(all.map((event) => [text(event.event_id), event]));
  };

  test('an allow in dev has the three of every dispatch', async () => {
    const found = events(await (await openHall()).ask());
    expect(Object.keys(found)).toEqual(ROUTED);
    expect(found['evt.os.task.routed']).toMatchObject({
      task_id: 'task_default',
      capability_id: CAPABILITY,
      matched_rule_id: 'rr_summarize',
      selected_worker_species_id: SPECIES,
      policy_version: 'policy.v0',
      qos_class: 'P2',
    });
    expect(found['evt.os.worker.selected']).toMatchObject({
      selected_worker_species_id: SPECIES,
      reason: 'first_available_candidate',
    });
    expect(found['evt.os.policy.gated']).toMatchObject({
      decision: 'ALLOW',
      policy_version: 'policy.v0',
      reason: 'no_gate_required',
    });
  });

  test('an allow in prod adds what was evaluated, and that the worker is not attested', async () => {
    const hall = await openHall({
      workers: [{ privilege_envelope: {} }],
      settings: { enforce_privilege_envelopes: true },
    });
    const found = events(await hall.decide(ANNOUNCED));
    expect(Object.keys(found).sort()).toEqual(
      [
        ...ROUTED,
        'evt.gov.blast_scored',
        'evt.gov.privilege_envelope.checked',
        'evt.os.worker.attestation_skipped',
      ].sort(),
    );
    expect(found['evt.gov.blast_scored']).toMatchObject({ env: 'prod', blast_score: 65 });
    expect(found['evt.gov.privilege_envelope.checked']).toMatchObject({ worker_species_id: SPECIES, env: 'prod' });
    expect(found['evt.os.worker.attestation_skipped']).toMatchObject({ worker_species_id: SPECIES, severity: 'warn' });
  });

  test('an attested worker is not reported as skipped', async () => {
    const code_hash = 'a'.repeat(64);
    const hall = await openHall({
      workers: [{ attestation: { code_hash } }],
      settings: { require_worker_attestation: true },
    });
    await hall.heartbeat({ code_hash });
    const decision = await hall.decide(ANNOUNCED);
    expect(decision.worker_attestation_valid).toBe(true);
    expect(events(decision)).not.toHaveProperty(['evt.os.worker.attestation_skipped']);
  });

  test.each([
    ['ALLOW', [...ROUTED], 'policy_gate_allow'],
    ['DENY', ['evt.os.policy.gated', 'evt.os.task.denied'], 'because'],
    ['REQUIRE_HUMAN', ['evt.os.policy.gated'], 'because'],
  ])('the gate says %s', async (word, ids, reason) => {
    const hall = await openHall({ rules: [rule({ escalation: { policy_gate: true } })] });
    await hall.policy(word, { reason: 'because' });
    const found = events(await hall.ask());
    expect(Object.keys(found)).toEqual(ids);
    expect(found['evt.os.policy.gated']).toMatchObject({ decision: word, policy_version: 'policy.v1', reason });
  });

  test('a deny says why', async () => {
    const decision = await (await openHall()).ask({ capability_id: 'cap.unheard.of' });
    const found = events(decision);
    expect(Object.keys(found)).toEqual(['evt.os.task.denied']);
    expect(found['evt.os.task.denied']).toMatchObject({
      capability_id: 'cap.unheard.of',
      deny_code: 'DENY_NO_MATCHING_RULE',
      deny_message: decision.reason,
      matched_rule_id: 'NO_MATCH',
    });
  });
});

/** Every string and every name in a value. */
const strings = (value: Json | undefined): readonly string[] => {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(strings);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, ...strings(member as Json)]);
};
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

describe('check 26: control characters', () => {
  const dirty = (clean: string): string => `\n${clean}\u0000\u007f\u001b`;

  test('a capability_id with a newline is decided by a catch-all, and matched raw', async () => {
    const hall = await openHall({
      rules: [
        rule({}, { capability_id: CAPABILITY }, 'rr_clean'),
        rule({}, { capability_id: { any: true } }, 'rr_any'),
      ],
    });
    const decision = await hall.ask({
      capability_id: dirty(CAPABILITY),
      tenant_id: dirty('acme-corp'),
      policy_version: dirty('p'),
    });
    expect(decision).toMatchObject({
      outcome: 'DISPATCH',
      matched_rule_id: 'rr_any',
      capability_id: CAPABILITY,
      tenant_id: 'acme-corp',
    });
    const written = await Promise.all([
      hall.get(`/v1/ledger/receipts/${text(decision.decision_id)}`),
      hall.get('/v1/decisions'),
      hall.get(`/v1/decisions/${text(decision.decision_id)}`),
    ]);
    for (const output of [decision, ...written]) {
      expect(strings(output).filter((found) => CONTROL_CHARACTER.test(found) && !found.includes('tlog-proof'))).toEqual(
        [],
      );
    }
  });

  test('nor do the lists and the entries of a worker whose record holds some', async () => {
    const record = {
      capabilities: [dirty('cap.x')],
      worker_species_id: dirty('wrk.x'),
      currently_implements: [dirty('ctrl.x')],
    };
    const candidates = { candidate_workers_ranked: [{ worker_species_id: dirty('wrk.x') }] };
    const hall = await openHall({ workers: [record], rules: [rule(candidates, { capability_id: dirty('cap.x') })] });
    const decision = await hall.ask({ capability_id: dirty('cap.x') });
    expect(decision).toMatchObject({ outcome: 'DISPATCH', selected_worker_species_id: 'wrk.x' });
    for (const output of [
      decision,
      await hall.get('/wcp/capabilities'),
      await hall.get('/wcp/workers'),
      await hall.entries(),
    ]) {
      expect(strings(output).filter((found) => CONTROL_CHARACTER.test(found))).toEqual([]);
    }
  });

  test('nor do denials, rules, policies and workers let one out', async () => {
    const hall = await openHall({
      workers: [{ owner: dirty('owner'), privilege_envelope: { tools: [dirty('rm')] } }],
      rules: [
        rule(
          { recommended_profiles: [dirty('p')], escalation: { policy_gate: true, rationale: dirty('why') } },
          {},
          dirty('rr'),
        ),
        rule({ required_controls_suggested: [dirty('ctrl.x')] }, { capability_id: dirty('cap.near') }, 'rr_near'),
      ],
      settings: { enforce_privilege_envelopes: true },
    });
    await hall.policy('DENY', { reason: dirty('because') });
    const answers = [
      await hall.ask(),
      await hall.ask({ capability_id: 'cap.near' }),
      await hall.ask({ capability_id: dirty('cap.near') }),
    ];
    await hall.policy('ALLOW', { reason: dirty('because') }, 'policy.v2');
    answers.push(
      await hall.ask({ privilege_context: { tools: [] } }),
      await hall.ask({ blast_score: dirty('9') }),
      await hall.ask({ worker_id: dirty(WORKER) }),
    );
    for (const answer of answers) {
      expect(
        strings(answer).filter((found) => CONTROL_CHARACTER.test(found)),
        JSON.stringify(answer),
      ).toEqual([]);
    }
  });
});
