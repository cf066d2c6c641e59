/**
 * A network object that went back in time (DESIGN §6, §7): it gives no epoch twice and no lease on a list that lacks a
 * ban; Halls fail closed meanwhile, and go on when what was lost is back.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { LEASE_MS } from '../../src/network/leases.ts';
import { issueNetworkBan, networkBan } from '../../src/services/bans.ts';
import { newNetwork, outcomeOf, pass, type TestNetwork, unreachable, WORKER } from '../support/networks.ts';
import { okValue } from '../support/tenant-client.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const issue = (network: TestNetwork, worker_id: string) =>
  issueNetworkBan(network.deps, { target: { worker_id }, reason: 'a test' });

describe('a network that was restored', () => {
  test('to before a ban: it freezes, issues nothing, leases nothing; with its storage back it goes on', async () => {
    const network = newNetwork();
    const [tenant = expect.fail('no tenant')] = await network.open();
    await network.ban({ worker_id: 'org.bad.first' });
    const toBefore = await network.copy();
    const { ban_id } = await network.ban({ worker_id: WORKER });
    const toAfter = await network.copy();

    await toBefore();
    expect(await issue(network, 'org.bad.other')).toMatchObject({ ok: false, error: { code: 'ledger_frozen' } });
    await pass(LEASE_MS, tenant);
    expect(await outcomeOf(tenant)).toBe('DENY_BAN_FEED_STALE');
    expect(await network.stub.delta(1)).toMatchObject({ changes: [] });

    await toAfter();
    expect(await outcomeOf(tenant)).toBe('DENY_WORKER_BANNED');
    expect(okValue(await networkBan(network.deps, String(ban_id)))).toMatchObject({ status: 'effective' });
    expect(await issue(network, 'org.bad.other')).toMatchObject({ ok: true, value: { epoch: 3, status: 'effective' } });
  });

  test('is judged before it grants: a tenant that never heard of the ban gets no lease from it', async () => {
    const network = newNetwork();
    const [asleep = expect.fail('no tenant')] = await network.open();
    const toBefore = await network.copy();
    await pass(LEASE_MS, asleep);
    await network.ban({ worker_id: WORKER });
    await toBefore();
    expect(await outcomeOf(asleep)).toBe('DENY_BAN_FEED_STALE');
  });

  test('with a lost ban that no witness saw: whoever learnt it is neither leased nor taken for informed', async () => {
    const network = newNetwork();
    const [informed = expect.fail('no tenant'), other = expect.fail('no tenant')] = await network.open(2);
    for (const tenant of [informed, other]) await outcomeOf(tenant);
    const toBefore = await network.copy();
    // The witness is away: the ban is told all the same, and never called effective.
    const { ban_id } = await network.ban({ worker_id: 'org.bad.lost' }, { witness: unreachable });
    const shown = await network.stub.one(String(ban_id));
    expect((shown as JsonObject).status).toBe('pending');
    await toBefore();
    // Another ban takes its epoch. Nobody who knows the lost one passes for knowing this.
    const second = okValue(await issue(network, WORKER));
    expect(second).toMatchObject({ epoch: 1, status: 'effective', acknowledged: 0, expired: 2 });
    for (const tenant of [informed, other]) expect(await outcomeOf(tenant)).toBe('DENY_BAN_FEED_STALE');
  });
});
