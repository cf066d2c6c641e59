/** How results look: one headline, then a few labelled rows. Colour only where the output is a terminal. */
import { styleText } from 'node:util';

export const good = (text: string): string => styleText(['bold', 'green'], text);
export const bad = (text: string): string => styleText(['bold', 'red'], text);
export const wait = (text: string): string => styleText(['bold', 'yellow'], text);
export const bold = (text: string): string => styleText('bold', text);
export const dim = (text: string): string => styleText('dim', text);

export type Row = readonly [label: string, value: string];

const LABEL_WIDTH = 13;

/** A row with several lines stays aligned; one without a label continues the row above. */
export const rows = (list: readonly Row[]): string =>
  list
    .map(
      ([label, value]) =>
        `  ${dim(label.padEnd(LABEL_WIDTH))}${value.replaceAll('\n', `\n${' '.repeat(LABEL_WIDTH + 2)}`)}\n`,
    )
    .join('');

export const headline = (mark: string, text: string): string => `${mark} ${text}\n\n`;

export const table = (lines: readonly (readonly string[])[]): string => {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line, row) => {
      const text = line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd();
      return `  ${row === 0 ? dim(text) : text}\n`;
    })
    .join('');
};

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

export const isoOfMicros = (micros: number): string => new Date(micros / 1000).toISOString();
export const isoOfSeconds = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
