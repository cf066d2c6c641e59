/**
 * People of the tenant. Who they are is kept in the directory; that somebody changed what they may do is kept here, before
 * it happens there, and with it goes what they could do beside themselves: the keys that they made, unless whoever
 * changes it wants those to work on. The ledger names people by the ids of their accounts, never by their addresses.
 */
import { mayChangeMember, type Role, scopesOf } from '../core/access/roles.ts';
import type { Actor } from '../core/caller.ts';
import type { JsonObject } from '../core/json.ts';
import { changeOf } from '../core/ledger/change.ts';
import { refusal } from '../core/refusal.ts';
import type { Plan } from '../ledger/commit.ts';
import type { Command, CommandReply, Credential } from './commands.ts';
import { isUsable, type Keys, REVOKED } from './keys.ts';
import { act, recorded, refused } from './plan.ts';

const membership = (member: string, role: Role | null): JsonObject | null => (role === null ? null : { member, role });

export class Members {
  readonly #keys: Keys;

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  planChange(
    { change, member, from, to, invitation, keepKeys = false }: Command & { kind: 'member.change' },
    credential: Credential,
    actor: Actor,
    nowMs: number,
  ): Plan<CommandReply> {
    const by = credential.kind === 'human' ? credential.role : credential.kind === 'operator' ? 'owner' : 'admin';
    if (!mayChangeMember(by, from, to)) {
      return refused(refusal('insufficient_scope', 'only an owner makes, changes or removes owners'));
    }
    const ended = from === null || keepKeys ? [] : this.#beyond(member, to, nowMs);
    const what = { member, from, to, invitation_id: invitation ?? null, keys_revoked: ended };
    return {
      entries: [act(`hall.member.${change}`, actor, what, changeOf(membership(member, from), membership(member, to)))],
      apply: () => {
        for (const keyId of ended) this.#keys.end(keyId, REVOKED, { revokedAt: nowMs });
      },
      reply: ([sealed]) => recorded({ member, role: to, by: actor.id, keys_revoked: ended }, sealed),
    };
  }

  /** Keys that this person made, by whatever other key, and that open what they may no longer open themselves. */
  #beyond(member: string, to: Role | null, nowMs: number): readonly string[] {
    const held = to === null ? [] : scopesOf(to);
    return this.#keys
      .list()
      .filter((key) => isUsable(key, nowMs) && key.terms.scopes.some((scope) => !held.includes(scope)))
      .map(({ keyId }) => keyId)
      .filter((keyId) => this.#keys.personOf({ kind: 'service', id: keyId }) === member)
      .sort();
  }
}
