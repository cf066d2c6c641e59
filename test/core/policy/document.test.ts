/** CAP 1 (E2), 5.1, 5.2: policy documents as they are written, and what is wrong with them, by place and line. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANNOUNCED_POLICY } from '../../../src/cli/demo-content.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { readSource } from '../../../src/core/policy/source.ts';
import { readBundle } from '../../../src/core/policy/written.ts';
import { AMONG_LABELS, BESIDE_MATCH, OUTDENTED_POLICY } from '../../support/announced-policy.ts';

const SCALE = Number(process.env.PROPERTY_SCALE ?? 1);

const document = (text: string, strict = false): JsonObject => {
  const read = readBundle(text, strict);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value.document;
};
const refused = (text: string, strict = false) => {
  const read = readBundle(text, strict);
  if (read.ok) throw new Error('it was read');
  return read.error;
};
const rules = (text: string) => document(text).rules as readonly JsonObject[];

describe('the announcement', () => {
  test('is read as it stands, and normalised', () => {
    expect(rules(ANNOUNCED_POLICY)).toEqual([
      {
        id: 'allow-read-path',
        match: { labels: { 'mcp.action': 'read' } },
        decision: 'ALLOW',
        reason: 'Read operations are allowed',
      },
      {
        id: 'approval-prod-write',
        match: { labels: { 'mcp.action': 'write' }, risk_tags: ['prod'] },
        decision: 'REQUIRE_APPROVAL',
        reason: 'Production writes require human review',
      },
      {
        id: 'deny-destructive',
        match: { labels: { 'mcp.action': 'delete' } },
        decision: 'DENY',
        reason: 'Destructive actions blocked',
      },
      {
        id: 'constrain-heavy-jobs',
        match: { topics: ['job.batch.*'] },
        decision: 'ALLOW_WITH_CONSTRAINTS',
        constraints: { budgets: { max_runtime_ms: 120_000, max_retries: 1 } },
      },
    ]);
  });

  test.each([BESIDE_MATCH, AMONG_LABELS])('risk_tags means the same wherever it stands', (text) => {
    const [rule] = rules(text);
    expect(rule?.match).toEqual({ labels: { 'mcp.action': 'write' }, risk_tags: ['prod'] });
    const read = readBundle(text);
    expect(read.ok && read.value.warnings).toHaveLength(1);
  });

  test.each([
    [BESIDE_MATCH, '/rules/0/risk_tags', 5],
    [AMONG_LABELS, '/rules/0/match/labels/risk_tags', 7],
    [ANNOUNCED_POLICY, '/rules/3/constraints/max_runtime_sec', 18],
  ])('strict reading refuses the other places', (text, field, line) => {
    expect(refused(text, true).errors?.[0]).toMatchObject({ field, line });
  });

  test('risk_tags in two places is refused', () => {
    const twice = BESIDE_MATCH.replace('match: {', 'match: {risk_tags: [prod], ');
    expect(refused(twice).errors?.[0]).toMatchObject({ field: '/rules/0/risk_tags', line: 5 });
  });

  test('budgets twice: the same value is read, another refused', () => {
    const both = (ms: number) =>
      `rules:\n  - id: a\n    decision: allow\n    constraints: {max_runtime_sec: 120, budgets: {max_runtime_ms: ${ms}}}\n`;
    expect(rules(both(120_000))[0]?.constraints).toEqual({ budgets: { max_runtime_ms: 120_000 } });
    expect(refused(both(1)).errors?.[0]).toMatchObject({ field: '/rules/0/constraints/max_runtime_sec', line: 4 });
  });

  test('a paste without indentation is refused and told so, never guessed', () => {
    expect(refused(OUTDENTED_POLICY)).toMatchObject({ code: 'policy_invalid', errors: [{ hint: 'indentation lost' }] });
    expect(refused(OUTDENTED_POLICY).errors?.[0]?.line).toBeGreaterThan(1);
  });
});

describe('what is refused, by place and line', () => {
  const rule = (more: string) => `version: v1\nrules:\n  - id: a\n    decision: deny\n${more}`;
  test.each<[string, string, string, number]>([
    ['an unknown key', 'colour: red\n', '/colour', 1],
    ['an unknown key of a rule', rule('    colour: red\n'), '/rules/0/colour', 5],
    ['an unknown match key', rule('    match:\n      colour: [red]\n'), '/rules/0/match/colour', 6],
    ['an unknown word', 'rules:\n  - id: a\n    decision: perhaps\n', '/rules/0/decision', 3],
    ['no word', 'rules:\n  - id: a\n', '/rules/0/decision', 2],
    ['no id', 'rules:\n  - decision: deny\n', '/rules/0/id', 2],
    ['a repeated id', 'rules:\n  - {id: a, decision: deny}\n  - {id: a, decision: allow}\n', '/rules/1/id', 3],
    ['a malformed glob', rule('    match:\n      topics: ["job.[a"]\n'), '/rules/0/match/topics/0', 6],
    ['a label that is no text', rule('    match: {labels: {a: true}}\n'), '/rules/0/match/labels/a', 5],
    [
      'a flat budget of the wrong type',
      rule('    constraints:\n      max_retries: many\n'),
      '/rules/0/constraints/max_retries',
      6,
    ],
    ['a key that nothing enforces', rule('    predicate: x\n'), '/rules/0/predicate', 5],
    [
      'a window that is too long',
      rule('    velocity: {max_requests: 1, window_seconds: 86401, key: topic}\n'),
      '/rules/0/velocity/window_seconds',
      5,
    ],
    [
      'a key of a counter',
      rule('    velocity: {max_requests: 1, window_seconds: 1, key: colour}\n'),
      '/rules/0/velocity/key',
      5,
    ],
    ['a repeated key', 'version: a\nversion: b\n', '/version', 2],
    ['a list', '- a\n- b\n', '', 1],
    ['a key that is no text', '1: x\n', '', 1],
    ['a tag', 'version: !!set {a}\n', '/version', 1],
    ['two documents', 'version: a\n---\nversion: b\n', '', 2],
    ['an open bracket', 'rules: [\n', '', 2],
    ['NUL', 'version: "a\0b"\n', '', 1],
    ['an input rule that would allow', 'input_rules:\n  - {id: i, decision: allow}\n', '/input_rules/0/decision', 2],
    [
      'a scanner nobody has',
      'output_rules:\n  - {id: o, decision: redact, match: {scanners: [nose]}}\n',
      '/output_rules/0/match/scanners/0',
      2,
    ],
  ])('%s', (_, text, field, line) => {
    expect(refused(text)).toMatchObject({ code: 'policy_invalid' });
    expect(refused(text).errors?.[0]).toMatchObject({ field, line });
  });

  test('JSON is read as it is, lines and all', () => {
    expect(document('{"rules":[{"id":"a","decision":"ALLOW"}]}').rules).toEqual([
      { id: 'a', match: {}, decision: 'ALLOW' },
    ]);
    expect(refused('{\n"rules":\n[{"id":"a","id":"b","decision":"deny"}]}').errors?.[0]).toMatchObject({
      field: '/rules/0/id',
      line: 3,
    });
  });

  test('`default_decision`: whatever is not allow is deny', () => {
    for (const [word, read] of [
      ['allow', 'ALLOW'],
      ['deny', 'DENY'],
      ['sometimes', 'DENY'],
    ]) {
      expect(document(`default_decision: ${word}\n`).default_decision).toBe(read);
    }
  });
});

describe('texts that were made to hurt', () => {
  const quick = (text: string): void => {
    const started = performance.now();
    expect(readBundle(text).ok).toBe(false);
    expect(performance.now() - started).toBeLessThan(5_000);
  };
  test('an alias bomb', () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) => `l${n}: &l${n} [${n === 0 ? 'x' : Array(10).fill(`*l${n - 1}`)}]`,
    );
    quick(`${levels.join('\n')}\n`);
  });
  test('an alias of itself', () => quick('a: &a [*a]\n'));
  test('brackets', () => quick('['.repeat(200_000)));
  test('dashes', () => quick(`${'- '.repeat(100_000)}a`));
  test('questions', () => quick(`${'? '.repeat(100_000)}a`));
  test('indents', () => quick(Array.from({ length: 900 }, (_, n) => `${' '.repeat(n)}a:`).join('\n')));
  test('many keys', () => quick(Array.from({ length: 150_000 }, (_, n) => `k${n}:`).join('\n')));
  test('more than a megabyte', () => quick(`version: "${'a'.repeat(1_100_000)}"`));
  test('a key of the prototype is a key like any other', () => {
    expect(refused('__proto__: {rules: []}\n').errors?.[0]?.field).toBe('/__proto__');
  });
  test('any text at all is read or refused', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc
        .array(
          fc.constantFrom(
            'rules:',
            '\n',
            '  ',
            '- ',
            'id: a',
            ': ',
            '[',
            ']',
            '{',
            '}',
            '&a ',
            '*a',
            '!!x ',
            '"',
            '|\n',
            '#',
            '?',
            'null',
            '1e999',
          ),
          { maxLength: 60 },
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (sent) => {
        const read = readSource(sent);
        if (!read.ok) expect(read.error.length).toBe(1);
        readBundle(sent);
      }),
      { numRuns: 1_000 * SCALE },
    );
  });
});
