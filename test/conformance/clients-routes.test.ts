/** WCP 5: every route of 5.2 and 5.3 that published clients call, against every habit they share. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  closeHalls,
  emptyHall,
  type Members,
  mustBe,
  type Reply,
  send,
  text,
  workerRecord,
} from '../support/hall-client.ts';
import { canonicalHash } from '../support/receipt-check.ts';

afterEach(closeHalls);

/** Every route of 5.2 and 5.3 that clients call, as they call it. */
const ROUTES: readonly { readonly method: string; readonly path: string; readonly body?: Members }[] = [
  { method: 'GET', path: '/health' },
  { method: 'GET', path: '/status' },
  { method: 'GET', path: '/workers' },
  { method: 'GET', path: '/dispatches' },
  { method: 'GET', path: '/dispatches/active' },
  { method: 'GET', path: '/alerts' },
  { method: 'POST', path: '/enroll', body: {} },
  { method: 'POST', path: '/decisions/ingest', body: {} },
  { method: 'POST', path: '/api/server/go-online', body: {} },
  { method: 'POST', path: '/api/server/go-offline', body: {} },
  { method: 'POST', path: '/api/route', body: {} },
  { method: 'POST', path: '/api/v1/dispatch', body: {} },
  { method: 'POST', path: '/api/v1/telemetry/decisions', body: {} },
  { method: 'GET', path: '/api/account/standing' },
];
const hashedRecord = async (): Promise<Members> => ({
  ...workerRecord(),
  artifact_hash: await canonicalHash(workerRecord()),
});
const OPEN = new Set(['/health', '/api/v1/telemetry/decisions']);

describe.each(ROUTES)('$method $path', ({ method, path, body }) => {
  const call = (headers: Readonly<Record<string, string>>, prefix = '', key: string | null = null): Promise<Reply> =>
    send(method, prefix + path, { key, headers, ...(body === undefined ? {} : { body }) });

  test('answers JSON whatever Accept says, to every user agent', async () => {
    const hall = await emptyHall();
    for (const accept of [
      '*/*',
      'text/html',
      'text/html,application/xhtml+xml;q=0.9',
      'image/png',
      'application/xml',
    ]) {
      for (const agent of ['pyhall-python/0.3.0', 'node', 'Python-urllib/3.12', 'Go-http-client/1.1', 'curl/8', '']) {
        const reply = await call({ accept, 'user-agent': agent }, '', hall.key);
        expect(reply.status).toBeLessThan(500);
        expect(reply.status).not.toBe(403);
        expect(reply.headers.get('content-type')).toMatch(/^application\/(problem\+)?json/);
        expect(Object.keys(reply.json).length).toBeGreaterThan(0);
      }
    }
  });

  test('opens to any page: CORS *, and OPTIONS is 204 with what was asked for', async () => {
    const hall = await emptyHall();
    for (const prefix of ['', `/t/${hall.tenant}`]) {
      const preflight = await send('OPTIONS', prefix + path, {
        headers: {
          origin: 'https://page.test',
          'access-control-request-method': method,
          'access-control-request-headers': 'authorization,content-type',
        },
      });
      expect([preflight.status, preflight.text]).toEqual([204, '']);
      expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
      expect(preflight.headers.get('access-control-allow-methods')).toContain(method);
      expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
      for (const key of [hall.key, null]) {
        const reply = await call({ origin: 'https://page.test' }, prefix, key);
        expect(reply.headers.get('access-control-allow-origin')).toBe('*');
        expect(reply.headers.get('access-control-allow-credentials')).toBeNull();
      }
    }
  });

  test('the prefix selects a tenant that the credential covers, else 404; with none: public reads only', async () => {
    const [mine, theirs] = [await emptyHall(), await emptyHall()];
    const plain = await call({}, '', mine.key);
    expect((await call({}, `/t/${mine.tenant}`, mine.key)).status).toBe(plain.status);
    expect((await call({}, `/t/${mine.tenant}`)).status).toBe(OPEN.has(path) ? plain.status : 401);
    if (path === '/health') return;
    const foreign = await call({}, `/t/${theirs.tenant}`, mine.key);
    expect([foreign.status, foreign.json.error]).toEqual([404, 'not_found']);
    const absent = await call({}, '/t/nobody-here', mine.key);
    expect([absent.status, absent.json.error]).toEqual([404, 'not_found']);
  });

  if (path !== '/health') {
    test('check 40: 429 is JSON with Retry-After and RateLimit', async () => {
      const hall = await emptyHall();
      const scopes = ['hall:route', 'hall:read', 'hall:enroll', 'hall:admin', 'runtime:delivery'];
      const terms = { name: 'slow', scopes, rate_limit: { requests: 1, per_s: 60 } };
      const { api_key } = mustBe(201, await hall.send('POST', '/v1/keys', terms));
      // What is wrong with a record is told before the Hall is asked.
      const sent = path === '/enroll' ? await hashedRecord() : body;
      const callSlowly = (): Promise<Reply> =>
        send(method, path, { key: text(api_key), ...(sent === undefined ? {} : { body: sent }) });
      expect((await callSlowly()).status).not.toBe(429);
      const reply = await callSlowly();
      expect([reply.status, reply.json.code, reply.json.error]).toEqual([429, 'rate_limited', 'rate_limited']);
      expect(reply.headers.get('content-type')).toBe('application/problem+json');
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(reply.headers.get('ratelimit')).toMatch(/r=0;t=\d+/);
    });
  }

  if (!OPEN.has(path)) {
    test('without a credential: 401 with error "unauthorized"', async () => {
      const reply = await call({});
      expect([reply.status, reply.json.error, reply.json.code, reply.json.status]).toEqual([
        401,
        'unauthorized',
        'unauthorized',
        401,
      ]);
    });
  }
});
