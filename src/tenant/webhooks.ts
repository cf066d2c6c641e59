/**
 * Where this tenant wants to be told of events. Address and secret are kept sealed: the Worker that made them sealed them,
 * the one that sends opens them, and nothing in here could. What is done to an endpoint is an entry, without either.
 */
import type { Actor } from '../core/caller.ts';
import { sha256Hex } from '../core/hash.ts';
import type { JsonObject } from '../core/json.ts';
import { changeOf, unchanged } from '../core/ledger/change.ts';
import { refusal } from '../core/refusal.ts';
import type { Format, Wanted } from '../core/webhook/endpoint.ts';
import { wants } from '../core/webhook/endpoint.ts';
import { type EventType, TEST_ENTRY } from '../core/webhook/event.ts';
import type { Ledger, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply } from './commands.ts';
import { act, recorded, refused, type TenantMemo } from './plan.ts';

const MAX_WEBHOOKS = 20;

export interface WebhookRow {
  readonly [column: string]: SqlStorageValue;
  readonly webhook_id: string;
  readonly format: Format;
  readonly events: string;
  readonly description: string;
  /** Sealed; `shown_url` is what people may see of it. */
  readonly url: string;
  readonly shown_url: string;
  /** Sealed, as the one before it, which counts until `previous_until` (ms). */
  readonly secret: string;
  readonly previous_secret: string | null;
  readonly previous_until: number | null;
  /** Of the dashboard, as whoever made it saw it. */
  readonly origin: string;
  readonly enabled: number;
  /** Since a delivery was given up and none got through (ms); null: it works. */
  readonly failing_since: number | null;
  /** Rounds in a row in which nothing got through. */
  readonly failures: number;
  /** Nothing is sent before (ms). */
  readonly paused_until: number | null;
  readonly created_at: number;
  readonly created_by: string;
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
const wantedOf = ({ events }: WebhookRow): Wanted => JSON.parse(events) as Wanted;

export const shownWebhook = (row: WebhookRow): JsonObject => ({
  webhook_id: row.webhook_id,
  url: row.shown_url,
  format: row.format,
  events: [...wantedOf(row)],
  description: row.description,
  status: row.enabled === 0 ? 'disabled' : row.failing_since === null ? 'active' : 'failing',
  failing_since: iso(row.failing_since),
  created_at: iso(row.created_at),
  created_by: row.created_by,
});

/** What an endpoint is set to; of the secret only whether it is still the same. */
export const termsOf = (row: WebhookRow): JsonObject => ({
  webhook_id: row.webhook_id,
  url: row.shown_url,
  format: row.format,
  events: [...wantedOf(row)],
  description: row.description,
  enabled: row.enabled === 1,
  secret: sha256Hex(row.secret),
});

export class Webhooks {
  readonly #ledger: Ledger<TenantMemo>;
  #rows = new Map<string, WebhookRow>();

  constructor(ledger: Ledger<TenantMemo>) {
    this.#ledger = ledger;
  }

  reload(): void {
    const rows = this.#ledger.sql.exec<WebhookRow>('SELECT * FROM webhooks ORDER BY created_at, webhook_id').toArray();
    this.#rows = new Map(rows.map((row) => [row.webhook_id, row]));
  }

  get none(): boolean {
    return this.#rows.size === 0;
  }

  find(webhookId: string): WebhookRow | null {
    return this.#rows.get(webhookId) ?? null;
  }

