/** A list page by page in whatever state it is: waiting, forbidden, failed, empty, looked through, read to the end. */
import { type ReactNode, useEffect } from 'react';
import type { LongList, Paged } from '../api/long-list.ts';
import { Button } from './button.tsx';
import type { TableProps } from './columns.tsx';
import { LongTable } from './long-table.tsx';
import { Failed, Forbidden, isForbidden, Loading, Notice } from './states.tsx';

export interface LongListedProps<P, T> extends Omit<TableProps<T>, 'rows'> {
  readonly list: LongList<P, T>;
  readonly what: string;
  /** Those of the list, or those and others before them. */
  readonly rows: readonly T[];
  /** Of a list that is looked through for what fits: how far that has come. */
  readonly through?: string | undefined;
  /** What is said where there is nothing. */
  readonly empty: ReactNode;
}

/** Nothing fits so far: goes on by itself, and says how far it is. */
const Looking = ({ isBusy, through, onMore }: { isBusy: boolean; through: string; onMore: () => void }) => {
  useEffect(() => {
    if (!isBusy) onMore();
  }, [isBusy, onMore]);
  return (
    <div role="status" className="rounded-lg border border-line bg-surface px-4 py-6 text-soft">
      Nothing like that yet; looking through older ones … {through}
    </div>
  );
};

export const LongListed = <P extends Paged, T>(props: LongListedProps<P, T>) => {
  const { list, what, rows, through = '', empty, ...table } = props;
  const { query, more } = list;
  const { error, hasNextPage, isFetchingNextPage: isBusy } = query;
  if (query.data === undefined) {
    if (error === null) return <Loading what={what} />;
    return isForbidden(error) ? <Forbidden what={what} /> : <Failed error={error} retry={() => void query.refetch()} />;
  }
  const isLooking = rows.length === 0 && hasNextPage && error === null;
  return (
    <>
      {error !== null && (
        <Notice tone="hold">
          <p>
            {query.isFetchNextPageError ? 'More could not be loaded' : 'Not renewed'}: {error.message}.
          </p>
          <Button
            className="mt-2"
            onClick={() => void (query.isFetchNextPageError ? query.fetchNextPage() : query.refetch())}
          >
            Try again
          </Button>
        </Notice>
      )}
      {isLooking ? (
        <Looking isBusy={isBusy} through={through} onMore={more} />
      ) : rows.length === 0 ? (
        error === null && empty
      ) : (
        <LongTable {...table} rows={rows} hasMore={hasNextPage} isLoadingMore={isBusy} onMore={more} />
      )}
    </>
  );
};

/** How far a list that is read from the ledger has come; its cursor is a seq. */
export const lookedThrough = (
  page: { readonly size: number; readonly next_cursor: string | null } | undefined,
): string | undefined =>
  page === undefined
    ? undefined
    : `${(page.size - Number(page.next_cursor ?? 1) + 1).toLocaleString()} of ${page.size.toLocaleString()} entries`;
