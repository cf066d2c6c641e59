/**
 * Spreads a change of the network's bans to all who hold a lease (DESIGN §7): many at a time, within what one request may
 * call; who is beyond that is told by the Workers that the queue wakes. Nothing here is trusted with the truth: whoever
 * dies leaves the network counting leases, and the change is effective when the last of them has run out.
 */
import { parseTenantId } from '../core/ids.ts';
import type { Acknowledgement, BanDelta } from '../network/commands.ts';
import type { BanPage, Deps } from './deps.ts';

/** Calls under way at a time. */
const AT_ONCE = 64;
/** Tenants that one request tells itself. A request may make some thousand calls, and a tenant may need a few. */
export const DIRECT = 2_000;
export const PAGE = 500;
/** What one send to the queue takes: its limit is 256 KB, and a tenant's name is 40 characters at most. */
const PAGES_A_SEND = 10;
/** Who was not reached is tried again after so long, while its lease runs. */
const AGAIN_MS = 1_000;
/** Rounds of that length, at most: a lease and a half; a restart of the network begins all leases anew. */
const ROUNDS = 25;
/** Pages of a long list that one push brings. */
const DELTAS = 64;

/** Ends when nobody can dispatch without knowing `epoch`, or when it takes too long: the network will know. */
export const spread = async (deps: Deps, epoch: number, direct = DIRECT): Promise<void> => {
  const network = deps.network();
  const pushes = new Pushes(deps, epoch, await network.delta(epoch - 1));
  let standing = await network.standing(epoch, '', direct);
  if (standing.count > direct) await handOver(deps, epoch, standing.behind.at(-1) ?? '');
  for (let round = 0; standing.count > 0 && round < ROUNDS; round++) {
    const rest = deps.sleep(Math.min(standing.waitMs, AGAIN_MS));
    await Promise.race([pushes.tell(standing.behind), rest]);
    const counted = await network.acknowledged(pushes.takeSaid());
    if (counted < standing.behind.length) await rest;
    standing = await network.standing(epoch, '', direct);
  }
};

/** All who come after `last`, in pages, to the queue. */
const handOver = async (deps: Deps, epoch: number, last: string): Promise<void> => {
  let pages: { readonly body: BanPage }[] = [];
  for (let after: string | undefined = last; after !== undefined; ) {
    const { behind } = await deps.network().standing(epoch, after, PAGE);
    if (behind.length > 0) pages.push({ body: { epoch, tenants: behind } });
    if (pages.length === PAGES_A_SEND || (behind.length === 0 && pages.length > 0)) {
      await deps.banPages.sendBatch(pages);
      pages = [];
    }
    after = behind.at(-1);
  }
};

/** A page from the queue. Delivered twice or late it does no harm. */
export const spreadPage = async (deps: Deps, { epoch, tenants }: BanPage): Promise<void> => {
  const network = deps.network();
  const pushes = new Pushes(deps, epoch, await network.delta(epoch - 1));
  await Promise.race([pushes.tell(tenants), deps.sleep(ROUNDS * AGAIN_MS)]);
  await network.acknowledged(pushes.takeSaid());
};

/** Tells tenants, a bounded number at a time, and collects what they said. */
class Pushes {
  readonly #deps: Deps;
  readonly #epoch: number;
  readonly #news: BanDelta;
  /** Told, and not answered yet: these are not told again meanwhile. */
  readonly #underWay = new Set<string>();
  #said: Acknowledgement[] = [];
  #round = 0;

  constructor(deps: Deps, epoch: number, news: BanDelta) {
    this.#deps = deps;
    this.#epoch = epoch;
    this.#news = news;
  }

  takeSaid(): readonly Acknowledgement[] {
    return this.#said.splice(0);
  }

  /** Ends the call before this one: its couriers take no more. */
  async tell(tenants: readonly string[]): Promise<void> {
    const round = ++this.#round;
    const waiting = tenants.values();
    const courier = async (): Promise<void> => {
      for (const tenant of waiting) {
        if (round !== this.#round) return;
        if (!this.#underWay.has(tenant)) await this.#tellOne(tenant);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, courier));
  }

  async #tellOne(name: string): Promise<void> {
    const tenant = parseTenantId(name);
    if (tenant === null) return;
    this.#underWay.add(name);
    try {
      let news = this.#news;
      for (let delta = 0; delta < DELTAS; delta++) {
        const known = await this.#deps.tenant(tenant).learnBans({ ...news, leaseMs: 0 }, null);
        if (known.epoch >= this.#epoch) {
          this.#said.push({ tenant, ...known });
          return;
        }
        // It is further behind, and gets all that it misses.
        news = await this.#deps.network().delta(known.epoch);
      }
    } catch (error) {
      console.error(JSON.stringify({ level: 'error', at: 'push', tenant, error: String(error) }));
    } finally {
      this.#underWay.delete(name);
    }
  }
}
