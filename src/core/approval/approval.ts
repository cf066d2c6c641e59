/**
 * Approvals (WCP 4.2, CAP 4.2): a question that waits for people, and what may become of it. One machine for every
 * protocol. An approval binds to what was shown: the question by its hash, the policy by its content hash.
 *
 * pending → consumed (approved, and dispatched in the same commit) | approved (a person does it, a job may be leased, or
 * a further check asks more people) | rejected | expired | invalidated (something else stood in the way by then, or
 * another policy is in force). Expired is never called rejected.
 */

import type { Actor } from '../caller.ts';
import { canonicalJson } from '../canonical.ts';
import { sha256Hex } from '../hash.ts';
import type { JsonObject } from '../json.ts';
import type { SupervisorLevel } from '../vocabulary.ts';
import type { ApprovalDemand } from './demand.ts';

export type ApprovalState = 'pending' | 'approved' | 'rejected' | 'expired' | 'invalidated' | 'consumed';
export type ApprovalAnswer = 'approve' | 'deny';

export interface Approval extends ApprovalDemand {
  readonly approval_id: string;
  /** `blast`: a denial that a person may still turn; `hold`: a question that waits; `job`: a job that waits. */
  readonly kind: 'hold' | 'blast' | 'job';
  readonly state: ApprovalState;
  /** The decision that asks; of a job, its own id. */
  readonly decision_id: string;
  readonly correlation_id: string | null;
  readonly reason: string;
  readonly subject_hash: string;
  /** Content hash of the policy that was in force, null for none. */
  readonly policy_hash: string | null;
  readonly requested_by: Actor;
  /** Who is behind that credential, as far as is known: nobody answers what they asked with another key. */
  readonly requested_person: string;
  /** Microseconds since the epoch, as all times here. */
  readonly created_at: number;
  readonly expires_at: number;
  /** Who is asked when nobody has answered by then; in order of time, those that have passed left out. */
  readonly escalation: readonly Escalation[];
  /** Those who said yes while more of them were needed. */
  readonly votes: readonly Vote[];
  readonly context: JsonObject;
  readonly resolution: Resolution | null;
}

export interface Escalation {
  readonly at: number;
  readonly to: SupervisorLevel;
}

export interface Vote {
  readonly by: Actor;
  readonly person: string;
  readonly reason: string | null;
  readonly constraints: JsonObject | null;
  readonly at: number;
}

export interface Resolution {
  readonly answer: ApprovalAnswer | null;
  readonly by: Actor | null;
  readonly reason: string | null;
  /** What the yes was tied to, beside what the policy demands; null: nothing. */
  readonly constraints: JsonObject | null;
  readonly at: number;
  /** The decision that came of it; null where none did. */
  readonly decision_id: string | null;
}

const UNASKED = { quorum: 1, passkey: false, escalation: [], votes: [] } as const;
type Later = keyof typeof UNASKED | 'requested_person';

/** As it is stored. What an approval of an earlier version does not have, nobody had asked for. */
export const storedApproval = (text: string): Approval => {
  const stored = JSON.parse(text) as Omit<Approval, Later> & Partial<Pick<Approval, Later>>;
  return { ...UNASKED, requested_person: stored.requested_by.id, ...stored };
};

/** One id for a question and its approval: either finds the other. */
export const approvalIdOf = (decisionId: string): string => `apr_${decisionId}`;
export const decisionIdOf = (approvalId: string): string | null =>
  approvalId.startsWith('apr_') ? approvalId.slice('apr_'.length) : null;

/** What the person is shown and says yes to. */
export const subjectHash = (subject: JsonObject): string => sha256Hex(canonicalJson(subject));

/** When the alarm has to look at it: somebody else is to be asked, or its time is over. */
export const dueAt = ({ escalation, expires_at }: Approval): number =>
  Math.min(expires_at, escalation[0]?.at ?? expires_at);
