/**
 * Sorted compact JSON as the published clients write it before they hash or sign (WCP 4.4, 4.5). They write two different
 * texts for one object, so whoever checks tries either:
 * - `python`: json.dumps(sort_keys, compact): keys by code point, ASCII only, floats stay floats;
 * - `js`: keys by UTF-16 unit, UTF-8, ECMAScript numbers.
 * INVARIANT: works on number tokens, since `1.0` and `1` are one value and two texts.
 */
import { JsonNumber, type JsonTokens, type JsonTokensObject } from '../json.ts';
import { byCodePoint, byCodeUnit } from '../text-order.ts';

export const JSON_FORMS = ['python', 'js'] as const;
export type JsonForm = (typeof JSON_FORMS)[number];

interface Writer {
  readonly string: (text: string) => string;
  readonly number: (token: string) => string;
  readonly order: (a: string, b: string) => number;
}

const NOTHING: ReadonlySet<string> = new Set();
const isList = (value: JsonTokens): value is readonly JsonTokens[] => Array.isArray(value);

const write = (value: JsonTokens, writer: Writer, omit: ReadonlySet<string> = NOTHING): string => {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'string') return writer.string(value);
  if (value instanceof JsonNumber) return writer.number(value.token);
  if (isList(value)) return `[${value.map((item) => write(item, writer)).join(',')}]`;
  const object = value as JsonTokensObject;
  const members = Object.keys(object)
    .filter((name) => !omit.has(name))
    .sort(writer.order)
    .map((name) => `${writer.string(name)}:${write(object[name] ?? null, writer)}`);
  return `{${members.join(',')}}`;
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

const WRITERS: Readonly<Record<JsonForm, Writer>> = { python, js };

/** The text of an object without some of its own members. */
export const sortedJson = (object: JsonTokensObject, form: JsonForm, omit: ReadonlySet<string> = NOTHING): string =>
  write(object, WRITERS[form], omit);
