/**
 * The body of a `cap.decision` entry: what a policy answered to a job's question, and under `seen` the question itself,
 * the policy by hash and the counters that were read, so that it can be computed again.
 * INVARIANT: integers, strings, booleans and null only; no content and no context, only what was found in them.
 */
import { z } from 'zod';
import { canonicalJson } from '../canonical.ts';
import { safeRead } from '../field-errors.ts';
import { sha256Hex } from '../hash.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { decodeText, encodeText } from '../percent.ts';
import { type Evaluation, evaluateSafely } from './evaluate.ts';
import { McpLists } from './mcp.ts';
import { type PolicyQuestion, wordsOfLabels } from './question.ts';
import type { CompiledSet } from './set.ts';
import { RecordedVelocity, recordVelocity, restoreVelocity } from './velocity.ts';

const text = z.string();
const texts = z.array(text);

export const RecordedQuestion = z.strictObject({
  tenant: text,
  tenant_names: texts,
  topic: text,
  capability: text.optional(),
  pack_id: text.optional(),
  actor_id: text.optional(),
  actor_type: text.optional(),
  risk_tags: texts.optional(),
  requires: texts.optional(),
  labels: z.record(text, text).optional(),
  secrets_present: z.literal(true).optional(),
  job_id: text.optional(),
  workflow_id: text.optional(),
  session_id: text.optional(),
  safety: z.strictObject({ allowed_topics: texts, denied_topics: texts, mcp: McpLists.nullable() }).optional(),
  content: z.strictObject({ size: z.int(), type: text, unscanned: z.boolean(), found: texts }).optional(),
});
export type RecordedQuestion = z.output<typeof RecordedQuestion>;

const TEXTS = ['capability', 'pack_id', 'actor_id', 'actor_type', 'job_id', 'workflow_id', 'session_id'] as const;

export const recordQuestion = (question: PolicyQuestion): JsonObject => {
  const out: Record<string, JsonValue> = {
    tenant: encodeText(question.tenant),
    tenant_names: question.tenantNames.map(encodeText),
    topic: encodeText(question.topic),
  };
  for (const name of TEXTS) if (question[name] !== '') out[name] = encodeText(question[name]);
  if (question.risk_tags.length > 0) out.risk_tags = question.risk_tags.map(encodeText);
  if (question.requires.length > 0) out.requires = question.requires.map(encodeText);
  if (question.labels.size > 0) {
    out.labels = Object.fromEntries([...question.labels].map(([name, value]) => [encodeText(name), encodeText(value)]));
  }
  if (question.secrets_present) out.secrets_present = true;
  if (question.safety !== null) out.safety = question.safety as unknown as JsonObject;
  if (question.content !== null) out.content = { ...question.content, type: encodeText(question.content.type) };
  return out;
};

export const restoreQuestion = (recorded: RecordedQuestion): PolicyQuestion => {
  const labels = new Map(
    Object.entries(recorded.labels ?? {}).map(([name, value]) => [decodeText(name), decodeText(value)] as const),
  );
  const textOf = (name: (typeof TEXTS)[number]): string => decodeText(recorded[name] ?? '');
  return {
    tenant: decodeText(recorded.tenant),
    tenantNames: recorded.tenant_names.map(decodeText),
    topic: decodeText(recorded.topic),
    capability: textOf('capability'),
    pack_id: textOf('pack_id'),
    actor_id: textOf('actor_id'),
    actor_type: textOf('actor_type'),
    risk_tags: (recorded.risk_tags ?? []).map(decodeText),
    requires: (recorded.requires ?? []).map(decodeText),
    labels,
    secrets_present: recorded.secrets_present ?? false,
    job_id: textOf('job_id'),
    workflow_id: textOf('workflow_id'),
    session_id: textOf('session_id'),
    words: wordsOfLabels(labels),
    safety: recorded.safety ?? null,
    content: recorded.content === undefined ? null : { ...recorded.content, type: decodeText(recorded.content.type) },
  };
};

export interface PolicyStamp {
  readonly decisionId: string;
  /** Microseconds since the epoch. */
  readonly now: number;
  readonly phase: string;
  /** Of the job that asks, where one does. */
  readonly jobHash?: string | undefined;
  /** null: none was published. */
  readonly policy: { readonly version: string; readonly hash: string } | null;
}

export const policyDecisionBody = (
  question: PolicyQuestion,
  evaluation: Evaluation,
  snapshot: string,
  stamp: PolicyStamp,
): JsonObject => {
  const recorded = recordQuestion(question);
  return {
    approval_required: evaluation.outcome === 'REQUIRE_APPROVAL',
    bundle_id: evaluation.bundleId,
    decision: evaluation.outcome,
    decision_id: stamp.decisionId,
    ...(stamp.jobHash === undefined ? {} : { job_hash: stamp.jobHash }),
    phase: stamp.phase,
    policy_snapshot: encodeText(snapshot),
    reason: encodeText(evaluation.reason),
    request_hash: sha256Hex(canonicalJson(recorded)),
    rule_id: encodeText(evaluation.ruleId),
    seen: {
      at: stamp.now,
      ...(stamp.policy === null ? {} : { policy: [encodeText(stamp.policy.version), stamp.policy.hash] }),
      question: recorded,
      ...(evaluation.seen.length === 0 ? {} : { velocity: recordVelocity(evaluation.seen) }),
    },
    stage: evaluation.stage,
  };
};

export const PolicyDecisionBody = z.looseObject({
  decision: z.enum(['DENY', 'REQUIRE_APPROVAL', 'THROTTLE', 'ALLOW_WITH_CONSTRAINTS', 'ALLOW']),
  decision_id: text,
  job_hash: text.optional(),
  phase: text,
  rule_id: text,
  seen: z.strictObject({
    at: z.int(),
    policy: z.tuple([text, z.string().regex(/^[0-9a-f]{64}$/)]).optional(),
    question: RecordedQuestion,
    velocity: RecordedVelocity.optional(),
  }),
});

/** The same body again, from what it names; null where it does not have the form of one. */
export const policyDecisionAgain = (
  body: JsonValue,
  setOf: (policyHash: string) => CompiledSet | null,
): { readonly evaluation: Evaluation; readonly body: JsonObject } | null => {
  const read = safeRead(PolicyDecisionBody, body);
  if (!read.success) return null;
  const { seen, decision_id: decisionId, job_hash: jobHash, phase } = read.data;
  const policy = seen.policy === undefined ? null : { version: decodeText(seen.policy[0]), hash: seen.policy[1] };
  const set = policy === null ? null : setOf(policy.hash);
  const question = restoreQuestion(seen.question);
  const evaluation = evaluateSafely(set, question, restoreVelocity(seen.velocity));
  const stamp = { decisionId, now: seen.at, phase, jobHash, policy };
  return { evaluation, body: policyDecisionBody(question, evaluation, set?.snapshot ?? '', stamp) };
};
