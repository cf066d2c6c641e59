/**
 * What would turn a decision: the fact that stopped it, the smallest change that takes it away, and what `decide` says
 * then; and so on until it is dispatched, or until what was recorded does not say.
 */
import type { JsonObject } from '../json.ts';
import { decide } from './decide.ts';
import type { RouteDecision } from './decision.ts';
import { remedyOf } from './remedies.ts';
import type { DecisionInputs } from './remedy.ts';

/** More refusals in a row than there are steps would be a remedy that is none. */
const MOST = 16;

const where = ({ outcome, deny_code, stage }: RouteDecision): JsonObject => ({
  outcome,
  deny_code: deny_code ?? null,
  stage,
});

export function turnsOf(inputs: DecisionInputs): readonly JsonObject[] {
  const turns: JsonObject[] = [];
  let at = inputs;
  let { decision } = decide(at.request, at.signatory, at.snapshot, at.counters, at.stamp);
  for (let remedy = remedyOf(decision, at); remedy !== null && turns.length < MOST; remedy = remedyOf(decision, at)) {
    const { fact, change, inputs: next } = remedy;
    if (next === null) return [...turns, { ...where(decision), fact, change, after: null }];
    const again = decide(next.request, next.signatory, next.snapshot, next.counters, next.stamp).decision;
    const isSame =
      again.deny_code === decision.deny_code && again.stage === decision.stage && again.reason === decision.reason;
    turns.push({ ...where(decision), fact, change, after: isSame ? null : where(again) });
    if (isSame) return turns;
    at = next;
    decision = again;
  }
  return turns;
}
