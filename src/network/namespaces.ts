/**
 * Who owns which namespace (WCP 2.1): decided here, once for the whole network, each change an entry of its ledger.
 * Workers carry the change: first to the former owner, who says that it has given the name up, then to the new one.
 *
 * INVARIANT: a tenant is told that it holds a namespace only when no other tenant can still hold it.
 * INVARIANT: the ledger of the network is public, and says of an owner only a salted commitment: `terms_hash` is the
 * SHA-256 of the terms, canonical JSON, that are kept beside it. So a rebuild can read them, and a proof can show them.
 * A name that was given up stays with its last owner, since workers were trusted by it: only the operator moves it on.
 */
import type { Actor } from '../core/caller.ts';
import { canonicalJson } from '../core/canonical.ts';
import { sha256Hex } from '../core/hash.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Ledger, Moment, Plan } from '../ledger/commit.ts';
import type { RegistryEntry } from '../ledger/entries.ts';
import type { CommittedEntry } from '../ledger/log.ts';

/** Tenants take names for nothing, but not all of them. */
export const CLAIMS_PER_TENANT = 100;

export interface Ownership {
  readonly namespace: string;
  /** Null: given up. */
  readonly owner: string | null;
  /** Who had it before and has to be told, or (without an owner) who had it last. */
  readonly former: string | null;
  /** Of the entry that says so. */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** What the operator granted it on; null for a claim. */
  readonly evidence: string | null;
  readonly receiptHash: string;
  /** The former owner has given it up, or there is none. */
  readonly withdrawn: boolean;
  /** The owner has taken it, or there is none. */
  readonly taken: boolean;
}

export interface OwnershipChange {
  readonly ownership: Ownership;
  /** Null: it was so before. */
  readonly record: CommittedEntry | null;
  /** What the entry commits to, as it was hashed; null with the record. */
  readonly terms: string | null;
}

type Answer = Result<OwnershipChange, Refusal>;

interface Row {
  readonly [column: string]: SqlStorageValue;
  readonly namespace: string;
  readonly owner: string | null;
  readonly former: string | null;
  readonly seq: number;
  readonly since: number;
  readonly evidence: string | null;
  readonly receipt_hash: string;
  readonly withdrawn: number;
  readonly taken: number;
}

interface Terms {
  readonly owner: string | null;
  readonly former: string | null;
  readonly evidence: string | null;
  readonly reason: string | null;
}

interface Next {
  readonly owner: string | null;
  readonly former: string | null;
  readonly evidence: string | null;
  readonly withdrawn: boolean;
}

export class Namespaces {
  readonly #ledger: Ledger<object>;

  constructor(ledger: Ledger<object>) {
    this.#ledger = ledger;
  }

  one(namespace: string): Ownership | null {
    return this.#rows('WHERE namespace = ?', namespace)[0] ?? null;
  }

  page(after: string, limit: number): readonly Ownership[] {
    return this.#rows('WHERE namespace > ? ORDER BY namespace LIMIT ?', after, limit);
  }

  /** Changes that somebody has not been told of yet, oldest first. */
  unsettled(after: number, limit: number): readonly Ownership[] {
    return this.#rows('WHERE (withdrawn = 0 OR taken = 0) AND seq > ? ORDER BY seq LIMIT ?', after, limit);
  }

