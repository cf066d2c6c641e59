/**
 * A rule set as the decision sees it: every default filled in, every control normalised, indexed (WCP 2.4, 2.6).
 * INVARIANT: compiled once at publish or wake-up; a decision only looks up. First match in document order wins.
 * INVARIANT: shadowed rules stay in the set and are named, since a forced publish may hold some (step 4 judges them).
 */

import { safeRead } from '../field-errors.ts';
import { readMatch } from '../policy/match.ts';
import { buildIndex, findFirst, type Indexed, type MatchIndex } from '../policy/match-index.ts';
import { err, ok, type Result } from '../result.ts';
import { type ControlList, controlList, type RouteQuery } from '../vocabulary.ts';
import { anyHolds, type CompiledCondition, compileCondition, type HumanCondition } from './condition.ts';
import { type MaxBlast, type Preconditions, type RuleDocument, RuleSetDocument } from './rule-document.ts';
import { findShadows } from './shadows.ts';
import { buildSuggestions, type Suggestions, suggest } from './suggest.ts';

export type { ControlList } from '../vocabulary.ts';
export type { MaxBlast } from './rule-document.ts';

export interface RankedSpecies {
  /** null: the rule lists a candidate without a species (`missing_id`). */
  readonly speciesId: string | null;
  readonly scoreHint: number | null;
  readonly requires: ControlList;
}

/** The five members of `escalation_effective`, in their wire form. */
export interface Escalation {
  readonly policy_gate: boolean;
  readonly rationale: string;
  readonly human_required_if: readonly HumanCondition[];
  readonly human_required_default: boolean;
  readonly msavx_step_up: boolean;
}

export interface CompiledRule extends Indexed {
  readonly ruleId: string;
  readonly candidates: readonly RankedSpecies[];
  /** The rule's own part of the required controls, sorted and without repeats. */
  readonly required: ControlList;
  readonly recommendedProfiles: RuleDocument['decision']['recommended_profiles'];
  readonly escalation: Escalation;
  readonly preconditions: Preconditions;
  readonly maxBlast: MaxBlast | null;
  readonly catalogVersionMin: string | null;
  readonly humanConditions: readonly CompiledCondition[];
}

export interface CompiledRules {
  readonly rules: readonly CompiledRule[];
  readonly index: MatchIndex<CompiledRule>;
  /** Rules that can never match, in document order, each id once. */
  readonly shadowedRuleIds: readonly string[];
  readonly suggestions: Suggestions;
}

const sortedOnce = (ids: readonly string[]): readonly string[] => [...new Set(ids)].sort();

const compileRule = ({ rule_id, match, decision }: RuleDocument, position: number): CompiledRule => ({
  position,
  match: readMatch(match),
  ruleId: rule_id,
  candidates: decision.candidate_workers_ranked.map((candidate) => ({
    speciesId: candidate.worker_species_id || null,
    scoreHint: candidate.score_hint ?? null,
    requires: controlList(candidate.requires_controls_minimum),
  })),
  required: controlList(sortedOnce(decision.required_controls_suggested)),
  recommendedProfiles: decision.recommended_profiles,
  escalation: { ...decision.escalation, rationale: decision.escalation.rationale ?? '' },
  preconditions: decision.preconditions,
  maxBlast: decision.max_blast ?? null,
  catalogVersionMin: decision.catalog_version_min ?? null,
  humanConditions: decision.escalation.human_required_if.map(compileCondition),
});

export const compileRules = (document: RuleSetDocument): CompiledRules => {
  const rules = document.rules.map(compileRule);
  const shadows = findShadows(rules);
  return {
    rules,
    index: buildIndex(rules),
    shadowedRuleIds: [...new Set(shadows.map((pair) => pair.shadowed.ruleId))],
    suggestions: buildSuggestions(rules.flatMap((rule) => [...(rule.match.capabilities ?? [])])),
  };
};

/** Rebuilds a rule set from its stored content; refuses only what could never have been published. */
export const restoreRules = (content: unknown): Result<CompiledRules, 'malformed'> => {
  const read = safeRead(RuleSetDocument, content);
  return read.success ? ok(compileRules(read.data)) : err('malformed');
};

/** The first rule in document order that matches, or null. The words of `query` are the effective ones. */
export const matchRule = (compiled: CompiledRules, query: RouteQuery): CompiledRule | null =>
  findFirst(compiled.index, query, '');

/** Whether any `human_required_if` of the rule holds (WCP 2.6); `blastScore` is the effective one. */
export const humanRequiredIf = (rule: CompiledRule, query: RouteQuery, tenantId: string, blastScore: number): boolean =>
  anyHolds(rule.humanConditions, query, tenantId, blastScore);

/** At most three ids that some rule names and that look like this one; the id itself is never among them. */
export const didYouMean = (compiled: CompiledRules, id: string): readonly string[] => suggest(compiled.suggestions, id);
