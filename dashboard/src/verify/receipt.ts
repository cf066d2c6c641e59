/** Verifies a receipt in this browser, with the code of the command-line verifier; the service is not asked to judge. */

import { readKeySet } from '../../../src/core/ledger/trust.ts';
import { type Failure, verifyProofFile, verifyReceipt } from '../../../src/core/ledger/verify.ts';
import { type ReceiptVerdict, verifyReceipts } from '../../../src/core/ledger/verify-text.ts';
import { withSignatures } from './ed25519.ts';

export interface Step {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface Verdict {
  readonly ok: boolean;
  readonly steps: readonly Step[];
}

const WHERE: Readonly<Record<Failure['label'], string>> = {
  malformed: 'The entry is not one of the described form',
  binding_failed: 'The bytes of the entry are not those that were hashed',
  chain_gap: 'The chain has a gap',
  signature_invalid: 'The signature is not of this entry',
  key_untrusted: 'The key is not one of the service',
  tree_mismatch: 'The proof does not lead to the signed root',
  checkpoint_invalid: 'The checkpoint does not hold',
  admission_missing: 'The decision behind it is missing',
  approval_unsigned: 'An answer is not signed as it has to be',
};

const told = (failure: Failure): string =>
  `${WHERE[failure.label]}: ${failure.detail}${failure.seq === undefined ? '' : ` (entry ${failure.seq})`}`;

/** `entry` is `evidence_receipt.entry`; `proof` a tlog-proof; `jwks` the keys that are believed. */
export const verifyInBrowser = async (entry: unknown, proof: string | null, jwks: unknown): Promise<Verdict> => {
  const keys = readKeySet(jwks);
  if (keys === undefined) return { ok: false, steps: [{ what: 'Keys', ok: false, detail: 'The key set is broken.' }] };
  const receipt = await withSignatures((verify) => verifyReceipt(entry, keys, verify));
  const first: Step = receipt.ok
    ? {
        what: 'Content, hash and signature',
        ok: true,
        detail: `Entry ${receipt.entry.seq} hashes to ${receipt.entry.receipt_hash} and is signed by ${receipt.entry.signing_key_id}.`,
      }
    : { what: 'Content, hash and signature', ok: false, detail: told(receipt) };
  if (proof === null || !receipt.ok) return { ok: receipt.ok, steps: [first] };
  const proved = await withSignatures((verify) => verifyProofFile(entry, proof, keys, verify));
  const second: Step = proved.ok
    ? {
        what: 'Place in the log',
        ok: true,
        detail: `Included in the tree of size ${proved.checkpoint.size} of ${proved.checkpoint.origin}, cosigned by ${proved.checkpoint.cosigned.map(({ name }) => name).join(', ')}.`,
      }
    : { what: 'Place in the log', ok: false, detail: told(proved) };
  return { ok: second.ok, steps: [first, second] };
};

const stepOf = (receipt: ReceiptVerdict): Step => {
  if (!receipt.ok) return { what: 'Receipt', ok: false, detail: told(receipt) };
  const { entry, checkpoint } = receipt;
  const place =
    checkpoint === null
      ? 'It brings no proof that the log holds it.'
      : `Included in the tree of size ${checkpoint.size} of ${checkpoint.origin}.`;
  return {
    what: `Entry ${entry.seq}, ${entry.type}`,
    ok: true,
    detail: `It hashes to ${entry.receipt_hash}, is signed by ${entry.signing_key_id}, and what is written around it says the same. ${place}`,
  };
};

/** A decision, an evidence receipt, a signed entry, or a list of these, as text; judged as the command line judges it. */
export const verifyPasted = async (text: string, jwks: unknown): Promise<Verdict> => {
  const keys = readKeySet(jwks);
  if (keys === undefined) return { ok: false, steps: [{ what: 'Keys', ok: false, detail: 'The key set is broken.' }] };
  const steps = (await withSignatures((verify) => verifyReceipts(text, keys, verify))).map(stepOf);
  return { ok: steps.every(({ ok }) => ok), steps };
};
