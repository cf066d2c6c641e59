/**
 * How much is decided: counters in the head row, so that a decision costs no row of its own, and one row for each UTC
 * day that is over. Beside them what clients say they decided elsewhere, by species (WCP 5.3); no entry tells of that.
 */
import type { ReportedUse } from '../core/hall/usage-report.ts';
import type { JsonObject } from '../core/json.ts';
import type { Ledger, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply } from './commands.ts';
import { recorded, type TenantMemo } from './plan.ts';
import { isoMicros } from './workers.ts';

interface UsageRow {
  readonly [column: string]: SqlStorageValue;
  readonly day: string;
  readonly worker_species_id: string;
  readonly decisions: number;
  readonly denials: number;
}

interface Day {
  decisions: number;
  denials: number;
  readonly reported: { readonly worker_species_id: string; readonly decisions: number }[];
}

/** The species under which a day of this Hall itself is kept. */
const OWN = '';
const KEPT_DAYS = 400;
/** Species that may report for one day: whoever has a key may make some up, and cannot fill the storage with them. */
const SPECIES_A_DAY = 200;
const DAY_MICROS = 86_400_000_000;

const dayOf = (micros: number): string => isoMicros(micros).slice(0, 10);

export class Usage {
  readonly #ledger: Ledger<TenantMemo>;

  constructor(ledger: Ledger<TenantMemo>) {
    this.#ledger = ledger;
  }

  /** A decision counts at `now` (µs). Inside `apply`. */
  count(denied: boolean, now: number): void {
    const { memo } = this.#ledger;
    const today = dayOf(now);
    if (memo.day !== today) this.#turn(today, now);
    memo.decisions++;
    memo.decisionsToday++;
    if (!denied) return;
    memo.denials++;
    memo.denialsToday++;
  }

  /** The first decision of a day writes down the day that it ends. */
  #turn(today: string, now: number): void {
    const { memo, sql } = this.#ledger;
    if (memo.day !== '') {
      sql.exec(
        'INSERT OR REPLACE INTO usage (day, worker_species_id, decisions, denials) VALUES (?, ?, ?, ?)',
        memo.day,
        OWN,
        memo.decisionsToday,
        memo.denialsToday,
      );
      sql.exec('DELETE FROM usage WHERE day < ?', dayOf(now - KEPT_DAYS * DAY_MICROS));
    }
    Object.assign(memo, { day: today, decisionsToday: 0, denialsToday: 0 });
  }

  today(): { readonly decisions: number; readonly denials: number } {
    const { day, decisionsToday, denialsToday } = this.#ledger.memo;
    const isToday = day === dayOf(this.#ledger.now());
    return isToday ? { decisions: decisionsToday, denials: denialsToday } : { decisions: 0, denials: 0 };
  }

  planReport({ uses }: Command & { kind: 'usage.report' }, now: number): Plan<CommandReply> {
    const day = dayOf(now);
    const accepted = this.#withRoom(uses, day);
    return {
      entries: [],
      apply: () => {
        for (const { speciesId, count } of accepted) {
          this.#ledger.sql.exec(
            `INSERT INTO usage (day, worker_species_id, decisions, denials) VALUES (?, ?, ?, 0)
             ON CONFLICT (day, worker_species_id) DO UPDATE SET
               decisions = min(decisions + excluded.decisions, ${Number.MAX_SAFE_INTEGER})`,
            day,
            speciesId,
            count,
          );
        }
      },
      reply: () => recorded({ accepted: accepted.length }, null),
    };
  }

  #withRoom(uses: readonly ReportedUse[], day: string): readonly ReportedUse[] {
    const known = new Set(
      this.#ledger.sql
        .exec<{ id: string }>('SELECT worker_species_id AS id FROM usage WHERE day = ?', day)
        .toArray()
        .map(({ id }) => id),
    );
    return uses.filter(({ speciesId }) => known.has(speciesId) || (known.size < SPECIES_A_DAY && known.add(speciesId)));
  }

  /** The last `count` days on which something was decided or reported, newest first. */
  days(count: number): JsonObject {
    const { memo, sql } = this.#ledger;
    const days = new Map<string, Day>();
    const dayNamed = (day: string): Day => {
      const known = days.get(day) ?? { decisions: 0, denials: 0, reported: [] };
      days.set(day, known);
      return known;
    };
    const since = dayOf(this.#ledger.now() - (count - 1) * DAY_MICROS);
    const rows = sql.exec<UsageRow>('SELECT * FROM usage WHERE day >= ? ORDER BY day, worker_species_id', since);
    for (const { day, worker_species_id, decisions, denials } of rows.toArray()) {
      if (worker_species_id === OWN) Object.assign(dayNamed(day), { decisions, denials });
      else dayNamed(day).reported.push({ worker_species_id, decisions });
    }
    if (memo.day >= since)
      Object.assign(dayNamed(memo.day), { decisions: memo.decisionsToday, denials: memo.denialsToday });
    const newestFirst = [...days].sort(([a], [b]) => (a < b ? 1 : -1));
    return {
      days: newestFirst.map(([day, use]) => ({ day, ...use })),
      decisions_total: memo.decisions,
      denials_total: memo.denials,
    };
  }
}
