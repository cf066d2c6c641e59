/**
 * Canonical JSON (RFC 8785): the only author of bytes that are hashed or signed (DESIGN §6).
 * One value has one text: members ordered by UTF-16 code units, ECMAScript numbers, the shortest escapes, no space.
 * Throws CanonicalError for what has no canonical form: undefined, bigint, functions, non-finite numbers, lone
 * surrogates, holes, class instances. Input that came through `json.ts` never throws.
 */
export class CanonicalError extends Error {
  override readonly name = 'CanonicalError';
}

/** Everything that makes a string more than its own text between quotes; surrogates only to look closer. */
const NEEDS_CARE = /["\\\u0000-\u001f\ud800-\udfff]/;

const SHORT_LIST = 24;
const MAX_CACHED_NAMES = 4096;
const MAX_CACHED_NAME_LENGTH = 48;
const quotedNames = new Map<string, string>();

export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      if (!Number.isFinite(value)) throw new CanonicalError('a non-finite number has no canonical form');
      return `${value}`;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? list(value) : record(value);
    default:
      throw new CanonicalError(`a value of type ${typeof value} has no canonical form`);
  }
}

function quote(text: string): string {
  if (!NEEDS_CARE.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new CanonicalError('a lone surrogate has no canonical form');
  return JSON.stringify(text);
}

function list(values: readonly unknown[]): string {
  let out = '[';
  for (let i = 0; i < values.length; i++) out += i === 0 ? canonicalJson(values[i]) : `,${canonicalJson(values[i])}`;
  return `${out}]`;
}

function record(value: object): string {
  const proto: unknown = Object.getPrototypeOf(value);
  // A plain object of another realm has a foreign Object.prototype, whose own prototype is null as well.
  if (proto !== Object.prototype && proto !== null && Object.getPrototypeOf(proto) !== null) {
    throw new CanonicalError('only plain objects have a canonical form');
  }
  const members = value as Readonly<Record<string, unknown>>;
  const names = inOrder(Object.keys(members));
  let out = '{';
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? '';
    out += (i === 0 ? '' : ',') + quotedName(name) + canonicalJson(members[name]);
  }
  return `${out}}`;
}

function quotedName(name: string): string {
  const known = quotedNames.get(name);
  if (known !== undefined) return known;
  const quoted = `${quote(name)}:`;
  // Bounded, so that names chosen by strangers cost no memory; the first few thousand names are our own.
  if (quotedNames.size < MAX_CACHED_NAMES && name.length <= MAX_CACHED_NAME_LENGTH) quotedNames.set(name, quoted);
  return quoted;
}

/** Sorts in place. Most objects are small and nearly ordered, where insertion beats the built-in sort. */
function inOrder(names: string[]): string[] {
  if (names.length > SHORT_LIST) return names.sort();
  for (let i = 1; i < names.length; i++) {
    const name = names[i] ?? '';
    let at = i - 1;
    for (let before = names[at]; at >= 0 && before !== undefined && before > name; before = names[--at]) {
      names[at + 1] = before;
    }
    names[at + 1] = name;
  }
  return names;
}
