/**
 * Whether an answer is one (CAP 4.2, in its order; WCP 4.2). What a repeat, a latecomer or a stranger says changes
 * nothing; what is said of something else than was shown is refused, and recorded as tried.
 */
import type { Actor } from '../caller.ts';
import type { JsonObject } from '../json.ts';
import { type Refusal, refusal } from '../refusal.ts';
import { err, ok, type Result } from '../result.ts';
import type { SupervisorLevel } from '../vocabulary.ts';
import type { Approval, ApprovalAnswer } from './approval.ts';
import { rankOf } from './demand.ts';
import { answerChallenge, assertionFault, type SignedWith } from './passkey.ts';

export interface Answer {
  readonly answer: ApprovalAnswer;
  readonly by: Actor;
  readonly person: string;
  /** As far as this credential may stand in for a supervisor. */
  readonly level: SupervisorLevel;
  readonly reason: string | null;
  /** What the person saw: the hash of the subject; the policy by its hash, snapshot or version. Null: not said. */
  readonly subjectHash: string | null;
  readonly policySnapshot: string | null;
  /** To which the yes is tied; null: to nothing more. */
  readonly constraints: JsonObject | null;
  /** When the person last proved who it is, microseconds; null for a credential that no person types. */
  readonly freshAt: number | null;
  /** What the person signed, with the key that is registered for them; null: nothing. */
  readonly signed: SignedWith | null;
}

/**
 * `vote`: a yes, and more of them are needed. `repeat`: the same person said the same before. `agreed`: somebody else
 * did. `late`: its time ran out before anybody noticed. `policy_changed`: another one is in force than was shown.
 */
export type Judged = 'resolve' | 'vote' | 'repeat' | 'agreed' | 'late' | 'policy_changed';

/** How long ago somebody may have signed in, and still be taken for who is there. */
export const FRESH_MICROS = 300_000_000;

/** Refusals that are recorded: somebody tried what nobody may. */
export const isAttempt = ({ code }: Refusal): boolean =>
  code === 'self_approval_denied' || code === 'approval_stale_request' || code === 'answer_signature_invalid';

const isMachine = ({ kind }: Actor): boolean => kind === 'agent' || kind === 'worker';

export function judgeAnswer(
  approval: Approval,
  said: Answer,
  now: number,
  policyHash: string | null,
): Result<Judged, Refusal> {
  const { state, resolution, votes } = approval;
  if (isMachine(said.by)) return err(refusal('insufficient_scope', 'a machine answers for nobody'));
  if (said.person === approval.requested_person) {
    const why =
      'you asked for this, or a key that you made did: somebody else answers, with a key or an account of theirs';
    return err(refusal('self_approval_denied', why));
  }
  if (said.subjectHash !== null && said.subjectHash !== approval.subject_hash) {
    return err(refusal('approval_stale_request'));
  }
  if (state !== 'pending') {
    const cameToSomething = state !== 'invalidated' || resolution?.decision_id != null;
    if (resolution?.answer === said.answer && cameToSomething) {
      const own = resolution.by?.kind === said.by.kind && resolution.by.id === said.by.id;
      return ok(own || votes.some(({ person }) => person === said.person) ? 'repeat' : 'agreed');
    }
    if (state === 'expired') return err(refusal('approval_expired'));
    if (state !== 'invalidated') return err(refusal('approval_already_resolved'));
    return err(refusal(approval.kind === 'job' ? 'approval_terminal_job' : 'approval_invalidated'));
  }
  if (now >= approval.expires_at) return ok('late');
  if (rankOf(said.level) < rankOf(approval.level)) {
    return err(refusal('insufficient_scope', `this waits for the level ${approval.level}`));
  }
  if (said.policySnapshot !== null && !isBoundTo(approval, said.policySnapshot)) {
    return err(refusal('approval_stale_snapshot'));
  }
  const fault = said.signed === null ? null : signatureFault(approval, said.answer, said.signed);
  if (fault !== null) return err(refusal('answer_signature_invalid', fault));
  if (said.answer === 'deny') return ok('resolve');
  if (votes.some(({ person }) => person === said.person)) return ok('repeat');
  if (approval.passkey && said.signed === null) return err(refusal('passkey_required'));
  if (approval.step_up && said.signed === null && (said.freshAt === null || now - said.freshAt > FRESH_MICROS)) {
    return err(refusal('step_up_required'));
  }
  if (policyHash !== approval.policy_hash) return ok('policy_changed');
  return ok(votes.length + 1 < approval.quorum ? 'vote' : 'resolve');
}

const signatureFault = (
  { subject_hash, policy_hash: policy, expires_at }: Approval,
  verdict: ApprovalAnswer,
  signed: SignedWith,
): string | null => assertionFault(signed, signed, answerChallenge({ subject_hash, policy, expires_at, verdict }));

const isBoundTo = ({ policy_hash, context }: Approval, policy: string): boolean =>
  [policy_hash, context.policy_snapshot, context.policy_version].includes(policy);

/** Only upward: whoever was asked may call for more help, never wave it away. */
export function judgeEscalation(approval: Approval, to: SupervisorLevel, now: number): Result<null, Refusal> {
  if (approval.state !== 'pending') return err(refusal('approval_already_resolved'));
  if (now >= approval.expires_at) return err(refusal('approval_expired'));
  return rankOf(to) > rankOf(approval.level) ? ok(null) : err(refusal('escalation_not_upward'));
}
