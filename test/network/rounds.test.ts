/**
 * Must hold 1, scaled down: tenants that route all the time, bans in rounds, calls between objects that fail or come
 * late, objects that are evicted. From the `effective` answer on, no call that begins is answered by a dispatch.
 */
import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { issueNetworkBan, liftNetworkBan } from '../../src/services/bans.ts';
import type { Deps, NetworkStub, TenantStub } from '../../src/services/deps.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { networkWith, tenantWith, WORKER } from '../support/networks.ts';
import { okValue, openTenant, type TestTenant, testDeps } from '../support/tenant-client.ts';

const TENANTS = 40;
const ROUNDS = 5;
/** Between two objects: so many of a hundred calls fail before they arrive, and as many after. */
const FAIL = 4;

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

const unlucky = async <T>(call: () => Promise<T>): Promise<T> => {
  if (Math.random() * 100 < FAIL) throw new Error('lost on the way');
  await scheduler.wait(Math.random() * 20);
  const answer = await call();
  if (Math.random() * 100 < FAIL) throw new Error('lost on the way back');
  return answer;
};

const unluckyNetwork = (stub: NetworkStub): NetworkStub =>
  networkWith(stub, {
    grant: (tenant, since) => unlucky(() => stub.grant(tenant, since)),
  });
const unluckyTenant = (stub: TenantStub): TenantStub =>
  tenantWith(stub, { learnBans: (news, nonce) => unlucky(() => stub.learnBans(news, nonce)) });

test(`${TENANTS} tenants, ${ROUNDS} bans: nobody is dispatched after the answer`, async () => {
  const object = env.NETWORK.getByName(`rounds-${crypto.randomUUID()}`);
  const stub = object as unknown as NetworkStub;
  const { deps: usual } = testDeps();
  const change: Partial<Deps> = {
    network: () => unluckyNetwork(stub),
    tenant: (id) => unluckyTenant(usual.tenant(id)),
    sleep: (ms) => scheduler.wait(ms),
  };
  const deps: Deps = { ...usual, ...change };
  const tenants: TestTenant[] = [];
  for (let n = 0; n < TENANTS; n++) {
    tenants.push((await openTenant('round', { network: () => stub })).with(change));
  }

  /** True from the answer to the ban until it is lifted. */
  let isBanned = false;
  let isOver = false;
  const seen = { dispatched: 0, banned: 0, stale: 0 };
  const wrong: string[] = [];
  const routing = tenants.map(async (tenant) => {
    while (!isOver) {
      const begunBanned = isBanned;
      const answer = await tenant.tryRoute();
      if (!answer.ok) continue;
      const { outcome, deny_code } = answer.value.decision;
      if (outcome === 'DISPATCH') {
        seen.dispatched++;
        if (begunBanned && isBanned) wrong.push(`${tenant.id} dispatched`);
      } else if (deny_code === 'DENY_WORKER_BANNED') seen.banned++;
      else if (deny_code === 'DENY_BAN_FEED_STALE') seen.stale++;
      else wrong.push(String(deny_code));
      await scheduler.wait(Math.random() * 100);
    }
  });

  const effective: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await scheduler.wait(300);
    // Some wake up anew, one of them while the ban spreads.
    const sleepers = tenants.filter(() => Math.random() < 0.1);
    for (const { stub: sleeper } of sleepers) await evictDurableObject(sleeper).catch(() => {});
    if (round === 2) void evictDurableObject(object).catch(() => {});
    const from = performance.now();
    const issued = okValue(await issueNetworkBan(deps, { target: { worker_id: WORKER }, reason: `round ${round}` }));
    isBanned = true;
    effective.push(performance.now() - from);
    await scheduler.wait(700);
    isBanned = false;
    okValue(await liftNetworkBan(deps, String(issued.ban_id), 'next'));
  }
  isOver = true;
  await Promise.all(routing);
  expect(wrong).toEqual([]);
  expect(seen.dispatched).toBeGreaterThan(TENANTS);
  expect(seen.banned).toBeGreaterThan(TENANTS);
  // One lease time and what the calls took.
  for (const ms of effective) expect(ms).toBeLessThan(25_000);
  for (const tenant of tenants.slice(0, 5)) {
    await tenant.settled();
    await checkLedger(tenant);
  }
});
