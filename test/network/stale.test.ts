/** Check 35: no dispatch without a valid lease, and recovery without an operator (WCP 3.8, DESIGN §7). */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BanTarget } from '../../src/core/registry/ban.ts';
import type { NetworkEnvelope } from '../../src/network/commands.ts';
import { LEASE_MS } from '../../src/network/leases.ts';
import { networkBan } from '../../src/services/bans.ts';
import type { BanPage, Deps } from '../../src/services/deps.ts';
import { renewLease } from '../../src/services/leases.ts';
import { spread, spreadPage } from '../../src/services/spread.ts';
import { checkLedger } from '../support/check-ledger.ts';
import {
  dispatch,
  networkWith,
  newNetwork,
  outcomeOf,
  pass,
  start,
  type TestNetwork,
  tenantWith,
  unreachable,
  WORKER,
} from '../support/networks.ts';
import { okValue, question, routeCommand, type TestTenant } from '../support/tenant-client.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const cutOff = (tenant: TestTenant): TestTenant => tenant.with({ network: unreachable });

const issuing = (network: TestNetwork, target: BanTarget): NetworkEnvelope => ({
  command: { kind: 'ban.issue', ban: { target, reason: 'a test' } },
  actor: { kind: 'operator', id: 'operator' },
  idempotency: null,
  signingKeyId: network.deps.ring.active('receipt').kid,
});

/** The request that a tenant makes once its lease is over. */
const request = async (tenant: TestTenant) => {
  await pass(2 * LEASE_MS, tenant);
  const reply = await tenant.submitRaw([routeCommand()]);
  if (reply.kind !== 'needs_lease') throw new Error(`a lease was held: ${reply.kind}`);
  return reply.request;
};

describe('35. the network cannot be reached', () => {
  test('decisions go on until the lease ends, then deny with a receipt; it recovers by itself', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    const held = await dispatch(tenant);
    const alone = cutOff(tenant);
    await pass(LEASE_MS - 1, tenant);
    expect(await outcomeOf(alone)).toBe('DISPATCH');
    await pass(1, tenant);
    const { decision } = await alone.route(question());
    expect(decision).toMatchObject({ outcome: 'DENY', deny_code: 'DENY_BAN_FEED_STALE' });
    expect(decision.evidence_receipt).toMatchObject({ entry: { type: 'wcp.decision' } });
    expect(await start(alone, held)).toMatchObject({ ok: false, error: { code: 'DENY_BAN_FEED_STALE' } });
    expect(await outcomeOf(tenant)).toBe('DISPATCH');
    expect(await start(tenant, held)).toMatchObject({ ok: true });
    await tenant.settled();
    await checkLedger(tenant);
  });

  test('while its lease is half over a tenant renews behind the replies, once a second at most', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    await outcomeOf(tenant);
    let asked = 0;
    const counted = tenant.with({
      network: () =>
        networkWith(network.stub, {
          grant: (...args) => {
            asked++;
            return network.stub.grant(...args);
          },
        }),
    });
    for (let second = 0; second < 30; second++) {
      await pass(1000, tenant);
      expect(await outcomeOf(counted)).toBe('DISPATCH');
      expect(await outcomeOf(counted)).toBe('DISPATCH');
      await counted.settled();
    }
    expect(asked).toBeGreaterThanOrEqual(5);
    expect(asked).toBeLessThanOrEqual(8);
  });

  test('200 callers of a tenant that just woke up: all are served', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    await tenant.settled();
    await tenant.evict();
    const answers = await Promise.all(Array.from({ length: 200 }, () => tenant.tryRoute()));
    const outcomes = answers.map((answer) => (answer.ok ? answer.value.decision.outcome : answer.error.code));
    expect(new Set(outcomes)).toEqual(new Set(['DISPATCH']));
    await tenant.settled();
  });
});

