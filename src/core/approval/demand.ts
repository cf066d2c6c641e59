/**
 * How strong a yes has to be: whose, how many, how given. A question may be held twice, at the gate and by a profile;
 * a yes serves every check that asks no more than it was, and what asks for more asks again, for both together.
 */
import { SUPERVISOR_LEVELS, type SupervisorLevel } from '../vocabulary.ts';

export interface ApprovalDemand {
  readonly level: SupervisorLevel;
  /** How many people have to say yes. */
  readonly quorum: number;
  /** They have to have signed in anew. */
  readonly step_up: boolean;
  /** They have to sign with a passkey, over what they were shown. */
  readonly passkey: boolean;
}

/** When nobody has answered after so many seconds, somebody of a higher level is asked. */
export interface EscalationStep {
  readonly after_s: number;
  readonly to: SupervisorLevel;
}

export const PLAIN_DEMAND: ApprovalDemand = { level: 'gatekeeper', quorum: 1, step_up: false, passkey: false };

export const rankOf = (level: SupervisorLevel): number => SUPERVISOR_LEVELS.indexOf(level);

export const higher = (a: SupervisorLevel, b: SupervisorLevel): SupervisorLevel => (rankOf(b) > rankOf(a) ? b : a);

/** Whether a yes of this strength is one where that much is asked. A signature with a passkey is a fresh one. */
export const satisfies = (given: ApprovalDemand, asked: ApprovalDemand): boolean =>
  rankOf(given.level) >= rankOf(asked.level) &&
  given.quorum >= asked.quorum &&
  (given.step_up || given.passkey || !asked.step_up) &&
  (given.passkey || !asked.passkey);

export const bothDemands = (a: ApprovalDemand, b: ApprovalDemand): ApprovalDemand => ({
  level: higher(a.level, b.level),
  quorum: Math.max(a.quorum, b.quorum),
  step_up: a.step_up || b.step_up,
  passkey: a.passkey || b.passkey,
});
