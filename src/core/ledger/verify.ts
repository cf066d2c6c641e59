/**
 * The offline verifier's verdicts, and the two small checks: one receipt, one receipt with its proof. Used alike by
 * CLI, browser and tests; needs public keys, `verifyEd25519` and nothing of ours beside this folder.
 */
import { fromBase64Url, utf8 } from '../bytes.ts';
import { receiptAndLeaf } from '../hash.ts';
import { seqOfId } from '../ids.ts';
import { type OpenedCheckpoint, openCheckpoint, type VerifyEd25519 } from './checkpoint.ts';
import { entryText, readSignedEntry, type SignedEntry } from './entry.ts';
import { type EntryFacts, factsOf } from './entry-facts.ts';
import { verifyInclusion } from './merkle.ts';
import { parseTlogProof } from './proof.ts';
import { keyFor, noteKeys, type TrustedKey } from './trust.ts';

export type FailureLabel =
  | 'malformed'
  /** A hash, the canonical form or a field that repeats another does not agree. */
  | 'binding_failed'
  /** Missing, re-ordered or swapped: seq, stream_seq, time or a previous hash does not follow. */
  | 'chain_gap'
  | 'signature_invalid'
  | 'key_untrusted'
  | 'tree_mismatch'
  | 'checkpoint_invalid'
  /** An outcome whose decision is not in the ledger as a DISPATCH. */
  | 'admission_missing'
  /** An answer whose passkey's signature does not hold, or that had to have one. */
  | 'approval_unsigned';

export interface Failure {
  readonly ok: false;
  readonly label: FailureLabel;
  /** Position of the first bad entry; what stands at it may be another entry, or none. */
  readonly seq?: number;
  /** Line of an export file, from 1. */
  readonly line?: number;
  readonly detail: string;
}

export interface VerifiedReceipt {
  readonly ok: true;
  readonly entry: SignedEntry;
  readonly leaf: Uint8Array;
}

export interface VerifiedProof extends VerifiedReceipt {
  readonly checkpoint: OpenedCheckpoint;
}

export interface ProofDemands {
  /** The log that the proof must come from; else any whose name ends in the entry's tenant. */
  readonly origin?: string;
  /** How many witnesses must have cosigned; 1 when absent. */
  readonly witnesses?: number;
}

/** `receipt` is the parsed signed entry (`evidence_receipt.entry`); its members' order does not matter. */
export function verifyReceipt(
  receipt: unknown,
  keys: readonly TrustedKey[],
  verifyEd25519: VerifyEd25519,
): VerifiedReceipt | Failure {
  const read = readSignedEntry(receipt);
  if (!read.ok) return failure('malformed', `${read.error.reason} ${read.error.member}`.trimEnd());
  const entry = read.value;
  if (!isDecisionShaped(factsOf(entry))) return failure('malformed', NOT_DECISION_SHAPED);
  const { receiptHash, leaf } = receiptAndLeaf(entryText(entry));
  if (receiptHash !== entry.receipt_hash) {
    return failure('binding_failed', 'receipt_hash is not the hash of the entry', entry.seq);
  }
  const key = keyFor(keys, 'receipt', entry.signing_key_id);
  if (key === undefined) return failure('key_untrusted', `no pinned key is ${entry.signing_key_id}`, entry.seq);
  if (!isSignedBy(key, entry.receipt_hash, entry.signature, verifyEd25519)) {
    return failure('signature_invalid', 'the signature does not verify', entry.seq);
  }
  return { ok: true, entry, leaf };
}

/** The receipt, and that the log's tree, as signed by log and witnesses, holds it at its place. */
export function verifyProofFile(
  receipt: unknown,
  tlogProof: string,
  keys: readonly TrustedKey[],
  verifyEd25519: VerifyEd25519,
  demands: ProofDemands = {},
): VerifiedProof | Failure {
  const verified = verifyReceipt(receipt, keys, verifyEd25519);
  if (!verified.ok) return verified;
  const { entry, leaf } = verified;
  const proof = parseTlogProof(tlogProof);
  if (proof === undefined) return failure('malformed', 'not a tlog-proof', entry.seq);
  const opened = openCheckpoint(proof.checkpoint, noteKeys(keys), verifyEd25519);
  if (!opened.ok) return failure('checkpoint_invalid', opened.error, entry.seq);
  const { origin, size, root, cosigned } = opened.value;
  const isItsLog = demands.origin === undefined ? origin.endsWith(`/${entry.tenant}`) : origin === demands.origin;
  if (!isItsLog) return failure('checkpoint_invalid', 'the checkpoint is of another log', entry.seq);
  if (cosigned.length < (demands.witnesses ?? 1)) {
    return failure('checkpoint_invalid', 'too few witnesses have cosigned', entry.seq);
  }
  if (proof.index !== entry.seq - 1 || !verifyInclusion(leaf, proof.index, size, root, proof.hashes)) {
    return failure('tree_mismatch', 'the proof does not lead to the root', entry.seq);
  }
  return { ...verified, checkpoint: opened.value };
}

const DECISION_OUTCOMES: ReadonlySet<string | null> = new Set(['DISPATCH', 'DENY', 'STEWARD_HOLD']);
export const NOT_DECISION_SHAPED = 'a decision without its id or its outcome';

/** A decision's id names its place, and its outcome is one of three; other entries say neither. */
export function isDecisionShaped({ type, seq, decisionId, outcome }: EntryFacts): boolean {
  if (type !== 'wcp.decision') return true;
  return decisionId !== null && seqOfId(decisionId) === seq && DECISION_OUTCOMES.has(outcome);
}

/** Ed25519 over the 64 characters of the receipt hash. */
export function isSignedBy(
  key: TrustedKey,
  receiptHash: string,
  signature: string,
  verifyEd25519: VerifyEd25519,
): boolean {
  const bytes = fromBase64Url(signature);
  return bytes !== undefined && verifyEd25519(key.publicKey, utf8(receiptHash), bytes);
}

function failure(label: FailureLabel, detail: string, seq?: number): Failure {
  return seq === undefined ? { ok: false, label, detail } : { ok: false, label, seq, detail };
}
