/** What would turn a decision: each refusal with its fact, one after the other, until it is dispatched or unknown. */
import { describe, expect, test } from 'vitest';
import { DENY_CODES, type DenyCode } from '../../../src/core/hall/codes.ts';
import { decide } from '../../../src/core/hall/decide.ts';
import { readRouteInput } from '../../../src/core/hall/input.ts';
import { remedyOf } from '../../../src/core/hall/remedies.ts';
import type { DecisionInputs } from '../../../src/core/hall/remedy.ts';
import { Replayer } from '../../../src/core/hall/replay.ts';
import { turnsOf } from '../../../src/core/hall/turn.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { StoredGate } from '../../../src/core/policy/gate.ts';
import {
  CODE_HASH,
  type HallOptions,
  hall,
  input,
  NOBODY,
  NOW,
  OTHER_HASH,
  rule,
  rules,
  STAMP,
  worker,
} from '../../support/hall.ts';

const policy = (decision: string): StoredGate => ({
  policy_version: 'policy.v7',
  default: 'DENY',
  rules: [{ id: 'pr_1', match: {}, decision, reason: 'because' }],
});
const gated = rules(rule({ escalation: { policy_gate: true } }));
const needs = rules(rule({ required_controls_suggested: ['ctrl.obs.structured-logging'] }));
const plain = { rules: rules(rule()), workers: [worker()] };

const inputsOf = (options: HallOptions, sent: JsonObject = {}): DecisionInputs => ({
  request: readRouteInput(input(sent)),
  signatory: NOBODY,
  snapshot: hall(options),
  counters: { chain: [] },
  stamp: STAMP,
});
const told = (options: HallOptions, sent: JsonObject = {}) =>
  turnsOf(inputsOf(options, sent)).map(({ deny_code, outcome, after }) => [
    deny_code ?? outcome,
    (after as JsonObject | null)?.deny_code ?? (after as JsonObject | null)?.outcome ?? null,
  ]);

describe('one change turns', () => {
  const rows: readonly (readonly [string, HallOptions, JsonObject?])[] = [
    ['DENY_ACCOUNT_SUSPENDED', { ...plain, standing: 'suspended' }],
    ['DENY_HALL_OFFLINE', { ...plain, offline: true }],
    ['DENY_UNKNOWN_TENANT', { ...plain, settings: { require_signatory: true } }],
    ['DENY_MISSING_CORRELATION_ID', plain, { correlation_id: ' ' }],
    ['DENY_MISSING_REQUIRED_CONTROLS', { ...plain, rules: needs }],
    ['DENY_POLICY_GATE', { ...plain, rules: gated, policy: policy('DENY') }],
    ['DENY_POLICY_GATE_UNCONFIGURED', { ...plain, rules: gated }],
    ['STEWARD_HOLD', { ...plain, rules: gated, policy: policy('REQUIRE_HUMAN') }],
    ['DENY_BAN_FEED_STALE', { ...plain, stale: true }],
    ['DENY_WORKER_BANNED', { ...plain, bans: { workers: ['org.test.summarizer'] } }],
    ['DENY_NO_AVAILABLE_WORKER', { ...plain, workers: [worker({}, { online: false })] }],
    ['DENY_NO_AVAILABLE_WORKER', { ...plain, workers: [worker({ allowed_environments: ['prod'] })] }],
    ['DENY_WORKER_ATTESTATION_MISSING', { ...plain, settings: { require_worker_attestation: true } }],
    [
      'DENY_WORKER_TAMPERED',
      {
        ...plain,
        settings: { require_worker_attestation: true },
        workers: [worker({}, { registered_hash: CODE_HASH, reported_hash: OTHER_HASH, reported_at: NOW })],
      },
    ],
  ];
  for (const [at, [code, options, sent]] of rows.entries()) {
    test(`${at}: ${code}`, () => {
      expect(told(options, sent)).toEqual([[code, 'DISPATCH']]);
    });
  }
});

test('what is dispatched needs no change', () => {
  expect(told(plain)).toEqual([]);
});

test('the refusals behind the first are found in their order', () => {
  const behind = {
    rules: gated,
    policy: policy('REQUIRE_HUMAN'),
    workers: [worker({}, { online: false })],
    offline: true,
  };
  expect(told(behind)).toEqual([
    ['DENY_HALL_OFFLINE', 'STEWARD_HOLD'],
    ['STEWARD_HOLD', 'DENY_NO_AVAILABLE_WORKER'],
    ['DENY_NO_AVAILABLE_WORKER', 'DISPATCH'],
  ]);
});

test('what a record cannot say is not guessed', () => {
  expect(told({ rules: rules(rule()) }, { capability_id: 'cap.zzz.other' })).toEqual([['DENY_NO_MATCHING_RULE', null]]);
  expect(told({ rules: rules(rule()) })).toEqual([['DENY_NO_AVAILABLE_WORKER', null]]);
  expect(told(plain, { env: 'mars' })).toEqual([['DENY_INVALID_INPUT', null]]);
});

test('a rule that was meant is offered', () => {
  expect(told(plain, { capability_id: 'cap.doc.summarise' })).toEqual([['DENY_NO_MATCHING_RULE', 'DISPATCH']]);
});

test('every code but a bug of ours, and an answer nobody can read, has a remedy', () => {
  const inputs = inputsOf(plain);
  const { decision } = decide(inputs.request, inputs.signatory, inputs.snapshot, inputs.counters, inputs.stamp);
  const without = (Object.keys(DENY_CODES) as DenyCode[]).filter(
    (deny_code) => remedyOf({ ...decision, outcome: 'DENY', deny_code }, inputs) === null,
  );
  expect(without).toEqual(['DENY_INTERNAL_ERROR', 'DENY_POLICY_GATE_INVALID_RESPONSE']);
});

test('an entry that is none has no inputs', () => {
  expect(new Replayer(() => undefined).inputs({ body: {} })).toEqual({
    ok: false,
    error: { reason: 'malformed_entry' },
  });
});
