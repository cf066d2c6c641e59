/**
 * What every command of `guildhall` is made of: where it reads and writes, its exit codes, and the two ways to end early
 * with a message. Nothing here asks the user anything: commands run the same in a terminal and in a script.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';

export const EXIT = {
  ok: 0,
  /** What was checked does not hold, or something broke. */
  failed: 1,
  usage: 2,
  transport: 3,
  deny: 10,
  approval: 11,
  throttled: 12,
} as const;

/** The surroundings of a run; tests bring their own. */
export interface Surroundings {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array>;
}

export interface Command {
  /** The first line says how it is called; the others what its options mean. */
  readonly usage: string;
  readonly run: (args: readonly string[], at: Surroundings) => Promise<number>;
}

/** The command was called wrongly, or something it was given cannot be used. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** No answer, or none that can be used. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
}

type Options = NonNullable<ParseArgsConfig['options']>;

export const readArgs = <const O extends Options>(args: readonly string[], options: O, maxPositionals = 0) => {
  const read = (() => {
    try {
      return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    } catch (error) {
      throw new UsageError(firstSentence(error));
    }
  })();
  const extra = read.positionals[maxPositionals];
  if (extra !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(extra)}`);
  return read;
};

/** Node's own texts go on to explain how to quote; the first sentence says what was wrong. */
const firstSentence = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  const [first = text] = text.split(/\. |\n/, 1);
  return first.charAt(0).toLowerCase() + first.slice(1);
};

export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
