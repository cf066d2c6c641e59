/**
 * What is answered `effective` is never followed by a dispatch (DESIGN §7), whatever messages, objects and clocks do;
 * and each known way to break that is found by the same property (R8).
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LEASE_MS, Leases } from '../../../src/network/leases.ts';
import { type BanNews, Bans } from '../../../src/tenant/bans.ts';
import { Lease } from '../../../src/tenant/lease.ts';
import { type Action, current, type Scenario, simulate } from '../../support/ban-simulation.ts';

vi.mock('cloudflare:workers', () => ({
  DurableObject: class {
    readonly ctx: unknown;
    constructor(ctx: unknown) {
      this.ctx = ctx;
    }
  },
}));

const RUN_MS = 60_000;
const at = fc.integer({ min: 2_000, max: RUN_MS - 15_000 });
const tenant = fc.nat(3);
const ms = fc.integer({ min: 100, max: 25_000 });
const action: fc.Arbitrary<Action> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('ban' as const), at }), weight: 6 },
  { arbitrary: fc.record({ kind: fc.constant('lift' as const), at }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('restart_network' as const), at }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant('cut_network' as const), at, ms }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('restart' as const), at, tenant }), weight: 4 },
  { arbitrary: fc.record({ kind: fc.constantFrom('pause' as const, 'cut' as const), at, tenant, ms }), weight: 4 },
);

const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.integer(),
  tenants: fc.integer({ min: 1, max: 4 }),
  lost: fc.constantFrom(0, 5, 30),
  doubled: fc.constantFrom(0, 10),
  late: fc.constantFrom(0, 5, 25, 60),
  actions: fc.array(action, { minLength: 2, maxLength: 24, size: 'max' }),
  ms: fc.constant(RUN_MS),
});

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('the real leases', () => {
  test('no admission after `effective`, nor after the time in which a ban is effective by itself', async () => {
    const total = { admitted: 0, denied: 0, effective: 0 };
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const { violations, admitted, denied, effective } = await simulate(given);
        total.admitted += admitted;
        total.denied += denied;
        total.effective += effective;
        expect(violations).toEqual([]);
      }),
      { numRuns: 200 },
    );
    // Neither side of it was empty.
    expect(total.admitted).toBeGreaterThan(10_000);
    expect(total.denied).toBeGreaterThan(100);
    expect(total.effective).toBeGreaterThan(150);
  }, 120_000);

  test('where only tenants fail, a ban is effective after one lease time at most', async () => {
    const tenantTrouble = scenario.map((given) => ({
      ...given,
      lost: 0,
      late: 0,
      actions: given.actions.filter(({ kind }) => !kind.endsWith('network')),
    }));
    await fc.assert(
      fc.asyncProperty(tenantTrouble, async (given) => {
        const { violations, slowestMs } = await simulate(given);
        expect(violations).toEqual([]);
        expect(slowestMs).toBeLessThan(LEASE_MS + 500);
      }),
      { numRuns: 30 },
    );
  }, 60_000);
});

/** What a broken variant remembers of each lease; as little as the mutation needs. */
const askedAt = new Map<string, number>();

interface Mutant {
  readonly name: string;
  readonly apply: () => () => void;
}

/** Puts another method in the place of one, for as long as a test. */
const patch = <T extends object, K extends keyof T>(prototype: T, name: K, make: (original: T[K]) => T[K]) => {
  const original = prototype[name];
  prototype[name] = make(original);
  return () => {
    prototype[name] = original;
  };
};

/** Notes when each nonce was asked for. */
const notingAsks = () =>
  patch(
    Lease.prototype,
    'ask',
    (original) =>
      function (this: Lease, nowMs, newId) {
        const nonce = original.call(this, nowMs, newId);
        if (!askedAt.has(nonce)) askedAt.set(nonce, nowMs);
        return nonce;
      },
  );

