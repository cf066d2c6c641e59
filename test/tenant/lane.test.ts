/** Group commit: many callers, one order, one transaction each batch; nobody is left without an answer. */
import { abortAllDurableObjects } from 'cloudflare:test';
import { describe, expect, test, vi } from 'vitest';
import { sha256Hex } from '../../src/core/hash.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { CheckpointWaiters, Lane } from '../../src/ledger/lane.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { OPERATOR, openTenant, question, routeCommand, type TestTenant } from '../support/tenant-client.ts';

const places = (answers: readonly { decision: JsonObject }[]): number[] =>
  answers
    .map(({ decision }) => (decision.evidence_receipt as { entry: { seq: number } }).entry.seq)
    .sort((a, b) => a - b);

describe('the queue', () => {
  test('answers in order, in batches, each batch after the one before is durable', async () => {
    const log: string[] = [];
    const lane = new Lane<number, number>(
      (batch) => {
        log.push(`commit ${batch.length}`);
        return batch.map((n) => n * 2);
      },
      async () => {
        await scheduler.wait(5);
        log.push('durable');
      },
    );
    const first = Array.from({ length: 600 }, (_, n) => lane.submit(n));
    expect(await Promise.all(first)).toEqual(first.map((_, n) => n * 2));
    await scheduler.wait(20);
    expect(log).toEqual(['commit 256', 'durable', 'commit 256', 'durable', 'commit 88', 'durable']);
    expect(await lane.submit(7)).toBe(14);
  });

  test('gathers while a batch is being made durable', async () => {
    const sizes: number[] = [];
    const lane = new Lane<number, number>(
      (batch) => {
        sizes.push(batch.length);
        return batch;
      },
      () => scheduler.wait(20),
    );
    await lane.submit(0);
    await Promise.all([1, 2, 3].map((n) => lane.submit(n)));
    expect(sizes).toEqual([1, 3]);
  });

  test('a failure of storage rejects all that wait, and the next caller starts afresh', async () => {
    let broken = true;
    const lane = new Lane<number, number>(
      (batch) => {
        if (broken) throw new Error('storage failed');
        return batch;
      },
      () => Promise.resolve(),
    );
    const answers = await Promise.allSettled(Array.from({ length: 300 }, (_, n) => lane.submit(n)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['rejected']));
    broken = false;
    expect(await lane.submit(1)).toBe(1);
  });

  test('a write that does not become durable rejects those who come next, not for ever', async () => {
    let broken = true;
    const lane = new Lane<number, number>(
      (batch) => batch,
      async () => {
        if (broken) throw new Error('the disk is gone');
      },
    );
    const answers = await Promise.allSettled(Array.from({ length: 257 }, (_, n) => lane.submit(n)));
    // The first batch was answered; it is the output gate that keeps such an answer from leaving the object.
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    broken = false;
    expect(await lane.submit(1)).toBe(1);
  });
});

test('waiters are woken by a checkpoint that covers them, the others by their own time', async () => {
  const waiters = new CheckpointWaiters();
  const low = waiters.covering(3, 10_000);
  const high = waiters.covering(9, 20);
  waiters.published(5);
  expect(await low).toBe(true);
  expect(waiters.any).toBe(true);
  expect(await high).toBe(false);
  expect(waiters.any).toBe(false);
});

test('a waiter that was woken leaves no timer behind', async () => {
  vi.useFakeTimers();
  try {
    const waiters = new CheckpointWaiters();
    const covered = waiters.covering(3, 10_000);
    expect(vi.getTimerCount()).toBe(1);
    waiters.published(3);
    expect(await covered).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

describe('500 callers at once', () => {
  test('get 500 places without a gap', async () => {
    const tenant = await openTenant('lane');
    const before = (await checkLedger(tenant)).size;
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, n) => tenant.route(question({ request: { document: n } }))),
    );
    expect(places(answers)).toEqual(Array.from({ length: 500 }, (_, n) => before + 1 + n));
    await tenant.settled();
    const { size, checkpoints } = await checkLedger(tenant);
    expect(size).toBe(before + 500);
    expect(checkpoints.at(-1)?.size).toBe(size);
  });

  test('of mixed kinds, some of them refused, leave no gap either', async () => {
    const tenant = await openTenant('lane');
    const before = (await checkLedger(tenant)).size;
    const replies = await Promise.all(
      Array.from({ length: 500 }, (_, n) =>
        n % 3 === 0
          ? tenant.submit({ kind: 'worker.retire', workerId: 'org.example.nobody' })
          : n % 3 === 1
            ? tenant.as(OPERATOR).submit(routeCommand(), { kind: 'tick' }, routeCommand(question({ env: 'nowhere' })))
            : tenant.submit({
                kind: 'worker.heartbeat',
                workerId: 'org.example.hasher',
                codeHash: null,
                status: n % 2 ? 'online' : 'offline',
              }),
      ),
    );
    const kinds = Map.groupBy(replies.flat(), ({ kind }) => kind);
    expect(kinds.get('decided')).toHaveLength(334);
    await tenant.settled();
    expect((await checkLedger(tenant)).size).toBeGreaterThanOrEqual(before + 334);
  });
});

test('the object dies 10 times under load: no receipt that was given is lost or moved', async () => {
  const tenant = await openTenant('crash');
  const given = new Map<number, string>();
  for (let round = 0; round < 10; round++) {
    const running = Promise.allSettled(
      Array.from({ length: 64 }, async (_, n) => {
        const { decision } = await tenant.route(question({ request: { round, n } }));
        const receipt = decision.evidence_receipt as { receipt_hash: string; entry: { seq: number } };
        expect(given.has(receipt.entry.seq), 'no place is given twice').toBe(false);
        given.set(receipt.entry.seq, receipt.receipt_hash);
      }),
    );
    await scheduler.wait(round);
    await abortAllDurableObjects();
    await running;
  }
  await tenant.route();
  await tenant.settled();
  const { texts } = await checkLedger(tenant);
  for (const [seq, hash] of given) expect(sha256Hex(texts[seq - 1] ?? ''), `entry ${seq}`).toBe(hash);
});

/** Rows that one stretch of work wrote, by the runtime's own count. */
const rowsWritten = async (tenant: TestTenant, work: () => Promise<unknown>): Promise<number> => {
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
  await tenant.inside((_, { storage: { sql } }) => {
    const exec = sql.exec.bind(sql);
    Object.defineProperty(sql, 'exec', {
      configurable: true,
      value: (query: string, ...bindings: SqlStorageValue[]) => {
        const cursor = exec(query, ...bindings);
        cursors.push(cursor);
        return cursor;
      },
    });
  });
  await work();
  return tenant.inside((_, { storage: { sql } }) => {
    Reflect.deleteProperty(sql, 'exec');
    return cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0);
  });
};

test('P13: at most 0.10 rows are written for a decision with 64 callers in flight', async () => {
  const tenant = await openTenant('rows');
  await tenant.route();
  const [callers, each] = [64, 10];
  const before = (await checkLedger(tenant)).size;
  const rows = await rowsWritten(tenant, async () => {
    await Promise.all(
      Array.from({ length: callers }, async (_, caller) => {
        for (let n = 0; n < each; n++) await tenant.route(question({ request: { caller, n } }));
      }),
    );
    await tenant.settled();
  });
  const { size } = await checkLedger(tenant);
  expect(size - before).toBe(callers * each);
  expect(rows).toBeGreaterThan(0);
  console.log(`rows written for each decision: ${(rows / (size - before)).toFixed(3)} (target: at most 0.10)`);
  expect(rows / (size - before)).toBeLessThanOrEqual(0.1);
});
