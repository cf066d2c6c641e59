/** Check 33: the ban list as published clients read it, community reports and their review, appeals (WCP 5.3, 3.8). */
import { afterEach, describe, expect, test } from 'vitest';
import { CLAIMS_A_DAY } from '../../src/tenant/ban-claims.ts';
import { closeHalls, type HallClient, type Members, OPERATOR_KEY, openHall, send } from '../support/hall-client.ts';

afterEach(closeHalls);

const operator = { key: OPERATOR_KEY };
const hash = (): string => (crypto.randomUUID() + crypto.randomUUID()).replaceAll('-', '');

const list = async (path = '/api/v1/ban-list?limit=500'): Promise<Members[]> => {
  const { status, text } = await send('GET', path);
  expect(status).toBe(200);
  return JSON.parse(text) as Members[];
};
const ban = async (target: Members, change: Members = {}): Promise<string> => {
  const body = { target, reason: 'it phones home', ...change };
  const { status, json } = await send('POST', '/v1/network/bans', { ...operator, body });
  expect(status).toBe(201);
  return String(json.ban_id);
};
const lift = (id: string) =>
  send('POST', `/v1/network/bans/${id}/lift`, { ...operator, body: { reason: 'a mistake' } });

describe('33. the ban list', () => {
  test('is a bare array, newest first, lower hex, without what was lifted', async () => {
    const [first, second] = [hash(), hash()];
    await ban({ sha256: first });
    const lifted = await ban({ sha256: hash() });
    await ban({ sha256: `sha256:${second.toUpperCase()}` });
    await lift(lifted);
    const all = await list();
    expect(all.slice(0, 2).map(({ sha256 }) => sha256)).toEqual([second, first]);
    expect(all[0]).toEqual({
      sha256: second,
      reason: 'it phones home',
      reported_at: expect.stringMatching(/^\d{4}-.*Z$/),
      source: 'operator',
      review_status: 'confirmed',
    });
    expect(await list('/api/v1/ban-list?limit=1')).toHaveLength(1);
    expect((await list('/api/v1/ban-list')).length).toBe(all.length);
    expect(await list('/wcp/registry/ban-list?limit=500')).toEqual(all);
    for (const limit of ['x', '1e9', '1.5']) {
      expect((await send('GET', `/api/v1/ban-list?limit=${limit}`)).status).toBe(400);
    }
  });

  test('as a cache', async () => {
    const sha256 = hash();
    await ban({ sha256 });
    const { json } = await send('GET', '/wcp/registry/ban-list?format=cache&limit=1');
    expect(json).toEqual({ count: 1, hashes: [sha256], source: expect.stringContaining('/ban-list') });
  });

  test('names the known hashes of a banned worker and of a banned namespace, and none of a sandbox', async () => {
    const hall = await openHall();
    const namespace = `x.b-${crypto.randomUUID().slice(0, 8)}`;
    expect((await hall.send('POST', '/v1/namespaces', { namespace })).status).toBeLessThan(300);
    const enrolled = async (worker_id: string): Promise<string> => {
      const record = { worker_id, worker_species_id: 'wrk.x', capabilities: ['cap.x'] };
      const { json } = await hall.send('POST', '/v1/workers', record);
      return String(json.artifact_hash).replace('sha256:', '');
    };
    const [one, two] = [await enrolled(`${namespace}.one`), await enrolled(`${namespace}.two`)];
    const private_ = await enrolled('org.test.secret');
    await expect
      .poll(async () => {
        const id = await ban({ worker_id: `${namespace}.one` });
        const hashes = (await list()).map(({ sha256 }) => sha256);
        await lift(id);
        return hashes.includes(one) && !hashes.includes(two);
      })
      .toBe(true);
    const ids = [await ban({ namespace }), await ban({ worker_id: 'org.test.secret' })];
    const hashes = (await list()).map(({ sha256 }) => sha256);
    expect(hashes).toEqual(expect.arrayContaining([one, two]));
    expect(hashes).not.toContain(private_);
    for (const id of ids) await lift(id);
  });
});

