/** A table of thousands: only what is in sight is drawn, and more is asked for as the end comes near. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useLayoutEffect, useRef } from 'react';
import { Cells, type Column, Head, ROW_CLASS, type TableProps } from './columns.tsx';

export interface LongTableProps<T> extends TableProps<T> {
  readonly hasMore?: boolean;
  readonly isLoadingMore?: boolean;
  readonly onMore?: () => void;
}

const ROW_PX = 45;
const AHEAD = 12;
/** Rows that may have come before the first one since it was drawn; beyond that it counts as another list. */
const MOST_NEW = 5_000;

/** Rows that come before what is being read move it out of sight; this scrolls along, unless the top is in sight. */
const useKeptPlace = (
  box: { readonly current: HTMLElement | null },
  first: string,
  keyAt: (index: number) => string,
) => {
  const before = useRef(first);
  useLayoutEffect(() => {
    const was = before.current;
    before.current = first;
    if (was === first || box.current === null || box.current.scrollTop === 0) return;
    for (let added = 1; added < MOST_NEW; added++) {
      if (keyAt(added) !== was) continue;
      box.current.scrollTop += added * ROW_PX;
      return;
    }
  }, [box, first, keyAt]);
};

interface RowProps<T> {
  readonly measure: (row: HTMLElement | null) => void;
  readonly index: number;
  readonly columns: readonly Column<T>[];
  readonly row: T;
}

const DrawnRow = <T,>({ measure, index, columns, row }: RowProps<T>) => (
  <tr ref={measure} data-index={index} aria-rowindex={index + 2} className={ROW_CLASS}>
    <Cells columns={columns} row={row} />
  </tr>
);
/** Drawn once: scrolling draws only what comes into sight. */
const Row = memo(DrawnRow) as typeof DrawnRow;

export const LongTable = <T,>({
  caption,
  columns,
  rows,
  rowKey,
  hasMore = false,
  isLoadingMore = false,
  onMore,
}: LongTableProps<T>) => {
  const box = useRef<HTMLElement>(null);
  const keyOf = useRef(rowKey);
  keyOf.current = rowKey;
  // The same function for the same rows: with another one, every row there is would be measured anew.
  const keyAt = useCallback(
    (index: number): string => {
      const row = rows[index];
      return row === undefined ? String(index) : keyOf.current(row);
    },
    [rows],
  );
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    getItemKey: keyAt,
    overscan: AHEAD,
  });
  useKeptPlace(box, keyAt(0), keyAt);
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isLoadingMore && last >= rows.length - AHEAD) onMore?.();
  }, [hasMore, isLoadingMore, last, rows.length, onMore]);
  const above = shown[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <section
      ref={box}
      aria-label={caption}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      className="relative max-h-[70dvh] overflow-auto rounded-lg border border-line bg-surface [overflow-anchor:none]"
    >
      <table className="w-full border-collapse text-left" aria-rowcount={hasMore ? -1 : rows.length + 1}>
        <caption className="sr-only">{caption}</caption>
        <Head columns={columns} className="sticky top-0 z-10" />
        <tbody>
          {above > 0 && (
            <tr>
              <td colSpan={columns.length} style={{ height: above }} />
            </tr>
          )}
          {shown.map(({ key, index }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <Row key={key} measure={virtual.measureElement} index={index} columns={columns} row={row} />
            );
          })}
          {below > 0 && (
            <tr>
              <td colSpan={columns.length} style={{ height: below }} />
            </tr>
          )}
        </tbody>
      </table>
      {(isLoadingMore || hasMore) && <p className="border-t border-line px-3 py-2 text-xs text-soft">Loading more …</p>}
    </section>
  );
};
