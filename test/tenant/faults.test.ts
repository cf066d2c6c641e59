/**
 * Storage that fails at any call, once or twice, before or after it took effect: no fork, no gap, nothing acknowledged
 * that is not stored, and the object serves again by itself. Pairs, because a log has died of the second fault.
 */
import { beforeEach, expect, test, vi } from 'vitest';
import { type Bare, bareOver, bareTenant, draft, group, memoryOf, writes } from '../support/bare-ledger.ts';
import { checkLedger } from '../support/check-ledger.ts';

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

interface Fault {
  /** Which call of the storage, from 1, once the ledger is open. */
  readonly at: number;
  readonly effect: 'lost' | 'kept';
}

interface Faulty {
  readonly storage: DurableObjectStorage;
  readonly arm: (faults: readonly Fault[]) => void;
  readonly calls: () => number;
}

/** Forwards to the real storage; throws at the armed calls. */
const faulty = (real: DurableObjectStorage): Faulty => {
  let calls = 0;
  let armed: readonly Fault[] = [];
  const call = <T>(effect: () => T): T => {
    const fault = armed.find(({ at }) => at === calls + 1);
    calls++;
    if (fault?.effect === 'lost') throw new Error('storage failed before the call');
    const result = effect();
    if (fault !== undefined) throw new Error('storage failed after the call');
    return result;
  };
  const sql = {
    exec: (query: string, ...bindings: unknown[]) => call(() => real.sql.exec(query, ...bindings)),
  };
  const storage = {
    sql,
    transactionSync: <T>(closure: () => T) => real.transactionSync(closure),
    setAlarm: (at: number) => call(() => real.setAlarm(at)),
    deleteAlarm: () => call(() => real.deleteAlarm()),
  } as unknown as DurableObjectStorage;
  return {
    storage,
    calls: () => calls,
    arm: (faults) => {
      calls = 0;
      armed = faults;
    },
  };
};

/** Three callers; the second has an idempotency key, a content and a deadline. Crosses the edge of a tile. */
const workload = ({ ledger, commitGroups }: Bare, round: number) =>
  commitGroups([
    group([writes([draft({ round })])]),
    group(
      [
        writes([draft({ round }, 'dispatch')], () => {
          ledger.memo.count++;
          ledger.contents.keep(String(round).padStart(64, '0'), '"kept"');
          ledger.deadline('some', Date.now() + 60_000);
        }),
      ],
      { idempotency: { key: `key ${round}`, digest: 'digest' } },
    ),
    group([writes([draft({ round })])]),
  ]);

const countCalls = async (): Promise<number> => {
  const tenant = bareTenant();
  return tenant.ledger((_, state) => {
    const { storage, arm, calls } = faulty(state.storage);
    const bare = bareOver(state, tenant.id, storage);
    bare.commit(writes(Array.from({ length: 253 }, () => draft())));
    arm([]);
    workload(bare, 0);
    return calls();
  });
};

/** Runs the workload under these faults and once more without; says how many callers were told that it holds. */
const survive = (state: DurableObjectState, tenant: string, faults: readonly Fault[], round: number): void => {
  const { storage, arm } = faulty(state.storage);
  const bare = bareOver(state, tenant, storage);
  const acknowledged: number[] = [];
  const note = (replies: ReturnType<typeof workload>) => {
    for (const reply of replies) {
      if (reply.kind === 'done') for (const r of reply.replies) if (r.kind === 'wrote') acknowledged.push(...r.seqs);
    }
  };
  const label = JSON.stringify(faults);
  arm(faults);
  try {
    note(workload(bare, round));
  } catch {
    // Nobody was answered. The object must not go on with what it has in memory.
  }
  arm([]);
  const open = bare.aborted() ? bareOver(state, tenant) : bare;
  expect(memoryOf(open), label).toEqual(memoryOf(bareOver(state, tenant)));
  note(workload(open, round));
  expect(memoryOf(open), label).toEqual(memoryOf(bareOver(state, tenant)));
  for (const seq of acknowledged) expect(open.ledger.log.recordAt(seq)?.text, label).toContain(`"round":${round}`);
  expect(open.ledger.memo.count, label).toBe(
    Number(state.storage.sql.exec('SELECT count(*) AS n FROM replies').one().n),
  );
};

const EFFECTS = ['lost', 'kept'] as const;

test('every single fault', async () => {
  const calls = await countCalls();
  expect(calls).toBeGreaterThan(8);
  const tenant = bareTenant();
  await tenant.ledger((bare, state) => {
    bare.commit(writes(Array.from({ length: 250 }, () => draft({ round: -1 }))));
    let round = 0;
    for (let at = 1; at <= calls; at++) {
      for (const effect of EFFECTS) survive(state, tenant.id, [{ at, effect }], round++);
    }
    state.storage.sql.exec('DELETE FROM contents');
  });
  await checkLedger(tenant);
});

test('every pair of faults', async () => {
  const calls = await countCalls();
  const tenant = bareTenant();
  let round = 0;
  // The second fault also falls into the recovery from the first, and into the tries of each caller alone.
  const last = 3 * calls;
  for (let first = 1; first <= calls; first++) {
    await tenant.ledger((_, state) => {
      for (let second = first + 1; second <= last; second++) {
        for (const a of EFFECTS) {
          for (const b of EFFECTS) {
            survive(
              state,
              tenant.id,
              [
                { at: first, effect: a },
                { at: second, effect: b },
              ],
              round++,
            );
          }
        }
      }
      state.storage.sql.exec('DELETE FROM contents');
    });
  }
  await checkLedger(tenant);
});
