/** A clock that lies (R14): entries are ordered by seq, and their time never goes back, whatever the machine says. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SCOPES } from '../../src/core/caller.ts';
import { sha256Hex } from '../../src/core/hash.ts';
import { createKey } from '../../src/services/keys.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { okValue, openTenant, question, type TestTenant } from '../support/tenant-client.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const TEN_YEARS = 10 * 365 * 24 * HOUR;
const START = Date.UTC(2026, 10, 21);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

const shift = (ms: number): void => {
  vi.setSystemTime(Date.now() + ms);
};

/** Routes one after the other, with the clock moved before each; then the whole ledger must hold. */
const underClock = async (tenant: TestTenant, moves: readonly number[]): Promise<void> => {
  for (const move of moves) {
    shift(move);
    await tenant.route();
    await tenant.settled();
  }
  await checkLedger(tenant);
};

describe('the clock', () => {
  test.each([
    ['goes back an hour', [0, -HOUR, 0, 0, 2 * HOUR, -HOUR]],
    ['stands still', Array.from({ length: 50 }, () => 0)],
    ['jumps ten years and back', [0, TEN_YEARS, 0, -TEN_YEARS, 0, 0]],
    ['is different for every request', Array.from({ length: 100 }, (_, n) => ((n * 7919) % 2001) - 1000)],
    ['runs backwards', Array.from({ length: 50 }, () => -SECOND)],
  ])('%s', async (_, moves) => {
    const tenant = await openTenant('clock');
    await underClock(tenant, moves);
  });

  test('goes back while the object sleeps', async () => {
    const tenant = await openTenant('clock');
    await tenant.route();
    await tenant.settled();
    await tenant.evict();
    shift(-HOUR);
    await tenant.route();
    await tenant.settled();
    await checkLedger(tenant);
  });

  test('jitters under 200 callers at once', async () => {
    const tenant = await openTenant('clock');
    await Promise.all(
      Array.from({ length: 200 }, (_, n) => {
        vi.setSystemTime(START + ((n * 104_729) % (2 * HOUR)) - HOUR);
        return tenant.route(question({ request: { n } }));
      }),
    );
    await tenant.settled();
    await checkLedger(tenant);
  });
});

describe('what ends with time', () => {
  const keyUntil = async (tenant: TestTenant, expiresAt: number): Promise<TestTenant> => {
    const terms = { name: 'short', environment: 'test', scopes: SCOPES } as const;
    const until = { ...terms, expires_at: new Date(expiresAt).toISOString() };
    const made = okValue(await createKey(tenant.deps, tenant.caller, until));
    return tenant.as({ kind: 'api_key', hash: sha256Hex(String(made.api_key)) });
  };

  test('an API key holds until its last millisecond, and not beyond', async () => {
    const tenant = await openTenant('clock');
    const short = await keyUntil(tenant, START + 5 * SECOND);
    shift(5 * SECOND - 1);
    expect((await short.tryRoute()).ok).toBe(true);
    shift(1);
    expect(await short.tryRoute()).toMatchObject({ ok: false, error: { code: 'unauthorized' } });
    await tenant.settled();
    await checkLedger(tenant);
  });

  test('one jump of the clock, long over, does not end a key that is good', async () => {
    const tenant = await openTenant('clock');
    const short = await keyUntil(tenant, START + 24 * HOUR);
    await tenant.settled();
    await underClock(tenant, [TEN_YEARS, -TEN_YEARS]);
    expect((await short.tryRoute()).ok).toBe(true);
    await tenant.settled();
    await checkLedger(tenant);
  });
});
