/** WCP 8, checks 36 (listed, counted) and 38: what a Hall tells published clients of itself, and what they tell it. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  CAPABILITY,
  closeHalls,
  emptyHall,
  type HallClient,
  type Json,
  list,
  type Members,
  mustBe,
  openHall,
  question,
  rule,
  send,
  text,
  WORKER,
  workerRecord,
} from '../support/hall-client.ts';
import { canonicalHash } from '../support/receipt-check.ts';

afterEach(closeHalls);

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const prefixes = (hall: HallClient): readonly string[] => ['', `/t/${hall.tenant}`];

describe('check 38: GET /dispatches', () => {
  test('newest first, in the published members, denied as 0 or 1, without dry runs', async () => {
    const hall = await openHall();
    const first = await hall.ask({ tenant_id: 'a' });
    const second = await hall.ask({ capability_id: 'cap.nobody', tenant_id: 'b' });
    await hall.ask({ dry_run: true });
    for (const prefix of prefixes(hall)) {
      const { dispatches, count } = await hall.get(`${prefix}/dispatches`);
      expect(count).toBe(2);
      expect(dispatches).toEqual([
        {
          decision_id: second.decision_id,
          decided_at: second.decided_at,
          capability_id: 'cap.nobody',
          tenant_id: 'b',
          env: 'dev',
          denied: 1,
          deny_reason: 'DENY_NO_MATCHING_RULE',
          selected_worker: null,
          blast_score: second.blast_score,
          artifact_hash: second.artifact_hash,
          imported: false,
        },
        {
          decision_id: first.decision_id,
          decided_at: first.decided_at,
          capability_id: CAPABILITY,
          tenant_id: 'a',
          env: 'dev',
          denied: 0,
          deny_reason: null,
          selected_worker: WORKER,
          blast_score: first.blast_score,
          artifact_hash: first.artifact_hash,
          imported: false,
        },
      ]);
    }
  });

  test('a hold is told as denied', async () => {
    const hall = await openHall({ rules: [rule({ escalation: { policy_gate: true } })] });
    await hall.policy('REQUIRE_HUMAN');
    expect((await hall.ask()).outcome).toBe('STEWARD_HOLD');
    expect(list((await hall.get('/dispatches')).dispatches)[0]).toMatchObject({
      denied: 1,
      deny_reason: 'DENY_REQUIRES_HUMAN_APPROVAL',
      selected_worker: null,
    });
  });

  test('50 by default, clamped to 1..200, and a non-integer is refused', async () => {
    const hall = await openHall();
    for (let batch = 0; batch < 3; batch++) {
      const requests = Array.from({ length: 70 }, () => question());
      mustBe(200, await hall.send('POST', '/wcp/route/batch', { requests }));
    }
    const counted = async (query: string): Promise<Json | undefined> => {
      const { dispatches, count } = await hall.get(`/dispatches${query}`);
      expect(list(dispatches)).toHaveLength(Number(count));
      return count;
    };
    expect(await counted('')).toBe(50);
    for (const [limit, count] of [
      ['1', 1],
      ['7', 7],
      ['200', 200],
      ['201', 200],
      ['99999999999999999999', 200],
      ['0', 1],
      ['-5', 1],
      ['%2B3', 3],
    ]) {
      expect(await counted(`?limit=${limit}`), `limit ${limit}`).toBe(count);
    }
    for (const limit of ['abc', '1.5', '1e2', '', '0x10', 'NaN', ' ', '٣']) {
      const reply = await hall.send('GET', `/dispatches?limit=${encodeURIComponent(limit)}`);
      expect([reply.status, reply.json.code], limit).toEqual([400, 'invalid_parameter']);
    }
  });

  test('active ones are those that were started and have no outcome', async () => {
    const hall = await openHall();
    const [one, two] = [await hall.ask(), await hall.ask()];
    const start = async ({ decision_id, dispatch_grant }: Members): Promise<void> => {
      const body = { grant: text(dispatch_grant) };
      mustBe(200, await hall.send('POST', `/wcp/dispatches/${decision_id}/start`, body));
    };
    const active = async (): Promise<readonly Json[]> => {
      const { dispatches, count } = await hall.get('/dispatches/active');
      expect(list(dispatches)).toHaveLength(Number(count));
      for (const { started_at } of list(dispatches)) expect(started_at).toMatch(ISO);
      return list(dispatches).map(({ decision_id }) => decision_id ?? null);
    };
    expect(await active()).toEqual([]);
    await start(one);
    await start(two);
    expect(await active()).toEqual([two.decision_id, one.decision_id]);
    mustBe(200, await hall.send('POST', `/wcp/dispatches/${two.decision_id}/complete`, {}));
    expect(await active()).toEqual([one.decision_id]);
    mustBe(200, await hall.send('POST', `/wcp/dispatches/${one.decision_id}/fail`, { error_code: 'E' }));
    expect(await active()).toEqual([]);
  });
});

const IMPORTED: Members = {
  decision_id: 'local-7',
  decided_at: '2026-11-20T10:11:12.131415+01:00',
  capability_id: 'cap.local',
  tenant_id: 'acme',
  env: 'prod',
  denied: true,
  deny_reason: 'DENY_NO_MATCHING_RULE',
  selected_worker: 'wrk.local',
  blast_score: 84.5,
  artifact_hash: 'a'.repeat(64),
};

describe('check 38: POST /decisions/ingest', () => {
  test('201, once an entry of its own, marked and listed; again 201 and ignored', async () => {
    const hall = await openHall();
    for (const body of [IMPORTED, IMPORTED, { ...IMPORTED, capability_id: 'cap.other' }]) {
      const reply = await hall.send('POST', '/decisions/ingest', body);
      expect([reply.status, reply.json]).toEqual([201, { recorded: true, decision_id: 'local-7' }]);
    }
    const entries = await hall.entriesOf('hall.decision.imported');
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ stream: 'imported', body: { decision_id: 'local-7', denied: true } });
    expect((await hall.get('/dispatches')).dispatches).toEqual([
      { ...IMPORTED, decided_at: '2026-11-20T09:11:12.131Z', denied: 1, blast_score: 84, imported: true },
    ]);
    expect(await hall.get('/status')).toMatchObject({ decisions_total: 1, decisions_imported: 1, denials_today: 1 });
    expect((await hall.get('/v1/decisions')).decisions).toEqual([]);
  });

  test('any of the members: none, null, or a reason as an object', async () => {
    const hall = await openHall();
    const bare = mustBe(201, await hall.send('POST', '/decisions/ingest', {}));
    expect(text(bare.decision_id)).toMatch(/^[0-9a-f-]{36}$/);
    const nothing = Object.fromEntries(Object.keys(IMPORTED).map((name) => [name, null]));
    mustBe(201, await hall.send('POST', '/decisions/ingest', nothing));
    const reason = { denied: 1, deny_reason: { code: 'DENY_X', message: 'no' }, unknown: { members: true } };
    mustBe(201, await hall.send('POST', '/decisions/ingest', reason));
    const [last, , first] = list((await hall.get('/dispatches')).dispatches);
    expect(last).toMatchObject({ denied: 1, deny_reason: 'DENY_X', capability_id: null });
    expect(first).toMatchObject({ decision_id: bare.decision_id, denied: 0, deny_reason: null, blast_score: null });
    expect(first?.decided_at).toMatch(ISO);
  });

  test('a decision of this Hall that comes back to it is no second one', async () => {
    const hall = await openHall();
    const { decision_id } = await hall.ask();
    mustBe(201, await hall.send('POST', '/decisions/ingest', { decision_id }));
    expect((await hall.get('/dispatches')).count).toBe(1);
    expect(await hall.entriesOf('hall.decision.imported')).toEqual([]);
  });

  test('what came back from /dispatches can be sent on to another Hall', async () => {
    const [from, to] = [await openHall(), await emptyHall()];
    await from.ask();
    await from.ask({ capability_id: 'cap.nobody' });
    const rows = list((await from.get('/dispatches')).dispatches);
    for (const row of [...rows].reverse()) mustBe(201, await to.send('POST', '/decisions/ingest', row));
    const told = list((await to.get('/dispatches')).dispatches);
    expect(told).toEqual(rows.map((row) => ({ ...row, imported: true })));
  });

  test.each([
    ['denied', 'yes'],
    ['denied', 2],
    ['blast_score', 101],
    ['blast_score', '50'],
    ['decided_at', 'yesterday'],
    ['decision_id', ''],
    ['capability_id', 7],
    ['deny_reason', []],
  ])('%s %j is refused and named', async (name, value) => {
    const hall = await emptyHall();
    const reply = await hall.send('POST', '/decisions/ingest', { ...IMPORTED, [name]: value });
    expect(reply.status).toBe(400);
    expect(text(list(reply.json.errors)[0]?.field)).toContain(name);
    expect((await hall.get('/dispatches')).count).toBe(0);
  });
});

describe('GET /status, /workers, /health', () => {
  test('/status has the published members and counts', async () => {
    const hall = await openHall();
    await hall.ask();
    await hall.ask({ capability_id: 'cap.nobody' });
    await hall.ask({ dry_run: true });
    for (const prefix of prefixes(hall)) {
      const status = await hall.get(`${prefix}/status`);
      expect(status).toMatchObject({
        hall_name: 'A tenant',
        workers_enrolled: 1,
        decisions_total: 2,
        decisions_today: 2,
        denials_today: 1,
        online: true,
        account_standing: 'ok',
      });
      expect(text(status.hall_version)).toMatch(/^\d+\.\d+\.\d+/);
      for (const name of ['timestamp', 'standing_checked_at']) expect(status[name]).toMatch(ISO);
    }
  });

  test('check 36: /workers newest first, in the published members, and counted', async () => {
    const hall = await emptyHall();
    for (const name of ['b', 'a', 'c']) {
      const record = workerRecord({ worker_id: `org.test.${name}`, risk_tier: 'low' });
      const enrolled = await hall.send('POST', '/enroll', { ...record, artifact_hash: await canonicalHash(record) });
      expect(enrolled.status).toBe(201);
    }
    for (const prefix of prefixes(hall)) {
      const { workers, count } = await hall.get(`${prefix}/workers`);
      expect(count).toBe(3);
      expect(list(workers).map(({ worker_id }) => worker_id)).toEqual(['org.test.c', 'org.test.a', 'org.test.b']);
      for (const worker of list(workers)) {
        expect(worker).toMatchObject({ risk_tier: 'low', status: 'active', capabilities: [CAPABILITY] });
        expect(worker.enrolled_at).toMatch(ISO);
      }
    }
    expect((await hall.get('/status')).workers_enrolled).toBe(3);
    mustBe(200, await hall.send('DELETE', '/v1/workers/org.test.a'));
    expect((await hall.get('/workers')).count).toBe(2);
  });

  test('/health is the four members, open to all, with any prefix', async () => {
    const hall = await emptyHall();
    for (const prefix of [...prefixes(hall), '/t/nobody-here']) {
      const health = mustBe(200, await send('GET', `${prefix}/health`));
      expect(Object.keys(health).sort()).toEqual(['ok', 'status', 'timestamp', 'version']);
      expect(health).toMatchObject({ ok: true, status: 'ok' });
      expect(health.timestamp).toMatch(ISO);
    }
  });
});
