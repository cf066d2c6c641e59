/**
 * What people answer, and what comes of it, in one commit: an approved question is decided anew on what is known now, so
 * a ban or a new policy of the meantime wins, and its dispatch consumes the approval. Silence is answered by the alarm:
 * first somebody else is asked, then the time is over.
 */
import type { Approval, ApprovalState } from '../core/approval/approval.ts';
import { type Answer, isAttempt, judgeAnswer, judgeEscalation } from '../core/approval/judge.ts';
import {
  ESCALATED,
  endedBody,
  endedType,
  escalatedBody,
  REFUSED,
  refusedBody,
  VOTED,
  votedBody,
} from '../core/approval/record.ts';
import { shownApproval } from '../core/approval/shown.ts';
import type { Actor } from '../core/caller.ts';
import type { ApprovalSeen } from '../core/hall/snapshot.ts';
import type { JsonObject } from '../core/json.ts';
import type { EntryDraft, SealedEntry } from '../core/ledger/entry.ts';
import { tightestTerms } from '../core/policy/terms.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import type { Moment, Plan } from '../ledger/commit.ts';
import { recordOf } from '../ledger/reading.ts';
import type { Approvals } from './approvals.ts';
import type { Command, CommandReply, Credential, DecidedReply } from './commands.ts';
import type { Documents } from './documents.ts';
import type { Keys } from './keys.ts';
import type { Passkeys } from './passkeys.ts';
import { after, entry, recorded, refused, SYSTEM } from './plan.ts';

/** In one commit of the alarm; it comes again for the others. */
const DUE_AT_ONCE = 32;

/** What an answer comes to: entries that follow that of the answer. */
export interface Outcome {
  readonly state: ApprovalState;
  readonly decisionId: string | null;
  readonly drafts: readonly EntryDraft[];
  readonly apply: () => void;
  /** `sealed`: the first of the drafts. */
  readonly decided: (sealed: SealedEntry | undefined) => DecidedReply | null;
}

/** Another policy is in force than the one that the approval is bound to. */
export type Renewal =
  /** It is over; the question can be asked again. */
  | { readonly kind: 'ended' }
  /** The new policy says otherwise; what is asked still waits. */
  | {
      readonly kind: 'refused';
      readonly drafts: readonly EntryDraft[];
      readonly why: Refusal;
      readonly apply: () => void;
    }
  /** The new policy lets it be asked all the same: bound to it, and to be answered now. */
  | {
      readonly kind: 'rebound';
      readonly drafts: readonly EntryDraft[];
      readonly approval: Approval;
      readonly subject: Subject;
      readonly apply: () => void;
    };

/** What waits: a question to the Hall, or a job. */
export interface Subject {
  readonly conclude: (approval: Approval, seen: ApprovalSeen, moment: Moment) => Outcome;
  readonly renew: (approval: Approval, by: Actor, moment: Moment) => Renewal;
  /** Asks anew what came to nothing because another policy is in force. */
  readonly ask: ((approval: Approval, moment: Moment) => Outcome) | null;
  /** The decision that came of it, with its grant, as it was answered; null where none did. */
  readonly again: (decisionId: string) => DecidedReply | null;
  /** A job as it stands now; null where none waits. */
  readonly shown: (approval: Approval) => JsonObject | null;
}

/** What an answer rests on: what waits, and what the same command did before. */
interface Ground {
  readonly subject: Subject;
  readonly before: readonly EntryDraft[];
  readonly apply: () => void;
  readonly refreshed: boolean;
}

export class Answers {
  readonly #approvals: Approvals;
  readonly #documents: Documents;
  readonly #keys: Keys;
  readonly #passkeys: Passkeys;
  readonly #subjects: Readonly<Record<Approval['kind'], Subject>>;

  constructor(
    approvals: Approvals,
    documents: Documents,
    keys: Keys,
    passkeys: Passkeys,
    subjects: Readonly<Record<Approval['kind'], Subject>>,
  ) {
    this.#approvals = approvals;
    this.#documents = documents;
    this.#keys = keys;
    this.#passkeys = passkeys;
    this.#subjects = subjects;
  }

