/** What every route refuses alike, and how: methods, bodies that are not one strict JSON object, and their limits. */

import { describe, expect, test } from 'vitest';
import { HallClient, type Members, OPERATOR_KEY, type Reply, send } from '../support/hall-client.ts';

const key = async (): Promise<string> => {
  const tenant = `b-${crypto.randomUUID().slice(0, 8)}`;
  const made = await send('POST', '/v1/tenants', { key: OPERATOR_KEY, body: { tenant, name: 'B' } });
  return String(made.json.api_key);
};

const problem = (reply: Reply): readonly [number, unknown] => {
  expect(reply.headers.get('content-type')).toBe('application/problem+json');
  expect(reply.json).toMatchObject({ status: reply.status, error: reply.json.code, title: expect.any(String) });
  expect(reply.json.type).toBe(`/docs/problems#${reply.json.code}`);
  expect(reply.json.instance).toBe(`/requests/${reply.headers.get('x-request-id')}`);
  return [reply.status, reply.json.code];
};

describe('a path without this method', () => {
  test.each([
    ['DELETE', '/wcp/route', 'POST'],
    ['POST', '/v1/ledger/receipts/1', 'GET, HEAD'],
    ['POST', '/t/anyone/v1/workers/org.test.x', 'PUT, GET, DELETE, HEAD'],
    ['PATCH', '/v1/rules', 'PUT, GET, HEAD'],
  ])('%s %s', async (method, path, allow) => {
    const reply = await send(method, path);
    expect(problem(reply)).toEqual([405, 'method_not_allowed']);
    expect(reply.headers.get('allow')).toBe(allow);
  });

  test.each([
    '/',
    '/nowhere',
    '/v1',
    '/v1/workers/',
    '/v1/ledger/receipts/1/2',
    '/t/demo',
    '//wcp/route',
    '/wcp/route/',
  ])('no such path: %s', async (path) => {
    expect(problem(await send('POST', path))).toEqual([404, 'not_found']);
  });
});

const BODIES: readonly (readonly [
  what: string,
  body: string | Uint8Array<ArrayBuffer>,
  status: number,
  code: string,
])[] = [
  ['nothing', '', 400, 'invalid_json'],
  ['null', 'null', 400, 'invalid_json'],
  ['a list', '[]', 400, 'invalid_json'],
  ['a text', '"{}"', 400, 'invalid_json'],
  ['a number', '7', 400, 'invalid_json'],
  ['more after the end', '{} {}', 400, 'invalid_json'],
  ['a byte order mark', '\ufeff{}', 400, 'invalid_json'],
  ['a NUL', '{}\0', 400, 'invalid_json'],
  ['half a UTF-8 sequence', new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), 400, 'invalid_json'],
  ['a lone surrogate', '{"a":"\\ud800"}', 400, 'invalid_json'],
  ['a number that overflows', '{"a":1e400}', 400, 'invalid_json'],
  ['a member twice', '{"a":1,"a":1}', 400, 'duplicate_member'],
  ['a member twice, spelled differently', '{"a":1,"\\u0061":1}', 400, 'duplicate_member'],
  ['10^5 levels', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 413, 'body_too_deep'],
  ['more bytes than the limit', `{"a":"${'x'.repeat(70_000)}"}`, 413, 'body_too_large'],
];

describe('a body that is not one strict JSON object', () => {
  test.each(BODIES)('%s', async (_, body, status, code) => {
    const credential = await key();
    const requests: readonly (readonly [string, string])[] = [
      ['POST', '/wcp/route'],
      ['POST', '/enroll'],
      ['POST', '/v1/workers'],
      ['PUT', '/v1/workers/org.test.x'],
      ['POST', '/v1/keys'],
      ['PATCH', '/v1/settings'],
    ];
    for (const [method, path] of requests) {
      const reply = await send(method, path, { key: credential, body });
      expect(problem(reply), `${method} ${path}`).toEqual([status, code]);
    }
  });

  test('the documents, whose limit is larger, refuse what is no object too', async () => {
    const hall = new HallClient('', await key());
    for (const path of ['/v1/rules', '/v1/policies']) {
      for (const body of ['null', '[]', '7'])
        expect(problem(await hall.send('PUT', path, body))).toEqual([400, 'invalid_json']);
    }
    expect(problem(await hall.send('POST', '/wcp/route/batch', 'null'))).toEqual([400, 'invalid_json']);
  });

  test('objects that pass for a text where their length is measured', async () => {
    const hall = new HallClient('', await key());
    const odd = { length: { valueOf: 1, toString: 1 } };
    const record = { worker_id: 'org.test.odd', worker_species_id: odd, capabilities: ['cap.odd'] };
    const requests: readonly (readonly [string, string, Members])[] = [
      ['POST', '/v1/keys', { name: odd, scopes: odd }],
      ['POST', '/v1/workers', record],
      ['PUT', '/v1/workers/org.test.odd', record],
      ['POST', '/v1/workers/org.test.odd/heartbeat', { code_hash: odd }],
      ['PUT', '/v1/rules', { rules: odd }],
      ['PUT', '/v1/rules', { rules: [{ rule_id: odd, match: odd, decision: odd }] }],
      ['POST', '/v1/rules/validate', { rules: [{ rule_id: odd, match: {}, decision: {} }] }],
      ['POST', '/v1/rules/rollback', { version: odd }],
      ['PUT', '/v1/policies', { policy_version: odd, default: 'DENY', rules: odd }],
      ['PATCH', '/v1/settings', { allowed_tenants: odd }],
      ['POST', '/wcp/route/batch', { requests: odd }],
    ];
    for (const [method, path, body] of requests) {
      expect(problem(await hall.send(method, path, body))[0], `${method} ${path}`).toBe(400);
    }
    expect((await hall.decide({ capability_id: odd, env: odd, request: odd, blast_radius: odd })).deny_code).toBe(
      'DENY_INVALID_INPUT',
    );
  });

  test('a type or an encoding that is not JSON', async () => {
    const hall = new HallClient('', await key());
    for (const headers of [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/jsonp' },
      { 'content-encoding': 'gzip' },
    ]) {
      expect(problem(await hall.send('POST', '/wcp/route', '{}', headers as Readonly<Record<string, string>>))).toEqual(
        [415, 'unsupported_media_type'],
      );
    }
  });
});
