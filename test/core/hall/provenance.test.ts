/** WCP 3.5, 3.6, 2.6 and checks 19-21: attestation, privilege envelope, provenance preconditions. */
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { WorkerState } from '../../../src/core/registry/worker.ts';
import { ask, CODE_HASH, input, NOW, OTHER_HASH, openHall, rule, rules, SPECIES, worker } from '../../support/hall.ts';

describe('3.5 attestation (check 20)', () => {
  const inForce = { require_worker_attestation: true };
  const attest = (state: Partial<WorkerState>, sent: JsonObject = {}) =>
    ask(input(sent), openHall({ settings: inForce, workers: [worker({}, { registered_hash: CODE_HASH, ...state })] }));

  test('a fresh match dispatches; at the edge of its time too, after it not', () => {
    const reported = { reported_hash: CODE_HASH };
    expect(attest({ ...reported, reported_at: NOW - 300_000_000 }).decision).toMatchObject({
      outcome: 'DISPATCH',
      worker_attestation_checked: true,
      worker_attestation_valid: true,
    });
    expect(attest({ ...reported, reported_at: NOW - 300_000_001 }).decision.deny_code).toBe(
      'DENY_WORKER_HASH_UNAVAILABLE',
    );
    expect(attest({ reported_hash: 'not a hash', reported_at: NOW }).decision.deny_code).toBe(
      'DENY_WORKER_HASH_UNAVAILABLE',
    );
    expect(attest({}).decision).toMatchObject({ deny_code: 'DENY_WORKER_HASH_UNAVAILABLE', deny_class: 'fault' });
  });
  test('another hash: tampered, quarantined, and no hash is shown', () => {
    const tampered = attest({ reported_hash: OTHER_HASH, reported_at: NOW });
    expect(tampered.decision).toMatchObject({
      deny_code: 'DENY_WORKER_TAMPERED',
      worker_attestation_checked: true,
      worker_attestation_valid: false,
      deny_reason_if_denied: { worker_species_id: SPECIES },
    });
    expect(JSON.stringify(tampered.decision)).not.toMatch(/a{64}|b{64}/);
    expect(tampered.effects.quarantine).toEqual({
      worker_id: 'org.test.summarizer',
      worker_species_id: SPECIES,
      registered_hash: CODE_HASH,
      reported_hash: OTHER_HASH,
    });
    expect(attest({ reported_hash: OTHER_HASH, reported_at: NOW }, { dry_run: true }).effects.quarantine).toBeNull();
    expect(attest({ quarantined: 'hash_mismatch' }).decision.deny_code).toBe('DENY_WORKER_TAMPERED');
  });
  test('not in force: not checked', () => {
    const { decision } = ask(input(), openHall());
    expect(decision).toMatchObject({ worker_attestation_checked: false, worker_attestation_valid: null });
  });
});

describe('2.6 preconditions in prod (check 19)', () => {
  const demand = (name: string, state: Partial<WorkerState>, env: string) =>
    ask(
      input({ env }),
      openHall({ rules: rules(rule({ preconditions: { [name]: true } })), workers: [worker({}, state)] }),
    ).decision;
  test.each(['prod', 'edge'])('attestation in %s; dev passes', (env) => {
    const name = 'deny_if_no_attestation_in_prod';
    expect(demand(name, {}, env)).toMatchObject({
      deny_code: 'DENY_WORKER_ATTESTATION_MISSING',
      stage: 'preconditions',
    });
    const valid = { registered_hash: CODE_HASH, reported_hash: CODE_HASH, reported_at: NOW };
    expect(demand(name, valid, env)).toMatchObject({ outcome: 'DISPATCH', worker_attestation_valid: true });
    expect(demand(name, {}, 'dev').outcome).toBe('DISPATCH');
  });
  test.each(['prod', 'edge'])('signed manifest in %s; dev passes', (env) => {
    const name = 'deny_if_unsigned_artifact_in_prod';
    expect(demand(name, {}, env).deny_code).toBe('DENY_WORKER_ARTIFACT_UNSIGNED');
    expect(demand(name, { manifest_verified: true }, env).outcome).toBe('DISPATCH');
    expect(demand(name, {}, 'stage').outcome).toBe('DISPATCH');
  });
});

