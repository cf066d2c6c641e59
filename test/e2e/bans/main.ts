/**
 * `npm run bans -- [tenants] [rounds]`: the whole campaign, by default 1,000 tenants and 50 bans; then two broken variants,
 * which the same campaign has to find.
 */
import { median, spreadOf } from '../../bench/stats.ts';
import { runBans } from './campaign.ts';

const [tenants = 1_000, rounds = 50] = process.argv.slice(2).map(Number);
const said = (line: string): void => console.log(line);

const real = await runBans({ tenants, rounds, said });
const { min, max } = spreadOf(real.waitsMs);
console.log(
  `${tenants} tenants, ${real.rounds} bans: ${real.violations.length} admitted after the answer; ${real.admitted} dispatches and ${real.started} redeemed grants in all, ${real.banned} answers banned, ${real.stale} stale; effective after ${Math.round(median(real.waitsMs))} ms [${Math.round(min)} .. ${Math.round(max)}]`,
);
for (const violation of real.violations.slice(0, 20)) console.log(violation);

let isFound = true;
for (const mutant of ['no lease check', 'ban ignored on wake-up']) {
  const { violations, rounds: taken } = await runBans({
    tenants: Math.min(tenants, 50),
    rounds: 10,
    mutant,
    untilFound: true,
  });
  isFound &&= violations.length > 0;
  console.log(`broken variant "${mutant}": ${violations.length > 0 ? `found in round ${taken}` : 'NOT FOUND'}`);
}
process.exitCode = real.violations.length === 0 && isFound ? 0 : 1;
