/** An approval as WCP's clients read it (WCP 5.1); times in RFC 3339. */
import type { Actor } from '../caller.ts';
import type { JsonObject } from '../json.ts';
import type { Approval, ApprovalAnswer } from './approval.ts';
import { answerChallenge } from './passkey.ts';

const iso = (micros: number): string => new Date(Math.floor(micros / 1000)).toISOString();
const who = ({ kind, id }: Actor): JsonObject => ({ kind, id });

/** What a passkey signs to say so. */
const challengeOf = ({ subject_hash, policy_hash: policy, expires_at }: Approval, verdict: ApprovalAnswer): string =>
  answerChallenge({ subject_hash, policy, expires_at, verdict });

export const shownApproval = (approval: Approval): JsonObject => ({
  pending_approval_id: approval.approval_id,
  decision_id: approval.decision_id,
  correlation_id: approval.correlation_id,
  kind: approval.kind,
  state: approval.state,
  supervisor_level: approval.level,
  reason: approval.reason,
  quorum: approval.quorum,
  step_up: approval.step_up,
  passkey: approval.passkey,
  requested_by: who(approval.requested_by),
  created_at: iso(approval.created_at),
  approval_expires_at: iso(approval.expires_at),
  escalation: approval.escalation.map(({ at, to }) => ({ at: iso(at), to })),
  subject_hash: approval.subject_hash,
  policy_hash: approval.policy_hash,
  signing_challenges:
    approval.state === 'pending'
      ? { approve: challengeOf(approval, 'approve'), deny: challengeOf(approval, 'deny') }
      : null,
  escalation_context: approval.context,
  votes: approval.votes.map(({ by, reason, at }) => ({ by: who(by), reason, at: iso(at) })),
  resolution: approval.resolution && {
    answer: approval.resolution.answer,
    by: approval.resolution.by && who(approval.resolution.by),
    reason: approval.resolution.reason,
    constraints: approval.resolution.constraints,
    at: iso(approval.resolution.at),
    decision_id: approval.resolution.decision_id,
  },
});
