/**
 * P7: the append alone (chain, Merkle tree, rows, head) in commits of 64 entries, to a ledger of 10^6 entries and to new
 * ledgers of 10^2, inside workerd. Server CPU time, with that of a call
 * that appends nothing taken off.
 */
import type { Bench, BenchRun, Figure } from '../figure.ts';
import { startWorkerd } from '../server/workerd.ts';
import { interleave, median, ratioOf } from '../stats.ts';

const COMMIT = 64;
const COMMITS = 8;
const FILL_COMMIT = 250;
const FILL_CALL = 40;
const SMALL = 100;
/** Samples a round: each is short, and the median of a round stands for it. */
const SAMPLES = 7;

const run = async ({ rounds, size }: BenchRun): Promise<readonly Figure[]> => {
  const server = await startWorkerd();
  try {
    const append = async (ledger: string, commits: number, entries: number): Promise<number> => {
      const body = JSON.stringify({ ledger, commits, entries });
      const began = server.cpuMicros();
      const response = await fetch(`${server.url}/bench/append`, { method: 'POST', body });
      await response.json();
      return server.cpuMicros() - began;
    };
    const full = size(1_000_000, 20_000);
    for (let filled = 0; filled < full; filled += FILL_COMMIT * FILL_CALL)
      await append('large', FILL_CALL, FILL_COMMIT);
    let smalls = 0;
    const perEntry = async (ledger: string): Promise<number> => {
      await append(ledger, 0, 0);
      const empty = await append(ledger, 0, 0);
      return ((await append(ledger, COMMITS, COMMIT)) - empty) / (COMMITS * COMMIT);
    };
    const large = () => perEntry('large');
    const small = async (): Promise<number> => {
      const ledger = `small-${smalls++}`;
      await append(ledger, 1, SMALL);
      return perEntry(ledger);
    };
    await interleave(SAMPLES, { large, small });
    const cost: { readonly large: number[]; readonly small: number[] } = { large: [], small: [] };
    for (let round = 0; round < rounds; round++) {
      const samples = await interleave(SAMPLES, { large, small });
      cost.large.push(median(samples.large));
      cost.small.push(median(samples.small));
    }
    return [
      {
        id: 'P7',
        measure: `append at ${full.toLocaleString('en')} entries / at ${SMALL}`,
        unit: 'x',
        ...ratioOf(cost.large, cost.small),
        target: { is: 'at most', value: 1.25 },
        note: `${median(cost.large).toFixed(1)} us against ${median(cost.small).toFixed(1)} us an entry, in commits of ${COMMIT}`,
      },
    ];
  } finally {
    await server.stop();
  }
};

export const appendBench: Bench = { ids: ['P7'], run };
