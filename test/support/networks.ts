/** Tenants in a network of a test's own, with the real objects; time passes when a courier sleeps, and when told. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import { NETWORK_LOG } from '../../src/core/ids.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Network } from '../../src/network/network.ts';
import { issueNetworkBan } from '../../src/services/bans.ts';
import { publishCheckpoint } from '../../src/services/checkpoints.ts';
import type { Deps, NetworkStub, TenantStub, WitnessStub } from '../../src/services/deps.ts';
import { startDispatch } from '../../src/services/dispatches.ts';
import { copyTables, restoreTables } from './storage-copy.ts';
import { okValue, openTenant, question, type TestTenant, testDeps } from './tenant-client.ts';

export const WORKER = 'org.example.summarizer';

export interface TestNetwork {
  readonly deps: Deps;
  readonly stub: NetworkStub;
  open(count?: number): Promise<TestTenant[]>;
  ban(target: JsonObject, change?: Partial<Deps>): Promise<JsonObject>;
  inside<R>(look: (network: Network, state: DurableObjectState) => R): Promise<R>;
  evict(): Promise<void>;
  /** Its tables as they are now, and the way back to them. */
  copy(): Promise<() => Promise<void>>;
}

/** A network that nobody else knows. When the courier of a ban sleeps, the clock of the test goes on. */
export const newNetwork = (): TestNetwork => {
  const name = `network-${crypto.randomUUID()}`;
  const object = () => env.NETWORK.getByName(name);
  const stub = object() as unknown as NetworkStub;
  const usual = testDeps().deps;
  const shared: Partial<Deps> = {
    network: () => stub,
    witness: (log) =>
      log === NETWORK_LOG ? (env.WITNESS.getByName(name) as unknown as WitnessStub) : usual.witness(log),
  };
  const deps: Deps = {
    ...usual,
    ...shared,
    sleep: async (ms) => {
      // Pushes that are on their way arrive first, as they would.
      for (let turn = 0; turn < 20; turn++) await scheduler.wait(1);
      vi.setSystemTime(Date.now() + ms);
    },
  };
  return {
    deps,
    stub,
    open: async (count = 1) => {
      const tenants = await Promise.all(Array.from({ length: count }, () => openTenant('net', shared)));
      for (const tenant of tenants) await tenant.settled();
      return tenants;
    },
    ban: async (target, change = {}) =>
      okValue(await issueNetworkBan({ ...deps, ...change }, { target, reason: 'a test' } as never)),
    inside: (look) =>
      runInDurableObject<Network, never>(object() as unknown as DurableObjectStub<Network>, look as never),
    evict: () => evictDurableObject(object()),
    copy: async () => {
      const copied = await runInDurableObject(object(), (_, { storage }) => copyTables(storage.sql));
      return async () => {
        await runInDurableObject(object(), (_, { storage }) => restoreTables(storage, copied));
        await evictDurableObject(object());
      };
    },
  };
};

/** Time passes; no tenant waits for a checkpoint meanwhile. */
export const pass = async (ms: number, ...tenants: readonly TestTenant[]): Promise<void> => {
  for (const tenant of tenants) {
    await tenant.settled();
    await publishCheckpoint(tenant.deps, tenant.id, []);
  }
  vi.setSystemTime(Date.now() + ms);
};

/** `DISPATCH`, or why not. */
export const outcomeOf = async (tenant: TestTenant, change: JsonObject = {}): Promise<unknown> => {
  const { decision } = await tenant.route(question(change));
  return decision.deny_code ?? decision.outcome;
};

export interface Dispatch {
  readonly id: string;
  readonly grant: string;
}

export const dispatch = async (tenant: TestTenant): Promise<Dispatch> => {
  const { decision } = await tenant.route(question());
  return { id: String(decision.decision_id), grant: String(decision.dispatch_grant) };
};

export const start = (tenant: TestTenant, { id, grant }: Dispatch, code_hash?: string) =>
  startDispatch(tenant.deps, tenant.caller, id, { grant, code_hash });

export const alarm = (tenant: TestTenant) => runDurableObjectAlarm(tenant.stub);

/** The calls of an object as plain functions, some of them replaced. */
export const tenantWith = (stub: TenantStub, change: Partial<TenantStub>): TenantStub => ({
  submit: (envelope) => stub.submit(envelope),
  ask: (credential, query) => stub.ask(credential, query),
  anchor: (head) => stub.anchor(head),
  learnBans: (news, nonce) => stub.learnBans(news, nonce),
  signatories: () => stub.signatories(),
  checkpointDraft: (oldSize) => stub.checkpointDraft(oldSize),
  checkpointPublished: (size, note, seqs) => stub.checkpointPublished(size, note, seqs),
  ...change,
});

export const networkWith = (stub: NetworkStub, change: Partial<NetworkStub>): NetworkStub => ({
  submit: (envelope) => stub.submit(envelope),
  read: (query) => stub.read(query),
  grant: (tenant, since) => stub.grant(tenant, since),
  delta: (since) => stub.delta(since),
  standing: (epoch, after, limit) => stub.standing(epoch, after, limit),
  acknowledged: (said) => stub.acknowledged(said),
  settle: (banId) => stub.settle(banId),
  one: (banId) => stub.one(banId),
  list: (before, limit) => stub.list(before, limit),
  claimNamespace: (...claim) => stub.claimNamespace(...claim),
  assignNamespace: (...grant) => stub.assignNamespace(...grant),
  releaseNamespace: (...release) => stub.releaseNamespace(...release),
  namespaceWithdrawn: (namespace, seq) => stub.namespaceWithdrawn(namespace, seq),
  namespaceTaken: (namespace, seq) => stub.namespaceTaken(namespace, seq),
  namespace: (namespace) => stub.namespace(namespace),
  namespaces: (after, limit) => stub.namespaces(after, limit),
  unsettledNamespaces: (after, limit) => stub.unsettledNamespaces(after, limit),
  registryAfter: (after) => stub.registryAfter(after),
  anchor: (head) => stub.anchor(head),
  checkpointDraft: (oldSize) => stub.checkpointDraft(oldSize),
  checkpointPublished: (size, note, seqs) => stub.checkpointPublished(size, note, seqs),
  ...change,
});

export const unreachable = (): never => {
  throw new Error('unreachable');
};
