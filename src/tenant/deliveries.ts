/**
 * The outbox: what is still to be told to whom. A row is written in the commit of the entry that it tells of, so neither
 * can be there without the other; the message itself is made from the entry each time it is sent.
 *
 * Nothing is sent from here. A courier claims what is due, sends it, and says what came of it. A claim that nobody
 * reports on is due again after a while: told twice is possible, untold is not.
 */

import type { Actor } from '../core/caller.ts';
import type { JsonObject } from '../core/json.ts';
import { changeOf, unchanged } from '../core/ledger/change.ts';
import type { Entry, EntryDraft, SealedEntry } from '../core/ledger/entry.ts';
import { refusal } from '../core/refusal.ts';
import { type AnyEvent, eventOf, TEST_EVENT } from '../core/webhook/event.ts';
import { ATTEMPTS, NOT_SENT, pauseMs, retryAfterMs, TROUBLE } from '../core/webhook/retry.ts';
import type { Ledger, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply, DeliveryJob, DeliveryResult } from './commands.ts';
import { act, entry, recorded, refused, SYSTEM, type TenantMemo } from './plan.ts';
import { termsOf, type WebhookRow, type Webhooks } from './webhooks.ts';

const DEADLINE = 'webhooks';
/** The Worker whose command made the entry calls a courier at once; the alarm does when that Worker died. */
const GRACE_MS = 2_000;
/** Longer than a courier goes on with what it claimed. */
const LEASE_MS = 30_000;
const CLAIM = 60;
const CLAIM_OF_ONE = 30;
/** Of an endpoint to which nothing got through lately. */
const CLAIM_OF_DOUBTFUL = 4;
/** A courier that was called is given so long before another one is; twice as long each time that none has come. */
const CALLED_MS = 2_000;
const CALLED_AT_MOST_MS = 600_000;
/** Behind an endpoint that fails, what is older or beyond so many is given up: its entries stay, and can be told again. */
const OLD_MS = 24 * 3_600_000;
const KEPT = 10_000;

interface DeliveryRow {
  readonly [column: string]: SqlStorageValue;
  readonly id: number;
  readonly webhook_id: string;
  readonly seq: number;
  readonly event: string;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly attempts: number;
  /** It is given up after this one. */
  readonly last_attempt: number;
  readonly due_at: number;
  readonly created_at: number;
  readonly finished_at: number | null;
  /** What came of the last attempts, JSON. */
  readonly tries: string;
}

interface Try {
  readonly at: string;
  readonly status: number | null;
  readonly fault: string | null;
  readonly latency_ms: number;
}

export interface DeliveryFilter {
  readonly state: DeliveryRow['state'] | null;
}

const isOk = ({ status }: DeliveryResult): boolean => status !== null && status >= 200 && status < 300;
/** The receiver says that it does not want any more of them. */
const isGone = ({ status }: DeliveryResult): boolean => status === 410;
/** Claimed, and given back: the courier had no more time. */
const isUntried = ({ fault }: DeliveryResult): boolean => fault === NOT_SENT;
const keyOf = ({ webhookId, seq }: { webhookId: string; seq: number }): string => `${webhookId} ${seq}`;

export class Deliveries {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #webhooks: Webhooks;
  readonly #aboutApproval: (approvalId: string) => JsonObject | null;
  /** The earliest time at which something is due. */
  #dueAt: number | null = null;
  #calledUntil = 0;
  /** Calls since a courier last came: it cannot while the ledger is frozen, or the tenant closed. */
  #unanswered = 0;

  constructor(
    ledger: Ledger<TenantMemo>,
    webhooks: Webhooks,
    aboutApproval: (approvalId: string) => JsonObject | null,
  ) {
    this.#ledger = ledger;
    this.#webhooks = webhooks;
    this.#aboutApproval = aboutApproval;
  }

  reload(): void {
    this.#calledUntil = 0;
    this.#dueAt = this.#earliest();
  }

  /** What an entry that was just sealed has to tell, and to whom. Inside the transaction that writes it. */
  record({ seq, entry: sealed }: SealedEntry): void {
    if (this.#webhooks.none) return;
    const event = eventOf(sealed);
    if (event === null) return;
    const named = this.#webhooks.find(String(sealed.body.webhook_id));
    const rows = event !== TEST_EVENT ? this.#webhooks.wanting(event) : named === null ? [] : [named];
    const nowMs = this.#ledger.nowMs();
    for (const { webhook_id, paused_until } of rows) {
      this.#insert(webhook_id, seq, event, nowMs);
      this.#arm(Math.max(nowMs, paused_until ?? 0));
    }
  }

