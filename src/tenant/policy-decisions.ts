/**
 * The policy asked by jobs (CAP 4.3): `evaluate` is a decision, counted and recorded; `simulate` and `explain` are the
 * same question to the same document, or to a candidate, and leave nothing behind.
 */
import type { Actor } from '../core/caller.ts';
import { canonicalJson } from '../core/canonical.ts';
import { decisionIdFor } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { answerOf, ruleShown } from '../core/policy/answer.ts';
import { type PolicyCheck, questionOfCheck } from '../core/policy/check.ts';
import { type Evaluation, evaluateSafely } from '../core/policy/evaluate.ts';
import { explainPolicy } from '../core/policy/explain.ts';
import { type ForceBundle, makePolicy } from '../core/policy/in-force.ts';
import { policyDecisionBody } from '../core/policy/record.ts';
import type { CompiledSet } from '../core/policy/set.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Ledger, Moment, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply } from './commands.ts';
import type { Documents } from './documents.ts';
import { entry, recorded, refused, type TenantMemo } from './plan.ts';
import type { Policies } from './policies.ts';
import { type AuditFilter, policyAudit } from './policy-audit.ts';
import { decisionTexts, rangeOf } from './policy-history.ts';
import type { VelocityCounters } from './velocity.ts';

export type PolicyQuery =
  | { readonly what: 'bundles' }
  | { readonly what: 'bundle'; readonly bundleId: string }
  | { readonly what: 'snapshots' }
  | { readonly what: 'snapshot'; readonly name: string }
  | { readonly what: 'rules'; readonly disabled: boolean }
  | {
      readonly what: 'audit';
      readonly filter: AuditFilter;
      readonly before: number | null;
      readonly limit: number;
    }
  /** Texts of recorded decisions, dry runs apart, among so many entries from one of them on. */
  | { readonly what: 'decisions'; readonly from: number; readonly to: number; readonly limit: number }
  /** The seqs of a stretch of the ledger; times in microseconds. */
  | {
      readonly what: 'range';
      readonly from: number | null;
      readonly to: number | null;
      readonly since: number | null;
      readonly until: number | null;
    }
  /** What those decisions name by hash; it goes no further than the recomputation. */
  | { readonly what: 'contents'; readonly hashes: readonly string[] }
  | { readonly what: 'shadow'; readonly bundleId: string }
  | { readonly what: 'shadows' }
  /** The policy in force with these texts in it: what it would be, whether it can be, what is odd about it. */
  | { readonly what: 'candidate'; readonly bundles: readonly ForceBundle[]; readonly lint: boolean }
  | {
      readonly what: 'simulate';
      readonly check: PolicyCheck;
      readonly bundles: readonly ForceBundle[];
      readonly explain: boolean;
    };

/** Characters of one entry: a row of the ledger holds 2 MB. */
const MAX_RECORDED = 400_000;

type Answer = Result<JsonObject, Refusal>;

/** For a job that names none: nobody can have been counted under it. */
const NO_JOB = '';

export class PolicyDecisions {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #documents: Documents;
  readonly #policies: Policies;
  readonly #velocity: VelocityCounters;
  readonly #slug: string;

  constructor(
    ledger: Ledger<TenantMemo>,
    documents: Documents,
    policies: Policies,
    velocity: VelocityCounters,
    slug: string,
  ) {
    this.#ledger = ledger;
    this.#documents = documents;
    this.#policies = policies;
    this.#velocity = velocity;
    this.#slug = slug;
  }

