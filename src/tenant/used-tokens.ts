/**
 * What may be used once (a token's jti, the proof that came with it) and was: in storage, so that no restart forgets.
 *
 * INVARIANT: nothing is taken twice. A use is remembered until the token has expired; what was forgotten is not taken
 * any more, by the time up to which rows were forgotten, so not even a clock that goes back opens a door.
 */
import type { Once } from '../core/signatory/claims.ts';
import type { FaultReason } from '../core/signatory/fault.ts';
import type { Ledger } from '../ledger/commit.ts';
import type { TenantMemo } from './plan.ts';

const DEADLINE = 'tokens';
/** At the most so many are remembered. Beyond that, tokens are refused until others have expired. */
export const MAX_REMEMBERED = 1_000_000;
/** Forgotten in one go, so that nobody waits long for it. */
const AT_A_TIME = 10_000;
/** Expired rows may rest for so long: the alarm need not ring for each. */
const REST_MS = 60_000;

export class UsedTokens {
  readonly #ledger: Ledger<TenantMemo>;
  #count = 0;
  #forgottenTo = 0;
  #purgeIsDue = false;

  constructor(ledger: Ledger<TenantMemo>) {
    this.#ledger = ledger;
  }

  reload(): void {
    const { sql } = this.#ledger;
    this.#count = sql.exec<{ count: number }>('SELECT count(*) AS count FROM used_tokens').one().count;
    const memory = sql.exec<{ forgotten_to: number }>('SELECT forgotten_to FROM token_memory').toArray()[0];
    this.#forgottenTo = memory?.forgotten_to ?? 0;
    this.#purgeIsDue = sql.exec('SELECT 1 FROM deadlines WHERE name = ?', DEADLINE).toArray().length > 0;
  }

  /** Why these may not be used by the request `use`; null: they may. */
  judge(once: readonly Once[], use: string): FaultReason | null {
    for (const { id, forgetAtMs } of once) {
      if (forgetAtMs <= this.#forgottenTo) return 'expired';
      const by = this.#userOf(id);
      if (by !== null && by !== use) return 'replayed';
    }
    return once.length > 0 && this.#count + once.length > MAX_REMEMBERED ? 'memory_full' : null;
  }

  #userOf(id: string): string | null {
    return (
      this.#ledger.sql.exec<{ use: string }>('SELECT use FROM used_tokens WHERE id = ?', id).toArray()[0]?.use ?? null
    );
  }

  /** Inside a transaction. */
  keep(once: readonly Once[], use: string): void {
    for (const { id, forgetAtMs } of once) {
      if (this.#userOf(id) !== null) continue;
      this.#ledger.sql.exec('INSERT INTO used_tokens (id, use, forget_at) VALUES (?, ?, ?)', id, use, forgetAtMs);
      this.#count++;
      if (!this.#purgeIsDue) this.#duePurge(forgetAtMs + REST_MS);
    }
  }

  /** Forgets what has expired, inside `apply` of the alarm's command. */
  purge(): void {
    const { sql } = this.#ledger;
    const nowMs = this.#ledger.nowMs();
    const isDue =
      sql.exec('SELECT 1 FROM deadlines WHERE name = ? AND due_at <= ?', DEADLINE, nowMs).toArray().length > 0;
    if (!isDue) return;
    const expired = `SELECT id FROM used_tokens WHERE forget_at <= ? ORDER BY forget_at LIMIT ${AT_A_TIME}`;
    const { latest } = sql
      .exec<{ latest: number | null }>(
        `SELECT max(forget_at) AS latest FROM used_tokens WHERE id IN (${expired})`,
        nowMs,
      )
      .one();
    if (latest !== null) {
      sql.exec(`DELETE FROM used_tokens WHERE id IN (${expired})`, nowMs);
      sql.exec('INSERT OR REPLACE INTO token_memory (id, forgotten_to) VALUES (0, ?)', latest);
    }
    const left = sql
      .exec<{ count: number; next: number | null }>('SELECT count(*) AS count, min(forget_at) AS next FROM used_tokens')
      .one();
    this.#count = left.count;
    this.#forgottenTo = Math.max(this.#forgottenTo, latest ?? 0);
    this.#duePurge(left.next === null ? null : Math.max(left.next, nowMs) + (left.next <= nowMs ? 0 : REST_MS));
  }

  #duePurge(dueAtMs: number | null): void {
    this.#purgeIsDue = dueAtMs !== null;
    this.#ledger.deadline(DEADLINE, dueAtMs);
  }
}