  /** First come, first served. Who owns it already is answered alike, so that a lost answer can be asked for again. */
  planClaim(namespace: string, tenant: string, moment: Moment): Plan<Answer> {
    const known = this.one(namespace);
    if (known?.owner === tenant) return unchanged(known);
    if (known !== null && (known.owner !== null || known.former !== tenant)) return refuse('namespace_taken');
    if (this.#claims(tenant) >= CLAIMS_PER_TENANT) return refuse('namespace_limit');
    const next = { owner: tenant, former: null, evidence: null, withdrawn: true };
    return this.#change('hall.namespace.claimed', A_TENANT, namespace, next, null, moment);
  }

  /** Grants a namespace, or moves it from whoever has it. */
  planAssign(namespace: string, tenant: string, evidence: string, actor: Actor, moment: Moment): Plan<Answer> {
    const known = this.one(namespace);
    if (known?.owner === tenant) return unchanged(known);
    if (known !== null && !known.withdrawn) return refuse('namespace_changing');
    const former = known?.owner ?? null;
    const next = { owner: tenant, former, evidence, withdrawn: former === null };
    const type = former === null ? 'hall.namespace.granted' : 'hall.namespace.transferred';
    return this.#change(type, actor, namespace, next, null, moment);
  }

  /** `by` null: the operator takes it away. */
  planRelease(namespace: string, by: string | null, reason: string | null, actor: Actor, moment: Moment): Plan<Answer> {
    const known = this.one(namespace);
    if (known?.owner == null || (by !== null && by !== known.owner)) return refuse('not_found');
    if (!known.withdrawn) return refuse('namespace_changing');
    const next = { owner: null, former: known.owner, evidence: null, withdrawn: false };
    const as = by === null ? actor : A_TENANT;
    return this.#change('hall.namespace.released', as, namespace, next, reason, moment);
  }

  /** What the entries of a page commit to, for those who make the registry again. */
  disclosed(entries: readonly RegistryEntry[]): readonly RegistryEntry[] {
    const query = 'SELECT terms FROM namespace_terms WHERE seq = ?';
    return entries.map(({ seq, text }) => {
      const row = this.#ledger.sql.exec<{ terms: string }>(query, seq).toArray()[0];
      return { seq, text, ...(row === undefined ? {} : { terms: row.terms }) };
    });
  }

  /** The former owner has said that it has given it up as of `seq`. */
  withdrawn(namespace: string, seq: number): void {
    this.#ledger.note(() => {
      this.#ledger.sql.exec('UPDATE namespaces SET withdrawn = 1 WHERE namespace = ? AND seq = ?', namespace, seq);
    });
  }

  taken(namespace: string, seq: number): void {
    this.#ledger.note(() => {
      this.#ledger.sql.exec('UPDATE namespaces SET taken = 1 WHERE namespace = ? AND seq = ?', namespace, seq);
    });
  }

  #change(
    type: string,
    actor: Actor,
    namespace: string,
    next: Next,
    reason: string | null,
    { now, newId }: Moment,
  ): Plan<Answer> {
    const since = Math.floor(now / 1000);
    const { owner, former, evidence } = next;
    const said: Terms = { owner, former, evidence, reason };
    const terms = canonicalJson({ ...said, salt: newId() });
    const body = { namespace, terms_hash: sha256Hex(terms) };
    let changed: Ownership | null = null;
    return {
      entries: [{ type, stream: 'registry', actor, trace_id: null, cause: null, body }],
      apply: ([sealed]) => {
        if (sealed === undefined) return;
        const { seq, receiptHash } = sealed;
        changed = { namespace, ...next, seq, since, receiptHash, taken: owner === null };
        this.#ledger.sql.exec('INSERT INTO namespace_terms (seq, terms) VALUES (?, ?)', seq, terms);
        this.#ledger.sql.exec(
          `INSERT OR REPLACE INTO namespaces
             (namespace, owner, former, seq, since, evidence, receipt_hash, withdrawn, taken)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          namespace,
          owner,
          former,
          seq,
          since,
          evidence,
          receiptHash,
          next.withdrawn ? 1 : 0,
          owner === null ? 1 : 0,
        );
      },
      reply: ([sealed]) =>
        changed === null || sealed === undefined
          ? err(refusal('internal_error'))
          : ok({
              ownership: changed,
              terms,
              record: {
                seq: sealed.seq,
                text: sealed.text,
                receiptHash: sealed.receiptHash,
                signingKeyId: sealed.entry.signing_key_id,
              },
            }),
    };
  }

  #claims(tenant: string): number {
    const query = 'SELECT count(*) AS count FROM namespaces WHERE owner = ? AND evidence IS NULL';
    return this.#ledger.sql.exec<{ count: number }>(query, tenant).one().count;
  }

  #rows(where: string, ...bindings: readonly SqlStorageValue[]): readonly Ownership[] {
    return this.#ledger.sql
      .exec<Row>(
        `SELECT namespace, owner, former, seq, since, evidence, receipt_hash, withdrawn, taken FROM namespaces ${where}`,
        ...bindings,
      )
      .toArray()
      .map(({ namespace, owner, former, seq, since, evidence, receipt_hash, withdrawn, taken }) => ({
        namespace,
        owner,
        former,
        seq,
        since,
        evidence,
        receiptHash: receipt_hash,
        withdrawn: withdrawn === 1,
        taken: taken === 1,
      }));
  }
}

/** Which one, the terms say; which of its keys, its own ledger. */
const A_TENANT: Actor = { kind: 'service', id: 'tenant' };

const unchanged = (ownership: Ownership): Plan<Answer> => ({
  entries: [],
  reply: () => ok({ ownership, record: null, terms: null }),
});

const refuse = (code: Refusal['code']): Plan<Answer> => ({ entries: [], reply: () => err(refusal(code)) });
