/** WCP 8, checks 38 (the kill switch) and 39: standing, sessions, and who may close a Hall. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  closeHalls,
  type HallClient,
  type Members,
  members,
  mustBe,
  OPERATOR_KEY,
  openHall,
  question,
  type Reply,
  send,
  text,
} from '../support/hall-client.ts';

afterEach(closeHalls);

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const setStanding = async (hall: HallClient, standing: string, more: Members = {}): Promise<Members> => {
  const body = { standing, reason: 'a check', ...more };
  return mustBe(200, await send('PUT', `/v1/tenants/${hall.tenant}/standing`, { key: OPERATOR_KEY, body }));
};

const prefixes = (hall: HallClient): readonly string[] => ['', `/t/${hall.tenant}`];

describe('check 38: the kill switch', () => {
  test('offline: denied with a receipt, a dry run decides; online again: dispatched', async () => {
    const hall = await openHall();
    const granted = await hall.ask();
    for (const prefix of prefixes(hall)) {
      const off = mustBe(200, await hall.send('POST', `${prefix}/api/server/go-offline`));
      expect(off.ok).toBe(true);
      expect(await hall.ask()).toMatchObject({ deny_code: 'DENY_HALL_OFFLINE', denied: true, stage: 'account' });
      expect(await hall.ask({ dry_run: true })).toMatchObject({ outcome: 'DISPATCH', dry_run: true });
      expect((await hall.get('/status')).online).toBe(false);
      const start = { grant: text(granted.dispatch_grant) };
      const refused = await hall.send('POST', `/wcp/dispatches/${granted.decision_id}/start`, start);
      expect([refused.status, refused.json.code]).toEqual([409, 'DENY_HALL_OFFLINE']);
      const on = mustBe(200, await hall.send('POST', `${prefix}/api/server/go-online`));
      expect(on).toMatchObject({ ok: true, account_standing: 'ok', tier_id: 'unlimited' });
      expect((await hall.ask()).outcome).toBe('DISPATCH');
    }
    expect((await hall.entriesOf('hall.offline')).length).toBe(2);
    expect((await hall.entriesOf('hall.online')).length).toBe(2);
    mustBe(
      200,
      await hall.send('POST', `/wcp/dispatches/${granted.decision_id}/start`, { grant: text(granted.dispatch_grant) }),
    );
  });

  test('again the same: no second entry; a key without the right: 403; nobody: 401', async () => {
    const hall = await openHall();
    for (let time = 0; time < 2; time++) mustBe(200, await hall.send('POST', '/api/server/go-offline', {}));
    expect((await hall.entriesOf('hall.offline')).length).toBe(1);
    const { key } = await hall.newKey(['hall:enroll', 'runtime:delivery']);
    for (const to of ['online', 'offline']) {
      expect((await send('POST', `/api/server/go-${to}`, { key })).status).toBe(403);
      expect((await send('POST', `/api/server/go-${to}`)).status).toBe(401);
    }
    expect((await hall.get('/status')).online).toBe(false);
  });

  test('online while degraded: 200; while suspended: 403 in the published form', async () => {
    const hall = await openHall();
    await setStanding(hall, 'degraded', { tier_id: 'tier-25' });
    expect(mustBe(200, await hall.send('POST', '/api/server/go-online'))).toMatchObject({
      ok: true,
      account_standing: 'degraded',
      tier_id: 'tier-25',
    });
    await setStanding(hall, 'suspended');
    const refused = await hall.send('POST', '/api/server/go-online');
    expect(refused.status).toBe(403);
    expect(refused.json).toMatchObject({ ok: false, account_standing: 'suspended', code: 'DENY_ACCOUNT_SUSPENDED' });
    expect(text(refused.json.message).length).toBeGreaterThan(0);
  });
});

describe('check 39: GET /api/account/standing', () => {
  test('bearer and cookie 200, none and garbage 401', async () => {
    const hall = await openHall();
    for (const prefix of prefixes(hall)) {
      const path = `${prefix}/api/account/standing`;
      const cookie = `theme=dark; pyhall_session=${hall.key}`;
      for (const headers of [{ authorization: `Bearer ${hall.key}` }, { cookie }]) {
        const told = mustBe(200, await send('GET', path, { headers }));
        expect(Object.keys(told).sort()).toEqual(['checked_at', 'github_login', 'standing', 'tier_id']);
        expect(told).toMatchObject({ standing: 'ok', github_login: null, tier_id: 'unlimited' });
        expect(told.checked_at).toMatch(ISO);
      }
      expect((await send('GET', path)).status).toBe(401);
      expect((await send('GET', path, { headers: { cookie: 'pyhall_session=garbage' } })).status).toBe(401);
      expect((await send('GET', path, { key: 'garbage' })).status).toBe(401);
    }
  });

  test('the bearer wins over the cookie', async () => {
    const [a, b] = [await openHall(), await openHall()];
    const headers = { cookie: `pyhall_session=${b.key}` };
    await setStanding(a, 'degraded');
    expect(mustBe(200, await send('GET', '/api/account/standing', { key: a.key, headers })).standing).toBe('degraded');
    expect(mustBe(200, await send('GET', '/api/account/standing', { headers })).standing).toBe('ok');
    expect((await send('GET', '/api/account/standing', { key: 'garbage', headers })).status).toBe(401);
  });

  test('the cookie opens every route that a key opens, and not from another site’s page', async () => {
    const hall = await openHall();
    const cookie = `pyhall_session=${hall.key}`;
    const ask = (headers: Readonly<Record<string, string>>): Promise<Reply> =>
      send('POST', '/wcp/route', { headers: { cookie, ...headers }, body: question() });
    expect((await ask({})).status).toBe(200);
    expect((await ask({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await ask({ origin: 'https://hall.test' })).status).toBe(200);
    for (const headers of [
      { origin: 'https://evil.test' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: 'https://hall.test' },
    ])
      expect((await ask(headers as Readonly<Record<string, string>>)).status, JSON.stringify(headers)).toBe(401);
  });

  test('suspended: denied with a receipt, nothing granted starts, and the words are the published three', async () => {
    const hall = await openHall();
    const granted = await hall.ask();
    expect(await setStanding(hall, 'suspended')).toMatchObject({ standing: 'suspended', tier_id: 'unlimited' });
    const denied = await hall.ask();
    expect(denied).toMatchObject({ deny_code: 'DENY_ACCOUNT_SUSPENDED', deny_class: 'standing' });
    expect((await hall.ask({ dry_run: true })).deny_code).toBe('DENY_ACCOUNT_SUSPENDED');
    const start = { grant: text(granted.dispatch_grant) };
    const refused = await hall.send('POST', `/wcp/dispatches/${granted.decision_id}/start`, start);
    expect([refused.status, refused.json.code]).toEqual([403, 'DENY_ACCOUNT_SUSPENDED']);
    expect((await hall.get('/api/account/standing')).standing).toBe('suspended');
    expect((await hall.get('/status')).account_standing).toBe('suspended');
    await setStanding(hall, 'ok');
    expect((await hall.ask()).outcome).toBe('DISPATCH');
    expect((await hall.entriesOf('hall.standing.changed')).map(({ body }) => members(body).standing)).toEqual([
      'suspended',
      'ok',
    ]);
  });

  test('only the operator sets it, of tenants that exist, to words that exist', async () => {
    const hall = await openHall();
    const put = (key: string | null, tenant: string, standing: string): Promise<Reply> =>
      send('PUT', `/v1/tenants/${tenant}/standing`, { key, body: { standing, reason: 'why' } });
    expect((await put(hall.key, hall.tenant, 'ok')).status).toBe(401);
    expect((await put(null, hall.tenant, 'ok')).status).toBe(401);
    expect((await put(OPERATOR_KEY, 'nobody-here', 'ok')).status).toBe(404);
    expect((await put(OPERATOR_KEY, 'NOT A NAME', 'ok')).status).toBe(404);
    expect((await put(OPERATOR_KEY, hall.tenant, 'grace')).status).toBe(400);
  });

  test('any key may ask', async () => {
    const hall = await openHall();
    for (const scope of ['hall:enroll', 'runtime:delivery']) {
      const { key } = await hall.newKey([scope]);
      expect((await send('GET', '/api/account/standing', { key })).status).toBe(200);
    }
  });
});

describe('GET /auth/github', () => {
  test.each([
    ['?desktop=1', '/sign-in?desktop=1'],
    ['', '/sign-in'],
    ['?desktop=1&next=https%3A%2F%2Fevil.test', '/sign-in?desktop=1'],
  ])('%s leads to the sign-in page', async (query, location) => {
    const reply = await send('GET', `/auth/github${query}`);
    expect([reply.status, reply.headers.get('location')]).toEqual([302, location]);
  });
});
