/**
 * What goes wrong between the objects of the campaign, and inside them: messages lost before or after they arrive, and
 * late; tenants that cannot be reached; objects that stop for a while; clocks that start anywhere at each wake-up.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** Of a hundred calls: so many are lost on the way, and as many on the way back. */
const LOST = 2;
const LATE_MS = 40;
const TWENTY_YEARS_MS = 20 * 365 * 24 * 3600 * 1000;

const realNow = Date.now.bind(Date);
const clocks = new AsyncLocalStorage<number>();
// Each object has a clock of its own; forward only, so that its alarms do not all ring at once.
Date.now = () => realNow() + (clocks.getStore() ?? 0);

const cutUntil = new Map<string, number>();
const pausedUntil = new Map<string, number>();

/** Nothing that a courier brings arrives there, and it gets no lease. */
export const cut = (tenant: string, ms: number): void => void cutUntil.set(tenant, realNow() + ms);
/** Whatever was sent to it is delivered when it goes on. */
export const pause = (tenant: string, ms: number): void => void pausedUntil.set(tenant, realNow() + ms);

const unlucky = async <T>(call: () => Promise<T>): Promise<T> => {
  if (Math.random() * 100 < LOST) throw new Error('lost on the way');
  await scheduler.wait(Math.random() * LATE_MS);
  const answer = await call();
  if (Math.random() * 100 < LOST) throw new Error('lost on the way back');
  return answer;
};

const assertReached = (tenant: string): void => {
  if ((cutUntil.get(tenant) ?? 0) > realNow()) throw new Error('unreachable');
};

type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** The couriers' calls go through trouble; those of clients do not. */
const troubled = <T extends object>(stub: T, name: string, methods: ReadonlySet<string>): T =>
  new Proxy(stub, {
    get: (of, key) => {
      const member: unknown = Reflect.get(of, key);
      if (typeof member !== 'function' || typeof key !== 'string' || !methods.has(key)) return member;
      return async (...args: readonly unknown[]) => {
        assertReached(key === 'grant' ? String(args[0]) : name);
        return unlucky(() => Reflect.apply(member as Method, of, args));
      };
    },
  });

const COURIERS = {
  tenant: new Set(['learnBans']),
  network: new Set(['grant', 'delta', 'standing', 'acknowledged', 'settle', 'checkpointDraft', 'checkpointPublished']),
  witness: new Set(['extend']),
};

export const namespaceInTrouble = <T extends Rpc.DurableObjectBranded | undefined>(
  namespace: DurableObjectNamespace<T>,
  kind: keyof typeof COURIERS,
): DurableObjectNamespace<T> =>
  new Proxy(namespace, {
    get: (of, key) => {
      if (key !== 'getByName') return Reflect.get(of, key);
      return (name: string) => troubled(of.getByName(name), name, COURIERS[kind]);
    },
  });

type ObjectClass<T extends object> = new (ctx: DurableObjectState, env: never) => T;

/** The class with a clock per instance, and with a door that is shut while it is paused. */
export const inTrouble = <T extends object>(Product: ObjectClass<T>): ObjectClass<T> => {
  const offsets = new WeakMap<object, number>();
  const names = new WeakMap<object, string>();
  const Troubled = function (this: unknown, ctx: DurableObjectState, env: never): T {
    const offset = Math.floor(Math.random() * TWENTY_YEARS_MS);
    const made = clocks.run(offset, () => Reflect.construct(Product, [ctx, env], Troubled as never) as T);
    offsets.set(made, offset);
    names.set(made, ctx.id.name ?? '');
    return made;
  } as unknown as ObjectClass<T>;
  Object.setPrototypeOf(Troubled, Product);
  Object.setPrototypeOf(Troubled.prototype, Product.prototype as object);
  for (const key of Object.getOwnPropertyNames(Product.prototype)) {
    if (key === 'constructor') continue;
    const member = Reflect.get(Product.prototype as object, key) as Method;
    const enter = function (this: object, ...args: readonly unknown[]): unknown {
      const restMs = (pausedUntil.get(names.get(this) ?? '') ?? 0) - realNow();
      const inside = () => clocks.run(offsets.get(this) ?? 0, () => Reflect.apply(member, this, args));
      return restMs <= 0 ? inside() : scheduler.wait(restMs).then(inside);
    };
    Object.defineProperty(Troubled.prototype, key, { value: enter, configurable: true, writable: true });
  }
  return Troubled;
};
