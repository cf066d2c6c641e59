/** The bodies of the entries about a job, beside those of its decisions and its approval (FORMATS 14). */
import type { JsonObject } from '../json.ts';
import type { Job, JobDecision } from './job.ts';

const about = ({ id, hash }: Job): JsonObject => ({ job_hash: hash, job_id: id });

/** Which job this is, and what it became at once; of its content the hash. */
export const jobRequestedBody = (job: Job): JsonObject => ({
  ...about(job),
  context_sha256: job.request.context_sha256 ?? null,
  deadline: job.deadline,
  state: job.state,
  topic: job.request.topic ?? null,
});

export const jobEndedBody = (job: Job, from: string, reason: string | null): JsonObject => ({
  ...about(job),
  from,
  reason,
  state: job.state,
});

export const deadLetteredBody = (job: Job): JsonObject => ({
  ...about(job),
  last_state: job.dead?.lastState ?? null,
  reason: job.dead?.reason ?? null,
  reason_code: job.dead?.code ?? null,
});

/** The same job under another policy than the one that held it; `decisionId`: what that policy said. */
export const refreshedBody = (
  job: Job,
  approvalId: string,
  decisionId: string,
  before: JobDecision,
  policy: string | null,
): JsonObject => ({
  ...about(job),
  approval_id: approvalId,
  decision_id: decisionId,
  policy,
  snapshot_after: job.decision.snapshot,
  snapshot_before: before.snapshot,
});