  /** Whether a courier has to be called now; who is told so calls one. */
  call(nowMs: number): boolean {
    if (!this.isDue(nowMs) || this.#calledUntil > nowMs) return false;
    this.#calledUntil = nowMs + Math.min(CALLED_MS * 2 ** this.#unanswered++, CALLED_AT_MOST_MS);
    return true;
  }

  /** The alarm has seen what is due: it looks again when the courier should have come. */
  rearm(nowMs: number): void {
    const next = this.#dueAt === null ? null : Math.max(this.#dueAt, this.#calledUntil, nowMs);
    this.#ledger.deadline(DEADLINE, next);
  }

  isDue(nowMs: number): boolean {
    return this.#dueAt !== null && this.#dueAt <= nowMs;
  }

  planClaim(nowMs: number): Plan<CommandReply> {
    const due = this.#webhooks
      .enabled()
      .flatMap((webhook) => this.#due(webhook, nowMs).map((row) => ({ webhook, row })))
      .sort((a, b) => a.row.due_at - b.row.due_at)
      .slice(0, CLAIM);
    // Its couriers died every time.
    const spent = due.filter(({ row }) => row.attempts >= row.last_attempt);
    const jobs = due.flatMap(({ webhook, row }) =>
      row.attempts >= row.last_attempt ? [] : (this.#job(webhook, row, nowMs) ?? []),
    );
    const failing = [...new Set(spent.map(({ webhook }) => webhook))].filter((one) => one.failing_since === null);
    return {
      entries: failing.map(({ webhook_id }) => failingEntry(webhook_id, 'never_reported')),
      apply: () => {
        for (const { row } of due) {
          if (row.attempts >= row.last_attempt) this.#finish(row.id, 'failed', nowMs);
          else {
            this.#ledger.sql.exec(
              'UPDATE webhook_deliveries SET attempts = attempts + 1, due_at = ? WHERE id = ?',
              nowMs + LEASE_MS,
              row.id,
            );
          }
        }
        for (const { webhook_id } of failing) this.#webhooks.keepState(webhook_id, { failing_since: nowMs });
        this.#unanswered = 0;
        this.#calledUntil = jobs.length === 0 ? 0 : nowMs + CALLED_MS;
        this.#settle(nowMs);
      },
      reply: () => recorded({ jobs: jobs as unknown as JsonObject[] }, null),
    };
  }

  planReport({ results }: Command & { kind: 'webhook.report' }, nowMs: number): Plan<CommandReply> {
    const known = results.flatMap((result) => {
      const row = this.#row(result.webhookId, result.seq);
      // A courier that comes late says nothing about the attempt that is under way now.
      return row?.state === 'pending' && row.attempts === result.attempt ? [{ result, row }] : [];
    });
    const rounds = [...Map.groupBy(known, ({ row }) => row.webhook_id)].flatMap(([id, said]) => {
      const webhook = this.#webhooks.find(id);
      const tried = said.filter(({ result }) => !isUntried(result));
      return webhook === null || tried.length === 0 ? [] : [{ webhook, ...this.#judge(webhook, tried, nowMs) }];
    });
    return {
      entries: rounds.flatMap(({ entries }) => entries),
      apply: () => {
        for (const { result, row } of known) this.#note(row, result, nowMs);
        for (const { webhook, state } of rounds) {
          this.#webhooks.keepState(webhook.webhook_id, state);
          if ((state.failing_since ?? null) !== null) this.#giveUpOld(webhook.webhook_id, nowMs);
        }
        this.#forget();
        this.#settle(nowMs);
      },
      reply: () => recorded({ reported: known.length }, null),
    };
  }

  /** What is known of an endpoint after a round: one that got through clears it of all before. */
  #judge(
    webhook: WebhookRow,
    said: readonly { readonly result: DeliveryResult; readonly row: DeliveryRow }[],
    nowMs: number,
  ): { readonly state: Parameters<Webhooks['keepState']>[1]; readonly entries: readonly EntryDraft[] } {
    const id = webhook.webhook_id;
    if (said.some(({ result }) => isGone(result))) {
      const body = { webhook_id: id, enabled: false, reason: 'the receiver answered 410 Gone' };
      const off = changeOf(termsOf(webhook), termsOf({ ...webhook, enabled: 0 }));
      return { state: { enabled: 0 }, entries: [act('hall.webhook.changed', SYSTEM, body, off)] };
    }
    if (said.some(({ result }) => isOk(result))) {
      return { state: { failing_since: null, failures: 0, paused_until: null }, entries: [] };
    }
    const failures = webhook.failures + 1;
    const pause = pauseMs(failures);
    const lost = said.find(({ row }) => row.attempts >= row.last_attempt);
    const isNew = lost !== undefined && webhook.failing_since === null;
    return {
      state: {
        failures,
        paused_until: pause === 0 ? null : nowMs + pause,
        failing_since: webhook.failing_since ?? (lost === undefined ? null : nowMs),
      },
      entries: isNew ? [failingEntry(id, lost.result.fault ?? `status_${lost.result.status}`)] : [],
    };
  }

  /** Sends an event again, or for the first time: whatever the ledger tells of can be told. */
  planReplay(
    { webhookId, seq }: Command & { kind: 'webhook.replay' },
    actor: Actor,
    nowMs: number,
  ): Plan<CommandReply> {
    const webhook = this.#webhooks.find(webhookId);
    const record = seq >= 1 && seq <= this.#ledger.log.head.size ? this.#ledger.log.recordAt(seq) : null;
    const event = record === null ? null : eventOf(JSON.parse(record.text) as Entry);
    if (webhook === null || event === null) return refused(refusal('not_found'));
    if (webhook.enabled === 0) return refused(refusal('webhook_disabled'));
    return {
      entries: [
        act('hall.webhook.replayed', actor, { webhook_id: webhookId, event_seq: seq }, unchanged(termsOf(webhook))),
      ],
      apply: () => {
        this.#insert(webhookId, seq, event, nowMs);
        this.#ledger.sql.exec(
          `UPDATE webhook_deliveries SET state = 'pending', due_at = ?, last_attempt = attempts + ?, finished_at = NULL
           WHERE webhook_id = ? AND seq = ?`,
          nowMs,
          ATTEMPTS,
          webhookId,
          seq,
        );
        // Whoever asks by hand has mended something.
        this.#webhooks.keepState(webhookId, { paused_until: null });
        this.#arm(nowMs);
      },
      reply: ([sealed]) => recorded({ delivery: this.#shownAt(webhookId, seq) }, sealed),
    };
  }

  /** Newest first. */
  page(webhookId: string, { state }: DeliveryFilter, before: number | null, limit: number): JsonObject | null {
    if (this.#webhooks.find(webhookId) === null) return null;
    const rows = this.#ledger.sql
      .exec<DeliveryRow>(
        `SELECT * FROM webhook_deliveries WHERE webhook_id = ? AND id < ? AND (? IS NULL OR state = ?)
         ORDER BY id DESC LIMIT ?`,
        webhookId,
        before ?? Number.MAX_SAFE_INTEGER,
        state,
        state,
        limit,
      )
      .toArray();
    const last = rows.length < limit ? undefined : rows.at(-1);
    return {
      deliveries: rows.map((row) => this.#shown(row)),
      count: rows.length,
      next_cursor: last === undefined ? null : String(last.id),
    };
  }

  #shownAt(webhookId: string, seq: number): JsonObject | null {
    const row = this.#row(webhookId, seq);
    return row === null ? null : this.#shown(row);
  }

  #shown(row: DeliveryRow): JsonObject {
    const record = this.#ledger.log.recordAt(row.seq);
    const receiptId = record === null ? null : (JSON.parse(record.text) as Entry).receipt_id;
    return {
      webhook_id: row.webhook_id,
      seq: row.seq,
      event: row.event,
      message_id: receiptId === null ? null : `msg_${receiptId}`,
      status: row.state,
      attempts: row.attempts,
      next_attempt_at: row.state === 'pending' ? new Date(row.due_at).toISOString() : null,
      created_at: new Date(row.created_at).toISOString(),
      finished_at: row.finished_at === null ? null : new Date(row.finished_at).toISOString(),
      tries: JSON.parse(row.tries) as JsonObject[],
    };
  }

  #row(webhookId: string, seq: number): DeliveryRow | null {
    return (
      this.#ledger.sql
        .exec<DeliveryRow>('SELECT * FROM webhook_deliveries WHERE webhook_id = ? AND seq = ?', webhookId, seq)
        .toArray()[0] ?? null
    );
  }

  #due({ webhook_id, paused_until, failures }: WebhookRow, nowMs: number): readonly DeliveryRow[] {
    if ((paused_until ?? 0) > nowMs) return [];
    return this.#ledger.sql
      .exec<DeliveryRow>(
        `SELECT * FROM webhook_deliveries WHERE webhook_id = ? AND state = 'pending' AND due_at <= ?
         ORDER BY due_at LIMIT ?`,
        webhook_id,
        nowMs,
        failures === 0 ? CLAIM_OF_ONE : failures < TROUBLE ? CLAIM_OF_DOUBTFUL : 1,
      )
      .toArray();
  }

  #job(webhook: WebhookRow, row: DeliveryRow, nowMs: number): DeliveryJob | null {
    const record = this.#ledger.log.recordAt(row.seq);
    if (record === null) return null;
    const { body } = JSON.parse(record.text) as Entry;
    const isOverlap = webhook.previous_secret !== null && (webhook.previous_until ?? 0) > nowMs;
    return {
      webhookId: row.webhook_id,
      seq: row.seq,
      attempt: row.attempts + 1,
      event: row.event as AnyEvent,
      format: webhook.format,
      url: webhook.url,
      secrets: [webhook.secret, ...(isOverlap && webhook.previous_secret !== null ? [webhook.previous_secret] : [])],
      entry: record.text,
      receiptHash: record.receiptHash,
      about: typeof body.approval_id === 'string' ? this.#aboutApproval(body.approval_id) : null,
      origin: webhook.origin,
    };
  }

  /** Inside `apply`, as all that follows. */
  #insert(webhookId: string, seq: number, event: AnyEvent, nowMs: number): void {
    this.#ledger.sql.exec(
      `INSERT OR IGNORE INTO webhook_deliveries
         (webhook_id, seq, event, state, attempts, last_attempt, due_at, created_at, tries)
       VALUES (?, ?, ?, 'pending', 0, ?, ?, ?, '[]')`,
      webhookId,
      seq,
      event,
      ATTEMPTS,
      nowMs,
      nowMs,
    );
  }

