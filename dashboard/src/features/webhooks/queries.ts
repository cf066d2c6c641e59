/** Webhooks as the API tells of them, and how they are asked for. */
import { queryOptions } from '@tanstack/react-query';
import { getJson } from '../../api/http.ts';

export interface Webhook {
  readonly webhook_id: string;
  readonly url: string;
  readonly format: 'standard' | 'slack' | 'discord';
  readonly events: readonly string[];
  readonly description: string;
  readonly status: 'active' | 'failing' | 'disabled';
  readonly failing_since: string | null;
  readonly created_at: string;
  readonly created_by: string;
}

export interface Try {
  readonly at: string;
  readonly status: number | null;
  readonly fault: string | null;
  readonly latency_ms: number;
}

export interface Delivery {
  readonly seq: number;
  readonly event: string;
  readonly message_id: string | null;
  readonly status: 'pending' | 'delivered' | 'failed';
  readonly attempts: number;
  readonly next_attempt_at: string | null;
  readonly created_at: string;
  readonly tries: readonly Try[];
}

export const pathOf = (webhookId: string): string => `/v1/webhooks/${encodeURIComponent(webhookId)}`;

export const allWebhooks = queryOptions<{ readonly webhooks: readonly Webhook[] }, Error>({
  queryKey: ['webhooks'],
  queryFn: ({ signal }) => getJson('/v1/webhooks', {}, signal),
});

export const oneWebhook = (webhookId: string) =>
  queryOptions<Webhook, Error>({
    queryKey: ['webhooks', webhookId],
    queryFn: ({ signal }) => getJson(pathOf(webhookId), {}, signal),
    refetchInterval: 5_000,
  });

export const deliveriesOf = (webhookId: string, status: string) =>
  queryOptions<{ readonly deliveries: readonly Delivery[]; readonly next_cursor: string | null }, Error>({
    queryKey: ['webhooks', webhookId, 'deliveries', status],
    queryFn: ({ signal }) => getJson(`${pathOf(webhookId)}/deliveries`, { limit: 100, status }, signal),
    refetchInterval: 3_000,
  });
