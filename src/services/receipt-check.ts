/** Verifies a receipt as anybody can, with the code of the offline verifier and the published keys, and says what held. */
import type { JsonObject } from '../core/json.ts';
import { readKeySet } from '../core/ledger/trust.ts';
import { type Failure, verifyProofFile, verifyReceipt } from '../core/ledger/verify.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { verifyEd25519 } from '../keys/ring.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { publishedKeys } from './discovery.ts';
import { ledgerOf, receipt } from './ledger.ts';

/** `id`: of the receipt, or its place in the ledger. `in_log` is null while no checkpoint covers the entry yet. */
export const checkReceipt = async (deps: Deps, caller: Caller, id: string): Promise<Result<JsonObject, Refusal>> => {
  const found = await receipt(deps, ledgerOf(deps, caller), id);
  if (!found.ok) return found;
  const keys = readKeySet(publishedKeys(deps));
  if (keys === undefined) return err(refusal('internal_error'));
  const { entry, tlog_proof: proof } = found.value;
  const checked = verifyReceipt(entry, keys, verifyEd25519);
  if (!checked.ok) return ok(failed(checked));
  const { receipt_id, receipt_hash, seq, type, ts, signing_key_id } = checked.entry;
  const shown = {
    verified: true,
    receipt_id,
    receipt_hash,
    seq,
    type,
    recorded_at: new Date(Math.floor(ts / 1000)).toISOString(),
    signing_key_id,
  };
  if (typeof proof !== 'string') return ok({ ...shown, in_log: null });
  const proved = verifyProofFile(entry, proof, keys, verifyEd25519);
  if (!proved.ok) return ok(failed(proved));
  const { origin, size, cosigned } = proved.checkpoint;
  return ok({ ...shown, in_log: { origin, size, cosigned_by: cosigned.map(({ name }) => name) } });
};

const failed = ({ label, detail }: Failure): JsonObject => ({ verified: false, label, detail });
