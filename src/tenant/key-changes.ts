/**
 * What is done to API keys: make, rotate, revoke, report as leaked. Each is an entry that says who, which key, and the
 * hashes of its terms before and after. Never a key and never its hash: neither ever comes into a ledger.
 */
import { termsDocument, termsWithin } from '../core/access/key-terms.ts';
import type { Actor } from '../core/caller.ts';
import type { JsonObject } from '../core/json.ts';
import { changeOf } from '../core/ledger/change.ts';
import type { EntryDraft } from '../core/ledger/entry.ts';
import { refusal } from '../core/refusal.ts';
import type { Plan } from '../ledger/commit.ts';
import type { Alerts } from './alerts.ts';
import type { Command, CommandReply, Credential, NewApiKey } from './commands.ts';
import { type ApiKey, isUsable, type Keys, LEAKED, REVOKED } from './keys.ts';
import { act, recorded, refused } from './plan.ts';

/** All of a tenant's keys are in its object's memory. */
const MAX_USABLE = 10_000;

type Planned = Plan<CommandReply>;

export const keyCreated = (actor: Actor, key: NewApiKey): EntryDraft =>
  act(
    'hall.key.created',
    actor,
    { key_id: key.keyId, name: key.name, scopes: [...key.scopes] },
    changeOf(null, termsDocument(key.name, key)),
  );

export class KeyChanges {
  readonly #keys: Keys;
  readonly #alerts: Alerts;

  constructor(keys: Keys, alerts: Alerts) {
    this.#keys = keys;
    this.#alerts = alerts;
  }

  planCreate({ key }: Command & { kind: 'key.create' }, credential: Credential, actor: Actor, nowMs: number): Planned {
    const terms = termsWithin(this.#keys.termsOf(credential), key);
    if (!terms.ok) return refused(terms.error);
    if (terms.value.expiresAt !== null && terms.value.expiresAt <= nowMs) return refused(inThePast);
    if (this.#usable(nowMs).length >= MAX_USABLE) return refused(refusal('too_many_keys'));
    const made: NewApiKey = { ...key, ...terms.value };
    return {
      entries: [keyCreated(actor, made)],
      apply: () => this.#keys.insert(made, actor.id, nowMs),
      reply: ([sealed]) => recorded(this.show(this.#keys.find(key.keyId), nowMs), sealed),
    };
  }

  /** A key with the same terms takes the place of another, which works on for the overlap. */
  planRotate(command: Command & { kind: 'key.rotate' }, credential: Credential, actor: Actor, nowMs: number): Planned {
    const { keyId, newKeyId, hash, overlapMs } = command;
    const old = this.#keys.find(keyId);
    if (old === null || !isUsable(old, nowMs)) return refused(refusal('not_found'));
    // Whoever rotates a key gets to see the next one: it may open nothing that is closed to them.
    const terms = termsWithin(this.#keys.termsOf(credential), old.terms);
    if (!terms.ok) return refused(terms.error);
    const until = Math.min(nowMs + overlapMs, old.terms.expiresAt ?? Number.MAX_SAFE_INTEGER);
    const made: NewApiKey = { ...terms.value, hash, keyId: newKeyId, name: old.name };
    return {
      entries: [
        act(
          'hall.key.rotated',
          actor,
          { key_id: keyId, new_key_id: newKeyId, old_expires_at: new Date(until).toISOString() },
          changeOf(termsDocument(old.name, old.terms), termsDocument(made.name, made)),
        ),
      ],
      apply: () => {
        this.#keys.insert(made, actor.id, nowMs, old.bucket.slice('key:'.length));
        this.#keys.end(keyId, newKeyId, { expiresAt: until });
      },
      reply: ([sealed]) =>
        recorded(
          { ...this.show(this.#keys.find(newKeyId), nowMs), rotated: this.show(this.#keys.find(keyId), nowMs) },
          sealed,
        ),
    };
  }

  planRevoke({ keyId }: Command & { kind: 'key.revoke' }, actor: Actor, nowMs: number): Planned {
    const key = this.#keys.find(keyId);
    if (key === null || key.revokedAt !== null) return refused(refusal('not_found'));
    return {
      entries: [endEntry('hall.key.revoked', actor, key)],
      apply: () => this.#keys.end(keyId, REVOKED, { revokedAt: nowMs }),
      reply: ([sealed]) => recorded({ key_id: keyId, status: 'revoked' }, sealed),
    };
  }

  /** Somebody showed the key itself: it is no secret any more. */
  planLeaked({ source }: Command & { kind: 'key.leaked' }, actor: Actor, nowMs: number): Planned {
    const key = this.#keys.find(actor.id);
    if (key === null) return refused(refusal('unauthorized'));
    return {
      entries: [endEntry('hall.key.leaked', actor, key, { source })],
      apply: () => {
        this.#keys.end(key.keyId, LEAKED, { revokedAt: nowMs });
        const message = `the key ${key.keyId} was found by ${source} and is revoked`;
        this.#alerts.raise(nowMs * 1000, 'sev1', 'KEY_LEAKED', message);
      },
      reply: ([sealed]) => recorded({ key_id: key.keyId, status: LEAKED }, sealed),
    };
  }

  #usable(nowMs: number): readonly ApiKey[] {
    return this.#keys.list().filter((key) => isUsable(key, nowMs));
  }

  page(after: string | null, limit: number, nowMs: number): JsonObject {
    const all = [...this.#keys.list()].sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
    const rest = after === null ? all : all.filter((key) => key.keyId > after);
    const shown = rest.slice(0, limit);
    return {
      keys: shown.map((key) => this.show(key, nowMs)),
      count: shown.length,
      next_cursor: rest.length > limit ? (shown.at(-1)?.keyId ?? null) : null,
    };
  }

  show(key: ApiKey | null, nowMs: number): JsonObject {
    if (key === null) return {};
    const lastUse = this.#keys.lastUse(key.keyId);
    const date = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
    return {
      key_id: key.keyId,
      ...termsDocument(key.name, key.terms),
      expires_at: date(key.terms.expiresAt),
      status: statusOf(key, nowMs),
      created_at: date(key.createdAt),
      created_by: key.createdBy,
      last_used_at: date(lastUse),
      revoked_at: date(key.revokedAt),
      replaced_by: key.endedBy?.startsWith('key_') === true ? key.endedBy : null,
    };
  }
}

const inThePast = refusal('invalid_body', 'expires_at: in the past', [
  { field: '/expires_at', message: 'in the past' },
]);

const endEntry = (type: string, actor: Actor, key: ApiKey, more: JsonObject = {}): EntryDraft =>
  act(type, actor, { key_id: key.keyId, ...more }, changeOf(termsDocument(key.name, key.terms), null));

const statusOf = (key: ApiKey, nowMs: number): string => {
  if (key.revokedAt !== null) return key.endedBy === LEAKED ? LEAKED : REVOKED;
  if (!isUsable(key, nowMs)) return 'expired';
  return key.endedBy === null ? 'active' : 'ending';
};
