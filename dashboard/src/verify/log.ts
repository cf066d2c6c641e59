/**
 * Watches the log from this browser: opens a checkpoint with the keys it believes, and has it proved that the tree it
 * saw last is a beginning of this one. What it saw is kept here, so a service that shows a rewritten log is caught.
 */
import { fromBase64, toBase64 } from '../../../src/core/bytes.ts';
import { type NoteRefusal, type OpenedCheckpoint, openCheckpoint } from '../../../src/core/ledger/checkpoint.ts';
import { verifyConsistency } from '../../../src/core/ledger/merkle.ts';
import { noteKeys, readKeySet } from '../../../src/core/ledger/trust.ts';
import { getJson } from '../api/http.ts';
import { withSignatures } from './ed25519.ts';

export interface Seen {
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

export interface LogVerdict {
  readonly ok: boolean;
  /** What was found, in words; where it does not hold, what is wrong. */
  readonly told: string;
  readonly checkpoint: OpenedCheckpoint | null;
}

const WHY: Readonly<Record<NoteRefusal, string>> = {
  malformed_note: 'it is no signed note',
  malformed_checkpoint: 'it is no checkpoint',
  no_log_signature: 'no key of the log that this browser knows has signed it',
  bad_log_signature: 'the signature of the log does not hold',
  bad_cosignature: 'the signature of a witness does not hold',
  repeated_signature: 'a key has signed it twice',
};

const placeOf = (origin: string): string => `guildhall.log.${origin}`;

const wasSeen = (origin: string): Seen | null => {
  const kept = localStorage.getItem(placeOf(origin));
  return kept === null ? null : (JSON.parse(kept) as Seen);
};

/** Believes whatever log comes next: for a service that was begun anew on purpose. */
export const forget = (origin: string): void => localStorage.removeItem(placeOf(origin));

/** Signed by log and witness; a text says why it is not. */
export const openNote = async (note: string, jwks: unknown): Promise<OpenedCheckpoint | string> => {
  const keys = readKeySet(jwks);
  if (keys === undefined) return 'the key set is broken';
  const opened = await withSignatures((verify) => openCheckpoint(note, noteKeys(keys), verify));
  if (!opened.ok) return WHY[opened.error];
  return opened.value.cosigned.length === 0 ? 'no witness that this browser knows has signed it' : opened.value;
};

/** Whether the tree of one checkpoint is a beginning of that of another, by the proof that the service gives. */
export const isExtended = async (older: Seen, newer: Seen): Promise<boolean> => {
  if (older.size === newer.size) return older.root === newer.root;
  const { hashes } = await getJson<{ readonly hashes: readonly string[] }>('/v1/ledger/consistency', {
    from: older.size,
    to: newer.size,
  });
  const proof = hashes.map((hash) => fromBase64(hash) ?? new Uint8Array());
  const [before, after] = [older.root, newer.root].map((root) => fromBase64(root) ?? new Uint8Array());
  return before !== undefined && after !== undefined && verifyConsistency(older.size, newer.size, before, after, proof);
};

export const seenOf = ({ size, root }: OpenedCheckpoint): Seen => ({ size, root: toBase64(root) });

export const watchLog = async (note: string, jwks: unknown): Promise<LogVerdict> => {
  const opened = await openNote(note, jwks);
  if (typeof opened === 'string')
    return { ok: false, told: `The last checkpoint does not hold: ${opened}.`, checkpoint: null };
  const [seen, now] = [wasSeen(opened.origin), seenOf(opened)];
  const refused = (told: string): LogVerdict => ({ ok: false, told, checkpoint: opened });
  // One that is older than what was seen may be an answer that was overtaken; it has to fit all the same.
  const [older, newer] = seen !== null && seen.size > now.size ? [now, seen] : [seen ?? now, now];
  if (!(await isExtended(older, newer))) {
    return refused(
      `The log was rewritten: it is no continuation of the ${older.size.toLocaleString()} entries this browser has seen.`,
    );
  }
  localStorage.setItem(placeOf(opened.origin), JSON.stringify(newer));
  if (seen === null) return { ok: true, told: 'Signed by the log and a witness. First seen now.', checkpoint: opened };
  return {
    ok: true,
    told: 'Signed by the log and a witness, and continues what this browser saw before.',
    checkpoint: opened,
  };
};
