/**
 * CAP's policy document (CAP 5.1, 5.2, 5.8), parsed strictly: a key that is not known, or that nothing would enforce, is
 * refused. The announcement's spellings (flat constraints, `risk_tags` beside `match` or among the labels) are read as
 * what they mean, each with a warning; strict reading refuses them.
 */
import { z } from 'zod';
import { fieldErrors, safeRead } from '../field-errors.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { FieldError } from '../refusal.ts';
import { err, ok, type Result } from '../result.ts';
import { DERIVER_OPERATIONS } from './derive.ts';
import { compileGlob } from './glob.ts';
import { McpLists } from './mcp.ts';
import { readOutcome } from './outcome.ts';
import { SCANNERS } from './scan.ts';
import { type Lifted, liftSpellings } from './spellings.ts';
import { ApprovalTerms, Constraints, Remediation, Velocity } from './terms.ts';

const id = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'control characters are not allowed');
const names = z.array(z.string().min(1).max(256)).max(1_000);
const globs = z
  .array(
    z
      .string()
      .min(1)
      .max(256)
      .superRefine((pattern, context) => {
        const compiled = compileGlob(pattern);
        if (!compiled.ok) context.addIssue({ code: 'custom', message: `malformed glob: ${compiled.error}` });
      }),
  )
  .max(1_000);

const word = <T extends string>(allowed: readonly T[], also: Readonly<Record<string, T>> = {}) =>
  z.string().transform((text, context): T => {
    const read = also[text.trim().toUpperCase()] ?? readOutcome(text);
    const found = allowed.find((outcome) => outcome === read);
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: `expected one of ${allowed.join(', ').toLowerCase()}` });
    return z.NEVER;
  });

export const TIERS = ['job', 'workflow', 'global'] as const;
export type Tier = (typeof TIERS)[number];
const tier = z.enum(TIERS);
const selector = z.strictObject({ workflow_id: id.optional(), job_id: id.optional(), session_id: id.optional() });
export type Selector = z.output<typeof selector>;

const PolicyMatch = z
  .strictObject({
    tenants: names,
    capabilities: names,
    pack_ids: names,
    actor_ids: names,
    actor_types: names,
    topics: globs,
    risk_tags: names,
    requires: names,
    labels: z.record(id, z.string().max(4_096)),
    secrets_present: z.boolean(),
    mcp: McpLists,
    label_allowlist: z.record(id, z.array(z.string().max(4_096)).max(1_000)),
    label_threshold: z.record(id, z.number()),
  })
  .partial();
export type PolicyMatch = z.output<typeof PolicyMatch>;

const PolicyRule = z.strictObject({
  id,
  match: PolicyMatch.default({}),
  decision: word(['DENY', 'REQUIRE_APPROVAL', 'THROTTLE', 'ALLOW_WITH_CONSTRAINTS', 'ALLOW']),
  reason: z.string().max(2_000).optional(),
  constraints: Constraints.optional(),
  remediations: z.array(Remediation).max(50).optional(),
  velocity: Velocity.optional(),
  tier: tier.optional(),
  selector: selector.optional(),
  approval: ApprovalTerms.optional(),
});
export type PolicyRule = z.output<typeof PolicyRule>;

const bytes = z.int().min(0).max(16_777_216);
const scannedMatch = {
  tenants: names,
  topics: globs,
  capabilities: names,
  risk_tags: names,
  scanners: z.array(z.enum(SCANNERS)).min(1).max(SCANNERS.length),
  keywords: z.array(z.string().min(1).max(256)).max(1_000),
  content_types: names,
};
const scannedRule = {
  id,
  enabled: z.boolean().optional(),
  severity: z.enum(['low', 'medium', 'high', 'critical']).optional(),
  description: z.string().max(4_096).optional(),
  reason: z.string().max(2_000).optional(),
};
const InputRule = z.strictObject({
  ...scannedRule,
  match: z
    .strictObject({ ...scannedMatch, tier, selector, input_size_gt: bytes, max_input_bytes: bytes })
    .partial()
    .default({}),
  decision: word(['DENY', 'REQUIRE_APPROVAL']),
});
export type InputRule = z.output<typeof InputRule>;

export const OUTPUT_WORDS = ['ALLOW', 'DENY', 'QUARANTINE', 'REDACT'] as const;
export type OutputWord = (typeof OUTPUT_WORDS)[number];
const OutputRule = z.strictObject({
  ...scannedRule,
  match: z
    .strictObject({ ...scannedMatch, output_size_gt: bytes, max_output_bytes: bytes, has_error: z.boolean() })
    .partial()
    .default({}),
  decision: word<OutputWord>(OUTPUT_WORDS, { QUARANTINE: 'QUARANTINE', REDACT: 'REDACT' }),
});
export type OutputRule = z.output<typeof OutputRule>;