  enabled(): readonly WebhookRow[] {
    return [...this.#rows.values()].filter((row) => row.enabled === 1);
  }

  wanting(event: EventType): readonly WebhookRow[] {
    return this.enabled().filter((row) => wants(wantedOf(row), event));
  }

  list(): JsonObject {
    const webhooks = [...this.#rows.values()].map(shownWebhook);
    return { webhooks, count: webhooks.length };
  }

  planCreate({ endpoint }: Command & { kind: 'webhook.create' }, actor: Actor, nowMs: number): Plan<CommandReply> {
    if (this.#rows.size >= MAX_WEBHOOKS) return refused(refusal('too_many_webhooks'));
    const { webhookId, format, events, description, host } = endpoint;
    const row: WebhookRow = {
      webhook_id: webhookId,
      format,
      events: JSON.stringify(events),
      description,
      url: endpoint.url,
      shown_url: endpoint.shownUrl,
      secret: endpoint.secret,
      previous_secret: null,
      previous_until: null,
      origin: endpoint.origin,
      enabled: 1,
      failing_since: null,
      failures: 0,
      paused_until: null,
      created_at: nowMs,
      created_by: actor.id,
    };
    const what = { webhook_id: webhookId, format, events: [...events], host };
    return {
      entries: [act('hall.webhook.created', actor, what, changeOf(null, termsOf(row)))],
      apply: () => this.#keep(row),
      reply: ([sealed]) => recorded(this.#shown(webhookId), sealed),
    };
  }

  /** Switched on again it starts anew: what failed before is no reason to wait. */
  planChange({ webhookId, patch }: Command & { kind: 'webhook.change' }, actor: Actor): Plan<CommandReply> {
    const row = this.find(webhookId);
    if (row === null) return refused(refusal('not_found'));
    const { enabled = row.enabled === 1, events = wantedOf(row), description = row.description } = patch;
    const isFresh = enabled && row.enabled === 0;
    const next: WebhookRow = {
      ...row,
      enabled: enabled ? 1 : 0,
      events: JSON.stringify(events),
      description,
      ...(isFresh ? { failing_since: null, failures: 0, paused_until: null } : {}),
    };
    const same = next.enabled === row.enabled && next.events === row.events && next.description === row.description;
    if (same) return { entries: [], reply: () => recorded(shownWebhook(row), null) };
    return {
      entries: [
        act(
          'hall.webhook.changed',
          actor,
          { webhook_id: webhookId, enabled, events: [...events] },
          changeOf(termsOf(row), termsOf(next)),
        ),
      ],
      apply: () => this.#keep(next),
      reply: ([sealed]) => recorded(shownWebhook(next), sealed),
    };
  }

  planRotate(
    { webhookId, secret, overlapMs }: Command & { kind: 'webhook.rotate' },
    actor: Actor,
    nowMs: number,
  ): Plan<CommandReply> {
    const row = this.find(webhookId);
    if (row === null) return refused(refusal('not_found'));
    const until = nowMs + overlapMs;
    const previous =
      overlapMs === 0
        ? { previous_secret: null, previous_until: null }
        : {
            previous_secret: row.secret,
            previous_until: until,
          };
    const body = { webhook_id: webhookId, previous_until: overlapMs === 0 ? null : iso(until) };
    const next: WebhookRow = { ...row, secret, ...previous };
    return {
      entries: [act('hall.webhook.rotated', actor, body, changeOf(termsOf(row), termsOf(next)))],
      apply: () => this.#keep(next),
      reply: ([sealed]) => recorded({ ...shownWebhook(row), previous_until: body.previous_until }, sealed),
    };
  }

  /** What it was told goes with it; the ledger keeps that it was there. */
  planDelete({ webhookId }: Command & { kind: 'webhook.delete' }, actor: Actor): Plan<CommandReply> {
    const row = this.find(webhookId);
    if (row === null) return refused(refusal('not_found'));
    return {
      entries: [act('hall.webhook.deleted', actor, { webhook_id: webhookId }, changeOf(termsOf(row), null))],
      apply: () => {
        this.#ledger.sql.exec('DELETE FROM webhooks WHERE webhook_id = ?', webhookId);
        this.#ledger.sql.exec('DELETE FROM webhook_deliveries WHERE webhook_id = ?', webhookId);
        this.reload();
      },
      reply: ([sealed]) => recorded({ webhook_id: webhookId, status: 'deleted' }, sealed),
    };
  }

  /** An event for this endpoint alone. */
  planTest({ webhookId }: Command & { kind: 'webhook.test' }, actor: Actor): Plan<CommandReply> {
    const row = this.find(webhookId);
    if (row === null) return refused(refusal('not_found'));
    if (row.enabled === 0) return refused(refusal('webhook_disabled'));
    return {
      entries: [act(TEST_ENTRY, actor, { webhook_id: webhookId }, unchanged(termsOf(row)))],
      apply: () => this.keepState(webhookId, { paused_until: null }),
      reply: ([sealed]) => recorded({ webhook_id: webhookId, seq: sealed?.seq ?? null }, sealed),
    };
  }

  /** Inside `apply`. */
  keepState(
    webhookId: string,
    state: Partial<Pick<WebhookRow, 'enabled' | 'failing_since' | 'failures' | 'paused_until'>>,
  ): void {
    const row = this.find(webhookId);
    if (row !== null) this.#keep({ ...row, ...state });
  }

  #shown(webhookId: string): JsonObject {
    const row = this.find(webhookId);
    return row === null ? {} : shownWebhook(row);
  }

  #keep(row: WebhookRow): void {
    this.#ledger.sql.exec(
      `INSERT OR REPLACE INTO webhooks (webhook_id, format, events, description, url, shown_url, secret, previous_secret,
         previous_until, origin, enabled, failing_since, failures, paused_until, created_at, created_by)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.webhook_id,
      row.format,
      row.events,
      row.description,
      row.url,
      row.shown_url,
      row.secret,
      row.previous_secret,
      row.previous_until,
      row.origin,
      row.enabled,
      row.failing_since,
      row.failures,
      row.paused_until,
      row.created_at,
      row.created_by,
    );
    this.#rows.set(row.webhook_id, row);
  }
}
