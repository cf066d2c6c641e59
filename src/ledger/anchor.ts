/**
 * The anchor outside this object's storage (DESIGN §6, "never publish a fork"). After a wake-up nothing commits until
 * the witness's last head was shown and is a prefix of this ledger; and no checkpoint counts before the witness has
 * cosigned it. A head that is no prefix means that storage went back in time or was changed: the ledger freezes.
 */
import { equalBytes, fromBase64, toBase64 } from '../core/bytes.ts';
import type { Ledger } from './commit.ts';

/** Checkpoints follow at least this often while there is something new. */
const PERIOD_MS = 1000;
/** A courier that has not come back by then is taken for dead. */
const COURIER_MS = 5000;
/** How long entries may wait for a witness before decisions fail closed. */
export const UNWITNESSED_MS = 60_000;

export interface WitnessedHead {
  readonly size: number;
  readonly root: string;
}

/** What the witness has to be shown: a checkpoint and the proof that it extends `oldSize`. */
export interface CheckpointDraft {
  readonly size: number;
  readonly root: string;
  readonly oldSize: number;
  readonly proof: readonly string[];
}

/** The inclusion of an entry in the tree of a checkpoint; base64 hashes, lowest first. */
export interface EntryProof {
  readonly seq: number;
  readonly hashes: readonly string[];
  readonly note: string;
}

/** What the memo of an anchored ledger says. */
export interface Freezable {
  /** Why nothing commits any more, or null. */
  frozen: string | null;
}

interface CheckpointRow {
  readonly [column: string]: SqlStorageValue;
  readonly size: number;
  readonly note: string;
}

export class Anchor {
  readonly #ledger: Ledger<Freezable>;
  /** Inside the transaction that freezes. */
  readonly #onFreeze: (why: string) => void;
  /** The witness's head was shown since this object woke up. */
  #judged = false;
  /** Size of the tree that the witness saw last; a crash may have kept its checkpoint from being stored here. */
  #witnessed = 0;
  #published = 0;
  #publishedAt = 0;
  /** When the oldest entry without a checkpoint was committed, or null. Milliseconds, as all times here. */
  #waitingSince: number | null = null;
  /** The caller chosen to carry the next checkpoint: it rests until `wakesAt` and is given up after `deadline`. */
  #courier: { readonly wakesAt: number; readonly deadline: number } | null = null;

  constructor(ledger: Ledger<Freezable>, onFreeze: (why: string) => void) {
    this.#ledger = ledger;
    this.#onFreeze = onFreeze;
  }

  reload(): void {
    const row = this.#ledger.sql.exec<{ size: number | null }>('SELECT max(size) AS size FROM checkpoints').one();
    this.#published = row.size ?? 0;
  }

  get isFrozen(): boolean {
    return this.#ledger.memo.frozen !== null;
  }

  get isJudged(): boolean {
    return this.#judged;
  }

  get witnessedSize(): number {
    return this.#witnessed;
  }

  /** A published checkpoint covers this entry. */
  covers(seq: number): boolean {
    return seq <= this.#published;
  }

  get pending(): boolean {
    return this.#ledger.log.head.size > this.#published;
  }

  overdue(nowMs: number): boolean {
    return this.#waitingSince !== null && nowMs - this.#waitingSince > UNWITNESSED_MS;
  }

  /** Shows the witness's last head. False: it is no prefix of this ledger, which is frozen now. */
  show(head: WitnessedHead, nowMs: number): boolean {
    this.#judged = true;
    if (!this.#isPrefix(head)) {
      this.freeze('the witness has seen a ledger that this one does not extend');
      return false;
    }
    if (this.isFrozen) this.#thaw();
    this.#witnessed = Math.max(this.#witnessed, head.size);
    if (this.pending) this.#waitingSince ??= nowMs;
    return true;
  }

