/**
 * The text of a policy, YAML 1.2 or JSON -> plain JSON and the line of every value in it. Used when a policy is written,
 * never when one is applied. What two readers could understand differently is refused: repeated keys, keys that are no
 * text, tags, several documents. Aliases, depth and the number of values are bounded, so that no text is a bomb.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { jsonPointer } from '../field-errors.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { FieldError } from '../refusal.ts';
import { err, ok, type Result } from '../result.ts';

export const MAX_SOURCE_BYTES = 1_048_576;
const MAX_DEPTH = 24;
const MAX_NODES = 200_000;

export interface Source {
  readonly value: JsonValue;
  /** Line, from 1, of the value at a JSON pointer, or of what is nearest around it. */
  readonly lineOf: (pointer: string) => number;
}

class Refused extends Error {
  readonly field: string;
  readonly offset: number;
  constructor(field: string, message: string, offset: number) {
    super(message);
    this.field = field;
    this.offset = offset;
  }
}

/** Reads a policy's text; the one error of a text that is not readable names its line. */
export const readSource = (text: string): Result<Source, readonly FieldError[]> => {
  if (text.length > MAX_SOURCE_BYTES) return err([{ field: '', message: 'a policy is at most 1 MiB' }]);
  const nul = text.indexOf('\0');
  if (nul >= 0) return err([{ field: '', message: 'a NUL character', line: lineAt(text, nul) }]);
  if (nestsTooDeep(text)) return err([{ field: '', message: 'nested too deeply' }]);
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: false,
      version: '1.2',
      schema: 'core',
      logLevel: 'error',
    });
    const [wrong] = [...document.errors, ...document.warnings];
    if (wrong !== undefined) {
      const message = wrong.message.split('\n')[0]?.replace(/ at line .*$/, '') ?? 'not readable';
      return err([
        withHint(text, { field: '', message: `not YAML: ${message}`, line: lines.linePos(wrong.pos[0]).line }),
      ]);
    }
    const walk = new Walk(document);
    const value = walk.document();
    const lineOf = (pointer: string): number => lines.linePos(walk.offsetOf(pointer)).line;
    return ok({ value, lineOf });
  } catch (error) {
    if (!(error instanceof Refused)) return err([{ field: '', message: 'not readable as YAML' }]);
    return err([
      withHint(text, { field: error.field, message: error.message, line: lines.linePos(error.offset).line }),
    ]);
  }
};

/** Errors of a document, each with the line where it is written. */
export const withLines = (source: Source, text: string, errors: readonly FieldError[]): readonly FieldError[] =>
  errors.map((error) => withHint(text, { ...error, line: source.lineOf(error.field) }));

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** A paste that lost its leading spaces is told so; what it may have meant is not guessed. */
const withHint = (text: string, error: FieldError): FieldError => {
  const lines = text.split('\n', 2_000);
  const lost =
    /^(?:- )?(?:match|labels|constraints|decision):/m.test(text) &&
    !lines.some((line) => /^[ \t]+\S/.test(line)) &&
    lines.length > 4;
  return lost ? { ...error, hint: 'indentation lost' } : error;
};

/** A cheap bound before the parser recurses: no line opens more brackets, and no indent holds more levels, than this. */
const nestsTooDeep = (text: string): boolean => {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x5b || char === 0x7b) {
      if (++depth > 200) return true;
    } else if ((char === 0x5d || char === 0x7d) && depth > 0) depth--;
  }
  return /^(?:[ \t]*- ?){64}/m.test(text) || /^ {400}/m.test(text) || /(?:\? ?){64}/.test(text);
};

/** The syntax tree as JSON, walked once. Aliases are followed, and every value that they repeat counts again. */
class Walk {
  readonly #document: Document.Parsed;
  readonly #offsets = new Map<string, number>();
  /** As they are met: an anchor stands before its aliases. */
  readonly #anchors = new Map<string, unknown>();
  #nodes = 0;

  constructor(document: Document.Parsed) {
    this.#document = document;
  }

  document(): JsonValue {
    return this.#value(this.#document.contents, '', 0);
  }

  offsetOf(pointer: string): number {
    for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
      const offset = this.#offsets.get(at);
      if (offset !== undefined) return offset;
      if (at === '') return 0;
    }
  }

  #value(node: unknown, pointer: string, depth: number): JsonValue {
    const offset = rangeStart(node);
    if (offset !== null && !this.#offsets.has(pointer)) this.#offsets.set(pointer, offset);
    if (depth > MAX_DEPTH) throw new Refused(pointer, 'nested too deeply', offset ?? 0);
    if (++this.#nodes > MAX_NODES) throw new Refused('', 'too many values, aliases counted each time', offset ?? 0);
    if (node === null || node === undefined) return null;
    if (isAlias(node)) {
      const anchored = this.#anchors.get(node.source);
      if (anchored === undefined) throw new Refused(pointer, 'an alias of nothing before it', offset ?? 0);
      return this.#value(anchored, pointer, depth + 1);
    }
    const { anchor } = node as Node & { readonly anchor?: string };
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    if (isScalar(node)) return scalar(node.value, pointer, offset ?? 0);
    if (isSeq(node)) return node.items.map((item, index) => this.#value(item, `${pointer}/${index}`, depth + 1));
    if (isMap(node)) return this.#map(node.items, pointer, depth);
    throw new Refused(pointer, 'a value of no known kind', offset ?? 0);
  }

  #map(items: readonly { readonly key: unknown; readonly value: unknown }[], at: string, depth: number): JsonObject {
    const members = new Map<string, JsonValue>();
    for (const { key, value } of items) {
      const offset = rangeStart(key) ?? 0;
      if (!isScalar(key) || typeof key.value !== 'string') throw new Refused(at, 'a key that is no text', offset);
      const pointer = at + jsonPointer([key.value]);
      if (members.has(key.value)) throw new Refused(pointer, 'this key is there twice', offset);
      this.#offsets.set(pointer, offset);
      members.set(key.value, this.#value(value, pointer, depth + 1));
    }
    return Object.fromEntries(members);
  }
}

const rangeStart = (node: unknown): number | null => (node as Node | null)?.range?.[0] ?? null;

const scalar = (value: unknown, pointer: string, offset: number): JsonValue => {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string' && value.isWellFormed()) return value;
  if (typeof value === 'number' && Number.isFinite(value) && !(Number.isInteger(value) && !Number.isSafeInteger(value)))
    return value + 0;
  throw new Refused(pointer, 'a value that JSON does not have', offset);
};
