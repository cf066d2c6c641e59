/** WCP 6 and check 29: each contradiction, as resolved and as strict mode has it. */
import { describe, expect, test } from 'vitest';
import type { Decided } from '../../../src/core/hall/decision.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { ask, type HallOptions, hall, input, openHall, rule, rules, worker } from '../../support/hall.ts';

const { correlation_id: _, ...uncorrelated } = input();
const strict = (options: HallOptions = {}): HallOptions => ({
  ...options,
  settings: { ...options.settings, strict: true },
});
const both = (sent: unknown, options: HallOptions = {}): readonly [Decided, Decided] => [
  ask(sent, openHall(options)),
  ask(sent, openHall(strict(options))),
];
const field = ({ decision }: Decided) => decision.deny_reason_if_denied?.field;

describe('6 tolerated, invalid when strict', () => {
  test.each<[string, JsonObject, string]>([
    ['CONFIDENTIAL', { data_label: 'CONFIDENTIAL' }, 'data_label'],
    ['SECRET', { data_label: 'SECRET' }, 'data_label'],
    ['critical', { tenant_risk: 'critical' }, 'tenant_risk'],
    ['staging', { env: 'staging' }, 'env'],
    ['a fraction of a score', { blast_score: 84.5 }, 'blast_score'],
    ['correlation_id that is no UUID', { correlation_id: 'run-1' }, 'correlation_id'],
    ['unknown member', { colour: 'red' }, 'route_input'],
    ['unknown member below', { privilege_context: { egres: [] } }, 'route_input'],
    ['control character in worker_id', { worker_id: 'org.test.a\n' }, 'worker_id'],
    ['control character in policy_version', { policy_version: 'v\n' }, 'policy_version'],
    ['control character in tenant_id', { tenant_id: 'acme\u007f' }, 'tenant_id'],
  ])('%s', (_name, change, named) => {
    const [tolerant, refusing] = both(input(change));
    expect(tolerant.decision.deny_code).not.toBe('DENY_INVALID_INPUT');
    expect([refusing.decision.deny_code, field(refusing)]).toEqual(['DENY_INVALID_INPUT', named]);
    if (!['policy_version', 'blast_score'].includes(named))
      expect(refusing.decision[named as 'env'] ?? null).toBeNull();
  });
  test.each(['cap.doc.summarize.v1', 'cap.doc\nsummarize'])(
    'capability_id %j matches only itself; strict refuses',
    (id) => {
      const catchAll = { rules: rules({ ...rule(), match: {} }) };
      const [tolerant, refusing] = both(input({ capability_id: id }), catchAll);
      expect(tolerant.decision.outcome).toBe('DISPATCH');
      expect(field(refusing)).toBe('capability_id');
      expect(ask(input({ capability_id: id }), openHall()).decision.deny_code).toBe('DENY_NO_MATCHING_RULE');
    },
  );
  test('the first in order is named, whoever refuses it', () => {
    const at = (change: JsonObject) => field(ask(input(change), openHall(strict())));
    expect(at({ env: 'staging', data_label: 'NONE' })).toBe('env');
    expect(at({ env: 'mars', data_label: 'SECRET' })).toBe('env');
    expect(at({ tenant_risk: 'critical', env: 'mars' })).toBe('env');
  });
});

describe('6 correlation_id', () => {
  test('absent: generated / MISSING', () => {
    const [tolerant, refusing] = both(uncorrelated);
    expect(tolerant.decision).toMatchObject({
      outcome: 'DISPATCH',
      correlation_id_generated: true,
      correlation_id: '22222222-2222-4222-8222-000000000001',
      notes: ['correlation_id_generated'],
    });
    expect(tolerant.facts.generated_correlation_id).toBe(tolerant.decision.correlation_id);
    expect(refusing.decision.deny_code).toBe('DENY_MISSING_CORRELATION_ID');
  });
  test('blank: MISSING unless both demands are off (check 9) / always', () => {
    const blank = input({ correlation_id: ' ' });
    const lax = { rules: rules(rule({ preconditions: { must_have_correlation_id: false } })) };
    const off = { settings: { enforce_correlation_id: false } };
    const code = (options: HallOptions) => ask(blank, openHall(options)).decision.deny_code;
    expect(code({})).toBe('DENY_MISSING_CORRELATION_ID');
    expect(code(lax)).toBe('DENY_MISSING_CORRELATION_ID');
    expect(code(off)).toBe('DENY_MISSING_CORRELATION_ID');
    expect(code({ ...lax, ...off })).toBeUndefined();
    expect(code(strict({ ...lax, ...off }))).toBe('DENY_MISSING_CORRELATION_ID');
    expect(code(strict({ ...lax, settings: { ...off.settings, strict: true } }))).toBe('DENY_MISSING_CORRELATION_ID');
  });
});

