/** What waits for people, as CAP's clients ask for it (CAP 4.2): the same queue as /wcp/approvals, jobs and all. */
import { z } from 'zod';
import { decisionIdOf } from '../core/approval/approval.ts';
import { PasskeyAssertion } from '../core/approval/passkey.ts';
import type { JsonObject } from '../core/json.ts';
import { Constraints } from '../core/policy/terms.ts';
import { resolveForCap } from '../services/approvals.ts';
import { ask } from '../services/ledger.ts';
import type { App } from './context.ts';
import { json, mount } from './factory.ts';
import { placeOf } from './jobs.ts';
import { problem } from './problem.ts';
import { reply, submitOptions } from './reply.ts';
import { ListQuery } from './schemas.ts';

const Item = z
  .looseObject({
    job_id: z.string(),
    approval_id: z.string(),
    job: z.looseObject({ id: z.string(), topic: z.string() }),
    decision: z.string(),
    cap_decision: z.string(),
    policy_snapshot: z.string(),
    job_hash: z.string(),
    approval_status: z.string(),
    actionability: z.string(),
    expires_ts: z.string(),
  })
  .meta({ id: 'JobApproval' });

const text = z.string().max(1_000);
const Said = z
  .strictObject({
    reason: text.optional(),
    note: text.optional().meta({ description: 'stored with the answer, as `reason` is' }),
    job_hash: z.string().max(256).optional().meta({ description: 'what was shown; another one is refused' }),
    policy_snapshot: z.string().max(256).optional().meta({ description: 'under which it was shown' }),
    passkey: PasskeyAssertion.optional(),
    constraints: Constraints.optional().meta({
      description: 'with an approval: what the job has to keep to, beside what the policy demands; the stricter holds',
    }),
  })
  .meta({ id: 'JobApprovalAnswer' });

const Resolved = z.looseObject({
  job_id: z.string(),
  approval_id: z.string(),
  state: z.string(),
  refreshed: z.boolean(),
  receipt_id: z.string().nullable(),
});

const shared = { tag: 'Approvals', access: 'tenant', words: 'cap' } as const;
const KINDS = { 'cap.require_approval': 'job', 'wcp.hold': 'hold', 'wcp.blast': 'blast' } as const;
const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];

export const mountCapApprovals = (app: App): void => {
  mount(
    app,
    {
      ...shared,
      method: 'get',
      path: '/api/v1/approvals',
      summary: 'What waits, or waited, for people: jobs and routing questions, longest first',
      query: ListQuery.extend({
        kind: z.enum(kinds).optional().meta({ description: 'only these' }),
        include_resolved: z
          .string()
          .max(10)
          .default('true')
          .meta({ description: '`false` or `0`: only what still waits' }),
      }),
      ok: { schema: z.looseObject({ items: z.array(Item), next_cursor: z.string().nullable() }) },
    },
    async ({ c, deps, caller, query }) => {
      const { kind, include_resolved: all, limit } = query;
      const after = placeOf(query.cursor === undefined ? undefined : (decisionIdOf(query.cursor) ?? ''));
      const pendingOnly = all === 'false' || all === '0';
      const page = { kind: kind === undefined ? null : KINDS[kind], pendingOnly, after, limit };
      return reply(c, await ask(deps, caller, { kind: 'jobs', query: { what: 'approvals', page } }));
    },
  );
  mount(
    app,
    {
      ...shared,
      method: 'get',
      path: '/api/v1/approvals/{job_id}/context',
      summary: 'What to look at before answering',
      ok: { schema: z.looseObject({ approval: Item, stale_reasons: z.array(z.string()) }) },
      problems: ['not_found'],
    },
    async ({ c, deps, caller, param }) =>
      reply(c, await ask(deps, caller, { kind: 'jobs', query: { what: 'approval', id: param('job_id') } })),
  );
  for (const verb of ['approve', 'reject'] as const) {
    mount(
      app,
      {
        ...shared,
        method: 'post',
        path: `/api/v1/approvals/{job_id}/${verb}`,
        summary: verb === 'approve' ? 'Let it run' : 'Say no',
        description:
          'By the id of the job or of the approval. An approval binds to the job hash and the policy: if another policy is in force the job is judged anew first, bound to it where it still may run, and else answered with 409.',
        body: Said,
        ok: { schema: Resolved },
        idempotent: true,
        problems: [
          'not_found',
          'self_approval_denied',
          'step_up_required',
          'passkey_required',
          'answer_signature_invalid',
          'approval_already_resolved',
          'approval_expired',
          'approval_invalidated',
          'approval_terminal_job',
          'approval_stale_request',
          'approval_stale_snapshot',
          'policy_unavailable',
        ],
      },
      async ({ c, deps, caller, param, body, bodyText }) => {
        const options = submitOptions(c, caller, bodyText);
        if (!options.ok) return problem(c, options.error);
        const resolve = {
          approvalId: param('job_id'),
          answer: verb === 'approve' ? ('approve' as const) : ('deny' as const),
          reason: body.note ?? body.reason ?? null,
          subjectHash: body.job_hash ?? null,
          policySnapshot: body.policy_snapshot ?? null,
          passkey: body.passkey ?? null,
          constraints: verb === 'approve' ? ((body.constraints ?? null) as JsonObject | null) : null,
        };
        const resolved = await resolveForCap(deps, caller, resolve, options.value);
        if (!resolved.ok) return problem(c, resolved.error);
        if (resolved.value.replayed) c.header('idempotency-replayed', 'true');
        return json(c, resolved.value.value);
      },
    );
  }
};
