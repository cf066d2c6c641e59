/**
 * The hash of an enrolment record, made over the record as it was sent without its `artifact_hash` (WCP 4.5). The
 * published clients write two different texts for one record, so either is accepted:
 * - `python`: json.dumps(sort_keys, compact): keys by code point, ASCII only, floats stay floats;
 * - `js`: keys by UTF-16 unit, UTF-8, ECMAScript numbers.
 * INVARIANT: works on number tokens, since `1.0` and `1` are one value and two texts.
 */
import { sha256Hex } from '../hash.ts';
import { JsonNumber, type JsonTokens, type JsonTokensObject } from '../json.ts';
import { isSha256, normalHash } from './code-hash.ts';

export type RecordForm = 'python' | 'js';

interface Writer {
  readonly string: (text: string) => string;
  readonly number: (token: string) => string;
  readonly order: (a: string, b: string) => number;
}

const isList = (value: JsonTokens): value is readonly JsonTokens[] => Array.isArray(value);

const write = (value: JsonTokens, writer: Writer, omit?: string): string => {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'string') return writer.string(value);
  if (value instanceof JsonNumber) return writer.number(value.token);
  if (isList(value)) return `[${value.map((item) => write(item, writer)).join(',')}]`;
  const object = value as JsonTokensObject;
  const members = Object.keys(object)
    .filter((name) => name !== omit)
    .sort(writer.order)
    .map((name) => `${writer.string(name)}:${write(object[name] ?? null, writer)}`);
  return `{${members.join(',')}}`;
};

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Surrogates stand above every code unit that is a character of its own. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

const byCodePoint = (a: string, b: string): number => {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
};

/** DEL and everything beyond ASCII; JSON.stringify has already escaped what lies below U+0020. */
const BEYOND_ASCII = /[\u007f-\uffff]/g;
const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
const pythonString = (text: string): string => JSON.stringify(text).replaceAll(BEYOND_ASCII, escapeUnit);

/** Integers of any size keep their digits; `-0` is the integer 0. */
const pythonInteger = (token: string): string => (token === '-0' ? '0' : token);

/** The shortest digits of a double and the power of ten of the first: 0.00012 is `12` and -4. */
const shortestDigits = (magnitude: number): { readonly digits: string; readonly power: number } => {
  const [mantissa = '', exponent = '0'] = magnitude.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), power: Number(exponent) };
};

/** repr(float): positional from 1e-4 up to 1e16, else with an exponent of at least two digits. */
const pythonFloat = (value: number): string => {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0.0`;
  const { digits, power } = shortestDigits(Math.abs(value));
  if (power < -4 || power >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const exponent = String(Math.abs(power)).padStart(2, '0');
    return `${sign}${digits.charAt(0)}${fraction}e${power < 0 ? '-' : '+'}${exponent}`;
  }
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, '0');
  return `${sign}${whole}.${digits.slice(power + 1) || '0'}`;
};

const FLOAT = /[.eE]/;
const python: Writer = {
  string: pythonString,
  number: (token) => (FLOAT.test(token) ? pythonFloat(Number(token)) : pythonInteger(token)),
  order: byCodePoint,
};

const js: Writer = { string: (text) => JSON.stringify(text), number: (token) => `${Number(token)}`, order: byCodeUnit };

const WRITERS: Readonly<Record<RecordForm, Writer>> = { python, js };
const ARTIFACT_HASH = 'artifact_hash';

/** The text that is hashed. */
export const recordText = (record: JsonTokensObject, form: RecordForm): string =>
  write(record, WRITERS[form], ARTIFACT_HASH);

/** `sha256:` and 64 lower hex digits. */
export const recordHash = (record: JsonTokensObject, form: RecordForm = 'python'): string =>
  `sha256:${sha256Hex(recordText(record, form))}`;

/** The form whose hash was claimed, or null: the record is not the one that was hashed. */
export const verifyRecordHash = (record: JsonTokensObject, claimed: string): RecordForm | null => {
  const hash = normalHash(claimed);
  if (!isSha256(hash)) return null;
  const forms: readonly RecordForm[] = ['python', 'js'];
  return forms.find((form) => sha256Hex(recordText(record, form)) === hash) ?? null;
};
