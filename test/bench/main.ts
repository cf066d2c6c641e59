/**
 * `npm run bench [-- P4 P6] [-- --quick]`: measures Guildhall against its performance goals and prints each figure with
 * its target. A is always beside B in the same run, so read the ratios: the rates are those of this machine. Ends with
 * 1 when a target was missed.
 */
import { parseArgs } from 'node:util';
import { type Bench, type BenchRun, type Figure, isMet, line, table } from './figure.ts';
import { appendBench } from './figures/append.ts';
import { auditBench, receiptsBench } from './figures/audit.ts';
import { authBench } from './figures/auth.ts';
import { bansBench } from './figures/bans.ts';
import { batchBench } from './figures/batch.ts';
import { contextBench } from './figures/context.ts';
import { countsBench } from './figures/counts.ts';
import { publishedBench, rulesBench } from './figures/decide.ts';
import { routeBench } from './figures/route.ts';
import { canPin, LOAD_CORE, pin } from './pin.ts';

const BENCHES: readonly Bench[] = [
  publishedBench,
  rulesBench,
  routeBench,
  batchBench,
  appendBench,
  auditBench,
  receiptsBench,
  countsBench,
  authBench,
  bansBench,
  contextBench,
];

const settings = (quick: boolean): BenchRun => ({
  quick,
  rounds: quick ? 5 : 9,
  sampleMs: quick ? 400 : 2000,
  size: (full, small) => (quick ? small : full),
});

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false } },
  });
  const asked = positionals.map((id) => id.toUpperCase());
  const known = BENCHES.flatMap((bench) => bench.ids);
  const unknown = asked.filter((id) => !known.includes(id));
  if (unknown.length > 0) {
    process.stderr.write(`no goal ${unknown.join(', ')}; there are ${known.join(', ')}\n`);
    return 2;
  }
  const isAsked = (id: string): boolean => asked.length === 0 || asked.includes(id);
  if (canPin()) pin(process.pid, LOAD_CORE);
  else process.stdout.write('taskset or a second core is missing: server and load share cores, rates are low\n');
  const figures: Figure[] = [];
  for (const bench of BENCHES) {
    if (!bench.ids.some(isAsked)) continue;
    for (const figure of await bench.run(settings(values.quick))) {
      if (!isAsked(figure.id)) continue;
      figures.push(figure);
      process.stdout.write(`${line(figure)}\n`);
    }
  }
  process.stdout.write(`\n${table(figures)}\n`);
  return figures.every(isMet) ? 0 : 1;
};

// Leaves through `exit`, where servers are ended and their files removed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

process.exitCode = await main();
