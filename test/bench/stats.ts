/** Order statistics, and the two ways a measurement is interleaved: A beside B in every round, or one thing alone. */
export interface Spread {
  readonly value: number;
  readonly min: number;
  readonly max: number;
}

export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

export const median = (values: readonly number[]): number => {
  const sorted = ascending(values);
  const middle = sorted.length / 2;
  return Number.isInteger(middle)
    ? ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
    : quantile(sorted, 0.5);
};

export const spreadOf = (values: readonly number[]): Spread => ({
  value: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

/** Ratio of medians; the spread is of the ratios within each round. */
export const ratioOf = (above: readonly number[], below: readonly number[]): Spread => {
  const ratios = above.map((value, round) => value / (below[round] ?? Number.NaN));
  return { value: median(above) / median(below), min: Math.min(...ratios), max: Math.max(...ratios) };
};

type Sampler = () => number | Promise<number>;

/** One sample of each in every round, in turning order, so that a slow spell of the machine falls on all of them. */
export const interleave = async <K extends string>(
  rounds: number,
  samplers: Readonly<Record<K, Sampler>>,
): Promise<Record<K, number[]>> => {
  const names = Object.keys(samplers) as K[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) samples[name].push(await samplers[name]());
  }
  return samples;
};

/** Microseconds per call of `work`, run for about `budgetMs`; short work is timed in runs, since a clock read costs. */
export const microsPerCall = (work: () => void, budgetMs: number): number => {
  let calls = 0;
  let run = 1;
  const began = performance.now();
  for (;;) {
    for (let i = 0; i < run; i++) work();
    calls += run;
    const spent = performance.now() - began;
    if (spent >= budgetMs) return (spent * 1000) / calls;
    if (spent < budgetMs / 20) run *= 2;
  }
};
