/** What a policy rule grants beside its word: constraints, remediations, counters, terms of an approval (CAP 2.2, 5.2). */
import { z } from 'zod';
import type { JsonObject } from '../json.ts';
import { SUPERVISOR_LEVELS } from '../vocabulary.ts';

const count = z.int().min(0);
const text = (max: number) => z.string().min(1).max(max);
const list = (max = 256) => z.array(text(max)).max(1_000);

export const BUDGETS = ['max_runtime_ms', 'max_retries', 'max_artifact_bytes', 'max_concurrent_jobs'] as const;

export const Constraints = z
  .strictObject({
    budgets: z
      .strictObject({
        max_runtime_ms: count.optional(),
        max_retries: count.max(1_000).optional(),
        max_artifact_bytes: count.optional(),
        max_concurrent_jobs: count.optional(),
      })
      .optional(),
    sandbox: z
      .strictObject({
        isolated: z.boolean().optional(),
        network_allowlist: list().optional(),
        fs_read_only: list(1_024).optional(),
        fs_read_write: list(1_024).optional(),
      })
      .optional(),
    toolchain: z
      .strictObject({ allowed_tools: list().optional(), allowed_commands: list(1_024).optional() })
      .optional(),
    diff: z
      .strictObject({
        max_files: count.optional(),
        max_lines: count.optional(),
        deny_path_globs: list(1_024).optional(),
      })
      .optional(),
    redaction_level: text(64).optional(),
    max_output_bytes: count.max(16_777_216).optional(),
    allowed_destinations: list().optional(),
    redact_patterns: list(1_024).optional(),
  })
  .meta({ id: 'PolicyConstraints' });
export type Constraints = z.output<typeof Constraints>;

export const Remediation = z
  .strictObject({
    id: text(256),
    title: z.string().max(1_024).optional(),
    summary: z.string().max(4_096).optional(),
    replacement_topic: text(256).optional(),
    replacement_capability: text(256).optional(),
    add_labels: z.record(text(256), z.string().max(4_096)).optional(),
    remove_labels: list().optional(),
  })
  .meta({ id: 'PolicyRemediation' });
export type Remediation = z.output<typeof Remediation>;

const KEY_PART = /^(?:actor_id|actor_type|tenant|topic|pack_id|capability|labels\.[^:]{1,256})$/;

/** More than this many in one window would cost every decision a long read. */
const MAX_REQUESTS = 10_000;

export const Velocity = z.strictObject({
  max_requests: z.int().min(1).max(MAX_REQUESTS),
  window_seconds: z.int().min(1).max(86_400),
  key: z
    .string()
    .max(1_024)
    .refine((key) => key.split(':').every((part) => KEY_PART.test(part)), {
      error: 'expected actor_id, actor_type, tenant, topic, pack_id, capability or labels.<name>, joined by `:`',
    }),
});
export type Velocity = z.output<typeof Velocity>;

export const ApprovalTerms = z.strictObject({
  ttl_sec: z.int().min(1).max(2_592_000).optional(),
  supervisor_level: z.enum(SUPERVISOR_LEVELS).optional(),
  /** How many people have to say yes. */
  quorum: z.int().min(1).max(5).optional(),
  /** They sign with a passkey, over what they were shown. */
  passkey: z.literal(true).optional(),
  /** Who is asked when nobody has answered for so long. */
  escalate: z
    .array(z.strictObject({ after_sec: z.int().min(1).max(2_592_000), to: z.enum(['executor', 'incident_commander']) }))
    .max(8)
    .optional(),
});
export type ApprovalTerms = z.output<typeof ApprovalTerms>;

type Lists = Readonly<Record<string, unknown>>;

/** Both sets of constraints at once: the smaller number, the shorter permission, the longer prohibition. */
export const bothConstraints = (a: Constraints | null, b: Constraints | null): Constraints | null =>
  a === null || b === null ? (a ?? b) : (Constraints.parse(tightest(a, b)) as Constraints);

/** The same of constraints in whatever form a policy had them. */
export const tightestTerms = (a: JsonObject | null, b: JsonObject | null): JsonObject | null =>
  a === null || b === null ? (a ?? b) : (tightest(a, b) as JsonObject);

const DENIALS = new Set(['deny_path_globs', 'redact_patterns']);

const tightest = (a: Lists, b: Lists): Lists =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [name, tighter(name, a[name], b[name])]),
  );

const tighter = (name: string, a: unknown, b: unknown): unknown => {
  if (a === undefined || b === undefined) return a ?? b;
  if (typeof a === 'number' && typeof b === 'number') return Math.min(a, b);
  if (typeof a === 'boolean') return a || b === true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return DENIALS.has(name) ? [...new Set([...a, ...b])] : a.filter((item) => b.includes(item));
  }
  return typeof a === 'object' ? tightest(a as Lists, b as Lists) : a;
};
