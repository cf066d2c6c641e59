/** A job as it is kept, and as its clients read it (CAP 4.1, 4.2). Times are microseconds since the epoch. */
import type { Approval } from '../approval/approval.ts';
import type { Actor } from '../caller.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Outcome } from '../policy/outcome.ts';
import type { Constraints, Remediation } from '../policy/terms.ts';
import { capStatus, isTerminal, type JobState } from './machine.ts';

/** What the policy said of it last. */
export interface JobDecision {
  readonly outcome: Outcome;
  readonly reason: string;
  readonly ruleId: string;
  readonly snapshot: string;
  readonly constraints: Constraints | null;
  readonly remediations: readonly Remediation[];
}

export interface Job {
  /** That of the decision that admitted it: its last twelve hex digits are the seq of that entry. */
  readonly id: string;
  readonly traceId: string;
  readonly state: JobState;
  /** The JobRequest, whole; its hash is what an approval covers. */
  readonly request: JsonObject;
  readonly hash: string;
  readonly decision: JobDecision;
  /** Seqs of the decisions about it, oldest first. */
  readonly decisions: readonly number[];
  readonly submittedBy: Actor;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When its time is over, whatever its state; null: its submitter named none. */
  readonly deadline: number | null;
  readonly dead: DeadLetter | null;
}

export interface DeadLetter {
  readonly code: string;
  readonly reason: string;
  readonly lastState: JobState;
  readonly at: number;
}

export const iso = (micros: number): string => new Date(Math.floor(micros / 1000)).toISOString();
export const textAt = (object: JsonObject, name: string): string => {
  const value = object[name];
  return typeof value === 'string' ? value : '';
};
export const objectAt = (object: JsonObject, name: string): JsonObject => {
  const value = object[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
};
const listAt = (object: JsonObject, name: string): JsonValue => {
  const value = object[name];
  return Array.isArray(value) ? value : [];
};

/** How long nobody may take a job before it is given up. */
export const NO_TAKER_MICROS = 24 * 3_600 * 1_000_000;

/** When the alarm looks at it: its time is over, or nobody has taken it. */
export const jobDueAt = ({ state, deadline, updatedAt }: Job): number | null => {
  if (isTerminal(state)) return null;
  const untaken = state === 'SCHEDULED' ? updatedAt + NO_TAKER_MICROS : null;
  return deadline === null || (untaken !== null && untaken < deadline) ? untaken : deadline;
};

export const jobRecord = (job: Job): JsonObject => {
  const { request, decision } = job;
  const meta = objectAt(request, 'meta');
  return {
    id: job.id,
    trace_id: job.traceId,
    created_ts: iso(job.createdAt),
    updated_at: job.updatedAt,
    updated_ts: iso(job.updatedAt),
    state: job.state,
    cap_status: capStatus(job.state),
    topic: textAt(request, 'topic'),
    tenant: textAt(request, 'tenant_id'),
    team: textAt(request, 'team_id'),
    principal: textAt(request, 'principal_id'),
    actor_id: textAt(meta, 'actor_id'),
    actor_type: textAt(meta, 'actor_type')
      .replace(/^ACTOR_TYPE_/, '')
      .toLowerCase(),
    idempotency_key: textAt(meta, 'idempotency_key'),
    capability: textAt(meta, 'capability'),
    risk_tags: listAt(meta, 'risk_tags'),
    requires: listAt(meta, 'requires'),
    pack_id: textAt(meta, 'pack_id'),
    attempts: 0,
    worker_id: null,
    safety_decision: decision.outcome,
    safety_reason: decision.reason,
    safety_rule_id: decision.ruleId,
    safety_snapshot: decision.snapshot,
    deadline_unix: job.deadline === null ? null : Math.floor(job.deadline / 1_000_000),
    failure_reason: job.dead?.code ?? null,
  };
};

/** Labels that the server adds once a yes was given. */
const approvalLabels = (approval: Approval): JsonObject => ({
  approval_granted: 'true',
  approval_reason: approval.resolution?.reason ?? '',
  approval_note: approval.resolution?.reason ?? '',
  approval_snapshot: textAt(approval.context, 'policy_snapshot'),
});

export const jobDetail = (job: Job, approval: Approval | null): JsonObject => {
  const { request, decision } = job;
  const resolution = approval?.resolution ?? null;
  const granted = approval?.state === 'approved';
  return {
    ...jobRecord(job),
    context_ptr: textAt(request, 'context_ptr'),
    context_sha256: request.context_sha256 ?? null,
    safety_constraints: decision.constraints as JsonObject | null,
    safety_remediations: decision.remediations as unknown as JsonValue,
    safety_job_hash: job.hash,
    approval_required: approval !== null,
    approval_ref: approval === null ? '' : job.id,
    approval_status: approval === null ? null : approvalStatus(approval),
    approval_by: resolution?.by?.id ?? null,
    approval_role: resolution?.by?.role ?? null,
    approval_at: resolution === null ? null : resolution.at,
    approval_reason: resolution?.reason ?? null,
    approval_note: resolution?.reason ?? null,
    approval_policy_snapshot: approval === null ? null : textAt(approval.context, 'policy_snapshot'),
    approval_job_hash: approval?.subject_hash ?? null,
    labels: { ...objectAt(request, 'labels'), ...(approval !== null && granted ? approvalLabels(approval) : {}) },
    workflow_id: textAt(request, 'workflow_id'),
    parent_job_id: textAt(request, 'parent_job_id'),
    compensation: request.compensation ?? null,
    last_state: job.dead?.lastState ?? null,
    error_code: job.dead?.code ?? null,
    error_message: job.dead?.reason ?? null,
  };
};

/** Of a question to the Hall as of a job: CAP's words for what became of it. */
export const approvalStatus = ({ state }: Approval): string => (state === 'consumed' ? 'approved' : state);

export const deadLetter = (job: Job): JsonObject => ({
  job_id: job.id,
  topic: textAt(job.request, 'topic'),
  tenant: textAt(job.request, 'tenant_id'),
  status: capStatus(job.state),
  reason: job.dead?.reason ?? '',
  reason_code: job.dead?.code ?? '',
  last_state: job.dead?.lastState ?? null,
  attempts: 0,
  created_at: job.dead === null ? null : iso(job.dead.at),
  error: job.dead?.reason ?? '',
  failed_at: job.dead === null ? null : iso(job.dead.at),
  retry_count: 0,
  original_state: job.dead?.lastState ?? null,
});
