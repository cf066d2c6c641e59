/**
 * Approvals (WCP 4.2): a question that waits for a person, and what may become of it. One machine for every protocol.
 * An approval binds to what was shown: the question by its hashes, the policy by its content hash.
 *
 * pending → consumed (approved, and dispatched in the same commit) | approved (a person does it) | rejected | expired |
 * invalidated (approved, and something else stood in the way by then). Expired is never called rejected.
 */

import type { Actor } from './caller.ts';
import { canonicalJson } from './canonical.ts';
import { sha256Hex } from './hash.ts';
import type { JsonObject } from './json.ts';
import { type Refusal, refusal } from './refusal.ts';
import { err, ok, type Result } from './result.ts';
import { SUPERVISOR_LEVELS, type SupervisorLevel } from './vocabulary.ts';

export type ApprovalState = 'pending' | 'approved' | 'rejected' | 'expired' | 'invalidated' | 'consumed';
export type ApprovalAnswer = 'approve' | 'deny';

export interface Approval {
  readonly approval_id: string;
  /** `blast`: a denial that a person may still turn; `hold`: a question that waits. */
  readonly kind: 'hold' | 'blast';
  readonly state: ApprovalState;
  readonly decision_id: string;
  readonly correlation_id: string | null;
  readonly level: SupervisorLevel;
  readonly reason: string;
  /** The approver has to have signed in anew. */
  readonly step_up: boolean;
  readonly subject_hash: string;
  /** Content hash of the policy that was in force, null for none. */
  readonly policy_hash: string | null;
  readonly requested_by: Actor;
  /** Microseconds since the epoch, as all times here. */
  readonly created_at: number;
  readonly expires_at: number;
  readonly context: JsonObject;
  readonly resolution: Resolution | null;
}

export interface Resolution {
  readonly answer: ApprovalAnswer | null;
  readonly by: Actor | null;
  readonly reason: string | null;
  readonly at: number;
  /** The decision that came of it; null where none did. */
  readonly decision_id: string | null;
}

/** One id for a question and its approval: either finds the other. */
export const approvalIdOf = (decisionId: string): string => `apr_${decisionId}`;
export const decisionIdOf = (approvalId: string): string | null =>
  approvalId.startsWith('apr_') ? approvalId.slice('apr_'.length) : null;

/** What the person is shown and says yes to. */
export const subjectHash = (subject: JsonObject): string => sha256Hex(canonicalJson(subject));

export interface Answer {
  readonly answer: ApprovalAnswer;
  readonly by: Actor;
  readonly reason: string | null;
  /** The hash that the person saw; null: not said. */
  readonly subjectHash: string | null;
  /** When the person last proved who it is, microseconds; null for a credential that no person types. */
  readonly freshAt: number | null;
}

/** `repeat`: the same person said the same before. `late`: its time ran out before anybody noticed. */
export type Judged = 'resolve' | 'repeat' | 'late' | 'policy_changed';

const FRESH_MICROS = 300_000_000;

const samePerson = (a: Actor, b: Actor | null): boolean => b !== null && a.kind === b.kind && a.id === b.id;

export function judgeAnswer(
  approval: Approval,
  said: Answer,
  now: number,
  policyHash: string | null,
): Result<Judged, Refusal> {
  const { state, resolution } = approval;
  if (samePerson(said.by, approval.requested_by)) return err(refusal('self_approval_denied'));
  if (state !== 'pending') {
    if (resolution?.answer === said.answer && samePerson(said.by, resolution.by)) return ok('repeat');
    if (state === 'expired') return err(refusal('approval_expired'));
    return err(refusal(state === 'invalidated' ? 'approval_invalidated' : 'approval_already_resolved'));
  }
  if (now >= approval.expires_at) return ok('late');
  if (said.subjectHash !== null && said.subjectHash !== approval.subject_hash) return err(refusal('approval_stale'));
  if (said.answer === 'deny') return ok('resolve');
  if (approval.step_up && (said.freshAt === null || now - said.freshAt > FRESH_MICROS)) {
    return err(refusal('step_up_required'));
  }
  return ok(policyHash === approval.policy_hash ? 'resolve' : 'policy_changed');
}

/** Only upward: whoever was asked may call for more help, never wave it away. */
export function judgeEscalation(approval: Approval, to: SupervisorLevel, now: number): Result<null, Refusal> {
  if (approval.state !== 'pending') return err(refusal('approval_already_resolved'));
  if (now >= approval.expires_at) return err(refusal('approval_expired'));
  const rank = (level: SupervisorLevel): number => SUPERVISOR_LEVELS.indexOf(level);
  return rank(to) > rank(approval.level) ? ok(null) : err(refusal('escalation_not_upward'));
}
