import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { getJson } from '../../api/http.ts';
import type { Ban, NetworkBan } from '../../api/types.ts';

export const ownBans = queryOptions<{ readonly bans: readonly Ban[] }, Error>({
  queryKey: ['bans', 'own'],
  queryFn: ({ signal }) => getJson('/v1/bans', {}, signal),
});

interface NetworkPage {
  readonly bans: readonly NetworkBan[];
  readonly next_cursor: string | null;
}

const FOLLOW_MS = 3_000;

export const networkBans = infiniteQueryOptions({
  queryKey: ['bans', 'network'],
  queryFn: ({ pageParam, signal }) =>
    getJson<NetworkPage>('/v1/network/bans', { limit: 100, cursor: pageParam }, signal),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next_cursor }: NetworkPage) => next_cursor,
  refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 1 ? FOLLOW_MS : false),
});

export const networkBan = (banId: string) =>
  queryOptions<NetworkBan, Error>({
    queryKey: ['bans', 'network', banId],
    queryFn: ({ signal }) => getJson(`/v1/network/bans/${encodeURIComponent(banId)}`, {}, signal),
    refetchInterval: (query) => (query.state.data?.status === 'pending' ? 1_000 : false),
  });

export interface Used {
  readonly receipt_id: string;
  readonly type: string;
  readonly recorded_at: string;
  readonly decision_id: string | null;
  readonly worker_id: string | null;
  readonly capability_id: string | null;
}

interface ImpactPage {
  readonly receipts: readonly Used[];
  readonly next_cursor: string | null;
}

export type BanList = 'own' | 'network';

export const impactOf = (list: BanList, banId: string) =>
  infiniteQueryOptions({
    queryKey: ['bans', 'impact', list, banId],
    queryFn: ({ pageParam, signal }) =>
      getJson<ImpactPage>(
        `${list === 'own' ? '/v1/bans' : '/v1/network/bans'}/${encodeURIComponent(banId)}/impact`,
        { cursor: pageParam },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }: ImpactPage) => next_cursor,
  });
