/**
 * One decision, judged in this browser as far as it can be: its entry, the entry before it, its place in a tree that
 * log and witness signed, that tree against what this browser saw of the log, and the decision made anew from the
 * documents it read. The service brings the parts and judges none of them.
 */
import { canonicalJson } from '../../../src/core/canonical.ts';
import { replay } from '../../../src/core/hall/replay.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import type { JsonValue } from '../../../src/core/json.ts';
import { parseTlogProof } from '../../../src/core/ledger/proof.ts';
import { readKeySet } from '../../../src/core/ledger/trust.ts';
import { verifyReceipt } from '../../../src/core/ledger/verify.ts';
import { getJson, getText } from '../api/http.ts';
import type { EvidenceReceipt } from '../api/types.ts';
import { withSignatures } from './ed25519.ts';
import { trustedKeys } from './keys.ts';
import { watchLog } from './log.ts';
import { type Step, type Verdict, verifyInBrowser } from './receipt.ts';

const judgeChain = async ({ entry }: EvidenceReceipt, jwks: unknown): Promise<Step> => {
  const what = 'Entry before it';
  const seq = Number(entry.seq);
  if (seq === 1) return { what, ok: entry.prev_receipt_hash === null, detail: 'It is the first entry of the ledger.' };
  const before = await getJson<EvidenceReceipt>(`/v1/ledger/receipts/${seq - 1}`);
  const judged = await withSignatures((verify) => verifyReceipt(before.entry, readKeySet(jwks) ?? [], verify));
  if (!judged.ok) return { what, ok: false, detail: `Entry ${seq - 1} does not hold: ${judged.detail}` };
  const ok = judged.entry.seq === seq - 1 && judged.entry.receipt_hash === entry.prev_receipt_hash;
  return {
    what,
    ok,
    detail: ok
      ? `Entry ${seq - 1} is signed and hashes to what this one names as its predecessor.`
      : `This entry names another predecessor than entry ${seq - 1}.`,
  };
};

const judgeLog = async (proof: string, jwks: unknown): Promise<Step> => {
  const { ok, told } = await watchLog(parseTlogProof(proof)?.checkpoint ?? '', jwks);
  return { what: 'The log against what was seen before', ok, detail: told };
};

const recompute = async (decisionId: string, { entry }: EvidenceReceipt): Promise<Step> => {
  const what = 'The decision, made anew';
  const { contents } = await getJson<{ readonly contents: Readonly<Record<string, JsonValue>> }>(
    `/v1/decisions/${encodeURIComponent(decisionId)}/contents`,
  );
  const forged = Object.entries(contents).find(([hash, content]) => sha256Hex(canonicalJson(content)) !== hash);
  if (forged !== undefined) return { what, ok: false, detail: `The document ${forged[0]} has another hash.` };
  const again = replay({ body: entry.body as JsonValue }, (hash) => contents[hash]);
  if (!again.ok)
    return { what, ok: false, detail: `It cannot be made anew: ${again.error.reason.replaceAll('_', ' ')}.` };
  const count = Object.keys(contents).length;
  return again.value.same
    ? {
        what,
        ok: true,
        detail: `From the ${count} documents it read, each with the hash the entry names: the same bytes.`,
      }
    : { what, ok: false, detail: 'From the documents that it read comes another decision than was recorded.' };
};

export const verifyDecision = async (decisionId: string, receipt: EvidenceReceipt): Promise<Verdict> => {
  const [proof, jwks] = await Promise.all([getText(`/v1/ledger/proofs/${receipt.receipt_id}`), trustedKeys()]);
  const own = await verifyInBrowser(receipt.entry, proof, jwks);
  const others = await Promise.all([judgeChain(receipt, jwks), judgeLog(proof, jwks), recompute(decisionId, receipt)]);
  const steps = [...own.steps, ...others];
  return { ok: steps.every(({ ok }) => ok), steps };
};
