/**
 * API keys of the tenant: SHA-256 only, all in memory, so a key is judged with no read. Whether a credential may do
 * what it asks is decided here and nowhere else; revocation holds from the next request.
 */
import type { Actor, Scope } from '../core/caller.ts';
import type { EntryDraft } from '../core/ledger/entry.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Command, Credential, NewApiKey } from './commands.ts';

interface KeyRow {
  readonly [column: string]: SqlStorageValue;
  readonly hash: string;
  readonly key_id: string;
  readonly scopes: string;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
}

interface ApiKey {
  readonly keyId: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

/** The scope each command asks of an API key; null: for the operator and the object itself only. */
const SCOPE_OF: Record<Command['kind'], Scope | null> = {
  'tenant.create': null,
  'tenant.offline': 'hall:admin',
  'ban.issue': 'hall:admin',
  'ban.lift': 'hall:admin',
  'key.create': 'hall:admin',
  'key.revoke': 'hall:admin',
  route: 'hall:route',
  'dispatch.start': 'runtime:delivery',
  'dispatch.finish': 'runtime:delivery',
  'worker.enrol': 'hall:enroll',
  'worker.retire': 'hall:enroll',
  'worker.heartbeat': 'runtime:delivery',
  'document.publish': 'hall:admin',
  'document.rollback': 'hall:admin',
  'settings.patch': 'hall:admin',
  tick: null,
};

export class Keys {
  readonly #sql: SqlStorage;
  #byHash = new Map<string, ApiKey>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  reload(): void {
    const rows = this.#sql.exec<KeyRow>('SELECT hash, key_id, scopes, expires_at, revoked_at FROM api_keys').toArray();
    this.#byHash = new Map(
      rows.map((row) => [
        row.hash,
        {
          keyId: row.key_id,
          scopes: new Set(JSON.parse(row.scopes) as Scope[]),
          expiresAt: row.expires_at,
          revokedAt: row.revoked_at,
        },
      ]),
    );
  }

  /** Who this credential is, if it may use `scope` now. */
  judge(credential: Credential, scope: Scope | null, nowMs: number): Result<Actor, Refusal> {
    if (credential.kind === 'operator') return ok({ kind: 'operator', id: 'operator' });
    if (credential.kind === 'grant') {
      return scope === 'runtime:delivery'
        ? ok({ kind: 'worker', id: credential.workerId })
        : err(refusal('insufficient_scope', 'a dispatch grant opens its own dispatch only'));
    }
    const key = this.#byHash.get(credential.hash);
    if (key === undefined || key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= nowMs)) {
      return err(refusal('unauthorized'));
    }
    if (scope === null || !key.scopes.has(scope)) {
      return err(refusal('insufficient_scope', scope === null ? undefined : `the key lacks the scope ${scope}`));
    }
    return ok({ kind: 'service', id: key.keyId });
  }

  judgeCommand(credential: Credential, command: Command, nowMs: number): Result<Actor, Refusal> {
    const judged = this.judge(credential, SCOPE_OF[command.kind], nowMs);
    if (!judged.ok || credential.kind !== 'grant') return judged;
    const named = command.kind === 'dispatch.start' || command.kind === 'dispatch.finish' ? command.decisionId : null;
    return named === credential.decisionId ? judged : err(refusal('unauthorized'));
  }

  knows(keyId: string): boolean {
    for (const key of this.#byHash.values()) if (key.keyId === keyId && key.revokedAt === null) return true;
    return false;
  }

  insert(key: NewApiKey, nowMs: number): void {
    this.#sql.exec(
      `INSERT INTO api_keys (hash, key_id, name, environment, scopes, created_at, expires_at, revoked_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, NULL)`,
      key.hash,
      key.keyId,
      key.name,
      key.environment,
      JSON.stringify(key.scopes),
      nowMs,
      key.expiresAt,
    );
    this.reload();
  }

  revoke(keyId: string, nowMs: number): void {
    this.#sql.exec('UPDATE api_keys SET revoked_at = ? WHERE key_id = ? AND revoked_at IS NULL', nowMs, keyId);
    this.reload();
  }
}

/** What the ledger keeps of a key: never the key, never its hash. */
export const keyEntry = (
  type: 'hall.key.created' | 'hall.key.revoked',
  actor: Actor,
  body: { readonly key_id: string; readonly name?: string; readonly scopes?: readonly string[] },
): EntryDraft => ({ type, stream: 'hall', actor, trace_id: null, cause: null, body });
