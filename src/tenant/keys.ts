/**
 * API keys of the tenant: SHA-256 only, all in memory, so a key is judged with no read. Whether a credential may do
 * what it asks is decided here and nowhere else; revocation holds from the next request.
 *
 * When a key was last used is known to the minute: kept in memory, stored at most once a minute.
 */
import type { IpRange } from '../core/access/ip-range.ts';
import { type KeyTerms, mayComeFrom, openTerms, parseRanges } from '../core/access/key-terms.ts';
import { meets, permissionsOf, scopeFor, scopesOf, supervisorLevel } from '../core/access/roles.ts';
import { RateLimit } from '../core/access/token-bucket.ts';
import { type Actor, type Demand, SCOPES, type Scope } from '../core/caller.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { SupervisorLevel } from '../core/vocabulary.ts';
import type { Command, Credential, NewApiKey } from './commands.ts';
import type { Limited } from './limits.ts';
import type { Signatories } from './signatories.ts';

interface KeyRow {
  readonly [column: string]: SqlStorageValue;
  readonly hash: string;
  readonly key_id: string;
  readonly name: string;
  readonly environment: string;
  readonly scopes: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  readonly allowed_ips: string | null;
  readonly rate_limit: string | null;
  readonly bucket: string | null;
  readonly created_by: string | null;
  readonly ended_by: string | null;
  readonly last_used_at: number | null;
}

/** Why a key works no more; else it is the key_id that took its place. */
export const REVOKED = 'revoked';
export const LEAKED = 'leaked';

export interface ApiKey {
  readonly keyId: string;
  readonly name: string;
  readonly terms: KeyTerms;
  readonly ranges: readonly IpRange[] | null;
  readonly bucket: string;
  /** Milliseconds since the epoch, as all times here. */
  readonly createdAt: number;
  readonly createdBy: string | null;
  readonly revokedAt: number | null;
  /** REVOKED, LEAKED, or the key_id that took its place. */
  readonly endedBy: string | null;
}

/** What each command asks of a caller. */
const SCOPE_OF: Record<Command['kind'], Demand> = {
  'tenant.create': null,
  'tenant.limit': null,
  'tenant.close': null,
  'tenant.erase': null,
  'member.change': 'members:manage',
  'catalog.adopt': null,
  'profile.publish': 'hall:admin',
  'profile.copy': 'hall:admin',
  'profile.activate': 'hall:admin',
  'profile.deactivate': 'hall:admin',
  'tenant.offline': 'hall:admin',
  'tenant.standing': null,
  'ban.issue': 'hall:admin',
  'ban.lift': 'hall:admin',
  'ban.report': 'hall:enroll',
  'ban.appeal': 'hall:admin',
  'namespace.learn': 'hall:admin',
  'signatory.register': 'hall:admin',
  'signatory.replace': 'hall:admin',
  'signatory.remove': 'hall:admin',
  'key.create': 'hall:admin',
  'key.rotate': 'hall:admin',
  'key.revoke': 'hall:admin',
  'key.leaked': null,
  route: 'hall:route',
  'dispatch.start': 'runtime:delivery',
  'dispatch.finish': 'runtime:delivery',
  'worker.enrol': 'hall:enroll',
  'worker.retire': 'hall:enroll',
  'worker.attest': 'hall:enroll',
  'authority.subscribe': 'hall:admin',
  'authority.unsubscribe': 'hall:admin',
  'authority.import': 'hall:enroll',
  'attestation.keys': 'hall:admin',
  'attestation.secret': 'hall:admin',
  'worker.heartbeat': 'runtime:delivery',
  'document.publish': 'policy:write',
  'document.rollback': 'policy:write',
  'approval.resolve': 'hall:approve',
  'approval.escalate': 'hall:approve',
  'approval.reevaluate': 'hall:approve',
  'approval.outcome': 'hall:route',
  'passkey.register': 'hall:approve',
  'passkey.revoke': 'hall:approve',
  'policy.evaluate': 'hall:route',
  'job.submit': 'hall:route',
  'job.cancel': 'hall:route',
  'policy.shadow': 'policy:write',
  'policy.unshadow': 'policy:write',
  'policy.snapshot': 'policy:write',
  'policy.save': 'policy:write',
  'policy.delete': 'policy:write',
  'policy.publish': 'policy:write',
  'policy.rollback': 'policy:write',
  'settings.patch': 'hall:admin',
  'decision.import': 'runtime:delivery',
  'usage.report': 'any',
  'webhook.create': 'hall:admin',
  'webhook.change': 'hall:admin',
  'webhook.rotate': 'hall:admin',
  'webhook.delete': 'hall:admin',
  'webhook.test': 'hall:admin',
  'webhook.replay': 'hall:admin',
  'webhook.claim': null,
  'webhook.report': null,
  tick: null,
};

