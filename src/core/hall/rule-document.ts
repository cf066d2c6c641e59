/**
 * A published rule set (WCP 2.4, 2.6): the schema that every publish passes, with the defaults filled in.
 * INVARIANT: what decides is closed (an unknown key in a match, an escalation, a precondition or a maximum is refused,
 * since a misspelt condition would widen the rule). Members that begin with `_` are comments, as published tools write
 * them; beside `rules` the document may carry members of its own.
 */
import { z } from 'zod';
import { AnyJsonObject } from '../json-object.ts';
import { matchShape } from '../policy/match.ts';
import { CATALOG_VERSION_PATTERN } from '../registry/catalog/version.ts';
import { ENVS } from '../vocabulary.ts';
import { HumanCondition } from './condition.ts';

const id = z.string().min(1).max(256);
const controls = z.array(id).max(256);

/** A closed object but for comments. */
const annotated = <T extends z.ZodRawShape>(shape: T) =>
  z.looseObject(shape).superRefine((value, context) => {
    const keys = Object.keys(value).filter((key) => !Object.hasOwn(shape, key) && !key.startsWith('_'));
    if (keys.length > 0) context.addIssue({ code: 'unrecognized_keys', keys, input: value });
  });

const Candidate = annotated({
  /** A candidate without a species is listed and skipped (`missing_id`). */
  worker_species_id: z.string().max(256).nullish(),
  score_hint: z.number().nullish(),
  requires_controls_minimum: controls.default([]),
});

const Escalation = z.strictObject({
  policy_gate: z.boolean().default(false),
  rationale: z.string().max(2_000).nullish(),
  human_required_if: z.array(HumanCondition).max(64).default([]),
  human_required_default: z.boolean().default(false),
  msavx_step_up: z.boolean().default(false),
});

const Preconditions = z.strictObject({
  must_have_correlation_id: z.boolean().default(true),
  must_attach_policy_version: z.boolean().default(true),
  must_record_artifact_hash_if_executes: z.boolean().default(true),
  deny_if_missing_required_controls: z.boolean().default(true),
  deny_if_unsigned_artifact_in_prod: z.boolean().default(false),
  deny_if_no_attestation_in_prod: z.boolean().default(false),
});

const limits = (highest: number) => z.number().min(0).max(highest).optional();
const perEnv = (highest: number) => Object.fromEntries(ENVS.map((env) => [env, limits(highest)])) as EnvLimits;
type EnvLimits = Record<(typeof ENVS)[number], ReturnType<typeof limits>>;
const onExceed = z.enum(['deny', 'escalate']).default('escalate');

const MaxBlast = z.discriminatedUnion('scale', [
  z.strictObject({ scale: z.literal('sum25'), ...perEnv(25), on_exceed: onExceed }),
  z.strictObject({ scale: z.literal('score100'), ...perEnv(100), on_exceed: onExceed }),
]);

const Decision = annotated({
  candidate_workers_ranked: z.array(Candidate).max(256).default([]),
  required_controls_suggested: controls.default([]),
  recommended_profiles: z
    .array(z.union([z.string(), AnyJsonObject]))
    .max(64)
    .default([]),
  escalation: Escalation.prefault({}),
  preconditions: Preconditions.prefault({}),
  max_blast: MaxBlast.optional(),
  catalog_version_min: z.string().regex(CATALOG_VERSION_PATTERN, 'expected a version such as 1.0.0').optional(),
});

const Rule = annotated({
  rule_id: id,
  match: z.strictObject(matchShape),
  decision: Decision,
  description: z.string().max(2_000).optional(),
  notes: z.string().max(2_000).optional(),
});

export const MAX_RULES = 10_000;

export const RuleSetDocument = z.looseObject({ rules: z.array(Rule).max(MAX_RULES) }).meta({ id: 'RuleSet' });
export type RuleSetDocument = z.output<typeof RuleSetDocument>;
export type RuleDocument = RuleSetDocument['rules'][number];
export type Preconditions = z.output<typeof Preconditions>;
export type MaxBlast = z.output<typeof MaxBlast>;
