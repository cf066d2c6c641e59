/** A Guildhall of a test's own, as `npm start` serves it, with a tenant of its own; and its ledger held to account. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExportVerdict, verifyExport } from '../../src/cli/commands/verify-export.ts';
import { call } from '../../src/cli/demo.ts';
import { DEMO_POLICY, DEMO_RULES, DEMO_WORKERS } from '../../src/cli/demo-content.ts';
import { startGuildhall } from '../../src/cli/start.ts';
import { readKeySet } from '../../src/core/ledger/trust.ts';

export interface LocalHall {
  readonly url: string;
  readonly tenant: string;
  readonly key: string;
  readonly operatorKey: string;
}

/** Starts one on a free port; `stop` leaves nothing behind. */
export const startLocalHall = async (): Promise<{ readonly hall: LocalHall; readonly stop: () => Promise<void> }> => {
  const dir = mkdtempSync(join(tmpdir(), 'guildhall-test-'));
  const guildhall = await startGuildhall({ dir });
  return {
    hall: {
      url: guildhall.url.replace('localhost', '127.0.0.1'),
      tenant: guildhall.demo.tenant,
      key: guildhall.demo.apiKey,
      operatorKey: guildhall.operatorKey,
    },
    stop: async () => {
      await guildhall.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

/** The same for as long as `use` takes. */
export const withGuildhall = async <T>(use: (hall: LocalHall) => Promise<T>): Promise<T> => {
  const { hall, stop } = await startLocalHall();
  try {
    return await use(hall);
  } finally {
    await stop();
  }
};

/** A further tenant with the demo's workers, rules and policy. */
export const newTenant = async (hall: LocalHall, tenant: string): Promise<LocalHall> => {
  const { url, operatorKey } = hall;
  const made = await call(`${url}/v1/tenants`, 'POST', operatorKey, { tenant, name: tenant, environment: 'test' });
  const key = String(made.api_key);
  for (const worker of DEMO_WORKERS) await call(`${url}/v1/workers`, 'POST', key, worker);
  await call(`${url}/v1/rules`, 'PUT', key, DEMO_RULES);
  await call(`${url}/v1/policies`, 'PUT', key, { content: DEMO_POLICY });
  return { ...hall, tenant, key };
};

/** The export of the whole ledger, verified offline with the published keys, each decision computed again. */
export const verifiedExport = async ({ url, key }: LocalHall): Promise<ExportVerdict> => {
  const keys = readKeySet(await (await fetch(`${url}/.well-known/jwks.json`)).json());
  const response = await fetch(`${url}/v1/ledger/export`, { headers: { authorization: `Bearer ${key}` } });
  if (!response.ok || response.body === null || keys === undefined) throw new Error(`no export: ${response.status}`);
  return verifyExport(response.body as unknown as AsyncIterable<Uint8Array>, { keys, source: 'jwks' }, true);
};