  #note(row: DeliveryRow, result: DeliveryResult, nowMs: number): void {
    if (isUntried(result)) {
      const query = 'UPDATE webhook_deliveries SET attempts = attempts - 1, due_at = ? WHERE id = ?';
      this.#ledger.sql.exec(query, nowMs, row.id);
      return;
    }
    const tried: Try = {
      at: new Date(nowMs).toISOString(),
      status: result.status,
      fault: result.fault,
      latency_ms: result.latencyMs,
    };
    const tries = [...(JSON.parse(row.tries) as Try[]), tried].slice(-ATTEMPTS);
    this.#ledger.sql.exec('UPDATE webhook_deliveries SET tries = ? WHERE id = ?', JSON.stringify(tries), row.id);
    const isOver = isOk(result) || isGone(result) || row.attempts >= row.last_attempt;
    if (isOver) {
      this.#finish(row.id, isOk(result) ? 'delivered' : 'failed', nowMs);
      return;
    }
    const step = row.attempts - (row.last_attempt - ATTEMPTS);
    const wait = retryAfterMs(step, keyOf(result), result.retryAfterMs);
    this.#ledger.sql.exec('UPDATE webhook_deliveries SET due_at = ? WHERE id = ?', nowMs + wait, row.id);
  }

  #finish(id: number, state: 'delivered' | 'failed', nowMs: number): void {
    const query = 'UPDATE webhook_deliveries SET state = ?, finished_at = ? WHERE id = ?';
    this.#ledger.sql.exec(query, state, nowMs, id);
  }

  #giveUpOld(webhookId: string, nowMs: number): void {
    this.#ledger.sql.exec(
      `UPDATE webhook_deliveries SET state = 'failed', finished_at = ? WHERE webhook_id = ? AND state = 'pending'
         AND (created_at < ? OR id <= (SELECT max(id) FROM webhook_deliveries) - ?)`,
      nowMs,
      webhookId,
      nowMs - OLD_MS,
      KEPT,
    );
  }

  /** Of what is over the newest are kept; what it told of is in the ledger. */
  #forget(): void {
    this.#ledger.sql.exec(
      `DELETE FROM webhook_deliveries
       WHERE id <= (SELECT max(id) FROM webhook_deliveries) - ? AND state <> 'pending'`,
      KEPT,
    );
  }

  #earliest(): number | null {
    const times = this.#webhooks.enabled().flatMap(({ webhook_id, paused_until }) => {
      const { due } = this.#ledger.sql
        .exec<{ due: number | null }>(
          "SELECT min(due_at) AS due FROM webhook_deliveries WHERE webhook_id = ? AND state = 'pending'",
          webhook_id,
        )
        .one();
      return due === null ? [] : [Math.max(due, paused_until ?? 0)];
    });
    return times.length === 0 ? null : Math.min(...times);
  }

  #settle(nowMs: number): void {
    this.#dueAt = this.#earliest();
    this.rearm(nowMs);
  }

  #arm(dueAt: number): void {
    if (this.#dueAt !== null && this.#dueAt <= dueAt) return;
    this.#dueAt = dueAt;
    this.#ledger.deadline(DEADLINE, dueAt + GRACE_MS);
  }

  /** After an endpoint was switched on or off, or deleted. Inside `apply`. */
  changed(): void {
    this.#settle(this.#ledger.nowMs());
  }
}

const failingEntry = (webhookId: string, fault: string): EntryDraft =>
  entry('hall.webhook.failing', 'hall', SYSTEM, { webhook_id: webhookId, fault });
