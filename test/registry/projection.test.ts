/** The registry in D1 is a projection: each entry of a ledger is applied once, in order, whoever applies it (DESIGN §3). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEMO_WORKERS } from '../../src/cli/demo-content.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { type JsonTokensObject, parseJsonTokens } from '../../src/core/json.ts';
import type { Database } from '../../src/registry/database.ts';
import type { LedgerEntry } from '../../src/registry/entry.ts';
import { ownerOf } from '../../src/registry/namespaces.ts';
import { forgetProjection, projectEntries, projectedSeq } from '../../src/registry/projector.ts';
import { attributedWorker, listedWorkers } from '../../src/registry/workers.ts';
import { maintain } from '../../src/services/maintenance.ts';
import { change, enrolWorker } from '../../src/services/manage.ts';
import { assignNamespace, claimNamespace, takeNamespace } from '../../src/services/namespaces.ts';
import { project } from '../../src/services/projections.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { emptyTenant, okValue, question, type TestTenant, testDeps } from '../support/tenant-client.ts';

const enrol = async (tenant: TestTenant, record: JsonObject): Promise<void> => {
  const tokens = okValue(parseJsonTokens(JSON.stringify(record))) as JsonTokensObject;
  okValue(await enrolWorker(tenant.deps, tenant.caller, record, tokens));
};

const enrolAll = async (tenant: TestTenant): Promise<void> => {
  for (const record of DEMO_WORKERS as readonly JsonObject[]) await enrol(tenant, record);
  await tenant.settled();
};

const record = (worker_id: string): JsonObject => ({ worker_id, worker_species_id: 'wrk.a', capabilities: ['cap.a'] });
const statuses = async ({ deps, id }: TestTenant) =>
  (await listedWorkers(deps.db, id)).map(({ workerId, status }) => [workerId, status]);
/** A Worker that dies with its reply: nothing that comes after it reaches the database. */
const DEAD = {
  db: new Proxy({} as Database, {
    get: () => {
      throw new Error('lost');
    },
  }),
  later: (work: Promise<unknown>) => void work.catch(() => undefined),
};
const fresh = (): string => `x.n-${crypto.randomUUID().slice(0, 12)}`;

describe('the network-wide list of workers', () => {
  test('follows enrolment, update and retirement, and a worker that came back', async () => {
    const tenant = await emptyTenant('projected');
    await enrolAll(tenant);
    expect(await listedWorkers(tenant.deps.db, tenant.id)).toHaveLength(DEMO_WORKERS.length);
    okValue(await change(tenant.deps, tenant.caller, { kind: 'worker.retire', workerId: 'org.example.hasher' }));
    await tenant.settled();
    const rows = await listedWorkers(tenant.deps.db, tenant.id);
    expect(rows.filter((row) => row.status === 'retired').map((row) => row.workerId)).toEqual(['org.example.hasher']);
    expect(rows.every((row) => /^[0-9a-f]{64}$/.test(row.recordHash))).toBe(true);
    const before = rows.find((row) => row.workerId === 'org.example.hasher');
    await enrol(tenant, record('org.example.hasher'));
    await tenant.settled();
    const after = (await listedWorkers(tenant.deps.db, tenant.id)).find(
      ({ workerId }) => workerId === 'org.example.hasher',
    );
    expect(after).toMatchObject({ status: 'active', speciesId: 'wrk.a' });
    expect(after?.enrolledAt).toBeGreaterThan(before?.enrolledAt ?? Number.POSITIVE_INFINITY);
    expect((await checkLedger(tenant)).size).toBe(await projectedSeq(tenant.deps.db, tenant.id));
  });

  test('is caught up by the cron after a Worker died before it wrote', async () => {
    const tenant = await emptyTenant('caught-up');
    const lost = tenant.with(DEAD);
    await enrolAll(lost);
    expect(await listedWorkers(tenant.deps.db, tenant.id)).toEqual([]);
    await maintain(tenant.deps);
    expect(await listedWorkers(tenant.deps.db, tenant.id)).toHaveLength(DEMO_WORKERS.length);
    expect(await projectedSeq(tenant.deps.db, tenant.id)).toBe(2 + DEMO_WORKERS.length);
  });

  test('passes over decisions, and remembers that it did', async () => {
    const tenant = await emptyTenant('decisions');
    await enrol(tenant, record('org.test.a'));
    for (let n = 0; n < 5; n++) await tenant.route(question({ request: { '"stream":"registry"': n } }));
    await tenant.settled();
    const done = await project(tenant.deps, tenant.id);
    expect(done).toMatchObject({ end: 'reached', pages: 1 });
    expect(await projectedSeq(tenant.deps.db, tenant.id)).toBe(2 + 1 + 5);
    expect(await project(tenant.deps, tenant.id)).toEqual({ end: 'reached', entries: 0, pages: 1 });
  });
});

