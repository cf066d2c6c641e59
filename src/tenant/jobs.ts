/**
 * Governed jobs (CAP 3, 4.1): the policy in force decides before any worker can see one. A job is admitted, held for
 * people, or denied in the commit of its decision; what people answer, or do not, moves it on. Nobody leases one yet: an
 * admitted job waits for a taker, as long as its time and CAP's give it.
 */
import type { Approval } from '../core/approval/approval.ts';
import { bothDemands, PLAIN_DEMAND } from '../core/approval/demand.ts';
import { REFRESHED } from '../core/approval/record.ts';
import type { Actor } from '../core/caller.ts';
import { canonicalJson } from '../core/canonical.ts';
import type { ApprovalSeen } from '../core/hall/snapshot.ts';
import { decisionIdFor } from '../core/ids.ts';
import { type Job, type JobDecision, jobDetail, jobDueAt, jobRecord } from '../core/job/job.ts';
import { isTerminal, type JobState, mayGo } from '../core/job/machine.ts';
import { deadLetteredBody, jobEndedBody, jobRequestedBody, refreshedBody } from '../core/job/record.ts';
import { completeRequest, intentHash, jobHash } from '../core/job/request.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { EntryDraft } from '../core/ledger/entry.ts';
import { answerOf } from '../core/policy/answer.ts';
import { type PolicyCheck, questionOfCheck } from '../core/policy/check.ts';
import { type Evaluation, evaluateSafely } from '../core/policy/evaluate.ts';
import { permits } from '../core/policy/outcome.ts';
import type { PolicyQuestion } from '../core/policy/question.ts';
import { policyDecisionBody } from '../core/policy/record.ts';
import { bothConstraints, type Constraints } from '../core/policy/terms.ts';
import { refusal } from '../core/refusal.ts';
import type { Ledger, Moment, Plan } from '../ledger/commit.ts';
import type { Outcome, Renewal, Subject } from './answers.ts';
import type { Approvals } from './approvals.ts';
import type { Command, CommandReply } from './commands.ts';
import type { Documents } from './documents.ts';
import { JobStore } from './job-store.ts';
import { entry, recorded, refused, SYSTEM, type TenantMemo } from './plan.ts';
import type { VelocityCounters } from './velocity.ts';

const DEADLINE = 'jobs';
const DUE_AT_ONCE = 64;
/** How long somebody is waited for, where neither rule nor submitter says so. */
const APPROVAL_TTL_S = 24 * 3_600;
const OUT_OF_TIME = 'its deadline has passed';
/** Characters of one entry: a row of the ledger holds 2 MB. */
const MAX_RECORDED = 400_000;

interface Asked {
  readonly question: PolicyQuestion;
  readonly evaluation: Evaluation;
  readonly body: JsonObject;
  readonly decision: JobDecision;
}

export class Jobs {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #documents: Documents;
  readonly #velocity: VelocityCounters;
  readonly #approvals: Approvals;
  readonly #slug: string;
  readonly store: JobStore;

  constructor(
    ledger: Ledger<TenantMemo>,
    documents: Documents,
    velocity: VelocityCounters,
    approvals: Approvals,
    slug: string,
  ) {
    this.#ledger = ledger;
    this.#documents = documents;
    this.#velocity = velocity;
    this.#approvals = approvals;
    this.#slug = slug;
    this.store = new JobStore(ledger.sql);
  }

