/**
 * A network, its tenants and their couriers in virtual time: the real Network, Leases, Bans, Lease and services, with
 * messages that are late, lost, doubled and overtaken, objects that stop, restart and have clocks of their own (which
 * start anywhere and run at one rate). Seeded; whoever admits a worker against an effective ban is a violation.
 */

import { makeSecrets } from '../../src/cli/secrets.ts';
import { parseTenantId, type TenantId } from '../../src/core/ids.ts';
import type { BanPosition, BanTarget } from '../../src/core/registry/ban.ts';
import { loadKeyRing } from '../../src/keys/ring.ts';
import { Ledger } from '../../src/ledger/commit.ts';
import type { NetworkOutcome } from '../../src/network/commands.ts';
import { LEASE_MS } from '../../src/network/leases.ts';
import { Network } from '../../src/network/network.ts';
import { issueNetworkBan, liftNetworkBan } from '../../src/services/bans.ts';
import type { Deps, NetworkStub, OwnershipStub, TenantStub, WitnessStub } from '../../src/services/deps.ts';
import { submit } from '../../src/services/submit.ts';
import { BanNotices } from '../../src/tenant/ban-notices.ts';
import { type BanNews, Bans } from '../../src/tenant/bans.ts';
import type { Envelope, SubmitReply } from '../../src/tenant/commands.ts';
import { newMemo, type TenantMemo } from '../../src/tenant/plan.ts';
import { TENANT_SCHEMA } from '../../src/tenant/schema.ts';
import { Witness } from '../../src/witness/witness.ts';
import { SqliteStorage } from './sqlite-storage.ts';

export type Action =
  | { readonly kind: 'ban' | 'lift' | 'restart_network'; readonly at: number }
  | { readonly kind: 'cut_network'; readonly at: number; readonly ms: number }
  | { readonly kind: 'restart'; readonly at: number; readonly tenant: number }
  | { readonly kind: 'pause' | 'cut'; readonly at: number; readonly tenant: number; readonly ms: number };

export interface Scenario {
  readonly seed: number;
  readonly tenants: number;
  /** Of a hundred messages: how many are lost, doubled, and late by seconds. */
  readonly lost: number;
  readonly doubled: number;
  readonly late: number;
  readonly actions: readonly Action[];
  readonly ms: number;
}

export interface Outcome {
  readonly violations: readonly string[];
  readonly admitted: number;
  readonly denied: number;
  readonly effective: number;
  /** The longest time from POST to `effective`. */
  readonly slowestMs: number;
}

const RING = loadKeyRing(makeSecrets().SIGNING_KEYS);
const ROUTE_EVERY_MS = 300;
const YEAR_MS = 365 * 24 * 3600 * 1000;

/** Whose clock is being read, and what it says: mutants ask too. */
export const current = { host: '', nowMs: 0 };

const random = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