describe('6 rules and policy', () => {
  test('policy_version not the active one: note / policy_version_mismatch', () => {
    const [tolerant, refusing] = both(input({ policy_version: 'policy.v1' }));
    expect(tolerant.decision).toMatchObject({
      outcome: 'DISPATCH',
      policy_version: 'policy.v0',
      notes: ['policy_version_not_active'],
    });
    expect(refusing.decision.deny_reason_if_denied).toMatchObject({
      code: 'DENY_POLICY_GATE',
      reason: 'policy_version_mismatch',
      policy_version: 'policy.v0',
    });
    expect(both(input({ policy_version: 'policy.v0' }))[1].decision.outcome).toBe('DISPATCH');
  });
  test('a worker that does not list the capability: flagged / skipped', () => {
    const [tolerant, refusing] = both(input(), { workers: [worker({ capabilities: ['cap.other'] })] });
    expect(tolerant.decision.candidate_workers_ranked[0]?.capability_declared).toBe(false);
    expect(tolerant.decision.outcome).toBe('DISPATCH');
    expect(refusing.decision.candidate_workers_ranked[0]?.skip_reason).toBe('capability_not_declared');
  });
  test('control ids with `_` or `-`: equal, echoed; strict warns', () => {
    const options = {
      rules: rules(rule({ required_controls_suggested: ['ctrl.a_b'] })),
      workers: [worker({ currently_implements: ['ctrl.a-b'] })],
    };
    const [tolerant, warning] = both(input(), options);
    for (const { decision } of [tolerant, warning]) expect(decision.required_controls_effective).toEqual(['ctrl.a_b']);
    expect([tolerant.decision.notes, warning.decision.notes]).toEqual([[], ['control_id_with_underscore']]);
  });
  test('shadowed rules: prod denies, dev decides with a note (check 13); a catch-all last is none', () => {
    const hidden = rules(rule(), rule({}, { qos_class: 'P2' }, 'rr_hidden'));
    expect(ask(input(), openHall({ rules: hidden })).decision).toMatchObject({
      outcome: 'DISPATCH',
      notes: ['shadowed_rules:1'],
    });
    expect(ask(input({ env: 'edge' }), openHall({ rules: hidden })).decision.deny_code).toBe(
      'DENY_SHADOW_RULES_DETECTED',
    );
    const catchAll = rules(rule(), { ...rule(), rule_id: 'rr_rest', match: {} });
    expect(ask(input({ env: 'prod' }), openHall({ rules: catchAll })).decision.outcome).toBe('DISPATCH');
    const twins = rules(rule(), rule({}, {}, 'rr_twin'));
    expect(ask(input({ env: 'prod' }), openHall({ rules: twins })).decision.deny_code).toBe(
      'DENY_SHADOW_RULES_DETECTED',
    );
  });
});

describe('check 26: control characters', () => {
  test('matched raw, emitted clean', () => {
    const raw = 'cap.a\nb\u0000\u007f';
    const dirty = { ...rule({}, {}, 'rr\n1'), match: { capability_id: raw } };
    const { decision } = ask(input({ capability_id: raw, tenant_id: 'ac\tme' }), openHall({ rules: rules(dirty) }));
    expect(decision).toMatchObject({
      outcome: 'DISPATCH',
      capability_id: 'cap.ab',
      tenant_id: 'acme',
      matched_rule_id: 'rr1',
    });
    expect(decision.notes).toEqual(['control_characters_removed', 'capability_not_declared']);
    expect(JSON.stringify(decision)).not.toMatch(/\\[nt]|\\u00|\u007f/);
    expect(ask(input({ capability_id: 'cap.ab' }), hall({ rules: rules(dirty) })).decision.deny_code).toBe(
      'DENY_NO_MATCHING_RULE',
    );
  });
  test('suggestions, refused values and reasons too', () => {
    const near = rules({ ...rule(), match: { capability_id: 'cap.doc.\nsummarise' } });
    const miss = ask(input({ capability_id: 'cap.doc.summarise' }), hall({ rules: near })).decision;
    expect(miss.deny_reason_if_denied?.did_you_mean).toEqual(['cap.doc.summarise']);
    const score = ask(input({ blast_score: '5\u0007' }), openHall()).decision;
    expect(score.deny_reason_if_denied?.blast_score).toBe('5');
  });
});
