/** JSON of every kind of malice: values that break readers, values that a schema asks for, and changes to good ones. */
import type { Random } from './random.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type Members = { readonly [name: string]: Json };

export const isMembers = (value: Json | undefined): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  '\0',
  'tenant_id',
  'grant',
  'rules',
  '💥',
];
const TEXTS = [
  '',
  ' ',
  '\0',
  '../../etc/passwd',
  "' OR 1=1 --",
  '<script>',
  '%00',
  '__proto__',
  'null',
  '\u202e',
  '\ufffd',
  'ÿ',
  '🏛️',
  'x'.repeat(5000),
  '0',
  '-1',
  'NaN',
  '2026-13-45T99:99:99Z',
  '0001-01-01T00:00:00Z',
  'sha256:',
  'org.example.x',
  'DENY',
];
const NUMBERS = [
  0,
  -0,
  -1,
  1,
  0.1,
  1e-7,
  1e21,
  2 ** 31,
  2 ** 53,
  2 ** 53 - 1,
  -(2 ** 63),
  1.7976931348623157e308,
  5e-324,
  25,
  100,
  101,
];

/** Objects that pass for something else where a reader measures, prints or awaits what it was given. */
const STUMBLES: readonly Json[] = [
  { length: { valueOf: 1, toString: 1 } },
  { length: -1 },
  { length: 2 ** 53, 0: 'a' },
  { toString: 1, valueOf: 1 },
  { toJSON: 1, prototype: 1 },
  { constructor: null, hasOwnProperty: 1 },
  { size: { valueOf: [] } },
];

export const hostile = (random: Random, depth = 0): Json => {
  if (random.chance(0.15)) return random.pick(STUMBLES);
  switch (random.below(depth > 3 ? 4 : 7)) {
    case 0:
      return random.pick(TEXTS);
    case 1:
      return random.pick(NUMBERS);
    case 2:
      return random.pick([true, false, null]);
    case 3:
      return random.text(random.below(40));
    case 4:
      return Array.from({ length: random.below(6) }, () => hostile(random, depth + 1));
    case 5:
      return nested(random.below(50));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(6) }, () => [
          random.chance(0.5) ? random.pick(NAMES) : random.text(8),
          hostile(random, depth + 1),
        ]),
      );
  }
};

const nested = (levels: number): Json => {
  let value: Json = 1;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

/** A value that the schema admits, or nearly; `words` are texts that mean something to the service. */
export const fromSchema = (
  schema: Json | undefined,
  schemas: Members,
  random: Random,
  words: readonly string[],
  depth = 0,
): Json => {
  if (!isMembers(schema) || depth > 8) return hostile(random, 2);
  const again = (inner: Json | undefined): Json => fromSchema(inner, schemas, random, words, depth + 1);
  const { $ref, type } = schema;
  if (typeof $ref === 'string') return again(schemas[$ref.slice($ref.lastIndexOf('/') + 1)]);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return random.pick(list(schema.enum));
  const choices = list(schema.anyOf ?? schema.oneOf);
  if (choices.length > 0) return again(random.pick(choices));
  switch (type) {
    case 'object':
      return objectFrom(schema, random, again);
    case 'array': {
      const least = typeof schema.minItems === 'number' ? schema.minItems : 0;
      return Array.from({ length: least + random.below(4) }, () => again(schema.items));
    }
    case 'string':
      return textFrom(schema, random, words);
    case 'number':
    case 'integer': {
      const low = typeof schema.minimum === 'number' ? schema.minimum : 0;
      const high = Math.min(typeof schema.maximum === 'number' ? schema.maximum : low + 100, low + 1e9);
      const value = low + random.next() * (high - low);
      return type === 'integer' ? Math.floor(value) : value;
    }
    case 'boolean':
      return random.chance(0.5);
    case 'null':
      return null;
    default:
      return hostile(random, 2);
  }
};

const objectFrom = (schema: Members, random: Random, again: (inner: Json | undefined) => Json): Json => {
  const required = new Set(list(schema.required));
  const properties = isMembers(schema.properties) ? Object.entries(schema.properties) : [];
  const made = properties
    .filter(([name]) => required.has(name) || random.chance(0.35))
    .map(([name, inner]) => [name, again(inner)] as const);
  const free =
    isMembers(schema.additionalProperties) && random.chance(0.3)
      ? [[random.text(6), again(schema.additionalProperties)] as const]
      : [];
  return Object.fromEntries([...made, ...free]);
};

const textFrom = (schema: Members, random: Random, words: readonly string[]): string => {
  if (schema.format === 'date-time') return new Date(1_700_000_000_000 + random.below(1e9) * 1000).toISOString();
  if (random.chance(0.75)) return random.pick(words);
  const least = typeof schema.minLength === 'number' ? schema.minLength : 0;
  return random.text(least + random.below(12));
};

/** The value with one thing in it changed: replaced, dropped, doubled, renamed or added. */
export const mutated = (value: Json, random: Random): Json => {
  if (random.chance(0.15)) return hostile(random);
  if (Array.isArray(value)) {
    if (value.length === 0) return [hostile(random)];
    const at = random.below(value.length);
    if (random.chance(0.2)) return value.toSpliced(at, 1);
    if (random.chance(0.2)) return [...value, ...value];
    return value.with(at, mutated(value[at] ?? null, random));
  }
  if (!isMembers(value)) return hostile(random);
  const entries = Object.entries(value);
  if (entries.length === 0 || random.chance(0.2))
    return Object.fromEntries([...entries, [random.pick(NAMES), hostile(random)]]);
  const at = random.below(entries.length);
  const [name, member] = entries[at] ?? ['', null];
  if (random.chance(0.2)) return Object.fromEntries(entries.toSpliced(at, 1));
  if (random.chance(0.1)) return Object.fromEntries(entries.with(at, [random.pick(NAMES), member]));
  return Object.fromEntries(entries.with(at, [name, mutated(member, random)]));
};

const DAMAGE = [
  '"a":1,"a":2,',
  '1e400',
  '-',
  '\\ud800',
  '\ufeff',
  '\0',
  'NaN',
  ']',
  '{',
  ',',
  '"',
  '\\u0000',
  '//',
  '\ud83d',
  '0x1',
  '01',
  '[[[[[[[[',
];

/** The text with a piece cut out, overwritten or put in: mostly no JSON any more. */
export const damaged = (text: string, random: Random): Uint8Array => {
  if (text.startsWith('{"') && random.chance(0.1))
    return new TextEncoder().encode(`{"a":{"b":1,"\\u0062":2},${text.slice(1)}`);
  let bytes: Uint8Array = new TextEncoder().encode(text);
  for (let change = 0; change <= random.below(3); change++) {
    const at = random.below(bytes.length + 1);
    const piece = random.chance(0.5)
      ? new TextEncoder().encode(random.pick(DAMAGE))
      : random.bytes(1 + random.below(4));
    const cut = random.chance(0.5) ? random.below(8) : 0;
    bytes = Uint8Array.from([...bytes.subarray(0, at), ...piece, ...bytes.subarray(at + cut)]);
  }
  return bytes;
};
