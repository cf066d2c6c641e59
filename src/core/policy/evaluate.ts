/**
 * One evaluation of a policy (CAP 5.6), in its order, stopping nowhere too early: the floor and the tiers both speak, and
 * the stricter of the two is the answer. A pure function of the question, the set and the counters.
 */

import { globsOf } from './conditions.ts';
import { globMatches } from './glob.ts';
import { compileMcpLists, firstLabel, mcpCallOf, mcpObjection } from './mcp.ts';
import { type Outcome, permits, strictness } from './outcome.ts';
import type { PolicyQuestion } from './question.ts';
import { type CompiledRule, firstRule, type RuleIndex } from './rule-index.ts';
import { type CompiledSet, type CompiledTenant, FLOOR } from './set.ts';
import { type ApprovalTerms, bothConstraints, type Constraints, type Remediation } from './terms.ts';
import { exceeds, type ReadVelocity, type VelocitySeen, velocityKey } from './velocity.ts';

/** The steps of CAP 5.6 that can decide. */
export type PolicyStage =
  | 'unavailable'
  | 'topic'
  | 'floor'
  | 'job'
  | 'workflow'
  | 'global'
  | 'floor_allow'
  | 'default'
  | 'tenant'
  | 'effective_config'
  | 'input';

export interface Judgement {
  readonly outcome: Outcome;
  readonly stage: PolicyStage;
  readonly reason: string;
  /** Empty where no rule decided. */
  readonly ruleId: string;
  readonly bundleId: string;
  readonly constraints: Constraints | null;
  readonly remediations: readonly Remediation[];
  readonly approval: ApprovalTerms | null;
  readonly retryAfterMs: number | null;
}

export interface Evaluation extends Judgement {
  readonly seen: readonly VelocitySeen[];
}

const NONE: readonly never[] = [];
const RETRY_AFTER_MS = 30_000;

const plain = (outcome: Outcome, stage: PolicyStage, reason: string, ruleId = '', bundleId = ''): Judgement => ({
  outcome,
  stage,
  reason,
  ruleId,
  bundleId,
  constraints: null,
  remediations: NONE,
  approval: null,
  retryAfterMs: null,
});

/** The stricter of the two; of equals the first. What the other one constrains stays in force. */
export const stricter = (a: Judgement, b: Judgement): Judgement => {
  const winner = strictness(b.outcome) < strictness(a.outcome) ? b : a;
  const loser = winner === a ? b : a;
  if (winner.outcome === 'DENY') return winner;
  const constraints = bothConstraints(winner.constraints, loser.constraints);
  const constrained = winner.outcome === 'ALLOW' && constraints !== null;
  return { ...winner, constraints, ...(constrained ? { outcome: 'ALLOW_WITH_CONSTRAINTS' as const } : {}) };
};

export const TOPIC_PREFIX = 'job.';

/** Nothing is published, or what is cannot be evaluated: nothing is permitted (CAP 5.6, step 0). */
export const UNAVAILABLE: Evaluation = { ...plain('DENY', 'unavailable', 'policy unavailable'), seen: NONE };

/** Total: what goes wrong in an evaluation permits nothing. */
export const evaluateSafely = (
  set: CompiledSet | null,
  question: PolicyQuestion,
  velocity?: ReadVelocity,
): Evaluation => {
  if (set === null) return UNAVAILABLE;
  try {
    return evaluateSet(set, question, velocity);
  } catch {
    return UNAVAILABLE;
  }
};

export const evaluateSet = (set: CompiledSet, question: PolicyQuestion, velocity?: ReadVelocity): Evaluation => {
  const seen: VelocitySeen[] = [];
  const matches = (rule: CompiledRule): boolean => {
    for (const condition of rule.conditions) if (!condition.holds(question)) return false;
    return rule.velocity === null || isTooFast(rule, question, velocity, seen);
  };
  return { ...judge(set, question, matches, seen), seen };
};

const isTooFast = (
  rule: CompiledRule,
  question: PolicyQuestion,
  velocity: ReadVelocity | undefined,
  seen: VelocitySeen[],
): boolean => {
  if (rule.velocity === null) return true;
  const asked = { ruleId: rule.id, key: velocityKey(rule.velocity, question), terms: rule.velocity };
  const count = velocity?.(asked) ?? null;
  seen.push({ asked, count });
  return exceeds(asked, count);
};

