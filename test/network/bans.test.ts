/** Check 34: what is answered `effective` is never followed by a dispatch, in any Hall of the network (WCP 3.8). */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEMO_WORKERS } from '../../src/cli/demo-content.ts';
import { canonicalJson } from '../../src/core/canonical.ts';
import { sha256Hex } from '../../src/core/hash.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { liftNetworkBan } from '../../src/services/bans.ts';
import { finishDispatch } from '../../src/services/dispatches.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { alarm, dispatch, newNetwork, outcomeOf, start, type TestNetwork, WORKER } from '../support/networks.ts';
import { enrol, OPERATOR, okValue, type TestTenant } from '../support/tenant-client.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});
afterEach(() => {
  vi.useRealTimers();
});

const [summarizer = expect.fail('the demo has workers')] = DEMO_WORKERS;
const RECORD_HASH = sha256Hex(canonicalJson(summarizer));

const outcomes = (tenants: readonly TestTenant[]) => Promise.all(tenants.map((tenant) => outcomeOf(tenant)));

const lift = async (network: TestNetwork, ban: JsonObject, ...tenants: readonly TestTenant[]): Promise<void> => {
  okValue(await liftNetworkBan(network.deps, String(ban.ban_id), 'a mistake'));
  // A Hall that was not reached learns of it with its next lease, at the latest.
  await vi.waitFor(async () => {
    const { epoch } = await network.stub.delta(0);
    for (const tenant of tenants) {
      const { epoch: known } = okValue(await tenant.deps.tenant(tenant.id).ask(OPERATOR, { kind: 'health' }))
        .ban_feed as JsonObject;
      expect(known).toBe(epoch);
    }
  });
};

describe('34. a ban of the network', () => {
  test.each([
    ['worker', { worker_id: WORKER }],
    ['namespace', { namespace: 'org.example' }],
    ['record hash', { sha256: RECORD_HASH }],
  ])('by %s stops it in every tenant; grants die, open work fails, lifting restores', async (_, target) => {
    const network = newNetwork();
    const tenants = await network.open(3);
    const [first = expect.fail('no tenant')] = tenants;
    expect(await outcomes(tenants)).toEqual(tenants.map(() => 'DISPATCH'));
    const [open, unused] = [await dispatch(first), await dispatch(first)];
    okValue(await start(first, open));

    const ban = await network.ban(target);
    expect(ban).toMatchObject({ status: 'effective', target, epoch: 1, acknowledged: 3, expired: 0 });
    expect(await outcomes(tenants)).toEqual(tenants.map(() => 'DENY_WORKER_BANNED'));
    expect(await start(first, unused)).toMatchObject({ ok: false, error: { code: 'worker_banned' } });

    expect(await alarm(first)).toBe(true);
    const about = okValue(await first.deps.tenant(first.id).ask(OPERATOR, { kind: 'decision', decisionId: open.id }));
    expect(about.dispatch).toBe('failed');
    expect(await finishDispatch(first.deps, first.caller, open.id, 'completed', {})).toMatchObject({
      ok: false,
      error: { code: 'outcome_already_recorded' },
    });

    await lift(network, ban, ...tenants);
    expect(await outcomes(tenants)).toEqual(tenants.map(() => 'DISPATCH'));
    // What was granted before the ban and not used counts again: nothing else speaks against it.
    expect(await start(first, unused)).toMatchObject({ ok: true });

    for (const tenant of tenants) await tenant.settled();
    // It came from outside: the alarm says in each ledger whom it named, and that it is over.
    await vi.waitFor(async () => {
      await alarm(first);
      const told = (await checkLedger(first)).entries.filter(({ type }) => type.startsWith('wcp.ban.'));
      const { ban_id } = ban;
      expect(told).toMatchObject([
        { type: 'wcp.ban.arrived', actor: { kind: 'system' }, body: { ban_id, epoch: 1 } },
        { type: 'wcp.ban.withdrawn', body: { ban_id } },
      ]);
      for (const { body } of told) expect(body.workers).toContain(WORKER);
    });
    const { entries } = await checkLedger(first);
    const failed = entries.filter(({ type }) => type === 'wcp.dispatch.failed');
    expect(failed.map(({ body }) => body)).toMatchObject([
      { decision_id: open.id, started: true, report: { error_code: 'worker_banned' } },
    ]);
    for (const tenant of tenants.slice(1)) await checkLedger(tenant);
  });

  test('of two workers of a species the other one is taken', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    const other = 'org.example.summarizer-b';
    await tenant.submit(enrol({ ...summarizer, worker_id: other } as JsonObject));
    expect((await tenant.route()).decision).toMatchObject({ outcome: 'DISPATCH', worker_id: WORKER });
    const ban = await network.ban({ worker_id: WORKER });
    expect((await tenant.route()).decision).toMatchObject({ outcome: 'DISPATCH', worker_id: other });
    await network.ban({ worker_id: other });
    expect(await outcomeOf(tenant)).toBe('DENY_WORKER_BANNED');
    await lift(network, ban, tenant);
    expect((await tenant.route()).decision).toMatchObject({ worker_id: WORKER });
    await tenant.settled();
    await checkLedger(tenant);
  });

  test('by the hash of code that a worker reports: at its heartbeat, and first of all at its start', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    const code = 'c'.repeat(64);
    const [one, two] = [await dispatch(tenant), await dispatch(tenant)];
    await network.ban({ sha256: code });
    expect(await start(tenant, one, `sha256:${code.toUpperCase()}`)).toMatchObject({
      ok: false,
      error: { code: 'worker_banned' },
    });
    expect(await start(tenant, two, 'd'.repeat(64))).toMatchObject({ ok: true });
    expect(await outcomeOf(tenant)).toBe('DISPATCH');
    await tenant.submit({ kind: 'worker.heartbeat', workerId: WORKER, status: null, codeHash: code } as never);
    expect(await outcomeOf(tenant)).toBe('DENY_WORKER_BANNED');
  });

  test('closes what runs once a worker comes under it: by a heartbeat, and after it was retired', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    const code = 'c'.repeat(64);
    const running = await dispatch(tenant);
    okValue(await start(tenant, running));
    await network.ban({ sha256: code });
    await alarm(tenant);
    const states = async () =>
      (await tenant.rows('SELECT outcome FROM dispatches ORDER BY seq')).map((row) => row.outcome);
    expect(await states()).toEqual([null]);
    await tenant.submit({ kind: 'worker.heartbeat', workerId: WORKER, status: null, codeHash: code } as never);
    await alarm(tenant);
    expect(await states()).toEqual(['failed']);

    await tenant.submit({
      kind: 'worker.heartbeat',
      workerId: WORKER,
      status: null,
      codeHash: 'd'.repeat(64),
    } as never);
    const second = await dispatch(tenant);
    okValue(await start(tenant, second));
    await tenant.submit({ kind: 'worker.retire', workerId: WORKER });
    await network.ban({ sha256: RECORD_HASH });
    await alarm(tenant);
    expect(await states()).toEqual(['failed', 'failed']);
    await tenant.settled();
    await checkLedger(tenant);
  });

  test('closes any amount of open work, five hundred at a time', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    const running = await dispatch(tenant);
    okValue(await start(tenant, running));
    const [row] = await tenant.rows('SELECT seq FROM dispatches');
    // As after 1,200 starts: rows that name the same decision's worker, their entries are those of decisions.
    await Promise.all(Array.from({ length: 1_200 }, () => tenant.route()));
    await tenant.inside((_, { storage }) =>
      storage.sql.exec(
        `WITH RECURSIVE seqs (seq) AS (SELECT ? + 2 UNION ALL SELECT seq + 1 FROM seqs WHERE seq < ? + 1201)
         INSERT INTO dispatches (seq, worker_id, started_at) SELECT seq, ?, 1 FROM seqs`,
        Number(row?.seq),
        Number(row?.seq),
        WORKER,
      ),
    );
    const open = async () =>
      (await tenant.rows('SELECT count(*) AS open FROM dispatches WHERE outcome IS NULL'))[0]?.open;
    await network.ban({ worker_id: WORKER });
    for (const left of [701, 201, 0]) {
      expect(await alarm(tenant)).toBe(true);
      expect(await open()).toBe(left);
    }
    await tenant.settled();
    await checkLedger(tenant);
  });

  test('expires by itself, in the list and in the Halls, and its decisions replay', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    const { issueNetworkBan } = await import('../../src/services/bans.ts');
    await outcomeOf(tenant);
    const ban = okValue(
      await issueNetworkBan(network.deps, {
        target: { worker_id: WORKER },
        reason: 'for a minute',
        expires_at: new Date(Date.now() + 60_000).toISOString(),
      }),
    );
    expect(await outcomeOf(tenant)).toBe('DENY_WORKER_BANNED');
    vi.setSystemTime(Date.now() + 59_000);
    expect(await outcomeOf(tenant)).toBe('DENY_WORKER_BANNED');
    vi.setSystemTime(Date.now() + 1_001);
    expect(await outcomeOf(tenant)).toBe('DISPATCH');
    expect(await network.stub.one(String(ban.ban_id))).toMatchObject({ status: 'expired' });
    await tenant.settled();
    await checkLedger(tenant);
  });
});

