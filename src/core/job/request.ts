/**
 * A job as it is submitted (CAP 4.1), and the JobRequest that it becomes: the canonical form that its hash, its approval
 * and one day its lease are about (5.9). Defaults are left out, enums are full names, 64-bit integers texts.
 */
import { z } from 'zod';
import { canonicalJson } from '../canonical.ts';
import { fieldErrors, safeRead } from '../field-errors.ts';
import { sha256Hex } from '../hash.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { type PolicyCheck, PolicyCheckRequest, PROMPT, readPolicyCheck } from '../policy/check.ts';
import { type Refusal, refusal } from '../refusal.ts';
import { err, ok, type Result } from '../result.ts';

const NO_CONTROL = /^[^\u0000-\u001f\u007f]*$/;
const text = (max: number) => z.string().max(max).regex(NO_CONTROL, 'control characters are not allowed');
const id = text(256);
const count = z.int().min(0);
const asked = PolicyCheckRequest.shape;

export const PRIORITIES = ['interactive', 'batch', 'critical'] as const;
const ACTORS = ['human', 'service'] as const;
const YEAR_S = 31_536_000;

/** Unknown members are ignored and named in `warnings`. */
export const JobSubmission = z
  .strictObject({
    prompt: asked.prompt.unwrap().meta({ description: 'for the worker, and looked at by the policy; optional' }),
    topic: text(256).meta({ description: '`job.<name>`; `job.default` where none is named' }),
    adapter_id: id,
    priority: z.enum(PRIORITIES),
    context: z.unknown(),
    context_ptr: text(2_048),
    memory_id: id,
    context_mode: id,
    tenant_id: id.meta({ description: 'may only restate the tenant of the credential: its id, or `default`' }),
    principal_id: id.meta({ description: 'may only restate who the credential is' }),
    actor_id: id,
    actor_type: z.enum(ACTORS),
    idempotency_key: text(255).min(1),
    pack_id: id,
    capability: id,
    risk_tags: asked.risk_tags.unwrap(),
    requires: asked.requires.unwrap(),
    org_id: id,
    team_id: id,
    project_id: id,
    labels: asked.labels.unwrap(),
    env: z
      .record(z.string().min(1).max(256), z.string().max(4_096))
      .refine((all) => Object.keys(all).length <= 50, { error: 'more than 50 variables' }),
    max_input_tokens: count,
    max_output_tokens: count,
    max_total_tokens: count,
    allow_summarization: z.boolean(),
    allow_retrieval: z.boolean(),
    tags: asked.requires.unwrap(),
    deadline_ms: z
      .int()
      .min(1)
      .max(YEAR_S * 1_000),
    workflow_id: id,
    parent_job_id: id,
    step_index: count,
    compensation: z.looseObject({}).meta({ description: 'kept with the job; nothing is rolled back yet' }),
    approval_ttl_seconds: z.int().min(1).max(YEAR_S),
    trace_id: z.string().regex(/^[\x21-\x7e]{1,256}$/, 'expected 1 to 256 printable characters'),
  })
  .partial()
  .meta({ id: 'JobSubmission' });
type Sent = z.output<typeof JobSubmission>;

/** Plain data, so that it can be sent to the object that decides. */
export interface SubmittedJob {
  /** What the policy is asked; it holds prompt and context, which go no further. */
  readonly check: PolicyCheck;
  /** The JobRequest, but for what only the tenant knows: its id, whose it is, its effective risk tags. */
  readonly request: JsonObject;
  readonly principal: string | null;
  readonly idempotencyKey: string | null;
  readonly traceId: string | null;
  readonly approvalTtlS: number | null;
  readonly deadlineMs: number | null;
  readonly warnings: readonly string[];
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export const readJob = (sent: JsonObject): Result<SubmittedJob, Refusal> => {
  const warnings: string[] = [];
  const members: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(sent)) {
    const known = Object.hasOwn(JobSubmission.shape, name) ? name : snake(name);
    if (value === null) continue;
    if (Object.hasOwn(JobSubmission.shape, known)) members[known] = value;
    else warnings.push(`/${name}: unknown member, ignored`);
  }
  const read = safeRead(JobSubmission, members);
  if (!read.success) {
    const errors = fieldErrors(read.error);
    const isLong = typeof members.prompt === 'string' && members.prompt.length > PROMPT;
    if (isLong)
      return err(
        refusal(
          'prompt_too_long',
          undefined,
          errors.filter(({ field }) => field === '/prompt'),
        ),
      );
    return err(refusal('invalid_body', errors[0] && `${errors[0].field}: ${errors[0].message}`, errors));
  }
  const job = { ...read.data, topic: read.data.topic || DEFAULT_TOPIC };
  const check = readPolicyCheck(questionOf(job, members));
  if (!check.ok) return check;
  if (job.compensation !== undefined) warnings.push('/compensation: kept with the job; nothing is rolled back yet');
  return ok({
    check: check.value,
    request: requestOf(job, check.value),
    principal: job.principal_id ?? job.actor_id ?? null,
    idempotencyKey: job.idempotency_key ?? null,
    traceId: job.trace_id ?? null,
    approvalTtlS: job.approval_ttl_seconds ?? null,
    deadlineMs: job.deadline_ms ?? null,
    warnings: [...warnings, ...check.value.warnings],
  });
};

