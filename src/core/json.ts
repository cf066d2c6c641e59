/**
 * Strict JSON (RFC 8259 within I-JSON, RFC 7493): what several readers could understand differently is refused.
 * Refused with a reason, an offset and a path: duplicate members, lone surrogates, numbers beyond a double, nesting
 * beyond a limit, trailing text, a byte order mark. `__proto__` is an ordinary own member.
 * Fast path: one light scan counts members and depth while JSON.parse builds the value; a duplicate shows as a
 * missing member. Only when something is wrong does the careful reader run, to say what and where.
 */
import { err, ok, type Result } from './result.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** A number as it was written, for hashes made over the sender's own text (WCP 4.5). */
export class JsonNumber {
  readonly token: string;
  constructor(token: string) {
    this.token = token;
  }
}
export type JsonTokens = null | boolean | JsonNumber | string | readonly JsonTokens[] | JsonTokensObject;
export interface JsonTokensObject {
  readonly [name: string]: JsonTokens;
}

export type JsonReason = 'syntax' | 'too_deep' | 'duplicate_member' | 'lone_surrogate' | 'number_out_of_range';
export interface JsonError {
  readonly reason: JsonReason;
  /** Offset in UTF-16 code units of the token that is wrong. */
  readonly offset: number;
  /** JSON Pointer (RFC 6901) of the value that was being read. */
  readonly path: string;
}
export interface JsonLimits {
  readonly maxDepth?: number;
}

export const DEFAULT_MAX_DEPTH = 32;

export function parseJson(text: string, limits: JsonLimits = {}): Result<JsonValue, JsonError> {
  const maxDepth = limits.maxDepth ?? DEFAULT_MAX_DEPTH;
  const members = countMembers(text, maxDepth);
  if (members !== undefined) {
    let value: JsonValue | undefined;
    try {
      value = JSON.parse(text) as JsonValue;
    } catch {
      value = undefined;
    }
    if (value !== undefined && soundMembers(value, text.includes('\\u')) === members) return ok(value);
  }
  return readCarefully(text, maxDepth, Number) as Result<JsonValue, JsonError>;
}

/** The same strictness, with every number kept as its token. */
export function parseJsonTokens(text: string, limits: JsonLimits = {}): Result<JsonTokens, JsonError> {
  return readCarefully(text, limits.maxDepth ?? DEFAULT_MAX_DEPTH, (token) => new JsonNumber(token));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Members that the text spells out, duplicates included; undefined if it nests too deep or has a lone surrogate. */
function countMembers(text: string, maxDepth: number): number | undefined {
  if (!text.isWellFormed()) return undefined;
  let members = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = closingQuote(text, i + 1);
    } else if (code === 0x3a) {
      members++;
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth) return undefined;
    } else if (code === 0x7d || code === 0x5d) {
      depth--;
    }
  }
  return members;
}

function closingQuote(text: string, from: number): number {
  let i = from;
  for (let code = text.charCodeAt(i); code !== QUOTE; code = text.charCodeAt(++i)) {
    if (code === BACKSLASH) i++;
    else if (i >= text.length) return i;
  }
  return i;
}

const UNSOUND = Number.NaN;

/**
 * Members that the value kept, or NaN when it holds an infinity or a lone surrogate; the latter can only come from a
 * `\u` escape, since the text itself was well formed, so strings are looked at only if there was one.
 */
function soundMembers(value: JsonValue, escapes: boolean): number {
  if (typeof value === 'string') return escapes && !value.isWellFormed() ? UNSOUND : 0;
  if (typeof value === 'number') return Number.isFinite(value) ? 0 : UNSOUND;
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value) members += soundMembers(item, escapes);
    return members;
  }
  const object = value as JsonObject;
  const names = Object.keys(object);
  for (const name of names) {
    if (escapes && !name.isWellFormed()) return UNSOUND;
    members += soundMembers(object[name] ?? null, escapes);
  }
  return members + names.length;
}

type Built = null | boolean | string | unknown[] | Record<string, unknown> | number | JsonNumber;
type NumberMaker = (token: string) => number | JsonNumber;

