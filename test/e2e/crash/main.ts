/** `npm run crash -- [rounds]`: kill -9 under load, that many times, and nothing acknowledged may be lost or moved. */
import { runCrashes } from './campaign.ts';

const rounds = Number(process.argv[2] ?? 20);
const { acknowledged, entries, faults } = await runCrashes(rounds, (round) => {
  const { victim, acknowledged: acks, unanswered, entries: written, startedInMs } = round;
  console.log(
    `round ${round.round}: killed the ${victim} after ${acks} receipts, ${unanswered} keyed requests unanswered; ${written} entries; up again in ${Math.round(startedInMs)} ms; ${round.faults.length} faults`,
  );
});
for (const fault of faults) console.log(fault);
console.log(
  `${rounds} kills, ${acknowledged} receipts acknowledged, ${entries} entries: ${faults.length === 0 ? 'none lost, none moved, none twice; the export verifies' : `${faults.length} faults`}`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
