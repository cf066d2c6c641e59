/**
 * The policy gate in its smallest form (WCP 3.7): the first rule that matches decides, else `default`, else DENY.
 * INVARIANT: total. A policy that holds a word outside the vocabulary still evaluates: the word is handed on, and the
 * decision refuses it (step 9e). Publishing refuses such words in the first place.
 */
import { z } from 'zod';
import { fieldErrors, safeRead } from '../field-errors.ts';
import type { JsonObject } from '../json.ts';
import { AnyJsonObject } from '../json-object.ts';
import type { FieldError } from '../refusal.ts';
import { err, ok, type Result } from '../result.ts';
import { type RouteQuery, SUPERVISOR_LEVELS, type SupervisorLevel } from '../vocabulary.ts';
import { matchShape, readMatch, tenantShape } from './match.ts';
import { buildIndex, findFirst, type Indexed, type MatchIndex } from './match-index.ts';

export const GATE_WORDS = [
  'ALLOW',
  'DENY',
  'REQUIRE_HUMAN',
  'REQUIRE_APPROVAL',
  'THROTTLE',
  'ALLOW_WITH_CONSTRAINTS',
] as const;
const Word = z.enum(GATE_WORDS, { error: `expected one of ${GATE_WORDS.join(', ')}` });
const id = z.string().min(1).max(256);

const GateRule = z.strictObject({
  id,
  match: z.strictObject({ ...matchShape, ...tenantShape }),
  decision: Word,
  reason: z.string().max(2_000).default(''),
  supervisor_level: z.enum(SUPERVISOR_LEVELS).optional(),
  constraints: AnyJsonObject.optional(),
  retry_after_ms: z.int().min(0).max(86_400_000).optional(),
});

export const GateDocument = z
  .strictObject({ policy_version: id, default: Word.default('DENY'), rules: z.array(GateRule).max(10_000).default([]) })
  .meta({ id: 'GatePolicy' });
export type GateDocument = z.output<typeof GateDocument>;
type GateRuleDocument = GateDocument['rules'][number];

/** A document whose words may be any text: what evaluation is total over. */
export interface StoredGate {
  readonly policy_version: string;
  readonly default: string;
  readonly rules: readonly (Omit<GateRuleDocument, 'decision'> & { readonly decision: string })[];
}

export interface GateContext extends RouteQuery {
  readonly tenant_id: string;
}

/** REQUIRE_APPROVAL is read as REQUIRE_HUMAN; any word but the five is not an answer (step 9e). */
export interface GateVerdict {
  readonly decision: string;
  readonly reason: string;
  readonly policy_version: string;
  /** null when the default decided. */
  readonly rule_id: string | null;
  readonly supervisor_level: SupervisorLevel | null;
  readonly constraints: JsonObject | null;
  readonly retry_after_ms: number | null;
}

interface CompiledGateRule extends Indexed {
  readonly verdict: GateVerdict;
}

export interface CompiledPolicy {
  readonly policyVersion: string;
  readonly index: MatchIndex<CompiledGateRule>;
  readonly otherwise: GateVerdict;
}

/** Told to a throttled caller when the rule does not say. */
const RETRY_AFTER_MS = 30_000;

const verdict = (policy_version: string, word: string, rule: StoredGate['rules'][number] | null): GateVerdict => {
  const decision = word === 'REQUIRE_APPROVAL' ? 'REQUIRE_HUMAN' : word;
  return {
    decision,
    reason: rule === null ? 'policy_default' : rule.reason || rule.id,
    policy_version,
    rule_id: rule?.id ?? null,
    supervisor_level: decision === 'REQUIRE_HUMAN' ? (rule?.supervisor_level ?? 'gatekeeper') : null,
    constraints: decision === 'ALLOW_WITH_CONSTRAINTS' ? (rule?.constraints ?? {}) : null,
    retry_after_ms: decision === 'THROTTLE' ? (rule?.retry_after_ms ?? RETRY_AFTER_MS) : null,
  };
};

export const compilePolicy = (document: StoredGate): CompiledPolicy => ({
  policyVersion: document.policy_version,
  index: buildIndex(
    document.rules.map((rule, position) => ({
      position,
      match: readMatch(rule.match),
      verdict: verdict(document.policy_version, rule.decision, rule),
    })),
  ),
  otherwise: verdict(document.policy_version, document.default, null),
});

export const evaluateGate = (policy: CompiledPolicy, context: GateContext): GateVerdict =>
  findFirst(policy.index, context, context.tenant_id)?.verdict ?? policy.otherwise;

const repeatedIds = (rules: readonly GateRuleDocument[]): readonly FieldError[] => {
  const seen = new Set<string>();
  return rules.flatMap(({ id: ruleId }, position) => {
    if (seen.has(ruleId)) return [{ field: `/rules/${position}/id`, message: `id ${ruleId} is already taken` }];
    seen.add(ruleId);
    return [];
  });
};

/** Reads a policy as it was sent; the errors name each member that is wrong. */
export const readPolicy = (document: unknown): Result<GateDocument, readonly FieldError[]> => {
  const read = safeRead(GateDocument, document);
  if (!read.success) return err(fieldErrors(read.error));
  const repeated = repeatedIds(read.data.rules);
  return repeated.length > 0 ? err(repeated) : ok(read.data);
};
