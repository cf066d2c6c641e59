/**
 * A namespace is in one hand, whatever couriers, objects and the order of their calls do (WCP 2.1): never do two tenants
 * hold it, and in the end the one that the network says.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Deps } from '../../src/services/deps.ts';
import {
  assignNamespace,
  claimNamespace,
  giveUpNamespace,
  settleNamespaces,
  takeNamespace,
} from '../../src/services/namespaces.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { newNetwork, type TestNetwork } from '../support/networks.ts';
import { emptyTenant, enrol, okValue, type TestTenant } from '../support/tenant-client.ts';

afterEach(() => vi.restoreAllMocks());

type Fate = 'well' | 'before' | 'after';

/** An object whose every call may be lost on the way there, or on the way back. */
const unsure = <T extends object>(stub: T, fate: () => Fate): T =>
  new Proxy(stub, {
    get:
      (target, name) =>
      async (...args: unknown[]) => {
        const how = fate();
        if (how === 'before') throw new Error('lost on the way');
        const call = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        const answer = await call.apply(target, args);
        if (how === 'after') throw new Error('lost on the way back');
        return answer;
      },
  });

const fresh = (): string => `x.n-${crypto.randomUUID().slice(0, 12)}`;

interface World {
  readonly namespace: string;
  readonly tenants: readonly TestTenant[];
  readonly network: TestNetwork;
  readonly deps: Deps;
}

const open = async (count: number): Promise<World> => {
  const network = newNetwork();
  const { witness } = network.deps;
  const tenants: TestTenant[] = [];
  for (let n = 0; n < count; n++) tenants.push(await emptyTenant('hand', { network: () => network.stub, witness }));
  return { namespace: fresh(), tenants, network, deps: network.deps };
};

/** Who holds the namespace, as their own objects say. */
const holders = async ({ namespace, tenants }: World): Promise<string[]> => {
  const found = await Promise.all(
    tenants.map(async (tenant) => {
      const rows = await tenant.rows('SELECT held FROM namespaces WHERE namespace = ?', namespace);
      return rows[0]?.held === 1 ? [tenant.id] : [];
    }),
  );
  return found.flat();
};

const owned = ({ deps, namespace }: World) => deps.network().namespace(namespace);

/** Nobody waits for anything any more: who owns the name holds it. */
const settled = async (world: World): Promise<void> => {
  await settleNamespaces(world.deps);
  const ownership = await owned(world);
  expect(ownership === null || (ownership.withdrawn && ownership.taken)).toBe(true);
  const owner = ownership?.owner ?? null;
  expect(await holders(world)).toEqual(owner === null ? [] : [owner]);
};

const withFate = (deps: Deps, fate: () => Fate): Deps => ({
  ...deps,
  network: () => unsure(deps.network(), fate),
  tenant: (id) => unsure(deps.tenant(id), fate),
});

describe('a courier that dies', () => {
  // A move makes about ten calls; the last ones come after the answer.
  const places = Array.from({ length: 14 }, (_, at) => at);

  test.each(['before', 'after'] as const)(
    '%s any one of its calls of a move leaves what the cron finishes',
    async (how) => {
      vi.spyOn(console, 'error').mockReturnValue();
      const world = await open(2);
      const [a, b] = world.tenants;
      if (a === undefined || b === undefined) throw new Error('no tenants');
      okValue(await claimNamespace(a.deps, a.caller, world.namespace));
      await a.submit(enrol({ worker_id: `${world.namespace}.w`, worker_species_id: 'wrk.a', capabilities: ['cap.a'] }));
      for (const place of places) {
        const to = place % 2 === 0 ? b : a;
        let calls = 0;
        const mortal = withFate(world.deps, () => (calls++ === place ? how : 'well'));
        const moved = await assignNamespace(mortal, world.namespace, to.id, 'a letter').catch(() => null);
        const between = await holders(world);
        expect(between.length).toBeLessThanOrEqual(1);
        if (moved?.ok === true && moved.value.status === 'settled') expect(between).toEqual([to.id]);
        // Whoever asks again is answered.
        okValue(await assignNamespace(world.deps, world.namespace, to.id, 'a letter'));
        expect(await holders(world)).toEqual([to.id]);
        await settled(world);
      }
      for (const tenant of world.tenants) {
        await tenant.settled();
        await checkLedger(tenant);
      }
    },
  );

  test('of a claim: the name is its tenant’s, and the cron tells it', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const world = await open(2);
    const [a, b] = world.tenants;
    if (a === undefined || b === undefined) throw new Error('no tenants');
    for (let place = 0; place < 6; place++) {
      const each = { ...world, namespace: fresh() };
      let calls = 0;
      const mortal = withFate(world.deps, () => (calls++ === place ? 'after' : 'well'));
      await claimNamespace(mortal, a.caller, each.namespace).catch(() => null);
      await settled(each);
      const isOwner = (await owned(each))?.owner === a.id;
      const other = await claimNamespace(b.deps, b.caller, each.namespace);
      expect(other.ok).toBe(!isOwner);
      await settled(each);
    }
  });
});

