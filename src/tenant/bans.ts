/**
 * What this Hall knows of bans: the network's list as far as it was brought here, the tenant's own, and the lease under
 * which it may dispatch (DESIGN §7).
 *
 * INVARIANT: a lease is taken only on a list that reaches at least the epoch it was granted at.
 */

import type { Actor } from '../core/caller.ts';
import type { BanView } from '../core/hall/snapshot.ts';
import type { JsonObject } from '../core/json.ts';
import { changeOf } from '../core/ledger/change.ts';
import type { EntryDraft } from '../core/ledger/entry.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import {
  type Ban,
  type BanChange,
  type BanPosition,
  type BanSets,
  type BanSubject,
  banOf,
  banSets,
  isBanned,
  isInForce,
  targetText,
} from '../core/registry/ban.ts';
import type { BanFeed } from '../core/registry/ban-feed.ts';
import type { WorkerFact } from '../core/registry/worker.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Ledger, Moment, Plan } from '../ledger/commit.ts';
import type { BanNotices } from './ban-notices.ts';
import type { Command, CommandReply } from './commands.ts';
import { Lease, type LeaseRequest } from './lease.ts';
import { act, recorded, refused, type TenantMemo } from './plan.ts';

/** What came back: changes after `since`, and for how long a lease on `epoch` holds (0: none). */
export interface BanNews {
  readonly since: BanPosition;
  readonly epoch: number;
  readonly changes: readonly BanChange[];
  readonly leaseMs: number;
}

const DEADLINE = 'bans';
const IMPORTED = 'authority:';
const importedList = (authorityId: string): string => `${IMPORTED}${authorityId}`;
const START: BanPosition = { epoch: 0, head: null };

interface BanRow {
  readonly [column: string]: SqlStorageValue;
  readonly list: string;
  readonly ban: string;
}

export class Bans {
  readonly #ledger: Ledger<TenantMemo>;
  #network = new Map<string, Ban>();
  #own = new Map<string, Ban>();
  /** By `authority:<id>`. */
  #imported = new Map<string, Map<string, Ban>>();
  #position: BanPosition = START;
  #sets: BanSets = banSets([], 0);
  readonly #lease = new Lease();
  #learnedAt: number | null = null;
  readonly #hasOpenWork: () => boolean;
  readonly #notices: BanNotices;
  #enforcedTo = 0;

  /** `hasOpenWork`: something runs that a ban may have to stop. */
  constructor(ledger: Ledger<TenantMemo>, hasOpenWork: () => boolean, notices: BanNotices) {
    this.#ledger = ledger;
    this.#hasOpenWork = hasOpenWork;
    this.#notices = notices;
  }

  reload(): void {
    const { sql } = this.#ledger;
    this.#network = new Map();
    this.#own = new Map();
    this.#imported = new Map();
    for (const row of sql.exec<BanRow>('SELECT list, ban FROM bans').toArray()) {
      const ban = JSON.parse(row.ban) as Ban;
      this.#listOf(row.list).set(ban.ban_id, ban);
    }
    const [feed] = sql.exec<{ epoch: number; head: string | null }>('SELECT epoch, head FROM ban_feed').toArray();
    // A copy from before its places were named is brought up again from the start.
    this.#position = feed?.head == null ? START : { ...feed };
    this.#compile(this.#ledger.nowMs());
  }

