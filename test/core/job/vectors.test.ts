/**
 * Frozen jobs (FORMATS 13, 14): what was sent, the JobRequest it becomes, its hash, and the bodies of every entry about it
 * and its approval. `UPDATE_VECTORS=1` writes the file anew, for a case that was added.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ANNOUNCED_POLICY } from '../../../src/cli/demo-content.ts';
import type { Approval } from '../../../src/core/approval/approval.ts';
import type { Answer } from '../../../src/core/approval/judge.ts';
import {
  endedBody,
  endedType,
  escalatedBody,
  REFRESHED,
  REFUSED,
  refusedBody,
  requestedBody,
  requestedType,
  VOTED,
  votedBody,
} from '../../../src/core/approval/record.ts';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import type { Job } from '../../../src/core/job/job.ts';
import { deadLetteredBody, jobEndedBody, jobRequestedBody, refreshedBody } from '../../../src/core/job/record.ts';
import { completeRequest, intentHash, jobHash, readJob } from '../../../src/core/job/request.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { questionOfCheck } from '../../../src/core/policy/check.ts';
import { evaluateSafely } from '../../../src/core/policy/evaluate.ts';
import { makePolicy } from '../../../src/core/policy/in-force.ts';
import { policyDecisionAgain, policyDecisionBody } from '../../../src/core/policy/record.ts';
import { readBundle } from '../../../src/core/policy/written.ts';
import { refusal } from '../../../src/core/refusal.ts';

const FILE = fileURLToPath(new URL('../../vectors/jobs.json', import.meta.url).href);
const NOW = 1_700_000_000_000_000;
const ID = '018bcfe5-6800-4000-8000-000000000007';
const ME = { kind: 'service', id: 'key_1' } as const;

const bundle = readBundle(ANNOUNCED_POLICY);
if (!bundle.ok) throw new Error('the policy cannot be read');
const made = makePolicy([{ id: 'main', text: ANNOUNCED_POLICY, document: bundle.value.document }]);
if (!made.ok || made.value.compiled.set === null) throw new Error('the policy is none');
const { set } = made.value.compiled;
const policy = { version: set.snapshot, hash: 'ab'.repeat(32) };

const ANNOUNCED_JOB: JsonObject = {
  topic: 'job.mcp-bridge.write.update_ticket',
  tenant_id: 'default',
  risk_tags: ['prod'],
  labels: { 'mcp.action': 'write' },
};
const SENT: Readonly<Record<string, JsonObject>> = {
  announced: ANNOUNCED_JOB,
  'with everything': {
    ...ANNOUNCED_JOB,
    topic: 'job.batch.nightly.report',
    prompt: 'what happened last night?',
    context: { rows: [1, 2], note: 'ünï\n' },
    context_ptr: 'redis://ctx:job-1',
    priority: 'critical',
    adapter_id: 'a',
    actor_type: 'human',
    pack_id: 'p',
    capability: 'cap.report',
    risk_tags: ['PROD', 'a'],
    requires: ['gpu'],
    env: { A: 'b', CORDUM_X: '1' },
    max_input_tokens: 10,
    max_total_tokens: 9_007_199_254_740_991,
    allow_retrieval: true,
    tags: ['t'],
    deadline_ms: 60_000,
    workflow_id: 'w',
    parent_job_id: 'j-0',
    step_index: 2,
    memory_id: 'm',
    idempotency_key: 'k',
    compensation: { topic: 'job.undo' },
  },
  denied: { labels: { 'mcp.action': 'delete' } },
};

interface Vector {
  readonly sent: JsonObject;
  readonly request: JsonObject;
  readonly job_hash: string;
  readonly intent_hash: string;
  readonly decision: JsonObject;
  readonly requested: JsonObject;
}

const vectorOf = (sent: JsonObject): Vector & { readonly job: Job } => {
  const read = readJob(sent);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const question = questionOfCheck(
    { ...read.value.check, facts: { ...read.value.check.facts, job_id: ID } },
    set,
    'acme',
  );
  const evaluation = evaluateSafely(set, question, () => ({ count: 1, retryAfterMs: 0 }));
  const identity = { jobId: ID, tenant: 'acme', principal: ME.id, riskTags: question.risk_tags };
  const request = completeRequest(read.value.request, identity);
  const hash = jobHash(request);
  const { outcome, reason, ruleId, constraints, remediations } = evaluation;
  const isDenied = outcome === 'DENY';
  const job: Job = {
    id: ID,
    traceId: 'trace',
    state: isDenied ? 'DENIED' : outcome === 'REQUIRE_APPROVAL' ? 'APPROVAL_REQUIRED' : 'SCHEDULED',
    request,
    hash,
    decision: { outcome, reason, ruleId, snapshot: set.snapshot, constraints, remediations },
    decisions: [7],
    submittedBy: ME,
    createdAt: NOW,
    updatedAt: NOW,
    deadline: read.value.deadlineMs === null ? null : NOW + read.value.deadlineMs * 1_000,
    dead: isDenied ? { code: 'safety_denied', reason, lastState: 'PENDING', at: NOW } : null,
  };
  const stamp = { decisionId: ID, now: NOW, phase: 'submit', policy, jobHash: hash };
  const decision = policyDecisionBody(question, evaluation, set.snapshot, stamp);
  return {
    sent,
    request,
    job_hash: hash,
    intent_hash: intentHash(read.value),
    decision,
    requested: jobRequestedBody(job),
    job,
  };
};

const { job: held } = vectorOf(ANNOUNCED_JOB);
const { job: denied } = vectorOf(SENT.denied ?? {});
const approval: Approval = {
  approval_id: `apr_${ID}`,
  kind: 'job',
  state: 'pending',
  decision_id: ID,
  correlation_id: 'trace',
  reason: held.decision.reason,
  subject_hash: held.hash,
  policy_hash: policy.hash,
  requested_by: ME,
  requested_person: 'key_1',
  created_at: NOW,
  expires_at: NOW + 86_400_000_000,
  escalation: [{ at: NOW + 60_000_000, to: 'incident_commander' }],
  votes: [],
  context: {},
  resolution: null,
  level: 'gatekeeper',
  quorum: 2,
  step_up: false,
  passkey: false,
};
const said: Answer = {
  answer: 'approve',
  by: { kind: 'human', id: 'user_2' },
  person: 'user_2',
  level: 'executor',
  reason: 'approved in maintenance window',
  subjectHash: held.hash,
  policySnapshot: null,
  constraints: { budgets: { max_retries: 1 } },
  freshAt: null,
  signed: null,
};
const vote = { by: said.by, person: 'user_2', reason: said.reason, constraints: said.constraints, at: NOW };
const ended = (state: Approval['state'], answer: Answer | null): Approval => ({
  ...approval,
  state,
  resolution: {
    answer: answer?.answer ?? null,
    by: answer?.by ?? null,
    reason: answer?.reason ?? null,
    constraints: answer?.constraints ?? null,
    at: NOW,
    decision_id: null,
  },
});
const no: Answer = { ...said, answer: 'deny', reason: 'not tonight', constraints: null };

/** What else may be recorded of a job, by the type of its entry. */
const BODIES: Readonly<Record<string, readonly [type: string, body: JsonObject]>> = {
  asked: [requestedType(approval), requestedBody(approval)],
  'one of two says yes': [VOTED, votedBody({ ...approval, votes: [vote] }, said)],
  approved: [endedType(approval, 'approved'), endedBody(ended('approved', said), said)],
  rejected: [endedType(approval, 'rejected'), endedBody(ended('rejected', no), no)],
  expired: [endedType(approval, 'expired'), endedBody(ended('expired', null), null)],
  escalated: ['wcp.approval.escalated', escalatedBody(approval, 'incident_commander', 'nobody has answered')],
  'an answer that is none': [REFUSED, refusedBody(approval, said, refusal('self_approval_denied'))],
  'under another policy': [
    REFRESHED,
    refreshedBody(
      { ...held, decision: { ...held.decision, snapshot: `cfg:${'cd'.repeat(32)}` } },
      approval.approval_id,
      ID,
      held.decision,
      policy.hash,
    ),
  ],
  'dead letter': ['cap.dead_lettered', deadLetteredBody(denied)],
  cancelled: ['cap.job_cancelled', jobEndedBody({ ...held, state: 'CANCELLED' }, 'APPROVAL_REQUIRED', 'enough')],
  'out of time': ['cap.job_timeout', jobEndedBody({ ...held, state: 'TIMEOUT' }, 'SCHEDULED', 'job_timeout')],
};

