/**
 * The log of one object: its entries, its head and its Merkle tree, in memory as far as appending needs and in rows.
 * Only `commit.ts` appends and saves, inside its transaction; everybody may read and prove.
 */
import { concat } from '../core/bytes.ts';
import { leafHash, sha256Hex } from '../core/hash.ts';
import { receiptIdFor } from '../core/ids.ts';
import { type EntryDraft, type SealedEntry, sealEntry } from '../core/ledger/entry.ts';
import { TILE_WIDTH, TileTree, type TileWrite } from '../core/ledger/tiles.ts';
import { entryTextAt, entryTextsFrom } from './entries.ts';

const MICROSECONDS = 1000;
/** A row holds at most 2 MB; a larger commit is written as several bundles. */
const BUNDLE_CHARACTERS = 400_000;

export interface Head {
  size: number;
  /** Time of the last entry, microseconds. */
  ts: number;
  receiptHash: string | null;
  streams: Record<string, { seq: number; hash: string }>;
}

export interface CommittedEntry {
  readonly seq: number;
  /** Canonical JSON. */
  readonly text: string;
  readonly receiptHash: string;
  readonly signingKeyId: string;
}

interface HeadRow {
  readonly [column: string]: SqlStorageValue;
  readonly size: number;
  readonly ts: number;
  readonly receipt_hash: string | null;
  readonly streams: string;
  readonly memo: string;
}

export class Log {
  readonly #sql: SqlStorage;
  readonly #tenant: string;
  #head: Head = { size: 0, ts: 0, receiptHash: null, streams: {} };
  #tree = TileTree.empty();
  /** Appended and not written yet. */
  #texts: string[] = [];
  #tiles: TileWrite[] = [];

  constructor(sql: SqlStorage, tenant: string) {
    this.#sql = sql;
    this.#tenant = tenant;
  }

  get head(): Readonly<Head> {
    return this.#head;
  }

  /** O(1) in the size of the log: the head row, at most 255 leaves, one partial tile a level. Answers the saved memo. */
  load(): string | null {
    this.#texts = [];
    this.#tiles = [];
    const row = this.#sql.exec<HeadRow>('SELECT size, ts, receipt_hash, streams, memo FROM head').toArray()[0];
    this.#head =
      row === undefined
        ? { size: 0, ts: 0, receiptHash: null, streams: {} }
        : { size: row.size, ts: row.ts, receiptHash: row.receipt_hash, streams: JSON.parse(row.streams) };
    this.#tree = this.#loadTree(this.#head.size);
    return row?.memo ?? null;
  }

  #loadTree(size: number): TileTree {
    let above = Math.floor(size / TILE_WIDTH);
    const leaves = entryTextsFrom(this.#sql, above * TILE_WIDTH + 1, TILE_WIDTH).map(leafHash);
    const partials: Uint8Array[] = [concat(...leaves)];
    for (let level = 1; above > 0; level++) {
      const position = Math.floor(above / TILE_WIDTH);
      const partial = above % TILE_WIDTH === 0 ? undefined : this.#readTile(level, position);
      partials.push(partial ?? new Uint8Array());
      above = position;
    }
    const tree = TileTree.restore(size, partials);
    if (tree === undefined) throw new Error('the stored entries and tiles are not a tree of the stored size');
    return tree;
  }

  /** `now` in microseconds is the time of the command; its entries are told apart by a microsecond each. */
  append(draft: EntryDraft, now: number, random: string, signingKeyId: string): SealedEntry {
    const head = this.#head;
    const seq = head.size + 1;
    const ts = Math.max(now, head.ts + 1);
    const stream = head.streams[draft.stream];
    const streamSeq = (stream?.seq ?? 0) + 1;
    const sealed = sealEntry(draft, {
      tenant: this.#tenant,
      seq,
      ts,
      receiptId: receiptIdFor(Math.floor(ts / MICROSECONDS), random, seq),
      streamSeq,
      prevReceiptHash: head.receiptHash,
      prevStreamHash: stream?.hash ?? null,
      signingKeyId,
    });
    head.size = seq;
    head.ts = ts;
    head.receiptHash = sealed.receiptHash;
    head.streams[draft.stream] = { seq: streamSeq, hash: sealed.receiptHash };
    this.#texts.push(sealed.text);
    this.#tiles.push(...this.#tree.append(sealed.leaf));
    return sealed;
  }

  /** One row for the entries of the commit, one for the head; tiles only when one became complete. */
  save(memo: string): void {
    let first = this.#head.size - this.#texts.length + 1;
    for (const bundle of bundlesOf(this.#texts)) {
      const last = first + bundle.length - 1;
      this.#sql.exec(
        'INSERT INTO bundles (first_seq, last_seq, last_ts, entries) VALUES (?, ?, ?, ?)',
        first,
        last,
        this.#head.ts,
        bundle.join('\n'),
      );
      first = last + 1;
    }
    for (const { level, index, hashes } of this.#tiles) {
      this.#sql.exec(
        'INSERT OR REPLACE INTO tiles (level, position, hashes) VALUES (?, ?, ?)',
        level,
        index,
        hashes.buffer,
      );
    }
    this.#texts = [];
    this.#tiles = [];
    this.#sql.exec(
      'INSERT OR REPLACE INTO head (id, size, ts, receipt_hash, streams, memo) VALUES (0, ?, ?, ?, ?, ?)',
      this.#head.size,
      this.#head.ts,
      this.#head.receiptHash,
      JSON.stringify(this.#head.streams),
      memo,
    );
  }

  /** An entry as its caller got it, also one of the running commit; null beyond the end. */
  recordAt(seq: number): CommittedEntry | null {
    const written = this.#head.size - this.#texts.length;
    const text = seq > written ? (this.#texts[seq - written - 1] ?? null) : entryTextAt(this.#sql, seq);
    if (text === null) return null;
    const { signing_key_id } = JSON.parse(text) as { signing_key_id: string };
    return { seq, text, receiptHash: sha256Hex(text), signingKeyId: signing_key_id };
  }

  rootAt(size: number): Uint8Array {
    return this.#tree.rootAt(size, this.#readTile);
  }

  inclusionProof(size: number, index: number): Uint8Array[] {
    return this.#tree.inclusionProof(size, index, this.#readTile);
  }

  consistencyProof(oldSize: number, newSize: number): Uint8Array[] {
    return this.#tree.consistencyProof(oldSize, newSize, this.#readTile);
  }

  readonly #readTile = (level: number, position: number): Uint8Array | undefined => {
    const row = this.#sql
      .exec<{ hashes: ArrayBuffer }>('SELECT hashes FROM tiles WHERE level = ? AND position = ?', level, position)
      .toArray()[0];
    return row === undefined ? undefined : new Uint8Array(row.hashes);
  };
}

/** Lists of texts that fit a row each; none for no texts. */
const bundlesOf = (texts: readonly string[]): string[][] => {
  const bundles: string[][] = [];
  let characters = BUNDLE_CHARACTERS;
  for (const text of texts) {
    if (characters >= BUNDLE_CHARACTERS) {
      bundles.push([]);
      characters = 0;
    }
    bundles.at(-1)?.push(text);
    characters += text.length;
  }
  return bundles;
};