describe('33. a report', () => {
  const report = (hall: HallClient, sha256: string, change: Members = {}) =>
    hall.send('POST', '/api/v1/ban-list/report', { sha256, reason: 'it phones home', ...change });

  test('is taken with 201 and a body, listed nowhere until it is confirmed, and then bans', async () => {
    const hall = await openHall();
    const sha256 = hash();
    const first = await report(hall, sha256, { evidence_url: 'https://example.com/a', client: 'pyhall' });
    expect(first).toMatchObject({ status: 201, json: { ok: true, review_status: 'pending' } });
    expect((await report(hall, sha256.toUpperCase())).json.report_id).toBe(first.json.report_id);
    expect((await list()).map((row) => row.sha256)).not.toContain(sha256);

    const pending = (await send('GET', '/v1/network/reports', operator)).json.reports as unknown as Members[];
    const [row, ...more] = pending.filter((one) => one.sha256 === sha256);
    expect(more).toEqual([]);
    expect(row).toMatchObject({ report_id: first.json.report_id, tenant: hall.tenant, review_status: 'pending' });
    const confirm = () =>
      send('POST', `/v1/network/reports/${String(first.json.report_id)}/confirm`, { ...operator, body: {} });
    expect(await confirm()).toMatchObject({ status: 201, json: { status: 'effective', target: { sha256 } } });
    expect(await confirm()).toMatchObject({ status: 409, json: { code: 'report_already_reviewed' } });
    expect((await list())[0]).toMatchObject({ sha256, source: 'community', review_status: 'confirmed' });
    // Who reported it is nobody's business but the operator's.
    for (const path of ['/v1/network/bans/feed', '/v1/network/ledger/export', '/v1/network/bans']) {
      expect((await send('GET', path)).text).not.toContain(hall.tenant);
    }
  });

  test('that is dismissed bans nothing', async () => {
    const hall = await openHall();
    const sha256 = hash();
    const { report_id } = (await report(hall, sha256)).json;
    const path = `/v1/network/reports/${String(report_id)}/dismiss`;
    expect((await send('POST', path, { ...operator, body: { reason: 'no' } })).json.review_status).toBe('dismissed');
    expect((await list()).map((row) => row.sha256)).not.toContain(sha256);
    const all = (await send('GET', '/v1/network/reports?status=all', operator)).json.reports as unknown as Members[];
    expect(all.find((row) => row.report_id === report_id)).toMatchObject({ review_status: 'dismissed' });
  });

  test('needs a credential and a hash; its review the operator’s; so many a day are taken', async () => {
    const hall = await openHall();
    expect((await send('POST', '/api/v1/ban-list/report', { body: { sha256: hash(), reason: 'r' } })).status).toBe(401);
    expect((await report(hall, 'ab')).status).toBe(400);
    expect((await report(hall, hash(), { reason: '' })).status).toBe(400);
    expect((await hall.send('GET', '/v1/network/reports')).status).toBe(401);
    for (const verb of ['confirm', 'dismiss']) {
      const path = `/v1/network/reports/report_nobody/${verb}`;
      expect((await hall.send('POST', path, { reason: 'r' })).status).toBe(401);
      expect((await send('POST', path, { ...operator, body: { reason: 'r' } })).status).toBe(404);
    }
    const statuses: number[] = [];
    for (let n = 0; n <= CLAIMS_A_DAY; n++) statuses.push((await report(hall, hash())).status);
    expect(statuses).toEqual([...Array.from({ length: CLAIMS_A_DAY }, () => 201), 429]);
  });

  test('pages through the list of reports', async () => {
    const hall = await openHall();
    const mine: unknown[] = [];
    for (let n = 0; n < 5; n++) mine.unshift((await report(hall, hash())).json.report_id);
    const seen: unknown[] = [];
    for (let cursor = ''; ; ) {
      const { json } = await send('GET', `/v1/network/reports?status=all&limit=2${cursor}`, operator);
      seen.push(...(json.reports as unknown as Members[]).map((row) => row.report_id));
      if (json.next_cursor === null) break;
      cursor = `&cursor=${String(json.next_cursor)}`;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => mine.includes(id)).sort()).toEqual([...mine].sort());
  });
});

describe('an appeal', () => {
  test('is recorded for whoever the ban names, once, and shown to the operator; it lifts nothing', async () => {
    const hall = await openHall();
    const other = await openHall();
    const worker_id = `org.test.w-${crypto.randomUUID().slice(0, 8)}`;
    await hall.send('POST', '/v1/workers', { worker_id, worker_species_id: 'wrk.x', capabilities: ['cap.x'] });
    const id = await ban({ worker_id });
    const path = `/v1/network/bans/${id}/appeal`;
    const appealed = await hall.send('POST', path, { text: 'it is mended' });
    expect(appealed).toMatchObject({ status: 201, json: { ban_id: id, review_status: 'pending' } });
    expect((await hall.send('POST', path, { text: 'again' })).json.appeal_id).toBe(appealed.json.appeal_id);
    expect(await other.send('POST', path, { text: 'not mine' })).toMatchObject({
      status: 403,
      json: { code: 'ban_of_others' },
    });
    const { json } = await send('GET', `/v1/network/bans/${id}/appeals`, operator);
    expect(json).toMatchObject({ count: 1, appeals: [{ tenant: hall.tenant, text: 'it is mended' }] });
    expect((await hall.send('GET', `/v1/network/bans/${id}/appeals`)).status).toBe(401);
    expect((await send('GET', `/v1/network/bans/${id}`)).json.status).toBe('effective');
    await lift(id);
    expect((await hall.send('POST', path, { text: 'late' })).json.code).toBe('ban_already_lifted');
    expect((await hall.send('POST', '/v1/network/bans/ban_x/appeal', { text: 'x' })).status).toBe(404);
  });
});
