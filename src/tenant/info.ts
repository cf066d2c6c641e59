/** The tenant itself: its name, its standing, its rate limit and its kill switch. */
import { RateLimit } from '../core/access/token-bucket.ts';
import type { Actor } from '../core/caller.ts';
import { canonicalJson } from '../core/canonical.ts';
import { sha256Hex } from '../core/hash.ts';
import { refusal } from '../core/refusal.ts';
import type { Ledger, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply } from './commands.ts';
import { keyCreated } from './key-changes.ts';
import type { Keys } from './keys.ts';
import type { Limited } from './limits.ts';
import { entry, recorded, refused, type TenantMemo } from './plan.ts';

export type Standing = 'ok' | 'degraded' | 'suspended';

interface InfoRow {
  readonly [column: string]: SqlStorageValue;
  readonly name: string;
  readonly created_at: number;
  readonly standing: string;
  readonly offline: number;
  readonly rate_limit: string | null;
}

const textOf = (limit: RateLimit | null): string | null => (limit === null ? null : canonicalJson({ ...limit }));

export class TenantInfo {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #keys: Keys;
  exists = false;
  name = '';
  standing: Standing = 'ok';
  offline = false;
  rateLimit: RateLimit | null = null;

  constructor(ledger: Ledger<TenantMemo>, keys: Keys) {
    this.#ledger = ledger;
    this.#keys = keys;
  }

  reload(): void {
    const row = this.#ledger.sql
      .exec<InfoRow>('SELECT name, created_at, standing, offline, rate_limit FROM tenant')
      .toArray()[0];
    this.exists = row !== undefined;
    if (row === undefined) return;
    this.name = row.name;
    this.standing = row.standing === 'suspended' || row.standing === 'degraded' ? row.standing : 'ok';
    this.offline = row.offline === 1;
    this.rateLimit = row.rate_limit === null ? null : RateLimit.parse(JSON.parse(row.rate_limit));
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
      entries: [entry('hall.tenant.created', 'hall', actor, { name }), keyCreated(actor, key)],
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

  /** The limit that every request to this tenant falls under. */
  get limit(): Limited | null {
    return this.rateLimit === null ? null : { policy: 'tenant', bucket: 'tenant', limit: this.rateLimit };
  }

  planLimit({ rateLimit }: Command & { kind: 'tenant.limit' }, actor: Actor): Plan<CommandReply> {
    const text = textOf(rateLimit);
    const before = textOf(this.rateLimit);
    const value = { rate_limit: rateLimit === null ? null : { ...rateLimit } };
    if (text === before) return { entries: [], reply: () => recorded(value, null) };
    const hash = (of: string | null): string | null => (of === null ? null : sha256Hex(of));
    return {
      entries: [entry('hall.tenant.limited', 'hall', actor, { ...value, before: hash(before), after: hash(text) })],
      apply: () => {
        this.#ledger.sql.exec('UPDATE tenant SET rate_limit = ?', text);
        this.rateLimit = rateLimit;
      },
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  planOffline(command: Command & { kind: 'tenant.offline' }, actor: Actor): Plan<CommandReply> {
    const { offline } = command;
    if (this.offline === offline) return { entries: [], reply: () => recorded({ offline }, null) };
    return {
      entries: [entry(offline ? 'hall.offline' : 'hall.online', 'hall', actor, {})],
      apply: () => {
        this.#ledger.sql.exec('UPDATE tenant SET offline = ?', offline ? 1 : 0);
        this.offline = offline;
      },
      reply: ([sealed]) => recorded({ offline }, sealed),
    };
  }
}
