/** What published clients of the Hall API read of a Hall (WCP 5.2): its state, its workers, its decisions. */
import { HELD } from '../core/hall/legacy.ts';
import { clean, cleanAll, isoTime } from '../core/hall/text.ts';
import type { JsonObject } from '../core/json.ts';
import type { WorkerFact } from '../core/registry/worker.ts';
import type { Ledger } from '../ledger/commit.ts';
import { entryTextAt, walkBack } from '../ledger/entries.ts';
import type { Dispatches } from './dispatches.ts';
import type { TenantInfo } from './info.ts';
import type { TenantMemo } from './plan.ts';
import type { Usage } from './usage.ts';
import { bytewise, isoMicros, type Workers } from './workers.ts';

/** Entries that one list looks at: beyond that a Hall has decided nothing for a long while. */
const SCAN = 20_000;
const RUNNING = 200;
/** Newest workers in the one page that these clients read. */
const ROSTER = 10_000;

export class Published {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #workers: Workers;
  readonly #dispatches: Dispatches;
  readonly #info: TenantInfo;
  readonly #usage: Usage;

  constructor(ledger: Ledger<TenantMemo>, workers: Workers, dispatches: Dispatches, info: TenantInfo, usage: Usage) {
    this.#ledger = ledger;
    this.#workers = workers;
    this.#dispatches = dispatches;
    this.#info = info;
    this.#usage = usage;
  }

  status(): JsonObject {
    const { decisions, denials } = this.#usage.today();
    const now = isoMicros(this.#ledger.now());
    return {
      hall_name: this.#info.name,
      workers_enrolled: this.#workers.count,
      decisions_total: this.#ledger.memo.decisions,
      decisions_imported: this.#ledger.memo.imported,
      decisions_today: decisions,
      denials_today: denials,
      timestamp: now,
      online: !this.#info.offline,
      account_standing: this.#info.standing,
      standing_checked_at: now,
    };
  }

  standing(): JsonObject {
    const { standing, tierId } = this.#info;
    return { standing, tier_id: tierId, checked_at: isoMicros(this.#ledger.now()) };
  }

  roster(): JsonObject {
    const newestFirst = [...this.#workers.all()].sort(
      (a, b) => b.enrolled_at - a.enrolled_at || bytewise(b.worker_id, a.worker_id),
    );
    const workers = newestFirst.slice(0, ROSTER).map((fact) => ({
      worker_id: fact.worker_id,
      worker_species_id: clean(fact.worker_species_id),
      capabilities: cleanAll(fact.capabilities),
      risk_tier: fact.risk_tier,
      enrolled_at: isoMicros(fact.enrolled_at),
      status: standingOf(fact),
    }));
    return { workers, count: workers.length };
  }

  decisions(limit: number): JsonObject {
    const dispatches: JsonObject[] = [];
    walkBack(this.#ledger.sql, this.#ledger.log.head.size + 1, SCAN, (text) => {
      const row = listed(text);
      if (row !== null) dispatches.push(row);
      return dispatches.length === limit ? 'stop' : 'more';
    });
    return { dispatches, count: dispatches.length };
  }

  /** Started, and without an outcome yet. */
  active(): JsonObject {
    const dispatches = this.#dispatches.running(RUNNING).flatMap(({ seq, startedAt }) => {
      const text = entryTextAt(this.#ledger.sql, seq);
      const row = text === null ? null : listed(text);
      return row === null ? [] : [{ ...row, started_at: isoMicros(startedAt) }];
    });
    return { dispatches, count: dispatches.length };
  }
}

/** An enrolment counts as active whether or not the worker is up now. */
const standingOf = ({ revoked, quarantined }: WorkerFact): string =>
  revoked ? 'revoked' : quarantined !== null ? 'quarantined' : 'active';

/** A decision in the members of these clients; null for an entry that is none, and for a dry run. */
const listed = (text: string): JsonObject | null => {
  // Told apart without parsing, as far as that goes: a long list of other things is passed over quickly.
  if (!text.includes('"stream":"wcp"') && !text.includes('"stream":"imported"')) return null;
  const entry = JSON.parse(text) as JsonObject;
  const body = entry.body as JsonObject;
  if (entry.type === 'hall.decision.imported') return { ...body, denied: body.denied === true ? 1 : 0, imported: true };
  if (entry.type !== 'wcp.decision' || entry.stream !== 'wcp') return null;
  const seen = body.seen as JsonObject;
  const request = seen.request as JsonObject;
  const held = body.outcome === 'STEWARD_HOLD' ? HELD : null;
  return {
    decision_id: body.decision_id ?? null,
    decided_at: isoTime(seen.at as number),
    capability_id: body.capability_id ?? null,
    tenant_id: request.tenant_id ?? null,
    env: request.env ?? null,
    denied: body.outcome === 'DISPATCH' ? 0 : 1,
    deny_reason: body.deny_code ?? held,
    selected_worker: body.worker_id ?? null,
    blast_score: (body.blast as JsonObject).score ?? null,
    artifact_hash: seen.route_input_hash ?? null,
    imported: false,
  };
};
