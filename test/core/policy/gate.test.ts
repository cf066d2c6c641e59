import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  askGate,
  type CompiledPolicy,
  compilePolicy,
  type GateContext,
  readPolicy,
} from '../../../src/core/policy/gate.ts';

const policy = (document: object) => {
  const read = readPolicy({ policy_version: 'p1', ...document });
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return compilePolicy(read.value);
};
const context = (change: Partial<GateContext> = {}): GateContext => ({
  capability_id: 'cap.doc.summarize',
  tenant_id: 'acme',
  env: 'prod',
  data_label: 'INTERNAL',
  tenant_risk: 'low',
  qos_class: 'P2',
  ...change,
});
const evaluateGate = (gate: CompiledPolicy, asked: GateContext) => askGate(gate, asked).verdict;
const rule = (id: string, match: object, decision: string, more: object = {}) => ({ id, match, decision, ...more });

describe('WCP 3.7 policy gate', () => {
  it('no default denies', () => {
    expect(evaluateGate(policy({}), context())).toEqual({
      decision: 'DENY',
      reason: 'policy_default',
      policy_version: 'p1',
      rule_id: null,
      supervisor_level: null,
      constraints: null,
      retry_after_ms: null,
    });
  });

  it.each([
    ['ALLOW', {}, { decision: 'ALLOW' }],
    ['DENY', { reason: 'no' }, { decision: 'DENY', reason: 'no' }],
    ['REQUIRE_HUMAN', {}, { decision: 'REQUIRE_HUMAN', supervisor_level: 'gatekeeper' }],
    ['REQUIRE_APPROVAL', { supervisor_level: 'executor' }, { decision: 'REQUIRE_HUMAN', supervisor_level: 'executor' }],
    ['THROTTLE', {}, { decision: 'THROTTLE', retry_after_ms: 30_000 }],
    ['THROTTLE', { retry_after_ms: 5 }, { decision: 'THROTTLE', retry_after_ms: 5 }],
    [
      'ALLOW_WITH_CONSTRAINTS',
      { constraints: { max: 1 } },
      { decision: 'ALLOW_WITH_CONSTRAINTS', constraints: { max: 1 } },
    ],
  ])('%s %j', (word, more, expected) => {
    const verdict = evaluateGate(policy({ rules: [rule('g', {}, word, more)] }), context());
    expect(verdict).toMatchObject({ rule_id: 'g', policy_version: 'p1', ...expected });
  });

  it('the reason of a rule without one is its id', () => {
    expect(evaluateGate(policy({ rules: [rule('g', {}, 'ALLOW')] }), context()).reason).toBe('g');
  });

  it.each([
    [{ tenant_id: 'acme' }, 'ALLOW'],
    [{ tenant_id: { in: ['other', 'acme'] } }, 'ALLOW'],
    [{ tenant_id: 'other' }, 'DENY'],
    [{ tenant_id: { any: true }, env: 'edge' }, 'DENY'],
    [{ data_label: { in: ['INTERNAL', 'SECRET'] } }, 'ALLOW'],
  ])('matches %j', (match, decision) => {
    expect(evaluateGate(policy({ rules: [rule('g', match, 'ALLOW')] }), context()).decision).toBe(decision);
  });

  it('the first rule wins, also among many signatories', () => {
    const many = Array.from({ length: 200 }, (_, n) => rule(`t${n}`, { tenant_id: `t${n}` }, n % 2 ? 'ALLOW' : 'DENY'));
    const gate = policy({
      default: 'THROTTLE',
      rules: [...many, rule('last', { tenant_id: { in: ['t7', 't8', 'x'] } }, 'REQUIRE_HUMAN')],
    });
    expect(evaluateGate(gate, context({ tenant_id: 't7' })).rule_id).toBe('t7');
    expect(evaluateGate(gate, context({ tenant_id: 'x' })).rule_id).toBe('last');
    expect(evaluateGate(gate, context({ tenant_id: 'y' })).decision).toBe('THROTTLE');
  });

  it('a stored word outside the vocabulary is handed on (step 9e)', () => {
    const rules = [{ id: 'g', match: {}, decision: 'MAYBE', reason: '' }];
    expect(evaluateGate(compilePolicy({ policy_version: 'p', default: 'DENY', rules }), context()).decision).toBe(
      'MAYBE',
    );
    expect(evaluateGate(compilePolicy({ policy_version: 'p', default: 'never', rules: [] }), context()).decision).toBe(
      'never',
    );
  });
});

describe('WCP 3.7 publishing a policy', () => {
  it.each([
    ['no version', { policy_version: undefined }, '/policy_version'],
    ['another word', { rules: [rule('g', {}, 'MAYBE')] }, '/rules/0/decision'],
    ['another default', { default: 'maybe' }, '/default'],
    [
      'another level',
      { rules: [rule('g', {}, 'REQUIRE_HUMAN', { supervisor_level: 'boss' })] },
      '/rules/0/supervisor_level',
    ],
    ['an unknown key', { rules: [rule('g', { colour: 'red' }, 'ALLOW')] }, '/rules/0/match/colour'],
    ['an unknown member', { extra: 1 }, '/extra'],
    ['a repeated id', { rules: [rule('g', { env: 'dev' }, 'ALLOW'), rule('g', {}, 'DENY')] }, '/rules/1/id'],
  ])('%s is refused and named', (_, document, field) => {
    const read = readPolicy({ policy_version: 'p1', ...document });
    expect(read.ok ? null : read.error[0]?.field).toBe(field);
  });

  it('is total', () => {
    fc.assert(fc.property(fc.anything(), (anything) => typeof readPolicy(anything).ok === 'boolean'));
  });
});
