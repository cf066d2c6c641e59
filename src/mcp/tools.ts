/**
 * The tools of `/mcp`: few, and the same few however many workers are enrolled, so that what they cost an agent's context
 * is constant. Each reads its arguments and calls the verb that the HTTP route calls; what may be done is judged there.
 */
import { z } from 'zod';
import { decisionIdOf } from '../core/approval/approval.ts';
import { canonicalJson } from '../core/canonical.ts';
import { fieldErrors, safeRead } from '../core/field-errors.ts';
import { RouteInputSchema } from '../core/hall/schemas.ts';
import { seqOfId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { Constraints } from '../core/policy/terms.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { escalateApproval, resolveApproval } from '../services/approvals.ts';
import type { Caller } from '../services/caller.ts';
import type { Deps } from '../services/deps.ts';
import { finishDispatch } from '../services/dispatches.ts';
import { route } from '../services/hall.ts';
import { idempotencyOfKey } from '../services/idempotency.ts';
import { ask } from '../services/ledger.ts';
import { checkReceipt } from '../services/receipt-check.ts';
import { type Said, shownApproval, shownCapability, shownDecision } from './shown.ts';

export interface ToolCall {
  readonly deps: Deps;
  readonly caller: Caller;
}

type Ran = Promise<Result<Said, Refusal>>;

export interface Tool {
  /** With dots; callable with underscores as well. */
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodType;
  readonly run: (call: ToolCall, sent: JsonObject) => Ran;
}

const said = (result: Result<JsonObject, Refusal>): Result<Said, Refusal> =>
  result.ok ? ok({ value: result.value }) : result;

/** `judge` reads the arguments as the schema says; else they are refused, field by field. */
const tool = <S extends z.ZodType>(
  name: string,
  description: string,
  schema: S,
  run: (call: ToolCall, asked: z.output<S>) => Ran,
): Tool => ({
  name,
  description,
  schema,
  run: async (call, sent) => {
    const read = safeRead(schema, sent);
    if (read.success) return run(call, read.data);
    const errors = fieldErrors(read.error);
    return err(refusal('invalid_parameter', errors[0] && `${errors[0].field}: ${errors[0].message}`, errors));
  },
});

const approvalId = z.string().min(1).max(64);
const why = z.string().min(1).max(1_000);

const search = tool(
  'wcp.capabilities.search',
  'Find capability ids that enrolled workers offer.',
  z.strictObject({
    query: z.string().max(256).optional().meta({ description: 'part of an id' }),
    limit: z.int().min(1).max(50).default(10),
    cursor: z.string().max(300).optional(),
  }),
  async ({ deps, caller }, { query, limit, cursor }) => {
    const found = await ask(deps, caller, {
      kind: 'capabilities',
      search: query ?? null,
      after: cursor ?? null,
      limit,
    });
    if (!found.ok) return found;
    const { capabilities, next_cursor } = found.value as unknown as {
      readonly capabilities: readonly JsonObject[];
      readonly next_cursor: string | null;
    };
    return ok({ value: { capabilities: capabilities.map(shownCapability), next_cursor } });
  },
);

/** What is wrong with a question is decided, too: nothing of it is judged here. */
const { shape } = RouteInputSchema;
const request: Tool = {
  name: 'wcp.capability.request',
  description:
    'Ask to run a capability. Run it only on DISPATCH, by that worker, with the grant. On STEWARD_HOLD a person decides.',
  schema: z.looseObject({
    capability_id: z.string(),
    env: shape.env.meta({ description: '' }),
    data_label: shape.data_label.meta({ description: '' }),
    tenant_risk: shape.tenant_risk.meta({ description: '' }),
    qos_class: shape.qos_class,
    tenant_id: z.string(),
    correlation_id: z.string().optional(),
    request: z.looseObject({}).optional().meta({ description: 'payload; only its hash is kept' }),
    dry_run: z.boolean().optional(),
    idempotency_key: z.string().optional().meta({ description: 'to ask again after no answer came' }),
  }),
  run: async ({ deps, caller }, { idempotency_key: key, ...sent }) => {
    const named = key === undefined ? ok(null) : idempotencyOfKey(caller.credential, String(key), canonicalJson(sent));
    if (!named.ok) return named;
    const answer = await route(deps, caller, sent, { idempotency: named.value });
    return answer.ok ? ok(shownDecision(JSON.parse(answer.value.text) as JsonObject)) : answer;
  },
};

const Report = z.strictObject({
  decision_id: z.string().min(1).max(64),
  outcome: z.enum(['completed', 'failed']),
  result_hash: z
    .string()
    .regex(/^(?:sha256:)?[0-9a-fA-F]{64}$/)
    .optional(),
  result_ptr: z.string().max(1_024).optional(),
  error_code: z.string().min(1).max(128).optional(),
  message: z.string().max(1_024).optional(),
});

const report = tool(
  'wcp.outcome.report',
  'Record what came of a dispatch. A failure needs error_code.',
  Report,
  async ({ deps, caller }, { decision_id, outcome, ...rest }) => {
    if (outcome === 'failed' && rest.error_code === undefined) {
      const message = 'a failure says which';
      return err(refusal('invalid_parameter', `/error_code: ${message}`, [{ field: '/error_code', message }]));
    }
    const detail = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    const finished = await finishDispatch(deps, caller, decision_id, outcome, detail as JsonObject);
    if (!finished.ok) return finished;
    const { receipt_id, receipt_hash } = finished.value.evidence_receipt as JsonObject;
    return ok({ value: { decision_id, outcome, receipt_id: receipt_id ?? null, receipt_hash: receipt_hash ?? null } });
  },
);

const list = tool(
  'wcp.approvals.list',
  'What waits for a person, longest first.',
  z.strictObject({ limit: z.int().min(1).max(50).default(10), cursor: z.string().max(300).optional() }),
  async ({ deps, caller }, { limit, cursor }) => {
    const after = cursor === undefined ? null : (seqOfId(decisionIdOf(cursor) ?? '') ?? 0);
    const page = { kind: null, pendingOnly: true, after, limit };
    const waiting = await ask(deps, caller, { kind: 'approvals', page });
    if (!waiting.ok) return waiting;
    const { approvals, next_cursor } = waiting.value as unknown as {
      readonly approvals: readonly JsonObject[];
      readonly next_cursor: string | null;
    };
    return ok({ value: { approvals: approvals.map(shownApproval), next_cursor } });
  },
);

/** What a yes is tied to; the whole schema would cost every agent its tokens, so it is judged here. */
const tiedTo = (decision: 'approve' | 'deny', constraints: object | undefined): Result<JsonObject | null, Refusal> => {
  if (constraints === undefined) return ok(null);
  const read = safeRead(Constraints, constraints);
  const errors = read.success ? [] : fieldErrors(read.error);
  const wrong = decision === 'deny' ? 'a no is tied to nothing' : errors[0]?.message;
  if (wrong === undefined && read.success) return ok(read.data as JsonObject);
  const field = `/constraints${errors[0]?.field ?? ''}`;
  return err(refusal('invalid_parameter', `${field}: ${String(wrong)}`, [{ field, message: String(wrong) }]));
};

const resolve = tool(
  'wcp.approval.resolve',
  'Answer for a person; denying needs a reason.',
  z.strictObject({
    pending_approval_id: approvalId,
    decision: z.enum(['approve', 'deny', 'escalate']),
    reason: why.optional(),
    subject_hash: z.string().optional().meta({ description: 'as listed: refused if it changed' }),
    constraints: z.looseObject({}).optional().meta({ description: 'tie a yes to them: {budgets: {max_runtime_ms}}' }),
  }),
  async ({ deps, caller }, { pending_approval_id, decision, reason = null, subject_hash, constraints }) => {
    if (decision === 'escalate') {
      return said(await escalateApproval(deps, caller, pending_approval_id, 'incident_commander', reason));
    }
    if (decision === 'deny' && reason === null) {
      const message = 'whoever denies says why';
      return err(refusal('invalid_parameter', `/reason: ${message}`, [{ field: '/reason', message }]));
    }
    const tied = tiedTo(decision, constraints);
    if (!tied.ok) return tied;
    const answered = await resolveApproval(
      deps,
      caller,
      {
        approvalId: pending_approval_id,
        answer: decision,
        reason,
        subjectHash: subject_hash ?? null,
        policySnapshot: null,
        passkey: null,
        constraints: tied.value,
      },
      {},
    );
    if (!answered.ok) return answered;
    const { approval, decision: decided } = JSON.parse(answered.value.text) as {
      readonly approval: JsonObject;
      readonly decision: JsonObject | null;
    };
    // A denial is what was asked for: the answer itself did not fail.
    const came = decided === null ? null : shownDecision(decided).value;
    return ok({ value: { approval: shownApproval(approval), decision: came } });
  },
);

const escalate = tool(
  'wcp.approval.escalate',
  'Ask for a higher level.',
  z.strictObject({
    pending_approval_id: approvalId,
    to_level: z.enum(['executor', 'incident_commander']).default('incident_commander'),
    reason: why.optional(),
  }),
  async ({ deps, caller }, { pending_approval_id, to_level, reason }) => {
    const raised = await escalateApproval(deps, caller, pending_approval_id, to_level, reason ?? null);
    return raised.ok ? ok({ value: { approval: shownApproval(raised.value.approval as JsonObject) } }) : raised;
  },
);

const verify = tool(
  'wcp.receipt.verify',
  'Check a receipt: hash, signature, place in the log.',
  z.strictObject({ receipt_id: z.string().min(1).max(64) }),
  async ({ deps, caller }, { receipt_id }) => said(await checkReceipt(deps, caller, receipt_id)),
);

export const TOOLS: readonly Tool[] = [search, request, report, list, resolve, escalate, verify];
