/**
 * Checkpoints follow at least once a second, carried by the callers themselves, and `Prefer: proof` waits for its own;
 * a courier that never comes back is replaced (DESIGN §6).
 */
import { describe, expect, test } from 'vitest';
import { readKeySet } from '../../src/core/ledger/trust.ts';
import { type FailureLabel, verifyProofFile } from '../../src/core/ledger/verify.ts';
import { verifyEd25519 } from '../../src/keys/ring.ts';
import { originOf } from '../../src/services/checkpoints.ts';
import { checkLedger } from '../support/check-ledger.ts';
import {
  type Decided,
  OPERATOR,
  openTenant,
  question,
  routeCommand,
  type TestTenant,
} from '../support/tenant-client.ts';

/** 'ok', or why the receipt and its proof do not hold offline. */
const verdict = (tenant: TestTenant, { decision }: Decided): 'ok' | FailureLabel => {
  const receipt = decision.evidence_receipt as { entry: unknown; tlog_proof?: string };
  const { ring } = tenant.deps;
  const uses = ['receipt', 'log', 'witness'] as const;
  const keys = readKeySet({ keys: uses.map((use) => ({ ...ring.active(use).jwk, use })) }) ?? [];
  const origin = originOf(tenant.deps, tenant.id);
  const verified = verifyProofFile(receipt.entry, receipt.tlog_proof ?? '', keys, verifyEd25519, { origin });
  return verified.ok ? 'ok' : verified.label;
};

const proven = (tenant: TestTenant, n = 0): Promise<Decided> =>
  tenant.route(question({ request: { n } }), { proof: true });

const elapsed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

describe('Prefer: proof', () => {
  test('64 at once: every reply carries a proof that verifies offline', async () => {
    const tenant = await openTenant('proof');
    const answers = await Promise.all(Array.from({ length: 64 }, (_, n) => proven(tenant, n)));
    expect(answers.map((answer) => verdict(tenant, answer))).toEqual(answers.map(() => 'ok'));
    await tenant.settled();
    await checkLedger(tenant);
  });

  test('mixed with callers who do not ask, over many batches', async () => {
    const tenant = await openTenant('proof');
    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_, caller) => {
        const mine: Decided[] = [];
        for (let n = 0; n < 10; n++) {
          if (caller % 3 === 0) mine.push(await proven(tenant, n));
          else await tenant.route(question({ request: { caller, n } }));
        }
        return mine;
      }),
    );
    expect(answers.flat().map((answer) => verdict(tenant, answer))).toEqual(Array.from({ length: 40 }, () => 'ok'));
    await tenant.settled();
    await checkLedger(tenant);
  });

  test('the first call after a wake-up, too', async () => {
    const tenant = await openTenant('proof');
    await tenant.settled();
    await tenant.evict();
    expect(verdict(tenant, await proven(tenant))).toBe('ok');
  });

  test('a repeat of an idempotent call is given the proof that it asks for', async () => {
    const tenant = await openTenant('proof');
    const idempotency = { key: 'k', digest: 'd' };
    const first = await tenant.route(question(), { idempotency });
    expect(verdict(tenant, first)).toBe('malformed');
    const again = await tenant.route(question(), { idempotency, proof: true });
    expect([again.replayed, verdict(tenant, again)]).toEqual([true, 'ok']);
    await tenant.settled();
    await checkLedger(tenant);
  });

  test('a proof stays the same for ever, whatever is published later', async () => {
    const tenant = await openTenant('proof');
    const idempotency = { key: 'k', digest: 'd' };
    const first = await tenant.route(question(), { idempotency, proof: true });
    for (let n = 0; n < 5; n++) await proven(tenant, n);
    await tenant.settled();
    await tenant.evict();
    expect((await tenant.route(question(), { idempotency, proof: true })).text).toBe(first.text);
  });
});

