/**
 * Passkeys with which people sign their answers. They are this tenant's own, apart from those that somebody may sign in
 * with: what a signature of theirs means is in this ledger, and can be checked with nothing else.
 */
import { PASSKEY_REGISTERED, PASSKEY_REVOKED } from '../core/approval/evidence.ts';
import { FRESH_MICROS } from '../core/approval/judge.ts';
import { assertionFault, isGoodKey, type Passkey, registrationChallenge } from '../core/approval/passkey.ts';
import type { Actor } from '../core/caller.ts';
import type { JsonObject } from '../core/json.ts';
import { changeOf } from '../core/ledger/change.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Ledger, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply, Credential } from './commands.ts';
import { act, recorded, refused, type TenantMemo } from './plan.ts';

interface PasskeyRow {
  readonly [column: string]: SqlStorageValue;
  readonly user_id: string;
  readonly passkey: string;
  readonly name: string;
  readonly registered_at: number;
  readonly revoked_at: number | null;
}

const MAX_PER_PERSON = 20;
const NOBODY = refusal('insufficient_scope', 'a passkey is a person’s: sign in');

export class Passkeys {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #slug: string;

  constructor(ledger: Ledger<TenantMemo>, slug: string) {
    this.#ledger = ledger;
    this.#slug = slug;
  }

  /** Null: there is none of that id that this person may sign with. */
  of(userId: string, credentialId: string): Passkey | null {
    const row = this.#rows('credential_id = ?', credentialId)[0];
    if (row === undefined || row.user_id !== userId || row.revoked_at !== null) return null;
    return JSON.parse(row.passkey) as Passkey;
  }

  /** Those of one person. */
  list(userId: string | null): Result<JsonObject, Refusal> {
    if (userId === null) return err(NOBODY);
    const passkeys = this.#rows('user_id = ? ORDER BY registered_at', userId).map(shown);
    return ok({ user_id: userId, passkeys, count: passkeys.length });
  }

  planRegister(
    { key, name, assertion }: Command & { kind: 'passkey.register' },
    actor: Actor,
    credential: Credential,
    now: number,
  ): Plan<CommandReply> {
    if (credential.kind !== 'human') return refused(NOBODY);
    if (now - (credential.signedInAt ?? 0) > FRESH_MICROS) return refused(refusal('step_up_required'));
    const known = this.#rows('credential_id = ?', key.credential_id)[0];
    if (known !== undefined) return refused(refusal('already_exists'));
    const challenge = registrationChallenge(this.#slug, actor.id, key.public_key);
    const wrong = isGoodKey(key) ? assertionFault(key, assertion, challenge) : 'the key is not one of its kind';
    if (wrong !== null) return refused(refusal('answer_signature_invalid', wrong));
    const own = this.#rows('user_id = ? AND revoked_at IS NULL', actor.id);
    if (own.length >= MAX_PER_PERSON) return refused(refusal('too_many_keys'));
    return {
      entries: [act(PASSKEY_REGISTERED, actor, { ...key, user_id: actor.id }, changeOf(null, key))],
      apply: () =>
        this.#ledger.sql.exec(
          'INSERT INTO passkeys (credential_id, user_id, passkey, name, registered_at) VALUES (?, ?, ?, ?, ?)',
          key.credential_id,
          actor.id,
          JSON.stringify(key),
          name,
          now,
        ),
      reply: ([sealed]) => recorded({ credential_id: key.credential_id, algorithm: key.algorithm, name }, sealed),
    };
  }

  /** One's own; an administrator may end anybody's. It is never registered again. */
  planRevoke(
    { credentialId }: Command & { kind: 'passkey.revoke' },
    actor: Actor,
    mayEndAll: boolean,
    now: number,
  ): Plan<CommandReply> {
    const row = this.#rows('credential_id = ?', credentialId)[0];
    const isMine = row !== undefined && row.revoked_at === null && (mayEndAll || row.user_id === actor.id);
    if (!isMine) return refused(refusal('not_found'));
    return {
      entries: [
        act(
          PASSKEY_REVOKED,
          actor,
          { credential_id: credentialId, user_id: row.user_id },
          changeOf(JSON.parse(row.passkey) as Passkey, null),
        ),
      ],
      apply: () =>
        this.#ledger.sql.exec('UPDATE passkeys SET revoked_at = ? WHERE credential_id = ?', now, credentialId),
      reply: ([sealed]) => recorded({ credential_id: credentialId, revoked: true }, sealed),
    };
  }

  #rows(where: string, ...bindings: SqlStorageValue[]): readonly PasskeyRow[] {
    return this.#ledger.sql
      .exec<PasskeyRow>(
        `SELECT user_id, passkey, name, registered_at, revoked_at FROM passkeys WHERE ${where}`,
        ...bindings,
      )
      .toArray();
  }
}

const shown = ({ passkey, name, registered_at, revoked_at }: PasskeyRow): JsonObject => {
  const { credential_id, algorithm, rp_id } = JSON.parse(passkey) as Passkey;
  const iso = (micros: number): string => new Date(Math.floor(micros / 1000)).toISOString();
  return {
    credential_id,
    algorithm,
    rp_id,
    name,
    registered_at: iso(registered_at),
    revoked_at: revoked_at === null ? null : iso(revoked_at),
  };
};