describe('a lease', () => {
  test('counts from the moment it was asked for, however late the answer, and is not given twice', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    const asked = await request(tenant);
    const answer = await network.stub.grant(tenant.id, asked.since);
    await pass(LEASE_MS - 1, tenant);
    const stub = tenant.deps.tenant(tenant.id);
    await stub.learnBans(answer, asked.nonce);
    expect(await outcomeOf(cutOff(tenant))).toBe('DISPATCH');
    await stub.learnBans(answer, asked.nonce);
    await pass(1, tenant);
    await stub.learnBans(answer, asked.nonce);
    expect(await outcomeOf(cutOff(tenant))).toBe('DENY_BAN_FEED_STALE');
  });

  test('ends with the wake-up: an answer to an earlier one gives none', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    const asked = await request(tenant);
    const answer = await network.stub.grant(tenant.id, asked.since);
    await tenant.settled();
    await tenant.evict();
    expect(await outcomeOf(cutOff(tenant))).toBe('DENY_BAN_FEED_STALE');
    await request(tenant);
    await tenant.deps.tenant(tenant.id).learnBans(answer, asked.nonce);
    expect(await outcomeOf(cutOff(tenant))).toBe('DENY_BAN_FEED_STALE');
    expect(await outcomeOf(tenant)).toBe('DISPATCH');
    await tenant.settled();
    await tenant.evict();
    expect(await outcomeOf(cutOff(tenant))).toBe('DENY_BAN_FEED_STALE');
  });

  test('is void when the clock goes back', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    expect(await outcomeOf(tenant)).toBe('DISPATCH');
    await pass(-3_600_000, tenant);
    expect(await outcomeOf(cutOff(tenant))).toBe('DENY_BAN_FEED_STALE');
    expect(await outcomeOf(tenant)).toBe('DISPATCH');
  });

  test('a push gives none, and news with a gap are neither applied nor acknowledged', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    await pass(2 * LEASE_MS, tenant);
    await network.ban({ worker_id: 'org.bad.one' });
    await network.ban({ worker_id: WORKER });
    const stub = tenant.deps.tenant(tenant.id);
    const gap = await network.stub.delta(1);
    expect(await stub.learnBans({ ...gap, leaseMs: 0 }, null)).toEqual({ epoch: 0, head: null });
    const known = { epoch: 2, head: gap.changes[0]?.receipt_hash };
    expect(await stub.learnBans({ ...(await network.stub.delta(0)), leaseMs: 0 }, null)).toEqual(known);
    expect(await stub.learnBans({ ...gap, leaseMs: 0 }, null)).toEqual(known);
    expect(await outcomeOf(cutOff(tenant))).toBe('DENY_BAN_FEED_STALE');
    expect(await outcomeOf(tenant)).toBe('DENY_WORKER_BANNED');
  });

  test('a list of more than a thousand changes comes in pages, and the lease with the last', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    await pass(2 * LEASE_MS, tenant);
    const envelope = (worker_id: string) => issuing(network, { worker_id });
    await network.inside((object) => {
      for (let n = 1; n <= 2_500; n++) {
        if (!object.submit(envelope(`org.bad.w${n}`)).ok) throw new Error('not issued');
      }
      object.submit(envelope(WORKER));
    });
    const { changes, epoch, complete } = await network.stub.delta(0);
    expect({ changes: changes.length, epoch, complete }).toEqual({ changes: 1000, epoch: 1000, complete: false });
    let grants = 0;
    const counted = tenant.with({
      network: () =>
        networkWith(network.stub, {
          grant: (...args) => {
            grants++;
            return network.stub.grant(...args);
          },
        }),
    });
    expect(await outcomeOf(counted)).toBe('DENY_WORKER_BANNED');
    expect(grants).toBe(3);
    await tenant.settled();
    await checkLedger(tenant);
  });

  test('none is given to a tenant that knows more than the network does', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    const asked = await request(tenant);
    expect(await renewLease(tenant.deps, tenant.id, { ...asked, since: { epoch: 7, head: 'a'.repeat(64) } })).toBe(
      false,
    );
    expect(await outcomeOf(cutOff(tenant))).toBe('DENY_BAN_FEED_STALE');
  });
});

