/** Looking at decisions and documents again: recomputation from the ledger, and checks that publish nothing. */
import { canonicalJson } from '../core/canonical.ts';
import { blastBreakdown } from '../core/hall/blast-breakdown.ts';
import { judgeRules } from '../core/hall/publish.ts';
import { Replayer } from '../core/hall/replay.ts';
import { turnsOf } from '../core/hall/turn.ts';
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

interface Read {
  readonly summary: JsonObject;
  readonly record: Recorded;
  readonly entry: JsonObject & { readonly body: JsonObject };
  readonly contents: ReadonlyMap<string, JsonValue>;
}

const readDecision = async (deps: Deps, caller: Caller, decisionId: string): Promise<Result<Read, Refusal>> => {
  const answer = await ask(deps, caller, { kind: 'decision', decisionId });
  if (!answer.ok) return answer;
  const { record, ...summary } = answer.value as unknown as JsonObject & { record: Recorded };
  const entry = JSON.parse(record.text) as Read['entry'];
  const contents = await contentsOfDecision(deps, counted(caller), entry);
  return contents.ok ? ok({ summary: summary as JsonObject, record, entry, contents: contents.value }) : contents;
};

/** What recomputing a decision needs beside its entry, for whoever does it elsewhere. */
export const whatDecisionRead = async (
  deps: Deps,
  caller: Caller,
  decisionId: string,
): Promise<Result<JsonObject, Refusal>> => {
  const read = await readDecision(deps, caller, decisionId);
  return read.ok ? ok({ decision_id: decisionId, contents: Object.fromEntries(read.value.contents) }) : read;
};

export const recomputeDecision = async (
  deps: Deps,
  caller: Caller,
  decisionId: string,
): Promise<Result<JsonObject, Refusal>> => {
  const read = await readDecision(deps, caller, decisionId);
  if (!read.ok) return read;
  const { summary, record, entry, contents } = read.value;
  const replayer = new Replayer((hash) => contents.get(hash));
  const again = replayer.replay(entry);
  const inputs = replayer.inputs(entry);
  return ok({
    decision_id: decisionId,
    // Apart from the receipt, whose verifier would take members beside it for claims about the decision.
    summary,
    decision: again.ok ? (again.value.decision as unknown as JsonObject) : null,
    blast_breakdown: again.ok && inputs.ok ? blastBreakdown(inputs.value.request, again.value.decision) : null,
    would_change: inputs.ok ? turnsOf(inputs.value) : null,
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
