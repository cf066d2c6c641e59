/** WCP 2.6, 3.7, 4.2 and checks 14, 16-18: gate words, holds, and the form that old clients are shown. */
import { describe, expect, test } from 'vitest';
import { legacyForm } from '../../../src/core/hall/legacy.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { StoredGate } from '../../../src/core/policy/gate.ts';
import { ask, CAPABILITY, input, NOW, openHall, rule, rules } from '../../support/hall.ts';

const word = (decision: string, more: Partial<StoredGate['rules'][number]> = {}): StoredGate => ({
  policy_version: 'policy.v7',
  default: 'ALLOW',
  rules: [{ id: 'pr_1', match: { capability_id: CAPABILITY }, decision, reason: 'because', ...more }],
});
const answer = (policy: StoredGate | null, escalation: JsonObject = { policy_gate: true }, sent: JsonObject = {}) =>
  ask(input(sent), openHall({ policy, rules: rules(rule({ escalation })) }));

describe('3.7 gate words (check 14)', () => {
  test('ALLOW, also by default', () => {
    expect(answer(word('ALLOW')).decision).toMatchObject({
      outcome: 'DISPATCH',
      core_outcome: 'ALLOW',
      policy_version: 'policy.v7',
    });
    expect(answer({ ...word('DENY'), rules: [] }).decision.outcome).toBe('DISPATCH');
  });
  test('DENY and THROTTLE', () => {
    expect(answer(word('DENY')).decision).toMatchObject({ deny_code: 'DENY_POLICY_GATE', core_outcome: 'DENY' });
    expect(answer(word('THROTTLE', { retry_after_ms: 9 })).decision).toMatchObject({
      outcome: 'DENY',
      core_outcome: 'THROTTLE',
      retry_after_ms: 9,
    });
  });
  test('ALLOW_WITH_CONSTRAINTS dispatches with them', () => {
    const constraints = { max_runtime_ms: 5 };
    expect(answer(word('ALLOW_WITH_CONSTRAINTS', { constraints })).decision).toMatchObject({
      outcome: 'DISPATCH',
      core_outcome: 'ALLOW_WITH_CONSTRAINTS',
      constraints,
    });
    expect(answer(word('ALLOW')).decision).not.toHaveProperty('constraints');
  });
  test('ignored without policy_gate', () => {
    expect(answer(word('DENY'), {}).decision).toMatchObject({ outcome: 'DISPATCH', policy_version: 'policy.v7' });
  });
  test('none published: policy.v0', () => {
    expect(answer(null, {}).decision).toMatchObject({ outcome: 'DISPATCH', policy_version: 'policy.v0' });
  });
});

