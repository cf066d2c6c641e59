/** Rows of jobs: what they are, what they asked, and how they were submitted. Writes belong inside `apply`. */
import { seqOfId } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import type { JobState } from '../core/job/machine.ts';
import type { JsonObject } from '../core/json.ts';
import type { PolicyCheck } from '../core/policy/check.ts';

interface JobRow {
  readonly [column: string]: SqlStorageValue;
  readonly job: string;
}

export interface JobFilter {
  readonly state: JobState | null;
  readonly traceId: string | null;
  readonly workflowId: string | null;
  readonly topic: string | null;
}

/** How long a key stands for what was submitted with it. */
const KEY_MICROS = 7 * 24 * 3_600 * 1_000_000;
/** The newest dead letters; the ledger keeps all. */
const DEAD_LETTERS = 1_000;

export class JobStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  find(id: string): Job | null {
    return this.#read('SELECT job FROM jobs WHERE job_id = ?', id)[0] ?? null;
  }

  /** Newest first. `before`: seq of the last one of the page before. `topic`: only those that begin so. */
  page({ state, traceId, workflowId, topic }: JobFilter, before: number | null, limit: number): readonly Job[] {
    return this.#read(
      `SELECT job FROM jobs WHERE seq < ?1 AND (?2 IS NULL OR state = ?2 OR (?2 = 'FAILED' AND state = 'FAILED_FATAL'))
       AND (?3 IS NULL OR trace_id = ?3) AND (?4 IS NULL OR workflow_id = ?4) AND (?5 IS NULL OR substr(topic, 1, length(?5)) = ?5)
       ORDER BY seq DESC LIMIT ?6`,
      before ?? Number.MAX_SAFE_INTEGER,
      state,
      traceId,
      workflowId,
      topic,
      limit,
    );
  }

  ofTrace(traceId: string, limit: number): readonly Job[] {
    return this.#read('SELECT job FROM jobs WHERE trace_id = ? ORDER BY seq LIMIT ?', traceId, limit);
  }

  deadLetters(before: number | null, limit: number): readonly Job[] {
    return this.#read(
      'SELECT job FROM jobs WHERE dead_at IS NOT NULL AND seq < ? ORDER BY seq DESC LIMIT ?',
      before ?? Number.MAX_SAFE_INTEGER,
      Math.min(limit, DEAD_LETTERS),
    );
  }

  /** Not over yet, with their own children in turn. */
  openChildren(id: string): readonly Job[] {
    return this.#read(
      `WITH RECURSIVE below(id) AS (
         SELECT job_id FROM jobs WHERE parent_id = ?1
         UNION SELECT jobs.job_id FROM jobs JOIN below ON jobs.parent_id = below.id)
       SELECT job FROM jobs JOIN below ON jobs.job_id = below.id
       WHERE state IN ('PENDING', 'APPROVAL_REQUIRED', 'SCHEDULED', 'DISPATCHED', 'RUNNING', 'RETRYING') AND job_id <> ?1
       ORDER BY seq LIMIT 200`,
      id,
    );
  }

  due(now: number, limit: number): readonly Job[] {
    return this.#read('SELECT job FROM jobs WHERE due_at <= ? ORDER BY due_at LIMIT ?', now, limit);
  }

  nextDue(): number | null {
    return this.#sql.exec<{ due: number | null }>('SELECT min(due_at) AS due FROM jobs WHERE due_at > 0').one().due;
  }

  keep(job: Job, dueAt: number | null): void {
    const text = (name: string): string | null => {
      const value = job.request[name];
      return typeof value === 'string' ? value : null;
    };
    this.#sql.exec(
      `INSERT OR REPLACE INTO jobs (job_id, seq, state, trace_id, topic, workflow_id, parent_id, due_at, dead_at, job)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      job.id,
      seqOfId(job.id),
      job.state,
      job.traceId,
      text('topic'),
      text('workflow_id'),
      text('parent_job_id'),
      dueAt,
      job.dead?.at ?? null,
      JSON.stringify(job),
    );
  }

  /** What the policy was asked, with prompt and context: to be asked again, and for whoever will do the job. */
  check(id: string): PolicyCheck | null {
    const row = this.#sql
      .exec<{ question: string }>('SELECT question FROM job_questions WHERE job_id = ?', id)
      .toArray()[0];
    return row === undefined ? null : (JSON.parse(row.question) as PolicyCheck);
  }

  keepCheck(id: string, check: PolicyCheck): void {
    this.#sql.exec('INSERT INTO job_questions (job_id, question) VALUES (?, ?)', id, JSON.stringify(check));
  }

  submitted(key: string, now: number): { readonly intent: string; readonly reply: JsonObject } | null {
    const row = this.#sql
      .exec<{ intent: string; reply: string }>(
        'SELECT intent, reply FROM job_keys WHERE key = ? AND at > ?',
        key,
        now - KEY_MICROS,
      )
      .toArray()[0];
    return row === undefined ? null : { intent: row.intent, reply: JSON.parse(row.reply) as JsonObject };
  }

  keepSubmitted(key: string, intent: string, reply: JsonObject, now: number): void {
    this.#sql.exec('DELETE FROM job_keys WHERE at <= ?', now - KEY_MICROS);
    this.#sql.exec(
      'INSERT OR REPLACE INTO job_keys (key, intent, reply, at) VALUES (?, ?, ?, ?)',
      key,
      intent,
      JSON.stringify(reply),
      now,
    );
  }

  #read(query: string, ...bindings: SqlStorageValue[]): readonly Job[] {
    return this.#sql
      .exec<JobRow>(query, ...bindings)
      .toArray()
      .map(({ job }) => JSON.parse(job) as Job);
  }
}
