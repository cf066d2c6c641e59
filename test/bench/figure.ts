/** What a bench says: one number with its spread, the target beside it, and whether it was reached. */
import type { Spread } from './stats.ts';

export interface Figure extends Spread {
  /** Of the performance goals: `P4`. */
  readonly id: string;
  readonly measure: string;
  readonly unit: string;
  readonly target: { readonly is: 'at least' | 'at most'; readonly value: number };
  /** What the number alone does not say: absolute rates, sizes. */
  readonly note?: string;
  /** Where the time goes; shown when the target was missed. */
  readonly because?: string;
}

export interface Bench {
  readonly ids: readonly string[];
  readonly run: (bench: BenchRun) => Promise<readonly Figure[]>;
}

export interface BenchRun {
  readonly quick: boolean;
  readonly rounds: number;
  /** How long one sample of a load or a loop takes. */
  readonly sampleMs: number;
  /** `full` when run at the size of the goal, `small` under --quick. */
  readonly size: (full: number, small: number) => number;
}

export const isMet = ({ value, target }: Figure): boolean =>
  target.is === 'at least' ? value >= target.value : value <= target.value;

const number = (value: number): string => {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0 || Number.isInteger(value)) return value.toLocaleString('en');
  return value.toLocaleString('en', { maximumSignificantDigits: Math.abs(value) >= 1000 ? 5 : 3 });
};

const withUnit = (text: string, unit: string): string =>
  unit === '' || unit === 'x' ? `${text}${unit}` : `${text} ${unit}`;

const shortfall = ({ value, target }: Figure): string =>
  target.value === 0 ? `by ${number(value)}` : `by ${number(Math.abs(value / target.value - 1) * 100)} %`;

const verdict = (figure: Figure): string => (isMet(figure) ? 'ok' : `MISSED ${shortfall(figure)}`);

const COLUMNS = ['goal', 'measure', 'figure', 'min', 'max', 'target', 'verdict'] as const;

const row = (figure: Figure): readonly string[] => [
  figure.id,
  figure.measure,
  withUnit(number(figure.value), figure.unit),
  number(figure.min),
  number(figure.max),
  `${figure.target.is === 'at least' ? '>=' : '<='} ${withUnit(number(figure.target.value), figure.unit)}`,
  verdict(figure),
];

export const line = (figure: Figure): string => {
  const [id, measure, value, min, max, target, judged] = row(figure);
  const remarks = [figure.note, isMet(figure) ? undefined : figure.because].filter((remark) => remark !== undefined);
  const note = remarks.map((remark) => `\n      ${remark}`).join('');
  return `${id}  ${measure}: ${value}  [${min} .. ${max}]  target ${target}  ${judged}${note}`;
};

export const table = (figures: readonly Figure[]): string => {
  const rows = [COLUMNS, ...figures.map(row)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};
