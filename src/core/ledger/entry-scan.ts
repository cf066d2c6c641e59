/**
 * The quick way to read an entry line: one walk over the text that takes only what is beyond doubt canonical and well
 * shaped, without building a value. Anything unusual is left to `entry-line.ts`.
 * INVARIANT: what the scan takes, the reader takes too, with the same facts, provided that the caller compares both
 * previous hashes, receipt_hash and signing_key_id with what they must be (the scan looks only at where they end).
 */
import { seqOfId } from '../ids.ts';
import { isActorKind, isEntryName, isSignatureText } from './entry.ts';
import { DECISION_TYPES, type EntryFacts } from './entry-facts.ts';
import { MAX_LINE_DEPTH } from './entry-line.ts';

/** Undefined means "not sure", never "wrong". */
export function scanEntryLine(line: string): EntryFacts | undefined {
  if (!line.isWellFormed()) return undefined;
  const scan = new Scan(line);
  const facts = scan.entry();
  return scan.failed ? undefined : facts;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_RECORD = 0x7b;
const CLOSE_RECORD = 0x7d;
/** Any integer of 15 digits is safe; microseconds since the epoch have 16. */
const SURE_DIGITS = 15;
const HASH_LENGTH = 64;
const KEY_ID_LENGTH = 43;
const SIGNATURE_LENGTH = 86;
const SHORT_ESCAPES = '"\\bfnrt';

/** A cursor over one line. Once `failed`, results mean nothing and every further step is harmless. */
class Scan {
  failed = false;
  readonly #line: string;
  readonly #ties: { decisionId: string | null; outcome: string | null } = { decisionId: null, outcome: null };
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  /** Members in their canonical order; straight-line on purpose, it is the shape of the line. */
  entry(): EntryFacts {
    this.#expect('{"entry":{"actor":{"id":"');
    this.#string();
    this.#expect(',"kind":"');
    if (!isActorKind(this.#string())) this.failed = true;
    if (this.#skips(',"role":"')) this.#string();
    this.#expect('},"body":');
    if (this.#line.charCodeAt(this.#at) !== OPEN_RECORD) this.failed = true;
    this.#value(0);
    const { decisionId, outcome } = this.#ties;
    this.#expect(',"cause":');
    this.#stringOrNull();
    this.#expect(',"prev_receipt_hash":');
    const prevReceiptHash = this.#hashOrNull();
    this.#expect(',"prev_stream_hash":');
    const prevStreamHash = this.#hashOrNull();
    const hashAt = this.#at;
    this.#expect(',"receipt_hash":"');
    const receiptHash = this.#fixed(HASH_LENGTH);
    const hashEnd = this.#at;
    this.#expect(',"receipt_id":"');
    const receiptId = this.#string();
    this.#expect(',"seq":');
    const seq = this.#position();
    const signatureAt = this.#at;
    this.#expect(',"signature":"');
    const signature = this.#fixed(SIGNATURE_LENGTH);
    const signatureEnd = this.#at;
    this.#expect(',"signing_key_id":"');
    const signingKeyId = this.#fixed(KEY_ID_LENGTH);
    this.#expect(',"spec":{"canon":"rfc8785","wcp":"0.2"},"stream":"');
    const stream = this.#string();
    this.#expect(',"stream_seq":');
    const streamSeq = this.#position();
    this.#expect(',"tenant":"');
    const tenant = this.#string();
    this.#expect(',"trace_id":');
    this.#stringOrNull();
    this.#expect(',"ts":');
    const ts = this.#position();
    this.#expect(',"type":"');
    const type = this.#string();
    this.#expect(',"v":1}');
    const end = this.#at;
    this.#expect(',"kind":"entry"}');
    if (this.#at !== this.#line.length || this.failed) this.failed = true;
    else if (receiptId[14] !== '7' || seqOfId(receiptId) !== seq || !isSignatureText(signature)) this.failed = true;
    else if (!isEntryName(stream) || !isEntryName(type)) this.failed = true;
    else if ((prevReceiptHash === null) !== (seq === 1)) this.failed = true;
    else if ((prevStreamHash === null) !== (streamSeq === 1)) this.failed = true;
    const line = this.#line;
    const tiesToDecision = !this.failed && type.startsWith(DECISION_TYPES);
    return {
      text: line.slice(ENTRY_AT, hashAt) + line.slice(hashEnd, signatureAt) + line.slice(signatureEnd, end),
      tenant,
      seq,
      ts,
      stream,
      streamSeq,
      type,
      prevReceiptHash,
      prevStreamHash,
      receiptHash,
      signature,
      signingKeyId,
      decisionId: tiesToDecision ? decisionId : null,
      outcome: tiesToDecision ? outcome : null,
    };
  }

  #expect(text: string): void {
    if (this.#line.startsWith(text, this.#at)) this.#at += text.length;
    else this.failed = true;
  }

  #skips(text: string): boolean {
    if (!this.#line.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** After the opening quote; ends after the closing one. A text with escapes is left to the reader. */
  #string(): string {
    const from = this.#at;
    if (this.#skipString()) this.failed = true;
    return this.#line.slice(from, this.#at - 1);
  }

  /** A text whose characters are compared or matched by somebody else; only its place is looked at. */
  #fixed(length: number): string {
    const from = this.#at;
    this.#at += length;
    if (!this.#takes(QUOTE)) this.failed = true;
    return this.#line.slice(from, from + length);
  }

  /** Whether there were escapes. The two-character ones are canonical; a `\u` is left to the reader. */
  #skipString(): boolean {
    const line = this.#line;
    let escapes = false;
    for (let i = this.#at; i < line.length; i++) {
      const code = line.charCodeAt(i);
      if (code === QUOTE) {
        this.#at = i + 1;
        return escapes;
      }
      if (code === BACKSLASH) {
        escapes = true;
        if (!SHORT_ESCAPES.includes(line.charAt(++i))) break;
      } else if (code < 0x20) break;
    }
    this.failed = true;
    return escapes;
  }

  #stringOrNull(): void {
    if (this.#skips('null')) return;
    this.#expect('"');
    this.#skipString();
  }

  #hashOrNull(): string | null {
    if (this.#skips('null')) return null;
    this.#expect('"');
    return this.#fixed(HASH_LENGTH);
  }

  #position(): number {
    const from = this.#at;
    this.#skipInteger();
    const value = Number(this.#line.slice(from, this.#at));
    if (!(value >= 1)) this.failed = true;
    return value;
  }

  #skipInteger(): void {
    const line = this.#line;
    const negative = line.charCodeAt(this.#at) === MINUS;
    const from = negative ? this.#at + 1 : this.#at;
    let i = from;
    for (let code = line.charCodeAt(i); code >= ZERO && code <= NINE; code = line.charCodeAt(++i));
    const leadingZero = line.charCodeAt(from) === ZERO && (negative || i > from + 1);
    const isSafe = i - from <= SURE_DIGITS || Number.isSafeInteger(Number(line.slice(from, i)));
    if (i === from || leadingZero || !isSafe) this.failed = true;
    this.#at = i;
  }

  #value(depth: number): void {
    if (this.failed) return;
    const code = this.#line.charCodeAt(this.#at);
    if (code === QUOTE) {
      this.#at++;
      this.#skipString();
    } else if (code === OPEN_RECORD || code === OPEN_LIST) {
      // The reader counts from the start of the line, two containers further out.
      if (depth >= MAX_LINE_DEPTH - 2) this.failed = true;
      else if (code === OPEN_RECORD) this.#record(depth + 1);
      else this.#list(depth + 1);
    } else if (!this.#skips('null') && !this.#skips('true') && !this.#skips('false')) {
      this.#skipInteger();
    }
  }

  #list(depth: number): void {
    this.#at++;
    if (this.#takes(CLOSE_LIST)) return;
    do this.#value(depth);
    while (!this.failed && this.#takes(COMMA));
    if (!this.#takes(CLOSE_LIST)) this.failed = true;
  }

  /** Names must rise strictly by UTF-16 code units, which also excludes duplicates. */
  #record(depth: number): void {
    this.#at++;
    if (this.#takes(CLOSE_RECORD)) return;
    let beforeFrom = 0;
    let beforeTo = -1;
    do {
      if (!this.#takes(QUOTE)) this.failed = true;
      const from = this.#at;
      if (this.#skipString()) this.failed = true;
      const to = this.#at - 1;
      if (beforeTo >= 0 && !this.#rises(beforeFrom, beforeTo, from, to)) this.failed = true;
      if (!this.#takes(COLON)) this.failed = true;
      const valueFrom = this.#at;
      this.#value(depth);
      if (depth === 1) this.#tie(from, valueFrom);
      beforeFrom = from;
      beforeTo = to;
    } while (!this.failed && this.#takes(COMMA));
    if (!this.#takes(CLOSE_RECORD)) this.failed = true;
  }

  /** Whether the text at [from, to) sorts after the one at [beforeFrom, beforeTo). */
  #rises(beforeFrom: number, beforeTo: number, from: number, to: number): boolean {
    const line = this.#line;
    const shared = Math.min(beforeTo - beforeFrom, to - from);
    for (let i = 0; i < shared; i++) {
      const step = line.charCodeAt(from + i) - line.charCodeAt(beforeFrom + i);
      if (step !== 0) return step > 0;
    }
    return to - from > beforeTo - beforeFrom;
  }

  /** Keeps a string member of the body that a verifier wants. */
  #tie(nameFrom: number, valueFrom: number): void {
    const line = this.#line;
    if (line.charCodeAt(valueFrom) !== QUOTE) return;
    const isId = line.startsWith('decision_id"', nameFrom);
    if (!isId && !line.startsWith('outcome"', nameFrom)) return;
    const text = line.slice(valueFrom + 1, this.#at - 1);
    if (text.includes('\\')) this.failed = true;
    this.#ties[isId ? 'decisionId' : 'outcome'] = text;
  }

  #takes(code: number): boolean {
    if (this.#line.charCodeAt(this.#at) !== code) return false;
    this.#at++;
    return true;
  }
}

const ENTRY_AT = '{"entry":'.length;
