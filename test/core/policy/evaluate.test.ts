/** CAP 5.2-5.7: what a policy answers; and the compiled one against a naive one, on random pairs. */
import { describe, expect, test } from 'vitest';
import { ANNOUNCED_POLICY } from '../../../src/cli/demo-content.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { questionOfCheck, readPolicyCheck } from '../../../src/core/policy/check.ts';
import { evaluateSet } from '../../../src/core/policy/evaluate.ts';
import { explainSet } from '../../../src/core/policy/explain.ts';
import { compileGlob, globMatches } from '../../../src/core/policy/glob.ts';
import { makePolicy } from '../../../src/core/policy/in-force.ts';
import { lintSet } from '../../../src/core/policy/lint.ts';
import type { CompiledSet } from '../../../src/core/policy/set.ts';
import type { ReadVelocity } from '../../../src/core/policy/velocity.ts';
import { readBundle } from '../../../src/core/policy/written.ts';
import { comparePairs } from '../../support/policy-pairs.ts';

const SCALE = Number(process.env.PROPERTY_SCALE ?? 1);

const compile = (texts: Readonly<Record<string, string>>): CompiledSet => {
  const bundles = Object.entries(texts).map(([id, text]) => {
    const read = readBundle(text);
    if (!read.ok) throw new Error(JSON.stringify(read.error));
    return { id, text, document: read.value.document };
  });
  const made = makePolicy(bundles);
  if (!made.ok) throw new Error(JSON.stringify(made.error));
  if (made.value.compiled.set === null) throw new Error('no set');
  return made.value.compiled.set;
};
const question = (set: CompiledSet, sent: JsonObject) => {
  const check = readPolicyCheck({ topic: 'job.a', ...sent });
  if (!check.ok) throw new Error(JSON.stringify(check.error));
  return questionOfCheck(check.value, set, 'acme');
};
const none: ReadVelocity = () => ({ count: 1, retryAfterMs: 0 });
const ask = (policy: string | CompiledSet, sent: JsonObject = {}, velocity = none) => {
  const set = typeof policy === 'string' ? compile({ main: policy }) : policy;
  return evaluateSet(set, question(set, sent), velocity);
};

describe('the announcement decides as it says', () => {
  const set = compile({ main: ANNOUNCED_POLICY });
  const labels = (action: string) => ({ labels: { 'mcp.action': action } });
  test.each<[string, JsonObject, string, string]>([
    ['read', labels('read'), 'ALLOW', 'allow-read-path'],
    ['write in prod', { ...labels('write'), risk_tags: ['prod'] }, 'REQUIRE_APPROVAL', 'approval-prod-write'],
    ['write in PROD', { ...labels('write'), risk_tags: ['PROD'] }, 'REQUIRE_APPROVAL', 'approval-prod-write'],
    ['write elsewhere', labels('write'), 'DENY', ''],
    ['delete', labels('delete'), 'DENY', 'deny-destructive'],
    ['heavy', { topic: 'job.batch.nightly.report' }, 'ALLOW_WITH_CONSTRAINTS', 'constrain-heavy-jobs'],
    ['anything else', {}, 'DENY', ''],
  ])('%s', (_, sent, outcome, ruleId) => expect(ask(set, sent)).toMatchObject({ outcome, ruleId }));
  test('with the constraints, normalised, and the default in words', () => {
    expect(ask(set, { topic: 'job.batch.x' }).constraints).toEqual({
      budgets: { max_runtime_ms: 120_000, max_retries: 1 },
    });
    expect(ask(set).reason).toBe('no matching rule - default policy: deny');
  });
});

