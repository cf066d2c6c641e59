/** A list that the service answers page by page, however long: what came so far, and how to go on. */
import {
  type InfiniteData,
  keepPreviousData,
  type UseInfiniteQueryResult,
  useInfiniteQuery,
} from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { getJson, type Query } from './http.ts';

export interface Paged {
  readonly next_cursor: string | null;
}

export interface Asked<P, T> {
  readonly key: readonly unknown[];
  readonly path: string;
  readonly query: Query;
  /** The same function every time. */
  readonly rowsOf: (page: P) => readonly T[];
  /** While no more than the first page is there, it is asked for again so often. */
  readonly renewMs?: number;
  /** Whether what was listed stays in sight until what is asked for now is there. */
  readonly overlaps?: boolean;
  /** How long the list is kept for whoever comes back to it. */
  readonly keptMs?: number;
}

export interface LongList<P, T> {
  readonly query: UseInfiniteQueryResult<InfiniteData<P>, Error>;
  readonly rows: readonly T[];
  /** The page that came last. */
  readonly last: P | undefined;
  /** Asks for the next page, unless that has just failed. */
  readonly more: () => void;
}

export const useLongList = <P extends Paged, T>(asked: Asked<P, T>): LongList<P, T> => {
  const { key, path, query: given, rowsOf, renewMs, overlaps = false, keptMs = 60_000 } = asked;
  const query = useInfiniteQuery<P, Error, InfiniteData<P>, readonly unknown[], string | null>({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => getJson(path, { ...given, cursor: pageParam }, signal),
    initialPageParam: null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    // Nobody asks for hundreds of pages anew by coming back to a window, and they are not compared member by member.
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
    gcTime: keptMs,
    ...(overlaps ? { placeholderData: keepPreviousData } : {}),
    refetchInterval: ({ state }) => (renewMs !== undefined && (state.data?.pages.length ?? 0) <= 1 ? renewMs : false),
  });
  const { data, fetchNextPage, isFetchNextPageError } = query;
  const rows = useMemo(() => data?.pages.flatMap(rowsOf) ?? [], [data, rowsOf]);
  const more = useCallback(() => {
    if (!isFetchNextPageError) void fetchNextPage();
  }, [isFetchNextPageError, fetchNextPage]);
  return { query, rows, last: data?.pages.at(-1), more };
};
