/**
 * Counts over time as stacked bars, drawn by us. The picture is for the eye only: whoever reads another way, or wants the
 * figures, opens the same as a table. Bars say their figures where they are pointed at.
 */
import { useState } from 'react';
import { Table } from './table.tsx';

const FILLS = { allow: 'fill-allow', hold: 'fill-hold', deny: 'fill-deny', fault: 'fill-fault' } as const;
const SWATCHES = { allow: 'bg-allow', hold: 'bg-hold', deny: 'bg-deny', fault: 'bg-fault' } as const;

export interface Series {
  readonly label: string;
  readonly tone: keyof typeof FILLS;
}

export interface Bar {
  /** What is written beneath it, or nothing: not every bar has room. */
  readonly tick: string;
  readonly label: string;
  /** In the order of the series. */
  readonly values: readonly number[];
}

export interface StackedBarsProps {
  readonly caption: string;
  readonly series: readonly Series[];
  readonly bars: readonly Bar[];
}

const HEIGHT = 100;
const SLOT = 10;
const GAP = 2;

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** The next of 1, 1.5, 2, 3, 4, 6, 8, 10, 15, … that is whole. */
const roundedUp = (most: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  const steps = [1, 1.5, 2, 3, 4, 6, 8, 10].map((factor) => factor * power);
  return steps.find((one) => one >= most && Number.isInteger(one)) ?? power;
};

const Stack = ({
  values,
  series,
  x,
  top,
}: { values: readonly number[]; x: number; top: number } & Pick<StackedBarsProps, 'series'>) => {
  let below = 0;
  return values.map((value, index) => {
    const height = (value / top) * HEIGHT;
    below += height;
    const { label, tone } = series[index] ?? { label: '', tone: 'deny' };
    return value === 0 ? null : (
      <rect key={label} x={x + GAP / 2} width={SLOT - GAP} y={HEIGHT - below} height={height} className={FILLS[tone]} />
    );
  });
};

const Legend = ({ series, values }: { series: readonly Series[]; values: readonly number[] }) => (
  <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs">
    {series.map(({ label, tone }, index) => (
      <li key={label} className="flex items-center gap-1.5">
        <span aria-hidden="true" className={`size-2.5 rounded-sm ${SWATCHES[tone]}`} />
        {label} <span className="tabular-nums text-soft">{(values[index] ?? 0).toLocaleString()}</span>
      </li>
    ))}
  </ul>
);

export const StackedBars = ({ caption, series, bars }: StackedBarsProps) => {
  const [pointed, setPointed] = useState<number | null>(null);
  const [isTable, setIsTable] = useState(false);
  const top = roundedUp(Math.max(...bars.map(({ values }) => total(values))));
  const bar = pointed === null ? undefined : bars[pointed];
  const sums = series.map((_, index) => total(bars.map(({ values }) => values[index] ?? 0)));
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Legend series={series} values={bar?.values ?? sums} />
        <button
          type="button"
          aria-pressed={isTable}
          onClick={() => setIsTable(!isTable)}
          className="min-h-6 text-xs text-soft underline hover:text-ink"
        >
          As a table
        </button>
      </div>
      {isTable ? (
        <Table
          caption={caption}
          columns={[
            { head: 'From', cell: ({ label }: Bar) => label },
            ...series.map(({ label }, index) => ({
              head: label,
              cell: ({ values }: Bar) => (values[index] ?? 0).toLocaleString(),
              className: 'tabular-nums',
            })),
          ]}
          rows={bars.filter(({ values }) => total(values) > 0).reverse()}
          rowKey={({ label }) => label}
        />
      ) : (
        <figure className="grid grid-cols-[auto_1fr] gap-x-2 text-xs text-soft">
          <div aria-hidden="true" className="flex flex-col justify-between text-right leading-none tabular-nums">
            <span>{top.toLocaleString()}</span>
            <span>0</span>
          </div>
          <svg
            role="img"
            aria-label={`${caption}: ${series.map(({ label }, index) => `${sums[index]} ${label.toLowerCase()}`).join(', ')}`}
            viewBox={`0 0 ${bars.length * SLOT} ${HEIGHT}`}
            preserveAspectRatio="none"
            className="h-36 w-full border-y border-line"
            onPointerLeave={() => setPointed(null)}
          >
            {bars.map(({ label, values }, index) => (
              <g key={label} onPointerEnter={() => setPointed(index)}>
                <rect
                  x={index * SLOT}
                  width={SLOT}
                  height={HEIGHT}
                  className={index === pointed ? 'fill-raised' : 'fill-transparent'}
                />
                <Stack values={values} series={series} x={index * SLOT} top={top} />
              </g>
            ))}
          </svg>
          <div aria-hidden="true" className="col-start-2 mt-1 flex h-4">
            {bar === undefined ? (
              bars.map(({ label, tick }) => (
                <span key={label} className="w-0 flex-1 whitespace-nowrap">
                  {tick}
                </span>
              ))
            ) : (
              <span className="font-medium text-ink">{bar.label}</span>
            )}
          </div>
        </figure>
      )}
    </div>
  );
};
