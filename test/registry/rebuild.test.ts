/** Made again from the ledgers, the registry is what it was (DESIGN §3), however the rebuild was cut into pieces. */
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { workers } from '../../src/registry/schema.ts';
import { maintain } from '../../src/services/maintenance.ts';
import { change } from '../../src/services/manage.ts';
import { assignNamespace, claimNamespace, giveUpNamespace } from '../../src/services/namespaces.ts';
import { rebuildRegistry } from '../../src/services/rebuild.ts';
import { mustBe, OPERATOR_KEY, send } from '../support/hall-client.ts';
import { loseProjections, projections } from '../support/registry.ts';
import { emptyTenant, enrol, okValue, type TestTenant, testDeps } from '../support/tenant-client.ts';

afterEach(() => vi.restoreAllMocks());

const { deps } = testDeps();
const namespaces = Array.from({ length: 4 }, () => `x.n-${crypto.randomUUID().slice(0, 12)}`);
const tenants: TestTenant[] = [];
let before: Awaited<ReturnType<typeof projections>>;

const worker = (worker_id: string): JsonObject => ({ worker_id, worker_species_id: 'wrk.a', capabilities: ['cap.a'] });

/** Six tenants: names claimed, moved and given up, workers enrolled, updated, retired, revoked, some by nobody told. */
beforeAll(async () => {
  for (let n = 0; n < 6; n++) {
    const tenant = await emptyTenant('rebuild');
    tenants.push(tenant);
    const namespace = namespaces[n];
    if (namespace !== undefined) {
      okValue(await claimNamespace(tenant.deps, tenant.caller, namespace));
      await tenant.submit(enrol(worker(`${namespace}.w`)), enrol(worker(`${namespace}.v`)));
    }
    await tenant.submit(...Array.from({ length: 4 + n }, (_, w) => enrol(worker(`org.test.w${w}`))));
    okValue(await change(tenant.deps, tenant.caller, { kind: 'worker.retire', workerId: 'org.test.w1' }));
    await tenant.submit(enrol({ ...worker('org.test.w2'), owner: 'another' }));
  }
  const [first, second, third] = tenants;
  if (first === undefined || second === undefined || third === undefined) throw new Error('no tenants');
  okValue(await assignNamespace(deps, namespaces[0] ?? '', second.id, 'a court'));
  await third.submit(
    { kind: 'worker.retire', workerId: `${namespaces[2]}.w` },
    { kind: 'worker.retire', workerId: `${namespaces[2]}.v` },
  );
  okValue(await giveUpNamespace(third.deps, third.caller, namespaces[2] ?? ''));
  for (const tenant of tenants) await tenant.settled();
  await maintain(deps);
  before = await projections(deps.db);
  expect(before.workers.length).toBeGreaterThan(6 * 4);
  expect(new Set(before.workers.map(({ status }) => status))).toEqual(new Set(['active', 'revoked', 'retired']));
  expect(before.namespaces.map(({ ownerId }) => ownerId)).toContain(null);
  expect(before.ledgers).toHaveLength(7);
});

const rebuild = async (budget?: { ledgers: number; pages: number }): Promise<number> => {
  let calls = 0;
  for (let cursor: string | null = null; ; ) {
    const answer: JsonObject = okValue(await rebuildRegistry(deps, cursor, budget));
    calls++;
    if (answer.done === true) return calls;
    expect(answer.unreadable).toEqual([]);
    cursor = String(answer.cursor);
  }
};

describe('the registry, made again', () => {
  test('after all of it was lost', async () => {
    await loseProjections(deps.db);
    expect(await rebuild()).toBe(1);
    expect(await projections(deps.db)).toEqual(before);
  });

  test('on top of what is there, and of rows that nobody wrote', async () => {
    await deps.db.update(workers).set({ speciesId: 'wrk.forged', lastSeq: 999 });
    await deps.db
      .insert(workers)
      .values({ ...(before.workers[0] ?? never()), tenantId: 'no-tenant', workerId: 'org.forged.w' });
    await rebuild();
    expect(await projections(deps.db)).toEqual(before);
  });

  test.each([
    { ledgers: 1, pages: 100 },
    { ledgers: 3, pages: 100 },
    { ledgers: 100, pages: 2 },
  ])('in pieces of %j', async (budget) => {
    await loseProjections(deps.db);
    expect(await rebuild(budget)).toBeGreaterThan(2);
    expect(await projections(deps.db)).toEqual(before);
  });

  test('broken off anywhere, and begun again', async () => {
    for (let pieces = 1; pieces <= 6; pieces++) {
      await loseProjections(deps.db);
      for (let piece = 0, cursor: string | null = null; piece < pieces; piece++) {
        const answer: JsonObject = okValue(await rebuildRegistry(deps, cursor, { ledgers: 1, pages: 100 }));
        cursor = String(answer.cursor);
      }
      await rebuild({ ledgers: 2, pages: 100 });
      expect(await projections(deps.db)).toEqual(before);
    }
  });

  test('broken off, and finished by the cron', async () => {
    await loseProjections(deps.db);
    await rebuildRegistry(deps, null, { ledgers: 3, pages: 100 });
    await maintain(deps);
    expect(await projections(deps.db)).toEqual(before);
  });

  test('by two at once, with the cron beside them', async () => {
    await loseProjections(deps.db);
    await Promise.all([rebuild({ ledgers: 1, pages: 100 }), rebuild({ ledgers: 2, pages: 100 }), maintain(deps)]);
    await maintain(deps);
    expect(await projections(deps.db)).toEqual(before);
  });

  test('passes by a ledger that does not answer, and says so', async () => {
    await loseProjections(deps.db);
    const sick = tenants[2]?.id;
    vi.spyOn(console, 'error').mockReturnValue();
    const broken = {
      ...deps,
      tenant: (id: TestTenant['id']) => {
        if (id === sick) throw new Error('it hangs');
        return deps.tenant(id);
      },
    };
    const answer = okValue(await rebuildRegistry(broken, null));
    expect(answer).toMatchObject({ done: true, unreadable: [`tenant/${sick}`], ledgers: 7 });
    await maintain(deps);
    expect(await projections(deps.db)).toEqual(before);
  });

  test('over HTTP, by the operator', async () => {
    await loseProjections(deps.db);
    const path = '/v1/network/registry/rebuild';
    expect((await send('POST', path, { body: {} })).status).toBe(401);
    expect((await send('POST', path, { key: tenants[0]?.apiKey ?? '', body: {} })).status).toBe(401);
    for (const cursor of ['', 'tenant/', 'tenant/NO', 'elsewhere', '../network']) {
      const reply = await send('POST', path, { key: OPERATOR_KEY, body: { cursor } });
      expect([reply.status, reply.json.code]).toEqual([400, 'invalid_body']);
    }
    expect(mustBe(200, await send('POST', path, { key: OPERATOR_KEY, body: {} }))).toMatchObject({
      done: true,
      cursor: null,
      ledgers: 7,
      unreadable: [],
    });
    expect(await projections(deps.db)).toEqual(before);
  });
});

const never = (): never => {
  throw new Error('there are rows');
};
