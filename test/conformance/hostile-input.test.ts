/**
 * WCP 8, check 46: whatever is sent to any route, the answer is a problem with a code, names the member where there is
 * one, and shows nothing of what lies behind. That no answer is a 5xx or leaks is judged by `send` itself, everywhere.
 */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  closeHalls,
  emptyHall,
  type HallClient,
  type Json,
  list,
  type Members,
  OPERATOR_KEY,
  ORIGIN,
  openHall,
  question,
  type Reply,
  send,
  text,
} from '../support/hall-client.ts';
import { Person, person } from '../support/person.ts';
import { allRoutes, pathOf, type Route } from './routes.ts';

afterEach(closeHalls);

let routes: readonly Route[] = [];
let somebody = new Person();
beforeAll(async () => {
  routes = await allRoutes();
  somebody = await person();
});
const withBody = (): readonly Route[] => routes.filter((route) => route.hasBody && route.sample.tolerant !== true);
const label = (route: Route): string => `${route.method} ${route.path}`;
const IDS = {
  decision_id: '0b7f2a4c-6c1e-4d7e-9a55-000000000002',
  worker_id: 'org.test.summarizer',
  key_id: 'key_x',
  id: '1',
};

/** Whoever may call the route: the operator, somebody who is signed in, or a key of the tenant. */
const as = (
  route: Route,
  hall: HallClient,
): { readonly key?: string; readonly headers?: Readonly<Record<string, string>> } =>
  route.access === 'account'
    ? { headers: { cookie: somebody.cookie, origin: ORIGIN } }
    : { key: route.access === 'operator' ? OPERATOR_KEY : hall.key };

const mustBeProblem = (reply: Reply, what: string): void => {
  expect(reply.headers.get('content-type'), what).toBe('application/problem+json');
  expect(reply.json, what).toMatchObject({ status: reply.status });
  for (const name of ['type', 'title', 'code', 'error', 'instance'])
    expect(typeof reply.json[name], `${what} ${name}`).toBe('string');
  expect(reply.headers.get('x-request-id'), what).toBeTruthy();
};

const utf8 = (value: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(value));
const deep = (levels: number): string => `${'{"a":['.repeat(levels)}1${']}'.repeat(levels)}`;

