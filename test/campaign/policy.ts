/** `node test/campaign/policy.ts [pairs] [seed]`: the compiled policy against the naive one. Exits 1 on a disagreement. */
import { comparePairs } from '../support/policy-pairs.ts';

const [pairs = 1_000_000, seed = 20_261_121] = process.argv.slice(2).map(Number);
const started = performance.now();
const { found, met } = comparePairs(seed, pairs);
if (found !== null) {
  console.log(JSON.stringify(found, null, 2));
  process.exit(1);
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`${pairs} pairs agree (seed ${seed}, ${seconds} s): ${JSON.stringify(Object.fromEntries(met))}`);
