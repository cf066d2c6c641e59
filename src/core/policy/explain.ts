/**
 * Why a policy answers as it does (CAP 4.3): every rule in the order in which it is looked at, the first key on which each
 * one failed, the stages, and what would have changed the answer. Walks all rules on purpose; nothing is counted.
 */
import type { JsonObject, JsonValue } from '../json.ts';
import type { Condition } from './conditions.ts';
import { type Evaluation, evaluateSet, UNAVAILABLE } from './evaluate.ts';
import { capWord } from './outcome.ts';
import type { PolicyQuestion } from './question.ts';
import type { CompiledRule } from './rule-index.ts';
import { type CompiledSet, FLOOR } from './set.ts';
import { exceeds, type ReadVelocity, velocityKey } from './velocity.ts';

interface Traced {
  readonly rule: CompiledRule;
  readonly failed: readonly Condition[];
  readonly tooSlow: JsonObject | null;
}

const trace = (rule: CompiledRule, question: PolicyQuestion, velocity: ReadVelocity | undefined): Traced => {
  const failed = rule.conditions.filter((condition) => !condition.holds(question));
  if (failed.length > 0 || rule.velocity === null) return { rule, failed, tooSlow: null };
  const asked = { ruleId: rule.id, key: velocityKey(rule.velocity, question), terms: rule.velocity };
  const count = velocity?.(asked) ?? null;
  const { max_requests, window_seconds } = rule.velocity;
  const tooSlow = exceeds(asked, count) ? null : { count: count?.count ?? null, max_requests, window_seconds };
  return { rule, failed, tooSlow };
};

const line = ({ rule, failed, tooSlow }: Traced, question: PolicyQuestion): JsonObject => {
  const [first] = failed;
  return {
    rule_id: rule.id,
    bundle_id: rule.bundleId,
    tier: rule.bundleId === FLOOR ? 'floor' : rule.tier,
    source: rule.source,
    matched: failed.length === 0 && tooSlow === null,
    failed_key: first?.key ?? (tooSlow === null ? null : 'velocity'),
    expected: first?.expected ?? (tooSlow === null ? null : `more than ${String(tooSlow.max_requests)}`),
    actual: first?.actual(question) ?? tooSlow,
    decision: rule.outcome,
    cap_decision: capWord(rule.outcome),
  };
};

const MAX_CHANGES = 20;

/** Rules that one changed fact would bring in, and that say something else than was said. */
const changes = (traced: readonly Traced[], question: PolicyQuestion, answer: Evaluation): JsonValue[] =>
  traced
    .filter(
      ({ rule, failed, tooSlow }) =>
        failed.length + (tooSlow === null ? 0 : 1) === 1 && rule.outcome !== answer.outcome,
    )
    .slice(0, MAX_CHANGES)
    .map((one) => {
      const { rule_id, bundle_id, failed_key, expected, actual, decision } = line(one, question);
      return {
        key: failed_key ?? null,
        expected: expected ?? null,
        actual: actual ?? null,
        rule_id: rule_id ?? null,
        bundle_id: bundle_id ?? null,
        decision: decision ?? null,
      };
    });

const STAGES = [
  'topic',
  'floor',
  'job',
  'workflow',
  'global',
  'floor_allow',
  'default',
  'tenant',
  'effective_config',
  'input',
];

export interface Explanation {
  readonly evaluation: Evaluation;
  readonly trace: readonly JsonObject[];
  readonly stages: readonly JsonObject[];
  /** The fact that decided. */
  readonly decided_by: JsonObject;
  readonly would_change: readonly JsonValue[];
}

export const explainSet = (set: CompiledSet, question: PolicyQuestion, velocity?: ReadVelocity): Explanation => {
  const evaluation = evaluateSet(set, question, velocity);
  const traced = set.rules.map((rule) => trace(rule, question, velocity));
  const lines = traced.map((one) => line(one, question));
  const deciding = set.rules.find(({ id, bundleId }) => id === evaluation.ruleId && bundleId === evaluation.bundleId);
  return {
    evaluation,
    trace: lines,
    stages: STAGES.map((stage) => ({
      stage,
      rules: lines.filter(({ tier }) => tier === stage || (stage === 'floor_allow' && tier === 'floor')).length,
      decided: stage === evaluation.stage,
    })),
    decided_by: {
      stage: evaluation.stage,
      rule_id: evaluation.ruleId,
      facts: (deciding?.conditions ?? []).map(({ key, actual }) => ({ key, value: actual(question) })),
      reason: evaluation.reason,
    },
    would_change: changes(traced, question, evaluation),
  };
};

/** `set` null: nothing is published, and nothing but publishing would change the answer. */
export const explainPolicy = (
  set: CompiledSet | null,
  question: PolicyQuestion,
  velocity?: ReadVelocity,
): Explanation => {
  if (set !== null) return explainSet(set, question, velocity);
  const { stage, ruleId, reason } = UNAVAILABLE;
  return {
    evaluation: UNAVAILABLE,
    trace: [],
    stages: [],
    decided_by: { stage, rule_id: ruleId, facts: [], reason },
    would_change: [],
  };
};
