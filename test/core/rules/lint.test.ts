import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintRules, type RuleLint } from '../../../src/core/hall/rule-lint.ts';
import { ruleSet } from './arbitrary.ts';
import { naiveShadows } from './naive.ts';

const lint = (...rules: unknown[]) => lintRules({ rules });
const errorsOf = (report: RuleLint) => (report.readable ? [] : report.errors);
const shadowedOf = (report: RuleLint) => (report.readable ? report.shadowed : []);
const rule = (rule_id: string, match: object, decision: object = {}) => ({ rule_id, match, decision });

describe('WCP 2.4 publish refuses, naming rule and path', () => {
  it.each([
    ['no rule_id', { match: {}, decision: {} }, null, '/rules/0/rule_id'],
    ['no match', { rule_id: 'r', decision: {} }, 'r', '/rules/0/match'],
    ['no decision', { rule_id: 'r', match: {} }, 'r', '/rules/0/decision'],
    ['eq', rule('r', { env: { eq: 'prod' } }), 'r', '/rules/0/match/env'],
    ['null', rule('r', { env: null }), 'r', '/rules/0/match/env'],
    ['tenant_id, which would match everyone', rule('r', { tenant_id: 'acme' }), 'r', '/rules/0/match/tenant_id'],
    ['any: false', rule('r', { env: { any: false } }), 'r', '/rules/0/match/env'],
    ['two operators', rule('r', { env: { any: true, in: ['dev'] } }), 'r', '/rules/0/match/env'],
    ['an empty list', rule('r', { env: { in: [] } }), 'r', '/rules/0/match/env'],
    ['a word nobody can send', rule('r', { env: 'production' }), 'r', '/rules/0/match/env'],
    [
      'a misspelt precondition',
      rule('r', {}, { preconditions: { must_have_corelation_id: true } }),
      'r',
      '/rules/0/decision/preconditions/must_have_corelation_id',
    ],
    [
      'an unknown human condition',
      rule('r', {}, { escalation: { human_required_if: [{ colour: 'red' }] } }),
      'r',
      '/rules/0/decision/escalation/human_required_if/0/colour',
    ],
    [
      'another comparison',
      rule('r', {}, { escalation: { human_required_if: [{ blast_score: { lt: 3 } }] } }),
      'r',
      '/rules/0/decision/escalation/human_required_if/0/blast_score',
    ],
    [
      'a maximum without its scale',
      rule('r', {}, { max_blast: { prod: 3 } }),
      'r',
      '/rules/0/decision/max_blast/scale',
    ],
    [
      'a sum over 25',
      rule('r', {}, { max_blast: { scale: 'sum25', prod: 26 } }),
      'r',
      '/rules/0/decision/max_blast/prod',
    ],
    ['a misspelt decision', rule('r', {}, { candidate_workers: [] }), 'r', '/rules/0/decision/candidate_workers'],
  ])('%s', (_, bad, ruleId, path) => {
    const errors = errorsOf(lint(bad));
    expect(errors[0]?.rule_id).toBe(ruleId);
    expect(errors.some((error) => error.path.startsWith(path))).toBe(true);
  });

  it.each([null, [], 'x', 3, {}, { rules: null }, { rule: [] }])('%j is no rule set', (document) => {
    expect(lintRules(document).readable).toBe(false);
  });

  it('takes published annotations and members beside rules', () => {
    const report = lintRules({
      _meta: { by: 'x' },
      rule_set_version: '1',
      rules: [{ ...rule('r', {}, { _why: 'x' }), description: 'd', _comment: 'c' }],
    });
    expect(report.readable).toBe(true);
  });

  it('is total', () => {
    fc.assert(fc.property(fc.anything(), (anything) => typeof lintRules(anything).readable === 'boolean'));
    fc.assert(fc.property(fc.array(fc.anything()), (rules) => typeof lintRules({ rules }).readable === 'boolean'));
  });
});

