/** How many entries of each type the ledger holds: counted newest first, page by page, so a long ledger fills in. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { getJson } from '../../api/http.ts';

interface TypesPage {
  readonly types: readonly { readonly type: string; readonly count: number; readonly last_at: string }[];
  readonly scanned: number;
  readonly size: number;
  readonly next_cursor: string | null;
}

export interface Counted {
  readonly count: number;
  readonly lastAt: string | null;
}

export interface Evidence {
  /** `pattern`: a type of entry, or the beginning of one and `*`. */
  readonly of: (pattern: string) => Counted;
  readonly scanned: number;
  readonly size: number;
  readonly isDone: boolean;
  readonly error: Error | null;
}

/** More would keep the object busy for everybody else; the rest is said to be uncounted. */
const MOST_PAGES = 40;

const matches = (pattern: string, type: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;

export const useEvidence = (): Evidence => {
  const { data, error, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery({
    queryKey: ['evidence'],
    queryFn: ({ pageParam, signal }) => getJson<TypesPage>('/v1/ledger/types', { cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }, pages) => (pages.length < MOST_PAGES ? next_cursor : null),
    staleTime: 60_000,
  });
  useEffect(() => {
    if (hasNextPage && !isFetching && error === null) void fetchNextPage();
  }, [hasNextPage, isFetching, error, fetchNextPage]);
  const pages = data?.pages ?? [];
  const types = pages.flatMap((page) => page.types);
  return {
    of: (pattern) => {
      const found = types.filter(({ type }) => matches(pattern, type));
      return {
        count: found.reduce((sum, { count }) => sum + count, 0),
        lastAt:
          found
            .map(({ last_at }) => last_at)
            .sort()
            .at(-1) ?? null,
      };
    },
    scanned: pages.reduce((sum, { scanned }) => sum + scanned, 0),
    size: pages[0]?.size ?? 0,
    isDone: data !== undefined && !hasNextPage,
    error,
  };
};