class World {
  now = 0;
  readonly random: () => number;
  readonly scenario: Scenario;
  #events: Event[] = [];
  #order = 0;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.random = random(scenario.seed);
  }

  after(ms: number, run: () => void): void {
    const event = { at: this.now + ms, order: this.#order++, run };
    let index = this.#events.length;
    const later = (other: Event | undefined) =>
      other !== undefined && (other.at < event.at || (other.at === event.at && other.order < event.order));
    // Latest first, so that the next one is the last.
    while (index > 0 && later(this.#events[index - 1])) index--;
    this.#events.splice(index, 0, event);
  }

  async run(ms: number): Promise<void> {
    for (let event = this.#events.pop(); event !== undefined && event.at <= ms; event = this.#events.pop()) {
      this.now = event.at;
      event.run();
      // Whoever waited for that goes on until everybody waits again.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  chance(percent: number): boolean {
    return this.random() * 100 < percent;
  }

  #delay(): number {
    return this.chance(this.scenario.late) ? this.random() * 1.5 * LEASE_MS : 1 + this.random() * 40;
  }

  /** A call over the wire: it may arrive late, twice or not at all, and so may its answer. */
  send<T>(host: Host, call: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const { lost, doubled } = this.scenario;
      const attempt = () => {
        if (this.chance(lost)) return this.after(this.random() * 3000, () => reject(new Error('lost')));
        this.after(this.#delay(), () => {
          host.deliver(this, () => {
            let answer: T;
            try {
              answer = structuredClone(host.run(this, call));
            } catch (error) {
              return this.after(this.#delay(), () => reject(error));
            }
            if (this.chance(lost)) return this.after(this.random() * 3000, () => reject(new Error('lost')));
            this.after(this.#delay(), () => resolve(answer));
          });
        });
      };
      attempt();
      if (this.chance(doubled)) attempt();
    });
  }
}

/** Where an object runs: storage that stays, and a clock that may be another one after each restart. */
class Host {
  readonly name: string;
  readonly storage = new SqliteStorage();
  #offset = 0;
  pausedUntil = 0;
  cutUntil = 0;

  constructor(name: string) {
    this.name = name;
  }

  newClock(world: World): void {
    this.#offset = 30 * YEAR_MS + Math.floor((world.random() - 0.5) * 20 * YEAR_MS);
  }

  deliver(world: World, run: () => void): void {
    if (world.now < this.cutUntil) return;
    if (world.now >= this.pausedUntil) run();
    else world.after(this.pausedUntil - world.now, () => this.deliver(world, run));
  }

  run<T>(world: World, call: () => T): T {
    const before = Date.now;
    const nowMs = Math.floor(world.now) + this.#offset;
    Object.assign(current, { host: this.name, nowMs });
    Date.now = () => nowMs;
    try {
      return call();
    } finally {
      Date.now = before;
    }
  }
}

/** The lease and the list of a tenant, and of its decisions only what they admit. */
class SimTenant {
  readonly host: Host;
  readonly id: TenantId;
  #ledger: Ledger<TenantMemo>;
  #bans: Bans;
  readonly #decide: (fresh: boolean, banned: ReadonlySet<string>) => void;

  constructor(world: World, name: string, decide: (fresh: boolean, banned: ReadonlySet<string>) => void) {
    const id = parseTenantId(name);
    if (id === null) throw new Error('no good name');
    this.id = id;
    this.#decide = decide;
    this.host = new Host(name);
    [this.#ledger, this.#bans] = this.#wake(world);
  }

  #wake(world: World): [Ledger<TenantMemo>, Bans] {
    this.host.newClock(world);
    return this.host.run(world, () => {
      const ctx = this.host.storage.state;
      const ledger: Ledger<TenantMemo> = new Ledger({
        ctx,
        tenant: this.id,
        schema: TENANT_SCHEMA,
        newMemo,
        reload: () => undefined,
      });
      const bans = new Bans(ledger, () => true, new BanNotices(ledger, () => []));
      bans.reload();
      return [ledger, bans];
    });
  }

  restart(world: World): void {
    [this.#ledger, this.#bans] = this.#wake(world);
  }

  submit(envelope: Envelope): SubmitReply {
    // As the tenant object admits and decides.
    if (!envelope.withoutLease && !this.#bans.isFresh()) return { kind: 'needs_lease', request: this.#bans.request() };
    const view = this.#bans.view(this.#ledger.nowMs());
    this.#decide(view.fresh, view.workers);
    const renewal = this.#bans.renewal();
    return { kind: 'done', replies: [], replayed: false, seqs: [], task: null, proofs: null, courier: false, renewal };
  }

  learnBans(news: BanNews, nonce: string | null): BanPosition {
    return this.#bans.learn(news, nonce);
  }
}

export const simulate = async (scenario: Scenario): Promise<Outcome> => {
  const world = new World(scenario);
  const violations: string[] = [];
  const effective = new Set<string>();
  /** By the object itself, whatever becomes of its courier: nobody may admit it from then on. */
  const latest = new Map<string, number>();
  const active: { worker: string; banId: string }[] = [];
  const count = { admitted: 0, denied: 0, effective: 0, slowestMs: 0 };

  const decide = (tenant: string) => (fresh: boolean, banned: ReadonlySet<string>) => {
    if (!fresh) {
      count.denied++;
      return;
    }
    count.admitted++;
    const at = Math.floor(world.now);
    for (const worker of effective) {
      if (!banned.has(worker)) violations.push(`${tenant} admits ${worker} at ${at}, after it was answered effective`);
    }
    for (const [worker, end] of latest) {
      if (world.now > end && !banned.has(worker))
        violations.push(`${tenant} admits ${worker} at ${at}, ${end} is over`);
    }
  };

  const networkHost = new Host('network');
  const wakeNetwork = (): Network => {
    networkHost.newClock(world);
    return networkHost.run(world, () => new Network(networkHost.storage.state, {} as Env));
  };
  let network = wakeNetwork();
  const submitted = (reply: NetworkOutcome): NetworkOutcome => {
    const target = reply.ok ? (reply.value.value.target as BanTarget | undefined) : undefined;
    if (target !== undefined && 'worker_id' in target) latest.set(target.worker_id, world.now + LEASE_MS);
    return reply;
  };
  const witnessHost = new Host('witness');
  const witness = witnessHost.run(world, () => new Witness(witnessHost.storage.state, {} as Env));
  const networkStub: Omit<NetworkStub, keyof OwnershipStub> = {
    submit: (...args) => world.send(networkHost, () => submitted(network.submit(...args))),
    grant: (...args) => world.send(networkHost, () => network.grant(...args)),
    delta: (...args) => world.send(networkHost, () => network.delta(...args)),
    acknowledged: (...args) => world.send(networkHost, () => network.acknowledged(...args)),
    standing: (...args) => world.send(networkHost, () => network.standing(...args)),
    settle: (...args) => world.send(networkHost, () => network.settle(...args)),
    one: (...args) => world.send(networkHost, () => network.one(...args)),
    list: (...args) => world.send(networkHost, () => network.list(...args)),
    read: (...args) => world.send(networkHost, () => network.read(...args)),
    anchor: (...args) => world.send(networkHost, () => network.anchor(...args)),
    checkpointDraft: (...args) => world.send(networkHost, () => network.checkpointDraft(...args)),
    checkpointPublished: (...args) => world.send(networkHost, () => network.checkpointPublished(...args)),
  };
  const witnessStub: WitnessStub = {
    head: () => world.send(witnessHost, () => witness.head()),
    extend: (...args) => world.send(witnessHost, () => witness.extend(...args)),
  };

  const tenants = Array.from({ length: scenario.tenants }, (_, index) => {
    const name = `tenant-${index}`;
    return new SimTenant(world, name, decide(name));
  });
  const tenantStub = (id: TenantId): TenantStub => {
    const tenant = tenants.find((one) => one.id === id);
    if (tenant === undefined) throw new Error(`no tenant ${id}`);
    return {
      submit: (envelope: Envelope) => world.send(tenant.host, () => tenant.submit(envelope)),
      learnBans: (news: BanNews, nonce: string | null) => world.send(tenant.host, () => tenant.learnBans(news, nonce)),
    } as unknown as TenantStub;
  };

  const deps = {
    tenant: tenantStub,
    network: () => networkStub,
    witness: () => witnessStub,
    ring: RING,
    logOrigin: 'simulated.local',
    nowMs: () => Math.floor(world.now),
    later: (work: Promise<unknown>) => void work.catch(() => {}),
    sleep: (ms: number) => new Promise<void>((resolve) => world.after(ms, resolve)),
  } as unknown as Deps;

  const route = (tenant: SimTenant): void => {
    const caller = { tenant: tenant.id, credential: { kind: 'operator' } } as const;
    submit(deps, caller, [{ kind: 'route' } as never]).catch(() => {});
    world.after(world.random() * 2 * ROUTE_EVERY_MS, () => route(tenant));
  };
  for (const tenant of tenants) world.after(world.random() * ROUTE_EVERY_MS, () => route(tenant));

  const ban = async (worker: string): Promise<void> => {
    const from = world.now;
    const answer = await issueNetworkBan(deps, { target: { worker_id: worker }, reason: 'simulated' });
    if (!answer.ok || answer.value.status !== 'effective') return;
    count.effective++;
    count.slowestMs = Math.max(count.slowestMs, world.now - from);
    effective.add(worker);
    active.push({ worker, banId: String(answer.value.ban_id) });
  };
  const act = (action: Action): void => {
    const tenant = 'tenant' in action ? tenants[action.tenant % tenants.length] : undefined;
    switch (action.kind) {
      case 'ban':
        ban(`org.bad.w${Math.floor(action.at)}`).catch(() => {});
        return;
      case 'lift': {
        const lifted = active.shift();
        if (lifted === undefined) return;
        effective.delete(lifted.worker);
        latest.delete(lifted.worker);
        liftNetworkBan(deps, lifted.banId, 'simulated').catch(() => {});
        return;
      }
      case 'restart_network':
        network = wakeNetwork();
        return;
      case 'restart':
        tenant?.restart(world);
        return;
      case 'pause':
        if (tenant !== undefined) tenant.host.pausedUntil = world.now + action.ms;
        return;
      case 'cut':
        if (tenant !== undefined) tenant.host.cutUntil = world.now + action.ms;
        return;
      case 'cut_network':
        networkHost.cutUntil = world.now + action.ms;
    }
  };
  for (const action of scenario.actions) world.after(action.at, () => act(action));

  try {
    await world.run(scenario.ms);
  } finally {
    networkHost.storage.close();
    witnessHost.storage.close();
    for (const { host } of tenants) host.storage.close();
  }
  return { violations, ...count };
};