describe('WCP 2.4 shadowing', () => {
  it.each([
    ['general first', [rule('a', {}), rule('b', { env: 'prod' })], ['b<a']],
    ['specific first, catch-all last', [rule('a', { env: 'prod' }), rule('b', {})], []],
    ['equal', [rule('a', { env: 'prod' }), rule('b', { env: 'prod' })], ['b<a']],
    ['in holds the value', [rule('a', { env: { in: ['dev', 'prod'] } }), rule('b', { env: 'prod' })], ['b<a']],
    [
      'in holds all values',
      [rule('a', { env: { in: ['dev', 'prod'] } }), rule('b', { env: { in: ['prod', 'dev'] } })],
      ['b<a'],
    ],
    ['in lacks one', [rule('a', { env: { in: ['dev', 'prod'] } }), rule('b', { env: { in: ['prod', 'edge'] } })], []],
    [
      'a list does not cover unconstrained',
      [rule('a', { env: { in: ['dev', 'stage', 'prod', 'edge'] } }), rule('b', {})],
      [],
    ],
    ['any equals absent', [rule('a', { env: { any: true } }), rule('b', {})], ['b<a']],
    ['aliases are one word', [rule('a', { data_label: 'SECRET' }), rule('b', { data_label: 'CONFIDENTIAL' })], ['b<a']],
    ['other capability', [rule('a', { capability_id: 'cap.a' }), rule('b', { capability_id: 'cap.b' })], []],
    [
      'capabilities in',
      [rule('a', { capability_id: { in: ['cap.a', 'cap.b'] } }), rule('b', { capability_id: 'cap.b', env: 'dev' })],
      ['b<a'],
    ],
    ['identical under one rule_id does not count', [rule('a', { env: 'prod' }), rule('a', { env: 'prod' })], []],
    ['identical under one id, but a twin between', [rule('a', {}), rule('b', {}), rule('a', {})], ['b<a', 'a<b']],
    ['covered under one rule_id counts', [rule('a', {}), rule('a', { env: 'prod' })], ['a<a']],
    [
      'chains name the first',
      [rule('a', {}), rule('b', { env: 'prod' }), rule('c', { env: 'prod', qos_class: 'P0' })],
      ['b<a', 'c<a'],
    ],
  ])('%s', (_, rules, pairs) => {
    expect(shadowedOf(lint(...rules)).map((pair) => `${pair.rule_id}<${pair.shadowed_by}`)).toEqual(pairs);
  });

  it('equals the definition', () => {
    fc.assert(
      fc.property(ruleSet, (rules) => {
        const positions = shadowedOf(lint(...rules)).map((pair) => Number(pair.path.slice('/rules/'.length)));
        expect(positions).toEqual(naiveShadows(rules));
      }),
      { numRuns: 300 },
    );
  });

  it('names both rules, and the compiled set keeps the shadowed ids once', () => {
    const report = lint(rule('a', {}), rule('b', { env: 'prod' }), rule('b', { env: 'dev' }));
    expect(shadowedOf(report)[0]).toEqual({
      rule_id: 'b',
      path: '/rules/1',
      shadowed_by: 'a',
      shadowed_by_path: '/rules/0',
    });
    expect(report.readable && report.compiled.shadowedRuleIds).toEqual(['b']);
  });

  it.each([
    ['one capability', (n: number) => ({ capability_id: 'cap.a', env: ['dev', 'stage', 'prod', 'edge'][n % 4] })],
    ['own capabilities', (n: number) => ({ capability_id: `cap.a${n}` })],
    ['overlapping lists', (n: number) => ({ capability_id: { in: [`cap.a${n}`, `cap.a${n + 1}`, 'cap.z'] } })],
    ['catch-alls', (n: number) => ({ qos_class: ['P0', 'P1', 'P2', 'P3'][n % 4] })],
  ])('10,000 rules, %s, in time for a publish', (_, match) => {
    const rules = Array.from({ length: 10_000 }, (__, n) => rule(`r${n}`, match(n)));
    const started = performance.now();
    expect(lint(...rules).readable).toBe(true);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe('WCP 2.4 repeated ids', () => {
  it('are named with their places', () => {
    const report = lint(rule('a', { env: 'dev' }), rule('b', { env: 'stage' }), rule('a', { env: 'prod' }));
    expect(report.readable && report.duplicates).toEqual([{ rule_id: 'a', paths: ['/rules/0', '/rules/2'] }]);
  });
});
