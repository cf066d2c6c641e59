/**
 * Reading what a command was pointed at: a file, or standard input as `-`. An export may be larger than memory, so it
 * is told from a receipt by its first two lines and then streamed.
 */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { concat, fromUtf8 } from '../../core/bytes.ts';
import { type Surroundings, UsageError } from './command.ts';

export type Input =
  | { readonly kind: 'lines'; readonly chunks: AsyncIterable<Uint8Array> }
  | { readonly kind: 'text'; readonly text: string };

/** Far above any receipt; what is longer and no export is nothing of ours. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;
const OPENS_OBJECT = 0x7b;

export const openInput = async (path: string, at: Surroundings): Promise<Input> => {
  const source = chunksOf(path, at)[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array();
  for (;;) {
    const isExport = looksLikeExport(head);
    if (isExport === true) return { kind: 'lines', chunks: continued(head, source) };
    const next = await source.next();
    if (next.done === true) break;
    head = concat(head, next.value);
    if (head.length > MAX_TEXT_BYTES) throw new UsageError(`${path} is too large for a receipt, and no export`);
  }
  const text = fromUtf8(head);
  if (text === undefined) throw new UsageError(`${path} is not UTF-8 text`);
  return { kind: 'text', text };
};

export const readText = async (path: string, at: Surroundings): Promise<string> => {
  if (path !== '-') return readFile(path, 'utf8').catch(() => cannotRead(path));
  let bytes: Uint8Array = new Uint8Array();
  for await (const chunk of at.stdin) bytes = concat(bytes, chunk);
  return fromUtf8(bytes) ?? cannotRead('standard input');
};

/** The lines' chunks of an export, whatever it looks like. */
export const chunksOf = (path: string, at: Surroundings): AsyncIterable<Uint8Array> =>
  path === '-' ? at.stdin : fileChunks(path);

async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 1 << 18 });
  } catch {
    cannotRead(path);
  }
}

async function* continued(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

const cannotRead = (path: string): never => {
  throw new UsageError(`cannot read ${path}`);
};

/**
 * A header in the first line, or an object on each of the first two: so an export with one damaged line is still one.
 * Undefined while more bytes are needed.
 */
const looksLikeExport = (head: Uint8Array): boolean | undefined => {
  const end = head.indexOf(NEWLINE);
  if (end < 0) return undefined;
  if (fromUtf8(head.subarray(0, end))?.includes('"kind":"header"') === true) return true;
  const isObjectLine = head[0] === OPENS_OBJECT && end > 1;
  return head.length > end + 1 ? isObjectLine && head[end + 1] === OPENS_OBJECT : undefined;
};
