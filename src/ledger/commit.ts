/**
 * THE write path of an object (DESIGN §2.3): state change, entries, deadlines and idempotent replies commit together
 * or not at all. The only file of an object that reads the clock, mints ids, opens a transaction or sets the alarm.
 *
 * A command is planned first, with nothing changed, and then applied; so a command that fails in planning fails alone.
 * INVARIANT: memory is a cache of storage. When a transaction fails, all of it is read again.
 */

import type { EntryDraft, SealedEntry } from '../core/ledger/entry.ts';
import { Contents } from './contents.ts';
import { LEDGER_SCHEMA, migrate, type SchemaStep } from './ddl.ts';
import { Log } from './log.ts';

const MICROSECONDS = 1000;
const REPLY_TTL_MS = 24 * 3600 * 1000;
const REPLIES = 'replies';
const RETRY_ALARM_MS = 30_000;

/** What a plan may use of the world: its time (µs), the seq of its first entry, and random UUIDv4s. */
export interface Moment {
  readonly now: number;
  readonly seq: number;
  readonly newId: () => string;
}

/** What a command will do. `apply` runs inside the transaction, after the entries were sealed. */
export interface Plan<R> {
  readonly entries: readonly EntryDraft[];
  readonly apply?: ((sealed: readonly SealedEntry[]) => void) | undefined;
  readonly reply: (sealed: readonly SealedEntry[]) => R;
}

export interface Idempotency {
  readonly key: string;
  readonly digest: string;
}

/** Commands that one caller sent together; they share an idempotent reply, and each fails or holds by itself. */
export interface Group<C> {
  readonly commands: readonly C[];
  readonly idempotency: Idempotency | null;
  /** Named in the entries; the key itself never comes here. */
  readonly signingKeyId: string;
  /**
   * Uses up what may be used once, inside the transaction and before a known reply is looked up; false: it was used
   * before, and the group is not run.
   */
  readonly enter?: (() => boolean) | undefined;
}

export type GroupReply<R> =
  | { readonly kind: 'done'; readonly replies: readonly (R | CommandFailed)[]; readonly replayed: boolean }
  | { readonly kind: 'idempotency_conflict' }
  | { readonly kind: 'not_entered' }
  | { readonly kind: 'storage_failed' };

export interface CommandFailed {
  readonly kind: 'command_failed';
}

export interface LedgerOptions<Memo> {
  readonly ctx: DurableObjectState;
  readonly tenant: string;
  readonly schema: readonly SchemaStep[];
  readonly newMemo: () => Memo;
  /** Reads the object's own caches again, at start and after a transaction that failed. */
  readonly reload: () => void;
  /** Sees every entry inside the transaction that writes it, after what came with it was applied: an outbox. */
  readonly onSealed?: (sealed: SealedEntry) => void;
}

export class Ledger<Memo extends object> {
  readonly #storage: DurableObjectStorage;
  readonly #options: LedgerOptions<Memo>;
  readonly log: Log;
  readonly contents: Contents;
  #memo: Memo;
  #deadlinesChanged = false;
  /** A time is set at which replies nobody can ask for any more are forgotten. */
  #purgeIsDue = false;

