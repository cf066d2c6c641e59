/** What clients of CAP read of jobs and of what waits for people; every list in pages. */
import type { Approval } from '../core/approval/approval.ts';
import { approvalContext, approvalItem } from '../core/job/approval-item.ts';
import { deadLetter, type Job, jobRecord } from '../core/job/job.ts';
import type { JsonObject } from '../core/json.ts';
import { decodeText } from '../core/percent.ts';
import { compileGlob, globMatches } from '../core/policy/glob.ts';
import { capWord } from '../core/policy/outcome.ts';
import { PolicyDecisionBody } from '../core/policy/record.ts';
import type { Ledger } from '../ledger/commit.ts';
import { entryTextAt } from '../ledger/entries.ts';
import type { ApprovalPage, Approvals } from './approvals.ts';
import type { Documents } from './documents.ts';
import type { JobFilter } from './job-store.ts';
import type { Jobs } from './jobs.ts';
import type { TenantMemo } from './plan.ts';

export type JobQuery =
  | { readonly what: 'list'; readonly filter: JobFilter; readonly before: number | null; readonly limit: number }
  | { readonly what: 'one' | 'decisions' | 'approval'; readonly id: string }
  | { readonly what: 'trace'; readonly id: string }
  | { readonly what: 'approvals'; readonly page: ApprovalPage }
  | { readonly what: 'dead'; readonly before: number | null; readonly limit: number };

const MAX_OF_TRACE = 500;
const MAX_PRIOR = 10;

export class JobReader {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #approvals: Approvals;
  readonly #jobs: Jobs;
  readonly #documents: Documents;

  constructor(ledger: Ledger<TenantMemo>, approvals: Approvals, jobs: Jobs, documents: Documents) {
    this.#ledger = ledger;
    this.#approvals = approvals;
    this.#jobs = jobs;
    this.#documents = documents;
  }

  answer(query: JobQuery): JsonObject | null {
    switch (query.what) {
      case 'list':
        return this.#list(query.filter, query.before, query.limit);
      case 'dead':
        return paged(this.#jobs.store.deadLetters(query.before, query.limit), query.limit, deadLetter);
      case 'one':
        return this.#jobs.detail(query.id);
      case 'trace': {
        const jobs = this.#jobs.store.ofTrace(query.id, MAX_OF_TRACE);
        return jobs.length === 0 ? null : { items: jobs.map(jobRecord) };
      }
      case 'decisions': {
        const job = this.#jobs.store.find(query.id);
        return job && { items: job.decisions.map((seq) => this.#decision(job, seq)) };
      }
      case 'approvals': {
        const approvals = this.#approvals.page(query.page);
        const last = approvals.length < query.page.limit ? undefined : approvals.at(-1);
        return {
          items: approvals.map((approval) => this.#item(approval)),
          next_cursor: last?.approval_id ?? null,
        };
      }
      case 'approval': {
        const approval = this.#approvals.find(query.id);
        return approval && this.#context(approval);
      }
    }
  }

  /** The database finds those that begin as the pattern does; a page of which others fall out is shorter. */
  #list(filter: JobFilter, before: number | null, limit: number): JsonObject {
    const glob = filter.topic === null ? null : compileGlob(filter.topic);
    if (glob !== null && !glob.ok) return { items: [], next_cursor: null };
    const found = this.#jobs.store.page({ ...filter, topic: glob?.value.prefix ?? null }, before, limit);
    const page = paged(found, limit, jobRecord);
    if (glob === null) return page;
    const items = found.filter(({ request }) => globMatches(glob.value, String(request.topic)));
    return { ...page, items: items.map(jobRecord) };
  }

  #item(approval: Approval): JsonObject {
    const job = approval.kind === 'job' ? this.#jobs.store.find(approval.decision_id) : null;
    return approvalItem(approval, job, this.#ledger.now());
  }

  /** What somebody looks at before they answer. */
  #context(approval: Approval): JsonObject {
    const policy = this.#documents.policy;
    const isStale = approval.state === 'pending' && (policy?.hash ?? null) !== approval.policy_hash;
    return approvalContext(approval, {
      approval: this.#item(approval),
      ruleCount: policy?.compiled.set?.rules.length ?? 0,
      policyVersion: policy?.version ?? null,
      staleReasons: isStale ? ['another policy is in force than the one that asked'] : [],
      prior: this.#approvals.prior(approval, MAX_PRIOR).map((one) => this.#item(one)),
    });
  }

  #decision(job: Job, seq: number): JsonObject {
    const entry = JSON.parse(entryTextAt(this.#ledger.sql, seq) ?? '{}') as { body: unknown; receipt_id: string };
    const body = PolicyDecisionBody.parse(entry.body);
    const { bundle_id = '', policy_snapshot = '', reason = '' } = body as { readonly [name: string]: unknown };
    const shown = (text: unknown): string => decodeText(String(text));
    return {
      decision: body.decision,
      cap_decision: capWord(body.decision),
      reason: shown(reason),
      rule_id: shown(body.rule_id),
      bundle_id: String(bundle_id),
      policy_snapshot: shown(policy_snapshot),
      approval_required: body.decision === 'REQUIRE_APPROVAL',
      approval_ref: body.decision === 'REQUIRE_APPROVAL' ? job.id : '',
      job_hash: body.job_hash ?? job.hash,
      checked_at: body.seen.at,
      phase: body.phase,
      decision_id: body.decision_id,
      receipt_id: entry.receipt_id,
    };
  }
}

const paged = (jobs: readonly Job[], limit: number, shown: (job: Job) => JsonObject): JsonObject => ({
  items: jobs.map(shown),
  next_cursor: jobs.length < limit ? null : (jobs.at(-1)?.id ?? null),
});
