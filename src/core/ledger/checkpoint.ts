/**
 * Checkpoints: C2SP signed-note carrying tlog-checkpoint, with the log's Ed25519 signature (type 0x01) and witness
 * cosignatures (tlog-cosignature, `cosignature/v1`, type 0x04). This file writes the bytes that others sign, puts
 * notes together, and opens them with a synchronous `verifyEd25519` from outside.
 * INVARIANT: lines of unknown keys are ignored; a known key's line that fails, or comes twice, refuses the whole note.
 */
import { type Bytes, concat, equalBytes, fromBase64, toBase64, toHex, utf8 } from '../bytes.ts';
import { sha256 } from '../hash.ts';
import { err, ok, type Result } from '../result.ts';

export type VerifyEd25519 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export const LOG_SIGNATURE = 0x01;
export const COSIGNATURE = 0x04;
export type SignatureType = typeof LOG_SIGNATURE | typeof COSIGNATURE;

/** A key that is known to the reader. Without a name it is known by its public key under whatever name it signs. */
export interface NoteKey {
  readonly type: SignatureType;
  readonly publicKey: Uint8Array;
  readonly name?: string;
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

export interface Note {
  /** With its final newline: what is signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface Cosigned {
  readonly name: string;
  readonly publicKey: Uint8Array;
  /** Seconds since the epoch. */
  readonly timestamp: number;
}

export interface OpenedCheckpoint extends Checkpoint {
  readonly cosigned: readonly Cosigned[];
}

export type NoteRefusal =
  | 'malformed_note'
  | 'malformed_checkpoint'
  | 'no_log_signature'
  | 'bad_log_signature'
  | 'bad_cosignature'
  | 'repeated_signature';

const DASH = '— ';
const MAX_SIGNATURES = 64;
const KEY_ID_BYTES = 4;
const ED25519_BYTES = 64;
const TIMESTAMP_BYTES = 8;
const HASH_BYTES = 32;
const DECIMAL = /^(?:0|[1-9][0-9]*)$/;
const KEY_NAME = /^[^\s+]+$/u;
// Control characters, except the newline that ends each line.
const FORBIDDEN = /[\u0000-\u0009\u000b-\u001f]/;

export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** Extension lines are allowed by the format; they are covered by the signature and say nothing to us. */
export function parseCheckpointText(text: string): Checkpoint | undefined {
  if (!text.endsWith('\n')) return undefined;
  const [origin = '', sizeText = '', rootText = '', ...extensions] = text.slice(0, -1).split('\n');
  const size = Number(sizeText);
  const root = fromBase64(rootText);
  if (origin === '' || !DECIMAL.test(sizeText) || !Number.isSafeInteger(size)) return undefined;
  if (root?.length !== HASH_BYTES || extensions.includes('')) return undefined;
  return { origin, size, root };
}

export function noteKeyId(name: string, type: SignatureType, publicKey: Uint8Array): Bytes {
  return sha256(concat(utf8(`${name}\n`), Uint8Array.of(type), publicKey)).slice(0, KEY_ID_BYTES);
}

/** The text form of a key for other people's tools (signed-note verifier key). */
export function verifierKey(name: string, type: SignatureType, publicKey: Uint8Array): string {
  return `${name}+${toHex(noteKeyId(name, type, publicKey))}+${toBase64(concat(Uint8Array.of(type), publicKey))}`;
}

/** What the log signs. */
export function checkpointMessage(text: string): Bytes {
  return utf8(text);
}

/** What a witness signs, at a time in seconds since the epoch. */
export function cosignatureMessage(text: string, timestamp: number): Bytes {
  return utf8(`cosignature/v1\ntime ${timestamp}\n${text}`);
}

/** One line of a note, with its newline. */
export function logSignatureLine(name: string, publicKey: Uint8Array, signature: Uint8Array): string {
  return signatureLine(name, noteKeyId(name, LOG_SIGNATURE, publicKey), signature);
}

export function cosignatureLine(name: string, publicKey: Uint8Array, timestamp: number, signature: Uint8Array): string {
  return signatureLine(name, noteKeyId(name, COSIGNATURE, publicKey), concat(timestampBytes(timestamp), signature));
}

export function assembleNote(text: string, lines: readonly string[]): string {
  return `${text}\n${lines.join('')}`;
}

export function parseNote(note: string): Note | undefined {
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n') || FORBIDDEN.test(note) || !note.isWellFormed()) return undefined;
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) return undefined;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = parseSignatureLine(line);
    if (signature === undefined) return undefined;
    signatures.push(signature);
  }
  return { text: note.slice(0, split + 1), signatures };
}

