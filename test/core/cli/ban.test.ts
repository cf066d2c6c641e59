/** `guildhall ban`, `unban`, `impact`: what they ask for, with which key, and what they say. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { guildhall, NOWHERE } from './terminal.ts';

/** A Hall on the wire that answers what it is told to, and keeps what it was asked. */
let server: Server;
let env: Record<string, string>;
let asked: { line: string; key: string | undefined; body: unknown }[] = [];
let answers: { status: number; body: object }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += String(chunk);
    });
    request.on('end', () => {
      const key = request.headers.authorization?.replace('Bearer ', '');
      asked.push({ line: `${request.method} ${request.url}`, key, body: text === '' ? null : JSON.parse(text) });
      const { status, body } = answers.shift() ?? { status: 500, body: {} };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  env = { ...NOWHERE, GUILDHALL_URL: url, GUILDHALL_API_KEY: 'tenant-key', GUILDHALL_OPERATOR_KEY: 'operator-key' };
});
afterAll(() => {
  server.close();
});
beforeEach(() => {
  asked = [];
  answers = [];
});

const EFFECTIVE = { ban_id: 'ban_1', status: 'effective', acknowledged: 3, expired: 1 };

test.each([
  ['org.bad.worker', { worker_id: 'org.bad.worker' }],
  ['org.bad', { namespace: 'org.bad' }],
  ['x.bad', { namespace: 'x.bad' }],
  ['A'.repeat(64), { sha256: 'A'.repeat(64) }],
  [`sha256:${'a'.repeat(64)}`, { sha256: `sha256:${'a'.repeat(64)}` }],
])('ban %s', async (text, target) => {
  answers = [{ status: 201, body: EFFECTIVE }];
  const { code, out } = await guildhall(['ban', text, '--reason', 'it phones home'], { env });
  expect(code).toBe(0);
  expect(out).toContain('no Hall dispatches it any more');
  expect(out).toContain('3 told, 1 waited for');
  const body = { target, reason: 'it phones home' };
  expect(asked).toEqual([{ line: 'POST /v1/network/bans', key: 'operator-key', body }]);
});

test('ban with all that can be said; not effective yet is said, too', async () => {
  answers = [{ status: 201, body: { ban_id: 'ban_1', status: 'pending', acknowledged: null, expired: null } }];
  const more = ['--evidence', 'https://example.com', '--expires', '2030-01-01T00:00:00Z'];
  const { code, out } = await guildhall(['ban', 'org.bad', '--reason', 'r', ...more], { env });
  expect([code, asked[0]?.body]).toEqual([
    0,
    {
      target: { namespace: 'org.bad' },
      reason: 'r',
      evidence_url: 'https://example.com',
      expires_at: '2030-01-01T00:00:00Z',
    },
  ]);
  expect(out).toContain('effective when the last lease has run out');
});

test('ban and unban of one Hall go by the API key', async () => {
  answers = [
    { status: 201, body: EFFECTIVE },
    { status: 200, body: { status: 'lifted' } },
  ];
  expect((await guildhall(['ban', 'org.bad', '--reason', 'r', '--own'], { env })).code).toBe(0);
  const { code, out } = await guildhall(['unban', 'ban_1', '--reason', 'r', '--own', '--json'], { env });
  expect([code, JSON.parse(out)]).toEqual([0, { status: 'lifted' }]);
  expect(asked.map(({ line, key }) => [line, key])).toEqual([
    ['POST /v1/bans', 'tenant-key'],
    ['POST /v1/bans/ban_1/lift', 'tenant-key'],
  ]);
});

test('unban', async () => {
  answers = [{ status: 200, body: { status: 'lifted' } }];
  expect((await guildhall(['unban', 'ban_1', '--reason', 'a mistake'], { env })).out).toContain('ban_1 is lifted');
  expect(asked).toEqual([
    { line: 'POST /v1/network/bans/ban_1/lift', key: 'operator-key', body: { reason: 'a mistake' } },
  ]);
});

test('impact follows every page, with the API key', async () => {
  const receipt = (n: number) => ({
    receipt_id: `r-${n}`,
    type: 'wcp.decision',
    worker_id: 'org.bad.worker',
    recorded_at: '2026-11-21T00:00:00.000Z',
  });
  const pages = () => [
    { status: 200, body: { receipts: [receipt(1)], next_cursor: '9' } },
    { status: 200, body: { receipts: [], next_cursor: '5' } },
    { status: 200, body: { receipts: [receipt(2)], next_cursor: null } },
  ];
  answers = pages();
  const { code, out } = await guildhall(['impact', 'ban_1'], { env });
  expect(code).toBe(0);
  expect(out).toContain('2 receipts');
  expect(out).toContain('r-2');
  const path = 'GET /v1/network/bans/ban_1/impact?limit=200';
  expect(asked.map(({ line }) => line)).toEqual([path, `${path}&cursor=9`, `${path}&cursor=5`]);
  expect(new Set(asked.map(({ key }) => key))).toEqual(new Set(['tenant-key']));
  answers = pages();
  const json = await guildhall(['impact', 'ban_1', '--json', '--own'], { env });
  expect(
    json.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).receipt_id),
  ).toEqual(['r-1', 'r-2']);
  expect(asked.at(-1)?.line).toBe('GET /v1/bans/ban_1/impact?limit=200&cursor=5');
});

test('a refusal is said, and its exit code tells whose fault it is', async () => {
  answers = [
    { status: 404, body: { code: 'not_found', title: 'nothing here by that name' } },
    { status: 503, body: { code: 'ledger_frozen' } },
  ];
  const unknown = await guildhall(['unban', 'ban_x', '--reason', 'r'], { env });
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('not_found')]);
  expect((await guildhall(['ban', 'org.bad', '--reason', 'r'], { env })).code).toBe(3);
});

test.each([[['ban']], [['ban', 'org.bad']], [['unban', 'ban_1']], [['unban']], [['impact']], [['ban', 'a', 'b']]])(
  'guildhall %j is called wrongly',
  async (args) => {
    expect((await guildhall(args, { env })).code).toBe(2);
    expect(asked).toEqual([]);
  },
);
