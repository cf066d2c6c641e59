/** The last alerts of a tenant: what a person should look at. Each stands for an entry; only the newest are kept. */
import type { JsonObject } from '../core/json.ts';

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

export class Alerts {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** `now` in microseconds; inside `apply`. */
  raise(
    now: number,
    level: AlertLevel,
    code: AlertCode,
    message: string,
    about: { readonly workerId?: string | null; readonly capabilityId?: string | null } = {},
  ): void {
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