  #isPrefix({ size, root }: WitnessedHead): boolean {
    if (size === 0) return true;
    if (size > this.#ledger.log.head.size) return false;
    const claimed = fromBase64(root);
    return claimed !== undefined && equalBytes(this.#ledger.log.rootAt(size), claimed);
  }

  freeze(why: string): void {
    if (this.isFrozen) return;
    this.#ledger.noteMemo(() => {
      this.#ledger.memo.frozen = why;
      this.#onFreeze(why);
    });
  }

  /** The witness's head is a prefix again: somebody restored what was missing. */
  #thaw(): void {
    this.#ledger.noteMemo(() => {
      this.#ledger.memo.frozen = null;
    });
  }

  /** A commit added entries. Says whether its caller should carry a checkpoint, and after how many milliseconds. */
  committed(nowMs: number, wantsProof: boolean): number | null {
    this.#waitingSince ??= nowMs;
    const courier = this.#courier;
    // Who needs a proof now does not wait for a courier that still rests.
    if (courier !== null && nowMs < courier.deadline && !(wantsProof && nowMs < courier.wakesAt)) return null;
    return this.hire(nowMs, wantsProof ? 0 : Math.max(0, this.#publishedAt + PERIOD_MS - nowMs));
  }

  hire(nowMs: number, afterMs: number): number {
    this.#courier = { wakesAt: nowMs + afterMs, deadline: nowMs + afterMs + COURIER_MS };
    return afterMs;
  }

  /** The next checkpoint, as an extension of what the witness saw last; null when there is nothing new. */
  draft(oldSize: number): CheckpointDraft | null {
    const { size } = this.#ledger.log.head;
    if (!this.pending || size < oldSize) return null;
    return {
      size,
      root: toBase64(this.#ledger.log.rootAt(size)),
      oldSize,
      proof: this.#ledger.log.consistencyProof(oldSize, size).map(toBase64),
    };
  }

  /** A checkpoint that the witness has cosigned. Stored, so that the proof of an entry stays the same for ever. */
  published(size: number, note: string, nowMs: number): void {
    this.#courier = null;
    if (size <= this.#published) return;
    this.#ledger.note(() => {
      this.#ledger.sql.exec(
        'INSERT OR IGNORE INTO checkpoints (size, published_at, note) VALUES (?, ?, ?)',
        size,
        nowMs,
        note,
      );
    });
    this.#witnessed = Math.max(this.#witnessed, size);
    this.#published = size;
    this.#publishedAt = nowMs;
    this.#waitingSince = this.pending ? nowMs : null;
  }

  /** The proof of an entry against the first checkpoint that covers it; null while none does. */
  proofOf(seq: number): EntryProof | null {
    const row = this.#ledger.sql
      .exec<CheckpointRow>('SELECT size, note FROM checkpoints WHERE size >= ? ORDER BY size LIMIT 1', seq)
      .toArray()[0];
    if (row === undefined) return null;
    return { seq, hashes: this.#ledger.log.inclusionProof(row.size, seq - 1).map(toBase64), note: row.note };
  }

  latestNote(): string | null {
    const row = this.#ledger.sql
      .exec<CheckpointRow>('SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1')
      .toArray()[0];
    return row?.note ?? null;
  }

  /** Those before a size, newest first. */
  notesBefore(before: number, limit: number): readonly { readonly size: number; readonly note: string }[] {
    return this.#ledger.sql
      .exec<CheckpointRow>(
        'SELECT size, note FROM checkpoints WHERE size < ? ORDER BY size DESC LIMIT ?',
        before,
        limit,
      )
      .toArray()
      .map(({ size, note }) => ({ size, note }));
  }

  notes(after: number, limit: number): readonly { readonly size: number; readonly note: string }[] {
    return this.#ledger.sql
      .exec<CheckpointRow>('SELECT size, note FROM checkpoints WHERE size > ? ORDER BY size LIMIT ?', after, limit)
      .toArray()
      .map(({ size, note }) => ({ size, note }));
  }
}
