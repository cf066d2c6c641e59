/**
 * Ban leases (DESIGN §7): which tenants may be dispatching on which epoch, and until when at the latest. This object
 * counts a lease from the moment it *answered*, its holder from the moment it *asked*: our end is always the later one.
 * INVARIANT: nobody holds a lease that this table does not know, and no holder trusts an old epoch longer than we think.
 */
export const LEASE_MS = 10_000;
/** Tenants that have not asked for this long are forgotten; their lease ended long ago. */
const FORGET_MS = 10 * 60_000;

/** Until `until` its holder may dispatch, and knows at least the list of `epoch`. */
interface Grant {
  readonly epoch: number;
  readonly until: number;
}

/** Who was behind when a change began to spread, and how many of them have said since that they know it. */
interface Watch {
  readonly waiting: Set<string>;
  acknowledged: number;
}

export interface Standing {
  /** Tenants that may still dispatch on an older epoch, in order of their names: so many as were asked for. */
  readonly behind: readonly string[];
  /** All of them. */
  readonly count: number;
  /** After so long none of them can, whatever happens. */
  readonly waitMs: number;
}

export class Leases {
  readonly #sql: SqlStorage;
  /**
   * Of each tenant, what it may still stand on: any of these, since answers get lost and come late. The epochs ascend,
   * and with them the ends.
   */
  #granted = new Map<string, readonly Grant[]>();
  /** By epoch; only for counting, and begun anew after a wake-up. */
  readonly #watches = new Map<number, Watch>();
  #forgetAt = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** After a wake-up: every stored lease as if it had been granted just now, at an epoch that we do not remember. */
  reload(nowMs: number): void {
    const rows = this.#sql.exec<{ tenant: string }>('SELECT tenant FROM leases').toArray();
    this.#granted = new Map(rows.map(({ tenant }) => [tenant, [{ epoch: 0, until: nowMs + LEASE_MS }]]));
  }

  /**
   * Inside the transaction that answers. Written each time, though the row says nothing new: the answer waits for the
   * write, and an instance of this object that another one has replaced cannot write.
   */
  grant(tenant: string, epoch: number, nowMs: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO leases (tenant) VALUES (?)', tenant);
    const older = this.#of(tenant).filter((grant) => grant.epoch < epoch && grant.until > nowMs);
    this.#granted.set(tenant, [...older, { epoch, until: nowMs + LEASE_MS }]);
  }

  /** The holder has said that it knows `epoch`: whatever it was granted before stands on that list from now on. */
  knows(tenant: string, epoch: number): void {
    for (const [watched, watch] of this.#watches) {
      if (watched <= epoch && watch.waiting.delete(tenant)) watch.acknowledged++;
    }
    const grants = this.#of(tenant);
    const before = grants.findLast((grant) => grant.epoch <= epoch);
    if (before === undefined) return;
    this.#granted.set(tenant, [{ epoch, until: before.until }, ...grants.filter((grant) => grant.epoch > epoch)]);
  }

  /** Who may still dispatch without knowing `epoch`. */
  standing(epoch: number, nowMs: number, after = '', limit = 0): Standing {
    const behind: string[] = [];
    let waitMs = 0;
    for (const [tenant, grants] of this.#granted) {
      const last = grants.findLast((grant) => grant.epoch < epoch);
      if (last === undefined || last.until <= nowMs) continue;
      behind.push(tenant);
      waitMs = Math.max(waitMs, last.until - nowMs);
    }
    const page = limit === 0 ? [] : behind.filter((tenant) => tenant > after).sort();
    return { behind: page.slice(0, limit), count: behind.length, waitMs };
  }

  /** Counts from now on who says that it knows `epoch`. */
  watch(epoch: number, nowMs: number): void {
    if (this.#watches.has(epoch)) return;
    const { behind } = this.standing(epoch, nowMs, '', Number.MAX_SAFE_INTEGER);
    this.#watches.set(epoch, { waiting: new Set(behind), acknowledged: 0 });
  }

  /** The end of the count. */
  counted(epoch: number): { readonly acknowledged: number; readonly expired: number } {
    const watch = this.#watches.get(epoch);
    this.#watches.delete(epoch);
    return { acknowledged: watch?.acknowledged ?? 0, expired: watch?.waiting.size ?? 0 };
  }

  /** Inside a transaction; looks through all of them now and then. */
  forgetOld(nowMs: number): void {
    if (nowMs < this.#forgetAt) return;
    this.#forgetAt = nowMs + FORGET_MS / 10;
    for (const [tenant, grants] of this.#granted) {
      if ((grants.at(-1)?.until ?? 0) + FORGET_MS > nowMs) continue;
      this.#sql.exec('DELETE FROM leases WHERE tenant = ?', tenant);
      this.#granted.delete(tenant);
    }
  }

  #of(tenant: string): readonly Grant[] {
    return this.#granted.get(tenant) ?? [];
  }
}
