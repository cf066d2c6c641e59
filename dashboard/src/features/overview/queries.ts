/** What the overview asks, and how often. */
import { queryOptions } from '@tanstack/react-query';
import { getJson } from '../../api/http.ts';
import type { Alert, ApiKey, DecisionPage, Health } from '../../api/types.ts';
import { type Outcomes, SPANS, type Span } from './series.ts';

const RENEW_MS = 5_000;
/** What people change, a few times a year. */
const SLOW_MS = 60_000;

export const healthQuery = queryOptions<Health>({
  queryKey: ['health'],
  queryFn: ({ signal }) => getJson('/wcp/health', {}, signal),
  refetchInterval: RENEW_MS,
});

export const outcomesQuery = (span: Span) =>
  queryOptions<Outcomes>({
    queryKey: ['outcomes', span],
    queryFn: ({ signal }) => getJson('/v1/usage/outcomes', { hours: SPANS[span].hours }, signal),
    refetchInterval: RENEW_MS,
    placeholderData: (before) => before,
  });

export const latestQuery = queryOptions<DecisionPage>({
  queryKey: ['decisions', 'recent'],
  queryFn: ({ signal }) => getJson('/v1/decisions', { limit: 8 }, signal),
  refetchInterval: RENEW_MS,
});

export const alertsQuery = queryOptions<{ readonly alerts: readonly Alert[] }>({
  queryKey: ['alerts'],
  queryFn: ({ signal }) => getJson('/alerts', {}, signal),
  refetchInterval: RENEW_MS,
});

/** One page: beyond it "100+" says enough. */
export const waitingQuery = queryOptions<{ readonly count: number; readonly next_cursor: string | null }>({
  queryKey: ['approvals', 'waiting'],
  queryFn: ({ signal }) => getJson('/wcp/approvals/pending', { limit: 100 }, signal),
  refetchInterval: RENEW_MS,
});

const slow = <T>(name: string, path: string, query: Readonly<Record<string, number>> = {}) =>
  queryOptions<T>({
    queryKey: [name, 'overview'],
    queryFn: ({ signal }) => getJson(path, query, signal),
    refetchInterval: SLOW_MS,
    retry: false,
  });

export const keysQuery = slow<{ readonly keys: readonly ApiKey[] }>('keys', '/v1/keys', { limit: 200 });
export const workersQuery = slow<{ readonly count: number }>('workers', '/v1/workers', { limit: 1 });
export const membersQuery = slow<{ readonly count: number }>('members', '/v1/members', { limit: 2 });
export const webhooksQuery = slow<{ readonly webhooks: readonly unknown[] }>('webhooks', '/v1/webhooks');
