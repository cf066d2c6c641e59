/** Verifies receipts, one or many in a file, with or without their proofs; offline (FORMATS.md, section 9). */
import { type JsonValue, parseJson } from '../json.ts';
import { saysOneThing, unboundBy } from './binding.ts';
import type { OpenedCheckpoint, VerifyEd25519 } from './checkpoint.ts';
import { type Claim, claimsIn, disagreement } from './claims.ts';
import type { SignedEntry } from './entry.ts';
import type { TrustedKey } from './trust.ts';
import { type Failure, verifyProofFile, verifyReceipt } from './verify.ts';

export interface ReceiptHolds {
  readonly ok: true;
  readonly entry: SignedEntry;
  /** Null: there was no proof to check. */
  readonly checkpoint: OpenedCheckpoint | null;
}

export type ReceiptVerdict = ReceiptHolds | Failure;

const MAX_DEPTH = 64;
const failure = (label: Failure['label'], detail: string, seq?: number): Failure => ({
  ok: false,
  label,
  detail,
  ...(seq === undefined ? {} : { seq }),
});

/** `proof`: a tlog-proof that came in a file of its own, for a file with one receipt. */
export const verifyReceipts = (
  text: string,
  keys: readonly TrustedKey[],
  verifyEd25519: VerifyEd25519,
  proof?: string,
): readonly ReceiptVerdict[] => {
  const parsed = parseJson(text.replace(/^\s+|\s+$/g, ''), { maxDepth: MAX_DEPTH });
  if (!parsed.ok) {
    return [
      failure(
        'malformed',
        `not a receipt: ${parsed.error.reason.replaceAll('_', ' ')} at character ${parsed.error.offset}`,
      ),
    ];
  }
  const claims = claimsIn(parsed.value as JsonValue);
  if (!saysOneThing(parsed.value)) return [failure('malformed', 'the file could be read as more than one receipt')];
  if (claims === undefined) return [failure('malformed', 'there is no receipt in this file')];
  if (proof !== undefined && claims.length > 1)
    return [failure('malformed', 'one proof cannot be of several receipts')];
  return claims.map((claim) => verifyClaim(claim, keys, verifyEd25519, proof ?? claim.proof));
};

const verifyClaim = (
  claim: Claim,
  keys: readonly TrustedKey[],
  verifyEd25519: VerifyEd25519,
  proof: string | undefined,
): ReceiptVerdict => {
  const receipt = verifyReceipt(claim.entry, keys, verifyEd25519);
  if (!receipt.ok) return receipt;
  const { entry } = receipt;
  const member = disagreement(claim, entry);
  if (member !== null)
    return failure('binding_failed', `${member} says something else than the signed entry`, entry.seq);
  const unbound = unboundBy(claim, entry);
  if (unbound !== null) return failure('binding_failed', unbound, entry.seq);
  if (claim.receipt?.tlog_proof !== undefined && typeof claim.receipt.tlog_proof !== 'string')
    return failure('malformed', 'tlog_proof is a text', entry.seq);
  if (proof === undefined) return { ok: true, entry, checkpoint: null };
  const witnesses = keys.some(({ use }) => use === 'witness') ? 1 : 0;
  const proved = verifyProofFile(claim.entry, proof, keys, verifyEd25519, { witnesses });
  return proved.ok ? { ok: true, entry, checkpoint: proved.checkpoint } : proved;
};

export const isProofFile = (text: string): boolean => text.startsWith('c2sp.org/tlog-proof@');