const COLUMNS = `hash, key_id, name, environment, scopes, created_at, expires_at, revoked_at, allowed_ips, rate_limit,
  bucket, created_by, ended_by, last_used_at`;
const MINUTE_MS = 60_000;
const OPERATOR = 'operator';

const keyOf = (row: KeyRow): ApiKey => {
  const allowedIps = row.allowed_ips === null ? null : (JSON.parse(row.allowed_ips) as string[]);
  return {
    keyId: row.key_id,
    name: row.name,
    terms: {
      environment: row.environment === 'test' ? 'test' : 'live',
      scopes: JSON.parse(row.scopes) as Scope[],
      expiresAt: row.expires_at,
      allowedIps,
      rateLimit: row.rate_limit === null ? null : RateLimit.parse(JSON.parse(row.rate_limit)),
    },
    ranges: parseRanges(allowedIps),
    bucket: `key:${row.bucket ?? row.key_id}`,
    createdAt: row.created_at,
    createdBy: row.created_by,
    revokedAt: row.revoked_at,
    endedBy: row.ended_by,
  };
};

export class Keys {
  readonly #sql: SqlStorage;
  readonly #signatories: Signatories;
  #byHash = new Map<string, ApiKey>();
  #hashOf = new Map<string, string>();
  #lastUse = new Map<string, number>();
  /** Keys whose last use is not stored yet. */
  #used = new Set<string>();
  #useStoredAt = 0;

  constructor(sql: SqlStorage, signatories: Signatories) {
    this.#sql = sql;
    this.#signatories = signatories;
  }