const now = {
  jobs: Object.fromEntries(
    Object.entries(SENT).map(([name, sent]) => {
      const { job: _, ...vector } = vectorOf(sent);
      return [name, { ...vector, decision_sha256: sha256Hex(canonicalJson(vector.decision)) }];
    }),
  ),
  entries: Object.fromEntries(
    Object.entries(BODIES).map(([name, [type, body]]) => [
      name,
      { type, body, sha256: sha256Hex(canonicalJson(body)) },
    ]),
  ),
};
if (process.env.UPDATE_VECTORS === '1') writeFileSync(FILE, `${JSON.stringify(now, null, 2)}\n`);
const frozen = JSON.parse(readFileSync(FILE, 'utf8')) as typeof now;

describe('frozen jobs', () => {
  test('none is missing', () => {
    expect(Object.keys(frozen.jobs)).toEqual(Object.keys(SENT));
    expect(Object.keys(frozen.entries)).toEqual(Object.keys(BODIES));
  });

  test.each(Object.keys(SENT))('%s: request, hashes, decision', (name) => {
    expect(now.jobs[name]).toEqual(frozen.jobs[name]);
    const { request, job_hash, decision } = frozen.jobs[name] as unknown as Vector;
    expect(job_hash).toBe(sha256Hex(canonicalJson(request)));
    const again = policyDecisionAgain(decision, () => set);
    expect(again && canonicalJson(again.body)).toBe(canonicalJson(decision));
  });

  test.each(Object.keys(BODIES))('an entry: %s', (name) => expect(now.entries[name]).toEqual(frozen.entries[name]));
});