  answer(query: PolicyQuery): Answer {
    switch (query.what) {
      case 'bundles':
        return ok(this.#policies.bundles());
      case 'bundle':
        return found(this.#policies.bundle(query.bundleId));
      case 'snapshots':
        return ok(this.#policies.snapshots());
      case 'snapshot':
        return found(this.#policies.snapshotNamed(query.name));
      case 'rules':
        return ok({ items: this.#rules(query.disabled), errors: [] });
      case 'audit':
        return ok(
          policyAudit(
            this.#ledger,
            query.filter,
            (id) => this.#policies.bundlesWithRule(id),
            (hash) => this.#policies.snapshotOfContent(hash),
            query.before,
            query.limit,
          ),
        );
      case 'decisions':
        return ok(decisionTexts(this.#ledger, query.from, query.to, query.limit));
      case 'contents':
        return ok({ texts: this.#texts(query.hashes) });
      case 'range':
        return ok(rangeOf(this.#ledger, query));
      case 'shadows':
        return ok(this.#policies.shadows());
      case 'shadow':
        return found(this.#policies.shadow(query.bundleId));
      case 'candidate':
        return this.#candidate(query.bundles, query.lint);
      case 'simulate':
        return this.#simulate(query);
    }
  }

  #texts(hashes: readonly string[]): JsonObject {
    return Object.fromEntries(
      hashes.flatMap((hash) => {
        const text = this.#ledger.contents.text(hash);
        return text === null ? [] : [[hash, text]];
      }),
    );
  }

  /** Those in force, and where asked for those that are saved and not in force, at no place. */
  #rules(withDrafts: boolean): readonly JsonObject[] {
    const shown = (this.#documents.policy?.compiled.set?.rules ?? []).map(ruleShown);
    if (!withDrafts) return shown;
    const drafts = this.#policies.drafts().flatMap((draft) => {
      const made = makePolicy([draft]);
      return made.ok ? (made.value.compiled.set?.rules ?? []) : [];
    });
    return [...shown, ...drafts.map((rule) => ({ ...ruleShown(rule), position: null, draft: true }))];
  }

  #candidate(bundles: readonly ForceBundle[], lint: boolean): Answer {
    const made = this.#policies.candidate(bundles);
    if (!made.ok) return made;
    const { snapshot, rules, findings, content } = made.value;
    return ok({ policy_snapshot: snapshot, rules, content, ...(lint ? { findings: findings() } : {}) });
  }

  #simulate({ check, bundles, explain }: PolicyQuery & { what: 'simulate' }): Answer {
    const made = bundles.length === 0 ? ok(this.#set()) : this.#setOf(bundles);
    if (!made.ok) return made;
    const set = made.value;
    const question = questionOfCheck(check, set, this.#slug);
    const velocity = this.#velocity.reader(check.facts.job_id || NO_JOB, this.#ledger.now());
    const answer = (evaluation: Evaluation): JsonObject =>
      answerOf(evaluation, question, set?.snapshot ?? '', check.warnings);
    if (!explain) return ok(answer(evaluateSafely(set, question, velocity)));
    const { evaluation, ...why } = explainPolicy(set, question, velocity);
    return ok({ ...answer(evaluation), ...why });
  }

  /** null: nothing is published. */
  #set(): CompiledSet | null {
    return this.#documents.policy?.compiled.set ?? null;
  }

  #setOf(bundles: readonly ForceBundle[]): Result<CompiledSet | null, Refusal> {
    const made = this.#policies.candidate(bundles);
    return made.ok ? ok(made.value.compiled.set) : made;
  }

  planEvaluate(command: Command & { kind: 'policy.evaluate' }, actor: Actor, moment: Moment): Plan<CommandReply> {
    const { check, traceId } = command;
    const set = this.#set();
    const snapshot = set?.snapshot ?? '';
    const { policy } = this.#documents;
    const name = check.tenant?.trim().toLowerCase();
    if (name !== undefined && name !== 'default' && name !== this.#slug) return refused(refusal('tenant_mismatch'));
    const question = questionOfCheck(check, set, this.#slug);
    const decisionId = decisionIdFor(moment.newId(), moment.seq);
    const member = check.facts.job_id || decisionId;
    const evaluation = evaluateSafely(set, question, this.#velocity.reader(member, moment.now));
    const stamp = { decisionId, now: moment.now, phase: 'evaluate', policy };
    const body = policyDecisionBody(question, evaluation, snapshot, stamp);
    if (canonicalJson(body).length > MAX_RECORDED) {
      return refused(refusal('invalid_body', 'the question is too large to be recorded'));
    }
    return {
      entries: [entry('cap.decision', 'cap', actor, body, { traceId })],
      apply: () =>
        this.#velocity.count(
          evaluation.seen.map(({ asked }) => asked),
          member,
          moment.now,
        ),
      reply: ([sealed]) =>
        recorded(
          {
            decision_id: decisionId,
            trace_id: traceId,
            ...answerOf(evaluation, question, snapshot, check.warnings),
            receipt_id: sealed?.entry.receipt_id ?? null,
          },
          sealed,
        ),
    };
  }
}

const found = (value: JsonObject | null): Answer => (value === null ? err(refusal('not_found')) : ok(value));
