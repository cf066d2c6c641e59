/** `npm run fuzz -- [count] [seed] [from]`: a campaign against a Guildhall of its own; what it finds can be replayed. */
import { verifiedExport, withGuildhall } from '../../support/local-hall.ts';
import { type Fault, runCampaign } from './campaign.ts';

const [count = 20_000, seed = Math.floor(Math.random() * 1e9), from = 0] = process.argv.slice(2).map(Number);

const shown = ({ index, what, request, body }: Fault): string => {
  const { method, path, headers } = request;
  const sent = request.body === null ? '' : Buffer.from(request.body.subarray(0, 400)).toString('latin1');
  return `#${index}: ${what}\n  ${method} ${path.slice(0, 300)} ${JSON.stringify(headers)}\n  ${JSON.stringify(sent)}\n  → ${body}\n  again: npm run fuzz -- 1 ${seed} ${index}\n`;
};

console.log(`${count} requests, seed ${seed}`);
const holds = await withGuildhall(async (hall) => {
  const report = await runCampaign(hall, { seed, count, from, onFault: (found) => console.log(shown(found)) });
  const verdict = await verifiedExport(report.tenant);
  const { sent, byStatus, byCode, faults, slowest, tookMs, neverGood } = report;
  console.log(
    `${sent} sent in ${(tookMs / 1000).toFixed(1)} s, slowest ${slowest.request} ${Math.round(slowest.ms)} ms, ${faults.length} faults`,
  );
  console.log('by status', byStatus);
  console.log('by code', byCode);
  console.log('operations that never answered a success:', neverGood);
  console.log(
    'ledger',
    verdict.ok ? `holds: ${verdict.summary.entries} entries, ${verdict.replayed} decisions computed again` : verdict,
  );
  return faults.length === 0 && verdict.ok;
});
process.exitCode = holds ? 0 : 1;
