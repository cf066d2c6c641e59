/** Rate limits in the real object: exact under concurrency, kept over restarts, deaf to keys that are nobody's. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { RateLimit } from '../../src/core/access/token-bucket.ts';
import { SCOPES } from '../../src/core/caller.ts';
import { sha256Hex } from '../../src/core/hash.ts';
import { counted } from '../../src/services/caller.ts';
import { createKey, rotateKey } from '../../src/services/keys.ts';
import { ask } from '../../src/services/ledger.ts';
import { limitTenant } from '../../src/services/tenants.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { OPERATOR, okValue, openTenant, question, type TestTenant } from '../support/tenant-client.ts';

afterEach(() => {
  vi.useRealTimers();
});

const limited = async (rateLimit: RateLimit): Promise<TestTenant> => {
  const tenant = await openTenant('limit');
  okValue(await limitTenant(tenant.deps, tenant.id, rateLimit));
  return tenant;
};

const keyOf = async (tenant: TestTenant, rateLimit: RateLimit): Promise<TestTenant & { keyId: string }> => {
  const terms = { name: 'slow', environment: 'test', scopes: SCOPES, rate_limit: rateLimit } as const;
  const made = okValue(await createKey(tenant.deps, tenant.as(OPERATOR).caller, terms));
  const caller = tenant.as({ kind: 'api_key', hash: sha256Hex(String(made.api_key)) });
  return Object.assign(caller, { keyId: String(made.key_id) });
};

const codes = async (asked: readonly Promise<{ ok: boolean; error?: unknown }>[]): Promise<Record<string, number>> => {
  const count: Record<string, number> = {};
  for (const result of await Promise.all(asked)) {
    const code = result.ok ? 'ok' : String((result.error as { code: string }).code);
    count[code] = (count[code] ?? 0) + 1;
  }
  return count;
};

describe('exactly so many', () => {
  test('of 256 at once, for a tenant; the others leave no entry', async () => {
    const tenant = await limited({ requests: 50, per_s: 86_400 });
    const before = (await checkLedger(tenant)).size;
    const asked = Array.from({ length: 256 }, () => tenant.tryRoute());
    expect(await codes(asked)).toEqual({ ok: 50, rate_limited: 206 });
    await tenant.settled();
    expect((await checkLedger(tenant)).size).toBe(before + 50);
  });

  test('of 256 at once, for one key; another key of the tenant is not slowed down', async () => {
    const tenant = await openTenant('limit');
    const slow = await keyOf(tenant, { requests: 37, per_s: 86_400 });
    const asked = Array.from({ length: 256 }, () => slow.tryRoute());
    expect(await codes(asked)).toEqual({ ok: 37, rate_limited: 219 });
    expect((await tenant.tryRoute()).ok).toBe(true);
    await tenant.settled();
  });

  test('of reads and writes together', async () => {
    const tenant = await limited({ requests: 40, per_s: 86_400 });
    const asked = Array.from({ length: 100 }, (_, at) =>
      at % 2 === 0 ? tenant.tryRoute() : ask(tenant.deps, tenant.caller, { kind: 'health' }),
    );
    expect(await codes(asked)).toEqual({ ok: 40, rate_limited: 60 });
    await tenant.settled();
  });

  test('where key and tenant have a limit, what the one refuses is not taken from the other', async () => {
    const tenant = await limited({ requests: 10, per_s: 86_400 });
    const slow = await keyOf(tenant, { requests: 3, per_s: 86_400 });
    expect(await codes(Array.from({ length: 20 }, () => slow.tryRoute()))).toEqual({ ok: 3, rate_limited: 17 });
    expect(await codes(Array.from({ length: 20 }, () => tenant.tryRoute()))).toEqual({ ok: 7, rate_limited: 13 });
    await tenant.settled();
  });
});

describe('a restart', () => {
  test('gives nothing, and costs a tenth at the most', async () => {
    const tenant = await limited({ requests: 100, per_s: 86_400 });
    let passed = 0;
    for (let life = 0; life < 4; life++) {
      const { ok = 0 } = await codes(Array.from({ length: 13 }, () => tenant.tryRoute()));
      passed += ok;
      await tenant.settled();
      await tenant.evict();
    }
    const rest = await codes(Array.from({ length: 150 }, () => tenant.tryRoute()));
    const all = passed + (rest.ok ?? 0);
    expect(all).toBeLessThanOrEqual(100);
    expect(all).toBeGreaterThanOrEqual(60);
    await tenant.settled();
  });

  test('most requests write no row for their limit', async () => {
    const tenant = await limited({ requests: 1_000, per_s: 86_400 });
    for (let at = 0; at < 30; at++) okValue(await ask(tenant.deps, tenant.caller, { kind: 'settings' }));
    const [row] = await tenant.rows('SELECT debt FROM rate_buckets');
    // Stored once, a hundred ahead.
    expect(row?.debt).toBe(101 * 86_400_000);
  });
});

describe('what counts', () => {
  test('one request of several calls counts once; a batch counts its questions', async () => {
    const tenant = await limited({ requests: 10, per_s: 86_400 });
    const { caller, deps } = tenant;
    okValue(await ask(deps, caller, { kind: 'health' }));
    for (let at = 0; at < 30; at++) okValue(await ask(deps, counted(caller), { kind: 'health' }));
    await tenant.submit(...Array.from({ length: 8 }, () => ({ kind: 'worker.retire', workerId: 'x' }) as const));
    expect(await codes([1, 2, 3].map(() => ask(deps, caller, { kind: 'health' })))).toEqual({ ok: 1, rate_limited: 2 });
  });

  test('the operator is not limited, and a key that is nobody’s uses nothing up', async () => {
    const tenant = await limited({ requests: 5, per_s: 86_400 });
    const nobody = tenant.as({ kind: 'api_key', hash: '0'.repeat(64) });
    for (let at = 0; at < 20; at++) {
      expect(await nobody.tryRoute()).toMatchObject({ error: { code: 'unauthorized' } });
      expect((await tenant.as(OPERATOR).tryRoute()).ok).toBe(true);
    }
    expect(await codes(Array.from({ length: 9 }, () => tenant.tryRoute()))).toEqual({ ok: 5, rate_limited: 4 });
    await tenant.settled();
  });

  test('a key asking for what it may not do is counted like any other', async () => {
    const tenant = await openTenant('limit');
    const terms = { name: 'reader', environment: 'test', scopes: ['hall:read'] } as const;
    const limit = { ...terms, rate_limit: { requests: 4, per_s: 86_400 } };
    const made = okValue(await createKey(tenant.deps, tenant.caller, limit));
    const reader = tenant.as({ kind: 'api_key', hash: sha256Hex(String(made.api_key)) });
    const asked = Array.from({ length: 10 }, () => reader.tryRoute(question()));
    expect(await codes(asked)).toEqual({ insufficient_scope: 4, rate_limited: 6 });
  });

  test('a key that was rotated shares the allowance with the one in its place', async () => {
    const tenant = await openTenant('limit');
    const old = await keyOf(tenant, { requests: 10, per_s: 86_400 });
    const rotated = okValue(await rotateKey(tenant.deps, tenant.caller, old.keyId, 60));
    const next = tenant.as({ kind: 'api_key', hash: sha256Hex(String(rotated.api_key)) });
    const asked = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? old : next).tryRoute());
    expect(await codes(asked)).toEqual({ ok: 10, rate_limited: 30 });
    await tenant.settled();
  });
});
