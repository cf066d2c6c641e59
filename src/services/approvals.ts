/**
 * Answering for a person (WCP 4.2). What an answer leads to comes back with it: the decision, signed, and the grant
 * where there is one. A question that came to its end before is answered by what it came to.
 */
import type { ApprovalAnswer } from '../core/approval/approval.ts';
import type { PasskeyAssertion } from '../core/approval/passkey.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { SupervisorLevel } from '../core/vocabulary.ts';
import type { Command } from '../tenant/commands.ts';
import { type Caller, counted } from './caller.ts';
import type { Deps } from './deps.ts';
import { type Answer, decisionText } from './hall.ts';
import { ask } from './ledger.ts';
import { change } from './manage.ts';
import { evidenceReceipt } from './receipt.ts';
import { recomputeDecision } from './review.ts';
import { type SubmitOptions, submitOne } from './submit.ts';

export interface Resolve {
  readonly approvalId: string;
  readonly answer: ApprovalAnswer;
  readonly reason: string | null;
  readonly subjectHash: string | null;
  readonly policySnapshot: string | null;
  readonly constraints: JsonObject | null;
  readonly passkey: PasskeyAssertion | null;
}

export const resolveApproval = (
  deps: Deps,
  caller: Caller,
  resolve: Resolve,
  options: SubmitOptions,
): Promise<Result<Answer, Refusal>> =>
  answered(deps, caller, { kind: 'approval.resolve', ...resolve, mayAgree: false }, options);

/** Asks anew what came to nothing because the policy had changed. */
export const reevaluateApproval = (
  deps: Deps,
  caller: Caller,
  approvalId: string,
  options: SubmitOptions,
): Promise<Result<Answer, Refusal>> => answered(deps, caller, { kind: 'approval.reevaluate', approvalId }, options);

/** The same answer in CAP's words (CAP 4.2): of a job the job, and somebody else who said the same is no obstacle. */
export const resolveForCap = async (
  deps: Deps,
  caller: Caller,
  resolve: Resolve,
  options: SubmitOptions,
): Promise<Result<{ readonly value: JsonObject; readonly replayed: boolean }, Refusal>> => {
  const submitted = await submitOne(deps, caller, { kind: 'approval.resolve', ...resolve, mayAgree: true }, options);
  if (!submitted.ok) return submitted;
  const { reply, replayed } = submitted.value;
  if (reply.kind !== 'resolved') return err(refusal('internal_error'));
  const { approval, decided, job, refreshed, record } = reply;
  const resolution = (approval.resolution ?? {}) as JsonObject;
  const by = (resolution.by ?? {}) as JsonObject;
  const receipt = record === null ? null : evidenceReceipt(record, deps.ring);
  const isApproval = resolve.answer === 'approve';
  const told = isApproval ? 'already_approved' : 'already_rejected';
  return ok({
    value: {
      job_id: approval.decision_id ?? null,
      trace_id: approval.correlation_id ?? null,
      approval_id: approval.pending_approval_id ?? null,
      approval_status: approval.state === 'consumed' ? 'approved' : (approval.state ?? null),
      state: job === null ? (approval.state ?? null) : (job.state ?? null),
      ...(record === null && approval.state !== 'pending' ? { status: told } : {}),
      votes_needed: approval.quorum ?? 1,
      votes: ((approval.votes ?? []) as readonly JsonObject[]).length,
      [isApproval ? 'approved_by' : 'rejected_by']: by.id ?? null,
      [isApproval ? 'approved_at' : 'rejected_at']: resolution.at ?? null,
      reason: resolution.reason ?? null,
      policy_snapshot: ((approval.escalation_context ?? {}) as JsonObject).policy_snapshot ?? null,
      refreshed,
      decision: decided === null ? null : (JSON.parse(decisionText(deps, caller, decided, undefined)) as JsonObject),
      receipt_id: receipt?.receipt_id ?? null,
      evidence_receipt: receipt,
    },
    replayed,
  });
};

/** What came of it, for whoever asked: the same receipt and grant as the answer gave. */
export const approvalOutcome = (deps: Deps, caller: Caller, approvalId: string): Promise<Result<Answer, Refusal>> =>
  answered(deps, caller, { kind: 'approval.outcome', approvalId }, {});

const answered = async (
  deps: Deps,
  caller: Caller,
  command: Command & { kind: 'approval.resolve' | 'approval.reevaluate' | 'approval.outcome' },
  options: SubmitOptions,
): Promise<Result<Answer, Refusal>> => {
  const submitted = await submitOne(deps, caller, command, options);
  if (!submitted.ok) return submitted;
  const { reply, replayed, proofs } = submitted.value;
  if (reply.kind !== 'resolved') return err(refusal('internal_error'));
  const { approval, decided, job } = reply;
  const decision = decided === null ? 'null' : decisionText(deps, caller, decided, proofs[0]);
  const beside = job === null ? '' : `,"job":${JSON.stringify(job)}`;
  return ok({ text: `{"approval":${JSON.stringify(approval)},"decision":${decision}${beside}}`, replayed });
};

export const escalateApproval = (
  deps: Deps,
  caller: Caller,
  approvalId: string,
  to: SupervisorLevel,
  reason: string | null,
): Promise<Result<JsonObject, Refusal>> => change(deps, caller, { kind: 'approval.escalate', approvalId, to, reason });

/** With the decision that asked, computed again from the ledger. */
export const oneApproval = async (
  deps: Deps,
  caller: Caller,
  approvalId: string,
): Promise<Result<JsonObject, Refusal>> => {
  const approval = await ask(deps, caller, { kind: 'approval', approvalId });
  if (!approval.ok) return approval;
  if (approval.value.kind === 'job') {
    const job = await ask(deps, counted(caller), {
      kind: 'jobs',
      query: { what: 'one', id: String(approval.value.decision_id) },
    });
    return job.ok ? ok({ ...approval.value, decision: null, job: job.value }) : job;
  }
  const asked = await recomputeDecision(deps, caller, String(approval.value.decision_id));
  return asked.ok ? ok({ ...approval.value, decision: asked.value.decision ?? null }) : asked;
};
