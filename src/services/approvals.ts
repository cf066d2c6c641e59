/**
 * Answering for a person (WCP 4.2). What an answer leads to comes back with it: the decision, signed, and the grant
 * where there is one. A question that came to its end before is answered by what it came to.
 */
import type { ApprovalAnswer } from '../core/approval/approval.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { SupervisorLevel } from '../core/vocabulary.ts';
import type { Command } from '../tenant/commands.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { type Answer, decisionText } from './hall.ts';
import { ask } from './ledger.ts';
import { change } from './manage.ts';
import { recomputeDecision } from './review.ts';
import { type SubmitOptions, submitOne } from './submit.ts';

export interface Resolve {
  readonly approvalId: string;
  readonly answer: ApprovalAnswer;
  readonly reason: string | null;
  readonly subjectHash: string | null;
  readonly policyHash: string | null;
  readonly constraints: JsonObject | null;
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

const answered = async (
  deps: Deps,
  caller: Caller,
  command: Command & { kind: 'approval.resolve' | 'approval.reevaluate' },
  options: SubmitOptions,
): Promise<Result<Answer, Refusal>> => {
  const submitted = await submitOne(deps, caller, command, options);
  if (!submitted.ok) return submitted;
  const { reply, replayed, proofs } = submitted.value;
  if (reply.kind !== 'resolved') return err(refusal('internal_error'));
  const { approval, decided } = reply;
  const decision = decided === null ? 'null' : decisionText(deps, caller, decided, proofs[0]);
  return ok({ text: `{"approval":${JSON.stringify(approval)},"decision":${decision}}`, replayed });
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
  const asked = await recomputeDecision(deps, caller, String(approval.value.decision_id));
  return asked.ok ? ok({ ...approval.value, decision: asked.value.decision ?? null }) : asked;
};
