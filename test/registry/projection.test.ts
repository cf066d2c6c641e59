/** The registry in D1 is a projection: kept live or rebuilt from the ledger, its rows are the same (DESIGN §3). */
import { describe, expect, test } from 'vitest';
import { DEMO_WORKERS } from '../../src/cli/demo-content.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { type JsonTokensObject, parseJsonTokens } from '../../src/core/json.ts';
import { projectedSeq } from '../../src/registry/tenants.ts';
import { forgetWorkers, listedWorkers, projectWorkers } from '../../src/registry/workers.ts';
import { change, enrolWorker } from '../../src/services/manage.ts';
import { maintain, project } from '../../src/services/projections.ts';
import { emptyTenant, okValue, type TestTenant } from '../support/tenant-client.ts';

const enrolAll = async (tenant: TestTenant): Promise<void> => {
  for (const record of DEMO_WORKERS as readonly JsonObject[]) {
    const tokens = okValue(parseJsonTokens(JSON.stringify(record))) as JsonTokensObject;
    okValue(await enrolWorker(tenant.deps, tenant.caller, record, tokens));
  }
  await tenant.settled();
};

describe('the network-wide list of workers', () => {
  test('follows enrolment, update and retirement', async () => {
    const tenant = await emptyTenant('projected');
    await enrolAll(tenant);
    expect(await listedWorkers(tenant.deps.db, tenant.id)).toHaveLength(DEMO_WORKERS.length);
    okValue(await change(tenant.deps, tenant.caller, { kind: 'worker.retire', workerId: 'org.example.hasher' }));
    await tenant.settled();
    const rows = await listedWorkers(tenant.deps.db, tenant.id);
    expect(rows.filter((row) => row.status === 'retired').map((row) => row.workerId)).toEqual(['org.example.hasher']);
    expect(rows.every((row) => /^[0-9a-f]{64}$/.test(row.recordHash))).toBe(true);
  });

  test('is the same when it is made again from the ledger', async () => {
    const tenant = await emptyTenant('rebuilt');
    await enrolAll(tenant);
    okValue(await change(tenant.deps, tenant.caller, { kind: 'worker.retire', workerId: 'org.example.chunker' }));
    await tenant.settled();
    const live = await listedWorkers(tenant.deps.db, tenant.id);
    await forgetWorkers(tenant.deps.db, tenant.id);
    expect(await listedWorkers(tenant.deps.db, tenant.id)).toEqual([]);
    await project(tenant.deps, tenant.id);
    expect(await listedWorkers(tenant.deps.db, tenant.id)).toEqual(live);
  });

  test('is caught up by the cron after a Worker died before it wrote', async () => {
    const tenant = await emptyTenant('caught-up');
    await enrolAll(tenant);
    await forgetWorkers(tenant.deps.db, tenant.id);
    await maintain(tenant.deps);
    expect(await listedWorkers(tenant.deps.db, tenant.id)).toHaveLength(DEMO_WORKERS.length);
    expect(await projectedSeq(tenant.deps.db, tenant.id)).toBe(2 + DEMO_WORKERS.length);
  });

  test('an older delivery does not undo a newer one', async () => {
    const tenant = await emptyTenant('reordered');
    const listing = { speciesId: 'wrk.a', recordHash: 'a'.repeat(64), enrolledAt: 1 };
    await projectWorkers(tenant.deps.db, tenant.id, [{ workerId: 'org.test.a', seq: 9, listing: null }], 9);
    await projectWorkers(tenant.deps.db, tenant.id, [{ workerId: 'org.test.a', seq: 4, listing }], 4);
    const [row] = await listedWorkers(tenant.deps.db, tenant.id);
    expect(row).toMatchObject({ status: 'retired', lastSeq: 9 });
    expect(await projectedSeq(tenant.deps.db, tenant.id)).toBe(9);
  });
});