describe('a batch of entries', () => {
  /** What a ledger of so many entries says of a few workers. */
  const ledger = (length: number): LedgerEntry[] =>
    Array.from({ length }, (_, index) => {
      const body = { worker_id: `org.test.w${index % 7}`, worker_species_id: `wrk.s${index}`, artifact_hash: 'a' };
      const types = ['wcp.worker.enrolled', 'wcp.worker.updated', 'wcp.worker.retired', 'wcp.worker.revoked'];
      const type = index < 7 ? 'wcp.worker.enrolled' : (types[(index * 5 + (index % 3)) % 4] ?? '');
      return { seq: index + 1, at: index, type, body };
    });

  /** A database whose batches fail now and then: before they are written, or after. */
  const failing = (db: Database, fate: () => 'well' | 'before' | 'after'): Database =>
    new Proxy(db, {
      get: (target, name) => {
        if (name !== 'batch') return Reflect.get(target, name);
        return async (...args: Parameters<Database['batch']>) => {
          const how = fate();
          if (how === 'before') throw new Error('lost');
          const result = await target.batch(...args);
          if (how === 'after') throw new Error('lost');
          return result;
        };
      },
    });

  test('is applied once, whoever else applies it, and whatever is lost', async () => {
    const { db } = testDeps().deps;
    const entries = ledger(180);
    const whole = `whole-${crypto.randomUUID()}`;
    expect(await projectEntries(db, whole, 0, entries, 200)).toBe(true);
    const expected = (await listedWorkers(db, whole)).map(({ tenantId: _, ...row }) => row);
    const courier = async (mine: Database, tenant: string, pageSize: number): Promise<void> => {
      for (let turn = 0; turn < 60; turn++) {
        try {
          const after = await projectedSeq(db, tenant);
          if (after >= 200) return;
          const through = Math.min(200, after + pageSize);
          await projectEntries(mine, tenant, after, entries.slice(after, through), through);
        } catch {
          // It died; its next turn is another courier.
        }
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.constantFrom('well', 'well', 'before', 'after')),
        fc.array(fc.integer({ min: 20, max: 120 }), { minLength: 2, maxLength: 4 }),
        async (fates, couriers) => {
          const tenant = `torn-${crypto.randomUUID()}`;
          const mine = failing(db, () => fates.next().value ?? 'well');
          await Promise.all(couriers.map((pageSize) => courier(mine, tenant, pageSize)));
          expect(await projectedSeq(db, tenant)).toBe(200);
          expect((await listedWorkers(db, tenant)).map(({ tenantId: _, ...row }) => row)).toEqual(expected);
        },
      ),
      { numRuns: 12 },
    );
  });

  test('does not count after the projection was begun anew', async () => {
    const { db } = testDeps().deps;
    const tenant = `anew-${crypto.randomUUID()}`;
    const entries = ledger(20);
    expect(await projectEntries(db, tenant, 0, entries.slice(0, 10), 10)).toBe(true);
    await forgetProjection(db, tenant);
    expect(await projectEntries(db, tenant, 10, entries.slice(10), 20)).toBe(false);
    expect([await projectedSeq(db, tenant), await listedWorkers(db, tenant)]).toEqual([0, []]);
  });
});

describe('who owns which namespace', () => {
  test('follows claims and grants; a name means the worker of its owner and nobody else’s', async () => {
    const [a, b] = [await emptyTenant('owner-a'), await emptyTenant('owner-b')];
    const { db } = a.deps;
    const namespace = fresh();
    const worker = `${namespace}.w`;
    okValue(await claimNamespace(a.deps, a.caller, namespace));
    await enrol(a, record(worker));
    await enrol(b, record('org.test.private'));
    await Promise.all([a.settled(), b.settled()]);
    expect(await ownerOf(db, namespace)).toBe(a.id);
    expect(await attributedWorker(db, worker)).toMatchObject({ tenantId: a.id, status: 'active' });
    expect(await attributedWorker(db, 'org.test.private')).toBeNull();
    expect(await attributedWorker(db, 'wrk.a')).toBeNull();

    okValue(await assignNamespace(a.deps, namespace, b.id, 'a court'));
    await a.settled();
    expect(await ownerOf(db, namespace)).toBe(b.id);
    expect(await attributedWorker(db, worker)).toBeNull();
    expect(await statuses(a)).toEqual([[worker, 'revoked']]);
    await enrol(b, record(worker));
    await b.settled();
    expect(await attributedWorker(db, worker)).toMatchObject({ tenantId: b.id, status: 'active' });

    okValue(await takeNamespace(b.deps, namespace, 'fraud'));
    await b.settled();
    expect(await ownerOf(db, namespace)).toBeNull();
    expect(await attributedWorker(db, worker)).toBeNull();
    await checkLedger(a);
    await checkLedger(b);
  });

  test('is caught up by the cron', async () => {
    const tenant = await emptyTenant('late');
    const namespace = fresh();
    const lost = tenant.with(DEAD);
    okValue(await claimNamespace(lost.deps, lost.caller, namespace));
    expect(await ownerOf(tenant.deps.db, namespace)).toBeNull();
    await maintain(tenant.deps);
    expect(await ownerOf(tenant.deps.db, namespace)).toBe(tenant.id);
  });
});
