/** P6: decisions a second through POST /wcp/route/batch in one tenant, the server on one core, each durable and signed. */

import { ANNOUNCED } from '../../../src/cli/demo-content.ts';
import type { Bench, BenchRun, Figure } from '../figure.ts';
import { requestText, startDriver } from '../server/driver.ts';
import { startWorkerd } from '../server/workerd.ts';
import { interleave, median, spreadOf } from '../stats.ts';

const DECISIONS = 100;
const CONNECTIONS = 4;

const run = async ({ rounds, sampleMs }: BenchRun): Promise<readonly Figure[]> => {
  const server = await startWorkerd();
  const driver = startDriver();
  try {
    const authorization = `Bearer ${await server.newTenant('batch')}`;
    const cpu: Record<'signed' | 'proved', number[]> = { signed: [], proved: [] };
    const body = JSON.stringify({ requests: Array.from({ length: DECISIONS }, () => ANNOUNCED) });
    const sample =
      (name: 'signed' | 'proved', marks: readonly string[], headers: Record<string, string>) => async () => {
        const request = requestText('/wcp/route/batch', body, { authorization, ...headers });
        const job = { port: server.port, requests: [request], connections: CONNECTIONS, durationMs: sampleMs, marks };
        const before = server.cpuMicros();
        const outcome = await driver.run(job);
        cpu[name].push((server.cpuMicros() - before) / outcome.replies / DECISIONS);
        if (outcome.wrong > 0) throw new Error(`${outcome.wrong} wrong replies: ${outcome.sample}`);
        return outcome.perSecond * DECISIONS;
      };
    const samplers = {
      signed: sample('signed', [`"count":${DECISIONS}}`, '"outcome":"DISPATCH"', '"signature":"'], {}),
      proved: sample('proved', [`"count":${DECISIONS}}`, '"outcome":"DISPATCH"', '"tlog_proof":"'], {
        prefer: 'proof',
      }),
    };
    await interleave(2, samplers);
    const { signed, proved } = await interleave(rounds, samplers);
    const goal: Pick<Figure, 'id' | 'unit' | 'target' | 'because'> = {
      id: 'P6',
      unit: '/s',
      target: { is: 'at least', value: 20_000 },
      because:
        'two Ed25519 signatures (receipt, grant) are about a quarter of a decision, sealing its entry an eighth, moving the 5.5 KB of reply most of the rest',
    };
    return [
      {
        ...goal,
        measure: `batch decisions, ${DECISIONS} a request, c=${CONNECTIONS}, one core`,
        ...spreadOf(signed),
        note: `server CPU ${median(cpu.signed).toFixed(1)} us a decision; each with a signed receipt and grant, and a published proof within a second`,
      },
      {
        ...goal,
        measure: 'the same with `Prefer: proof`',
        ...spreadOf(proved),
        note: `server CPU ${median(cpu.proved).toFixed(1)} us a decision; each with its own inclusion proof in the reply`,
      },
    ];
  } finally {
    driver.stop();
    await server.stop();
  }
};

export const batchBench: Bench = { ids: ['P6'], run };