  planResolve(
    command: Command & { kind: 'approval.resolve' },
    by: Actor,
    credential: Credential,
    moment: Moment,
  ): Plan<CommandReply> {
    const approval = this.#approvals.find(command.approvalId);
    if (approval === null) return refused(refusal('not_found'));
    const said: Answer = {
      answer: command.answer,
      by,
      person: this.#keys.personOf(by),
      level: this.#keys.levelOf(credential),
      reason: command.reason,
      subjectHash: command.subjectHash,
      policySnapshot: command.policySnapshot,
      constraints: command.constraints,
      freshAt: credential.kind === 'human' ? (credential.signedInAt ?? null) : null,
      signed: null,
    };
    if (command.passkey === null)
      return this.#judge(approval, said, command.mayAgree, moment, this.#groundOf(approval));
    const key = this.#passkeys.of(by.id, command.passkey.credential_id);
    if (key === null)
      return attempted(approval, said, refusal('answer_signature_invalid', 'the passkey is not one of yours'));
    const signed: Answer = { ...said, signed: { ...key, ...command.passkey } };
    return this.#judge(approval, signed, command.mayAgree, moment, this.#groundOf(approval));
  }

  #groundOf({ kind }: Approval): Ground {
    return { subject: this.#subjects[kind], before: [], apply: () => undefined, refreshed: false };
  }

  #judge(approval: Approval, said: Answer, mayAgree: boolean, moment: Moment, ground: Ground): Plan<CommandReply> {
    const judged = judgeAnswer(approval, said, moment.now, this.#documents.policy?.hash ?? null);
    if (!judged.ok) return isAttempt(judged.error) ? attempted(approval, said, judged.error) : refused(judged.error);
    const place = after(moment, ground.before.length);
    switch (judged.value) {
      case 'agreed':
        if (!mayAgree) return refused(refusal('approval_already_resolved'));
        return { entries: [], reply: () => resolved(approval, ground, null, undefined) };
      case 'repeat':
        return { entries: [], reply: () => resolved(approval, ground, null, undefined) };
      case 'late':
        return {
          ...this.#conclude(approval, null, 'expired', place, ground),
          reply: () => refusedBy('approval_expired'),
        };
      case 'policy_changed':
        return this.#renew(approval, said, mayAgree, moment, ground.subject);
      case 'vote':
        return this.#vote(approval, said, moment.now, ground);
      case 'resolve':
        return this.#conclude(approval, said, said.answer === 'approve' ? 'approved' : 'rejected', place, ground);
    }
  }

