/** API keys over HTTP: their life, what binds them, what a scanner does with one, and what is answered at a limit. */
import { afterEach, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/core/canonical.ts';
import { sha256Hex } from '../../src/core/hash.ts';
import {
  closeHalls,
  emptyHall,
  HallClient,
  list,
  type Members,
  members,
  mustBe,
  OPERATOR_KEY,
  openHall,
  question,
  send,
  sleep,
  text,
} from '../support/hall-client.ts';

afterEach(closeHalls);

const newKey = async (hall: HallClient, terms: Members): Promise<HallClient & { readonly keyId: string }> => {
  const made = mustBe(201, await hall.send('POST', '/v1/keys', { name: 'k', ...terms }));
  return Object.assign(new HallClient(hall.tenant, text(made.api_key)), { keyId: text(made.key_id) });
};
const shown = (hall: HallClient, keyId: string): Promise<Members> => hall.get(`/v1/keys/${keyId}`);

describe('the life of a key', () => {
  test('made with all its terms, shown once, listed with its last use, revoked from the next request on', async () => {
    const hall = await openHall();
    const terms = {
      name: 'ci',
      scopes: ['hall:read', 'hall:route'],
      environment: 'test',
      expires_at: '2099-01-01T00:00:00.000Z',
      allowed_ips: ['203.0.113.0/24', '2001:db8::/32'],
      rate_limit: { requests: 100, per_s: 60 },
    };
    const made = mustBe(201, await hall.send('POST', '/v1/keys', terms));
    const key = text(made.api_key);
    expect(key).toMatch(/^guild_test_/);
    const keyId = text(made.key_id);
    const first = await shown(hall, keyId);
    expect(first).toMatchObject({
      ...terms,
      scopes: ['hall:route', 'hall:read'],
      status: 'active',
      last_used_at: null,
    });

    const headers = { 'cf-connecting-ip': '203.0.113.9' };
    expect((await send('POST', '/wcp/route', { key, headers, body: question() })).status).toBe(200);
    const used = text((await shown(hall, keyId)).last_used_at);
    expect(Date.parse(used) % 60_000).toBe(0);
    expect(Date.now() - Date.parse(used)).toBeLessThan(61_000);

    mustBe(200, await hall.send('DELETE', `/v1/keys/${keyId}`));
    expect((await send('POST', '/wcp/route', { key, headers, body: question() })).status).toBe(401);
    expect(await shown(hall, keyId)).toMatchObject({ status: 'revoked', revoked_at: expect.any(String) });
    expect((await hall.send('DELETE', `/v1/keys/${keyId}`)).status).toBe(404);

    const everything = JSON.stringify([await hall.get('/v1/keys'), await hall.entries()]);
    for (const secret of [key, hall.key, sha256Hex(key), sha256Hex(hall.key)]) expect(everything).not.toContain(secret);
  });

  test('every act is an entry: who, what, and the terms before and after as hashes', async () => {
    const hall = await emptyHall();
    const maker = await newKey(hall, { scopes: ['hall:admin', 'hall:read'] });
    const made = await newKey(maker, { name: 'made', scopes: ['hall:read'] });
    const rotated = mustBe(201, await maker.send('POST', `/v1/keys/${made.keyId}/rotate`, { overlap_s: 60 }));
    mustBe(200, await maker.send('DELETE', `/v1/keys/${made.keyId}`));
    const terms = { name: 'made', environment: 'live', scopes: ['hall:read'], allowed_ips: null, rate_limit: null };
    const hash = sha256Hex(canonicalJson({ ...terms, expires_at: null }));
    const acts = (await hall.entries()).filter(({ type }) => text(type).startsWith('hall.key.')).slice(2);
    const by = { kind: 'service', id: maker.keyId };
    expect(acts).toMatchObject([
      { type: 'hall.key.created', actor: by, body: { key_id: made.keyId, before: null, after: hash } },
      { type: 'hall.key.rotated', actor: by, body: { key_id: made.keyId, new_key_id: rotated.key_id, before: hash } },
      { type: 'hall.key.revoked', actor: by, body: { key_id: made.keyId, after: null } },
    ]);
    expect(members(acts[2]?.body).before).not.toBe(hash);
  });

  test('rotation: both work during the overlap, the old one not after it', async () => {
    const hall = await openHall();
    const old = await newKey(hall, { scopes: ['hall:read'] });
    const rotated = mustBe(201, await hall.send('POST', `/v1/keys/${old.keyId}/rotate`, { overlap_s: 1 }));
    const next = new HallClient(hall.tenant, text(rotated.api_key));
    expect(rotated).toMatchObject({ status: 'active', rotated: { status: 'ending', replaced_by: rotated.key_id } });
    for (const key of [old, next]) expect((await key.send('GET', '/wcp/health')).status).toBe(200);
    await sleep(1_100);
    expect((await old.send('GET', '/wcp/health')).status).toBe(401);
    expect((await next.send('GET', '/wcp/health')).status).toBe(200);
    expect((await hall.send('POST', `/v1/keys/${old.keyId}/rotate`, {})).status).toBe(404);
  });

  test('lists are paged, and lead to every key once', async () => {
    const hall = await emptyHall();
    for (let at = 0; at < 6; at++) await newKey(hall, { scopes: ['hall:read'] });
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Members = await hall.get(`/v1/keys?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...list(page.keys).map((key) => text(key.key_id)));
      cursor = typeof page.next_cursor === 'string' ? page.next_cursor : null;
    }
    expect(new Set(seen).size).toBe(7);
    expect(seen.length).toBe(7);
  });
});

describe('what binds a key', () => {
  test('ranges of addresses; without an address seen it opens nothing', async () => {
    const hall = await openHall();
    const bound = await newKey(hall, { scopes: ['hall:read'], allowed_ips: ['203.0.113.0/24'] });
    const from = async (address?: string): Promise<readonly unknown[]> => {
      const headers = address === undefined ? {} : { 'cf-connecting-ip': address };
      const reply = await send('GET', '/wcp/workers', { key: bound.key, headers });
      return [reply.status, reply.json.code];
    };
    expect(await from('203.0.113.200')).toEqual([200, undefined]);
    for (const address of ['203.0.114.1', '::1', '203.0.113.9, 198.51.100.1', undefined]) {
      expect(await from(address)).toEqual([403, 'address_not_allowed']);
    }
  });

  test('a key gives no more than it has, by making or by rotating another', async () => {
    const hall = await emptyHall();
    const all = await newKey(hall, { scopes: ['hall:admin', 'hall:route', 'ledger:read'] });
    const admin = await newKey(hall, { scopes: ['hall:admin'], environment: 'test' });
    for (const terms of [
      { scopes: ['hall:route'], environment: 'test' },
      { scopes: ['hall:admin'], environment: 'live' },
    ]) {
      const refused = await admin.send('POST', '/v1/keys', { name: 'more', ...terms });
      expect([refused.status, refused.json.code]).toEqual([403, 'key_exceeds_maker']);
    }
    const rotated = await admin.send('POST', `/v1/keys/${all.keyId}/rotate`, {});
    expect([rotated.status, rotated.json.code]).toEqual([403, 'key_exceeds_maker']);
    expect(await shown(admin, (await newKey(admin, { scopes: ['hall:admin'] })).keyId)).toMatchObject({
      environment: 'test',
    });
    const bound = await newKey(hall, { scopes: ['hall:admin'], expires_at: '2099-01-01T00:00:00Z' });
    const child = mustBe(201, await bound.send('POST', '/v1/keys', { name: 'child', scopes: ['hall:admin'] }));
    expect(child.expires_at).toBe('2099-01-01T00:00:00.000Z');
  });

  test.each([
    [{ allowed_ips: ['10.0.0.1/8'] }, '/allowed_ips/0'],
    [{ allowed_ips: [] }, '/allowed_ips'],
    [{ expires_at: '2001-01-01T00:00:00Z' }, '/expires_at'],
    [{ rate_limit: { requests: 0, per_s: 1 } }, '/rate_limit/requests'],
    [{ scopes: ['hall:everything'] }, '/scopes/0'],
    [{ owner: 'me' }, '/owner'],
  ] as const)('%j is refused by name', async (terms, field) => {
    const hall = await emptyHall();
    const reply = await hall.send('POST', '/v1/keys', { name: 'k', scopes: ['hall:read'], ...terms } as Members);
    expect(reply.status).toBe(400);
    expect(list(reply.json.errors)[0]?.field).toBe(field);
  });
});

describe('a leaked key', () => {
  const report = (api_key: string, source?: string) =>
    send('POST', '/v1/keys/leaked', { body: { api_key, ...(source === undefined ? {} : { source }) } });

  test('whoever shows it ends it, with an entry and an alert; the answer never says what it was', async () => {
    const hall = await openHall();
    const leaked = await newKey(hall, { scopes: ['hall:route'], allowed_ips: ['203.0.113.1'] });
    const url = `https://example.com/paste?key=${leaked.key}`;
    const answers = [
      await report('nonsense'),
      await report(`${leaked.key.slice(0, -3)}abc`),
      await report(leaked.key, url),
      await report(leaked.key, url),
      await report(hall.key.replace('guild_live', 'guild_test')),
    ];
    for (const reply of answers) expect([reply.status, reply.text]).toEqual([202, '{"received":true}']);
    expect((await leaked.send('POST', '/wcp/route', question())).status).toBe(401);
    expect(await shown(hall, leaked.keyId)).toMatchObject({ status: 'leaked' });
    const entries = await hall.entriesOf('hall.key.leaked');
    expect(entries.length).toBe(1);
    const alerts = await hall.get('/alerts');
    expect(list(alerts.alerts)[0]).toMatchObject({ level: 'sev1', code: 'KEY_LEAKED' });
    expect(JSON.stringify([entries, alerts])).not.toContain(leaked.key);
  });

  test('the published pattern finds a key in any text, and says where to report it', async () => {
    const hall = await emptyHall();
    const notice = (await send('GET', '/.well-known/api-key-pattern.json')).json;
    const found = `{"k":"${hall.key}"}, and guild_live_demo_tooshort`.match(new RegExp(text(notice.pattern), 'g'));
    expect(found).toEqual([hall.key]);
    expect(text(notice.report_url)).toMatch(/\/v1\/keys\/leaked$/);
  });
});

describe('a limit that is reached', () => {
  test('429 before anything is done, saying which limit and how long', async () => {
    const hall = await openHall();
    const limit = { requests: 3, per_s: 6 };
    const slow = await newKey(hall, { scopes: ['hall:route'], rate_limit: limit });
    const before = await hall.ledgerSize();
    const replies = await Promise.all(Array.from({ length: 20 }, () => slow.send('POST', '/wcp/route', question())));
    expect(replies.filter(({ status }) => status === 200).length).toBe(3);
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused.length).toBe(17);
    for (const { headers, json } of refused) {
      expect(json.code).toBe('rate_limited');
      expect(headers.get('ratelimit-policy')).toBe('"key";q=3;w=6');
      expect(headers.get('ratelimit')).toMatch(/^"key";r=0;t=[12]$/);
      expect(headers.get('retry-after')).toMatch(/^[12]$/);
    }
    expect(await hall.ledgerSize()).toBe(before + 3);
    await sleep(2_050);
    expect((await slow.send('POST', '/wcp/route', question())).status).toBe(200);
  });

  test('the operator sets the limit of a tenant, and lifts it', async () => {
    const hall = await emptyHall();
    const limit = (rate_limit: Members | null) =>
      send('PATCH', `/v1/tenants/${hall.tenant}`, { key: OPERATOR_KEY, body: { rate_limit } });
    mustBe(200, await limit({ requests: 1, per_s: 86_400 }));
    const statuses = [1, 2].map(async () => (await hall.send('GET', '/v1/settings')).status);
    expect((await Promise.all(statuses)).sort()).toEqual([200, 429]);
    const refused = await hall.send('GET', '/v1/settings');
    expect(refused.headers.get('ratelimit-policy')).toBe('"tenant";q=1;w=86400');
    mustBe(200, await limit(null));
    mustBe(200, await limit(null));
    expect((await hall.entriesOf('hall.tenant.limited')).length).toBe(2);
    expect(
      (await send('PATCH', '/v1/tenants/no-such-tenant', { key: OPERATOR_KEY, body: { rate_limit: null } })).status,
    ).toBe(404);
  });

  test('ten times the limit on one tenant: only 429 there, and a quiet tenant is answered', async () => {
    const [noisy, quiet] = [await openHall(), await openHall()];
    const rate_limit = { requests: 40, per_s: 3_600 };
    mustBe(200, await send('PATCH', `/v1/tenants/${noisy.tenant}`, { key: OPERATOR_KEY, body: { rate_limit } }));
    const storm = Promise.all(Array.from({ length: 400 }, () => noisy.send('POST', '/wcp/route', question())));
    for (let at = 0; at < 20; at++) expect((await quiet.ask()).outcome).toBe('DISPATCH');
    const statuses = (await storm).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBe(40);
    expect(statuses.filter((status) => status === 429).length).toBe(360);
    mustBe(200, await send('PATCH', `/v1/tenants/${noisy.tenant}`, { key: OPERATOR_KEY, body: { rate_limit: null } }));
  });
});
