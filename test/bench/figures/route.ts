/**
 * P4, P5, P8: the whole of POST /wcp/route with 64 requests under way, beside an empty Hono JSON route and a one-hop
 * echo in the same workerd, with the same request bytes. Every reply is checked: a DISPATCH with a signed receipt.
 */

import { ANNOUNCED } from '../../../src/cli/demo-content.ts';
import type { Bench, BenchRun, Figure } from '../figure.ts';
import { requestText, startDriver } from '../server/driver.ts';
import type { Job, Outcome } from '../server/load.ts';
import { startWorkerd } from '../server/workerd.ts';
import { interleave, median, ratioOf, spreadOf } from '../stats.ts';

const CONNECTIONS = 64;
/** Found by leaving out one part after the other, on a machine that others used too. */
const WHERE =
  'CPU above an empty route, in its units: body, auth and headers 1, the object call 1.5, two signatures and the text 1.5, decision and commit 2';

const SIGNED = ['"outcome":"DISPATCH"', '"signature":"', '"dispatch_grant":"'];

export const measureRoute = async ({ rounds, sampleMs }: BenchRun): Promise<readonly Figure[]> => {
  const server = await startWorkerd();
  const driver = startDriver();
  try {
    const authorization = `Bearer ${await server.newTenant('bench')}`;
    const body = JSON.stringify(ANNOUNCED);
    const job = (path: string, marks: readonly string[], headers: Record<string, string> = {}): Job => ({
      port: server.port,
      requests: [requestText(path, body, { authorization, ...headers })],
      connections: CONNECTIONS,
      durationMs: sampleMs,
      marks,
    });
    const jobs = {
      empty: job('/bench/empty', ['"capability_id"']),
      echo: job('/bench/echo', ['"capability_id"']),
      route: job('/wcp/route', SIGNED),
      proved: job('/wcp/route', [...SIGNED, '"tlog_proof":"'], { prefer: 'proof' }),
    };
    /** Server CPU per request: on a machine that others use too, it says more than the rates. */
    const cpu: Record<keyof typeof jobs, number[]> = { empty: [], echo: [], route: [], proved: [] };
    const waits: number[] = [];
    let unproved = 0;
    const sample = (name: keyof typeof jobs) => async (): Promise<number> => {
      const before = server.cpuMicros();
      const outcome: Outcome = await driver.run(jobs[name]);
      cpu[name].push((server.cpuMicros() - before) / outcome.replies);
      if (name === 'proved') {
        waits.push(outcome.p50Ms);
        unproved += outcome.wrong;
      } else if (outcome.wrong > 0) throw new Error(`${outcome.wrong} wrong replies of ${name}: ${outcome.sample}`);
      return outcome.perSecond;
    };
    const samplers = { empty: sample('empty'), echo: sample('echo'), route: sample('route'), proved: sample('proved') };
    // Compiled code, filled caches, and a ledger that is no longer new.
    await interleave(2, samplers);
    for (const list of [waits, ...Object.values(cpu)]) list.length = 0;
    const { empty, echo, route, proved } = await interleave(rounds, samplers);
    const rate = (rates: readonly number[]): string => `${Math.round(median(rates)).toLocaleString('en')}/s`;
    const cost = (name: keyof typeof jobs): string => `${Math.round(median(cpu[name]))} us`;
    const target = (is: 'at least' | 'at most', value: number): Figure['target'] => ({ is, value });
    return [
      {
        id: 'P4',
        measure: 'route / empty Hono JSON route, c=64',
        unit: 'x',
        ...ratioOf(route, empty),
        target: target('at least', 0.38),
        because: WHERE,
        note: `route ${rate(route)}, empty ${rate(empty)}; server CPU ${cost('route')} against ${cost('empty')}; each reply a signed receipt and grant, its proof published within a second`,
      },
      {
        id: 'P4',
        measure: 'the same with `Prefer: proof`',
        unit: 'x',
        ...ratioOf(proved, empty),
        target: target('at least', 0.38),
        because: WHERE,
        note: `route ${rate(proved)}; server CPU ${cost('proved')}; each reply carries its own witnessed inclusion proof`,
      },
      {
        id: 'P5',
        measure: 'route / one-hop object echo, c=64',
        unit: 'x',
        ...ratioOf(route, echo),
        target: target('at least', 0.65),
        because: WHERE,
        note: `echo ${rate(echo)}; server CPU ${cost('echo')}`,
      },
      {
        id: 'P8',
        measure: 'p50 to a proved receipt, c=64',
        unit: 'ms',
        ...spreadOf(waits),
        target: target('at most', 12),
        because: '64 divided by the rate of routes with proof: the core is what they queue for',
      },
      {
        id: 'P8',
        measure: 'receipts without proof',
        unit: '',
        value: unproved,
        min: unproved,
        max: unproved,
        target: target('at most', 0),
      },
    ];
  } finally {
    driver.stop();
    await server.stop();
  }
};

export const routeBench: Bench = { ids: ['P4', 'P5', 'P8'], run: measureRoute };
