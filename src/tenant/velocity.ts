/**
 * Counters of the policy's velocity rules (CAP 5.7): exact, in storage, one row for each member of a window. Reading never
 * writes; counting happens in the commit of the decision that is counted. Rows past their window are swept by the alarm.
 */
import { sha256Hex } from '../core/hash.ts';
import type { ReadVelocity, VelocityAsked } from '../core/policy/velocity.ts';
import type { Ledger } from '../ledger/commit.ts';
import type { TenantMemo } from './plan.ts';

const SWEEP = 'velocity';
/** Between two sweeps: rows that nobody counts any more cost a little space, not correctness. */
const SWEEP_MS = 3_600_000;

const counterOf = ({ ruleId, key }: VelocityAsked): string => sha256Hex(`${ruleId}\0${key}`);

export class VelocityCounters {
  readonly #ledger: Ledger<TenantMemo>;
  #sweepIsDue = false;

  constructor(ledger: Ledger<TenantMemo>) {
    this.#ledger = ledger;
  }

  reload(): void {
    const query = 'SELECT 1 FROM deadlines WHERE name = ?';
    this.#sweepIsDue = this.#ledger.sql.exec(query, SWEEP).toArray().length > 0;
  }

  /** Counts as they would be with `member` in them, at `now` (microseconds). */
  reader(member: string, now: number): ReadVelocity {
    const nowMs = Math.floor(now / 1000);
    return (asked) => {
      const { max_requests, window_seconds } = asked.terms;
      const windowMs = window_seconds * 1000;
      // The newest are all that decide: the window is full when that many of them are in it.
      const rows = this.#ledger.sql
        .exec<{ member: string; at: number }>(
          'SELECT member, at FROM velocity WHERE counter = ? AND at > ? ORDER BY at DESC LIMIT ?',
          counterOf(asked),
          nowMs - windowMs,
          max_requests + 1,
        )
        .toArray();
      const known = this.#isMember(asked, member, nowMs - windowMs);
      const times = known ? rows.map(({ at }) => at) : [nowMs, ...rows.map(({ at }) => at)];
      const count = Math.min(times.length, max_requests + 1);
      // There is room again once the oldest of the newest `max_requests` has left.
      const blocking = times[max_requests - 1];
      return { count, retryAfterMs: count > max_requests && blocking !== undefined ? blocking + windowMs - nowMs : 0 };
    };
  }

  #isMember(asked: VelocityAsked, member: string, after: number): boolean {
    const query = 'SELECT 1 FROM velocity WHERE counter = ? AND member = ? AND at > ?';
    return this.#ledger.sql.exec(query, counterOf(asked), member, after).toArray().length > 0;
  }

  /** Inside `apply`. A member that is counted already keeps its place. */
  count(asked: readonly VelocityAsked[], member: string, now: number): void {
    const nowMs = Math.floor(now / 1000);
    for (const one of asked) {
      if (this.#isMember(one, member, nowMs - one.terms.window_seconds * 1000)) continue;
      this.#ledger.sql.exec(
        'INSERT OR REPLACE INTO velocity (counter, member, at, expires_at) VALUES (?, ?, ?, ?)',
        counterOf(one),
        member,
        nowMs,
        nowMs + one.terms.window_seconds * 1000,
      );
    }
    if (asked.length > 0 && !this.#sweepIsDue) this.#dueSweep(nowMs + SWEEP_MS);
  }

  /** Inside `apply` of the alarm's command. */
  sweep(now: number): void {
    const nowMs = Math.floor(now / 1000);
    const query = 'SELECT 1 FROM deadlines WHERE name = ? AND due_at <= ?';
    if (this.#ledger.sql.exec(query, SWEEP, nowMs).toArray().length === 0) return;
    this.#ledger.sql.exec('DELETE FROM velocity WHERE expires_at <= ?', nowMs);
    const { left } = this.#ledger.sql.exec<{ left: number }>('SELECT count(*) AS left FROM velocity').one();
    this.#dueSweep(left > 0 ? nowMs + SWEEP_MS : null);
  }

  #dueSweep(dueAtMs: number | null): void {
    this.#sweepIsDue = dueAtMs !== null;
    this.#ledger.deadline(SWEEP, dueAtMs);
  }
}
