/**
 * The policy asked by jobs (CAP 4.3): `evaluate` is a decision, counted and recorded; `simulate` and `explain` are the
 * same question to the same document, or to a candidate, and leave nothing behind.
 */
import type { Actor } from '../core/caller.ts';
import { decisionIdFor } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { answerOf, ruleShown } from '../core/policy/answer.ts';
import { type PolicyCheck, questionOfCheck } from '../core/policy/check.ts';
import { evaluateSet } from '../core/policy/evaluate.ts';
import { explainSet } from '../core/policy/explain.ts';
import type { ForceBundle } from '../core/policy/in-force.ts';
import { policyDecisionBody } from '../core/policy/record.ts';
import type { CompiledSet } from '../core/policy/set.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Ledger, Moment, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply } from './commands.ts';
import type { Documents } from './documents.ts';
import { entry, recorded, refused, type TenantMemo } from './plan.ts';
import type { Policies } from './policies.ts';
import type { VelocityCounters } from './velocity.ts';

export type PolicyQuery =
  | { readonly what: 'bundles' }
  | { readonly what: 'bundle'; readonly bundleId: string }
  | { readonly what: 'snapshots' }
  | { readonly what: 'snapshot'; readonly name: string }
  | { readonly what: 'rules' }
  /** The policy in force with these texts in it: what it would be, whether it can be, what is odd about it. */
  | { readonly what: 'candidate'; readonly bundles: readonly ForceBundle[] }
  | {
      readonly what: 'simulate';
      readonly check: PolicyCheck;
      readonly bundles: readonly ForceBundle[];
      readonly explain: boolean;
    };

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
        return ok({ items: (this.#documents.policy?.compiled.set?.rules ?? []).map(ruleShown), errors: [] });
      case 'candidate':
        return this.#candidate(query.bundles);
      case 'simulate':
        return this.#simulate(query);
    }
  }

  #candidate(bundles: readonly ForceBundle[]): Answer {
    const made = this.#policies.candidate(bundles);
    if (!made.ok) return made;
    const { snapshot, rules, findings, content } = made.value;
    return ok({ policy_snapshot: snapshot, rules, findings, content });
  }

  #simulate({ check, bundles, explain }: PolicyQuery & { what: 'simulate' }): Answer {
    const set = bundles.length === 0 ? this.#set() : this.#setOf(bundles);
    if (!set.ok) return set;
    const question = questionOfCheck(check, set.value, this.#slug);
    const velocity = this.#velocity.reader(check.facts.job_id || NO_JOB, this.#ledger.now());
    if (!explain) {
      const evaluation = evaluateSet(set.value, question, velocity);
      return ok(answerOf(evaluation, question, set.value.snapshot, check.warnings));
    }
    const { evaluation, ...why } = explainSet(set.value, question, velocity);
    return ok({ ...answerOf(evaluation, question, set.value.snapshot, check.warnings), ...why });
  }

  #set(): Result<CompiledSet, Refusal> {
    const set = this.#documents.policy?.compiled.set ?? null;
    return set === null ? err(refusal('policy_unavailable', 'no policy is published')) : ok(set);
  }

  #setOf(bundles: readonly ForceBundle[]): Result<CompiledSet, Refusal> {
    const made = this.#policies.candidate(bundles);
    if (!made.ok) return made;
    const { set } = made.value.compiled;
    return set === null ? err(refusal('policy_unavailable')) : ok(set);
  }

  planEvaluate(command: Command & { kind: 'policy.evaluate' }, actor: Actor, moment: Moment): Plan<CommandReply> {
    const { check, traceId } = command;
    const set = this.#set();
    const { policy } = this.#documents;
    if (!set.ok || policy === null) return refused(refusal('policy_unavailable', 'no policy is published'));
    const name = check.tenant?.trim().toLowerCase();
    if (name !== undefined && name !== 'default' && name !== this.#slug) return refused(refusal('tenant_mismatch'));
    const question = questionOfCheck(check, set.value, this.#slug);
    const decisionId = decisionIdFor(moment.newId(), moment.seq);
    const member = check.facts.job_id || decisionId;
    const evaluation = evaluateSet(set.value, question, this.#velocity.reader(member, moment.now));
    const stamp = { decisionId, now: moment.now, phase: 'evaluate', policy };
    const body = policyDecisionBody(question, evaluation, set.value.snapshot, stamp);
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
            ...answerOf(evaluation, question, set.value.snapshot, check.warnings),
            receipt_id: sealed?.entry.receipt_id ?? null,
          },
          sealed,
        ),
    };
  }
}

const found = (value: JsonObject | null): Answer => (value === null ? err(refusal('not_found')) : ok(value));
