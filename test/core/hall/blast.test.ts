/** WCP 3.2 and checks 5-8: blast scores, the gate, the rule's maximum, the chain. */
import { describe, expect, test } from 'vitest';
import { EMPTY_REQUEST_HASH } from '../../../src/core/hall/input.ts';
import type { ChainLink } from '../../../src/core/hall/snapshot.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { ask, CAPABILITY, input, openHall, rule, rules, worker } from '../../support/hall.ts';

const dims = (data: number, rest = 0, reversibility: number | string = rest) => ({
  data,
  network: rest,
  financial: rest,
  time: rest,
  reversibility,
});
const score = (change: JsonObject) => ask(input(change), openHall()).decision.blast_score;

describe('3.2 heuristic', () => {
  test.each([
    [10, {}],
    [30, { data_label: 'INTERNAL' }],
    [50, { data_label: 'SECRET' }],
    [25, { env: 'prod' }],
    [25, { env: 'edge' }],
    [10, { env: 'stage' }],
    [20, { qos_class: 'P0' }],
    [25, { request: { egress: ['x'] } }],
    [25, { request: { external_call: true } }],
    [25, { request: { writes: 1 } }],
    [25, { request: { mutates_state: { a: 1 } } }],
    [40, { request: { egress: true, external_call: true, writes: true, mutates_state: true } }],
    [100, { data_label: 'RESTRICTED', env: 'prod', qos_class: 'P0', request: { egress: 1, writes: 1 } }],
    [65, { data_label: 'CONFIDENTIAL', env: 'prod' }],
  ])('%i for %j', (expected, change) => expect(score(change)).toBe(expected));

  test('the caller only raises, on either scale', () => {
    expect(score({ blast_score: 5 })).toBe(10);
    expect(score({ blast_score: 70.9 })).toBe(70);
    expect(score({ blast_radius: dims(5, 2) })).toBe(52);
    expect(score({ blast_radius: { data: 5, network: 0.65 } })).toBe(23);
    expect(score({ blast_radius: { ...dims(0), reversibility: 'irreversible' } })).toBe(20);
  });
});

describe('3.2 gate (check 6)', () => {
  const gate = (change: JsonObject, settings: JsonObject = {}, controls: string[] = []) =>
    ask(
      input(change),
      openHall({
        settings,
        rules: rules(rule({ required_controls_suggested: controls })),
        workers: [worker({ currently_implements: controls })],
      }),
    ).decision;

  test.each([['prod'], ['edge']])('%s: 84 and 84.5 pass, 85 is denied', (env) => {
    expect(gate({ env, blast_score: 84 })).toMatchObject({ outcome: 'DISPATCH', blast_gate_passed: true });
    expect(gate({ env, blast_score: 84.5 })).toMatchObject({ outcome: 'DISPATCH', blast_score: 84 });
    expect(gate({ env, blast_score: 85 })).toMatchObject({
      deny_code: 'DENY_REQUIRES_HUMAN',
      blast_gate_passed: false,
      blast_score: 85,
    });
  });
  test('dev and stage pass 100; unevaluated without the control', () => {
    expect(gate({ env: 'stage', blast_score: 100 })).toMatchObject({ outcome: 'DISPATCH', blast_gate_passed: null });
    expect(gate({ blast_score: 100 }, {}, ['ctrl.blast_radius_scoring'])).toMatchObject({
      outcome: 'DISPATCH',
      blast_gate_passed: true,
    });
  });
  test('floor off and no control: 85 passes; the control alone brings the gate back', () => {
    const off = { enforce_blast_scoring_in_prod: false };
    expect(gate({ env: 'prod', blast_score: 85 }, off)).toMatchObject({ outcome: 'DISPATCH', blast_gate_passed: null });
    expect(gate({ env: 'prod', blast_score: 85 }, off, ['ctrl.blast-radius-scoring']).deny_code).toBe(
      'DENY_REQUIRES_HUMAN',
    );
  });
  test('a caller that says 0 does not lower a computed 95', () => {
    const sent = { env: 'prod', data_label: 'RESTRICTED', request: { egress: 1, writes: 1 }, blast_score: 0 };
    expect(gate(sent)).toMatchObject({ deny_code: 'DENY_REQUIRES_HUMAN', blast_score: 95 });
  });
  test('a blast denial asks a human, on every route denied', () => {
    expect(gate({ env: 'prod', blast_score: 90 })).toMatchObject({
      denied: true,
      supervisor_required: true,
      supervisor_level: 'gatekeeper',
      pending_approval_id: expect.stringMatching(/^apr_[0-9a-f-]{36}$/),
      escalation_context: { blast_score: 90, capability_id: CAPABILITY },
      escalation_effective: { human_required_default: true, rationale: 'REQUIRE_HUMAN_HIGH_BLAST' },
    });
  });
});

