/** A table that scrolls by itself on a narrow screen, so the page never does. */
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

/** Relative, so that what is hidden from sight inside does not widen the page. */
const SCROLLS = 'relative overflow-x-auto rounded-lg border border-line bg-surface';

/** What is wider than the screen; it scrolls, so it must be reachable by keyboard. */
export const Scroller = ({ label, children }: { label: string; children: ReactNode }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
  <section aria-label={label} tabIndex={0} className={SCROLLS}>
    {children}
  </section>
);

export const Table = <T,>({ caption, columns, rows, rowKey }: TableProps<T>) => (
  <Scroller label={caption}>
    <table className="w-full border-collapse text-left">
      <caption className="sr-only">{caption}</caption>
      <thead className="bg-raised text-xs text-soft">
        <tr>
          {columns.map(({ head }) => (
            <th key={head} scope="col" className="whitespace-nowrap px-3 py-2 font-medium">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)} className="border-t border-line align-top hover:bg-raised/60">
            {columns.map(({ head, cell, className = '' }) => (
              <td key={head} className={`px-3 py-2 ${className}`}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </Scroller>
);

/** Name and value pairs. */
export const Facts = ({ rows }: { rows: readonly (readonly [name: string, value: ReactNode])[] }) => (
  <dl className="grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-4 gap-y-1.5 sm:grid-cols-[minmax(8rem,auto)_1fr]">
    {rows.map(([name, value]) => (
      <div key={name} className="contents">
        <dt className="text-soft">{name}</dt>
        <dd className="min-w-0 break-words [&_time]:whitespace-normal">{value}</dd>
      </div>
    ))}
  </dl>
);

export const Card = ({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) => (
  <section className="rounded-lg border border-line bg-surface">
    <header className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2.5">
      <h2>{title}</h2>
      {action}
    </header>
    <div className="p-4">{children}</div>
  </section>
);

export const Page = ({
  title,
  lead,
  action,
  children,
}: {
  title: string;
  lead?: string;
  action?: ReactNode;
  children: ReactNode;
}) => (
  <div className="space-y-4">
    <header className="flex flex-wrap items-start justify-between gap-3">
      <div>
        <h1>{title}</h1>
        {lead !== undefined && <p className="max-w-prose text-soft">{lead}</p>}
      </div>
      {action}
    </header>
    {children}
  </div>
);

export const Mono = ({ children }: { children: string }) => <code className="break-all">{children}</code>;
