/**
 * A rule in the form in which decisions show it, made once for each compiled rule: copies without control characters,
 * and the answers that do not depend on the request.
 */
import type { JsonObject, JsonValue } from '../json.ts';
import { BLAST_CONTROL } from './blast.ts';
import type { EscalationEffective, PreconditionsChecked, RankedCandidate } from './decision.ts';
import type { CompiledRule, ControlList, RankedSpecies } from './rules.ts';
import { clean, cleanAll } from './text.ts';

export const ENVELOPE_CONTROL = 'ctrl.privilege-envelopes-required';

export interface CandidateView {
  readonly speciesId: string | null;
  readonly speciesShown: string | null;
  readonly scoreHint: number | null;
  readonly requires: ControlList;
  readonly requiresShown: readonly string[];
}

export interface RuleView {
  readonly ruleId: string;
  readonly required: readonly string[];
  readonly requiresBlastScoring: boolean;
  readonly requiresEnvelope: boolean;
  readonly profiles: readonly JsonValue[];
  readonly escalation: EscalationEffective;
  readonly preconditions: PreconditionsChecked;
  readonly candidates: readonly CandidateView[];
  /** The candidates as a decision lists them that never got to look at them. */
  readonly unranked: readonly RankedCandidate[];
}

const known = new WeakMap<CompiledRule, RuleView>();

export function viewOfRule(rule: CompiledRule): RuleView {
  const seen = known.get(rule);
  if (seen !== undefined) return seen;
  const view = build(rule);
  known.set(rule, view);
  return view;
}

const viewOfCandidate = (candidate: RankedSpecies): CandidateView => ({
  speciesId: candidate.speciesId,
  speciesShown: candidate.speciesId === null ? null : clean(candidate.speciesId),
  scoreHint: candidate.scoreHint,
  requires: candidate.requires,
  requiresShown: cleanAll(candidate.requires.asWritten),
});

const unrankedOf = (candidate: CandidateView): RankedCandidate => ({
  worker_species_id: candidate.speciesShown,
  score_hint: candidate.scoreHint,
  requires_controls_minimum: candidate.requiresShown,
  skip_reason: null,
  capability_declared: null,
});

function build(rule: CompiledRule): RuleView {
  const candidates = rule.candidates.map(viewOfCandidate);
  const { policy_gate, rationale, human_required_if, human_required_default, msavx_step_up } = rule.escalation;
  return {
    ruleId: clean(rule.ruleId),
    required: cleanAll(rule.required.asWritten),
    requiresBlastScoring: rule.required.normal.includes(BLAST_CONTROL),
    requiresEnvelope: rule.required.normal.includes(ENVELOPE_CONTROL),
    profiles: rule.recommendedProfiles.map((profile) => cleanDeep(profile)),
    escalation: {
      policy_gate,
      rationale: clean(rationale),
      human_required_if: human_required_if.map((condition) => cleanObject(JSON.parse(JSON.stringify(condition)))),
      human_required_default,
      msavx_step_up,
    },
    preconditions: rule.preconditions,
    candidates,
    unranked: candidates.map(unrankedOf),
  };
}

function cleanDeep(value: JsonValue): JsonValue {
  if (typeof value === 'string') return clean(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cleanDeep);
  return cleanObject(value as JsonObject);
}

const cleanObject = (value: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(value).map(([name, member]) => [clean(name), cleanDeep(member)]));
