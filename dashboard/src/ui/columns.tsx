/** What a table is told by: its columns, and a head and cells that look alike in every one. */
import type { ReactNode } from 'react';

export interface Column<T> {
  readonly head: string;
  readonly cell: (row: T) => ReactNode;
  readonly className?: string;
}

export interface TableProps<T> {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
}

export const ROW_CLASS = 'border-t border-line align-top hover:bg-raised/60';

export const Head = <T,>({ columns, className = '' }: { columns: readonly Column<T>[]; className?: string }) => (
  <thead className={`bg-raised text-xs text-soft ${className}`}>
    <tr>
      {columns.map(({ head }) => (
        <th key={head} scope="col" className="whitespace-nowrap px-3 py-2 font-medium">
          {head}
        </th>
      ))}
    </tr>
  </thead>
);

export const Cells = <T,>({ columns, row }: { columns: readonly Column<T>[]; row: T }) =>
  columns.map(({ head, cell, className = '' }) => (
    <td key={head} className={`px-3 py-2 ${className}`}>
      {cell(row)}
    </td>
  ));
