/**
 * Signed receipts, put together as text: the object committed canonical bytes, and what is verified later are those
 * bytes. Signing happens after the commit and is deterministic: a lost reply is signed again the same (DESIGN §6).
 */
import { fromBase64, toBase64Url, utf8 } from '../core/bytes.ts';
import type { JsonObject } from '../core/json.ts';
import { signedEntryText } from '../core/ledger/entry.ts';
import { formatTlogProof } from '../core/ledger/proof.ts';
import type { KeyRing } from '../keys/ring.ts';
import type { EntryProof, Recorded } from '../tenant/commands.ts';

/** Ed25519 over the 64 characters of the receipt hash, base64url; by the key that the entry names. */
export const signReceipt = (record: Recorded, ring: KeyRing): string => {
  const key = ring.byId('receipt', record.signingKeyId) ?? ring.active('receipt');
  return toBase64Url(key.sign(utf8(record.receiptHash)));
};

export const tlogProofText = (proof: EntryProof): string =>
  formatTlogProof({
    index: proof.seq - 1,
    hashes: proof.hashes.map((hash) => fromBase64(hash) ?? new Uint8Array()),
    checkpoint: proof.note,
  });

/** Adds signature, entry and (when there is one) the proof to the flat members that the object wrote. */
export const evidenceReceiptText = (
  flat: string,
  record: Recorded,
  ring: KeyRing,
  proof: EntryProof | undefined,
): string => {
  const signature = signReceipt(record, ring);
  const tail = proof === undefined ? '' : `,"tlog_proof":${JSON.stringify(tlogProofText(proof))}`;
  return `${flat.slice(0, -1)},"signature":"${signature}","entry":${signedEntryText(record.text, record.receiptHash, signature)}${tail}}`;
};

/** The receipt of an entry that is not a decision. */
export const evidenceReceipt = (record: Recorded, ring: KeyRing, proof?: EntryProof): JsonObject => {
  const entry = JSON.parse(record.text) as JsonObject;
  const flat = JSON.stringify({
    receipt_id: entry.receipt_id,
    receipt_hash: record.receiptHash,
    prev_receipt_hash: entry.prev_receipt_hash,
    signing_key_id: entry.signing_key_id,
    ...specMembers(entry),
  });
  return JSON.parse(evidenceReceiptText(flat, record, ring, proof)) as JsonObject;
};

const specMembers = (entry: JsonObject): JsonObject => {
  const spec = entry.spec as JsonObject;
  return { wcp_spec_version: spec.wcp ?? null, canon: spec.canon ?? null };
};