const judge = (
  set: CompiledSet,
  question: PolicyQuestion,
  matches: (rule: CompiledRule) => boolean,
  seen: readonly VelocitySeen[],
): Judgement => {
  if (question.topic === '') return plain('DENY', 'topic', 'missing topic');
  if (!question.topic.startsWith(TOPIC_PREFIX)) return plain('DENY', 'topic', 'unsupported topic');
  const first = (index: RuleIndex, stage: PolicyStage): Judgement | null => {
    const rule = firstRule(index, question, matches);
    return rule === null ? null : ofRule(rule, stage, seen);
  };
  const floor = first(set.floor, 'floor');
  const own =
    first(set.tiers.job, 'job') ??
    first(set.tiers.workflow, 'workflow') ??
    first(set.tiers.global, 'global') ??
    first(set.floorAllows, 'floor_allow') ??
    byDefault(set, question);
  const rest = judgeInput(set, question, judgeSafety(question, judgeTenant(set, question, own)));
  return floor === null ? rest : stricter(floor, rest);
};

const ofRule = (rule: CompiledRule, stage: PolicyStage, seen: readonly VelocitySeen[]): Judgement => {
  const throttled = rule.outcome === 'THROTTLE';
  const counted = rule.velocity === null ? undefined : seen.findLast(({ asked }) => asked.ruleId === rule.id)?.count;
  return {
    outcome: rule.outcome,
    stage,
    reason: rule.reason,
    ruleId: rule.id,
    bundleId: rule.bundleId,
    constraints: rule.outcome === 'DENY' || rule.outcome === 'THROTTLE' ? null : rule.constraints,
    remediations: rule.remediations,
    approval: rule.approval,
    retryAfterMs: throttled ? (counted?.retryAfterMs ?? rule.retryAfterMs ?? RETRY_AFTER_MS) : null,
  };
};

/** The default of the nearest tier whose selector fits; DENY where nobody says anything. */
const byDefault = ({ defaults }: CompiledSet, question: PolicyQuestion): Judgement => {
  const said = defaults.find(({ conditions }) => conditions.every((condition) => condition.holds(question)));
  const outcome = said?.outcome ?? 'DENY';
  return plain(outcome, 'default', `no matching rule - default policy: ${outcome.toLowerCase()}`);
};

const tenantOf = (set: CompiledSet, { tenantNames }: PolicyQuestion): CompiledTenant | null => {
  for (const name of tenantNames) {
    const terms = set.tenants.get(name);
    if (terms !== undefined) return terms;
  }
  return null;
};

const judgeTenant = (set: CompiledSet, question: PolicyQuestion, judged: Judgement): Judgement => {
  const terms = tenantOf(set, question);
  if (terms === null || judged.outcome === 'DENY') return judged;
  const { topic, labels } = question;
  if (terms.deny.some((glob) => globMatches(glob, topic))) {
    return plain('DENY', 'tenant', `topic '${topic}' denied for tenant ${terms.label}`);
  }
  const call = mcpCallOf(labels);
  for (const lists of call === null ? [] : terms.mcp) {
    const objection = call === null ? null : mcpObjection(lists, call);
    if (objection !== null) return plain('DENY', 'tenant', objection);
  }
  const host = firstLabel(labels, 'repo.host', 'repo_host', 'repoHost').toLowerCase();
  if (host !== '' && terms.deniedHosts.has(host)) return plain('DENY', 'tenant', `repo host "${host}" denied`);
  if (host !== '' && terms.allowedHosts?.has(host) === false) {
    return plain('DENY', 'tenant', `repo host "${host}" not allowed`);
  }
  return judged;
};

const judgeSafety = (question: PolicyQuestion, judged: Judgement): Judgement => {
  const { safety, topic, labels } = question;
  if (safety === null || judged.outcome === 'DENY') return judged;
  const says = (word: string): Judgement =>
    plain('DENY', 'effective_config', `topic '${topic}' ${word} by effective config`);
  const listed = (list: readonly string[]): boolean => globsOf(list).some((glob) => globMatches(glob, topic));
  if (listed(safety.denied_topics)) return says('denied');
  if (safety.allowed_topics.length > 0 && !listed(safety.allowed_topics)) return says('not allowed');
  const call = mcpCallOf(labels);
  const objection = call === null || safety.mcp === null ? null : mcpObjection(compileMcpLists(safety.mcp), call);
  return objection === null ? judged : plain('DENY', 'effective_config', objection);
};

/** Content only ever escalates, and what could not be scanned is for a person to look at. */
const judgeInput = (set: CompiledSet, question: PolicyQuestion, judged: Judgement): Judgement => {
  const { content } = question;
  if (!set.scansInput || content === null || !permits(judged.outcome)) return judged;
  if (content.unscanned && !set.inputFailsOpen) {
    return stricter(plain('REQUIRE_APPROVAL', 'input', 'the content is larger than may be scanned'), judged);
  }
  const found = set.inputRules.find(({ conditions }) => conditions.every((condition) => condition.holds(question)));
  if (found === undefined) return judged;
  const { rule, bundleId } = found;
  return stricter(plain(rule.decision, 'input', rule.reason || `matched rule ${rule.id}`, rule.id, bundleId), judged);
};

export const isFloor = (bundleId: string): boolean => bundleId === FLOOR;
