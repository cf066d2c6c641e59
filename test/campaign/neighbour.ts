/**
 * A noisy neighbour, on the stack that `npm start` serves: one tenant asked ten times as often as it may, for some seconds,
 * beside one that asks quietly. Only the noisy one is refused, and only with 429 or 503; the quiet one is always answered.
 * `SECONDS=30 node test/campaign/neighbour.ts` for longer.
 */
import { setTimeout } from 'node:timers/promises';
import { call } from '../../src/cli/demo.ts';
import { ANNOUNCED } from '../../src/cli/demo-content.ts';
import { type LocalHall, newTenant, withGuildhall } from '../support/local-hall.ts';

const SECONDS = Number(process.env.SECONDS ?? 10);
const LIMIT = Number(process.env.LIMIT ?? 20);

const count = (statuses: readonly number[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...new Set(statuses)].sort().map((one) => [one, statuses.filter((it) => it === one).length]));

const at = (sorted: readonly number[], part: number): number =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);

/** Asks `perSecond` times a second, however slowly answers come; answers statuses and milliseconds. */
const ask = async ({ url, key }: LocalHall, perSecond: number, seconds: number) => {
  const asked: Promise<readonly [status: number, ms: number]>[] = [];
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const one = async () => {
    const began = performance.now();
    const response = await fetch(`${url}/wcp/route`, { method: 'POST', headers, body: JSON.stringify(ANNOUNCED) });
    await response.arrayBuffer();
    return [response.status, performance.now() - began] as const;
  };
  const began = performance.now();
  for (let sent = 0; sent < perSecond * seconds; sent++) {
    const due = began + (sent * 1000) / perSecond - performance.now();
    if (due > 1) await setTimeout(due);
    asked.push(one());
  }
  const answers = await Promise.all(asked);
  const times = answers.map(([, ms]) => ms).sort((a, b) => a - b);
  return { statuses: count(answers.map(([status]) => status)), p50: at(times, 0.5), p99: at(times, 0.99) };
};

await withGuildhall(async (hall) => {
  const noisy = await newTenant(hall, 'noisy');
  const quiet = await newTenant(hall, 'quiet');
  const rate_limit = { requests: LIMIT, per_s: 1 };
  await call(`${hall.url}/v1/tenants/noisy`, 'PATCH', hall.operatorKey, { rate_limit });
  const alone = await ask(quiet, 10, Math.min(5, SECONDS));
  const [storm, beside] = await Promise.all([ask(noisy, LIMIT * 10, SECONDS), ask(quiet, 10, SECONDS)]);
  console.log(JSON.stringify({ limit_per_s: LIMIT, seconds: SECONDS, alone, beside, noisy: storm }, null, 2));
  const foreign = Object.keys(storm.statuses).filter((status) => !['200', '429', '503'].includes(status));
  if (Object.keys(beside.statuses).join() !== '200' || foreign.length > 0) process.exitCode = 1;
});