  planSubmit({ job: sent }: Command & { kind: 'job.submit' }, actor: Actor, moment: Moment): Plan<CommandReply> {
    const { check } = sent;
    const tenant = check.tenant?.trim().toLowerCase() ?? 'default';
    if (tenant !== 'default' && tenant !== this.#slug) return refused(refusal('tenant_mismatch'));
    if (sent.principal !== null && sent.principal !== actor.id) return refused(refusal('principal_mismatch'));
    const intent = intentHash(sent);
    const known = sent.idempotencyKey === null ? null : this.store.submitted(sent.idempotencyKey, moment.now);
    if (known !== null) {
      if (known.intent !== intent) return refused(refusal('idempotency_mismatch'));
      return { entries: [], reply: () => recorded({ ...known.reply, replayed: true }, null) };
    }
    const id = decisionIdFor(moment.newId(), moment.seq);
    const asking: PolicyCheck = { ...check, facts: { ...check.facts, actor_id: actor.id, job_id: id } };
    const question = questionOfCheck(asking, this.#documents.policy?.compiled.set ?? null, this.#slug);
    const identity = { jobId: id, tenant: this.#slug, principal: actor.id, riskTags: question.risk_tags };
    const request = completeRequest(sent.request, identity);
    const hash = jobHash(request);
    const asked = this.#ask(asking, id, hash, 'submit', id, moment);
    if (canonicalJson(asked.body).length > MAX_RECORDED) {
      return refused(refusal('invalid_body', 'the question is too large to be recorded'));
    }
    const traceId = sent.traceId ?? moment.newId();
    const decided = entry('cap.decision', 'cap', actor, asked.body, { traceId });
    const count = (): void =>
      this.#velocity.count(
        asked.evaluation.seen.map((seen) => seen.asked),
        id,
        moment.now,
      );
    const answer = { job_id: id, trace_id: traceId, ...shownDecision(asked, sent.warnings) };
    const isNone = asked.evaluation.stage === 'unavailable' || asked.evaluation.outcome === 'THROTTLE';
    if (isNone) {
      const { job_id: _, ...rest } = answer;
      return {
        entries: [decided],
        apply: count,
        reply: ([sealed]) => recorded({ ...rest, stage: asked.evaluation.stage, job_hash: hash }, sealed),
      };
    }
    const job: Job = {
      id,
      traceId,
      state: stateAfter(asked.evaluation),
      request,
      hash,
      decision: asked.decision,
      decisions: [moment.seq],
      submittedBy: actor,
      createdAt: moment.now,
      updatedAt: moment.now,
      deadline: sent.deadlineMs === null ? null : moment.now + sent.deadlineMs * 1_000,
      dead:
        asked.evaluation.outcome === 'DENY'
          ? { code: 'safety_denied', reason: asked.decision.reason, lastState: 'PENDING', at: moment.now }
          : null,
    };
    const opening = job.state === 'APPROVAL_REQUIRED' ? this.#opening(job, asked, sent.approvalTtlS, moment.now) : null;
    const reply: JsonObject = {
      ...answer,
      state: job.state,
      status: opening === null ? 'accepted' : 'approval_required',
      job_hash: hash,
      approval_ref: opening === null ? '' : id,
      approval_id: opening?.approval.approval_id ?? null,
    };
    const drafts = [
      decided,
      entry('cap.job_requested', 'cap', actor, jobRequestedBody(job), { traceId }),
      ...(opening === null ? [] : [opening.draft]),
      ...(job.dead === null ? [] : [entry('cap.dead_lettered', 'cap', SYSTEM, deadLetteredBody(job), { traceId })]),
    ];
    return {
      entries: drafts,
      apply: ([sealed]) => {
        count();
        this.#keep(job);
        this.store.keepCheck(id, asking);
        opening?.apply();
        const kept = { ...reply, receipt_id: sealed?.entry.receipt_id ?? null };
        if (sent.idempotencyKey !== null) this.store.keepSubmitted(sent.idempotencyKey, intent, kept, moment.now);
      },
      reply: ([sealed]) => recorded({ ...reply, receipt_id: sealed?.entry.receipt_id ?? null }, sealed),
    };
  }

  #ask(check: PolicyCheck, jobId: string, hash: string, phase: string, decisionId: string, moment: Moment): Asked {
    const { policy } = this.#documents;
    const set = policy?.compiled.set ?? null;
    const question = questionOfCheck(check, set, this.#slug);
    const evaluation = evaluateSafely(set, question, this.#velocity.reader(jobId, moment.now));
    const snapshot = set?.snapshot ?? '';
    const stamp = { decisionId, now: moment.now, phase, policy, jobHash: hash };
    const { outcome, reason, ruleId, constraints, remediations } = evaluation;
    return {
      question,
      evaluation,
      body: policyDecisionBody(question, evaluation, snapshot, stamp),
      decision: { outcome, reason, ruleId, snapshot, constraints, remediations },
    };
  }

  #opening(job: Job, { evaluation }: Asked, ttlS: number | null, now: number) {
    const { approval, reason } = evaluation;
    const longest = Math.min(approval?.ttl_sec ?? APPROVAL_TTL_S, ttlS ?? APPROVAL_TTL_S) * 1_000_000;
    return this.#approvals.open(
      {
        kind: 'job',
        decisionId: job.id,
        traceId: job.traceId,
        reason,
        ...demandOf(evaluation),
        subjectHash: job.hash,
        policyHash: this.#documents.policy?.hash ?? null,
        expiresAt: Math.min(now + longest, job.deadline ?? Number.MAX_SAFE_INTEGER),
        escalation: (approval?.escalate ?? []).map(({ after_sec, to }) => ({ after_s: after_sec, to })),
        context: contextOf(job),
      },
      job.submittedBy,
      now,
    );
  }

  /** A job that waits for people, as what waits for an answer. */
  readonly waiting: Subject = {
    conclude: (approval, seen, moment) => {
      const job = this.store.find(approval.decision_id);
      if (job === null) throw new Error('an approval is of a job');
      return this.#conclude(job, approval, seen, moment);
    },
    renew: (approval, by, moment) => this.#renew(approval, by, moment),
    ask: null,
    again: () => null,
    shown: (approval) => {
      const job = this.store.find(approval.decision_id);
      return job && jobRecord(job);
    },
  };

  #conclude(job: Job, approval: Approval, seen: ApprovalSeen, moment: Moment): Outcome {
    const { answer } = seen;
    if (answer === 'approved') {
      const constraints = bothConstraints(job.decision.constraints, (seen.constraints as Constraints) ?? null);
      const decision = { ...job.decision, constraints };
      // Of the level of an executor a person does it: nobody leases what is done.
      const to = approval.level === 'executor' ? 'CANCELLED' : 'SCHEDULED';
      const next: Job = { ...this.#moved({ ...job, decision }, to, moment.now), dead: null };
      return this.#came('approved', next, to === 'CANCELLED' ? [ended(next, job.state, 'done_by_a_person')] : []);
    }
    if (answer === 'expired' && job.deadline !== null && job.deadline <= moment.now) {
      const timeout = { code: 'job_timeout', reason: OUT_OF_TIME, lastState: job.state, at: moment.now };
      const next: Job = { ...this.#moved(job, 'TIMEOUT', moment.now), dead: timeout };
      return this.#came(answer, next, [ended(next, job.state, timeout.code), dropped(next)]);
    }
    const code = answer === 'rejected' ? 'approval_rejected' : 'approval_expired';
    const reason = answer === 'rejected' ? 'a person said no' : 'nobody answered in time';
    const dead = { code, reason, lastState: job.state, at: moment.now };
    const next: Job = { ...this.#moved(job, 'DENIED', moment.now), dead };
    return this.#came(answer, next, [dropped(next)]);
  }

  #came(state: 'approved' | 'rejected' | 'expired', job: Job, drafts: readonly EntryDraft[]): Outcome {
    return { state, decisionId: null, drafts, apply: () => this.#keep(job), decided: () => null };
  }

  /** The job asked anew under the policy in force, as whoever submitted it; it is not counted again. */
  #renew(approval: Approval, by: Actor, moment: Moment): Renewal {
    const job = this.store.find(approval.decision_id);
    const check = this.store.check(approval.decision_id);
    if (job === null || check === null) throw new Error('an approval is of a job');
    const decisionId = decisionIdFor(moment.newId(), moment.seq);
    const asked = this.#ask(check, job.id, job.hash, 'approve', decisionId, moment);
    const { outcome, stage } = asked.evaluation;
    if (stage === 'unavailable') {
      return { kind: 'refused', drafts: [], why: refusal('policy_unavailable'), apply: () => undefined };
    }
    const decided = entry('cap.decision', 'cap', by, asked.body, { traceId: job.traceId });
    const seen: Job = { ...job, decisions: [...job.decisions, moment.seq] };
    if (!permits(outcome) && outcome !== 'REQUIRE_APPROVAL') {
      const why = {
        ...refusal('approval_stale_snapshot', `the policy in force says ${outcome}: ${asked.decision.reason}`),
        members: { job_id: job.id, ...shownDecision(asked, []) },
      };
      return { kind: 'refused', drafts: [decided], why, apply: () => this.#keep(seen) };
    }
    const rebound: Job = { ...seen, decision: asked.decision };
    const policy = this.#documents.policy?.hash ?? null;
    const body = refreshedBody(rebound, approval.approval_id, decisionId, job.decision, policy);
    return {
      kind: 'rebound',
      drafts: [decided, entry(REFRESHED, 'approval', by, body, { traceId: job.traceId })],
      subject: {
        ...this.waiting,
        conclude: (renewed, answered, place) => this.#conclude(rebound, renewed, answered, place),
      },
      apply: () => this.#keep(rebound),
      approval: {
        ...approval,
        ...bothDemands(approval, outcome === 'REQUIRE_APPROVAL' ? demandOf(asked.evaluation) : PLAIN_DEMAND),
        policy_hash: policy,
        // Who said yes said so under another policy.
        votes: [],
        context: contextOf(rebound),
      },
    };
  }

  planCancel({ jobId, reason }: Command & { kind: 'job.cancel' }, actor: Actor, moment: Moment): Plan<CommandReply> {
    const job = this.store.find(jobId);
    if (job === null) return refused(refusal('not_found'));
    if (isTerminal(job.state)) {
      const value = { id: job.id, state: job.state, reason: 'job already terminal' };
      return { entries: [], reply: () => recorded(value, null) };
    }
    const all = [job, ...this.store.openChildren(job.id)];
    const ends = all.map((one) => this.#ending(one, 'CANCELLED', actor, reason, moment));
    return {
      entries: ends.flatMap(({ entries }) => entries),
      apply: () => {
        for (const { apply } of ends) apply();
      },
      reply: ([sealed]) => recorded({ id: job.id, state: 'CANCELLED' }, sealed),
    };
  }

  /** The alarm: whose time is over, and what nobody took. Null: nothing is due. */
  planDue(moment: Moment): Plan<CommandReply> | null {
    const due = this.store.due(moment.now, DUE_AT_ONCE);
    if (due.length === 0) return null;
    const ends = due.map((job) => {
      const timedOut = job.deadline !== null && job.deadline <= moment.now;
      return timedOut
        ? this.#ending(job, 'TIMEOUT', SYSTEM, 'job_timeout', moment, OUT_OF_TIME)
        : this.#ending(job, 'FAILED', SYSTEM, 'no_workers', moment, 'nobody took it');
    });
    return {
      entries: ends.flatMap(({ entries }) => entries),
      apply: () => {
        for (const { apply } of ends) apply();
      },
      reply: () => ({ kind: 'recorded', value: { due: due.length }, record: null }),
    };
  }

  /** Ends a job that is not over, and with it what waits for people; `why` given: it is a dead letter. */
  #ending(job: Job, to: JobState, actor: Actor, code: string | null, moment: Moment, why: string | null = null) {
    const dead = why === null || code === null ? null : { code, reason: why, lastState: job.state, at: moment.now };
    const next: Job = { ...this.#moved(job, to, moment.now), dead };
    const waits = job.state === 'APPROVAL_REQUIRED' ? this.#approvals.find(job.id) : null;
    const withdrawn = waits?.state === 'pending' ? this.#approvals.withdrawing(waits, actor, moment.now) : null;
    return {
      entries: [
        ...(to === 'FAILED' ? [] : [ended(next, job.state, code, actor)]),
        ...(withdrawn === null ? [] : [withdrawn.draft]),
        ...(dead === null ? [] : [dropped(next)]),
      ],
      apply: () => {
        this.#keep(next);
        withdrawn?.apply();
      },
    };
  }

  #moved(job: Job, to: JobState, now: number): Job {
    // An approved job is pending again for an instant, and no one sees it.
    const from = job.state === 'APPROVAL_REQUIRED' && to === 'SCHEDULED' ? 'PENDING' : job.state;
    if (!mayGo(from, to)) throw new Error(`a job goes from ${job.state} to ${to}`);
    return { ...job, state: to, updatedAt: now };
  }

  #keep(job: Job): void {
    this.store.keep(job, jobDueAt(job));
    const due = this.store.nextDue();
    this.#ledger.deadline(DEADLINE, due === null ? null : Math.ceil(due / 1000));
  }

  detail(id: string): JsonObject | null {
    const job = this.store.find(id);
    return job && jobDetail(job, this.#approvals.find(id));
  }
}

const stateAfter = ({ outcome }: Evaluation): JobState =>
  outcome === 'DENY' ? 'DENIED' : outcome === 'REQUIRE_APPROVAL' ? 'APPROVAL_REQUIRED' : 'SCHEDULED';

/** A job that waits, waits: there is nobody who could be told of it and let it run all the same. */
const demandOf = ({ approval }: Evaluation) => ({
  ...PLAIN_DEMAND,
  quorum: approval?.quorum ?? 1,
  passkey: approval?.passkey ?? false,
  level:
    approval?.supervisor_level === 'advisory' ? PLAIN_DEMAND.level : (approval?.supervisor_level ?? PLAIN_DEMAND.level),
});

const contextOf = ({ id, request, decision }: Job): JsonObject => ({
  job_id: id,
  topic: request.topic ?? null,
  capability_id: ((request.meta ?? {}) as JsonObject).capability ?? null,
  risk_tags: ((request.meta ?? {}) as JsonObject).risk_tags ?? [],
  labels: request.labels ?? {},
  policy_snapshot: decision.snapshot,
  policy_rule_id: decision.ruleId,
});

const shownDecision = ({ evaluation, question, decision }: Asked, warnings: readonly string[]): JsonObject => {
  const {
    decision_id: _,
    stage: __,
    bundle_id: ___,
    approval_ref: ____,
    ...shown
  } = answerOf(evaluation, question, decision.snapshot, warnings);
  return shown as { readonly [name: string]: JsonValue };
};

const ended = (job: Job, from: JobState, reason: string | null, actor: Actor = SYSTEM): EntryDraft =>
  entry(
    job.state === 'TIMEOUT' ? 'cap.job_timeout' : 'cap.job_cancelled',
    'cap',
    actor,
    jobEndedBody(job, from, reason),
    {
      traceId: job.traceId,
    },
  );

const dropped = (job: Job): EntryDraft =>
  entry('cap.dead_lettered', 'cap', SYSTEM, deadLetteredBody(job), { traceId: job.traceId });
