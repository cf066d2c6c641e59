/**
 * Which namespaces this tenant holds (WCP 2.1), as a Worker brought it from the network, where ownership is decided.
 * Held here so that whose worker somebody may touch is judged inside the object, with no read elsewhere.
 *
 * INVARIANT: of two pieces of news the one with the higher seq of the network's ledger holds, in whatever order they
 * come. The network lets nobody have a namespace before the tenant that had it has said here that it has it no more.
 */
import type { Actor } from '../core/caller.ts';
import type { JsonObject } from '../core/json.ts';
import { changeOf } from '../core/ledger/change.ts';
import type { EntryDraft } from '../core/ledger/entry.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { isSandbox, namespaceOf } from '../core/registry/namespace.ts';
import type { Ledger, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply } from './commands.ts';
import { act, recorded, type TenantMemo } from './plan.ts';

interface NamespaceRow {
  readonly [column: string]: SqlStorageValue;
  readonly namespace: string;
  /** Of the network's ledger. */
  readonly seq: number;
  readonly held: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** What the loss of a namespace does to the workers enrolled in it. */
export interface Revocation {
  readonly entries: readonly EntryDraft[];
  readonly apply: () => void;
}

export class Namespaces {
  readonly #ledger: Ledger<TenantMemo>;
  #known = new Map<string, NamespaceRow>();

  constructor(ledger: Ledger<TenantMemo>) {
    this.#ledger = ledger;
  }

  reload(): void {
    const rows = this.#ledger.sql.exec<NamespaceRow>('SELECT namespace, seq, held, since FROM namespaces').toArray();
    this.#known = new Map(rows.map((row) => [row.namespace, row]));
  }

  holds(namespace: string): boolean {
    return this.#known.get(namespace)?.held === 1;
  }

  /**
   * Null: this tenant may enrol, change, attest, retire and speak for the worker. It does not look whether there is
   * such a worker; what is no worker id is for others to judge.
   */
  refusal(workerId: string): Refusal | null {
    const namespace = namespaceOf(workerId);
    return namespace === null ? null : this.refusalOf(namespace);
  }

  /** Null: this tenant may speak for the namespace. */
  refusalOf(namespace: string): Refusal | null {
    return isSandbox(namespace) || this.holds(namespace) ? null : refusal('namespace_not_owned');
  }

  held(): JsonObject {
    const namespaces = [...this.#known.values()]
      .filter(({ held }) => held === 1)
      .sort((a, b) => (a.namespace < b.namespace ? -1 : 1))
      .map(({ namespace, since }) => ({ namespace, since: iso(since) }));
    return { namespaces, count: namespaces.length };
  }

  planLearn(
    command: Command & { kind: 'namespace.learn' },
    actor: Actor,
    now: number,
    revocation: () => Revocation,
  ): Plan<CommandReply> {
    const { namespace, seq, held, receiptHash } = command;
    const known = this.#known.get(namespace);
    if (known !== undefined && known.seq >= seq) {
      return { entries: [], reply: () => recorded(shown(known), null) };
    }
    const row: NamespaceRow = { namespace, seq, held: held ? 1 : 0, since: Math.floor(now / 1000) };
    const lost = held ? null : revocation();
    const said = { namespace, network_seq: seq, network_receipt_hash: receiptHash };
    return {
      entries: [
        act(
          held ? 'hall.namespace.granted' : 'hall.namespace.withdrawn',
          actor,
          said,
          changeOf(holding(known), holding(row)),
          'registry',
        ),
        ...(lost?.entries ?? []),
      ],
      apply: () => {
        this.#ledger.sql.exec(
          'INSERT OR REPLACE INTO namespaces (namespace, seq, held, since) VALUES (?, ?, ?, ?)',
          namespace,
          seq,
          row.held,
          row.since,
        );
        this.#known.set(namespace, row);
        lost?.apply();
      },
      reply: ([sealed]) => recorded(shown(row), sealed),
    };
  }
}

/** Since which entry of the network's ledger the name is held. */
const holding = (row: NamespaceRow | undefined): JsonObject | null =>
  row?.held === 1 ? { namespace: row.namespace, network_seq: row.seq } : null;

const shown = ({ namespace, held, since }: NamespaceRow): JsonObject => ({
  namespace,
  status: held === 1 ? 'held' : 'withdrawn',
  since: iso(since),
});

const iso = (ms: number): string => new Date(ms).toISOString();