const MUTANTS: readonly Mutant[] = [
  {
    name: 'the holder counts its lease from the answer, not from the moment it asked',
    apply: () => {
      const undo = [
        notingAsks(),
        patch(
          Lease.prototype,
          'take',
          (original) =>
            function (this: Lease, nonce, lengthMs) {
              const waited = current.nowMs - (askedAt.get(nonce) ?? current.nowMs);
              return original.call(this, nonce, lengthMs + waited);
            },
        ),
      ];
      return () => {
        for (const step of undo) step();
      };
    },
  },
  { name: 'the lease is not checked', apply: () => patch(Lease.prototype, 'isHeld', () => () => true) },
  {
    name: 'the list is ignored on wake-up, its epoch kept',
    apply: () =>
      patch(Bans.prototype, 'view', (original) => {
        const woken = new WeakMap<Bans, number>();
        return function (this: Bans, nowMs) {
          const view = original.call(this, nowMs);
          if (!woken.has(this)) woken.set(this, view.workers.size);
          return { ...view, workers: new Set([...view.workers].slice(woken.get(this))) };
        };
      }),
  },
  {
    name: 'a lease survives a wake-up',
    apply: () => {
      const held = new Map<string, number>();
      const undo = [
        notingAsks(),
        patch(
          Lease.prototype,
          'take',
          (original) =>
            function (this: Lease, nonce, lengthMs) {
              const taken = original.call(this, nonce, lengthMs);
              if (taken) held.set(current.host, (askedAt.get(nonce) ?? 0) + lengthMs);
              return taken;
            },
        ),
        patch(
          Lease.prototype,
          'isHeld',
          (original) =>
            function (this: Lease, nowMs) {
              return original.call(this, nowMs) || nowMs < (held.get(current.host) ?? 0);
            },
        ),
      ];
      return () => {
        for (const step of undo) step();
      };
    },
  },
  {
    name: 'an answer to an earlier wake-up is taken for one to this',
    apply: () => {
      const counters = new WeakMap<Lease, number>();
      return patch(
        Lease.prototype,
        'ask',
        (original) =>
          function (this: Lease, nowMs) {
            return original.call(this, nowMs, () => {
              const next = (counters.get(this) ?? 0) + 1;
              counters.set(this, next);
              return String(next);
            });
          },
      );
    },
  },
  {
    name: 'the network takes a grant for knowledge: older leases are forgotten',
    apply: () =>
      patch(
        Leases.prototype,
        'grant',
        (original) =>
          function (this: Leases, tenant, epoch, nowMs) {
            this.knows(tenant, epoch);
            original.call(this, tenant, epoch, nowMs);
          },
      ),
  },
  {
    name: 'the network counts a lease for less than its holder may',
    apply: () =>
      patch(
        Leases.prototype,
        'grant',
        (original) =>
          function (this: Leases, tenant, epoch, nowMs) {
            original.call(this, tenant, epoch, nowMs - 5_000);
          },
      ),
  },
  {
    name: 'the network wakes up without its leases',
    apply: () =>
      patch(
        Leases.prototype,
        'reload',
        (original) =>
          function (this: Leases) {
            original.call(this, 0);
          },
      ),
  },
  {
    name: 'a push is acknowledged and not applied',
    apply: () =>
      patch(
        Bans.prototype,
        'learn',
        (original) =>
          function (this: Bans, news: BanNews, nonce) {
            const head = news.changes.at(-1)?.receipt_hash ?? null;
            return nonce === null ? { epoch: news.epoch, head } : original.call(this, news, nonce);
          },
      ),
  },
  {
    name: 'news that leave a gap are applied',
    apply: () =>
      patch(
        Bans.prototype,
        'learn',
        (original) =>
          function (this: Bans, news: BanNews, nonce) {
            return original.call(this, { ...news, since: { epoch: 0, head: null } }, nonce);
          },
      ),
  },
  {
    name: 'it is effective once everybody was told, whoever is silent',
    apply: () =>
      patch(
        Leases.prototype,
        'standing',
        (original) =>
          function (this: Leases, epoch, nowMs, after, limit) {
            const standing = original.call(this, epoch, nowMs, after, limit);
            // Told a second ago, and a round of it is over.
            return standing.waitMs < LEASE_MS - 2_000 ? { ...standing, behind: [], count: 0 } : standing;
          },
      ),
  },
];

describe('each broken variant is found', () => {
  test.each(MUTANTS)(
    '$name',
    async ({ apply }) => {
      const undo = apply();
      try {
        let found: readonly string[] = [];
        await fc.check(
          fc.asyncProperty(scenario, async (given) => {
            const { violations } = await simulate(given);
            if (violations.length > 0) found = violations;
            return violations.length === 0;
          }),
          { numRuns: 3_000, endOnFailure: true },
        );
        expect(found, 'the variant was not found').not.toEqual([]);
      } finally {
        undo();
        askedAt.clear();
      }
    },
    60_000,
  );
});
