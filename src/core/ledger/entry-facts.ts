/** What a verifier compares of one entry: everything but the bodies. */
import type { JsonObject } from '../json.ts';
import { entryText, type SignedEntry } from './entry.ts';

export interface EntryFacts {
  /** The canonical text under receipt_hash and leaf. */
  readonly text: string;
  readonly tenant: string;
  readonly seq: number;
  readonly ts: number;
  readonly stream: string;
  readonly streamSeq: number;
  readonly type: string;
  readonly prevReceiptHash: string | null;
  readonly prevStreamHash: string | null;
  readonly receiptHash: string;
  readonly signature: string;
  readonly signingKeyId: string;
  /** String members of a `wcp.*` body that tie an outcome to its decision; null where absent. */
  readonly decisionId: string | null;
  readonly outcome: string | null;
}

/** Types whose bodies may name a decision. */
export const DECISION_TYPES = 'wcp.';

export function factsOf(entry: SignedEntry): EntryFacts {
  const body: JsonObject = entry.type.startsWith(DECISION_TYPES) ? entry.body : {};
  const { decision_id: decisionId, outcome } = body;
  return {
    text: entryText(entry),
    tenant: entry.tenant,
    seq: entry.seq,
    ts: entry.ts,
    stream: entry.stream,
    streamSeq: entry.stream_seq,
    type: entry.type,
    prevReceiptHash: entry.prev_receipt_hash,
    prevStreamHash: entry.prev_stream_hash,
    receiptHash: entry.receipt_hash,
    signature: entry.signature,
    signingKeyId: entry.signing_key_id,
    decisionId: typeof decisionId === 'string' ? decisionId : null,
    outcome: typeof outcome === 'string' ? outcome : null,
  };
}
