import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RuleSetDocument } from '../../../src/core/hall/rule-document.ts';
import {
  type CompiledRules,
  compileRules,
  didYouMean,
  humanRequiredIf,
  matchRule,
  restoreRules,
} from '../../../src/core/hall/rules.ts';
import type { RouteQuery } from '../../../src/core/vocabulary.ts';
import { query, ruleSet } from './arbitrary.ts';
import { naiveMatch } from './naive.ts';

const compiled = (...rules: unknown[]): CompiledRules => compileRules(RuleSetDocument.parse({ rules }));
const rule = (rule_id: string, match: object, decision: object = {}) => ({ rule_id, match, decision });
const ask = (change: Partial<RouteQuery> = {}): RouteQuery => ({
  capability_id: 'cap.doc.summarize',
  env: 'prod',
  data_label: 'INTERNAL',
  tenant_risk: 'low',
  qos_class: 'P2',
  ...change,
});
const matched = (rules: CompiledRules, change: Partial<RouteQuery> = {}) =>
  matchRule(rules, ask(change))?.ruleId ?? null;

describe('WCP 2.4 matching', () => {
  it.each([
    ['exact', { env: 'prod' }, 'r'],
    ['exact, other', { env: 'dev' }, null],
    ['in', { env: { in: ['dev', 'prod'] } }, 'r'],
    ['in, other', { env: { in: ['dev', 'stage'] } }, null],
    ['any', { env: { any: true } }, 'r'],
    ['absent', {}, 'r'],
    ['all five', { ...ask() }, 'r'],
    ['capability as it is spelled', { capability_id: 'cap.doc.Summarize' }, null],
    ['capability in', { capability_id: { in: ['cap.x', 'cap.doc.summarize'] } }, 'r'],
    ['no wildcards', { capability_id: 'cap.doc.*' }, null],
  ])('%s', (_, match, expected) => {
    expect(matched(compiled(rule('r', match)))).toBe(expected);
  });

  it.each([
    ['staging', { env: 'staging' }, { env: 'stage' }],
    ['CONFIDENTIAL', { data_label: { in: ['CONFIDENTIAL'] } }, { data_label: 'RESTRICTED' }],
    ['SECRET', { data_label: 'SECRET' }, { data_label: 'RESTRICTED' }],
    ['critical', { tenant_risk: 'critical' }, { tenant_risk: 'high' }],
  ] as const)('alias %s is normalised as in input', (_, match, question) => {
    expect(matched(compiled(rule('r', match)), question)).toBe('r');
  });

  it('the first match in list order wins, across capability and catch-all rules', () => {
    const specific = rule('specific', { capability_id: 'cap.doc.summarize', env: 'prod' });
    const general = rule('general', {});
    expect(matched(compiled(specific, general))).toBe('specific');
    expect(matched(compiled(general, specific))).toBe('general');
    expect(matched(compiled(specific, general), { env: 'dev' })).toBe('general');
  });

  it('no rules, no match', () => {
    expect(matched(compiled())).toBe(null);
  });

  it('a word outside the vocabulary matches nothing, not even a catch-all', () => {
    const broken = { ...ask(), env: 'production' } as unknown as RouteQuery;
    expect(matchRule(compiled(rule('r', {})), broken)).toBe(null);
  });

  it('equals a scan from the top, however long the lanes', () => {
    fc.assert(
      fc.property(ruleSet, fc.array(query, { minLength: 1, maxLength: 20 }), (rules, queries) => {
        const index = compiled(...rules);
        for (const question of queries) {
          // Twice: the second look-up may come from the memo of a long lane.
          expect(matchRule(index, question)?.position ?? -1).toBe(naiveMatch(rules, question));
          expect(matchRule(index, question)?.position ?? -1).toBe(naiveMatch(rules, question));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('WCP 2.6 defaults', () => {
  const only = (decision: object) => compiled(rule('r', {}, decision)).rules[0];

  it('preconditions', () => {
    expect(only({})?.preconditions).toEqual({
      must_have_correlation_id: true,
      must_attach_policy_version: true,
      must_record_artifact_hash_if_executes: true,
      deny_if_missing_required_controls: true,
      deny_if_unsigned_artifact_in_prod: false,
      deny_if_no_attestation_in_prod: false,
    });
    expect(only({ preconditions: { must_have_correlation_id: false } })?.preconditions.must_have_correlation_id).toBe(
      false,
    );
  });

  it('escalation has its five members', () => {
    expect(only({ escalation: { policy_gate: true, rationale: null } })?.escalation).toEqual({
      policy_gate: true,
      rationale: '',
      human_required_if: [],
      human_required_default: false,
      msavx_step_up: false,
    });
  });

  it('controls are sorted as spelled and compared with hyphens', () => {
    const controls = ['ctrl.obs.b_x', 'ctrl.a', 'ctrl.obs.b_x'];
    expect(only({ required_controls_suggested: controls })?.required).toEqual({
      asWritten: ['ctrl.a', 'ctrl.obs.b_x'],
      normal: ['ctrl.a', 'ctrl.obs.b-x'],
    });
  });

  it('candidates keep their order, and one without a species stays', () => {
    const candidates = [
      { worker_species_id: 'wrk.b', score_hint: 0.1 },
      { score_hint: 0.9 },
      { worker_species_id: '' },
    ];
    expect(only({ candidate_workers_ranked: candidates })?.candidates.map((entry) => entry.speciesId)).toEqual([
      'wrk.b',
      null,
      null,
    ]);
  });

  it('a maximum escalates unless it denies', () => {
    expect(only({ max_blast: { scale: 'sum25', prod: 6 } })?.maxBlast).toEqual({
      scale: 'sum25',
      prod: 6,
      on_exceed: 'escalate',
    });
  });
});

describe('WCP 2.6 human_required_if', () => {
  const holds = (conditions: object[], change: Partial<RouteQuery> = {}, tenant = 'acme', score = 50) => {
    const [only] = compiled(rule('r', {}, { escalation: { human_required_if: conditions } })).rules;
    return only !== undefined && humanRequiredIf(only, ask(change), tenant, score);
  };

  it.each([
    ['none', [], false],
    ['empty object', [{}], true],
    ['any of several', [{ env: 'dev' }, { env: { in: ['prod', 'edge'] } }], true],
    ['all keys of one', [{ env: 'prod', tenant_risk: 'high' }], false],
    ['signatory', [{ tenant_id: 'acme' }], true],
    ['other signatory', [{ tenant_id: { in: ['other'] } }], false],
    ['score reached', [{ blast_score: { gte: 50 } }], true],
    ['score not reached', [{ blast_score: { gte: 50.5 } }], false],
    ['score reached, other env', [{ env: 'dev', blast_score: { gte: 1 } }], false],
  ])('%s', (_, conditions, expected) => {
    expect(holds(conditions)).toBe(expected);
  });
});

describe('a stored rule set', () => {
  it('restores to the same rules from what was sent and from what was read', () => {
    const sent = { rules: [rule('r', { env: 'staging' }, { max_blast: { scale: 'score100', dev: 10 } })] };
    const read = RuleSetDocument.parse(sent);
    expect(RuleSetDocument.parse(read)).toEqual(read);
    expect(restoreRules(sent)).toEqual(restoreRules(read));
  });

  it.each([null, 1, 'rules', [], {}, { rules: {} }, { rules: [null] }])('%j restores to nothing', (content) => {
    expect(restoreRules(content)).toEqual({ ok: false, error: 'malformed' });
  });
});

describe('WCP 3.1 did_you_mean', () => {
  const ids = ['cap.doc.summarize', 'cap.doc.translate', 'cap.doc.chunk', 'cap.mail.send', 'cap.web.fetch'];
  const rules = compiled(...ids.map((capability_id, n) => rule(`r${n}`, { capability_id })), rule('all', {}));

  it.each([
    ['cap.doc.sumarize', 'cap.doc.summarize'],
    ['cap.dco.summarize', 'cap.doc.summarize'],
    ['cap.doc.summarize.v1', 'cap.doc.summarize'],
    ['CAP.DOC.CHUNK', undefined],
    ['cap.web.fetcher', 'cap.web.fetch'],
    ['mail.send', 'cap.mail.send'],
  ])('%s -> %s', (asked, first) => {
    expect(didYouMean(rules, asked)[0]).toBe(first);
  });

  it('is total, at most three, routable, never the id itself', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 300 }), fc.constantFrom(...ids)),
        (asked) => {
          const found = didYouMean(rules, asked);
          expect(found.length).toBeLessThanOrEqual(3);
          for (const id of found) expect(ids).toContain(id);
          expect(found).not.toContain(asked);
        },
      ),
    );
  });

  it('does bounded work among 10,000 ids', () => {
    const many = compiled(
      ...Array.from({ length: 10_000 }, (_, n) => rule(`r${n}`, { capability_id: `cap.area${n % 50}.verb${n}` })),
    );
    expect(didYouMean(many, 'cap.area7.vreb4207')).toContain('cap.area7.verb4207');
    const started = performance.now();
    for (let n = 0; n < 100; n++) didYouMean(many, `cap.area7.${'a.b'.repeat(80)}${n}`);
    expect((performance.now() - started) / 100).toBeLessThan(20);
  });
});