  #listOf(list: string): Map<string, Ban> {
    if (list === 'network') return this.#network;
    if (list === 'own') return this.#own;
    const known = this.#imported.get(list) ?? new Map<string, Ban>();
    this.#imported.set(list, known);
    return known;
  }

  #every(): readonly Ban[] {
    return [this.#network, this.#own, ...this.#imported.values()].flatMap((list) => [...list.values()]);
  }

  #compile(nowMs: number): void {
    this.#sets = banSets(this.#every(), nowMs);
  }

  /** What a decision made at `nowMs` reads. */
  view(nowMs: number): BanView & { readonly text: string } {
    if (this.#sets.staleAt !== null && this.#sets.staleAt <= nowMs) this.#compile(nowMs);
    const { hash, text, workers, namespaces, artifacts } = this.#sets;
    return { epoch: this.#position.epoch, hash, text, fresh: this.isFresh(), workers, namespaces, artifacts };
  }

  /** By the bare clock, on which the lease was asked for: the time of entries never goes back, and may stand still. */
  isFresh(): boolean {
    return this.#lease.isHeld(this.#ledger.nowMs());
  }

  bansOn(fact: WorkerFact, nowMs: number): boolean {
    return isBanned(this.view(nowMs), fact);
  }

  /** The ban that names the worker, one of the network's first; null: it is not banned. */
  banOn(worker: BanSubject, nowMs: number): Ban | null {
    if (!isBanned(this.view(nowMs), worker)) return null;
    for (const ban of this.#every()) {
      if (isBanned(banSets([ban], nowMs), worker)) return ban;
    }
    return null;
  }

  request(): LeaseRequest {
    return { nonce: this.#lease.ask(this.#ledger.nowMs(), this.#ledger.newId), since: this.#position };
  }

  renewal(): LeaseRequest | null {
    return this.#lease.isDue(this.#ledger.nowMs()) ? this.request() : null;
  }

  /**
   * Takes what a Worker brought: an answer to a request of this wake-up, or a push (nonce null). Answers what is known
   * now, which a push is acknowledged by; news that do not follow on what is known change nothing.
   */
  learn(news: BanNews, nonce: string | null): BanPosition {
    if (!this.#follows(news)) return this.#position;
    const nowMs = this.#ledger.nowMs();
    const fresh = news.changes.filter((change) => change.epoch > this.#position.epoch);
    if (fresh.length > 0) this.#apply(fresh, nowMs);
    const holds = nonce !== null && news.leaseMs > 0 && this.#position.epoch >= news.epoch;
    if (holds && this.#lease.take(nonce, news.leaseMs)) this.#learnedAt = nowMs;
    return this.#position;
  }

  /** No gap, and of the same list: one that was made from another history of the network is not mixed with this. */
  #follows({ since, changes }: BanNews): boolean {
    const { epoch, head } = this.#position;
    if (since.epoch >= epoch) return since.epoch === epoch && since.head === head;
    const known = changes.find((change) => change.epoch === epoch);
    return known === undefined || known.receipt_hash === head;
  }

  #apply(changes: readonly BanChange[], nowMs: number): void {
    const { sql } = this.#ledger;
    const last = changes.at(-1);
    if (last === undefined) return;
    const position = { epoch: last.epoch, head: last.receipt_hash };
    const issued = changes.flatMap((change) =>
      change.kind === 'issued' && !this.#network.has(change.ban.ban_id) && isInForce(change.ban, nowMs)
        ? [change.ban]
        : [],
    );
    const lifted = changes.flatMap((change) => {
      const ban = change.kind === 'lifted' ? this.#network.get(change.ban_id) : undefined;
      return ban !== undefined && isInForce(ban, nowMs) ? [ban] : [];
    });
    this.#ledger.note(() => {
      for (const change of changes) {
        if (change.kind === 'issued') {
          sql.exec(
            "INSERT OR REPLACE INTO bans (list, ban_id, ban) VALUES ('network', ?, ?)",
            change.ban.ban_id,
            JSON.stringify(change.ban),
          );
        } else sql.exec("DELETE FROM bans WHERE list = 'network' AND ban_id = ?", change.ban_id);
      }
      sql.exec('INSERT OR REPLACE INTO ban_feed (id, epoch, head) VALUES (0, ?, ?)', position.epoch, position.head);
      // Open work of a worker that is banned now is closed by the alarm, as a command like any other.
      if (changes.some((change) => change.kind === 'issued')) this.enforceSoon();
      this.#notices.note(issued, lifted);
    });
    // Memory follows storage only now: had the write failed, nothing here would have been learnt.
    for (const change of changes) {
      if (change.kind === 'issued') this.#network.set(change.ban.ban_id, change.ban);
      else this.#network.delete(change.ban_id);
    }
    this.#position = position;
    this.#compile(nowMs);
  }

  feed(nowMs: number): JsonObject {
    return {
      epoch: this.#position.epoch,
      age_ms: this.#learnedAt === null ? null : nowMs - this.#learnedAt,
      fresh: this.isFresh(),
    };
  }

  planIssue(command: Command & { kind: 'ban.issue' }, actor: Actor, moment: Moment): Plan<CommandReply> {
    const nowMs = Math.floor(moment.now / 1000);
    const made = banOf(command.ban, `ban_${moment.newId()}`, 0, nowMs);
    if (!made.ok) return refused(made.error);
    const ban = made.value;
    const value = { ban_id: ban.ban_id, target: { ...ban.target }, status: 'effective' };
    return {
      entries: [act('hall.ban.issued', actor, { ...ban, target: { ...ban.target } }, changeOf(null, ban))],
      apply: () => {
        this.#ledger.sql.exec(
          "INSERT INTO bans (list, ban_id, ban) VALUES ('own', ?, ?)",
          ban.ban_id,
          JSON.stringify(ban),
        );
        this.#own.set(ban.ban_id, ban);
        this.#compile(nowMs);
        this.enforceSoon();
      },
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  planLift(command: Command & { kind: 'ban.lift' }, actor: Actor, nowMs: number): Plan<CommandReply> {
    const { banId, reason } = command;
    const ban = this.#own.get(banId);
    if (ban === undefined) return refused(refusal('not_found'));
    return {
      entries: [
        act('hall.ban.lifted', actor, { ban_id: banId, target: targetText(ban.target), reason }, changeOf(ban, null)),
      ],
      apply: () => {
        this.#ledger.sql.exec("DELETE FROM bans WHERE list = 'own' AND ban_id = ?", banId);
        this.#own.delete(banId);
        this.#compile(nowMs);
      },
      reply: ([sealed]) => recorded({ ban_id: banId, status: 'lifted' }, sealed),
    };
  }

  /**
   * The next stretch of an authority's list, as bans of this tenant. What is known already is no news, and a stretch that
   * leaves some out is refused.
   */
  planImported(
    authorityId: string,
    known: number,
    feed: BanFeed,
    actor: Actor,
    now: number,
  ): Result<{ readonly entries: readonly EntryDraft[]; readonly apply: () => void; readonly epoch: number }, Refusal> {
    if (feed.since > known) return err(refusal('authority_feed_gap', `the list is known up to epoch ${known}`));
    const fresh = feed.entries.filter((change) => change.epoch > known);
    const last = fresh.at(-1);
    if (last === undefined) return ok({ entries: [], apply: () => {}, epoch: known });
    const list = importedList(authorityId);
    const asFarAs = (epoch: number): JsonObject => ({ authority_id: authorityId, ban_epoch: epoch });
    const steps = fresh.map((change) =>
      change.kind === 'lifted'
        ? { ban_id: change.ban_id, ban: null }
        : { ban_id: change.ban.ban_id, ban: importedBan(change.ban, change.epoch) },
    );
    const body = {
      authority_id: authorityId,
      epoch: last.epoch,
      issued: steps.flatMap(({ ban }) => (ban === null ? [] : [{ ...ban, target: { ...ban.target } }])),
      lifted: steps.flatMap(({ ban, ban_id }) => (ban === null ? [ban_id] : [])),
    };
    return ok({
      epoch: last.epoch,
      entries: [act('hall.ban.imported', actor, body, changeOf(asFarAs(known), asFarAs(last.epoch)))],
      apply: () => {
        const kept = this.#listOf(list);
        for (const { ban_id, ban } of steps) {
          this.#ledger.sql.exec('DELETE FROM bans WHERE list = ? AND ban_id = ?', list, ban_id);
          kept.delete(ban_id);
          if (ban === null) continue;
          const text = JSON.stringify(ban);
          this.#ledger.sql.exec('INSERT INTO bans (list, ban_id, ban) VALUES (?, ?, ?)', list, ban_id, text);
          kept.set(ban_id, ban);
        }
        this.#compile(Math.floor(now / 1000));
        this.#ledger.deadline(DEADLINE, Math.floor(now / 1000));
      },
    });
  }

  /** Inside `apply`. */
  forgetImported(authorityId: string): void {
    this.#ledger.sql.exec('DELETE FROM bans WHERE list = ?', importedList(authorityId));
    this.#imported.delete(importedList(authorityId));
    this.#compile(this.#ledger.nowMs());
  }

  /** This tenant's own, and those of the authorities that it subscribed to. */
  /** One of its own. */
  one(banId: string): JsonObject | null {
    const ban = this.#own.get(banId);
    return ban === undefined ? null : { ...ban, target: { ...ban.target } };
  }

  own(): JsonObject {
    const shown = (ban: Ban, authorityId: string | null) => ({
      ...ban,
      target: { ...ban.target },
      authority_id: authorityId,
    });
    const imported = [...this.#imported].flatMap(([list, bans]) =>
      [...bans.values()].map((ban) => shown(ban, list.slice(IMPORTED.length))),
    );
    const bans = [...[...this.#own.values()].map((ban) => shown(ban, null)), ...imported];
    return { bans, count: bans.length };
  }

  /** Work may run now that nobody may do any more: the alarm closes it. Inside `apply`. */
  enforceSoon(): void {
    this.#enforcedTo = 0;
    if (this.#hasOpenWork()) this.#ledger.deadline(DEADLINE, this.#ledger.nowMs());
  }

  /** Open dispatches up to this seq were looked at for the bans of now; a wake-up looks at all of them again. */
  get enforcedTo(): number {
    return this.#enforcedTo;
  }

  /** A ban was learnt, and what it leaves open was not closed yet. */
  mustEnforce(): boolean {
    return this.#ledger.sql.exec('SELECT 1 FROM deadlines WHERE name = ?', DEADLINE).toArray().length > 0;
  }

  /** The alarm has closed what a ban left open: up to `seq`, or all of it (null). Inside `apply`. */
  enforced(seq: number | null): void {
    this.#enforcedTo = seq ?? 0;
    this.#ledger.deadline(DEADLINE, seq === null ? null : this.#ledger.nowMs());
  }
}

type Listed = Extract<BanFeed['entries'][number], { kind: 'issued' }>['ban'];

/** Members that we do not know stay behind. */
const importedBan = ({ ban_id, target, reason, evidence_url, issued_at, expires_at }: Listed, epoch: number): Ban => ({
  ban_id,
  epoch,
  target,
  reason,
  evidence_url,
  issued_at,
  expires_at,
});
