/**
 * The attestation authorities that this tenant trusts beside its own word (WCP 4.4). What they say was verified in the
 * Worker; here it is judged whether they may say it, and whether it is news: an older statement, and a feed that does not
 * follow on the last one, change nothing.
 */
import type { Actor } from '../core/caller.ts';
import { canonicalJson } from '../core/canonical.ts';
import { sha256Hex } from '../core/hash.ts';
import type { JsonObject } from '../core/json.ts';
import type { EntryDraft, SealedEntry } from '../core/ledger/entry.ts';
import { refusal } from '../core/refusal.ts';
import type { Authority } from '../core/registry/authority.ts';
import type { Statement } from '../core/registry/statement.ts';
import type { Ledger, Plan } from '../ledger/commit.ts';
import type { Attesting } from './attesting.ts';
import type { Bans } from './bans.ts';
import type { Command, CommandReply } from './commands.ts';
import { act, recorded, refused, type TenantMemo } from './plan.ts';

const MAX_AUTHORITIES = 32;

interface AuthorityRow {
  readonly [column: string]: SqlStorageValue;
  readonly authority: string;
  readonly ban_epoch: number;
}

interface Subscribed {
  readonly authority: Authority;
  /** Of its ban list, as far as it was brought. */
  readonly banEpoch: number;
}

/** Part of what one command does. */
interface Step {
  readonly entries: readonly EntryDraft[];
  readonly apply: (sealed: readonly SealedEntry[]) => void;
}

export class Authorities {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #attesting: Attesting;
  readonly #bans: Bans;

  constructor(ledger: Ledger<TenantMemo>, attesting: Attesting, bans: Bans) {
    this.#ledger = ledger;
    this.#attesting = attesting;
    this.#bans = bans;
  }

  #all(): readonly Subscribed[] {
    return this.#ledger.sql
      .exec<AuthorityRow>('SELECT authority, ban_epoch FROM authorities ORDER BY authority_id')
      .toArray()
      .map((row) => ({ authority: JSON.parse(row.authority) as Authority, banEpoch: row.ban_epoch }));
  }

  #one(id: string): Subscribed | null {
    return this.#all().find(({ authority }) => authority.authority_id === id) ?? null;
  }

  list(): readonly JsonObject[] {
    return this.#all().map(shown);
  }

  /** With what its word is verified with; null: there is no such subscription. */
  show(id: string): JsonObject | null {
    const known = this.#one(id);
    return known === null ? null : { ...shown(known), hash: hashOf(known.authority) };
  }

  planSubscribe(command: Command & { kind: 'authority.subscribe' }, actor: Actor): Plan<CommandReply> {
    const { authority } = command;
    const known = this.#one(authority.authority_id);
    if (known === null && this.#all().length >= MAX_AUTHORITIES) {
      const message = `at most ${MAX_AUTHORITIES} authorities`;
      return refused(refusal('invalid_body', message, [{ field: '', message }]));
    }
    const subscribed = { authority, banEpoch: known?.banEpoch ?? 0 };
    return {
      entries: [
        act('hall.authority.subscribed', actor, documentOf(authority), {
          before: known === null ? null : hashOf(known.authority),
          after: hashOf(authority),
        }),
      ],
      apply: () => this.#keep(subscribed),
      reply: ([sealed]) => recorded(shown(subscribed), sealed),
    };
  }

  /** Its bans go with it; what it attested stays until something else is. */
  planUnsubscribe(command: Command & { kind: 'authority.unsubscribe' }, actor: Actor): Plan<CommandReply> {
    const { authorityId } = command;
    const known = this.#one(authorityId);
    if (known === null) return refused(refusal('not_found'));
    const value = { authority_id: authorityId };
    return {
      entries: [act('hall.authority.unsubscribed', actor, value, { before: hashOf(known.authority), after: null })],
      apply: () => {
        this.#ledger.sql.exec('DELETE FROM authorities WHERE authority_id = ?', authorityId);
        this.#bans.forgetImported(authorityId);
      },
      reply: ([sealed]) => recorded({ ...value, status: 'unsubscribed' }, sealed),
    };
  }

  planImport(command: Command & { kind: 'authority.import' }, actor: Actor, now: number): Plan<CommandReply> {
    const { authorityId, verifiedWith, statements, banFeed } = command;
    const known = this.#one(authorityId);
    if (known === null) return refused(refusal('not_found'));
    // Its keys were changed while the Worker verified.
    if (hashOf(known.authority) !== verifiedWith) return refused(refusal('authority_untrusted'));
    const { steps, ignored } = this.#attestations(known.authority, statements, actor, now);
    const imported =
      banFeed === null ? null : this.#bans.planImported(authorityId, known.banEpoch, banFeed, actor, now);
    if (imported !== null && !imported.ok) return refused(imported.error);
    if (imported !== null) {
      const { entries, apply, epoch } = imported.value;
      steps.push({
        entries,
        apply: () => {
          apply();
          this.#keep({ authority: known.authority, banEpoch: epoch });
        },
      });
    }
    const value = {
      authority_id: authorityId,
      attested: steps.length - (imported === null ? 0 : 1),
      ignored,
      ban_epoch: imported?.value.epoch ?? known.banEpoch,
    };
    return {
      entries: steps.flatMap(({ entries }) => entries),
      apply: (sealed) => {
        let from = 0;
        for (const { entries, apply } of steps) {
          apply(sealed.slice(from, from + entries.length));
          from += entries.length;
        }
      },
      reply: (sealed) => recorded(value, sealed.at(-1)),
    };
  }

  /** Of several statements on one worker the newest counts. */
  #attestations(
    authority: Authority,
    statements: readonly Statement[],
    actor: Actor,
    now: number,
  ): { readonly steps: Step[]; readonly ignored: JsonObject[] } {
    const ignored: JsonObject[] = [];
    const ignore = ({ manifest_id }: Statement, reason: string): void => {
      ignored.push({ manifest_id, reason });
    };
    const newest = new Map<string, Statement>();
    for (const statement of statements) {
      const other = newest.get(statement.worker_id);
      const isNewer = other === undefined || other.attested_at < statement.attested_at;
      if (other !== undefined) ignore(isNewer ? other : statement, 'superseded');
      if (isNewer) newest.set(statement.worker_id, statement);
    }
    const steps: Step[] = [];
    for (const statement of newest.values()) {
      const step = this.#attesting.planStatement(statement, authority, actor, now);
      if (typeof step === 'string') ignore(statement, step);
      else steps.push(step);
    }
    return { steps, ignored };
  }

  #keep({ authority, banEpoch }: Subscribed): void {
    this.#ledger.sql.exec(
      'INSERT OR REPLACE INTO authorities (authority_id, authority, ban_epoch) VALUES (?, ?, ?)',
      authority.authority_id,
      JSON.stringify(authority),
      banEpoch,
    );
  }
}

const documentOf = (authority: Authority): JsonObject => ({
  ...authority,
  keys: { ...authority.keys },
  namespaces: authority.namespaces === null ? null : [...authority.namespaces],
});

const shown = ({ authority, banEpoch }: Subscribed): JsonObject => ({ ...documentOf(authority), ban_epoch: banEpoch });

const hashOf = (authority: Authority): string => sha256Hex(canonicalJson(documentOf(authority)));
