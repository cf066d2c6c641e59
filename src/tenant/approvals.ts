/**
 * Questions that wait for a person (WCP 4.2). An approval is opened in the commit of the decision that asks for it, and
 * answered in one commit with what comes of it: an approved question is decided anew on what is known now, so a ban or a
 * new policy of the meantime wins, and its dispatch consumes the approval.
 */
import {
  type Answer,
  type Approval,
  approvalIdOf,
  judgeAnswer,
  judgeEscalation,
  subjectHash,
} from '../core/approval.ts';
import type { Actor } from '../core/caller.ts';
import type { Decided } from '../core/hall/decision.ts';
import type { ApprovalSeen } from '../core/hall/snapshot.ts';
import { seqOfId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { EntryDraft, SealedEntry } from '../core/ledger/entry.ts';
import { refusal } from '../core/refusal.ts';
import type { Ledger, Moment, Plan } from '../ledger/commit.ts';
import { entryTextAt } from '../ledger/entries.ts';
import { recordOf } from '../ledger/reading.ts';
import type { Command, CommandReply, DecidedReply } from './commands.ts';
import type { Documents } from './documents.ts';
import { entry, recorded, refused, SYSTEM, type TenantMemo } from './plan.ts';

const DEADLINE = 'approvals';
/** In one commit of the alarm; it comes again for the others. */
const EXPIRED_AT_ONCE = 32;

interface ApprovalRow {
  readonly [column: string]: SqlStorageValue;
  readonly approval: string;
}

/** A question decided anew, in the place of the ledger that `moment` names. */
export interface Rehearing {
  readonly decided: Decided;
  readonly drafts: readonly EntryDraft[];
  readonly apply: () => void;
  readonly reply: (sealed: SealedEntry | undefined) => DecidedReply;
}

/** `text`: the entry that asked. */
export type Rehear = (text: string, seen: ApprovalSeen, moment: Moment) => Rehearing;

/** The place and the time of an entry that follows `entries` others of the same command: no two share a microsecond. */
const after = (moment: Moment, entries: number): Moment => ({
  ...moment,
  now: moment.now + entries,
  seq: moment.seq + entries,
});

const iso = (micros: number): string => new Date(Math.floor(micros / 1000)).toISOString();

export const shownApproval = (approval: Approval): JsonObject => ({
  pending_approval_id: approval.approval_id,
  decision_id: approval.decision_id,
  correlation_id: approval.correlation_id,
  kind: approval.kind,
  state: approval.state,
  supervisor_level: approval.level,
  reason: approval.reason,
  step_up: approval.step_up,
  requested_by: { kind: approval.requested_by.kind, id: approval.requested_by.id },
  created_at: iso(approval.created_at),
  approval_expires_at: iso(approval.expires_at),
  subject_hash: approval.subject_hash,
  policy_hash: approval.policy_hash,
  escalation_context: approval.context,
  resolution: approval.resolution && {
    answer: approval.resolution.answer,
    by: approval.resolution.by && { kind: approval.resolution.by.kind, id: approval.resolution.by.id },
    reason: approval.resolution.reason,
    at: iso(approval.resolution.at),
    decision_id: approval.resolution.decision_id,
  },
});

export class Approvals {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #documents: Documents;
  /** Correlation ids that an incident commander has in hand; few, and asked for with every decision. */
  #commanded = new Set<string>();

  constructor(ledger: Ledger<TenantMemo>, documents: Documents) {
    this.#ledger = ledger;
    this.#documents = documents;
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

  find(id: string): Approval | null {
    const row = this.#ledger.sql
      .exec<ApprovalRow>('SELECT approval FROM approvals WHERE approval_id = ?', id)
      .toArray()[0];
    return row === undefined ? null : (JSON.parse(row.approval) as Approval);
  }

  /** Oldest first: who waits longest is answered first. `after`: the last id of the page before. */
  pending(after: string | null, limit: number): readonly Approval[] {
    const from = after === null ? 0 : (seqOfId(after.slice('apr_'.length)) ?? 0);
    return this.#ledger.sql
      .exec<ApprovalRow>(
        "SELECT approval FROM approvals WHERE state = 'pending' AND seq > ? ORDER BY seq LIMIT ?",
        from,
        limit,
      )
      .toArray()
      .map(({ approval }) => JSON.parse(approval) as Approval);
  }

  /** What a decision that asks a person opens beside itself; null where it asks nobody. */
  opening(
    { decision, facts, effects }: Decided,
    actor: Actor,
    now: number,
  ): { draft: EntryDraft; apply: () => void } | null {
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
    const approval: Approval = {
      approval_id: approvalIdOf(decision.decision_id),
      kind: asked.kind,
      state: 'pending',
      decision_id: decision.decision_id,
      correlation_id: decision.correlation_id,
      level: asked.level,
      reason: asked.reason,
      step_up: asked.step_up,
      subject_hash: subjectHash(subject),
      policy_hash: facts.policy?.hash ?? null,
      requested_by: actor,
      created_at: now,
      expires_at: asked.expires_at,
      context: { ...decision.escalation_context },
      resolution: null,
    };
    const body = {
      approval_id: approval.approval_id,
      decision_id: approval.decision_id,
      expires_at: approval.expires_at,
      level: approval.level,
      policy: approval.policy_hash,
      reason: approval.reason,
      subject_hash: approval.subject_hash,
    };
    return {
      draft: entry('wcp.approval.requested', 'approval', actor, body, { traceId: approval.correlation_id }),
      apply: () => this.#keep(approval),
    };
  }

  planResolve(
    { approvalId, answer, reason, subjectHash: shown, freshAt }: Command & { kind: 'approval.resolve' },
    by: Actor,
    moment: Moment,
    rehear: Rehear,
  ): Plan<CommandReply> {
    const approval = this.find(approvalId);
    if (approval === null) return refused(refusal('not_found'));
    const said: Answer = { answer, by, reason, subjectHash: shown, freshAt };
    const judged = judgeAnswer(approval, said, moment.now, this.#documents.policy?.hash ?? null);
    if (!judged.ok) return refused(judged.error);
    switch (judged.value) {
      case 'repeat':
        return { entries: [], reply: () => resolved(approval, null, undefined) };
      case 'late':
        return { ...this.#end(approval, moment, rehear), reply: () => refusedBy('approval_expired') };
      case 'policy_changed':
        return { ...this.#invalidate(approval, said, moment.now), reply: () => refusedBy('approval_invalidated') };
      case 'resolve':
        if (answer === 'deny') return this.#conclude(approval, said, 'rejected', moment, rehear);
        // The person does it: there is nothing to dispatch, and never a grant.
        return approval.level === 'executor'
          ? this.#done(approval, said, moment.now)
          : this.#conclude(approval, said, 'approved', moment, rehear);
    }
  }

  planEscalate(
    { approvalId, to, reason }: Command & { kind: 'approval.escalate' },
    by: Actor,
    now: number,
  ): Plan<CommandReply> {
    const approval = this.find(approvalId);
    if (approval === null) return refused(refusal('not_found'));
    const judged = judgeEscalation(approval, to, now);
    if (!judged.ok) return refused(judged.error);
    const raised: Approval = { ...approval, level: to };
    const body = { approval_id: approvalId, from: approval.level, reason, to };
    return {
      entries: [entry('wcp.approval.escalated', 'approval', by, body, { traceId: approval.correlation_id })],
      apply: () => this.#keep(raised),
      reply: ([sealed]) => recorded({ approval: shownApproval(raised) }, sealed),
    };
  }

  /** The alarm: what nobody answered in time is denied, and called expired. Null: nothing is due. */
  planExpired(moment: Moment, rehear: Rehear): Plan<CommandReply> | null {
    const due = this.#ledger.sql
      .exec<ApprovalRow>(
        "SELECT approval FROM approvals WHERE state = 'pending' AND expires_at <= ? ORDER BY expires_at LIMIT ?",
        moment.now,
        EXPIRED_AT_ONCE,
      )
      .toArray();
    if (due.length === 0) return null;
    let entries = 0;
    const ends = due.map(({ approval }) => {
      const end = this.#end(JSON.parse(approval) as Approval, after(moment, entries), rehear);
      entries += end.entries.length;
      return end;
    });
    return {
      entries: ends.flatMap((end) => end.entries),
      apply: () => {
        for (const end of ends) end.apply?.([]);
      },
      reply: () => ({ kind: 'recorded', value: { expired: due.length }, record: null }),
    };
  }

  #end(approval: Approval, moment: Moment, rehear: Rehear): Plan<CommandReply> {
    const said: Answer = { answer: 'deny', by: SYSTEM, reason: null, subjectHash: null, freshAt: null };
    return this.#conclude(approval, said, 'expired', moment, rehear);
  }

  /** Asks the question again with the answer, and records both: the approval's end first, then what came of it. */
  #conclude(
    approval: Approval,
    said: Answer,
    outcome: 'approved' | 'rejected' | 'expired',
    moment: Moment,
    rehear: Rehear,
  ): Plan<CommandReply> {
    const asked = entryTextAt(this.#ledger.sql, seqOfId(approval.decision_id) ?? 0);
    if (asked === null) return refused(refusal('internal_error'));
    const seen: ApprovalSeen = { approval_id: approval.approval_id, answer: outcome };
    const again = rehear(asked, seen, after(moment, 1));
    const { decision } = again.decided;
    const dispatched = decision.outcome === 'DISPATCH';
    const state = outcome === 'approved' ? (dispatched ? 'consumed' : 'invalidated') : outcome;
    const ended = this.#ended(approval, said, state, moment.now, decision.decision_id);
    return {
      entries: [this.#entryOf(ended, `wcp.approval.${outcome}`, said), ...again.drafts],
      apply: () => {
        this.#keep(ended);
        again.apply();
      },
      reply: ([sealed, outcomeOf]) => resolved(ended, again.reply(outcomeOf), sealed),
    };
  }

  #done(approval: Approval, said: Answer, now: number): Plan<CommandReply> {
    return this.#settle(this.#ended(approval, said, 'approved', now, null), 'wcp.approval.approved', said);
  }

  #invalidate(approval: Approval, said: Answer, now: number): Plan<CommandReply> {
    return this.#settle(this.#ended(approval, said, 'invalidated', now, null), 'wcp.approval.invalidated', said);
  }

  #settle(ended: Approval, type: string, said: Answer): Plan<CommandReply> {
    return {
      entries: [this.#entryOf(ended, type, said)],
      apply: () => this.#keep(ended),
      reply: ([sealed]) => resolved(ended, null, sealed),
    };
  }

  #ended(
    approval: Approval,
    { answer, by, reason }: Answer,
    state: Approval['state'],
    at: number,
    decisionId: string | null,
  ): Approval {
    const isPerson = state !== 'expired';
    const resolution = {
      answer: isPerson ? answer : null,
      by: isPerson ? by : null,
      reason,
      at,
      decision_id: decisionId,
    };
    return { ...approval, state, resolution };
  }

  #entryOf(ended: Approval, type: string, { by, reason }: Answer): EntryDraft {
    const body = {
      approval_id: ended.approval_id,
      decision_id: ended.decision_id,
      outcome_decision_id: ended.resolution?.decision_id ?? null,
      policy: ended.policy_hash,
      reason,
      state: ended.state,
      subject_hash: ended.subject_hash,
    };
    return entry(type, 'approval', by, body, { traceId: ended.correlation_id });
  }

  /** Inside `apply`. */
  #keep(approval: Approval): void {
    this.#ledger.sql.exec(
      `INSERT OR REPLACE INTO approvals (approval_id, seq, state, level, correlation_id, expires_at, approval)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      approval.approval_id,
      seqOfId(approval.decision_id),
      approval.state,
      approval.level,
      approval.correlation_id,
      approval.expires_at,
      JSON.stringify(approval),
    );
    this.reload();
    const { due } = this.#ledger.sql
      .exec<{ due: number | null }>("SELECT min(expires_at) AS due FROM approvals WHERE state = 'pending'")
      .one();
    this.#ledger.deadline(DEADLINE, due === null ? null : Math.ceil(due / 1000));
  }
}

const refusedBy = (code: 'approval_expired' | 'approval_invalidated'): CommandReply => ({
  kind: 'refused',
  refusal: refusal(code),
});

const resolved = (approval: Approval, decided: DecidedReply | null, sealed: SealedEntry | undefined): CommandReply => ({
  kind: 'resolved',
  approval: shownApproval(approval),
  decided,
  record: sealed === undefined ? null : recordOf(sealed),
});
