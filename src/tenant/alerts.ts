/** The last alerts of a tenant: what a person should look at. Each stands for an entry; only the newest are kept. */
import type { JsonObject } from '../core/json.ts';
import { Recurrence } from './recurrence.ts';

const KEPT = 200;

export type AlertLevel = 'sev1' | 'sev2' | 'sev3';
export type AlertCode =
  | 'HALL_INTEGRITY'
  | 'KEY_LEAKED'
  | 'WORKER_TAMPERED'
  | 'WORKER_NOT_RESPONDING'
  | 'WORKER_FAILURE_SPIKE'
  | 'STEWARD_HOLD_REPEATED'
  | 'BLAST_RADIUS_EXCEEDED';

interface AlertRow {
  readonly [column: string]: SqlStorageValue;
  readonly id: number;
  readonly created_at: number;
  readonly level: string;
  readonly code: string;
  readonly message: string;
  readonly worker_id: string | null;
  readonly capability_id: string | null;
}

interface Pattern {
  readonly level: AlertLevel;
  /** So often within ten minutes. */
  readonly often: number;
  readonly message: string;
}

/** What is no alert once, and one when it recurs; told of one worker or capability once in ten minutes. */
const PATTERNS = {
  STEWARD_HOLD_REPEATED: { level: 'sev3', often: 3, message: 'one capability waits for a human again and again' },
  BLAST_RADIUS_EXCEEDED: { level: 'sev2', often: 1, message: 'a blast radius was over its limit' },
  WORKER_FAILURE_SPIKE: { level: 'sev2', often: 3, message: 'one worker fails again and again' },
} as const satisfies Partial<Record<AlertCode, Pattern>>;

interface About {
  readonly workerId?: string | null;
  readonly capabilityId?: string | null;
}

export class Alerts {
  readonly #sql: SqlStorage;
  readonly #recurrence = new Recurrence();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The writes that this memory tells of may not have happened. */
  reload(): void {
    this.#recurrence.forget();
  }

  /** Something of which a pattern is made happened at `now` (µs). Inside `apply`. */
  watch(now: number, code: keyof typeof PATTERNS, about: About): void {
    const { level, often, message } = PATTERNS[code];
    const subject = code === 'WORKER_FAILURE_SPIKE' ? about.workerId : about.capabilityId;
    if (this.#recurrence.happened(code, subject ?? '', often, now)) this.raise(now, level, code, message, about);
  }

  /** `now` in microseconds; inside `apply`. */
  raise(now: number, level: AlertLevel, code: AlertCode, message: string, about: About = {}): void {
    this.#sql.exec(
      'INSERT INTO alerts (created_at, level, code, message, worker_id, capability_id) VALUES (?, ?, ?, ?, ?, ?)',
      Math.floor(now / 1000),
      level,
      code,
      message,
      about.workerId ?? null,
      about.capabilityId ?? null,
    );
    this.#sql.exec('DELETE FROM alerts WHERE id <= (SELECT max(id) FROM alerts) - ?', KEPT);
  }

  latest(limit: number): JsonObject {
    const alerts = this.#sql
      .exec<AlertRow>('SELECT * FROM alerts ORDER BY id DESC LIMIT ?', limit)
      .toArray()
      .map((row) => ({
        alert_id: String(row.id),
        created_at: new Date(row.created_at).toISOString(),
        level: row.level,
        code: row.code,
        message: row.message,
        worker_id: row.worker_id,
        capability_id: row.capability_id,
      }));
    return { alerts, count: alerts.length };
  }
}
