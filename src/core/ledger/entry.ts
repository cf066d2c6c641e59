/**
 * The ledger entry, which is the receipt (DESIGN §6, WCP 4.1): its type, the one place that seals it, the strict reader.
 * INVARIANT: receipt_hash, leaf and signature all cover the same canonical text; receipt_hash and signature are the
 * only members outside it. Numbers are safe integers, so that every language writes the same bytes.
 */
import type { Bytes } from '../bytes.ts';
import type { Actor } from '../caller.ts';
import { CanonicalError, canonicalJson } from '../canonical.ts';
import { receiptAndLeaf } from '../hash.ts';
import { seqOfId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { err, ok, type Result } from '../result.ts';

export const ENTRY_VERSION = 1;
export const ENTRY_SPEC = { wcp: '0.2', canon: 'rfc8785' } as const;

/** What a command wants recorded; everything else is the place it gets in the ledger. */
export interface EntryDraft {
  readonly stream: string;
  readonly type: string;
  readonly actor: Actor;
  readonly trace_id: string | null;
  /** receipt_id of the entry that led to this one. */
  readonly cause: string | null;
  readonly body: JsonObject;
}

export interface EntryPlace {
  readonly tenant: string;
  readonly seq: number;
  /** Microseconds since the epoch, never before the previous entry's. */
  readonly ts: number;
  readonly receiptId: string;
  readonly streamSeq: number;
  readonly prevReceiptHash: string | null;
  readonly prevStreamHash: string | null;
  readonly signingKeyId: string;
}

export interface Entry extends EntryDraft {
  readonly v: typeof ENTRY_VERSION;
  readonly tenant: string;
  readonly seq: number;
  readonly ts: number;
  readonly receipt_id: string;
  readonly stream_seq: number;
  readonly prev_receipt_hash: string | null;
  readonly prev_stream_hash: string | null;
  readonly spec: typeof ENTRY_SPEC;
  readonly signing_key_id: string;
}

export interface SignedEntry extends Entry {
  readonly receipt_hash: string;
  /** Ed25519 over the 64 characters of receipt_hash, base64url. */
  readonly signature: string;
}

export interface SealedEntry {
  readonly seq: number;
  readonly entry: Entry;
  /** Canonical JSON: the bytes that are hashed, stored and served. */
  readonly text: string;
  readonly receiptHash: string;
  readonly leaf: Bytes;
}

/** Throws CanonicalError for a body that cannot be recorded: a bug of ours, and so no entry and no ALLOW. */
export function sealEntry(draft: EntryDraft, place: EntryPlace): SealedEntry {
  if (!isRecordable(draft.body)) throw new CanonicalError('an entry holds integers, strings, booleans and null only');
  const entry: Entry = {
    actor: draft.actor,
    body: draft.body,
    cause: draft.cause,
    prev_receipt_hash: place.prevReceiptHash,
    prev_stream_hash: place.prevStreamHash,
    receipt_id: place.receiptId,
    seq: place.seq,
    signing_key_id: place.signingKeyId,
    spec: ENTRY_SPEC,
    stream: draft.stream,
    stream_seq: place.streamSeq,
    tenant: place.tenant,
    trace_id: draft.trace_id,
    ts: place.ts,
    type: draft.type,
    v: ENTRY_VERSION,
  };
  const text = canonicalJson(entry);
  return { seq: place.seq, entry, text, ...receiptAndLeaf(text) };
}

const SPLICE_AT = ',"receipt_id":"';

/**
 * The canonical text of the signed entry. Quotes inside strings are escaped and the members after receipt_id are
 * scalars or fixed, so the last match is the envelope's own.
 */
export function signedEntryText(text: string, receiptHash: string, signature: string): string {
  const hashAt = text.lastIndexOf(SPLICE_AT);
  const signatureAt = text.indexOf(',"signing_key_id":"', hashAt);
  return `${text.slice(0, hashAt)},"receipt_hash":"${receiptHash}"${text.slice(hashAt, signatureAt)},"signature":"${signature}"${text.slice(signatureAt)}`;
}

/** The canonical text that receipt_hash and leaf are made over. */
export function entryText(signed: SignedEntry): string {
  const { receipt_hash: _hash, signature: _signature, ...entry } = signed;
  return canonicalJson(entry);
}

export interface EntryError {
  readonly reason: 'not_an_object' | 'missing_member' | 'unknown_member' | 'wrong_value';
  readonly member: string;
}

type Check = (value: unknown, entry: Readonly<Record<string, unknown>>) => boolean;

const HASH = /^[0-9a-f]{64}$/;
const NAME = /^[a-z][a-z0-9_.-]{0,99}$/;
const KEY_ID = /^[A-Za-z0-9_-]{43}$/;
const SIGNATURE = /^[A-Za-z0-9_-]{85}[AQgw]$/;
const ACTOR_KINDS: ReadonlySet<unknown> = new Set<Actor['kind']>([
  'human',
  'agent',
  'coordinator',
  'service',
  'worker',
  'operator',
  'system',
]);

export const isEntryName = (text: string): boolean => NAME.test(text);
export const isSignatureText = (text: string): boolean => SIGNATURE.test(text);
export const isActorKind = (text: string): boolean => ACTOR_KINDS.has(text);

const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const isString: Check = (value) => typeof value === 'string';
const isPosition: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 1;
const orNull =
  (check: Check): Check =>
  (value, entry) =>
    value === null || check(value, entry);
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const ENTRY_CHECKS: Readonly<Record<keyof Entry, Check>> = {
  actor: (value) => isRecord(value) && isActor(value),
  body: (value) => isRecord(value) && isRecordable(value),
  cause: orNull(isString),
  prev_receipt_hash: (value, entry) => (entry.seq === 1 ? value === null : matches(HASH)(value, entry)),
  prev_stream_hash: (value, entry) => (entry.stream_seq === 1 ? value === null : matches(HASH)(value, entry)),
  receipt_id: (value, entry) => typeof value === 'string' && value[14] === '7' && seqOfId(value) === entry.seq,
  seq: isPosition,
  signing_key_id: matches(KEY_ID),
  spec: (value) => isRecord(value) && canonicalJson(value) === canonicalJson(ENTRY_SPEC),
  stream: matches(NAME),
  stream_seq: isPosition,
  tenant: isString,
  trace_id: orNull(isString),
  ts: isPosition,
  type: matches(NAME),
  v: (value) => value === ENTRY_VERSION,
};
const SIGNED_ENTRY_CHECKS: Readonly<Record<keyof SignedEntry, Check>> = {
  ...ENTRY_CHECKS,
  receipt_hash: matches(HASH),
  signature: matches(SIGNATURE),
};

/** `value` comes from a strict parser; whether its bytes were canonical is for the caller to compare. */
export function readEntry(value: unknown): Result<Entry, EntryError> {
  return readMembers<Entry>(value, ENTRY_CHECKS);
}

export function readSignedEntry(value: unknown): Result<SignedEntry, EntryError> {
  return readMembers<SignedEntry>(value, SIGNED_ENTRY_CHECKS);
}

function readMembers<T>(value: unknown, checks: Readonly<Record<string, Check>>): Result<T, EntryError> {
  if (!isRecord(value)) return err({ reason: 'not_an_object', member: '' });
  for (const member of Object.keys(value)) {
    if (!Object.hasOwn(checks, member)) return err({ reason: 'unknown_member', member });
  }
  for (const member of Object.keys(checks)) {
    if (!Object.hasOwn(value, member)) return err({ reason: 'missing_member', member });
  }
  for (const [member, check] of Object.entries(checks)) {
    if (!check(value[member], value)) return err({ reason: 'wrong_value', member });
  }
  return ok(value as T);
}

function isActor(value: Readonly<Record<string, unknown>>): boolean {
  const { kind, id, role, ...others } = value;
  const roleHolds = role === undefined ? !Object.hasOwn(value, 'role') : typeof role === 'string';
  return ACTOR_KINDS.has(kind) && typeof id === 'string' && roleHolds && Object.keys(others).length === 0;
}

/** JSON whose numbers are all safe integers. */
function isRecordable(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isSafeInteger(value);
    case 'object':
      if (value === null) return true;
      if (Array.isArray(value)) return value.every(isRecordable);
      for (const name in value) if (!isRecordable((value as Record<string, unknown>)[name])) return false;
      return true;
    default:
      return false;
  }
}
