/**
 * The network of all Halls: its list of bans, numbered by epochs and recorded in a ledger of its own, and the leases
 * under which Halls dispatch (DESIGN §7). It calls nobody: Workers carry its changes to the tenants and their word back.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Actor } from '../core/caller.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { type Ban, type BanChange, isInForce, type NewBan, targetText } from '../core/registry/ban.ts';
import { err, ok, type Result } from '../core/result.ts';
import { type CommandFailed, Ledger, type Moment, type Plan } from '../ledger/commit.ts';
import { LEASE_MS, Leases } from './leases.ts';
import { Namespaces, type Ownership, type OwnershipChange } from './namespaces.ts';
import { NETWORK_SCHEMA } from './schema.ts';

/** A stretch of the list. `complete`: it reaches the newest epoch, so that a lease may stand on it. */
export interface BanDelta {
  /** The epoch that the changes follow on. */
  readonly since: number;
  readonly epoch: number;
  readonly changes: readonly BanChange[];
  readonly complete: boolean;
}

export interface LeaseAnswer extends BanDelta {
  readonly leaseMs: number;
}

export interface Issued {
  readonly ban: Ban;
  readonly epoch: number;
}

export interface Standing {
  /** Tenants that may still dispatch on an older epoch. */
  readonly behind: readonly string[];
  /** After so long none of them can, whatever happens. */
  readonly waitMs: number;
}

const DELTA_CHANGES = 1_000;

interface BanRow {
  readonly [column: string]: SqlStorageValue;
  readonly ban: string;
  readonly lifted_at: number | null;
  readonly effective_at: number | null;
}

