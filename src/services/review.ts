/** Looking at decisions and documents again: recomputation from the ledger, and checks that publish nothing. */
import { canonicalJson } from '../core/canonical.ts';
import { judgeRules } from '../core/hall/publish.ts';
import { replay } from '../core/hall/replay.ts';
import { sha256Hex } from '../core/hash.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { Refusal } from '../core/refusal.ts';
import { ok, type Result } from '../core/result.ts';
import type { Recorded } from '../tenant/commands.ts';
import { type Caller, counted } from './caller.ts';
import { contentsOfDecision } from './contents.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';
import { evidenceReceipt } from './receipt.ts';

export const recomputeDecision = async (
  deps: Deps,
  caller: Caller,
  decisionId: string,
): Promise<Result<JsonObject, Refusal>> => {
  const answer = await ask(deps, caller, { kind: 'decision', decisionId });
  if (!answer.ok) return answer;
  const { record, ...summary } = answer.value as unknown as JsonObject & { record: Recorded };
  const entry = JSON.parse(record.text) as JsonObject & { readonly body: JsonObject };
  const contents = await contentsOfDecision(deps, counted(caller), entry);
  if (!contents.ok) return contents;
  const again = replay(entry, (hash) => contents.value.get(hash));
  return ok({
    decision_id: decisionId,
    // Apart from the receipt, whose verifier would take members beside it for claims about the decision.
    summary: summary as JsonObject,
    decision: again.ok ? (again.value.decision as unknown as JsonObject) : null,
    recomputed: again.ok ? (again.value.same ? 'same' : 'different') : again.error.reason,
    evidence_receipt: evidenceReceipt(record, deps.ring),
  });
};

/** Asks for the scope of a reader, and says what publishing would do. */
export const validateRules = async (
  deps: Deps,
  caller: Caller,
  document: JsonValue,
): Promise<Result<JsonObject, Refusal>> => {
  const allowed = await ask(deps, caller, { kind: 'settings' });
  if (!allowed.ok) return allowed;
  const judged = judgeRules(document, false);
  return judged.ok ? ok({ valid: true, hash: sha256Hex(canonicalJson(document)), ...judged.value }) : judged;
};
