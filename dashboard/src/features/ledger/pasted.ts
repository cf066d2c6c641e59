/** Finds the signed entry, and its proof where there is one, in what somebody pasted. */
import { parseJson } from '../../../../src/core/json.ts';

export interface Pasted {
  readonly entry: unknown;
  readonly proof: string | null;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text says why there is nothing to verify. */
export const readPasted = (text: string): Pasted | string => {
  const parsed = parseJson(text.trim(), { maxDepth: 64 });
  if (!parsed.ok)
    return `This is no JSON: ${parsed.error.reason.replaceAll('_', ' ')} at character ${parsed.error.offset}.`;
  const { value } = parsed;
  if (!isRecord(value)) return 'A receipt is a JSON object.';
  const receipt = isRecord(value.evidence_receipt) ? value.evidence_receipt : value;
  const entry = isRecord(receipt.entry) ? receipt.entry : receipt;
  if (typeof entry.receipt_hash !== 'string') return 'There is no receipt in this text.';
  return { entry, proof: typeof receipt.tlog_proof === 'string' ? receipt.tlog_proof : null };
};
