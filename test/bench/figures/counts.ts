/**
 * P13, P15: what a decision asks of storage and network, counted by instrumented bindings. A decision is warm here:
 * the object is awake, anchored and holds a lease. What goes on after the reply, about once a second, is shown apart.
 */

import { ANNOUNCED } from '../../../src/cli/demo-content.ts';
import type { Bench, BenchRun, Figure } from '../figure.ts';
import { requestText, startDriver } from '../server/driver.ts';
import { startWorkerd } from '../server/workerd.ts';

/** After the reply (`waitUntil`): checkpoints go to the witness, ban leases are renewed. */
const OFF_PATH = /^(?:witness\.|network\.|tenant\.(?:checkpoint|learnBans$))/;

const OBJECTS = ['tenant', 'witness', 'network'] as const;

const exactly = (value: number): Pick<Figure, 'value' | 'min' | 'max'> => ({ value, min: value, max: value });

const run = async ({ size }: BenchRun): Promise<readonly Figure[]> => {
  const server = await startWorkerd({ counted: true });
  const driver = startDriver();
  try {
    const authorization = `Bearer ${await server.newTenant('counted')}`;
    const body = JSON.stringify(ANNOUNCED);
    const takeCounts = async (): Promise<Record<string, number>> =>
      (await (await fetch(`${server.url}/bench/counts`, { method: 'POST' })).json()) as Record<string, number>;
    const decide = (count: number, connections: number, key = authorization) =>
      driver.run({
        port: server.port,
        requests: [requestText('/wcp/route', body, { authorization: key })],
        connections,
        durationMs: 120_000,
        count,
      });
    await decide(500, 64);
    await takeCounts();

    const wanted = size(20_000, 2_000);
    const loaded = await decide(wanted, 64);
    const counts = await takeCounts();
    if (loaded.wrong > 0) throw new Error(`wrong replies: ${loaded.sample}`);
    const rows = OBJECTS.reduce((sum, name) => sum + (counts[`${name}.rowsWritten`] ?? 0), 0);
    const perDecision = (name: string): string => ((counts[name] ?? 0) / loaded.replies).toFixed(3);

    const calls = Object.entries(counts).filter(([name]) => !/\.(?:rowsWritten|statements|selects)$/.test(name));
    const outside = calls.filter(([name]) => name !== 'tenant.submit' && !OFF_PATH.test(name));
    const beside = outside.reduce((sum, [, times]) => sum + times, 0) + (counts['tenant.submit'] ?? 0) - loaded.replies;
    const offPath = calls.filter(([name]) => OFF_PATH.test(name)).reduce((sum, [, times]) => sum + times, 0);
    return [
      {
        id: 'P13',
        measure: 'rows written per decision, c=64',
        unit: '',
        ...exactly(rows / loaded.replies),
        target: { is: 'at most', value: 0.1 },
        note: `${loaded.replies} decisions; ${perDecision('tenant.statements')} SQL statements each, witness, network and checkpoints included`,
      },
      {
        id: 'P15',
        measure: 'calls outside the one object call, warm',
        unit: '',
        ...exactly(beside / loaded.replies),
        target: { is: 'at most', value: 0 },
        note: `inside the object ${perDecision('tenant.selects')} selects a decision; off the path ${offPath} calls (checkpoints, leases) for all ${loaded.replies}`,
      },
    ];
  } finally {
    driver.stop();
    await server.stop();
  }
};

export const countsBench: Bench = { ids: ['P13', 'P15'], run };