describe('whatever happens', () => {
  const tenantAt = fc.integer({ min: 0, max: 2 });
  const act = fc.oneof(
    fc.record({ kind: fc.constantFrom('claim', 'give up', 'assign', 'evict' as const), at: tenantAt }),
    fc.record({ kind: fc.constantFrom('take', 'cron', 'evict network' as const), at: fc.constant(0) }),
  );
  const fates = fc.infiniteStream(fc.constantFrom<Fate>('well', 'well', 'well', 'well', 'before', 'after'));

  const run = async (world: World, deps: Deps, { kind, at }: { kind: string; at: number }): Promise<unknown> => {
    const tenant = world.tenants[at];
    if (tenant === undefined) throw new Error('no such tenant');
    switch (kind) {
      case 'claim':
        return claimNamespace(deps, tenant.caller, world.namespace);
      case 'give up':
        return giveUpNamespace(deps, tenant.caller, world.namespace);
      case 'assign':
        return assignNamespace(deps, world.namespace, tenant.id, 'a letter');
      case 'take':
        return takeNamespace(deps, world.namespace, 'a reason');
      case 'cron':
        return settleNamespaces(deps);
      case 'evict':
        return tenant.evict();
      default:
        return world.network.evict();
    }
  };

  test('no two tenants hold it, and in the end its owner does', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(act, { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
        fates,
        async (turns, fate) => {
          const world = await open(3);
          const mortal = withFate(world.deps, () => fate.next().value ?? 'well');
          for (const together of turns) {
            // Some at the same time.
            await Promise.all(together.map((one) => run(world, mortal, one).catch(() => null)));
            expect((await holders(world)).length).toBeLessThanOrEqual(1);
          }
          await settled(world);
          for (const tenant of world.tenants) await tenant.settled();
          for (const tenant of world.tenants) await checkLedger(tenant);
        },
      ),
      { numRuns: 8 },
    );
  });
});

test('a tenant that is frozen keeps nobody waiting for ever: the name is nobody’s until it has given it up', async () => {
  vi.spyOn(console, 'error').mockReturnValue();
  const world = await open(2);
  const [a, b] = world.tenants;
  if (a === undefined || b === undefined) throw new Error('no tenants');
  okValue(await claimNamespace(a.deps, a.caller, world.namespace));
  await a.settled();
  await a.inside((instance) => instance.anchor({ size: 999, root: '' }));
  expect(okValue(await assignNamespace(world.deps, world.namespace, b.id, 'a court'))).toMatchObject({
    owner: b.id,
    former_owner: a.id,
    status: 'changing',
  });
  // The frozen one commits nothing, the other has not been told.
  expect((await assignNamespace(world.deps, world.namespace, a.id, 'again')).ok).toBe(false);
  expect(await holders(world)).toEqual([a.id]);
  expect(
    await b.submit(enrol({ worker_id: `${world.namespace}.w`, worker_species_id: 'w', capabilities: ['c'] })),
  ).toMatchObject([{ kind: 'refused', refusal: { code: 'namespace_not_owned' } }]);
  await a.inside((instance) => instance.anchor({ size: 0, root: '' }));
  await settled(world);
  expect(await holders(world)).toEqual([b.id]);
});
