/**
 * What was decided, hour by hour: the hour that runs is counted in the head row, so a decision costs no row of its own,
 * and an hour that is over is one row. A year of them is read in a blink, however many decisions they stand for.
 */
import type { RouteDecision } from '../core/hall/decision.ts';
import { headingOf, noTally, type Tally } from '../core/hall/tally.ts';
import type { JsonObject } from '../core/json.ts';
import type { Ledger } from '../ledger/commit.ts';
import type { TenantMemo } from './plan.ts';
import { isoMicros } from './workers.ts';

interface HourRow extends Tally {
  readonly [column: string]: SqlStorageValue;
  /** Hours since 1970. */
  readonly hour: number;
}

const HOUR_MICROS = 3_600_000_000;
const KEPT_HOURS = 400 * 24;

const hourOf = (micros: number): number => Math.floor(micros / HOUR_MICROS);
const startOf = (hour: number): string => isoMicros(hour * HOUR_MICROS);

export class Outcomes {
  readonly #ledger: Ledger<TenantMemo>;

  constructor(ledger: Ledger<TenantMemo>) {
    this.#ledger = ledger;
  }

  /** A decision counts at `now` (µs). Inside `apply`. */
  count(decision: RouteDecision, now: number): void {
    const { memo } = this.#ledger;
    const hour = hourOf(now);
    if (memo.hour !== hour) this.#turn(hour);
    memo.thisHour[headingOf(decision)]++;
  }

  /** The first decision of an hour writes down the hour that it ends. */
  #turn(hour: number): void {
    const { memo, sql } = this.#ledger;
    if (memo.hour > 0) {
      const { dispatched, held, denied, failed_closed } = memo.thisHour;
      sql.exec(
        'INSERT OR REPLACE INTO outcomes (hour, dispatched, held, denied, failed_closed) VALUES (?, ?, ?, ?, ?)',
        memo.hour,
        dispatched,
        held,
        denied,
        failed_closed,
      );
      sql.exec('DELETE FROM outcomes WHERE hour < ?', hour - KEPT_HOURS);
    }
    memo.hour = hour;
    memo.thisHour = noTally();
  }

  /** The last `count` hours, oldest first, without those in which nothing was decided. */
  hours(count: number): JsonObject {
    const { memo, sql } = this.#ledger;
    const now = hourOf(this.#ledger.now());
    const from = now - count + 1;
    const over = sql.exec<HourRow>('SELECT * FROM outcomes WHERE hour >= ? ORDER BY hour', from).toArray();
    const hours = memo.hour >= from ? [...over, { hour: memo.hour, ...memo.thisHour }] : over;
    const { first } = sql.exec<{ first: number | null }>('SELECT min(hour) AS first FROM outcomes').one();
    const since = first ?? (memo.hour > 0 ? memo.hour : null);
    return {
      from: startOf(from),
      through: startOf(now),
      counted_since: since === null ? null : startOf(since),
      hours: hours.map(({ hour, dispatched, held, denied, failed_closed }) => ({
        at: startOf(hour),
        dispatched,
        held,
        denied,
        failed_closed,
      })),
    };
  }
}
