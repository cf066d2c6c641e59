/** WCP 2.2: what a RouteInput is read as, and which member is named when it is not one. */
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { EMPTY_REQUEST_HASH, NO_HASH, readRouteInput } from '../../../src/core/hall/input.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import { input } from '../../support/hall.ts';

const invalidOf = (sent: unknown) => readRouteInput(sent).invalid_field;
const without = (name: string) => {
  const { [name]: _, ...rest } = input();
  return rest;
};

describe('2.2 required members', () => {
  const required = ['capability_id', 'env', 'data_label', 'tenant_risk', 'qos_class', 'tenant_id'];
  for (const field of required) {
    test.each([null, '', 7, true, [], {}])(`${field} = %j is invalid`, (value) => {
      expect(invalidOf(input({ [field]: value }))).toBe(field);
    });
    test(`${field} absent is invalid`, () => expect(invalidOf(without(field))).toBe(field));
  }
  test.each(['env', 'data_label', 'tenant_risk', 'qos_class'])('%s outside its words is invalid', (field) => {
    expect(invalidOf(input({ [field]: 'PROD ' }))).toBe(field);
  });
  test('the first in order is named', () => {
    const order = [
      'capability_id',
      'env',
      'data_label',
      'tenant_risk',
      'qos_class',
      'tenant_id',
      'correlation_id',
      'blast_score',
    ];
    const bad = Object.fromEntries(order.map((field) => [field, null]));
    order.forEach((field, at) => {
      const repaired = Object.fromEntries(order.slice(0, at).map((name) => [name, input({ blast_score: 1 })[name]]));
      expect(invalidOf({ ...input(), ...bad, ...repaired })).toBe(field);
    });
  });
});

describe('2.2 aliases', () => {
  test.each([
    ['env', 'staging', 'stage'],
    ['data_label', 'CONFIDENTIAL', 'RESTRICTED'],
    ['data_label', 'SECRET', 'RESTRICTED'],
    ['tenant_risk', 'critical', 'high'],
  ] as const)('%s %s evaluates as %s and is kept as sent', (field, sent, effective) => {
    const request = readRouteInput(input({ [field]: sent }));
    expect([request[field], request[`${field}_effective`]]).toEqual([sent, effective]);
  });
});

describe('2.2 correlation_id', () => {
  test('absent', () => {
    expect(readRouteInput(without('correlation_id'))).toMatchObject({ correlation: 'absent', correlation_id: null });
  });
  test.each(['', ' ', '\t \n'])('%j is blank, not invalid', (blank) => {
    expect(readRouteInput(input({ correlation_id: blank }))).toMatchObject({
      correlation: 'blank',
      invalid_field: null,
    });
  });
  test.each([null, 4, 'a\nb', 'x'.repeat(129)])('%j is invalid', (value) => {
    expect(invalidOf(input({ correlation_id: value }))).toBe('correlation_id');
  });
  test.each(['x', 'run-7 / step 2', 'é'.repeat(128), '😀'.repeat(128)])('%j is sent', (value) => {
    expect(readRouteInput(input({ correlation_id: value }))).toMatchObject({
      correlation: 'sent',
      correlation_id: value,
    });
  });
});

describe('2.2 blast', () => {
  test.each([-1, 101, '50', true, null, 2 ** 53, [], {}])('blast_score %j is invalid and shown', (value) => {
    const request = readRouteInput(input({ blast_score: value }));
    expect(request.invalid_field).toBe('blast_score');
    expect(request.refused_score).toEqual(typeof value === 'object' ? null : value);
  });
  test.each([0, 100, 84.5, -0])('blast_score %j is a score', (value) => {
    expect(Object.is(readRouteInput(input({ blast_score: value })).blast_score, value + 0)).toBe(true);
  });
  test('five dimensions, reversibility as a word, what is left out is 0', () => {
    const { blast_radius } = readRouteInput(
      input({ blast_radius: { data: 3, reversibility: 'partially-reversible' } }),
    );
    expect(blast_radius).toEqual({ data: 3, network: 0, financial: 0, time: 0, reversibility: 2 });
  });
  test.each([null, 5, [], { data: 6 }, { data: '1' }, { reversibility: 'gone' }])(
    'blast_radius %j is invalid',
    (value) => {
      expect(invalidOf(input({ blast_radius: value }))).toBe('blast_radius');
    },
  );
});

describe('2.2 the other members', () => {
  test.each([
    ['request', null],
    ['request', []],
    ['request', 'x'],
    ['privilege_context', null],
    ['privilege_context', { egress: 'x' }],
    ['privilege_context', { tools: [1] }],
    ['policy_version', ''],
    ['policy_version', null],
    ['tenant_credential', ''],
    ['tenant_credential', {}],
    ['dry_run', 'true'],
    ['dry_run', null],
    ['worker_id', ''],
    ['worker_id', null],
  ])('%s = %j is invalid', (field, value) => expect(invalidOf(input({ [field]: value }))).toBe(field));

  test('capability_id: any string of 1 to 256 characters', () => {
    expect(invalidOf(input({ capability_id: 'c'.repeat(256) }))).toBeNull();
    expect(invalidOf(input({ capability_id: '😀'.repeat(256) }))).toBeNull();
    expect(invalidOf(input({ capability_id: 'c'.repeat(257) }))).toBe('capability_id');
    expect(readRouteInput(input({ capability_id: 'a\nb' })).control_characters).toBe(true);
  });
  test('unknown members are a fact, one level down too', () => {
    expect(readRouteInput(input()).unknown_member).toBe(false);
    expect(readRouteInput(input({ colour: 1 })).unknown_member).toBe(true);
    expect(readRouteInput(input({ privilege_context: { egres: [] } })).unknown_member).toBe(true);
    expect(readRouteInput(input({ blast_radius: { dat: 1 } })).unknown_member).toBe(true);
  });
});

describe('2.2 only hashes of the payload stay', () => {
  test('request and credential leave nothing else', () => {
    const sent = input({ request: { secret: 'hunter2' }, tenant_credential: 'eyJ.x.y' });
    const request = readRouteInput(sent);
    expect(JSON.stringify(request)).not.toMatch(/hunter2|eyJ/);
    expect(request.request_hash).toBe(sha256Hex('{"secret":"hunter2"}'));
    expect(request.route_input_hash).toBe(sha256Hex(canonicalJson(sent)));
  });
  test('no request hashes as {}', () => {
    expect(readRouteInput(input()).request_hash).toBe(EMPTY_REQUEST_HASH);
    expect(EMPTY_REQUEST_HASH).toBe(sha256Hex('{}'));
  });
  test.each([null, false, 0, '', [], {}])('3.2 %j in the payload says no', (value) => {
    const request = readRouteInput(input({ request: { egress: value, external_call: value, writes: value } }));
    expect([request.egress, request.writes]).toEqual([false, false]);
  });
  test.each([true, 1, 'x', [0], { a: null }])('3.2 %j in the payload says yes', (value) => {
    const request = readRouteInput(input({ request: { external_call: value, mutates_state: value } }));
    expect([request.egress, request.writes]).toEqual([true, true]);
  });
});

describe('total on what is no RouteInput', () => {
  test.each([null, undefined, 1, 'x', [], [input()], Number.NaN, () => 1])('%j', (raw) => {
    expect(readRouteInput(raw)).toMatchObject({ invalid_field: 'route_input', capability_id: null });
  });
  test('what has no canonical form keeps nothing', () => {
    expect(readRouteInput(input({ tenant_id: '\ud800' }))).toMatchObject({
      invalid_field: 'route_input',
      tenant_id: null,
      route_input_hash: NO_HASH,
    });
  });
});
