/** CAP's jobs (CAP 4.1, 4.5): submitted, judged, held, looked at, cancelled. */
import { z } from 'zod';
import { seqOfId } from '../core/ids.ts';
import { JOB_STATES } from '../core/job/machine.ts';
import { JobSubmission } from '../core/job/request.ts';
import { cancelJob, submitJob } from '../services/jobs.ts';
import { ask } from '../services/ledger.ts';
import type { App, Ctx } from './context.ts';
import { json, mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply } from './reply.ts';
import { ListQuery } from './schemas.ts';

const BODY_BYTES = 524_288;
const text = (max: number) => z.string().max(max);

const Decided = z.looseObject({
  job_id: z.string(),
  trace_id: z.string(),
  state: z.string(),
  status: z.enum(['accepted', 'approval_required']),
  decision: z.string(),
  cap_decision: z.string(),
  rule_id: z.string(),
  reason: z.string(),
  policy_snapshot: z.string(),
  job_hash: z.string(),
  approval_required: z.boolean(),
  approval_ref: z.string(),
  receipt_id: z.string(),
  warnings: z.array(z.string()),
});
const JobRecord = z
  .looseObject({
    id: z.string(),
    trace_id: z.string(),
    state: z.enum(JOB_STATES),
    cap_status: z.string(),
    topic: z.string(),
    tenant: z.string(),
    principal: z.string(),
    safety_decision: z.string(),
    updated_at: z.int(),
  })
  .meta({ id: 'JobRecord' });
const JobDetail = JobRecord.extend({
  safety_job_hash: z.string(),
  approval_required: z.boolean(),
  labels: z.record(z.string(), z.string()),
}).meta({ id: 'JobDetail' });
const page = (item: z.ZodType) => z.looseObject({ items: z.array(item), next_cursor: z.string().nullable() });
const DeadLetter = z.looseObject({ job_id: z.string(), reason_code: z.string(), reason: z.string() });

const shared = { tag: 'Jobs', access: 'tenant', words: 'cap' } as const;

const replayedAs = (c: Ctx, replayed: boolean | undefined): void => {
  if (replayed === true) c.header('idempotency-replayed', 'true');
};

/** Cursors are ids of jobs; one that is none begins before everything. */
export const placeOf = (cursor: string | undefined): number | null =>
  cursor === undefined ? null : (seqOfId(cursor) ?? 0);

