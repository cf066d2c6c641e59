/**
 * Readers of the members of a RouteInput (WCP 2.2). Each takes whatever was sent and gives the value or null for
 * "invalid"; absence is the caller's to see first. None keeps a reference to what was sent.
 */
export const DIMENSIONS = ['data', 'network', 'financial', 'time', 'reversibility'] as const;
export type Dimension = (typeof DIMENSIONS)[number];
/** Five dimensions, 0 to 5 each. */
export type BlastRadius = Readonly<Record<Dimension, number>>;

export const PRIVILEGE_KINDS = ['egress', 'secrets', 'filesystem_writes', 'tools'] as const;
export type PrivilegeKind = (typeof PRIVILEGE_KINDS)[number];
/** A list that is null was not given: it restricts nothing. */
export type PrivilegeContext = Readonly<Record<PrivilegeKind, readonly string[] | null>>;

export type Sent = Readonly<Record<string, unknown>>;

const MAX_TEXT = 256;
const MAX_CORRELATION_ID = 128;
const REVERSIBILITY: ReadonlyMap<unknown, number> = new Map([
  ['reversible', 0],
  ['partially-reversible', 2],
  ['irreversible', 5],
]);

export const isRecord = (value: unknown): value is Sent =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** 1 to `limit` characters. Counted by code point only where the quicker count does not settle it. */
export function readText(value: unknown, limit = MAX_TEXT): string | null {
  if (typeof value !== 'string' || value.length === 0) return null;
  if (value.length <= limit) return value;
  return value.length <= 2 * limit && [...value].length <= limit ? value : null;
}

/** 1 to 128 printable characters. A blank one is let pass, however it is made: what it means is a question of its own. */
export function readCorrelationId(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  if (isBlank(value)) return value.slice(0, MAX_CORRELATION_ID);
  const text = readText(value, MAX_CORRELATION_ID);
  return text === null || hasControl(text) ? null : text;
}

const PRINTABLE_ASCII = 0x21;

export function isBlank(text: string): boolean {
  const first = text.charCodeAt(0);
  // The first character settles nearly every case.
  return !(first >= PRINTABLE_ASCII && first < 0x7f) && text.trim() === '';
}

/** U+0000-1F and U+007F. */
export function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

export function readScore(value: unknown): number | null {
  // `+ 0` turns a negative zero into the one that has a decimal text of its own.
  return typeof value === 'number' && value >= 0 && value <= 100 ? value + 0 : null;
}

/** A dimension that is left out is 0: the caller's radius only ever raises a score. */
export function readBlastRadius(value: unknown): BlastRadius | null {
  if (!isRecord(value)) return null;
  const data = readDimension(value.data);
  const network = readDimension(value.network);
  const financial = readDimension(value.financial);
  const time = readDimension(value.time);
  const reversibility = REVERSIBILITY.get(value.reversibility) ?? readDimension(value.reversibility);
  if (data === null || network === null || financial === null || time === null || reversibility === null) return null;
  return { data, network, financial, time, reversibility };
}

function readDimension(value: unknown): number | null {
  if (value === undefined) return 0;
  return typeof value === 'number' && value >= 0 && value <= 5 ? value + 0 : null;
}

export function readPrivilegeContext(value: unknown): PrivilegeContext | null {
  if (!isRecord(value)) return null;
  const egress = readList(value.egress);
  const secrets = readList(value.secrets);
  const writes = readList(value.filesystem_writes);
  const tools = readList(value.tools);
  if (egress === undefined || secrets === undefined || writes === undefined || tools === undefined) return null;
  return { egress, secrets, filesystem_writes: writes, tools };
}

/** Null: not given. Undefined: not a list of texts. */
function readList(value: unknown): readonly string[] | null | undefined {
  if (value === undefined) return null;
  if (!Array.isArray(value)) return undefined;
  const items: string[] = [];
  for (const item of value) {
    if (typeof item !== 'string') return undefined;
    items.push(item);
  }
  return items;
}

/** "No" in a payload: null, false, 0, "", [], {} and absence (WCP 3.2). */
export function says(value: unknown): boolean {
  if (!value) return false;
  if (typeof value !== 'object') return true;
  return Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0;
}
