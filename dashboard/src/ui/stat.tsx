/** A few figures in a row; each says what it counts. */
import type { ReactNode } from 'react';

export interface Figure {
  readonly label: string;
  readonly value: ReactNode;
  readonly tone?: 'allow' | 'deny' | 'hold' | 'fault' | 'ink';
}

const TONES = {
  allow: 'text-allow',
  deny: 'text-deny',
  hold: 'text-hold',
  fault: 'text-fault',
  ink: 'text-ink',
} as const;

export const Figures = ({ figures }: { figures: readonly Figure[] }) => (
  <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:flex sm:flex-wrap">
    {figures.map(({ label, value, tone = 'ink' }) => (
      <div
        key={label}
        className="flex flex-1 flex-col-reverse [&:last-child:nth-child(odd)]:col-span-2 justify-end bg-surface px-4 py-2.5 sm:min-w-32"
      >
        <dt className="text-xs text-soft">{label}</dt>
        <dd className={`text-lg font-semibold tabular-nums ${TONES[tone]}`}>{value}</dd>
      </div>
    ))}
  </dl>
);
