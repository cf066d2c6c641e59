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
  const { order, heads } = shapeOf(Object.keys(value));
  const values: readonly unknown[] = Object.values(value);
  let out = '{';
  for (let i = 0; i < order.length; i++) {
    const member = values[order[i] ?? 0];
    // Most members are plain texts: written here, they cost no call.
    if (typeof member === 'string' && !NEEDS_CARE.test(member)) out += `${heads[i]}"${member}"`;
    else out += heads[i] + canonicalJson(member);
  }
  return `${out}}`;
}

/** What objects with the same names in the same order have in common. */
interface Shape {
  readonly names: readonly string[];
  /** Canonical order, as positions in `names`. */
  readonly order: readonly number[];
  /** What stands before each value, in canonical order: `"a":`, then `,"b":`. */
  readonly heads: readonly string[];
}

/** Bounded in every way, so that names chosen by strangers cost no memory: a shape takes the place of the one before. */
const SLOTS = 1024;
const MAX_KEPT_NAMES = 32;
const MAX_KEPT_LENGTH = 48;
const shapes: (Shape | undefined)[] = Array.from({ length: SLOTS });

function shapeOf(names: readonly string[]): Shape {
  const slot = slotOf(names);
  const kept = shapes[slot];
  if (kept !== undefined && isSame(kept.names, names)) return kept;
  const shape = makeShape(names);
  if (names.length <= MAX_KEPT_NAMES && names.every((name) => name.length <= MAX_KEPT_LENGTH)) shapes[slot] = shape;
  return shape;
}

function slotOf(names: readonly string[]): number {
  let hash = names.length;
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? '';
    hash = (hash * 31 + name.length * 7 + name.charCodeAt(name.length - 1)) | 0;
  }
  return hash & (SLOTS - 1);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function makeShape(names: readonly string[]): Shape {
  const sorted = names.map((name, at) => ({ name, at })).sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    names,
    order: sorted.map(({ at }) => at),
    heads: sorted.map(({ name }, index) => `${index === 0 ? '' : ','}${quote(name)}:`),
  };
}
