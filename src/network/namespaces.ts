/**
 * Who owns which namespace (WCP 2.1): decided here, once for the whole network, each change an entry of its ledger.
 * Workers carry the change: first to the former owner, who says that it has given the name up, then to the new one.
 *
 * INVARIANT: a tenant is told that it holds a namespace only when no other tenant can still hold it.
 * A name that was given up stays with its last owner, since workers were trusted by it: only the operator moves it on.
 */
import type { Actor } from '../core/caller.ts';
import type { EntryDraft } from '../core/ledger/entry.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Ledger, Plan } from '../ledger/commit.ts';
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
  planClaim(namespace: string, tenant: string, now: number): Plan<Answer> {
    const known = this.one(namespace);
    if (known?.owner === tenant) return unchanged(known);
    if (known !== null && (known.owner !== null || known.former !== tenant)) return refuse('namespace_taken');
    if (this.#claims(tenant) >= CLAIMS_PER_TENANT) return refuse('namespace_limit');
    const next = { owner: tenant, former: null, evidence: null, withdrawn: true };
    return this.#change('hall.namespace.claimed', tenantActor(tenant), namespace, { owner: tenant }, next, now);
  }

  /** Grants a namespace, or moves it from whoever has it. */
  planAssign(namespace: string, tenant: string, evidence: string, actor: Actor, now: number): Plan<Answer> {
    const known = this.one(namespace);
    if (known?.owner === tenant) return unchanged(known);
    if (known !== null && !known.withdrawn) return refuse('namespace_changing');
    const former = known?.owner ?? null;
    const next = { owner: tenant, former, evidence, withdrawn: former === null };
    const type = former === null ? 'hall.namespace.granted' : 'hall.namespace.transferred';
    const said = { owner: tenant, ...(former === null ? {} : { former }), evidence };
    return this.#change(type, actor, namespace, said, next, now);
  }

  /** `by` null: the operator takes it away. */
  planRelease(namespace: string, by: string | null, reason: string | null, actor: Actor, now: number): Plan<Answer> {
    const known = this.one(namespace);
    if (known?.owner == null || (by !== null && by !== known.owner)) return refuse('not_found');
    if (!known.withdrawn) return refuse('namespace_changing');
    const next = { owner: null, former: known.owner, evidence: null, withdrawn: false };
    const said = { former: known.owner, ...(reason === null ? {} : { reason }) };
    const as = by === null ? actor : tenantActor(by);
    return this.#change('hall.namespace.released', as, namespace, said, next, now);
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
    said: EntryDraft['body'],
    next: Next,
    now: number,
  ): Plan<Answer> {
    const since = Math.floor(now / 1000);
    let changed: Ownership | null = null;
    return {
      entries: [{ type, stream: 'registry', actor, trace_id: null, cause: null, body: { namespace, ...said } }],
      apply: ([sealed]) => {
        if (sealed === undefined) return;
        const { seq, receiptHash } = sealed;
        changed = { namespace, ...next, seq, since, receiptHash, taken: next.owner === null };
        this.#ledger.sql.exec(
          `INSERT OR REPLACE INTO namespaces
             (namespace, owner, former, seq, since, evidence, receipt_hash, withdrawn, taken)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          namespace,
          next.owner,
          next.former,
          seq,
          since,
          next.evidence,
          receiptHash,
          next.withdrawn ? 1 : 0,
          next.owner === null ? 1 : 0,
        );
      },
      reply: ([sealed]) =>
        changed === null || sealed === undefined
          ? err(refusal('internal_error'))
          : ok({
              ownership: changed,
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

/** Of a tenant's own keys the network knows nothing: its own ledger says which of them it was. */
const tenantActor = (tenant: string): Actor => ({ kind: 'service', id: tenant, role: 'tenant' });

const unchanged = (ownership: Ownership): Plan<Answer> => ({
  entries: [],
  reply: () => ok({ ownership, record: null }),
});

const refuse = (code: Refusal['code']): Plan<Answer> => ({ entries: [], reply: () => err(refusal(code)) });
