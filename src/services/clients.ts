/** What published clients ask beside routing (WCP 5.2, 5.3), in their members. */
import { type ImportedDecision, importedFacts } from '../core/hall/imported.ts';
import { readUsageReport } from '../core/hall/usage-report.ts';
import type { JsonObject } from '../core/json.ts';
import type { Refusal } from '../core/refusal.ts';
import { ok, type Result } from '../core/result.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { VERSION } from './discovery.ts';
import { ask } from './ledger.ts';
import { change } from './manage.ts';

type Answer = Promise<Result<JsonObject, Refusal>>;

export const hallStatus = async (deps: Deps, caller: Caller): Answer => {
  const answer = await ask(deps, caller, { kind: 'status' });
  return answer.ok ? ok({ hall_version: VERSION, ...answer.value }) : answer;
};

export const importDecision = async (deps: Deps, caller: Caller, sent: ImportedDecision): Answer => {
  const imported = await change(deps, caller, { kind: 'decision.import', decision: importedFacts(sent) });
  return imported.ok ? ok({ recorded: true, decision_id: imported.value.decision_id ?? null }) : imported;
};

/** Telemetry of nobody in particular is taken and counts for nobody. */
export const reportUsage = async (deps: Deps, caller: Caller | null, sent: JsonObject): Answer => {
  const uses = readUsageReport(sent);
  if (caller === null) return ok({ ok: true, accepted: uses.length });
  const counted = await change(deps, caller, { kind: 'usage.report', uses });
  return counted.ok ? ok({ ok: true, accepted: counted.value.accepted ?? 0 }) : counted;
};
