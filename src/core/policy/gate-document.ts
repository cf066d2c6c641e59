/** The smallest form of a policy (WCP 3.7): a version, a default, and rules over the keys of a routing question. */
import { z } from 'zod';
import { fieldErrors, safeRead } from '../field-errors.ts';
import { AnyJsonObject } from '../json-object.ts';
import type { FieldError } from '../refusal.ts';
import { err, ok, type Result } from '../result.ts';
import { SUPERVISOR_LEVELS } from '../vocabulary.ts';
import { matchShape, tenantShape } from './match.ts';

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

/** A document whose words may be any text: what evaluation is total over, and what a replay reads. */
export const StoredGate = z.strictObject({
  policy_version: z.string(),
  default: z.string().default('DENY'),
  rules: z.array(GateRule.extend({ decision: z.string() })).default([]),
});
export type StoredGate = Omit<GateDocument, 'default' | 'rules'> & {
  readonly default: string;
  readonly rules: readonly (Omit<GateRuleDocument, 'decision'> & { readonly decision: string })[];
};

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
