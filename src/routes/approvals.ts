/** What waits for a person, and their answers (WCP 5.1). */
import { z } from 'zod';
import { decisionIdOf } from '../core/approval/approval.ts';
import { PasskeyAssertion } from '../core/approval/passkey.ts';
import { RouteDecisionSchema } from '../core/hall/schemas.ts';
import { seqOfId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { Constraints } from '../core/policy/terms.ts';
import { refusal } from '../core/refusal.ts';
import {
  approvalOutcome,
  escalateApproval,
  oneApproval,
  reevaluateApproval,
  resolveApproval,
} from '../services/approvals.ts';
import { ask } from '../services/ledger.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply, replyText, submitOptions } from './reply.ts';
import { ListQuery } from './schemas.ts';

const Id = z.string().min(1).max(64);
const Reason = z.string().min(1).max(1_000);

const ApprovalShown = z
  .looseObject({
    pending_approval_id: z.string(),
    decision_id: z.string(),
    state: z.enum(['pending', 'approved', 'rejected', 'expired', 'invalidated', 'consumed']),
    supervisor_level: z.string(),
    quorum: z.int(),
    reason: z.string(),
    requested_by: z.looseObject({ kind: z.string(), id: z.string() }),
    created_at: z.string(),
    approval_expires_at: z.string(),
    subject_hash: z.string(),
    escalation_context: z.looseObject({}),
  })
  .meta({ id: 'Approval' });

const Resolve = z
  .strictObject({
    pending_approval_id: Id,
    decision: z.enum(['approve', 'deny', 'escalate']),
    reason: Reason.optional().meta({ description: 'needed to deny' }),
    subject_hash: z
      .string()
      .optional()
      .meta({ description: 'what was shown; another one is refused with approval_stale_request' }),
    passkey: PasskeyAssertion.optional(),
    constraints: Constraints.optional().meta({
      description: 'with approve: what the dispatch has to keep to, beside what the policy demands; the stricter holds',
    }),
  })
  .meta({ id: 'ApprovalAnswer' });

const Escalate = z
  .strictObject({
    pending_approval_id: Id,
    to_level: z.enum(['executor', 'incident_commander']).default('incident_commander'),
    reason: Reason.optional(),
  })
  .meta({ id: 'ApprovalEscalation' });

/** Cursors are ids: the last twelve digits are a place. */
const seqOfApproval = (cursor: string | undefined): number | null =>
  cursor === undefined ? null : (seqOfId(decisionIdOf(cursor) ?? '') ?? 0);

const shared = { tag: 'Approvals', access: 'tenant' } as const;
const ANSWERED = ['not_found', 'approval_already_resolved', 'approval_expired'] as const;

export const mountApprovals = (app: App): void => {
  mount(
    app,
    {
      ...shared,
      method: 'get',
      path: '/wcp/approvals/pending',
      summary: 'What waits for a person, longest first',
      query: ListQuery,
      ok: {
        schema: z.looseObject({
          approvals: z.array(ApprovalShown),
          count: z.int(),
          next_cursor: z.string().nullable(),
        }),
      },
    },
    async ({ c, deps, caller, query }) =>
      reply(
        c,
        await ask(deps, caller, {
          kind: 'approvals',
          page: { kind: null, pendingOnly: true, after: seqOfApproval(query.cursor), limit: query.limit },
        }),
      ),
  );
  mount(
    app,
    {
      ...shared,
      method: 'get',
      path: '/wcp/approvals/{approval_id}',
      summary: 'One approval, with the decision that asks for it',
      ok: { schema: ApprovalShown.extend({ decision: RouteDecisionSchema.nullable() }) },
      problems: ['not_found'],
    },
    async ({ c, deps, caller, param }) => reply(c, await oneApproval(deps, caller, param('approval_id'))),
  );
  mount(
    app,
    {
      ...shared,
      method: 'get',
      path: '/wcp/approvals/{approval_id}/outcome',
      summary: 'What came of a question that was held, for whoever asked it',
      description:
        'By the credential that asked, or another one of the same person. While it waits `decision` is null; once it is approved, `decision` is the dispatch, with its grant and receipt. A grant is good for as long after the answer as it is after any decision.',
      ok: { schema: z.looseObject({ approval: ApprovalShown, decision: RouteDecisionSchema.nullable() }) },
      problems: ['not_found'],
    },
    async ({ c, deps, caller, param }) => replyText(c, await approvalOutcome(deps, caller, param('approval_id'))),
  );
  mount(
    app,
    {
      ...shared,
      method: 'post',
      path: '/wcp/approvals/resolve',
      summary: 'Answer for a person: approve, deny or escalate',
      description:
        'Approving decides the question anew on what is known now and, where nothing else stands in the way, dispatches it in the same commit: `decision` carries the grant. Nobody answers what they asked for.',
      body: Resolve,
      ok: { schema: z.looseObject({ approval: ApprovalShown, decision: RouteDecisionSchema.nullable().optional() }) },
      idempotent: true,
      problems: [
        ...ANSWERED,
        'self_approval_denied',
        'step_up_required',
        'passkey_required',
        'answer_signature_invalid',
        'approval_invalidated',
        'approval_stale_request',
        'escalation_not_upward',
      ],
    },
    async ({ c, deps, caller, body, bodyText }) => {
      const { pending_approval_id: approvalId, decision, reason = null } = body;
      if (decision === 'escalate') {
        return reply(c, await escalateApproval(deps, caller, approvalId, 'incident_commander', reason));
      }
      if (decision === 'deny' && reason === null) {
        const message = 'whoever denies says why';
        return problem(c, refusal('invalid_body', `reason: ${message}`, [{ field: '/reason', message }]));
      }
      const options = submitOptions(c, caller, bodyText);
      if (!options.ok) return problem(c, options.error);
      if (decision === 'deny' && body.constraints !== undefined) {
        const message = 'a no is tied to nothing';
        return problem(c, refusal('invalid_body', `constraints: ${message}`, [{ field: '/constraints', message }]));
      }
      const resolve = {
        approvalId,
        answer: decision,
        reason,
        subjectHash: body.subject_hash ?? null,
        policySnapshot: null,
        passkey: body.passkey ?? null,
        constraints: (body.constraints ?? null) as JsonObject | null,
      };
      return replyText(c, await resolveApproval(deps, caller, resolve, options.value));
    },
  );
  mount(
    app,
    {
      ...shared,
      method: 'post',
      path: '/wcp/approvals/{approval_id}/reevaluate',
      summary: 'Ask a question anew that was held under another policy',
      description:
        'Of an approval that a change of policy made void. The question is decided under what is in force now, as whoever asked it: it may be dispatched, denied, or held again with a new approval.',
      ok: { schema: z.looseObject({ approval: ApprovalShown, decision: RouteDecisionSchema }) },
      idempotent: true,
      problems: ['not_found', 'approval_not_actionable'],
    },
    async ({ c, deps, caller, param, bodyText }) => {
      const options = submitOptions(c, caller, bodyText);
      if (!options.ok) return problem(c, options.error);
      return replyText(c, await reevaluateApproval(deps, caller, param('approval_id'), options.value));
    },
  );
  mount(
    app,
    {
      ...shared,
      method: 'post',
      path: '/wcp/approvals/escalate',
      summary: 'Ask for a higher level; only upward',
      description:
        'At `incident_commander` a person has the correlation id in hand: every question that bears it waits.',
      body: Escalate,
      ok: { schema: z.looseObject({ approval: ApprovalShown }) },
      problems: [...ANSWERED, 'escalation_not_upward'],
    },
    async ({ c, deps, caller, body }) =>
      reply(c, await escalateApproval(deps, caller, body.pending_approval_id, body.to_level, body.reason ?? null)),
  );
};
