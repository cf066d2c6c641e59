/**
 * The bodies of the entries about an approval (FORMATS 13): what was asked of whom, what each of them said, what came of
 * it. Every body names the approval, the decision that asked, and by hash what was shown.
 */
import type { JsonObject } from '../json.ts';
import type { Refusal } from '../refusal.ts';
import type { SupervisorLevel } from '../vocabulary.ts';
import type { Approval } from './approval.ts';
import type { Answer } from './judge.ts';

const about = ({ approval_id, decision_id, expires_at, policy_hash, subject_hash }: Approval): JsonObject => ({
  approval_id,
  decision_id,
  expires_at,
  policy: policy_hash,
  subject_hash,
});

/** `hold`, `blast`: of a question to the Hall. A job's have CAP's names. */
export const requestedType = ({ kind }: Approval): string =>
  kind === 'job' ? 'cap.approval_requested' : 'wcp.approval.requested';
export const endedType = ({ kind }: Approval, how: 'approved' | 'rejected' | 'expired' | 'invalidated'): string =>
  kind === 'job' ? 'cap.approval_resolved' : `wcp.approval.${how}`;
export const VOTED = 'wcp.approval.voted';
export const ESCALATED = 'wcp.approval.escalated';
/** An answer that was none: to one's own question, or to something else than was shown. */
export const REFUSED = 'wcp.approval.refused';
/** The same question under another policy than the one that held it, and still one to be asked. */
export const REFRESHED = 'cap.approval_refreshed';

export const requestedBody = (approval: Approval): JsonObject => ({
  ...about(approval),
  escalation: approval.escalation.map(({ at, to }) => ({ at, to })),
  kind: approval.kind,
  level: approval.level,
  passkey: approval.passkey,
  quorum: approval.quorum,
  reason: approval.reason,
  step_up: approval.step_up,
});

/** `approval` with the vote in it. */
export const votedBody = (approval: Approval, said: Answer): JsonObject => ({
  ...about(approval),
  ...tied(said.constraints),
  ...signedWith(said),
  needed: approval.quorum,
  reason: said.reason,
  verdict: said.answer,
  votes: approval.votes.length,
});

/** `ended` in its final state; `said` null where nobody said anything. */
export const endedBody = (ended: Approval, said: Answer | null): JsonObject => ({
  ...about(ended),
  ...tied(ended.resolution?.constraints ?? null),
  ...signedWith(said),
  outcome_decision_id: ended.resolution?.decision_id ?? null,
  reason: said?.reason ?? null,
  state: ended.state,
  verdict: said?.answer ?? null,
});

export const escalatedBody = (approval: Approval, to: SupervisorLevel, reason: string | null): JsonObject => ({
  ...about(approval),
  from: approval.level,
  reason,
  to,
});

export const refusedBody = (approval: Approval, said: Answer, { code }: Refusal): JsonObject => ({
  ...about(approval),
  code,
  said_subject_hash: said.subjectHash,
  verdict: said.answer,
});

const tied = (constraints: JsonObject | null): JsonObject => (constraints === null ? {} : { constraints });

/** The signature, with all that it takes to check it. */
const signedWith = (said: Answer | null): JsonObject => (said?.signed == null ? {} : { passkey: { ...said.signed } });