describe('3.2 worker and rule maximum (checks 7, 8)', () => {
  test('5,5,5,5,5 in prod is denied after selection, not before', () => {
    const snapshot = openHall({ workers: [worker({ blast_radius: dims(5, 5) })] });
    expect(ask(input({ env: 'prod' }), snapshot).decision).toMatchObject({
      deny_code: 'DENY_REQUIRES_HUMAN',
      blast_sum: 25,
      blast_score: 100,
    });
    expect(ask(input(), snapshot).decision).toMatchObject({ outcome: 'DISPATCH', blast_sum: 25, blast_score: 100 });
  });
  test('reversibility text equals its number', () => {
    const sums = ['reversible', 'partially-reversible', 'irreversible'].map(
      (word) => ask(input(), openHall({ workers: [worker({ blast_radius: dims(1, 0, word) })] })).decision.blast_sum,
    );
    expect(sums).toEqual([1, 3, 6]);
  });
  const limited = (max: JsonObject, sent: JsonObject, chain: ChainLink[] = [], blast: JsonObject = dims(4)) =>
    ask(input(sent), openHall({ rules: rules(rule({ max_blast: max })), workers: [worker({ blast_radius: blast })] }), {
      chain,
    });

  test('on its own scale, at its limit passes, above fails; other environments have none', () => {
    expect(limited({ scale: 'sum25', dev: 4 }, {}).decision.outcome).toBe('DISPATCH');
    expect(limited({ scale: 'sum25', dev: 3 }, {}).decision.deny_code_alias).toBe('DENY_BLAST_SCORE_EXCEEDED');
    expect(limited({ scale: 'score100', dev: 16 }, {}).decision.outcome).toBe('DISPATCH');
    expect(limited({ scale: 'score100', dev: 15 }, {}).decision.deny_code).toBe('DENY_REQUIRES_HUMAN');
    expect(limited({ scale: 'sum25', prod: 1 }, {}).decision.outcome).toBe('DISPATCH');
    expect(limited({ scale: 'sum25', dev: 9 }, { blast_radius: dims(5, 2) }).decision.stage).toBe('blast');
  });
  test('on_exceed deny opens no approval, also where the floor fails with it', () => {
    const plain = limited({ scale: 'score100', prod: 50 }, { env: 'prod', blast_score: 60 });
    expect([plain.decision.supervisor_required, plain.effects.approval?.kind]).toEqual([true, 'blast']);
    const hard = limited({ scale: 'score100', prod: 50, on_exceed: 'deny' }, { env: 'prod', blast_score: 90 });
    expect([hard.decision.supervisor_required, hard.effects.approval]).toEqual([false, null]);
    expect(hard.decision.deny_reason_if_denied?.reason).toBe('RULE_MAX_BLAST_EXCEEDED');
  });

  const link = (blast_sum: number, more: Partial<ChainLink> = {}): ChainLink => ({
    capability_id: 'cap.other',
    request_hash: EMPTY_REQUEST_HASH,
    worker_id: 'org.test.other',
    blast_sum,
    ...more,
  });
  test('3 then 4 = 7; a limit of 6 stops the second', () => {
    expect(limited({ scale: 'sum25', dev: 7 }, {}, [link(3)]).decision.blast_chain_sum).toBe(7);
    expect(limited({ scale: 'sum25', dev: 6 }, {}, [link(3)]).decision).toMatchObject({
      deny_code: 'DENY_REQUIRES_HUMAN',
      blast_chain_sum: 7,
    });
  });
  test('a repeat adds nothing and is no second link', () => {
    const same = link(4, { capability_id: CAPABILITY, worker_id: 'org.test.summarizer' });
    const again = limited({ scale: 'sum25', dev: 4 }, {}, [same]);
    expect([again.decision.outcome, again.decision.blast_chain_sum, again.effects.link]).toEqual(['DISPATCH', 4, null]);
    const other = limited({ scale: 'sum25', dev: 4 }, { request: { page: 2 } }, [same]);
    expect(other.decision.blast_chain_sum).toBe(8);
  });
  test('a dispatch leaves its link, a dry run none', () => {
    expect(limited({ scale: 'sum25' }, {}).effects.link).toEqual({
      capability_id: CAPABILITY,
      request_hash: EMPTY_REQUEST_HASH,
      worker_id: 'org.test.summarizer',
      blast_sum: 4,
    });
    expect(limited({ scale: 'sum25' }, { dry_run: true }).effects.link).toBeNull();
  });
});
