/** A table that scrolls by itself on a narrow screen, so the page never does. */
import type { ReactNode } from 'react';
import { Cells, Head, ROW_CLASS, type TableProps } from './columns.tsx';
import { LongTable } from './long-table.tsx';
import { OnlyLooking } from './states.tsx';

export type { Column } from './columns.tsx';

/** More rows than a page draws without a pause. */
const MANY = 200;

/** Relative, so that what is hidden from sight inside does not widen the page. */
const SCROLLS = 'relative overflow-x-auto rounded-lg border border-line bg-surface';

/** What is wider than the screen; it scrolls, so it must be reachable by keyboard. */
export const Scroller = ({ label, children }: { label: string; children: ReactNode }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
  <section aria-label={label} tabIndex={0} className={SCROLLS}>
    {children}
  </section>
);

const ShortTable = <T,>({ caption, columns, rows, rowKey }: TableProps<T>) => (
  <Scroller label={caption}>
    <table className="w-full border-collapse text-left">
      <caption className="sr-only">{caption}</caption>
      <Head columns={columns} />
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)} className={ROW_CLASS}>
            <Cells columns={columns} row={row} />
          </tr>
        ))}
      </tbody>
    </table>
  </Scroller>
);

/** Every row where they are few; where they are many, those in sight. */
export const Table = <T,>(props: TableProps<T>) =>
  props.rows.length > MANY ? <LongTable {...props} /> : <ShortTable {...props} />;

/** Name and value pairs; on a phone the value stands beneath its name. */
export const Facts = ({ rows }: { rows: readonly (readonly [name: string, value: ReactNode])[] }) => (
  <dl className="grid gap-x-4 gap-y-1.5 sm:grid-cols-[minmax(8rem,auto)_1fr]">
    {rows.map(([name, value]) => (
      <div key={name} className="min-w-0 sm:contents">
        <dt className="text-xs text-soft sm:text-[1em]">{name}</dt>
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
  changes,
  children,
}: {
  title: string;
  lead?: string;
  action?: ReactNode;
  /** The permission that changing something here takes: whoever's role lacks it is told so, once. */
  changes?: string;
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
    {changes !== undefined && <OnlyLooking permission={changes} />}
    {children}
  </div>
);

export const Mono = ({ children }: { children: string }) => <code className="wrap-anywhere">{children}</code>;
