/** The tenant itself: its name, its standing, its rate limit and its kill switch. */
import { RateLimit } from '../core/access/token-bucket.ts';
import type { Actor } from '../core/caller.ts';
import { canonicalJson } from '../core/canonical.ts';
import type { JsonObject } from '../core/json.ts';
import { type Change, changeOf } from '../core/ledger/change.ts';
import { refusal } from '../core/refusal.ts';
import { isStanding, type Standing } from '../core/standing.ts';
import type { Ledger, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply } from './commands.ts';
import { keyCreated } from './key-changes.ts';
import type { Keys } from './keys.ts';
import type { Limited } from './limits.ts';
import { act, recorded, refused, type TenantMemo } from './plan.ts';

interface InfoRow {
  readonly [column: string]: SqlStorageValue;
  readonly name: string;
  readonly created_at: number;
  readonly standing: string;
  readonly offline: number;
  readonly rate_limit: string | null;
  readonly ended: string | null;
  readonly tier_id: string;
}

/** What outlives a tenant. */
const KEPT: readonly string[] = ['tenant', 'schema_steps'];

/** A tenant as it begins. */
const NEW = { offline: false, standing: 'ok', tier_id: 'unlimited' };

const textOf = (limit: RateLimit | null): string | null => (limit === null ? null : canonicalJson({ ...limit }));

export class TenantInfo {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #keys: Keys;
  exists = false;
  name = '';
  standing: Standing = 'ok';
  offline = false;
  rateLimit: RateLimit | null = null;
  /** `closed`: nothing is asked of it any more; `erased`: nothing is left of it but its name. */
  ended: 'closed' | 'erased' | null = null;
  tierId = '';

  constructor(ledger: Ledger<TenantMemo>, keys: Keys) {
    this.#ledger = ledger;
    this.#keys = keys;
  }

  reload(): void {
    const row = this.#ledger.sql
      .exec<InfoRow>('SELECT name, created_at, standing, offline, rate_limit, tier_id, ended FROM tenant')
      .toArray()[0];
    this.exists = row !== undefined;
    if (row === undefined) return;
    this.name = row.name;
    this.standing = isStanding(row.standing) ? row.standing : 'suspended';
    this.offline = row.offline === 1;
    this.rateLimit = row.rate_limit === null ? null : RateLimit.parse(JSON.parse(row.rate_limit));
    this.tierId = row.tier_id;
    this.ended = row.ended === 'closed' || row.ended === 'erased' ? row.ended : null;
  }

  planCreate(
    command: Command & { kind: 'tenant.create' },
    actor: Actor,
    now: number,
    initialise: () => void,
  ): Plan<CommandReply> {
    if (this.exists) return refused(refusal('already_exists'));
    const { name, key, rateLimit } = command;
    const nowMs = Math.floor(now / 1000);
    return {
      entries: [
        act('hall.tenant.created', actor, { name }, changeOf(null, { ...NEW, name, rate_limit: rateLimit })),
        keyCreated(actor, key),
      ],
      apply: () => {
        this.#ledger.sql.exec(
          "INSERT INTO tenant (id, name, created_at, standing, offline, rate_limit) VALUES (0, ?, ?, 'ok', 0, ?)",
          name,
          nowMs,
          textOf(rateLimit),
        );
        this.#keys.insert(key, actor.id, nowMs);
        initialise();
        this.reload();
      },
      reply: ([sealed]) => recorded({ name, key_id: key.keyId }, sealed),
    };
  }

  planClose({ reason }: Command & { kind: 'tenant.close' }, actor: Actor): Plan<CommandReply> {
    const value = { name: this.name, status: 'closed' };
    if (this.ended !== null) return { entries: [], reply: () => recorded(value, null) };
    return {
      entries: [act('hall.tenant.closed', actor, { reason }, changeOf(this.#document(), null))],
      apply: () => {
        this.#ledger.sql.exec("UPDATE tenant SET ended = 'closed'");
        this.ended = 'closed';
      },
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  /**
   * Forgets everything but the name, which is never given again, and where the ledger was archived. The witness keeps
   * the last head: whatever is put here instead does not extend it, and is frozen.
   */
  planErase({ archive }: Command & { kind: 'tenant.erase' }): Plan<CommandReply> {
    if (this.ended !== 'closed') return refused(refusal('not_found'));
    const { sql } = this.#ledger;
    return {
      entries: [],
      apply: () => {
        const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
        for (const { name } of tables) {
          if (!/^(?:_cf_|sqlite_)/.test(name) && !KEPT.includes(name)) sql.exec(`DELETE FROM ${name}`);
        }
        sql.exec("UPDATE tenant SET ended = 'erased', archive = ?", archive);
        this.ended = 'erased';
        this.#ledger.deadline('erased', null);
      },
      reply: () => recorded({ status: 'erased' }, null),
    };
  }

  /** What the operator and the owner decide about the tenant itself. */
  #document(): JsonObject {
    const { name, offline, rateLimit, standing, tierId } = this;
    return { name, offline, rate_limit: rateLimit === null ? null : { ...rateLimit }, standing, tier_id: tierId };
  }

  #change(patch: JsonObject): Change {
    const document = this.#document();
    return changeOf(document, { ...document, ...patch });
  }

  /** The limit that every request to this tenant falls under. */
  get limit(): Limited | null {
    return this.rateLimit === null ? null : { policy: 'tenant', bucket: 'tenant', limit: this.rateLimit };
  }

  planLimit({ rateLimit }: Command & { kind: 'tenant.limit' }, actor: Actor): Plan<CommandReply> {
    const text = textOf(rateLimit);
    const value = { rate_limit: rateLimit === null ? null : { ...rateLimit } };
    if (text === textOf(this.rateLimit)) return { entries: [], reply: () => recorded(value, null) };
    return {
      entries: [act('hall.tenant.limited', actor, value, this.#change(value))],
      apply: () => {
        this.#ledger.sql.exec('UPDATE tenant SET rate_limit = ?', text);
        this.rateLimit = rateLimit;
      },
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  planOffline(command: Command & { kind: 'tenant.offline' }, actor: Actor): Plan<CommandReply> {
    const { offline } = command;
    if (!offline && this.standing === 'suspended') return refused(refusal('account_suspended'));
    const value = { offline, account_standing: this.standing, tier_id: this.tierId };
    if (this.offline === offline) return { entries: [], reply: () => recorded(value, null) };
    return {
      entries: [act(offline ? 'hall.offline' : 'hall.online', actor, {}, this.#change({ offline }))],
      apply: () => {
        this.#ledger.sql.exec('UPDATE tenant SET offline = ?', offline ? 1 : 0);
        this.offline = offline;
      },
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  planStanding(command: Command & { kind: 'tenant.standing' }, actor: Actor): Plan<CommandReply> {
    const { standing, reason } = command;
    const tierId = command.tierId ?? this.tierId;
    const value = { standing, tier_id: tierId };
    if (standing === this.standing && tierId === this.tierId)
      return { entries: [], reply: () => recorded(value, null) };
    return {
      entries: [
        act(
          'hall.standing.changed',
          actor,
          { from: this.standing, standing, tier_id: tierId, reason },
          this.#change(value),
        ),
      ],
      apply: () => {
        this.#ledger.sql.exec('UPDATE tenant SET standing = ?, tier_id = ?', standing, tierId);
        this.standing = standing;
        this.tierId = tierId;
      },
      reply: ([sealed]) => recorded(value, sealed),
    };
  }
}
