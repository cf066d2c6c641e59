/**
 * Questions about the ledger itself, alike for every object that has one: entries, proofs, checkpoints, contents. Entries
 * are answered as committed text; the Worker signs them. Who may ask is settled before.
 */
import { toBase64 } from '../core/bytes.ts';
import { sha256Hex } from '../core/hash.ts';
import { seqOfId } from '../core/ids.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { SealedEntry } from '../core/ledger/entry.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Anchor } from './anchor.ts';
import type { Ledger } from './commit.ts';
import { entryTextsFrom, registryAfter } from './entries.ts';

export type LedgerQuery =
  /** `id`: a seq, or the receipt_id or decision_id that names one. */
  | { readonly kind: 'entry'; readonly id: string }
  | { readonly kind: 'entries'; readonly from: number; readonly limit: number }
  /** What the registry is made of, among the next entries after `after`. */
  | { readonly kind: 'registry'; readonly after: number }
  | { readonly kind: 'contents'; readonly hashes: readonly string[] }
  | { readonly kind: 'content.page'; readonly after: string }
  | { readonly kind: 'proof'; readonly id: string }
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'checkpoints'; readonly after: number; readonly limit: number }
  /** Newest first; `before`: a size, null: from the latest. */
  | { readonly kind: 'checkpoints.back'; readonly before: number | null; readonly limit: number }
  | { readonly kind: 'consistency'; readonly from: number; readonly to: number };

/** A committed entry as the Worker needs it to sign the receipt. `text` is its canonical JSON. */
export interface Recorded {
  readonly seq: number;
  readonly text: string;
  readonly receiptHash: string;
  readonly signingKeyId: string;
}

export const recordOf = (sealed: SealedEntry): Recorded => ({
  seq: sealed.seq,
  text: sealed.text,
  receiptHash: sealed.receiptHash,
  signingKeyId: sealed.entry.signing_key_id,
});

/** Of contents in one answer; one call to an object carries 32 MB at the most. */
const CONTENT_CHARACTERS = 4_000_000;

export type Answer = Result<JsonObject, Refusal>;
const NOT_FOUND: Answer = err(refusal('not_found'));

export class LedgerReader {
  readonly #ledger: Ledger<object>;
  readonly #anchor: Anchor;

  constructor(ledger: Ledger<object>, anchor: Anchor) {
    this.#ledger = ledger;
    this.#anchor = anchor;
  }

  answer(query: LedgerQuery): Answer {
    switch (query.kind) {
      case 'entry':
        return this.#entry(query.id);
      case 'entries':
        return ok(this.#entries(query.from, query.limit));
      case 'registry':
        return ok(this.#registry(query.after));
      case 'contents':
        return ok(this.#contents(query.hashes));
      case 'content.page':
        return ok({
          contents: this.#ledger.contents.page(query.after, CONTENT_CHARACTERS).map((kept) => ({ ...kept })),
        });
      case 'proof':
        return this.#proof(query.id);
      case 'checkpoint':
        return this.#checkpoint();
      case 'checkpoints':
        return ok({ checkpoints: this.#anchor.notes(query.after, query.limit) });
      case 'checkpoints.back':
        return ok(this.#checkpointsBack(query.before, query.limit));
      case 'consistency':
        return this.#consistency(query.from, query.to);
    }
  }

  #entry(id: string): Answer {
    const seq = this.#seqNamed(id);
    const record = seq === null ? null : this.#ledger.log.recordAt(seq);
    return record === null ? NOT_FOUND : ok({ record: { ...record } });
  }

  #seqNamed(id: string): number | null {
    if (/^[1-9][0-9]{0,14}$/.test(id)) return Number(id);
    const seq = seqOfId(id);
    if (seq === null) return null;
    const text = this.#ledger.log.recordAt(seq)?.text;
    return text?.includes(`"${id}"`) ? seq : null;
  }

  #entries(from: number, limit: number): JsonObject {
    const texts = entryTextsFrom(this.#ledger.sql, from, limit);
    const records = texts.map((text, index) => {
      const { signing_key_id } = JSON.parse(text) as { signing_key_id: string };
      return { seq: from + index, text, receiptHash: sha256Hex(text), signingKeyId: signing_key_id };
    });
    return { records, size: this.#ledger.log.head.size };
  }

  #registry(after: number): JsonObject {
    const { entries, through } = registryAfter(this.#ledger.sql, after);
    return { entries: entries.map((one) => ({ ...one })), through, size: this.#ledger.log.head.size };
  }

  #contents(hashes: readonly string[]): JsonObject {
    const contents: Record<string, JsonValue> = {};
    for (const hash of hashes) {
      const text = this.#ledger.contents.text(hash);
      if (text !== null) contents[hash] = text;
    }
    return { contents };
  }

  #proof(id: string): Answer {
    const seq = this.#seqNamed(id);
    if (seq === null || seq > this.#ledger.log.head.size) return NOT_FOUND;
    const proof = this.#anchor.proofOf(seq);
    return ok({ proof: proof === null ? null : { ...proof } });
  }

  #checkpoint(): Answer {
    const note = this.#anchor.latestNote();
    return note === null ? NOT_FOUND : ok({ note });
  }

  #checkpointsBack(before: number | null, limit: number): JsonObject {
    const checkpoints = this.#anchor.notesBefore(before ?? Number.MAX_SAFE_INTEGER, limit);
    const last = checkpoints.at(-1);
    const isAll = checkpoints.length < limit || last === undefined;
    return { checkpoints, count: checkpoints.length, next_cursor: isAll ? null : String(last.size) };
  }

  #consistency(from: number, to: number): Answer {
    if (from > to || to > this.#ledger.log.head.size) return NOT_FOUND;
    return ok({ from, to, hashes: this.#ledger.log.consistencyProof(from, to).map(toBase64) });
  }
}