class Refusal extends Error {
  readonly reason: JsonReason;
  readonly offset: number;
  constructor(reason: JsonReason, offset: number) {
    super(reason);
    this.reason = reason;
    this.offset = offset;
  }
}

function readCarefully(text: string, maxDepth: number, makeNumber: NumberMaker): Result<JsonTokens, JsonError> {
  const reader = new Reader(text, maxDepth, makeNumber);
  try {
    return ok(reader.document() as JsonTokens);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return err({ reason: error.reason, offset: error.offset, path: reader.path() });
  }
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/** Recursive descent over the grammar of RFC 8259; recursion is bounded by `maxDepth`. */
class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #makeNumber: NumberMaker;
  readonly #at: (string | number)[] = [];
  #offset = 0;

  constructor(text: string, maxDepth: number, makeNumber: NumberMaker) {
    this.#text = text;
    this.#maxDepth = maxDepth;
    this.#makeNumber = makeNumber;
  }

  path(): string {
    return this.#at.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  }

  document(): Built {
    const value = this.#value();
    this.#space();
    if (this.#offset < this.#text.length) throw new Refusal('syntax', this.#offset);
    return value;
  }

  #value(): Built {
    this.#space();
    switch (this.#text[this.#offset]) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      case 't':
        return this.#literal('true', true);
      case 'f':
        return this.#literal('false', false);
      case 'n':
        return this.#literal('null', null);
      default:
        return this.#number();
    }
  }

  #object(): Built {
    this.#open();
    const object: Record<string, unknown> = {};
    if (this.#take('}')) return object;
    do {
      this.#space();
      const offset = this.#offset;
      const name = this.#string();
      this.#at.push(name);
      if (Object.hasOwn(object, name)) throw new Refusal('duplicate_member', offset);
      if (!this.#take(':')) throw new Refusal('syntax', this.#offset);
      // Assignment would run the setter that Object.prototype has for `__proto__`.
      const member = { value: this.#value(), writable: true, enumerable: true, configurable: true };
      Object.defineProperty(object, name, member);
      this.#at.pop();
    } while (this.#take(','));
    return this.#close('}', object);
  }

  #array(): Built {
    this.#open();
    const array: unknown[] = [];
    if (this.#take(']')) return array;
    do {
      this.#at.push(array.length);
      array.push(this.#value());
      this.#at.pop();
    } while (this.#take(','));
    return this.#close(']', array);
  }

  #open(): void {
    if (this.#at.length >= this.#maxDepth) throw new Refusal('too_deep', this.#offset);
    this.#offset++;
  }

  #close(bracket: string, built: Built): Built {
    if (!this.#take(bracket)) throw new Refusal('syntax', this.#offset);
    return built;
  }

  #string(): string {
    const offset = this.#offset;
    if (this.#text[offset] !== '"') throw new Refusal('syntax', offset);
    this.#offset = closingQuote(this.#text, offset + 1) + 1;
    let value: string;
    try {
      value = JSON.parse(this.#text.slice(offset, this.#offset)) as string;
    } catch {
      throw new Refusal('syntax', offset);
    }
    if (!value.isWellFormed()) throw new Refusal('lone_surrogate', offset);
    return value;
  }

  #number(): number | JsonNumber {
    const offset = this.#offset;
    const token = this.#match(NUMBER);
    if (token === undefined) throw new Refusal('syntax', offset);
    if (!Number.isFinite(Number(token))) throw new Refusal('number_out_of_range', offset);
    return this.#makeNumber(token);
  }

  #literal(word: string, value: Built): Built {
    if (!this.#text.startsWith(word, this.#offset)) throw new Refusal('syntax', this.#offset);
    this.#offset += word.length;
    return value;
  }

  #take(mark: string): boolean {
    this.#space();
    if (this.#text[this.#offset] !== mark) return false;
    this.#offset++;
    return true;
  }

  #space(): void {
    this.#match(SPACE);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#offset += found.length;
    return found;
  }
}
