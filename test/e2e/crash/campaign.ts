/** Kill it under load, start it again, and hold it to everything that it had acknowledged before. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Crashable, startCrashable, type Victim } from '../../support/crashable.ts';
import { verifiedExport } from '../../support/local-hall.ts';
import { type Acknowledged, acknowledgedIn, type Keyed, load, post } from './load.ts';

export interface Round {
  readonly round: number;
  readonly victim: Victim;
  readonly acknowledged: number;
  readonly unanswered: number;
  readonly entries: number;
  readonly startedInMs: number;
  readonly faults: readonly string[];
}

export interface Campaign {
  readonly rounds: readonly Round[];
  readonly acknowledged: number;
  readonly entries: number;
  readonly faults: readonly string[];
}

interface Entry {
  readonly seq: number;
  readonly receipt_id: string;
  readonly receipt_hash: string;
  readonly type: string;
  readonly trace_id: string | null;
}

const ask = async <T>({ url, key }: Crashable, path: string): Promise<T> => {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
};

const entriesFrom = async (hall: Crashable, from: number): Promise<Entry[]> => {
  const all: Entry[] = [];
  for (let cursor: string | null = String(from); cursor !== null; ) {
    const page: { entries: Entry[]; next_cursor: string | null } = await ask(
      hall,
      `/v1/ledger/entries?limit=200&cursor=${cursor}`,
    );
    all.push(...page.entries);
    cursor = page.next_cursor;
  }
  return all;
};

/** What is wrong with the ledger after a crash, given all that was acknowledged; `from`: where the round began. */
const judge = (entries: readonly Entry[], from: number, acknowledged: readonly Acknowledged[]): string[] => {
  const faults: string[] = [];
  for (const [at, { seq }] of entries.entries())
    if (seq !== from + at) faults.push(`entry ${seq} stands where ${from + at} should`);
  const bySeq = new Map(entries.map((entry) => [entry.seq, entry]));
  for (const { seq, receiptHash, receiptId } of acknowledged) {
    const entry = bySeq.get(seq);
    if (entry === undefined) faults.push(`receipt ${receiptId} is lost: no entry ${seq}`);
    else if (entry.receipt_hash !== receiptHash || entry.receipt_id !== receiptId)
      faults.push(`entry ${seq} is not what was acknowledged`);
  }
  if (new Set(acknowledged.map(({ seq }) => seq)).size !== acknowledged.length)
    faults.push('two receipts for one entry');
  const decided = entries.filter(({ type }) => type === 'wcp.decision').map(({ trace_id }) => trace_id);
  if (new Set(decided).size !== decided.length) faults.push('one question was decided twice');
  return faults;
};

/** Sends again what carried a key: the same bytes if it was answered, one entry if it was not. */
const repeat = async (
  hall: Crashable,
  keyed: readonly Keyed[],
): Promise<{ readonly faults: string[]; readonly acknowledged: Acknowledged[] }> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const faults: string[] = [];
  const acknowledged: Acknowledged[] = [];
  const repeated = [
    ...keyed.filter(({ answer }) => answer === null),
    ...keyed.filter(({ answer }) => answer !== null).slice(-50),
  ];
  await Promise.all(
    repeated.map(async ({ idempotencyKey, body, answer }) => {
      const { status, text } = await post(hall.url, agent, hall.key, '/wcp/route', body, idempotencyKey);
      if (status !== 200) faults.push(`${idempotencyKey} again: ${status} ${text.slice(0, 200)}`);
      else if (answer === null) acknowledged.push(...acknowledgedIn(text));
      else if (text !== answer) faults.push(`${idempotencyKey} again: other bytes`);
    }),
  );
  agent.destroy();
  return { faults, acknowledged };
};

export const runCrashes = async (
  rounds: number,
  onRound: (round: Round) => void = () => undefined,
): Promise<Campaign> => {
  const dir = mkdtempSync(join(tmpdir(), 'guildhall-crash-'));
  const done: Round[] = [];
  const everything: Acknowledged[] = [];
  const faults: string[] = [];
  let hall = await startCrashable(dir);
  try {
    for (let round = 1; round <= rounds; round++) {
      const { size } = (await ask<{ ledger: { size: number } }>(hall, '/wcp/health')).ledger;
      const victim: Victim = round % 2 === 1 ? 'runtime' : 'server';
      let ended = false;
      const loading = load(hall.url, hall.key, `round-${round}`, () => ended);
      await sleep(200 + Math.random() * 1_000);
      await hall.kill(victim);
      ended = true;
      const { acknowledged, keyed, odd } = await loading;
      const began = performance.now();
      hall = await startCrashable(dir);
      const startedInMs = performance.now() - began;
      const again = await repeat(hall, keyed);
      const known = [...acknowledged, ...again.acknowledged];
      const entries = await entriesFrom(hall, size + 1);
      const found = [...odd.map((each) => `odd answer: ${each}`), ...again.faults, ...judge(entries, size + 1, known)];
      everything.push(...known);
      faults.push(...found.map((each) => `round ${round}: ${each}`));
      const unanswered = keyed.filter(({ answer }) => answer === null).length;
      const result = {
        round,
        victim,
        acknowledged: acknowledged.length,
        unanswered,
        entries: entries.length,
        startedInMs,
        faults: found,
      };
      done.push(result);
      onRound(result);
    }
    const all = await entriesFrom(hall, 1);
    faults.push(...judge(all, 1, everything).map((each) => `at the end: ${each}`));
    const verdict = await verifiedExport({ ...hall, tenant: 'demo', operatorKey: '' });
    if (!verdict.ok) faults.push(`the export does not verify: ${JSON.stringify(verdict)}`);
    else if (verdict.summary.entries < all.length)
      faults.push(`the export has ${verdict.summary.entries} of ${all.length} entries`);
    return { rounds: done, acknowledged: everything.length, entries: all.length, faults };
  } finally {
    await hall.stop();
    rmSync(dir, { recursive: true, force: true });
  }
};