const TenantTerms = z.strictObject({
  allow_topics: globs.optional(),
  deny_topics: globs.optional(),
  allowed_repo_hosts: names.optional(),
  denied_repo_hosts: names.optional(),
  max_concurrent_jobs: z.int().min(0).optional(),
  mcp: McpLists.optional(),
});
export type TenantTerms = z.output<typeof TenantTerms>;

const pointer = z
  .string()
  .regex(/^(?:\/(?:[^~/]|~[01])*)*$/, 'expected a JSON Pointer')
  .max(1_024);
const RiskTagDeriver = z.strictObject({
  topics: globs.min(1),
  owns: names.min(1),
  when: z
    .array(
      z.strictObject({
        path: pointer,
        op: z.enum(DERIVER_OPERATIONS),
        value: z
          .union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number(), z.boolean()]))])
          .optional(),
        add_tags: names.min(1),
      }),
    )
    .max(100),
  on_missing: names.default([]),
});
export type RiskTagDeriver = z.output<typeof RiskTagDeriver>;

const MAX_RULES = 2_000;

export const PolicyDocument = z
  .strictObject({
    version: z.string().max(256).optional(),
    default_tenant: id.optional(),
    default_decision: z
      .string()
      .transform((text): 'ALLOW' | 'DENY' => (readOutcome(text) === 'ALLOW' ? 'ALLOW' : 'DENY'))
      .optional(),
    tier: tier.optional(),
    selector: selector.optional(),
    tenants: z.record(id, TenantTerms).optional(),
    rules: z.array(PolicyRule).max(MAX_RULES).optional(),
    risk_tag_derivers: z.array(RiskTagDeriver).max(100).optional(),
    input_policy: z
      .strictObject({
        enabled: z.boolean().optional(),
        fail_mode: z.enum(['closed', 'open']).optional(),
        max_scan_bytes: z.int().min(1).max(2_097_152).optional(),
      })
      .optional(),
    input_rules: z.array(InputRule).max(MAX_RULES).optional(),
    output_policy: z
      .strictObject({ enabled: z.boolean().optional(), fail_mode: z.enum(['closed', 'open']).optional() })
      .optional(),
    output_rules: z.array(OutputRule).max(MAX_RULES).optional(),
  })
  .meta({ id: 'PolicyDocument' });
export type PolicyDocument = z.output<typeof PolicyDocument>;

const NOT_ENFORCED: ReadonlyMap<string, string> = new Map([
  ...['predicate', 'delegation', 'agent_risk_tiers', 'agent_data_classifications', 'require_human'].map(
    (key) => [key, 'nothing here enforces this key, so it is not accepted'] as const,
  ),
  ...['scope', 'detectors', 'content_patterns'].map(
    (key) => [key, 'nothing here enforces this key, so it is not accepted; use `scanners` or `keywords`'] as const,
  ),
]);

const explained = (error: FieldError): FieldError => {
  const why = error.message === 'unknown member' ? NOT_ENFORCED.get(error.field.split('/').at(-1) ?? '') : undefined;
  return why === undefined ? error : { ...error, message: why };
};

const repeatedIds = (document: PolicyDocument): readonly FieldError[] =>
  (['rules', 'input_rules', 'output_rules'] as const).flatMap((list) => {
    const seen = new Set<string>();
    return (document[list] ?? []).flatMap(({ id: ruleId }, position) => {
      if (!seen.has(ruleId)) {
        seen.add(ruleId);
        return [];
      }
      return [{ field: `/${list}/${position}/id`, message: `id ${ruleId} is already taken` }];
    });
  });

export interface ReadDocument {
  readonly document: PolicyDocument;
  readonly warnings: readonly FieldError[];
}

/** `sent`: the document as it was written. Errors name where it was written, not where its meaning was put. */
export const readPolicyDocument = (
  sent: JsonValue,
  options: { readonly strict?: boolean } = {},
): Result<ReadDocument, readonly FieldError[]> => {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
    return err([{ field: '', message: 'expected a mapping with the keys of a policy' }]);
  }
  const lifted: Lifted = liftSpellings(sent as JsonObject);
  if (lifted.errors.length > 0) return err(lifted.errors);
  if (options.strict === true && lifted.warnings.length > 0) return err(lifted.warnings);
  const read = safeRead(PolicyDocument, lifted.document);
  if (!read.success) return err(fieldErrors(read.error).map((error) => explained(lifted.whereWritten(error))));
  const repeated = repeatedIds(read.data);
  return repeated.length > 0 ? err(repeated) : ok({ document: read.data, warnings: lifted.warnings });
};