  #renew(approval: Approval, said: Answer, mayAgree: boolean, moment: Moment, subject: Subject): Plan<CommandReply> {
    const renewal = subject.renew(approval, said.by, moment);
    switch (renewal.kind) {
      case 'ended': {
        const ended = endedAs(approval, said, 'invalidated', moment.now, null);
        return {
          entries: [about(ended, endedType(ended, 'invalidated'), said.by, endedBody(ended, said))],
          apply: () => this.#approvals.keep(ended),
          reply: () => ({
            kind: 'refused',
            refusal: {
              ...refusal('approval_invalidated', 'another policy is in force than the one that asked'),
              members: { reevaluate: `/wcp/approvals/${approval.approval_id}/reevaluate` },
            },
          }),
        };
      }
      case 'refused':
        return {
          entries: renewal.drafts,
          apply: renewal.apply,
          reply: () => ({ kind: 'refused', refusal: renewal.why }),
        };
      case 'rebound': {
        // What was signed was signed under the other policy: it is shown again, and signed again.
        if (said.signed !== null || renewal.approval.passkey) return this.#rebind(renewal);
        const ground = { subject: renewal.subject, before: renewal.drafts, apply: renewal.apply, refreshed: true };
        return this.#judge(renewal.approval, { ...said, policySnapshot: null }, mayAgree, moment, ground);
      }
    }
  }

  #rebind({ approval, drafts, apply }: Renewal & { kind: 'rebound' }): Plan<CommandReply> {
    return {
      entries: drafts,
      apply: () => {
        apply();
        this.#approvals.keep(approval);
      },
      reply: () => ({
        kind: 'refused',
        refusal: refusal('approval_stale_snapshot', 'another policy is in force, and asks the same: sign it anew'),
      }),
    };
  }

  #vote(approval: Approval, said: Answer, now: number, ground: Ground): Plan<CommandReply> {
    const { by, person, reason, constraints } = said;
    const voted: Approval = { ...approval, votes: [...approval.votes, { by, person, reason, constraints, at: now }] };
    return {
      entries: [...ground.before, about(voted, VOTED, by, votedBody(voted, said))],
      apply: () => {
        ground.apply();
        this.#approvals.keep(voted);
      },
      reply: (sealed) => resolved(voted, ground, null, sealed[ground.before.length]),
    };
  }

  /** The approval's end first, then what came of it. `said` null: nobody said anything. */
  #conclude(
    approval: Approval,
    said: Answer | null,
    how: 'approved' | 'rejected' | 'expired',
    moment: Moment,
    ground: Ground = this.#groundOf(approval),
  ): Plan<CommandReply> {
    const { approval_id, level, quorum, step_up, passkey } = approval;
    const constraints = how === 'approved' ? tiedTo(approval, said) : null;
    const seen: ApprovalSeen =
      how === 'approved'
        ? { approval_id, answer: how, demand: { level, quorum, step_up, passkey }, ...(constraints && { constraints }) }
        : { approval_id, answer: how };
    const outcome = ground.subject.conclude(approval, seen, after(moment, 1));
    const ended = endedAs(approval, said, outcome.state, moment.now, outcome.decisionId, constraints);
    return {
      entries: [
        ...ground.before,
        about(ended, endedType(ended, how), said?.by ?? SYSTEM, endedBody(ended, said)),
        ...outcome.drafts,
      ],
      apply: () => {
        ground.apply();
        this.#approvals.keep(ended);
        outcome.apply();
      },
      reply: (sealed) => {
        const own = ground.before.length;
        return resolved(ended, ground, outcome.decided(sealed[own + 1]), sealed[own]);
      },
    };
  }

  /**
   * For whoever asked: the decision that an answer led to, and its grant. The answer itself went to the person who gave
   * it. Of what others asked the caller learns nothing, not even that it is there.
   */
  planOutcome({ approvalId }: Command & { kind: 'approval.outcome' }, by: Actor): Plan<CommandReply> {
    const approval = this.#approvals.find(approvalId);
    if (approval === null || approval.requested_person !== this.#keys.personOf(by))
      return refused(refusal('not_found'));
    const ground = this.#groundOf(approval);
    const decisionId = approval.resolution?.decision_id ?? null;
    const decided = decisionId === null ? null : ground.subject.again(decisionId);
    return { entries: [], reply: () => resolved(approval, ground, decided, undefined) };
  }

  planEscalate(
    { approvalId, to, reason }: Command & { kind: 'approval.escalate' },
    by: Actor,
    now: number,
  ): Plan<CommandReply> {
    const approval = this.#approvals.find(approvalId);
    if (approval === null) return refused(refusal('not_found'));
    const judged = judgeEscalation(approval, to, now);
    if (!judged.ok) return refused(judged.error);
    const raised: Approval = { ...approval, level: to };
    return {
      entries: [about(approval, ESCALATED, by, escalatedBody(approval, to, reason))],
      apply: () => this.#approvals.keep(raised),
      reply: ([sealed]) => recorded({ approval: shownApproval(raised) }, sealed),
    };
  }

  /** The question anew, as whoever asked it: it was invalidated because another policy is in force. */
  planReevaluate({ approvalId }: Command & { kind: 'approval.reevaluate' }, moment: Moment): Plan<CommandReply> {
    const approval = this.#approvals.find(approvalId);
    if (approval === null) return refused(refusal('not_found'));
    const { ask } = this.#subjects[approval.kind];
    const isOpen = approval.state === 'invalidated' && approval.resolution?.decision_id === null;
    if (!isOpen || ask === null || approval.resolution === null) return refused(refusal('approval_not_actionable'));
    const again = ask(approval, moment);
    const known: Approval = { ...approval, resolution: { ...approval.resolution, decision_id: again.decisionId } };
    return {
      entries: again.drafts,
      apply: () => {
        this.#approvals.keep(known);
        again.apply();
      },
      reply: ([sealed]) => resolved(known, this.#groundOf(known), again.decided(sealed), sealed),
    };
  }

  /** The alarm: whom nobody answered in time somebody else is asked for, and at last it is over. Null: nothing is due. */
  planDue(moment: Moment): Plan<CommandReply> | null {
    const due = this.#approvals.due(moment.now, DUE_AT_ONCE);
    if (due.length === 0) return null;
    let entries = 0;
    const plans = due.map((approval) => {
      const place = after(moment, entries);
      const plan =
        approval.expires_at <= moment.now
          ? this.#conclude(approval, null, 'expired', place)
          : this.#climb(approval, moment.now);
      entries += plan.entries.length;
      return plan;
    });
    return {
      entries: plans.flatMap((plan) => plan.entries),
      apply: () => {
        for (const plan of plans) plan.apply?.([]);
      },
      reply: () => ({ kind: 'recorded', value: { due: due.length }, record: null }),
    };
  }

  /** To the highest of the steps whose time has come; a step that leads nowhere higher is over without an entry. */
  #climb(approval: Approval, now: number): Plan<CommandReply> {
    const escalation = approval.escalation.filter(({ at }) => at > now);
    let climbing: Approval = { ...approval, escalation };
    const entries: EntryDraft[] = [];
    for (const { to } of approval.escalation.filter(({ at }) => at <= now)) {
      if (!judgeEscalation(climbing, to, now).ok) continue;
      entries.push(about(climbing, ESCALATED, SYSTEM, escalatedBody(climbing, to, 'nobody has answered')));
      climbing = { ...climbing, level: to };
    }
    return {
      entries,
      apply: () => this.#approvals.keep(climbing),
      reply: () => ({ kind: 'recorded', value: {}, record: null }),
    };
  }
}

