/** The tenant itself: its name, its standing and its kill switch. */
import type { Actor } from '../core/caller.ts';
import { refusal } from '../core/refusal.ts';
import type { Ledger, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply } from './commands.ts';
import { type Keys, keyEntry } from './keys.ts';
import { entry, recorded, refused, type TenantMemo } from './plan.ts';

export type Standing = 'ok' | 'degraded' | 'suspended';

interface InfoRow {
  readonly [column: string]: SqlStorageValue;
  readonly name: string;
  readonly created_at: number;
  readonly standing: string;
  readonly offline: number;
}

export class TenantInfo {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #keys: Keys;
  exists = false;
  name = '';
  standing: Standing = 'ok';
  offline = false;

  constructor(ledger: Ledger<TenantMemo>, keys: Keys) {
    this.#ledger = ledger;
    this.#keys = keys;
  }

  reload(): void {
    const row = this.#ledger.sql.exec<InfoRow>('SELECT name, created_at, standing, offline FROM tenant').toArray()[0];
    this.exists = row !== undefined;
    if (row === undefined) return;
    this.name = row.name;
    this.standing = row.standing === 'suspended' || row.standing === 'degraded' ? row.standing : 'ok';
    this.offline = row.offline === 1;
  }

  planCreate(
    command: Command & { kind: 'tenant.create' },
    actor: Actor,
    now: number,
    initialise: () => void,
  ): Plan<CommandReply> {
    if (this.exists) return refused(refusal('already_exists'));
    const { name, key } = command;
    const nowMs = Math.floor(now / 1000);
    return {
      entries: [
        entry('hall.tenant.created', 'hall', actor, { name }),
        keyEntry('hall.key.created', actor, { key_id: key.keyId, name: key.name, scopes: [...key.scopes] }),
      ],
      apply: () => {
        this.#ledger.sql.exec(
          "INSERT INTO tenant (id, name, created_at, standing, offline) VALUES (0, ?, ?, 'ok', 0)",
          name,
          nowMs,
        );
        this.#keys.insert(key, nowMs);
        initialise();
        this.reload();
      },
      reply: ([sealed]) => recorded({ name, key_id: key.keyId }, sealed),
    };
  }

  planKey(command: Command & { kind: 'key.create' }, actor: Actor, now: number): Plan<CommandReply> {
    const { key } = command;
    return {
      entries: [keyEntry('hall.key.created', actor, { key_id: key.keyId, name: key.name, scopes: [...key.scopes] })],
      apply: () => this.#keys.insert(key, Math.floor(now / 1000)),
      reply: ([sealed]) => recorded({ key_id: key.keyId, name: key.name, scopes: [...key.scopes] }, sealed),
    };
  }

  planRevoke(command: Command & { kind: 'key.revoke' }, actor: Actor, now: number): Plan<CommandReply> {
    const { keyId } = command;
    if (!this.#keys.knows(keyId)) return refused(refusal('not_found'));
    return {
      entries: [keyEntry('hall.key.revoked', actor, { key_id: keyId })],
      apply: () => this.#keys.revoke(keyId, Math.floor(now / 1000)),
      reply: ([sealed]) => recorded({ key_id: keyId, status: 'revoked' }, sealed),
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
