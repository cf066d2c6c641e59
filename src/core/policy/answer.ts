/** An evaluation as callers read it (CAP 4.3): both vocabularies, what was decided and by which rule. */
import type { JsonObject } from '../json.ts';
import type { Evaluation } from './evaluate.ts';
import { capWord } from './outcome.ts';
import type { PolicyQuestion } from './question.ts';
import type { CompiledRule } from './rule-index.ts';
import { FLOOR } from './set.ts';

export const answerOf = (
  evaluation: Evaluation,
  question: PolicyQuestion,
  snapshot: string,
  warnings: readonly string[],
): JsonObject => ({
  decision: evaluation.outcome,
  cap_decision: capWord(evaluation.outcome),
  reason: evaluation.reason,
  rule_id: evaluation.ruleId,
  bundle_id: evaluation.bundleId,
  stage: evaluation.stage,
  policy_snapshot: snapshot,
  constraints: (evaluation.constraints ?? null) as JsonObject | null,
  approval_required: evaluation.outcome === 'REQUIRE_APPROVAL',
  approval_ref: '',
  remediations: evaluation.remediations as unknown as JsonObject[],
  redacted_context_ptr: '',
  risk_tags_effective: question.risk_tags,
  retry_after_ms: evaluation.retryAfterMs,
  warnings,
});

/** A rule as it is looked at: normalised, at its place in the order of evaluation. */
export const ruleShown = (rule: CompiledRule): JsonObject => ({
  position: rule.position,
  tier: rule.bundleId === FLOOR ? 'floor' : rule.tier,
  bundle_id: rule.bundleId,
  id: rule.id,
  match: rule.match,
  decision: rule.outcome,
  cap_decision: capWord(rule.outcome),
  reason: rule.reason,
  constraints: (rule.constraints ?? null) as JsonObject | null,
  remediations: rule.remediations as unknown as JsonObject[],
  velocity: (rule.velocity ?? null) as JsonObject | null,
  source: rule.source,
});
