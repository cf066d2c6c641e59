/** A table of thousands: only what is in sight is drawn, and more is asked for as the end comes near. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { TableProps } from './table.tsx';

export interface LongTableProps<T> extends TableProps<T> {
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly onMore: () => void;
}

const ROW_PX = 45;
const AHEAD = 12;

export const LongTable = <T,>({
  caption,
  columns,
  rows,
  rowKey,
  hasMore,
  isLoadingMore,
  onMore,
}: LongTableProps<T>) => {
  const box = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : rowKey(row);
    },
    overscan: AHEAD,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isLoadingMore && last >= rows.length - AHEAD) onMore();
  }, [hasMore, isLoadingMore, last, rows.length, onMore]);
  const above = shown[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <section
      ref={box}
      aria-label={caption}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      className="relative max-h-[70dvh] overflow-auto rounded-lg border border-line bg-surface"
    >
      <table className="w-full border-collapse text-left" aria-rowcount={hasMore ? -1 : rows.length + 1}>
        <caption className="sr-only">{caption}</caption>
        <thead className="sticky top-0 z-10 bg-raised text-xs text-soft">
          <tr>
            {columns.map(({ head }) => (
              <th key={head} scope="col" className="whitespace-nowrap px-3 py-2 font-medium">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 && (
            <tr>
              <td colSpan={columns.length} style={{ height: above }} />
            </tr>
          )}
          {shown.map(({ key, index }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <tr
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                aria-rowindex={index + 2}
                className="border-t border-line align-top hover:bg-raised/60"
              >
                {columns.map(({ head, cell, className = '' }) => (
                  <td key={head} className={`px-3 py-2 ${className}`}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
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