  reload(): void {
    this.#byHash = new Map();
    this.#hashOf = new Map();
    this.#lastUse = new Map();
    this.#used = new Set();
    for (const row of this.#sql.exec<KeyRow>(`SELECT ${COLUMNS} FROM api_keys`).toArray()) this.#remember(row);
  }

  #remember(row: KeyRow): void {
    this.#byHash.set(row.hash, keyOf(row));
    this.#hashOf.set(row.key_id, row.hash);
    if (row.last_used_at !== null && !this.#used.has(row.key_id)) this.#lastUse.set(row.key_id, row.last_used_at);
  }

  /** Who this credential is, if it has what is demanded now. */
  judge(credential: Credential, scope: Demand, nowMs: number): Result<Actor, Refusal> {
    switch (credential.kind) {
      case 'operator':
        return ok(credential.by ?? { kind: 'operator', id: OPERATOR });
      case 'signatory':
        return this.#signatories.judge(credential, scope, nowMs);
      case 'leaked_key':
        return err(refusal('unauthorized'));
      case 'grant':
        return scope === 'runtime:delivery'
          ? ok({ kind: 'worker', id: credential.workerId })
          : err(refusal('insufficient_scope', 'a dispatch grant opens its own dispatch only'));
      case 'api_key': {
        const key = this.#byHash.get(credential.hash);
        if (key === undefined || !isUsable(key, nowMs)) return err(refusal('unauthorized'));
        if (!mayComeFrom(key.ranges, credential.address ?? null)) return err(refusal('address_not_allowed'));
        this.#use(key.keyId, nowMs);
        if (!meets(key.terms.scopes, scope)) {
          const lacking = scope === null || scope === 'any' ? undefined : `the key lacks the scope ${scopeFor(scope)}`;
          return err(refusal('insufficient_scope', lacking));
        }
        return ok({ kind: 'service', id: key.keyId });
      }
      case 'human':
        return meets(permissionsOf(credential.role), scope)
          ? ok({ kind: 'human', id: credential.userId, role: credential.role })
          : err(refusal('insufficient_scope', `the role ${credential.role} does not allow this`));
    }
  }

  judgeCommand(credential: Credential, command: Command, nowMs: number): Result<Actor, Refusal> {
    if (credential.kind === 'leaked_key' && command.kind === 'key.leaked') {
      const key = this.#byHash.get(credential.hash);
      const known = key !== undefined && key.revokedAt === null;
      return known ? ok({ kind: 'service', id: key.keyId }) : err(refusal('unauthorized'));
    }
    const judged = this.judge(credential, SCOPE_OF[command.kind], nowMs);
    if (!judged.ok || credential.kind !== 'grant') return judged;
    const named = command.kind === 'dispatch.start' || command.kind === 'dispatch.finish' ? command.decisionId : null;
    return named === credential.decisionId ? judged : err(refusal('unauthorized'));
  }

  /**
   * Who is behind somebody that acts here, as far as is known: the person who made the key, or who made the key that
   * made it; else the key, under whatever name it was rotated to.
   */
  personOf({ kind, id }: Actor): string {
    const own = kind === 'service' ? this.find(id) : null;
    if (own === null) return id;
    const seen = new Set<string>();
    let maker = own.createdBy;
    for (let key = this.find(maker ?? ''); key !== null && !seen.has(key.keyId); key = this.find(maker ?? '')) {
      seen.add(key.keyId);
      maker = key.createdBy;
    }
    return maker === null || maker === OPERATOR || this.find(maker) !== null ? own.bucket : maker;
  }

  administers(credential: Credential): boolean {
    return this.levelOf(credential) === 'incident_commander';
  }

  /** How far this credential may stand in for a supervisor; that it may answer at all is judged elsewhere. */
  levelOf(credential: Credential): SupervisorLevel {
    return supervisorLevel(
      credential.kind === 'human' ? permissionsOf(credential.role) : this.termsOf(credential).scopes,
    );
  }

  /** What the holder of this credential could do itself, and so may let a key do; all of it for the operator. */
  termsOf(credential: Credential): KeyTerms {
    if (credential.kind === 'operator') return openTerms(SCOPES);
    if (credential.kind === 'human') return openTerms(scopesOf(credential.role));
    if (credential.kind === 'signatory') {
      const { scopes, endsAtMs } = credential.vouched;
      return { ...openTerms(scopes), expiresAt: endsAtMs };
    }
    if (credential.kind !== 'api_key') return openTerms([]);
    return this.#byHash.get(credential.hash)?.terms ?? openTerms([]);
  }

  /** The limit that only this key's requests fall under. */
  limitOf(credential: Credential): Limited | null {
    const key = credential.kind === 'api_key' ? this.#byHash.get(credential.hash) : undefined;
    if (key === undefined || key.terms.rateLimit === null) return null;
    return { policy: 'key', bucket: key.bucket, limit: key.terms.rateLimit };
  }

  find(keyId: string): ApiKey | null {
    return this.#byHash.get(this.#hashOf.get(keyId) ?? '') ?? null;
  }

  list(): readonly ApiKey[] {
    return [...this.#byHash.values()];
  }

  lastUse(keyId: string): number | null {
    return this.#lastUse.get(keyId) ?? null;
  }

  #use(keyId: string, nowMs: number): void {
    const minute = nowMs - (nowMs % MINUTE_MS);
    if (this.#lastUse.get(keyId) === minute) return;
    this.#lastUse.set(keyId, minute);
    this.#used.add(keyId);
  }

  /** There is news of last uses, and a minute has passed since some were stored. */
  mustStoreUse(nowMs: number): boolean {
    return this.#used.size > 0 && Math.abs(nowMs - this.#useStoredAt) >= MINUTE_MS;
  }

  /** Inside a transaction. What a crash takes with it is the last minute's. */
  storeUse(nowMs: number): void {
    for (const keyId of this.#used) {
      this.#sql.exec('UPDATE api_keys SET last_used_at = ? WHERE key_id = ?', this.lastUse(keyId), keyId);
    }
    this.#used.clear();
    this.#useStoredAt = nowMs;
  }

  insert(key: NewApiKey, createdBy: string, nowMs: number, bucket: string | null = null): void {
    this.#sql.exec(
      `INSERT INTO api_keys (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?, ?, NULL, NULL)`,
      key.hash,
      key.keyId,
      key.name,
      key.environment,
      JSON.stringify(key.scopes),
      nowMs,
      key.expiresAt,
      key.allowedIps === null ? null : JSON.stringify(key.allowedIps),
      key.rateLimit === null ? null : JSON.stringify(key.rateLimit),
      bucket,
      createdBy,
    );
    this.#again(key.keyId);
  }

  /** Inside `apply`. */
  end(keyId: string, why: string, change: { readonly revokedAt: number } | { readonly expiresAt: number }): void {
    const column = 'revokedAt' in change ? 'revoked_at' : 'expires_at';
    const at = 'revokedAt' in change ? change.revokedAt : change.expiresAt;
    this.#sql.exec(`UPDATE api_keys SET ${column} = ?, ended_by = ? WHERE key_id = ?`, at, why, keyId);
    this.#again(keyId);
  }

  #again(keyId: string): void {
    this.#remember(this.#sql.exec<KeyRow>(`SELECT ${COLUMNS} FROM api_keys WHERE key_id = ?`, keyId).one());
  }
}

export const isUsable = (key: ApiKey, nowMs: number): boolean =>
  key.revokedAt === null && (key.terms.expiresAt === null || key.terms.expiresAt > nowMs);
