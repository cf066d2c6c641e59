/**
 * P17: from `POST /v1/network/bans` to its answer `effective`, with so many tenants that hold a lease: all of them awake
 * (warm), and all of them, the network too, just after a restart (cold). Meanwhile some route without pause; afterwards
 * every tenant is asked once, and none may dispatch.
 */
import { ANNOUNCED } from '../../../src/cli/demo-content.ts';
import type { Bench, BenchRun, Figure } from '../figure.ts';
import { requestText, startDriver } from '../server/driver.ts';
import { startWorkerd, type Workerd } from '../server/workerd.ts';
import { spreadOf } from '../stats.ts';

const SETUP = 16;
const ROUTING = 4;
const BODY = JSON.stringify(ANNOUNCED);

interface Effective {
  readonly ms: number;
  readonly acknowledged: number;
  readonly admitted: number;
}

const run = async ({ rounds, size }: BenchRun): Promise<readonly Figure[]> => {
  const tenants = size(1_000, 50);
  const server = await startWorkerd();
  const driver = startDriver();
  try {
    const keys = await open(server, tenants);
    const route = (count: number, connections: number, marks: readonly string[] = []) =>
      driver.run({
        port: server.port,
        requests: keys.map((key) => requestText('/wcp/route', BODY, { authorization: `Bearer ${key}` })),
        connections,
        durationMs: 120_000,
        count,
        marks,
      });
    /** All of them hold a lease, and dispatch. */
    const lease = async (): Promise<void> => {
      const { wrong, sample } = await route(tenants, 64, ['"outcome":"DISPATCH"']);
      if (wrong > 0) throw new Error(`${wrong} did not dispatch: ${sample}`);
    };
    const banOnce = async (isRouting: boolean): Promise<Effective> => {
      const routing = isRouting ? route(tenants, ROUTING) : null;
      const began = performance.now();
      const ban = await operator(server, '/v1/network/bans', {
        target: { worker_id: 'org.example.summarizer' },
        reason: 'bench',
      });
      const ms = performance.now() - began;
      if (ban.status !== 'effective') throw new Error(`the ban is ${String(ban.status)}`);
      await routing;
      const { wrong: admitted } = await route(tenants, 64, ['"DENY_WORKER_BANNED"']);
      await operator(server, `/v1/network/bans/${String(ban.ban_id)}/lift`, { reason: 'bench' });
      return { ms, acknowledged: Number(ban.acknowledged), admitted };
    };
    const sample = async (isCold: boolean): Promise<Effective> => {
      await lease();
      if (isCold) await server.restart();
      return banOnce(!isCold);
    };
    await sample(false);
    const warm: Effective[] = [];
    const cold: Effective[] = [];
    for (let round = 0; round < rounds; round++) {
      warm.push(await sample(false));
      cold.push(await sample(true));
    }
    const all = [...warm, ...cold];
    const seconds = (samples: readonly Effective[]) => spreadOf(samples.map(({ ms }) => ms / 1000));
    const told = (samples: readonly Effective[]): string =>
      `${Math.min(...samples.map(({ acknowledged }) => acknowledged))} or more of ${tenants} acknowledged`;
    const target = (value: number): Figure['target'] => ({ is: 'at most', value });
    const admitted = all.reduce((sum, one) => sum + one.admitted, 0);
    return [
      {
        id: 'P17',
        measure: `ban effective over ${tenants} warm tenants`,
        unit: 's',
        ...seconds(warm),
        target: target(0.7),
        note: `${told(warm)}; ${ROUTING} connections route meanwhile on the same core`,
      },
      {
        id: 'P17',
        measure: `the same, all objects cold`,
        unit: 's',
        ...seconds(cold),
        target: target(3),
        note: told(cold),
      },
      {
        id: 'P17',
        measure: 'decisions that admit the worker after the answer',
        unit: '',
        value: admitted,
        min: admitted,
        max: admitted,
        target: target(0),
        note: `every tenant asked after each of ${all.length} bans`,
      },
    ];
  } finally {
    driver.stop();
    await server.stop();
  }
};

const open = async (server: Workerd, count: number): Promise<string[]> => {
  const keys: string[] = [];
  for (let from = 0; from < count; from += SETUP) {
    const names = Array.from({ length: Math.min(SETUP, count - from) }, (_, at) => `ban-${from + at}`);
    keys.push(...(await Promise.all(names.map(server.newTenant))));
  }
  return keys;
};

const operator = async (server: Workerd, path: string, body: object): Promise<Record<string, unknown>> => {
  const headers = { authorization: `Bearer ${server.operatorKey}`, 'content-type': 'application/json' };
  const response = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
};

export const bansBench: Bench = { ids: ['P17'], run };