describe('4.2 holds (checks 16, 17)', () => {
  test.each(['REQUIRE_HUMAN', 'REQUIRE_APPROVAL'])('%s: nobody is denied, nothing runs', (decisionWord) => {
    const { decision, effects } = answer(word(decisionWord));
    expect(decision).toMatchObject({
      outcome: 'STEWARD_HOLD',
      core_outcome: 'REQUIRE_APPROVAL',
      denied: false,
      allowed: false,
      deny_reason_if_denied: null,
      stage: 'gate',
      reason: 'because',
      selected_worker_species_id: null,
      supervisor_required: true,
      supervisor_level: 'gatekeeper',
      pending_approval_id: expect.stringMatching(/^apr_[0-9a-f-]{36}$/),
      approval_expires_at: '2026-11-21T01:00:00.000Z',
      escalation_effective: { human_required_default: true, rationale: 'because' },
      escalation_context: {
        capability_id: CAPABILITY,
        blast_score: 10,
        tenant_risk: 'low',
        data_label: 'PUBLIC',
        policy_version: 'policy.v7',
      },
    });
    expect(decision).not.toHaveProperty('deny_code');
    expect(decision).not.toHaveProperty('worker_id');
    expect(effects).toMatchObject({
      link: null,
      approval: { kind: 'hold', level: 'gatekeeper', reason: 'because', expires_at: NOW + 3_600_000_000 },
    });
  });
  test('a dry run opens nothing', () => {
    const { decision, effects } = answer(word('REQUIRE_HUMAN'), { policy_gate: true }, { dry_run: true });
    expect(decision).toMatchObject({ supervisor_required: true, approval_expires_at: null });
    expect(effects.approval).toBeNull();
  });
  test('advisory proceeds and tells a human; the other levels hold', () => {
    const advised = answer(word('REQUIRE_HUMAN', { supervisor_level: 'advisory' }));
    expect(advised.decision).toMatchObject({
      outcome: 'DISPATCH',
      supervisor_required: false,
      notes: ['supervisor_advised'],
    });
    expect(advised.effects.advisory).toBe('because');
    for (const supervisor_level of ['executor', 'incident_commander'] as const) {
      expect(answer(word('REQUIRE_HUMAN', { supervisor_level })).decision).toMatchObject({
        outcome: 'STEWARD_HOLD',
        supervisor_level,
      });
    }
  });
  test('the legacy form of a hold is a denial, with the same supervisor fields; all else is untouched', () => {
    const { decision } = answer(word('REQUIRE_HUMAN'));
    const legacy = legacyForm(decision);
    expect(legacy).toEqual({
      ...decision,
      denied: true,
      deny_code: 'DENY_REQUIRES_HUMAN_APPROVAL',
      deny_class: 'policy',
      deny_reason_if_denied: {
        code: 'DENY_REQUIRES_HUMAN_APPROVAL',
        message: expect.any(String),
        reason: 'because',
        policy_version: 'policy.v7',
        supervisor_required: true,
      },
    });
    for (const other of [answer(word('ALLOW')).decision, answer(word('DENY')).decision])
      expect(legacyForm(other)).toBe(other);
  });
});

describe('2.6 human conditions (check 18)', () => {
  const held = (escalation: JsonObject, policy: StoredGate | null = null, sent: JsonObject = {}) =>
    answer(policy, escalation, sent);
  test('human_required_default holds without a gate, not after a gate that allowed', () => {
    expect(held({ human_required_default: true }).decision).toMatchObject({
      outcome: 'STEWARD_HOLD',
      stage: 'human',
      reason: 'human_required_default',
    });
    expect(held({ human_required_default: true, policy_gate: true }, word('ALLOW')).decision.outcome).toBe('DISPATCH');
  });
  test.each<[JsonObject, JsonObject, string]>([
    [{ tenant_risk: 'high' }, { tenant_risk: 'critical' }, 'STEWARD_HOLD'],
    [{ tenant_risk: 'high' }, {}, 'DISPATCH'],
    [{ tenant_id: { in: ['acme-corp'] } }, {}, 'STEWARD_HOLD'],
    [{ blast_score: { gte: 40 } }, { blast_score: 40 }, 'STEWARD_HOLD'],
    [{ blast_score: { gte: 40 } }, { blast_score: 39.9 }, 'DISPATCH'],
    [{ env: 'dev', blast_score: { gte: 40 } }, {}, 'DISPATCH'],
  ])('human_required_if %j for %j: %s', (condition, sent, outcome) => {
    const escalation = { human_required_if: [{ qos_class: 'P0' }, condition], policy_gate: true };
    expect(held(escalation, word('ALLOW'), sent).decision.outcome).toBe(outcome);
  });
  test('msavx_step_up needs fresh authentication, whatever the gate says', () => {
    const { decision, effects } = held(
      { msavx_step_up: true, policy_gate: true, rationale: 'money moves' },
      word('ALLOW'),
    );
    expect(decision).toMatchObject({ outcome: 'STEWARD_HOLD', reason: 'money moves' });
    expect(effects.approval?.step_up).toBe(true);
  });
  test('a hold comes after everything else could be denied', () => {
    const offline = openHall({ rules: rules(rule({ escalation: { human_required_default: true } })), workers: [] });
    expect(ask(input(), offline).decision.deny_code).toBe('DENY_NO_AVAILABLE_WORKER');
  });
});