export class Network extends DurableObject<Env> {
  readonly #ledger: Ledger<object>;
  readonly #leases: Leases;
  readonly #namespaces: Namespaces;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#ledger = new Ledger<object>({
      ctx,
      tenant: 'network',
      schema: NETWORK_SCHEMA,
      newMemo: () => ({}),
      reload: () => undefined,
    });
    this.#leases = new Leases(this.#ledger.sql);
    this.#leases.reload(this.#ledger.nowMs());
    this.#namespaces = new Namespaces(this.#ledger);
  }

  get #epoch(): number {
    const row = this.#ledger.sql.exec<{ epoch: number | null }>('SELECT max(epoch) AS epoch FROM changes').one();
    return row.epoch ?? 0;
  }

  /** A lease for a tenant that knows `since`, with what it has to learn first. */
  grant(tenant: string, since: number): LeaseAnswer {
    const nowMs = this.#ledger.nowMs();
    const delta = this.delta(since);
    this.#ledger.note(() => {
      this.#leases.knows(tenant, Math.min(since, delta.epoch));
      if (delta.complete) this.#leases.grant(tenant, delta.epoch, nowMs);
      this.#leases.forgetOld(nowMs);
    });
    return { ...delta, leaseMs: delta.complete ? LEASE_MS : 0 };
  }

  delta(since: number): BanDelta {
    const newest = this.#epoch;
    const changes = this.#ledger.sql
      .exec<{ change: string }>(
        'SELECT change FROM changes WHERE epoch > ? ORDER BY epoch LIMIT ?',
        since,
        DELTA_CHANGES,
      )
      .toArray()
      .map((row) => JSON.parse(row.change) as BanChange);
    const epoch = changes.at(-1)?.epoch ?? Math.min(since, newest);
    // Who knows more than this list was told by one that is lost: no lease stands on that.
    return { since, epoch, changes, complete: epoch === newest && since <= newest };
  }

  issue(banId: string, asked: NewBan, actor: Actor, signingKeyId: string): Result<Issued, Refusal> {
    return this.#change(signingKeyId, (moment) => {
      const epoch = this.#epoch + 1;
      const ban: Ban = {
        ban_id: banId,
        epoch,
        target: asked.target,
        reason: asked.reason,
        evidence_url: asked.evidence_url ?? null,
        issued_at: Math.floor(moment.now / 1000),
        expires_at: asked.expires_at === undefined ? null : Date.parse(asked.expires_at),
      };
      return {
        entries: [draft('hall.ban.issued', actor, { ...ban, target: { ...ban.target } })],
        apply: () => {
          this.#record({ kind: 'issued', epoch, ban });
          this.#ledger.sql.exec(
            'INSERT INTO bans (ban_id, epoch, ban) VALUES (?, ?, ?)',
            banId,
            epoch,
            JSON.stringify(ban),
          );
        },
        reply: () => ok({ ban, epoch }),
      };
    });
  }

  lift(banId: string, reason: string, actor: Actor, signingKeyId: string): Result<Issued, Refusal> {
    return this.#change(signingKeyId, (moment) => {
      const row = this.#ban(banId);
      if (row === null) return refuse(refusal('not_found'));
      if (row.lifted_at !== null) return refuse(refusal('ban_already_lifted'));
      const ban = JSON.parse(row.ban) as Ban;
      const epoch = this.#epoch + 1;
      return {
        entries: [draft('hall.ban.lifted', actor, { ban_id: banId, target: targetText(ban.target), epoch, reason })],
        apply: () => {
          this.#record({ kind: 'lifted', epoch, ban_id: banId });
          this.#ledger.sql.exec('UPDATE bans SET lifted_at = ? WHERE ban_id = ?', Math.floor(moment.now / 1000), banId);
        },
        reply: () => ok({ ban, epoch }),
      };
    });
  }

  /** These tenants have said that they know `epoch`. */
  acknowledged(tenants: readonly string[], epoch: number): void {
    for (const tenant of tenants) this.#leases.knows(tenant, epoch);
  }

  /** Who may still dispatch without knowing `epoch`; nobody: it is effective. */
  standing(epoch: number): Standing {
    const nowMs = this.#ledger.nowMs();
    const holders = this.#leases.behind(epoch, nowMs);
    return {
      behind: holders.map(({ tenant }) => tenant),
      waitMs: holders.reduce((longest, { until }) => Math.max(longest, until - nowMs), 0),
    };
  }

  markEffective(banId: string): number {
    const nowMs = this.#ledger.nowMs();
    this.#ledger.note(() => {
      this.#ledger.sql.exec('UPDATE bans SET effective_at = ? WHERE ban_id = ? AND effective_at IS NULL', nowMs, banId);
    });
    return this.#ban(banId)?.effective_at ?? nowMs;
  }

  one(banId: string): JsonObject | null {
    const row = this.#ban(banId);
    return row === null ? null : this.#shown(row);
  }

  list(before: number | null, limit: number): JsonObject {
    const rows = this.#ledger.sql
      .exec<BanRow>(
        'SELECT ban, lifted_at, effective_at FROM bans WHERE epoch < ? ORDER BY epoch DESC LIMIT ?',
        before ?? Number.MAX_SAFE_INTEGER,
        limit,
      )
      .toArray();
    const last = rows.at(-1);
    return {
      bans: rows.map((row) => this.#shown(row)),
      count: rows.length,
      next_cursor: rows.length < limit || last === undefined ? null : String((JSON.parse(last.ban) as Ban).epoch),
    };
  }

  claimNamespace(namespace: string, tenant: string, signingKeyId: string): Result<OwnershipChange, Refusal> {
    return this.#change(signingKeyId, ({ now }) => this.#namespaces.planClaim(namespace, tenant, now));
  }

  assignNamespace(
    namespace: string,
    tenant: string,
    evidence: string,
    actor: Actor,
    signingKeyId: string,
  ): Result<OwnershipChange, Refusal> {
    return this.#change(signingKeyId, ({ now }) =>
      this.#namespaces.planAssign(namespace, tenant, evidence, actor, now),
    );
  }

  /** `by`: the tenant that gives it up; null: the operator takes it away. */
  releaseNamespace(
    namespace: string,
    by: string | null,
    reason: string | null,
    actor: Actor,
    signingKeyId: string,
  ): Result<OwnershipChange, Refusal> {
    return this.#change(signingKeyId, ({ now }) => this.#namespaces.planRelease(namespace, by, reason, actor, now));
  }

  namespaceWithdrawn(namespace: string, seq: number): void {
    this.#namespaces.withdrawn(namespace, seq);
  }

  namespaceTaken(namespace: string, seq: number): void {
    this.#namespaces.taken(namespace, seq);
  }

  namespace(namespace: string): Ownership | null {
    return this.#namespaces.one(namespace);
  }

  namespaces(after: string, limit: number): readonly Ownership[] {
    return this.#namespaces.page(after, limit);
  }

  unsettledNamespaces(after: number, limit: number): readonly Ownership[] {
    return this.#namespaces.unsettled(after, limit);
  }

  #ban(banId: string): BanRow | null {
    const query = 'SELECT ban, lifted_at, effective_at FROM bans WHERE ban_id = ?';
    return this.#ledger.sql.exec<BanRow>(query, banId).toArray()[0] ?? null;
  }

  #shown(row: BanRow): JsonObject {
    const ban = JSON.parse(row.ban) as Ban;
    return {
      ...ban,
      target: { ...ban.target },
      issued_at: iso(ban.issued_at),
      expires_at: iso(ban.expires_at),
      effective_at: iso(row.effective_at),
      lifted_at: iso(row.lifted_at),
      status: this.#status(row, ban),
    };
  }

  #status({ lifted_at, effective_at }: BanRow, ban: Ban): 'lifted' | 'expired' | 'spreading' | 'effective' {
    const nowMs = this.#ledger.nowMs();
    if (lifted_at !== null) return 'lifted';
    if (!isInForce(ban, nowMs)) return 'expired';
    // The Worker that spread it may have died: it becomes effective all the same.
    return effective_at === null && this.#leases.behind(ban.epoch, nowMs).length > 0 ? 'spreading' : 'effective';
  }

  #record(change: BanChange): void {
    this.#ledger.sql.exec('INSERT INTO changes (epoch, change) VALUES (?, ?)', change.epoch, JSON.stringify(change));
  }

  #change<R>(signingKeyId: string, plan: (moment: Moment) => Plan<Result<R, Refusal>>): Result<R, Refusal> {
    const [reply] = this.#ledger.commit<null, Result<R, Refusal>>(
      [{ commands: [null], idempotency: null, signingKeyId }],
      (_, moment) => plan(moment),
    );
    const result: Result<R, Refusal> | CommandFailed | undefined =
      reply?.kind === 'done' ? reply.replies[0] : undefined;
    return result === undefined || !('ok' in result) ? err(refusal('internal_error')) : result;
  }
}

const draft = (type: string, actor: Actor, body: JsonObject) => ({
  type,
  stream: 'hall',
  actor,
  trace_id: null,
  cause: null,
  body,
});

const refuse = (why: Refusal): Plan<Result<never, Refusal>> => ({ entries: [], reply: () => err(why) });

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