describe('a ban of one tenant', () => {
  test('is effective with its answer, there and nowhere else; closes open work; is lifted', async () => {
    const network = newNetwork();
    const [strict = expect.fail('no tenant'), other = expect.fail('no tenant')] = await network.open(2);
    const open = await dispatch(strict);
    okValue(await start(strict, open));
    const [reply] = await strict.submit({ kind: 'ban.issue', ban: { target: { worker_id: WORKER }, reason: 'ours' } });
    const { ban_id: banId } = (reply as unknown as { value: { ban_id: string } }).value;
    expect(await outcomes([strict, other])).toEqual(['DENY_WORKER_BANNED', 'DISPATCH']);
    await alarm(strict);
    await strict.evict();
    expect(await outcomeOf(strict)).toBe('DENY_WORKER_BANNED');
    expect(okValue(await strict.deps.tenant(strict.id).ask(OPERATOR, { kind: 'bans' }))).toMatchObject({ count: 1 });
    // A ban of the network with the same target is lifted apart from it.
    const shared = await network.ban({ worker_id: WORKER });
    await lift(network, shared, strict, other);
    expect(await outcomes([strict, other])).toEqual(['DENY_WORKER_BANNED', 'DISPATCH']);
    expect(await strict.submit({ kind: 'ban.lift', banId, reason: 'over' })).toMatchObject([{ kind: 'recorded' }]);
    expect(await strict.submit({ kind: 'ban.lift', banId, reason: 'over' })).toMatchObject([
      { kind: 'refused', refusal: { code: 'not_found' } },
    ]);
    expect(await outcomeOf(strict)).toBe('DISPATCH');
    await strict.settled();
    const { entries } = await checkLedger(strict);
    const types = entries.map(({ type }) => type);
    for (const type of ['hall.ban.issued', 'hall.ban.lifted', 'wcp.dispatch.failed']) expect(types).toContain(type);
  });
});
