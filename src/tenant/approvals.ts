/**
 * The queue of questions that wait for people (WCP 4.2, CAP 4.2), one for every protocol. An approval is opened in the
 * commit of the decision that asks for it; what is answered is in `answers.ts`.
 */
import {
  type Approval,
  approvalIdOf,
  dueAt,
  type Escalation,
  storedApproval,
  subjectHash,
} from '../core/approval/approval.ts';
import type { ApprovalDemand, EscalationStep } from '../core/approval/demand.ts';
import { endedBody, endedType, requestedBody, requestedType } from '../core/approval/record.ts';
import type { Actor } from '../core/caller.ts';
import type { Decided } from '../core/hall/decision.ts';
import { seqOfId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { EntryDraft } from '../core/ledger/entry.ts';
import type { Ledger } from '../ledger/commit.ts';
import { entry, type TenantMemo } from './plan.ts';

const DEADLINE = 'approvals';

interface ApprovalRow {
  readonly [column: string]: SqlStorageValue;
  readonly approval: string;
}

/** What asks: who, about what, and how strong a yes has to be. */
export interface Asked extends ApprovalDemand {
  readonly kind: Approval['kind'];
  readonly decisionId: string;
  readonly traceId: string | null;
  readonly reason: string;
  readonly subjectHash: string;
  readonly policyHash: string | null;
  readonly expiresAt: number;
  readonly escalation: readonly EscalationStep[];
  readonly context: JsonObject;
}

export interface ApprovalPage {
  readonly kind: Approval['kind'] | null;
  readonly pendingOnly: boolean;
  /** Seq of the last one of the page before. */
  readonly after: number | null;
  readonly limit: number;
}

export class Approvals {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #personOf: (actor: Actor) => string;
  /** Correlation ids that an incident commander has in hand; few, and asked for with every decision. */
  #commanded = new Set<string>();

  constructor(ledger: Ledger<TenantMemo>, personOf: (actor: Actor) => string) {
    this.#ledger = ledger;
    this.#personOf = personOf;
  }

  reload(): void {
    const rows = this.#ledger.sql
      .exec<{ id: string | null }>(
        "SELECT correlation_id AS id FROM approvals WHERE state = 'pending' AND level = 'incident_commander'",
      )
      .toArray();
    this.#commanded = new Set(rows.flatMap(({ id }) => (id === null ? [] : [id])));
  }

  isCommanded(correlationId: string | null): boolean {
    return correlationId !== null && this.#commanded.has(correlationId);
  }

  /** By its own id, or by that of the decision or job that asks. */
  find(id: string): Approval | null {
    const row = this.#ledger.sql
      .exec<ApprovalRow>(
        'SELECT approval FROM approvals WHERE approval_id = ?',
        seqOfId(id) === null ? id : approvalIdOf(id),
      )
      .toArray()[0];
    return row === undefined ? null : storedApproval(row.approval);
  }

  /** Oldest first: who waits longest is answered first. */
  page({ kind, pendingOnly, after, limit }: ApprovalPage): readonly Approval[] {
    return this.#ledger.sql
      .exec<ApprovalRow>(
        `SELECT approval FROM approvals WHERE ${pendingOnly ? "state = 'pending' AND" : ''} seq > ?
         ${kind === null ? '' : "AND json_extract(approval, '$.kind') = ?"} ORDER BY seq LIMIT ?`,
        ...[after ?? 0, ...(kind === null ? [] : [kind]), limit],
      )
      .toArray()
      .map(({ approval }) => storedApproval(approval));
  }

  /** The last ones before it that are over, of the same kind and level of detail: newest first. */
  prior({ approval_id, decision_id, kind }: Approval, limit: number): readonly Approval[] {
    return this.#ledger.sql
      .exec<ApprovalRow>(
        `SELECT approval FROM approvals WHERE state <> 'pending' AND seq < ? AND approval_id <> ?
         AND json_extract(approval, '$.kind') = ? ORDER BY seq DESC LIMIT ?`,
        seqOfId(decision_id),
        approval_id,
        kind,
        limit,
      )
      .toArray()
      .map(({ approval }) => storedApproval(approval));
  }

  due(now: number, limit: number): readonly Approval[] {
    return this.#ledger.sql
      .exec<ApprovalRow>(
        "SELECT approval FROM approvals WHERE state = 'pending' AND due_at <= ? ORDER BY due_at LIMIT ?",
        now,
        limit,
      )
      .toArray()
      .map(({ approval }) => storedApproval(approval));
  }

  /** What a decision that asks a person opens beside itself; null where it asks nobody. */
  opening({ decision, facts, effects }: Decided, actor: Actor, now: number): Opening | null {
    const asked = effects.approval;
    if (asked === null) return null;
    const subject: JsonObject = {
      capability_id: decision.capability_id,
      data_label: decision.data_label,
      env: decision.env,
      policy: facts.policy?.hash ?? null,
      request_hash: decision.request_hash,
      route_input_hash: decision.artifact_hash,
      rules: facts.rules?.hash ?? null,
      tenant_id: decision.tenant_id,
    };
    const { expires_at: expiresAt, ...demand } = asked;
    return this.open(
      {
        ...demand,
        expiresAt,
        decisionId: decision.decision_id,
        traceId: decision.correlation_id,
        subjectHash: subjectHash(subject),
        policyHash: facts.policy?.hash ?? null,
        context: { ...decision.escalation_context },
      },
      actor,
      now,
    );
  }

  open(asked: Asked, actor: Actor, now: number): Opening {
    const approval: Approval = {
      approval_id: approvalIdOf(asked.decisionId),
      kind: asked.kind,
      state: 'pending',
      decision_id: asked.decisionId,
      correlation_id: asked.traceId,
      level: asked.level,
      quorum: asked.quorum,
      step_up: asked.step_up,
      passkey: asked.passkey,
      reason: asked.reason,
      subject_hash: asked.subjectHash,
      policy_hash: asked.policyHash,
      requested_by: actor,
      requested_person: this.#personOf(actor),
      created_at: now,
      expires_at: asked.expiresAt,
      escalation: chainOf(asked, now),
      votes: [],
      context: asked.context,
      resolution: null,
    };
    const trace = { traceId: approval.correlation_id };
    return {
      approval,
      draft: entry(requestedType(approval), 'approval', actor, requestedBody(approval), trace),
      apply: () => this.keep(approval),
    };
  }

  /** What was asked is over otherwise: nobody need answer. */
  withdrawing(approval: Approval, by: Actor, now: number): { readonly draft: EntryDraft; readonly apply: () => void } {
    const resolution = { answer: null, by, reason: null, constraints: null, at: now, decision_id: null };
    const ended: Approval = { ...approval, state: 'invalidated', resolution };
    const trace = { traceId: approval.correlation_id };
    return {
      draft: entry(endedType(ended, 'invalidated'), 'approval', by, endedBody(ended, null), trace),
      apply: () => this.keep(ended),
    };
  }

  /** Inside `apply`. */
  keep(approval: Approval): void {
    this.#ledger.sql.exec(
      `INSERT OR REPLACE INTO approvals (approval_id, seq, state, level, correlation_id, expires_at, due_at, approval)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      approval.approval_id,
      seqOfId(approval.decision_id),
      approval.state,
      approval.level,
      approval.correlation_id,
      approval.expires_at,
      dueAt(approval),
      JSON.stringify(approval),
    );
    this.#noteCommand(approval);
    const { due } = this.#ledger.sql
      .exec<{ due: number | null }>("SELECT min(due_at) AS due FROM approvals WHERE state = 'pending'")
      .one();
    this.#ledger.deadline(DEADLINE, due === null ? null : Math.ceil(due / 1000));
  }

  /** Thousands may wait: all of them are read only where one ends that a commander had in hand. */
  #noteCommand({ state, level, correlation_id: id }: Approval): void {
    if (id === null) return;
    if (state === 'pending' && level === 'incident_commander') this.#commanded.add(id);
    else if (this.#commanded.has(id)) this.reload();
  }
}

export interface Opening {
  readonly approval: Approval;
  readonly draft: EntryDraft;
  readonly apply: () => void;
}

/** Steps that come after the end of the approval are none. */
const chainOf = ({ escalation, expiresAt }: Asked, now: number): readonly Escalation[] =>
  escalation
    .map(({ after_s, to }) => ({ at: now + after_s * 1_000_000, to }))
    .filter(({ at }) => at < expiresAt)
    .sort((a, b) => a.at - b.at);