const DEFAULT_TOPIC = 'job.default';

const ASKED = [
  'tenant_id',
  'capability',
  'pack_id',
  'actor_type',
  'risk_tags',
  'requires',
  'labels',
  'workflow_id',
  'prompt',
  'context',
] as const;

const questionOf = (job: Sent & { readonly topic: string }, members: JsonObject): JsonObject => ({
  topic: job.topic,
  ...Object.fromEntries(ASKED.flatMap((name) => (members[name] === undefined ? [] : [[name, members[name]]]))),
});

/** Members without a value, and empty ones, are defaults of the wire: they are left out. */
const present = (all: Readonly<Record<string, JsonValue | undefined>>): JsonObject =>
  Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, JsonValue] => {
      const [, value] = entry;
      if (value === undefined || value === '' || value === 0 || value === false) return false;
      return typeof value !== 'object' || value === null || Object.keys(value).length > 0;
    }),
  );

const int64 = (value: number | undefined): string | undefined => (value === undefined ? undefined : String(value));

const requestOf = (job: Sent & { readonly topic: string }, check: PolicyCheck): JsonObject => {
  const { max_input_tokens, max_output_tokens, max_total_tokens, deadline_ms } = job;
  const hosted = check.content === null && check.context === null ? undefined : contextHash(check);
  return present({
    topic: job.topic,
    priority: job.priority && `JOB_PRIORITY_${job.priority.toUpperCase()}`,
    context_ptr: job.context_ptr,
    context_sha256: hosted,
    adapter_id: job.adapter_id,
    env: Object.fromEntries(Object.entries(job.env ?? {}).filter(([name]) => !name.startsWith('CORDUM_'))),
    parent_job_id: job.parent_job_id,
    workflow_id: job.workflow_id,
    step_index: job.step_index,
    memory_id: job.memory_id,
    context_hints: present({
      max_input_tokens,
      allow_summarization: job.allow_summarization,
      allow_retrieval: job.allow_retrieval,
      tags: job.tags,
      mode: job.context_mode,
    }),
    budget: present({
      max_input_tokens: int64(max_input_tokens),
      max_output_tokens: int64(max_output_tokens),
      max_total_tokens: int64(max_total_tokens),
      deadline_ms: int64(deadline_ms),
    }),
    // Those of the client; what it may not set is refused or left out by then.
    labels: check.labels,
    org_id: job.org_id,
    team_id: job.team_id,
    project_id: job.project_id,
    meta: present({
      actor_type: job.actor_type && `ACTOR_TYPE_${job.actor_type.toUpperCase()}`,
      idempotency_key: job.idempotency_key,
      capability: job.capability,
      requires: job.requires,
      pack_id: job.pack_id,
    }),
    compensation: job.compensation as JsonObject | undefined,
  });
};

/** What a worker would be given to read: the prompt and the context, by hash. */
const contextHash = ({ content, context }: PolicyCheck): string =>
  sha256Hex(canonicalJson({ context: context ?? null, prompt: content?.text ?? null }));

export interface JobIdentity {
  readonly jobId: string;
  readonly tenant: string;
  readonly principal: string;
  /** Effective. */
  readonly riskTags: readonly string[];
}

export const completeRequest = (
  request: JsonObject,
  { jobId, tenant, principal, riskTags }: JobIdentity,
): JsonObject => {
  const meta = (request.meta ?? {}) as JsonObject;
  const tags = riskTags.length === 0 ? {} : { risk_tags: [...riskTags].sort() };
  return {
    ...request,
    job_id: jobId,
    tenant_id: tenant,
    principal_id: principal,
    meta: { ...meta, tenant_id: tenant, actor_id: principal, ...tags },
  };
};

/** What an approval covers: all of the request. */
export const jobHash = (request: JsonObject): string => sha256Hex(canonicalJson(request));

/** What has to be the same under one idempotency key: the request as it was meant, by whomever it was sent. */
export const intentHash = ({ request, check }: SubmittedJob): string => {
  const { idempotency_key: _, ...meta } = (request.meta ?? {}) as JsonObject;
  return sha256Hex(canonicalJson({ ...request, meta, risk_tags: [...check.risk_tags].sort() }));
};
