/** Lists of decisions, newest first, read from the ledger itself: there is no second copy that could differ. */
import { type DenyClass, denyClassOf } from '../core/hall/codes.ts';
import { seqOfId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Ledger } from '../ledger/commit.ts';
import { entryTextsFrom, walkBack } from '../ledger/entries.ts';
import type { Dispatches } from './dispatches.ts';
import type { TenantMemo } from './plan.ts';
import { isoMicros } from './workers.ts';

export interface DecisionFilter {
  readonly outcome?: string | undefined;
  readonly deny_code?: string | undefined;
  readonly deny_class?: DenyClass | undefined;
  readonly capability_id?: string | undefined;
  readonly worker_id?: string | undefined;
  readonly correlation_id?: string | undefined;
  readonly dry_run?: boolean | undefined;
}

/** Entries one page of a filtered list may look at, so that a rare filter costs many cheap pages, not one dear one. */
const PAGE_SCAN = 5_000;
/** And one page of the feed. */
const FEED_SCAN = 500;
const DECISION = '"type":"wcp.decision"';

const isText = (value: unknown): value is string => typeof value === 'string';

export class Decisions {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #dispatches: Dispatches;

  constructor(ledger: Ledger<TenantMemo>, dispatches: Dispatches) {
    this.#ledger = ledger;
    this.#dispatches = dispatches;
  }

  list(filter: DecisionFilter, before: number | null, limit: number): JsonObject {
    const decisions: JsonObject[] = [];
    // What is derived from a decision is not written in its entry.
    const { deny_class: _derived, ...written } = filter;
    const marks = [
      DECISION,
      ...Object.values(written)
        .filter(isText)
        .map((value) => JSON.stringify(value)),
    ];
    const stoppedAt = walkBack(this.#ledger.sql, before ?? this.#ledger.log.head.size + 1, PAGE_SCAN, (text) => {
      // Most of what is not asked for is told apart without parsing it.
      if (!marks.every((mark) => text.includes(mark))) return 'more';
      const entry = JSON.parse(text) as JsonObject;
      if (entry.type !== 'wcp.decision' || !passes(entry, filter)) return 'more';
      decisions.push(this.#summary(entry));
      return decisions.length === limit ? 'stop' : 'more';
    });
    return {
      decisions,
      count: decisions.length,
      // Where the feed goes on from.
      size: this.#ledger.log.head.size,
      next_cursor: stoppedAt > 1 ? String(stoppedAt) : null,
    };
  }

  /** Those after a seq, in order; null: where the ledger ends now, and none. */
  after(seq: number | null): JsonObject {
    const { size } = this.#ledger.log.head;
    if (seq === null || seq >= size) return { decisions: [], through: seq ?? size };
    const texts = entryTextsFrom(this.#ledger.sql, seq + 1, FEED_SCAN);
    const decisions = texts.flatMap((text) => {
      if (!text.includes(DECISION)) return [];
      const entry = JSON.parse(text) as JsonObject;
      return entry.type === 'wcp.decision' ? [this.#summary(entry)] : [];
    });
    return { decisions, through: seq + texts.length };
  }

  #summary(entry: JsonObject): JsonObject {
    const body = entry.body as JsonObject;
    const seen = body.seen as JsonObject;
    const request = seen.request as JsonObject;
    const seq = entry.seq as number;
    const dispatched = body.outcome === 'DISPATCH' && entry.stream === 'wcp';
    return {
      decision_id: body.decision_id ?? null,
      seq,
      receipt_id: entry.receipt_id ?? null,
      decided_at: isoMicros(entry.ts as number),
      outcome: body.outcome ?? null,
      core_outcome: body.policy_decision ?? null,
      deny_code: body.deny_code ?? null,
      deny_class: denyClassOf(body.deny_code),
      stage: body.stage ?? null,
      matched_rule_id: body.matched_rule_id ?? null,
      capability_id: body.capability_id ?? null,
      worker_id: body.worker_id ?? null,
      tenant_id: request.tenant_id ?? null,
      env: request.env ?? null,
      data_label: request.data_label ?? null,
      correlation_id: body.correlation_id ?? null,
      blast: body.blast ?? null,
      artifact_hash: body.artifact_hash ?? null,
      dry_run: entry.stream === 'wcp.dry',
      dispatch: dispatched ? this.#dispatches.stateOf(seq) : null,
    };
  }

  one(decisionId: string): JsonObject | null {
    const seq = seqOfId(decisionId);
    const record = seq === null ? null : this.#ledger.log.recordAt(seq);
    if (record === null) return null;
    const entry = JSON.parse(record.text) as JsonObject;
    const body = entry.body as JsonObject;
    if (entry.type !== 'wcp.decision' || body.decision_id !== decisionId) return null;
    return { ...this.#summary(entry), record: { ...record } };
  }
}

const passes = (entry: JsonObject, filter: DecisionFilter): boolean => {
  const body = entry.body as JsonObject;
  const asked: readonly [unknown, unknown][] = [
    [filter.outcome, body.outcome],
    [filter.deny_code, body.deny_code],
    [filter.deny_class, filter.deny_class && denyClassOf(body.deny_code)],
    [filter.capability_id, body.capability_id],
    [filter.worker_id, body.worker_id],
    [filter.correlation_id, body.correlation_id],
    [filter.dry_run, entry.stream === 'wcp.dry'],
  ];
  return asked.every(([wanted, is]) => wanted === undefined || wanted === is);
};