/**
 * Opens a checkpoint that a known log key has signed under the name of the origin. How many cosignatures are enough is
 * for the caller to say.
 */
export function openCheckpoint(
  noteText: string,
  keys: readonly NoteKey[],
  verifyEd25519: VerifyEd25519,
): Result<OpenedCheckpoint, NoteRefusal> {
  const note = parseNote(noteText);
  if (note === undefined) return err('malformed_note');
  const checkpoint = parseCheckpointText(note.text);
  if (checkpoint === undefined) return err('malformed_checkpoint');
  const cosigned: Cosigned[] = [];
  const seen = new Set<NoteKey>();
  let logSigned = false;
  for (const line of note.signatures) {
    const key = keys.find((candidate) => isBy(line, candidate, checkpoint.origin));
    if (key === undefined) continue;
    if (seen.has(key)) return err('repeated_signature');
    seen.add(key);
    if (key.type === LOG_SIGNATURE) {
      if (!verifyEd25519(key.publicKey, checkpointMessage(note.text), line.signature)) return err('bad_log_signature');
      logSigned = true;
    } else {
      const timestamp = verifiedTimestamp(note.text, line, key, verifyEd25519);
      if (timestamp === undefined) return err('bad_cosignature');
      cosigned.push({ name: line.name, publicKey: key.publicKey, timestamp });
    }
  }
  return logSigned ? ok({ ...checkpoint, cosigned }) : err('no_log_signature');
}

function isBy(line: NoteSignature, key: NoteKey, origin: string): boolean {
  const name = key.name ?? (key.type === LOG_SIGNATURE ? origin : line.name);
  return line.name === name && equalBytes(line.keyId, noteKeyId(name, key.type, key.publicKey));
}

function verifiedTimestamp(
  text: string,
  line: NoteSignature,
  key: NoteKey,
  verifyEd25519: VerifyEd25519,
): number | undefined {
  if (line.signature.length !== TIMESTAMP_BYTES + ED25519_BYTES) return undefined;
  const timestamp = Number(new DataView(line.signature.slice(0, TIMESTAMP_BYTES).buffer).getBigUint64(0));
  if (!Number.isSafeInteger(timestamp)) return undefined;
  const signature = line.signature.slice(TIMESTAMP_BYTES);
  return verifyEd25519(key.publicKey, cosignatureMessage(text, timestamp), signature) ? timestamp : undefined;
}

function parseSignatureLine(line: string): NoteSignature | undefined {
  if (!line.startsWith(DASH)) return undefined;
  const [name = '', encoded = '', ...others] = line.slice(DASH.length).split(' ');
  const bytes = fromBase64(encoded);
  if (!KEY_NAME.test(name) || others.length > 0 || bytes === undefined || bytes.length <= KEY_ID_BYTES)
    return undefined;
  return { name, keyId: bytes.slice(0, KEY_ID_BYTES), signature: bytes.slice(KEY_ID_BYTES) };
}

function signatureLine(name: string, keyId: Uint8Array, signature: Uint8Array): string {
  if (!KEY_NAME.test(name)) throw new RangeError('a key name has no space and no plus');
  return `${DASH}${name} ${toBase64(concat(keyId, signature))}\n`;
}

function timestampBytes(timestamp: number): Uint8Array {
  const bytes = new Uint8Array(TIMESTAMP_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(timestamp));
  return bytes;
}