const about = (approval: Approval, type: string, by: Actor, body: JsonObject): EntryDraft =>
  entry(type, 'approval', by, body, { traceId: approval.correlation_id });

/** Everybody who said yes may have tied it to something: all of it holds. */
const tiedTo = ({ votes }: Approval, said: Answer | null): JsonObject | null =>
  [...votes.map(({ constraints }) => constraints), said?.constraints ?? null].reduce(tightestTerms, null);

const endedAs = (
  approval: Approval,
  said: Answer | null,
  state: ApprovalState,
  at: number,
  decisionId: string | null,
  constraints: JsonObject | null = null,
): Approval => ({
  ...approval,
  state,
  resolution: {
    answer: said?.answer ?? null,
    by: said?.by ?? null,
    reason: said?.reason ?? null,
    constraints,
    at,
    decision_id: decisionId,
  },
});

/** Whoever tries it again and again writes no more than the rate limits allow. */
const attempted = (approval: Approval, said: Answer, why: Refusal): Plan<CommandReply> => ({
  entries: [about(approval, REFUSED, said.by, refusedBody(approval, said, why))],
  reply: () => ({ kind: 'refused', refusal: why }),
});

const refusedBy = (code: 'approval_expired'): CommandReply => ({ kind: 'refused', refusal: refusal(code) });

const resolved = (
  approval: Approval,
  { subject, refreshed }: Ground,
  decided: DecidedReply | null,
  sealed: SealedEntry | undefined,
): CommandReply => ({
  kind: 'resolved',
  approval: shownApproval(approval),
  decided,
  job: subject.shown(approval),
  refreshed,
  record: sealed === undefined ? null : recordOf(sealed),
});