describe('3.6 privilege envelope (check 21)', () => {
  const floor = { enforce_privilege_envelopes: true };
  const judged = (envelope: JsonObject | null, sent: JsonObject = {}, settings: JsonObject = {}) =>
    ask(
      input({ env: 'prod', data_label: 'RESTRICTED', ...sent }),
      openHall({
        settings: { ...floor, ...settings },
        workers: [worker(envelope === null ? {} : { privilege_envelope: envelope })],
      }),
    ).decision;
  const reason = (...args: Parameters<typeof judged>) => judged(...args).deny_reason_if_denied?.reason;
  const list = { egress_allowlist: { prod: ['api.example.com'] } };

  test.each<[string, JsonObject, JsonObject?]>([
    ['egress_denied_no_allowlist_configured', { egress: { allowlist: ['api.example.com'] } }],
    ['egress_denied_no_allowlist_configured', { network_egress: 'api.example.com' }],
    [
      'egress_not_allowlisted:evil.example.com',
      { egress: { allowlist: ['api.example.com', 'evil.example.com'] } },
      list,
    ],
    ['egress_not_allowlisted:evil.example.com', { network_egress: ['evil.example.com'] }, list],
    ['network_egress_unrestricted', { network_egress: 'unrestricted' }, list],
    ['secrets_access_not_permitted', { secrets_access: ['db'] }],
  ])('%s', (expected, envelope, settings) => {
    expect(reason(envelope, {}, settings)).toBe(expected);
    expect(judged(envelope, {}, settings)).toMatchObject({
      deny_code: 'DENY_PRIVILEGE_ENVELOPE_VIOLATED',
      privilege_envelope_ok: false,
    });
    expect(judged(envelope, { data_label: 'INTERNAL' }, settings).outcome).toBe('DISPATCH');
    expect(judged(envelope, { env: 'stage' }, settings).outcome).toBe('DISPATCH');
  });
  test('inside the list passes', () => {
    const { outcome, privilege_envelope_ok } = judged({ egress: { allowlist: ['api.example.com'] } }, {}, list);
    expect([outcome, privilege_envelope_ok]).toEqual(['DISPATCH', true]);
  });
  test.each<[string, JsonObject, JsonObject]>([
    ['egress_not_permitted:a', { egress: [] }, { egress: { allowlist: ['a'] } }],
    ['egress_not_permitted:unrestricted', { egress: ['a'] }, { network_egress: 'unrestricted' }],
    ['secrets_not_permitted:db', { secrets: ['other'] }, { secrets_access: ['db'] }],
    ['filesystem_writes_not_permitted:/tmp', { filesystem_writes: [] }, { filesystem_writes: ['/tmp'] }],
    ['tools_not_permitted:shell', { tools: ['git'] }, { tools: ['git', 'shell'] }],
  ])('in any env the caller may permit less: %s', (expected, privilege_context, envelope) => {
    const dev = { env: 'dev', data_label: 'PUBLIC' };
    expect(reason(envelope, { ...dev, privilege_context })).toBe(expected);
    expect(judged(envelope, { ...dev, privilege_context: {} }).outcome).toBe('DISPATCH');
  });
  test('none: prod and edge refuse, else a note', () => {
    expect(judged(null).deny_code).toBe('DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED');
    expect(judged(null, { env: 'edge' }).deny_code).toBe('DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED');
    expect(judged(null, { env: 'dev' })).toMatchObject({
      outcome: 'DISPATCH',
      privilege_envelope_ok: true,
      notes: ['privilege_envelope_missing'],
    });
  });
  test('evaluated by floor or by control, in either spelling; else null', () => {
    const off = { enforce_privilege_envelopes: false };
    expect(judged(null, {}, off)).toMatchObject({ outcome: 'DISPATCH', privilege_envelope_ok: null });
    const control = 'ctrl.privilege_envelopes_required';
    const required = openHall({
      rules: rules(rule({ required_controls_suggested: [control] })),
      workers: [worker({ currently_implements: [control] })],
    });
    expect(ask(input({ env: 'prod' }), required).decision.deny_code).toBe('DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED');
  });
});
