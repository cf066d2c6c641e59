/** The one write path (DESIGN §2.3): all of a commit or nothing of it, and memory never differs from storage. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type Bare,
  bareOver,
  bareTenant,
  draft,
  group,
  memoryOf,
  type TestPlan,
  writes,
} from '../support/bare-ledger.ts';
import { checkLedger } from '../support/check-ledger.ts';

// What fails on purpose here is also reported to the log.
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

const one = (body = {}): TestPlan => writes([draft(body)]);
const bug = (): never => {
  throw new Error('a bug in a command');
};
const planBug: TestPlan = bug;
const applyBug: TestPlan = writes([draft({ never: 'stored' })], bug);
const replyBug: TestPlan = () => ({ entries: [draft({ never: 'stored' })], reply: bug });
/** A body that has no place in an entry is found when it is sealed, in the middle of the transaction. */
const sealBug: TestPlan = writes([draft(), draft({ half: 0.5 })]);

/** Memory as it is, and as storage would have it. */
const both = (bare: Bare, state: DurableObjectState, tenant: string) =>
  [memoryOf(bare), memoryOf(bareOver(state, tenant))] as const;

describe('a bug in one command', () => {
  test.each([
    ['plan', planBug],
    ['apply', applyBug],
    ['reply', replyBug],
    ['seal', sealBug],
  ])('in its %s fails that caller alone', async (where, broken) => {
    const tenant = bareTenant();
    await tenant.ledger((bare, state) => {
      bare.commit(one());
      const replies = bare.commit(one(), broken, writes([draft(), draft()]), broken, one());
      const wrote = (...seqs: number[]) => ({ kind: 'done', replies: [{ kind: 'wrote', seqs }], replayed: false });
      const failed =
        where === 'plan'
          ? { kind: 'done', replies: [{ kind: 'command_failed' }], replayed: false }
          : { kind: 'storage_failed' };
      expect(replies).toEqual([wrote(2), failed, wrote(3, 4), failed, wrote(5)]);
      const [memory, stored] = both(bare, state, tenant.id);
      expect(memory).toEqual(stored);
      expect(memory.head.size).toBe(5);
      expect(bare.reloads() > 0).toBe(where !== 'plan');
    });
    const { texts } = await checkLedger(tenant);
    expect(texts.join()).not.toContain('never');
  });

  test('fails its own place in a list of commands, when it had changed nothing', async () => {
    const tenant = bareTenant();
    await tenant.ledger((bare) => {
      const [reply] = bare.commitGroups([group([one(), planBug, one()])]);
      expect(reply).toMatchObject({
        replies: [{ seqs: [1] }, { kind: 'command_failed' }, { seqs: [2] }],
      });
    });
    await checkLedger(tenant);
  });

  test('undoes the whole list when it had: the caller is told that nothing of it holds', async () => {
    const tenant = bareTenant();
    await tenant.ledger((bare) => {
      expect(bare.commitGroups([group([one(), applyBug, one()])])).toEqual([{ kind: 'storage_failed' }]);
      expect(bare.ledger.log.head.size).toBe(0);
    });
    expect((await checkLedger(tenant)).size).toBe(0);
  });
});

describe('a rollback takes back', () => {
  test('counters, contents, deadlines, alarm, streams and the idempotent reply', async () => {
    const tenant = bareTenant();
    await tenant.ledger(async (bare, { storage }) => {
      const { ledger } = bare;
      const everything = (after: () => void): TestPlan =>
        writes([draft({}, 'dispatch')], () => {
          ledger.memo.count++;
          ledger.contents.keep('a'.repeat(64), '"kept"');
          ledger.deadline('some', Date.now() + 60_000);
          after();
        });
      const idempotency = { key: 'key', digest: 'digest' };
      expect(bare.commitGroups([group([everything(bug)], { idempotency })])).toEqual([{ kind: 'storage_failed' }]);
      expect(memoryOf(bare)).toMatchObject({ head: { size: 0, streams: {}, receiptHash: null }, memo: { count: 0 } });
      expect(ledger.contents.text('a'.repeat(64))).toBeNull();
      expect(await storage.getAlarm()).toBeNull();
      for (const table of ['bundles', 'head', 'contents', 'deadlines', 'replies', 'tiles']) {
        expect(storage.sql.exec(`SELECT count(*) AS count FROM ${table}`).one().count, table).toBe(0);
      }
      // The caches that the failed commit had filled do not hide what is now missing.
      expect(bare.commitGroups([group([everything(() => {})], { idempotency })])).toMatchObject([{ replayed: false }]);
      expect(ledger.contents.text('a'.repeat(64))).toBe('"kept"');
      expect(ledger.memo.count).toBe(1);
      expect(await storage.getAlarm()).not.toBeNull();
    });
    // The content of this test is no canonical hash of anything.
    await tenant.ledger(({ storage }) => storage.sql.exec('DELETE FROM contents'));
    await checkLedger(tenant);
  });

  test.each([254, 255, 256, 257, 511, 512])('the tree, at the edge of a tile (%i)', async (size) => {
    const tenant = bareTenant();
    await tenant.ledger((bare, state) => {
      bare.commit(writes(Array.from({ length: size }, () => draft())));
      bare.commit(writes([draft(), draft(), draft()], bug));
      bare.commit(one(), writes([draft()], bug), one());
      const [memory, stored] = both(bare, state, tenant.id);
      expect(memory).toEqual(stored);
      expect(memory.head.size).toBe(size + 2);
    });
    await checkLedger(tenant);
  });
});

describe('a commit of many entries', () => {
  test('is split over rows that fit, and read back whole', async () => {
    const tenant = bareTenant();
    const long = 'x'.repeat(150_000);
    await tenant.ledger((bare) => {
      bare.commit(...Array.from({ length: 12 }, (_, index) => one({ index, long })));
      expect(bare.storage.sql.exec('SELECT count(*) AS count FROM bundles').one().count).toBeGreaterThan(1);
      expect(bare.ledger.log.recordAt(7)?.text).toContain('"index":6');
    });
    expect((await checkLedger(tenant)).size).toBe(12);
  });
});
