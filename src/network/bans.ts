/**
 * The network's list of bans (DESIGN §7): each change is an entry of the ledger and the next epoch. A ban is effective
 * when nobody can dispatch without knowing it *and* the witness has seen its entry: what was answered so survives the
 * restoration of a backup, after which this object would be refused.
 */
import type { Actor } from '../core/caller.ts';
import type { JsonObject } from '../core/json.ts';
import type { EntryDraft, SealedEntry } from '../core/ledger/entry.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { type Ban, type BanChange, type BanPosition, banOf, isInForce, targetText } from '../core/registry/ban.ts';
import { err, ok } from '../core/result.ts';
import type { Anchor } from '../ledger/anchor.ts';
import type { Ledger, Moment, Plan } from '../ledger/commit.ts';
import { recordOf } from '../ledger/reading.ts';
import type { BanDelta, NetworkCommand, NetworkOutcome } from './commands.ts';
import { LEASE_MS, type Leases } from './leases.ts';

const DELTA_CHANGES = 1_000;
const DEADLINE = 'effective';
/** A ban that only waits for the witness is looked at again after so long. */
const LOOK_AGAIN_MS = 5_000;

interface BanRow {
  readonly [column: string]: SqlStorageValue;
  readonly epoch: number;
  readonly ban: string;
  readonly lifted_at: number | null;
  readonly effective_at: number | null;
  readonly acknowledged: number | null;
  readonly expired: number | null;
}
const COLUMNS = 'epoch, ban, lifted_at, effective_at, acknowledged, expired';

export class BanList {
  readonly #ledger: Ledger<object>;
  readonly #leases: Leases;
  readonly #anchor: Anchor;

  constructor(ledger: Ledger<object>, leases: Leases, anchor: Anchor) {
    this.#ledger = ledger;
    this.#leases = leases;
    this.#anchor = anchor;
  }

  get epoch(): number {
    const row = this.#ledger.sql.exec<{ epoch: number | null }>('SELECT max(epoch) AS epoch FROM changes').one();
    return row.epoch ?? 0;
  }

  /** Is this a place of this list? A copy that was made from a lost future of it is not. */
  contains({ epoch, head }: BanPosition): boolean {
    return epoch === 0 || this.#changeAt(epoch)?.receipt_hash === head;
  }

  delta(since: number): BanDelta {
    const newest = this.epoch;
    const changes = this.#ledger.sql
      .exec<{ change: string }>(
        'SELECT change FROM changes WHERE epoch > ? ORDER BY epoch LIMIT ?',
        since,
        DELTA_CHANGES,
      )
      .toArray()
      .map((row) => JSON.parse(row.change) as BanChange);
    const epoch = changes.at(-1)?.epoch ?? Math.min(since, newest);
    const position = { epoch: since, head: this.#changeAt(since)?.receipt_hash ?? null };
    // Who knows more than this list was told by one that is lost: no lease stands on that.
    return { since: position, epoch, changes, complete: epoch === newest && since <= newest };
  }

  /** `reportId`: of the report that it confirms. */
  planIssue(
    command: NetworkCommand & { kind: 'ban.issue' },
    actor: Actor,
    moment: Moment,
    reportId: string | null = null,
  ): Plan<NetworkOutcome> {
    const epoch = this.epoch + 1;
    const made = banOf(command.ban, `ban_${moment.newId()}`, epoch, Math.floor(moment.now / 1000));
    if (!made.ok) return refused(made.error);
    const ban = made.value;
    const target = { ...ban.target };
    return {
      entries: [
        entry('hall.ban.issued', actor, { ...ban, target, ...(reportId === null ? {} : { report_id: reportId }) }),
      ],
      apply: ([sealed]) => {
        if (sealed !== undefined) this.#record({ kind: 'issued', ban, ...placeOf(epoch, sealed) });
        this.#ledger.sql.exec(
          'INSERT INTO bans (ban_id, epoch, ban) VALUES (?, ?, ?)',
          ban.ban_id,
          epoch,
          JSON.stringify(ban),
        );
        this.#leases.watch(epoch, this.#ledger.nowMs());
        // Should the Worker that spreads it die, it becomes effective all the same, and this object says so.
        this.#ledger.deadline(DEADLINE, this.#ledger.nowMs() + LEASE_MS);
      },
      reply: recorded({ ban_id: ban.ban_id, epoch, target }),
    };
  }

  planLift(command: NetworkCommand & { kind: 'ban.lift' }, actor: Actor, moment: Moment): Plan<NetworkOutcome> {
    const { banId, reason } = command;
    const row = this.#row(banId);
    if (row === null) return refused(refusal('not_found'));
    if (row.lifted_at !== null) return refused(refusal('ban_already_lifted'));
    const { target } = JSON.parse(row.ban) as Ban;
    const epoch = this.epoch + 1;
    return {
      entries: [entry('hall.ban.lifted', actor, { ban_id: banId, target: targetText(target), epoch, reason })],
      apply: ([sealed]) => {
        if (sealed !== undefined) this.#record({ kind: 'lifted', ban_id: banId, ...placeOf(epoch, sealed) });
        this.#ledger.sql.exec('UPDATE bans SET lifted_at = ? WHERE ban_id = ?', Math.floor(moment.now / 1000), banId);
      },
      reply: recorded({ ban_id: banId, status: 'lifted', epoch }),
    };
  }