const BAD: readonly (readonly [name: string, body: Json | Uint8Array<ArrayBuffer>, status: number, code: string])[] = [
  ['nothing', '', 400, 'invalid_json'],
  ['a blank', ' \n', 400, 'invalid_json'],
  ['half an object', '{"a":', 400, 'invalid_json'],
  ['something after the object', '{} {}', 400, 'invalid_json'],
  ['single quotes', "{'a':1}", 400, 'invalid_json'],
  ['a comment', '{/**/}', 400, 'invalid_json'],
  ['NaN', '{"a":NaN}', 400, 'invalid_json'],
  ['a number beyond all', '{"a":1e999}', 400, 'invalid_json'],
  ['a lone surrogate', '{"a":"\\ud800"}', 400, 'invalid_json'],
  ['a byte order mark', utf8('\ufeff{}'), 400, 'invalid_json'],
  ['bytes that are no UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d), 400, 'invalid_json'],
  ['a raw control character', '{"a":"\u0001"}', 400, 'invalid_json'],
  ['a repeated member', '{"a":1,"a":1}', 400, 'duplicate_member'],
  ['a repeated member, spelled otherwise', '{"a":1,"\\u0061":1}', 400, 'duplicate_member'],
  ['a repeated member further down', '{"a":[{"b":1,"b":2}]}', 400, 'duplicate_member'],
  ['great depth', deep(40), 413, 'body_too_deep'],
  ['very great depth', '['.repeat(50_000), 413, 'body_too_deep'],
];

describe('check 46: bodies', () => {
  test.each(BAD)('%s', async (name, body, status, code) => {
    const hall = await emptyHall();
    for (const route of withBody()) {
      const reply = await send(route.method, pathOf(route, IDS), { ...as(route, hall), body });
      const what = `${label(route)}: ${name}: ${reply.text}`;
      expect([reply.status, reply.json.code], what).toEqual([status, code]);
      mustBeProblem(reply, what);
    }
  });

  test('too many bytes', async () => {
    const hall = await emptyHall();
    const body = `{"a":"${'x'.repeat(4_100_000)}"}`;
    for (const route of withBody()) {
      const reply = await send(route.method, pathOf(route, IDS), { ...as(route, hall), body });
      expect([reply.status, reply.json.code], label(route)).toEqual([413, 'body_too_large']);
      mustBeProblem(reply, label(route));
    }
  });

  test.each([
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'multipart/form-data' },
    { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  ])('%j is not JSON', async (headers) => {
    const hall = await emptyHall();
    for (const route of withBody()) {
      const body = JSON.stringify(route.sample.body);
      const reply = await send(route.method, pathOf(route, IDS), {
        ...as(route, hall),
        body,
        headers: { ...as(route, hall).headers, ...headers },
      });
      expect([reply.status, reply.json.code], label(route)).toEqual([415, 'unsupported_media_type']);
      mustBeProblem(reply, label(route));
    }
  });

  test.each(['[]', '"text"', '7', 'true', 'null'])('%s is no object', async (body) => {
    const hall = await emptyHall();
    for (const route of withBody()) {
      const reply = await send(route.method, pathOf(route, IDS), { ...as(route, hall), body });
      expect(reply.status, `${label(route)}: ${reply.text}`).toBe(400);
      mustBeProblem(reply, label(route));
    }
  });

  /** Another type than the one given. */
  const otherThan = (value: Json | undefined): Json =>
    typeof value === 'string' || typeof value === 'boolean' ? { an: 'object' } : 'a text';

  test('a member of a wrong type is named', async () => {
    const hall = await openHall();
    for (const route of withBody().filter(({ sample }) => sample.judgedLater !== true)) {
      for (const [name, value] of Object.entries(route.sample.body ?? {})) {
        const body = { ...route.sample.body, [name]: otherThan(value) };
        const reply = await send(route.method, pathOf(route, IDS), { ...as(route, hall), body });
        const what = `${label(route)} ${name}: ${reply.text}`;
        expect(reply.status, what).toBe(400);
        mustBeProblem(reply, what);
        expect(
          list(reply.json.errors).some((error) => text(error.field).includes(name)),
          what,
        ).toBe(true);
      }
    }
  });

  test('a member that is not known is refused on our own routes, by name', async () => {
    const hall = await openHall();
    for (const route of withBody().filter(({ sample }) => sample.closed === true)) {
      const body: Members = { ...route.sample.body, colour: 'red' };
      const reply = await send(route.method, pathOf(route, IDS), { ...as(route, hall), body });
      expect([reply.status, reply.json.code], `${label(route)}: ${reply.text}`).toEqual([
        400,
        route.path === '/v1/policies' ? 'policy_invalid' : 'invalid_body',
      ]);
      expect(JSON.stringify(reply.json.errors), label(route)).toContain('colour');
    }
  });

  test.each(['__proto__', 'constructor', 'toString', '', '\u0000', 'ключ'])(
    'a member called %j breaks nothing',
    async (name) => {
      const hall = await openHall();
      for (const route of withBody()) {
        const rest = JSON.stringify(route.sample.body).slice(1);
        for (const value of ['{"polluted":true}', 'null', '[[]]']) {
          await send(route.method, pathOf(route, IDS), {
            ...as(route, hall),
            body: `{${JSON.stringify(name)}:${value},${rest}`,
          });
        }
      }
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      await hall.ask();
    },
  );

  test('deep and wide values inside a routing question are decided or refused', async () => {
    const hall = await openHall();
    for (const request of [
      { a: Array.from({ length: 5_000 }, () => 1) },
      { a: 'x'.repeat(60_000) },
      JSON.parse(deep(14)) as Members,
      { '': '' },
      { n: 1e308, m: -0, k: 5e-324 },
    ]) {
      expect((await hall.ask({ request })).outcome).toBe('DISPATCH');
    }
  });
});

describe('check 46: paths, queries and headers', () => {
  const WEIRD = [
    '%00',
    '%ff',
    '%',
    '%zz',
    '%C3%28',
    '..%2f..%2fetc',
    "'%3B%20DROP%20TABLE%20workers%3B--",
    '%22%20OR%201%3D1',
    '__proto__',
    'constructor',
    '0',
    '-1',
    '1e3',
    '9007199254740993',
    '%F0%9F%98%80',
    '%2F',
    '%3F',
    '%23',
    '%3A',
    '%20',
    'a'.repeat(5_000),
    '00000000-0000-4000-8000-ffffffffffff',
  ];

  test('no id is too strange to be refused', async () => {
    const hall = await openHall();
    const made = new Set<string>();
    for (const route of routes.filter(({ parameters }) => parameters.length > 0)) {
      for (const id of WEIRD) {
        const path = route.path.replaceAll(/\{\w+\}/g, id);
        const reply = await send(route.method, path, {
          key: hall.key,
          ...(route.hasBody ? { body: route.sample.body ?? {} } : {}),
        });
        // The published answer to what is not known is an answer.
        if (route.sample.saysUnknown === true && reply.json.status === 'unknown') continue;
        if (route.sample.makes === true && reply.status < 400) made.add(path);
        if (made.has(path) && reply.status < 400) continue;
        expect(reply.status, `${route.method} ${path}: ${reply.text}`).toBeGreaterThanOrEqual(400);
        mustBeProblem(reply, `${route.method} ${path}`);
      }
    }
  });

  test('a parameter that is out of range or no number is named', async () => {
    const hall = await openHall();
    for (const route of routes.filter(({ query }) => query.includes('limit'))) {
      const beyond = route.sample.clamped === true ? [] : ['0', '-1', '201'];
      for (const limit of ['abc', '1.5', '1e9', '', 'NaN', ...beyond]) {
        const reply = await send('GET', `${route.path}?limit=${limit}`, as(route, hall));
        expect([reply.status, reply.json.code], `${label(route)} ${limit}`).toEqual([400, 'invalid_parameter']);
        expect(JSON.stringify(reply.json.errors)).toContain('limit');
      }
    }
  });

  test('any value of any parameter is answered', async () => {
    const hall = await openHall();
    for (const route of routes.filter(({ query }) => query.length > 0)) {
      for (const name of route.query) {
        for (const value of ['', '%00', "'", '%F0%9F%98%80', 'a'.repeat(2_000), '-1', '1e400', '[]', '%ff']) {
          const query = `${route.sample.query === undefined ? '?' : `${route.sample.query}&`}${name}=${value}`;
          const path = route.path.replaceAll(/\{\w+\}/g, 'x') + query;
          const reply = await send(route.method, path, {
            ...as(route, hall),
            ...(route.hasBody ? { body: route.sample.body ?? {} } : {}),
          });
          if (reply.status >= 400) mustBeProblem(reply, `${route.method} ${path}`);
        }
      }
    }
  });

  test.each(['has space', 'x'.repeat(256)])('an Idempotency-Key of %j is refused', async (key) => {
    const hall = await openHall();
    const reply = await hall.send('POST', '/wcp/route', question(), { 'idempotency-key': key });
    expect([reply.status, reply.json.code]).toEqual([400, 'idempotency_key_invalid']);
    expect(await hall.entriesOf('wcp.decision')).toEqual([]);
  });

  test.each([
    'Bearer',
    'Bearer ',
    'bearer\t',
    'Bearer a b',
    `Bearer ${'x'.repeat(7_000)}`,
    'Basic Og==',
    'DispatchGrant x',
    'Negotiate',
  ])('an Authorization of %j opens nothing', async (authorization) => {
    for (const path of ['/wcp/workers', '/v1/settings', '/v1/ledger/export']) {
      const reply = await send('GET', path, { headers: { authorization } });
      expect(reply.status).toBe(401);
      mustBeProblem(reply, path);
    }
  });

  test('what is not there, and what has no such method', async () => {
    const hall = await emptyHall();
    for (const path of ['/nothing', '/v1', '/v1/workers/a/b/c', '/wcp', '//wcp/route', '/wcp/route/']) {
      const reply = await send('GET', path, { key: hall.key });
      expect(reply.status, path).toBe(404);
      mustBeProblem(reply, path);
    }
    for (const route of routes.filter(({ path }) => !path.startsWith('/docs'))) {
      const answers = ({ path }: Route): boolean =>
        new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(route.path);
      const methods = new Set(routes.filter(answers).map(({ method }) => method));
      for (const method of ['PUT', 'DELETE', 'PATCH', 'POST'].filter((one) => !methods.has(one))) {
        const reply = await send(method, pathOf(route, IDS), { key: hall.key, body: {} });
        expect([404, 405], `${method} ${route.path}: ${reply.text}`).toContain(reply.status);
        mustBeProblem(reply, `${method} ${route.path}`);
      }
    }
  });
});