  constructor(options: LedgerOptions<Memo>) {
    this.#options = options;
    this.#storage = options.ctx.storage;
    this.log = new Log(this.sql, options.tenant);
    this.contents = new Contents(this.sql);
    this.#memo = options.newMemo();
    migrate(this.#storage, [...LEDGER_SCHEMA, ...options.schema]);
    this.#load();
  }

  get sql(): SqlStorage {
    return this.#storage.sql;
  }

  /** Small state that changes with nearly every commit; saved with the head. Changed only inside `apply`. */
  get memo(): Memo {
    return this.#memo;
  }

  /** The object's clock in microseconds; never behind the last entry. */
  now(): number {
    return Math.max(Date.now() * MICROSECONDS, this.log.head.ts + 1);
  }

  /** The bare clock, for durations that no entry tells: expiry of credentials, the courier's rest. */
  nowMs(): number {
    return Date.now();
  }

  newId(): string {
    return crypto.randomUUID();
  }

  /** Runs a batch of groups in order. Every group is answered; none is half done. */
  commit<C, R>(groups: readonly Group<C>[], plan: (command: C, moment: Moment) => Plan<R>): readonly GroupReply<R>[] {
    const together = this.#attempt(groups, plan);
    if (together !== null) return together;
    if (groups.length === 1) return [{ kind: 'storage_failed' }];
    // One of them cannot be written. Each tries alone, so that it fails alone.
    return groups.map((group) => this.#attempt([group], plan)?.[0] ?? { kind: 'storage_failed' });
  }

  /** Sets (or with null clears) a due time in milliseconds, inside `apply`; the alarm follows at the end of the commit. */
  deadline(name: string, dueAtMs: number | null): void {
    if (dueAtMs === null) this.sql.exec('DELETE FROM deadlines WHERE name = ?', name);
    else this.sql.exec('INSERT OR REPLACE INTO deadlines (name, due_at) VALUES (?, ?)', name, dueAtMs);
    this.#deadlinesChanged = true;
  }

  /** A write that no entry of this ledger describes: a published checkpoint, news of the network's bans. */
  note(write: () => void): void {
    this.#storage.transactionSync(() => {
      write();
      if (this.#deadlinesChanged) this.#setAlarm();
    });
  }

  /** The same, with a change of the memo: a freeze. */
  noteMemo(write: () => void): void {
    this.#storage.transactionSync(() => {
      write();
      this.#save();
    });
  }

  /** For entries that no request asked for: they name the key that the last entry named. */
  lastSigningKeyId(): string {
    return this.log.recordAt(this.log.head.size)?.signingKeyId ?? '';
  }

  #attempt<C, R>(
    groups: readonly Group<C>[],
    plan: (command: C, moment: Moment) => Plan<R>,
  ): readonly GroupReply<R>[] | null {
    try {
      return this.#storage.transactionSync(() => {
        const sizeBefore = this.log.head.size;
        const replies = groups.map((group) => this.#runGroup(group, plan));
        if (this.log.head.size > sizeBefore) this.#save();
        if (this.#deadlinesChanged) this.#setAlarm();
        return replies;
      });
    } catch (error) {
      // Rolled back as a whole; what memory says is no longer true.
      console.error(JSON.stringify({ level: 'error', at: 'commit', error: String(error) }));
      this.#recover();
      return null;
    }
  }

  /** When even that fails the object starts anew: nothing may be committed, or witnessed, from such a memory. */
  #recover(): void {
    try {
      this.#load();
      this.#options.reload();
    } catch (error) {
      this.#options.ctx.abort('storage failed, and could not be read again');
      throw error;
    }
  }

  #runGroup<C, R>(group: Group<C>, plan: (command: C, moment: Moment) => Plan<R>): GroupReply<R> {
    const { idempotency } = group;
    if (group.enter?.() === false) return { kind: 'not_entered' };
    if (idempotency === null) return { kind: 'done', replies: this.#runCommands(group, plan), replayed: false };
    const known = this.sql
      .exec<{ digest: string; reply: string }>(
        'SELECT digest, reply FROM replies WHERE key = ? AND expires_at > ?',
        idempotency.key,
        this.nowMs(),
      )
      .toArray()[0];
    if (known !== undefined) {
      if (known.digest !== idempotency.digest) return { kind: 'idempotency_conflict' };
      return { kind: 'done', replies: JSON.parse(known.reply) as R[], replayed: true };
    }
    const replies = this.#runCommands(group, plan);
    this.sql.exec(
      'INSERT OR REPLACE INTO replies (key, digest, reply, expires_at) VALUES (?, ?, ?, ?)',
      idempotency.key,
      idempotency.digest,
      JSON.stringify(replies),
      this.nowMs() + REPLY_TTL_MS,
    );
    if (!this.#purgeIsDue) this.#duePurge(this.nowMs() + REPLY_TTL_MS);
    return { kind: 'done', replies, replayed: false };
  }

  /** Forgets replies whose time is over, inside `apply` of the alarm's command. */
  purgeReplies(): void {
    const query = 'SELECT 1 FROM deadlines WHERE name = ? AND due_at <= ?';
    if (this.sql.exec(query, REPLIES, this.nowMs()).toArray().length === 0) return;
    this.sql.exec('DELETE FROM replies WHERE expires_at <= ?', this.nowMs());
    const { due } = this.sql.exec<{ due: number | null }>('SELECT min(expires_at) AS due FROM replies').one();
    this.#duePurge(due);
  }

  #duePurge(dueAtMs: number | null): void {
    this.#purgeIsDue = dueAtMs !== null;
    this.deadline(REPLIES, dueAtMs);
  }

  #runCommands<C, R>(group: Group<C>, plan: (command: C, moment: Moment) => Plan<R>): (R | CommandFailed)[] {
    return group.commands.map((command) => {
      const now = this.now();
      let planned: Plan<R>;
      try {
        planned = plan(command, { now, seq: this.log.head.size + 1, newId: this.newId });
      } catch (error) {
        // A bug in one command fails that command alone: planning has changed nothing.
        console.error(JSON.stringify({ level: 'error', at: 'plan', error: String(error) }));
        return { kind: 'command_failed' };
      }
      const sealed = planned.entries.map((draft) => this.log.append(draft, now, this.newId(), group.signingKeyId));
      planned.apply?.(sealed);
      for (const one of sealed) this.#options.onSealed?.(one);
      return planned.reply(sealed);
    });
  }

  #save(): void {
    this.log.save(JSON.stringify(this.#memo));
  }

  /** One alarm an object: the earliest deadline. It commits and rolls back with the transaction. */
  #setAlarm(): void {
    const row = this.sql.exec<{ due: number | null }>('SELECT min(due_at) AS due FROM deadlines').one();
    if (row.due === null) void this.#storage.deleteAlarm();
    else void this.#storage.setAlarm(row.due);
    this.#deadlinesChanged = false;
  }

  /** It can commit again: whatever is due is looked at now, and not when the alarm would have looked again. */
  rearm(): void {
    this.#setAlarm();
  }

  /** The alarm found that nothing can commit now; it looks again later. */
  wakeAgain(): void {
    void this.#storage.setAlarm(this.nowMs() + RETRY_ALARM_MS);
  }

  #load(): void {
    this.contents.reload();
    this.#deadlinesChanged = false;
    const memo = this.log.load();
    this.#memo = { ...this.#options.newMemo(), ...(memo === null ? {} : (JSON.parse(memo) as Memo)) };
    const replies = this.sql.exec('SELECT 1 FROM deadlines WHERE name = ?', REPLIES).toArray();
    this.#purgeIsDue = replies.length > 0;
  }
}
