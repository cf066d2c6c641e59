/** What was decided by the hour, as the service counts it, put into bars of the reader's own hours and days. */
import type { Bar, Series } from '../../ui/stacked-bars.tsx';

interface Counts {
  readonly dispatched: number;
  readonly held: number;
  readonly denied: number;
  readonly failed_closed: number;
}

export interface Outcomes {
  readonly from: string;
  readonly through: string;
  readonly counted_since: string | null;
  readonly hours: readonly (Counts & { readonly at: string })[];
}

/** `step`: hours of one bar. */
export const SPANS = {
  day: { words: '24 hours', hours: 24, step: 1 },
  week: { words: '7 days', hours: 168, step: 6 },
  month: { words: '30 days', hours: 720, step: 24 },
} as const;
export type Span = keyof typeof SPANS;

export const SERIES: readonly Series[] = [
  { label: 'Dispatched', tone: 'allow' },
  { label: 'Held', tone: 'hold' },
  { label: 'Denied', tone: 'deny' },
  { label: 'Failed closed', tone: 'fault' },
];

const valuesOf = ({ dispatched, held, denied, failed_closed }: Counts): readonly number[] => [
  dispatched,
  held,
  denied,
  failed_closed,
];

export const sumOf = ({ hours }: Outcomes): Counts => {
  const sum = (name: keyof Counts): number => hours.reduce((all, one) => all + one[name], 0);
  return {
    dispatched: sum('dispatched'),
    held: sum('held'),
    denied: sum('denied'),
    failed_closed: sum('failed_closed'),
  };
};

const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const HOUR = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** The beginning of the bar that holds an hour, in local time. */
const barOf = (at: Date, step: number): Date =>
  new Date(at.getFullYear(), at.getMonth(), at.getDate(), Math.floor(at.getHours() / step) * step);

/** A tick at the beginning of a day, or four times a day; not at the very end, where it would be cut off. */
const tickOf = (start: Date, span: Span, left: number): string => {
  if (span === 'day') return start.getHours() % 6 === 0 && left > 1 ? HOUR.format(start) : '';
  if (span === 'week') return start.getHours() === 0 && left > 2 ? DAY.format(start) : '';
  return start.getDay() === 1 && left > 2 ? DAY.format(start) : '';
};

export const barsOf = (outcomes: Outcomes, span: Span): readonly Bar[] => {
  const { step } = SPANS[span];
  const values = new Map<number, readonly number[]>();
  // Each hour of the span, so that quiet ones have a place, too. An hour of daylight saving is a bar of its own or none.
  for (let at = Date.parse(outcomes.from); at <= Date.parse(outcomes.through); at += 3_600_000) {
    values.set(barOf(new Date(at), step).getTime(), [0, 0, 0, 0]);
  }
  for (const hour of outcomes.hours) {
    const start = barOf(new Date(hour.at), step).getTime();
    const own = valuesOf(hour);
    values.set(
      start,
      (values.get(start) ?? [0, 0, 0, 0]).map((value, index) => value + (own[index] ?? 0)),
    );
  }
  return [...values].map(([start, counts], index) => {
    const date = new Date(start);
    return {
      tick: tickOf(date, span, values.size - index),
      label: step === 24 ? DAY.format(date) : `${DAY.format(date)}, ${HOUR.format(date)}`,
      values: counts,
    };
  });
};