describe('a courier that dies', () => {
  test('those who wait for a proof time out, and one of them takes over', async () => {
    const tenant = await openTenant('proof');
    await tenant.settled();
    const leader = await tenant.submitRaw([routeCommand()], { proof: true });
    // It was told to carry the checkpoint, and is never heard of again.
    expect(leader).toMatchObject({ kind: 'done', task: { afterMs: 0 } });
    const took = await elapsed(async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => proven(tenant, n)));
      expect(answers.map((answer) => verdict(tenant, answer))).toEqual(answers.map(() => 'ok'));
    });
    expect(took).toBeLessThan(6000);
    await tenant.settled();
    await checkLedger(tenant);
  });

  test('nobody waits: a caller some seconds later carries the next one', async () => {
    const tenant = await openTenant('proof');
    await tenant.settled();
    expect(await tenant.submitRaw([routeCommand()])).toMatchObject({ task: { afterMs: expect.any(Number) } });
    expect(await tenant.submitRaw([routeCommand()])).toMatchObject({ task: null });
    await scheduler.wait(6200);
    expect(await tenant.submitRaw([routeCommand()])).toMatchObject({ task: { afterMs: expect.any(Number) } });
  });

  test('a caller in need does not wait for a courier that still rests', async () => {
    const tenant = await openTenant('proof');
    await tenant.settled();
    await tenant.submitRaw([routeCommand()]);
    const took = await elapsed(async () => expect(verdict(tenant, await proven(tenant))).toBe('ok'));
    expect(took).toBeLessThan(900);
  });
});

describe('nobody is made a courier who cannot carry', () => {
  test('the alarm: after what it recorded, a proof still comes at once', async () => {
    const tenant = await openTenant('proof');
    await tenant.as(OPERATOR).submit({ kind: 'settings.patch', patch: { outcome_deadline_s: 1 } });
    await tenant.route();
    await tenant.settled();
    await scheduler.wait(1100);
    await tenant.inside((instance) => instance.alarm());
    const took = await elapsed(async () => expect(verdict(tenant, await proven(tenant))).toBe('ok'));
    expect(took).toBeLessThan(900);
    const { entries } = await checkLedger(tenant);
    expect(entries.map(({ type }) => type)).toContain('wcp.dispatch.outcome_missing');
  });

  test('a caller who was refused for its idempotency key', async () => {
    const tenant = await openTenant('proof');
    await tenant.route(question(), { idempotency: { key: 'k', digest: 'one' } });
    await tenant.settled();
    const took = await elapsed(async () => {
      const other = { key: 'k', digest: 'other' };
      const [conflict, answer] = await Promise.all([
        tenant.tryRoute(question(), { idempotency: other, proof: true }),
        proven(tenant),
      ]);
      expect(conflict).toMatchObject({ ok: false, error: { code: 'idempotency_mismatch' } });
      expect(verdict(tenant, answer)).toBe('ok');
    });
    expect(took).toBeLessThan(900);
  });
});

test('under a steady load there is a checkpoint at least once a second, and the last entry has one', async () => {
  const tenant = await openTenant('pace');
  const paced = tenant.with({ sleep: (ms) => scheduler.wait(ms) });
  const until = Date.now() + 3500;
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (Date.now() < until) {
        await paced.route();
        await scheduler.wait(20);
      }
    }),
  );
  await paced.settled();
  const times = (await tenant.rows('SELECT published_at FROM checkpoints ORDER BY size')).map((row) =>
    Number(row.published_at),
  );
  const gaps = times.slice(1).map((time, n) => time - (times[n] ?? 0));
  expect(times.length).toBeGreaterThanOrEqual(4);
  // One each request would be a failure as well: they are shared.
  expect(times.length).toBeLessThan(12);
  expect(Math.max(...gaps)).toBeLessThan(1500);
  const { size, checkpoints } = await checkLedger(tenant);
  expect(checkpoints.at(-1)?.size).toBe(size);
});