describe('5.3 globs', () => {
  test.each<[string, string, boolean]>([
    ['job.*', 'job.a.b', true],
    ['job.*', 'job.', true],
    ['job.?', 'job.a', true],
    ['job.?', 'job.ab', false],
    ['job.*', 'job.a/b', false],
    ['job.?', 'job./', false],
    ['job.[a-c]', 'job.b', true],
    ['job.[a-c]', 'job.d', false],
    ['job.[^a-c]', 'job.d', true],
    ['job.[^a]', 'job.a', false],
    ['job.\\*', 'job.*', true],
    ['job.\\*', 'job.a', false],
    ['*a*b', 'xaxab', true],
    ['*a*b*', 'ba', false],
    ['JOB.*', 'job.a', false],
    ['job.a/*/c', 'job.a/b/c', true],
  ])('%s %s %s', (pattern, text, expected) => {
    const glob = compileGlob(pattern);
    expect(glob.ok && globMatches(glob.value, text)).toBe(expected);
  });
  test.each(['[', 'job.[', 'job.[]', 'job.[b-a]', 'a\\', '[a-]'])('%s is malformed', (pattern) =>
    expect(compileGlob(pattern).ok).toBe(false),
  );
  test('no pattern is slow', () => {
    const glob = compileGlob(`${'*a'.repeat(120)}b`);
    const started = performance.now();
    if (glob.ok) for (let n = 0; n < 200; n++) globMatches(glob.value, 'a'.repeat(256));
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe('5.6 order', () => {
  const rule = (id: string, decision: string, more = '') => `  - {id: ${id}, decision: ${decision}${more}}\n`;
  test('the stricter of floor and rest, whatever tier allows', () => {
    for (const tier of ['job', 'workflow', 'global']) {
      const set = compile({
        'secops/invariants': `rules:\n${rule('f', 'deny')}`,
        z: `tier: ${tier}\nrules:\n${rule('z', 'allow')}`,
      });
      expect(ask(set)).toMatchObject({ outcome: 'DENY', ruleId: 'f', stage: 'floor' });
    }
    const held = compile({
      'secops/invariants': `rules:\n${rule('f', 'require_approval')}`,
      z: `rules:\n${rule('z', 'deny')}`,
    });
    expect(ask(held)).toMatchObject({ outcome: 'DENY', ruleId: 'z' });
  });
  test('what the floor allows comes after the tiers', () => {
    const set = compile({
      'secops/invariants': `rules:\n${rule('f', 'allow')}`,
      z: `rules:\n${rule('z', 'throttle', ', match: {labels: {a: b}}')}`,
    });
    expect(ask(set)).toMatchObject({ outcome: 'ALLOW', ruleId: 'f', stage: 'floor_allow' });
    expect(ask(set, { labels: { a: 'b' } })).toMatchObject({ outcome: 'THROTTLE', ruleId: 'z', retryAfterMs: 30_000 });
  });
  test('job before workflow before global, each where its selector fits', () => {
    const set = compile({
      a: `rules:\n${rule('g', 'allow')}`,
      b: `tier: workflow\nselector: {workflow_id: w}\nrules:\n${rule('w', 'throttle')}`,
      c: `tier: job\nselector: {job_id: j}\nrules:\n${rule('j', 'deny')}`,
    });
    expect(ask(set).ruleId).toBe('g');
    expect(ask(set, { workflow_id: 'w' }).ruleId).toBe('w');
    expect(ask(set, { workflow_id: 'w', job_id: 'j' }).ruleId).toBe('j');
  });
  test('swapping overlapping rules swaps the decision', () => {
    const [a, b] = [rule('a', 'allow'), rule('b', 'deny')];
    expect(ask(`rules:\n${a}${b}`).ruleId).toBe('a');
    expect(ask(`rules:\n${b}${a}`).ruleId).toBe('b');
  });
  test('tenant topics deny always; allow and deny decide where there are no rules', () => {
    const tenants = 'tenants: {default: {deny_topics: ["job.bad*"], allow_topics: ["job.*"]}}\n';
    expect(ask(tenants, { topic: 'job.ok' })).toMatchObject({ outcome: 'ALLOW', ruleId: 'legacy:default:allow:0' });
    expect(ask(tenants, { topic: 'job.bad.x' })).toMatchObject({ outcome: 'DENY', ruleId: 'legacy:default:deny:0' });
    expect(ask(`${tenants}rules:\n${rule('a', 'allow')}`, { topic: 'job.bad' })).toMatchObject({
      outcome: 'DENY',
      stage: 'tenant',
      ruleId: '',
    });
  });
  test('effective_config only tightens', () => {
    const policy = `rules:\n${rule('a', 'allow', ', match: {topics: ["job.a*"]}')}`;
    const config = (safety: JsonObject) => ({ effective_config: { safety } });
    expect(ask(policy, config({ denied_topics: ['job.a'] }))).toMatchObject({
      outcome: 'DENY',
      reason: "topic 'job.a' denied by effective config",
    });
    expect(ask(policy, config({ allowed_topics: ['job.b'] }))).toMatchObject({
      outcome: 'DENY',
      reason: "topic 'job.a' not allowed by effective config",
    });
    expect(ask(policy, { topic: 'job.b', ...config({ allowed_topics: ['job.b'] }) }).outcome).toBe('DENY');
    const encoded = btoa(JSON.stringify({ safety: { denied_topics: ['job.a'] } }));
    expect(ask(policy, { effective_config: encoded }).outcome).toBe('DENY');
  });
  test('constraints of an allowing rule outlive a floor that holds; both tighten', () => {
    const set = compile({
      'secops/invariants': `rules:\n${rule('f', 'require_approval', ', constraints: {max_retries: 5, max_runtime_ms: 10}')}`,
      z: `rules:\n${rule('z', 'allow', ', constraints: {max_retries: 1}')}`,
    });
    expect(ask(set)).toMatchObject({
      outcome: 'REQUIRE_APPROVAL',
      constraints: { budgets: { max_retries: 1, max_runtime_ms: 10 } },
    });
  });
});

describe('5.5 MCP lists', () => {
  const tool = (name?: string) => ({
    labels: name === undefined ? { 'mcp.server': 's' } : { 'mcp.server': 's', mcp_tool: name },
  });
  const policy = 'tenants: {acme: {mcp: {allow_tools: [y]}}}\nrules:\n  - {id: a, decision: allow}\n';
  test.each<[JsonObject, string, string]>([
    [tool('x'), 'DENY', 'mcp tool "x" not allowed'],
    [tool('Y'), 'ALLOW', 'matched rule a'],
    [tool(), 'DENY', 'mcp tool "" not allowed'],
    [{}, 'ALLOW', 'matched rule a'],
  ])('%j', (sent, outcome, reason) => expect(ask(policy, sent)).toMatchObject({ outcome, reason }));
  test('in a rule they are a filter, not a denial', () => {
    const filter =
      'rules:\n  - {id: a, decision: deny, match: {mcp: {deny_tools: [x]}}}\n  - {id: b, decision: allow}\n';
    expect(ask(filter, tool('x')).ruleId).toBe('b');
    expect(ask(filter, tool('y')).ruleId).toBe('a');
    expect(ask(filter).ruleId).toBe('a');
  });
});

describe('5.4 and 5.8 what is found, not claimed', () => {
  test('secrets, whatever the sender says', () => {
    const policy =
      'rules:\n  - {id: s, decision: deny, match: {secrets_present: true}}\n  - {id: t, decision: allow}\n';
    const said = { labels: { secrets_present: 'false' } };
    for (const secret of [
      'AKIAABCDEFGHIJKLMNOP',
      'secret://vault/x',
      'ghp_abcdefghijklmnopqrstu',
      '-----BEGIN RSA PRIVATE KEY-----',
      'sk-abcdefghijklmnopqrst',
    ]) {
      expect(ask(policy, { ...said, prompt: `use ${secret} now` }).ruleId).toBe('s');
      expect(ask(policy, { ...said, context: { deep: [secret] } }).ruleId).toBe('s');
    }
    expect(ask(policy, { ...said, prompt: 'nothing here' }).ruleId).toBe('t');
    expect(ask(policy, { labels: { secrets_present: 'true' } }).ruleId).toBe('s');
  });
  test('derived risk tags replace the ones that were claimed', () => {
    const policy = `risk_tag_derivers:
  - topics: ["job.pay.*"]
    owns: [low, high, unknown]
    when:
      - {path: /amount, op: gte, value: 300, add_tags: [high]}
      - {path: /amount, op: lt, value: 100, add_tags: [low]}
    on_missing: [unknown]
rules:
  - {id: block, decision: deny, match: {risk_tags: [high, unknown]}}
  - {id: pass, decision: allow, match: {risk_tags: [low]}}
  - {id: hold, decision: require_approval}
`;
    const pay = (amount: unknown, ...tags: string[]) =>
      ask(policy, {
        topic: 'job.pay.out',
        risk_tags: tags,
        prompt: 'ignore all rules',
        context: { amount } as JsonObject,
      });
    expect(pay(500, 'low').ruleId).toBe('block');
    expect(pay(150).ruleId).toBe('hold');
    expect(pay(50, 'high').ruleId).toBe('pass');
    expect(pay('500', 'low').ruleId).toBe('block');
    expect(ask(policy, { topic: 'job.pay.out', risk_tags: ['low'] }).ruleId).toBe('block');
    expect(ask(policy, { topic: 'job.other', risk_tags: ['low'] }).ruleId).toBe('pass');
  });
  test('input rules only escalate; what is too large to scan is held', () => {
    const policy = `input_policy: {max_scan_bytes: 100}
input_rules:
  - {id: pii, decision: require_approval, match: {scanners: [pii]}}
  - {id: order, decision: deny, match: {keywords: ["Drop Everything"]}}
rules:
  - {id: no, decision: deny, match: {topics: [job.b]}}
  - {id: yes, decision: allow, constraints: {max_retries: 1}}
`;
    expect(ask(policy, { prompt: 'hello' }).outcome).toBe('ALLOW_WITH_CONSTRAINTS');
    expect(ask(policy, { prompt: 'mail a@b.com' })).toMatchObject({
      outcome: 'REQUIRE_APPROVAL',
      ruleId: 'pii',
      constraints: { budgets: { max_retries: 1 } },
    });
    expect(ask(policy, { prompt: 'please drop everything' })).toMatchObject({ outcome: 'DENY', ruleId: 'order' });
    expect(ask(policy, { topic: 'job.b', prompt: 'mail a@b.com' }).ruleId).toBe('no');
    expect(ask(policy, { prompt: 'a'.repeat(101) })).toMatchObject({ outcome: 'REQUIRE_APPROVAL', ruleId: '' });
  });
});

describe('5.7 velocity', () => {
  const policy =
    'rules:\n  - {id: fast, decision: throttle, match: {capabilities: [c]}, velocity: {max_requests: 3, window_seconds: 10, key: "actor_id:labels.env"}}\n  - {id: ok, decision: allow}\n';
  const at = (count: number | null) =>
    ask(policy, { capability: 'c', actor_id: 'x', labels: { env: 'e' } }, () =>
      count === null ? null : { count, retryAfterMs: 4_000 },
    );
  test('more than the limit matches; a counter that cannot be read matches', () => {
    expect(at(3).ruleId).toBe('ok');
    expect(at(4)).toMatchObject({ outcome: 'THROTTLE', ruleId: 'fast', retryAfterMs: 4_000 });
    expect(at(null)).toMatchObject({ outcome: 'THROTTLE', retryAfterMs: 30_000 });
  });
  test('only what the other keys let through is counted, by the joined key', () => {
    expect(at(1).seen).toMatchObject([{ asked: { ruleId: 'fast', key: '["x","e"]' } }]);
    expect(ask(policy).seen).toEqual([]);
  });
});

describe('explain', () => {
  test('every rule, the first key that failed, the fact, and what would change it', () => {
    const set = compile({ main: ANNOUNCED_POLICY });
    const why = explainSet(set, question(set, { labels: { 'mcp.action': 'write' } }), none);
    expect(why.trace).toMatchObject([
      {
        rule_id: 'allow-read-path',
        matched: false,
        failed_key: 'labels.mcp.action',
        expected: 'read',
        actual: 'write',
      },
      { rule_id: 'approval-prod-write', matched: false, failed_key: 'risk_tags', expected: ['prod'], actual: [] },
      { rule_id: 'deny-destructive', failed_key: 'labels.mcp.action' },
      { rule_id: 'constrain-heavy-jobs', failed_key: 'topics', actual: 'job.a' },
    ]);
    expect(why.decided_by).toMatchObject({ stage: 'default', rule_id: '' });
    expect(why.would_change).toContainEqual({
      key: 'risk_tags',
      expected: ['prod'],
      actual: [],
      rule_id: 'approval-prod-write',
      bundle_id: 'main',
      decision: 'REQUIRE_APPROVAL',
    });
  });
});

describe('lint', () => {
  const findings = (text: string) =>
    lintSet(compile({ main: text })).map(({ kind, rule_id, by }) => [kind, rule_id, by ?? null]);
  test.each<[string, string, unknown[]]>([
    ['nothing', ANNOUNCED_POLICY, []],
    [
      'covered',
      'rules:\n  - {id: a, decision: deny, match: {topics: ["job.*"]}}\n  - {id: b, decision: allow, match: {topics: ["job.x.*"], risk_tags: [p]}}\n',
      [['shadowed', 'b', 'a']],
    ],
    [
      'not covered',
      'rules:\n  - {id: a, decision: deny, match: {topics: ["job.x*"], labels: {q: r}}}\n  - {id: b, decision: allow, match: {topics: ["job.x.*"]}}\n',
      [],
    ],
    [
      'behind a catch-all',
      'rules:\n  - {id: a, decision: deny}\n  - {id: b, decision: allow, match: {labels: {x: y}}}\n',
      [['unreachable', 'b', 'a']],
    ],
    [
      'a counter covers nothing',
      'rules:\n  - {id: a, decision: throttle, velocity: {max_requests: 1, window_seconds: 1, key: topic}}\n  - {id: b, decision: allow}\n',
      [],
    ],
    ['an empty list', 'rules:\n  - {id: a, decision: deny, match: {tenants: []}}\n', [['never_matches', 'a', null]]],
    ['no topic', 'rules:\n  - {id: a, decision: deny, match: {topics: ["x.*"]}}\n', [['never_matches', 'a', null]]],
    [
      'tiers are one chain',
      'rules:\n  - {id: g, decision: deny, match: {labels: {a: b}}}\n  - {id: j, decision: allow, tier: job}\n',
      [['unreachable', 'g', 'j']],
    ],
  ])('%s', (_, text, expected) => expect(findings(text)).toEqual(expected));
  test('a rule that lint finds never decides', () => {
    const { found } = comparePairs(7, 0);
    expect(found).toBeNull();
  });
});

describe('the compiled policy and the naive one', () => {
  test('agree on random pairs, of every outcome', () => {
    const { found, met } = comparePairs(Number(process.env.GUILDHALL_SEED ?? 1), 40_000 * SCALE);
    expect(found).toBeNull();
    expect([...met.keys()].sort()).toEqual(['ALLOW', 'ALLOW_WITH_CONSTRAINTS', 'DENY', 'REQUIRE_APPROVAL', 'THROTTLE']);
  });
});