describe('while a ban spreads', () => {
  test('a tenant asleep knows nothing of it, is not waited for once its lease is over, and wakes up banned', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    expect(await outcomeOf(tenant)).toBe('DISPATCH');
    await tenant.settled();
    await tenant.evict();
    await pass(LEASE_MS, tenant);
    expect(await network.ban({ worker_id: WORKER })).toMatchObject({ acknowledged: 0, expired: 0 });
    expect(await outcomeOf(cutOff(tenant))).toBe('DENY_BAN_FEED_STALE');
    expect(await outcomeOf(tenant)).toBe('DENY_WORKER_BANNED');
    await tenant.settled();
    await tenant.evict();
    expect(await outcomeOf(tenant)).toBe('DENY_WORKER_BANNED');
    await checkLedger(tenant);
  });

  test('holders that cannot be told, or never answer, are waited for until their lease is over, and counted', async () => {
    const network = newNetwork();
    const tenants = await network.open(5);
    const [deaf = expect.fail('no tenant'), hung = expect.fail('no tenant')] = tenants;
    for (const tenant of tenants) expect(await outcomeOf(tenant)).toBe('DISPATCH');
    const from = Date.now();
    const ban = await network.ban(
      { worker_id: WORKER },
      {
        tenant: (id) =>
          tenantWith(network.deps.tenant(id), {
            ...(id === deaf.id ? { learnBans: unreachable } : {}),
            ...(id === hung.id ? { learnBans: () => new Promise<never>(() => {}) } : {}),
          }),
      },
    );
    expect(ban).toMatchObject({ acknowledged: 3, expired: 2 });
    expect(Date.now() - from).toBeGreaterThanOrEqual(LEASE_MS - 1_000);
    expect(Date.now() - from).toBeLessThanOrEqual(LEASE_MS);
    for (const tenant of [deaf, hung]) expect(await outcomeOf(cutOff(tenant))).toBe('DENY_BAN_FEED_STALE');
    for (const tenant of tenants) expect(await outcomeOf(tenant)).toBe('DENY_WORKER_BANNED');
  });

  test('a network that restarts counts every lease anew, and answers only after that', async () => {
    const network = newNetwork();
    const tenants = await network.open(3);
    for (const tenant of tenants) await outcomeOf(tenant);
    const from = Date.now();
    let pushes = 0;
    const ban = await network.ban(
      { worker_id: WORKER },
      {
        tenant: (id) =>
          tenantWith(network.deps.tenant(id), {
            learnBans: async () => {
              if (pushes++ === 0) {
                vi.setSystemTime(Date.now() + 4_000);
                await network.evict();
              }
              return unreachable();
            },
          }),
      },
    );
    expect(ban).toMatchObject({ acknowledged: 0, expired: 3 });
    expect(Date.now() - from).toBeGreaterThanOrEqual(LEASE_MS + 4_000);
    for (const tenant of tenants) expect(await outcomeOf(tenant)).toBe('DENY_WORKER_BANNED');
  });

  test('the courier fails: it is answered as pending, and effective once the leases are over', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    await outcomeOf(tenant);
    const ban = await network.ban(
      { worker_id: WORKER },
      { network: () => networkWith(network.stub, { standing: unreachable }) },
    );
    expect(ban).toMatchObject({ status: 'pending', effective_at: null, acknowledged: null });
    const shown = async () => okValue(await networkBan(network.deps, String(ban.ban_id)));
    expect(await shown()).toMatchObject({ status: 'pending' });
    await pass(LEASE_MS, tenant);
    expect(await shown()).toMatchObject({ status: 'effective', expired: 1, effective_at: expect.any(String) });
  });

  test('more tenants than one request may tell: the queue gets the others, page by page', async () => {
    const network = newNetwork();
    const tenants = await network.open(5);
    for (const tenant of tenants) await outcomeOf(tenant);
    const sent: BanPage[] = [];
    const deps: Deps = {
      ...network.deps,
      banPages: {
        sendBatch: async (pages) => {
          sent.push(...pages.map(({ body }) => body));
          for (const { body } of pages) await spreadPage(network.deps, structuredClone(body));
        },
      },
    };
    const { value } = okValue(await network.stub.submit(issuing(network, { worker_id: WORKER })));
    await spread(deps, Number(value.epoch), 2);
    expect(sent.map((page) => page.tenants.length)).toEqual([3]);
    for (const tenant of tenants) expect(await outcomeOf(cutOff(tenant))).toBe('DENY_WORKER_BANNED');
  });

  test('its Worker dies: it becomes effective by itself, and the list says so', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    await outcomeOf(tenant);
    const { value } = okValue(await network.stub.submit(issuing(network, { worker_id: WORKER })));
    const status = async () => okValue(await networkBan(network.deps, String(value.ban_id))).status;
    expect(await status()).toBe('pending');
    await pass(LEASE_MS - 1, tenant);
    expect(await status()).toBe('pending');
    await pass(1, tenant);
    expect(await status()).toBe('effective');
    expect(await outcomeOf(cutOff(tenant))).toBe('DENY_BAN_FEED_STALE');
  });
});
