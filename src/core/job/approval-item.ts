/** What waits for people as CAP's clients read it (CAP 4.2): jobs, and routing questions beside them, in one list. */
import type { Approval } from '../approval/approval.ts';
import type { JsonObject } from '../json.ts';
import { capWord, type Outcome } from '../policy/outcome.ts';
import { approvalStatus, iso, type Job, jobRecord, objectAt, textAt } from './job.ts';

const actionability = ({ state }: Approval): string => {
  if (state === 'pending') return 'actionable';
  return state === 'expired' || state === 'invalidated' ? state : 'resolved';
};

/** `job` null: a routing question waits. It is shown as the job that the policy took it for. */
export const approvalItem = (approval: Approval, job: Job | null, now: number): JsonObject => {
  const { context, resolution } = approval;
  const record = job === null ? null : jobRecord(job);
  const outcome: Outcome = job?.decision.outcome ?? 'REQUIRE_APPROVAL';
  return {
    kind: approval.kind === 'job' ? 'cap.require_approval' : `wcp.${approval.kind}`,
    job_id: approval.decision_id,
    approval_id: approval.approval_id,
    job: {
      id: approval.decision_id,
      topic: record?.topic ?? `job.${textAt(context, 'capability_id')}`,
      tenant: record?.tenant ?? null,
      state: record?.state ?? null,
      labels: job === null ? {} : objectAt(job.request, 'labels'),
      risk_tags: record?.risk_tags ?? [],
      capability: record?.capability ?? textAt(context, 'capability_id'),
      context_ptr: job === null ? '' : textAt(job.request, 'context_ptr'),
    },
    decision: outcome,
    cap_decision: capWord(outcome),
    policy_snapshot: textAt(context, 'policy_snapshot') || textAt(context, 'policy_version'),
    policy_rule_id: job?.decision.ruleId ?? null,
    policy_reason: approval.reason,
    constraints: (job?.decision.constraints ?? null) as JsonObject | null,
    job_hash: approval.subject_hash,
    approval_required: true,
    approval_ref: approval.decision_id,
    approval_status: approvalStatus(approval),
    actionability: actionability(approval),
    supervisor_level: approval.level,
    quorum: approval.quorum,
    votes: approval.votes.length,
    submitted_by: approval.requested_by.id,
    requested_ts: iso(approval.created_at),
    expires_ts: iso(approval.expires_at),
    time_remaining_ms: approval.state === 'pending' ? Math.max(0, Math.floor((approval.expires_at - now) / 1000)) : 0,
    resolved_by: resolution?.by?.id ?? null,
    resolved_at: resolution === null ? null : iso(resolution.at),
    resolution_comment: resolution?.reason ?? null,
  };
};

export interface ApprovalSurroundings {
  readonly approval: JsonObject;
  readonly ruleCount: number;
  readonly policyVersion: string | null;
  readonly staleReasons: readonly string[];
  readonly prior: readonly JsonObject[];
}

/** Where a yes would reach, as far as labels tell; and what was answered of the kind before. */
export const approvalContext = (approval: Approval, around: ApprovalSurroundings): JsonObject => {
  const labels = objectAt(approval.context, 'labels');
  const named = (...names: readonly string[]): readonly string[] =>
    names.map((name) => textAt(labels, name)).filter((value) => value !== '');
  const systems = named('mcp.server', 'mcp_server', 'mcpServer');
  const resources = named('mcp.resource', 'mcp.tool', 'mcp_resource', 'mcp_tool', 'repo.host');
  const topic = textAt(approval.context, 'topic') || `job.${textAt(approval.context, 'capability_id')}`;
  return {
    approval: around.approval,
    blast_radius: {
      systems,
      namespaces: named('namespace', 'env'),
      resources,
      scope_description: [topic, ...systems, ...resources].join(' '),
    },
    prior_approvals: around.prior,
    rollback_hint: null,
    policy_snapshot_summary: {
      rule_count: around.ruleCount,
      matched_rule: textAt(approval.context, 'policy_rule_id') || null,
      policy_version: around.policyVersion,
    },
    time_remaining_ms: around.approval.time_remaining_ms ?? 0,
    constraints: around.approval.constraints ?? null,
    stale_reasons: around.staleReasons,
  };
};