  /** Says of a ban that it is effective, if it is by now, and shows it. */
  settle(banId: string): JsonObject | null {
    const row = this.#row(banId);
    if (row === null) return null;
    this.#settle([row]);
    return this.one(banId);
  }

  /** The alarm: bans whose Worker died. */
  settleDue(): void {
    const rows = this.#ledger.sql
      .exec<BanRow>(`SELECT ${COLUMNS} FROM bans WHERE effective_at IS NULL AND lifted_at IS NULL`)
      .toArray();
    const waitMs = this.#settle(rows);
    this.#ledger.note(() => {
      this.#ledger.deadline(DEADLINE, waitMs === null ? null : this.#ledger.nowMs() + waitMs);
    });
  }

  /** Null when none of them waits any more; else after how many milliseconds to look again. */
  #settle(rows: readonly BanRow[]): number | null {
    const nowMs = this.#ledger.nowMs();
    const pending = rows.filter(({ effective_at }) => effective_at === null);
    const reached = pending.filter((row) => this.#isReached(row));
    this.#ledger.note(() => {
      for (const row of reached) this.#markEffective(row, nowMs);
    });
    if (reached.length === pending.length) return null;
    const waits = pending.map(({ epoch }) => this.#leases.standing(epoch, nowMs).waitMs);
    return Math.max(...waits, LOOK_AGAIN_MS);
  }

  #markEffective({ epoch }: BanRow, nowMs: number): void {
    const { acknowledged, expired } = this.#leases.counted(epoch);
    this.#ledger.sql.exec(
      'UPDATE bans SET effective_at = ?, acknowledged = ?, expired = ? WHERE epoch = ?',
      nowMs,
      acknowledged,
      expired,
      epoch,
    );
  }

  #isReached({ epoch }: BanRow): boolean {
    if (!this.#anchor.isJudged || this.#anchor.isFrozen) return false;
    const isWitnessed = this.#anchor.covers(this.#changeAt(epoch)?.seq ?? Number.MAX_SAFE_INTEGER);
    return isWitnessed && this.#leases.standing(epoch, this.#ledger.nowMs()).count === 0;
  }

  one(banId: string): JsonObject | null {
    const row = this.#row(banId);
    return row === null ? null : this.#shown(row);
  }

  list(before: number | null, limit: number): JsonObject {
    const rows = this.#ledger.sql
      .exec<BanRow>(
        `SELECT ${COLUMNS} FROM bans WHERE epoch < ? ORDER BY epoch DESC LIMIT ?`,
        before ?? Number.MAX_SAFE_INTEGER,
        limit,
      )
      .toArray();
    return {
      bans: rows.map((row) => this.#shown(row)),
      count: rows.length,
      next_cursor: rows.length < limit ? null : String(rows.at(-1)?.epoch),
    };
  }

  #row(banId: string): BanRow | null {
    return this.#ledger.sql.exec<BanRow>(`SELECT ${COLUMNS} FROM bans WHERE ban_id = ?`, banId).toArray()[0] ?? null;
  }

  #changeAt(epoch: number): BanChange | null {
    const row = this.#ledger.sql
      .exec<{ change: string }>('SELECT change FROM changes WHERE epoch = ?', epoch)
      .toArray()[0];
    return row === undefined ? null : (JSON.parse(row.change) as BanChange);
  }

  #record(change: BanChange): void {
    this.#ledger.sql.exec('INSERT INTO changes (epoch, change) VALUES (?, ?)', change.epoch, JSON.stringify(change));
  }

  #shown(row: BanRow): JsonObject {
    const ban = JSON.parse(row.ban) as Ban;
    const status = this.#status(row, ban);
    return {
      ...ban,
      target: { ...ban.target },
      issued_at: iso(ban.issued_at),
      expires_at: iso(ban.expires_at),
      effective_at: iso(row.effective_at),
      lifted_at: iso(row.lifted_at),
      status,
      // Halls that may still dispatch without knowing it.
      waiting: status === 'pending' ? this.#leases.standing(row.epoch, this.#ledger.nowMs()).count : 0,
      acknowledged: row.acknowledged,
      expired: row.expired,
    };
  }

  #status(row: BanRow, ban: Ban): 'lifted' | 'expired' | 'pending' | 'effective' {
    if (row.lifted_at !== null) return 'lifted';
    if (!isInForce(ban, this.#ledger.nowMs())) return 'expired';
    return row.effective_at !== null || this.#isReached(row) ? 'effective' : 'pending';
  }
}

const placeOf = (epoch: number, { seq, receiptHash }: SealedEntry) => ({ epoch, seq, receipt_hash: receiptHash });

export const entry = (type: string, actor: Actor, body: JsonObject): EntryDraft => ({
  type,
  stream: 'registry',
  actor,
  trace_id: null,
  cause: null,
  body,
});

export const recorded =
  (value: JsonObject) =>
  ([sealed]: readonly SealedEntry[]): NetworkOutcome =>
    sealed === undefined ? err(refusal('internal_error')) : ok({ value, record: recordOf(sealed) });

export const refused = (why: Refusal): Plan<NetworkOutcome> => ({ entries: [], reply: () => err(why) });

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