export const mountJobs = (app: App): void => {
  mount(
    app,
    {
      ...shared,
      method: 'post',
      path: '/api/v1/jobs',
      summary: 'Submit a job: the policy decides before any worker can see it',
      description:
        'Admitted it is `SCHEDULED`, held it is `APPROVAL_REQUIRED` until people answer, denied it is kept and answered with 403. `idempotency_key`, or one of the headers, stands for what was submitted for seven days. Jobs are not leased to workers yet.',
      body: JobSubmission,
      bodyJudgedByService: true,
      bodyLimit: BODY_BYTES,
      idempotent: true,
      ok: { schema: Decided },
      examples: {
        announced: {
          summary: 'A write in production, without a prompt',
          value: {
            topic: 'job.mcp-bridge.write.update_ticket',
            tenant_id: 'default',
            risk_tags: ['prod'],
            labels: { 'mcp.action': 'write' },
          },
        },
      },
      problems: [
        'prompt_too_long',
        'invalid_topic',
        'reserved_label',
        'tenant_mismatch',
        'principal_mismatch',
        'safety_denied',
        'throttled',
        'policy_unavailable',
        'idempotency_key_mismatch',
      ],
    },
    async ({ c, deps, caller, json: sent }) => {
      const header = (name: string) => c.req.header(name);
      const keys = ['idempotency-key', 'x-idempotency-key'].flatMap((name) => header(name) ?? []);
      const submitted = await submitJob(deps, caller, sent, { keys, traceId: header('x-trace-id') ?? null });
      replayedAs(c, submitted.ok ? submitted.value.replayed : submitted.error.replayed);
      return submitted.ok ? json(c, submitted.value.value) : problem(c, submitted.error);
    },
  );
  mount(
    app,
    {
      ...shared,
      method: 'get',
      path: '/api/v1/jobs',
      summary: 'Jobs, newest first',
      query: ListQuery.extend({
        state: z.enum(JOB_STATES).optional().meta({ description: 'only those; FAILED lists FAILED_FATAL, too' }),
        topic: text(256).optional().meta({ description: 'a topic, or a pattern with `*` and `?`' }),
        trace_id: text(256).optional().meta({ description: 'only those of this trace' }),
        workflow_id: text(256).optional().meta({ description: 'only those of this workflow' }),
      }),
      ok: { schema: page(JobRecord) },
    },
    async ({ c, deps, caller, query }) => {
      const { state = null, topic = null, trace_id: traceId = null, workflow_id: workflowId = null } = query;
      const filter = { state, topic, traceId, workflowId };
      const list = { what: 'list', filter, before: placeOf(query.cursor), limit: query.limit } as const;
      return reply(c, await ask(deps, caller, { kind: 'jobs', query: list }));
    },
  );
  for (const [path, what] of [
    ['/api/v1/jobs/{job_id}', 'one'],
    ['/api/v1/jobs/{job_id}/decisions', 'decisions'],
  ] as const) {
    mount(
      app,
      {
        ...shared,
        method: 'get',
        path,
        summary: what === 'one' ? 'One job' : 'What the policy said of a job, oldest first',
        ok: {
          schema:
            what === 'one'
              ? JobDetail
              : z.looseObject({
                  items: z.array(z.looseObject({ decision: z.string(), phase: z.string(), receipt_id: z.string() })),
                }),
        },
        problems: ['not_found'],
      },
      async ({ c, deps, caller, param }) =>
        reply(c, await ask(deps, caller, { kind: 'jobs', query: { what, id: param('job_id') } })),
    );
  }
  mount(
    app,
    {
      ...shared,
      method: 'post',
      path: '/api/v1/jobs/{job_id}/cancel',
      summary: 'Cancel a job and those that it began; who was asked about it need not answer',
      body: z.strictObject({ reason: text(1_000).optional() }),
      ok: { schema: z.looseObject({ id: z.string(), state: z.string() }) },
      problems: ['not_found'],
    },
    async ({ c, deps, caller, param, body }) =>
      reply(c, await cancelJob(deps, caller, param('job_id'), body.reason ?? null)),
  );
  mount(
    app,
    {
      ...shared,
      method: 'get',
      path: '/api/v1/dlq/page',
      summary: 'Jobs that came to nothing, newest first',
      query: ListQuery,
      ok: { schema: page(DeadLetter) },
    },
    async ({ c, deps, caller, query }) => {
      const dead = { what: 'dead', before: placeOf(query.cursor), limit: query.limit } as const;
      return reply(c, await ask(deps, caller, { kind: 'jobs', query: dead }));
    },
  );
  mount(
    app,
    {
      ...shared,
      method: 'get',
      path: '/api/v1/dlq',
      summary: 'The newest jobs that came to nothing, as a bare list',
      query: ListQuery.pick({ limit: true }),
      ok: { schema: z.array(DeadLetter) },
    },
    async ({ c, deps, caller, query }) => {
      const dead = { what: 'dead', before: null, limit: query.limit } as const;
      const answer = await ask(deps, caller, { kind: 'jobs', query: dead });
      return answer.ok ? json(c, answer.value.items as readonly object[]) : problem(c, answer.error);
    },
  );
  mount(
    app,
    {
      ...shared,
      method: 'get',
      path: '/api/v1/traces/{trace_id}',
      summary: 'The jobs of one trace, oldest first, as a bare list',
      ok: { schema: z.array(JobRecord) },
      problems: ['not_found'],
    },
    async ({ c, deps, caller, param }) => {
      const answer = await ask(deps, caller, { kind: 'jobs', query: { what: 'trace', id: param('trace_id') } });
      return answer.ok ? json(c, answer.value.items as readonly object[]) : problem(c, answer.error);
    },
  );
};
