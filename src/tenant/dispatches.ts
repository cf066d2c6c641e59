/**
 * What happens after a DISPATCH: the grant is redeemed once, the outcome is recorded once, and a silence past the
 * deadline is recorded too. A dispatch has a row only from its first event on; until then the ledger is its state.
 */
import type { Actor } from '../core/caller.ts';
import { clean } from '../core/hall/text.ts';
import { seqOfId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { EntryDraft } from '../core/ledger/entry.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { isSha256, normalHash } from '../core/registry/code-hash.ts';
import { type WorkerFact, withState } from '../core/registry/worker.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Ledger, Plan } from '../ledger/commit.ts';
import { entryTextAt, entryTextsFrom } from '../ledger/entries.ts';
import type { Alerts } from './alerts.ts';
import type { Bans } from './bans.ts';
import type { Command, CommandReply } from './commands.ts';
import type { Documents } from './documents.ts';
import type { TenantInfo } from './info.ts';
import { entry, recorded, refused, SYSTEM, type TenantMemo } from './plan.ts';
import { isoMicros, type Workers } from './workers.ts';

interface DispatchRow {
  readonly [column: string]: SqlStorageValue;
  readonly started_at: number | null;
  readonly missing_at: number | null;
  readonly outcome: string | null;
  readonly outcome_digest: string | null;
  readonly outcome_seq: number | null;
}

/** The members of a decision's entry that its outcome refers to. */
interface DispatchedEntry {
  readonly seq: number;
  readonly ts: number;
  readonly receiptId: string;
  readonly traceId: string | null;
  readonly body: JsonObject;
  readonly workerId: string;
}

const DEADLINE = 'outcomes';
const SWEEP_ENTRIES = 500;

const readDispatch = (text: string): DispatchedEntry | null => {
  // Most entries of other kinds are told apart without parsing them.
  if (!text.includes('"type":"wcp.decision"')) return null;
  const { seq, ts, receipt_id, trace_id, stream, body } = JSON.parse(text) as {
    seq: number;
    ts: number;
    receipt_id: string;
    trace_id: string | null;
    stream: string;
    body: JsonObject;
  };
  if (stream !== 'wcp' || body.outcome !== 'DISPATCH' || typeof body.worker_id !== 'string') return null;
  return { seq, ts, receiptId: receipt_id, traceId: trace_id, body, workerId: body.worker_id };
};

export class Dispatches {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #documents: Documents;
  readonly #workers: Workers;
  readonly #bans: Bans;
  readonly #alerts: Alerts;
  readonly #info: TenantInfo;
  /** When the alarm looks for silent dispatches; null while none is open. */
  #dueAtMs: number | null = null;

  constructor(
    ledger: Ledger<TenantMemo>,
    documents: Documents,
    workers: Workers,
    bans: Bans,
    alerts: Alerts,
    info: TenantInfo,
  ) {
    this.#ledger = ledger;
    this.#documents = documents;
    this.#workers = workers;
    this.#bans = bans;
    this.#alerts = alerts;
    this.#info = info;
  }

  reload(): void {
    const row = this.#ledger.sql
      .exec<{ due_at: number }>('SELECT due_at FROM deadlines WHERE name = ?', DEADLINE)
      .toArray()[0];
    this.#dueAtMs = row?.due_at ?? null;
  }

  /** A dispatch was committed at `now` (µs): some time later its outcome is due. Inside `apply`. */
  watch(now: number): void {
    const dueAtMs = Math.floor(now / 1000) + this.#deadlineMs();
    // Earlier than what is awaited only when the deadline was shortened meanwhile.
    if (this.#dueAtMs !== null && this.#dueAtMs <= dueAtMs) return;
    this.#dueAtMs = dueAtMs;
    this.#ledger.deadline(DEADLINE, dueAtMs);
  }

  /** How long to wait was changed: the alarm looks at once, and finds when to look next. Inside `apply`. */
  rewatch(now: number): void {
    if (this.#dueAtMs === null) return;
    this.#dueAtMs = Math.floor(now / 1000);
    this.#ledger.deadline(DEADLINE, this.#dueAtMs);
  }

  #deadlineMs(): number {
    return this.#documents.settings.compiled.outcome_deadline_s * 1000;
  }

  #row(seq: number): DispatchRow | null {
    return (
      this.#ledger.sql
        .exec<DispatchRow>(
          'SELECT started_at, missing_at, outcome, outcome_digest, outcome_seq FROM dispatches WHERE seq = ?',
          seq,
        )
        .toArray()[0] ?? null
    );
  }

  #dispatched(decisionId: string): Result<DispatchedEntry, Refusal> {
    const seq = seqOfId(decisionId);
    const text = seq === null ? null : entryTextAt(this.#ledger.sql, seq);
    if (text === null || !text.includes(decisionId)) return err(refusal('not_found'));
    const found = readDispatch(text);
    if (found !== null && found.body.decision_id === decisionId) return ok(found);
    const isDecision = text.includes('"type":"wcp.decision"') && text.includes(`"decision_id":"${decisionId}"`);
    return err(refusal(isDecision ? 'not_dispatched' : 'not_found'));
  }

  planStart(command: Command & { kind: 'dispatch.start' }, actor: Actor, now: number): Plan<CommandReply> {
    const found = this.#dispatched(command.decisionId);
    if (!found.ok) return refused(found.error);
    if (command.grantDecisionId !== command.decisionId) return refused(refusal('grant_invalid'));
    const row = this.#row(found.value.seq);
    if (row !== null && row.started_at !== null) return refused(refusal('grant_already_redeemed'));
    if (row !== null && row.outcome !== null) return refused(refusal('outcome_already_recorded'));
    if (command.grantExpiresAt * 1_000_000 <= now) return refused(refusal('grant_expired'));
    // What was granted before the Hall was closed does not start either.
    if (this.#info.standing === 'suspended') return refused(refusal('account_suspended'));
    if (this.#info.offline) return refused(refusal('hall_offline'));
    const fact = this.#workers.fact(found.value.workerId);
    if (fact === null) return refused(refusal('worker_retired'));
    if (fact.revoked) return refused(refusal('worker_revoked'));
    if (!this.#bans.isFresh()) return refused(refusal('DENY_BAN_FEED_STALE'));
    if (fact.quarantined !== null && this.#attestationInForce(found.value))
      return refused(refusal('dispatch_tampered'));
    const reportedNow =
      command.codeHash === null
        ? fact
        : withState(fact, { reported_hash: normalHash(command.codeHash), reported_at: now });
    if (this.#bans.bansOn(reportedNow, Math.floor(now / 1000))) return refused(refusal('worker_banned'));
    const judged = this.#judgeCode(fact, found.value, command.codeHash, now);
    if (judged.code !== null) return this.#refuseCode(judged.code, reportedNow, found.value, actor, now);
    const { body } = found.value;
    const startedAt = isoMicros(now);
    return {
      entries: [
        this.#outcomeEntry('wcp.dispatch.started', actor, found.value, {
          worker_attestation_checked: judged.checked,
          worker_attestation_valid: judged.checked ? true : null,
        }),
      ],
      apply: () => {
        this.#ledger.sql.exec(
          `INSERT INTO dispatches (seq, worker_id, started_at) VALUES (?, ?, ?)
           ON CONFLICT (seq) DO UPDATE SET started_at = excluded.started_at`,
          found.value.seq,
          fact.worker_id,
          now,
        );
        if (reportedNow !== fact) this.#workers.changeState(reportedNow);
      },
      reply: ([sealed]) => recorded({ decision_id: body.decision_id ?? null, started_at: startedAt }, sealed),
    };
  }

  /** By setting now, or because the decision relied on it. */
  #attestationInForce({ body }: DispatchedEntry): boolean {
    const { checked } = body.attestation as { readonly checked: boolean };
    return checked || this.#documents.settings.compiled.require_worker_attestation;
  }

  /** Attestation at dispatch (WCP 3.5): the code that will run is the code that was attested. */
  #judgeCode(
    fact: WorkerFact,
    dispatched: DispatchedEntry,
    codeHash: string | null,
    now: number,
  ): { readonly code: AttestationCode | null; readonly checked: boolean } {
    const settings = this.#documents.settings.compiled;
    const inForce = this.#attestationInForce(dispatched);
    if (fact.registered_hash === null) {
      return { code: inForce ? 'DENY_WORKER_ATTESTATION_MISSING' : null, checked: false };
    }
    if (!inForce && codeHash === null) return { code: null, checked: false };
    if (!isSha256(fact.registered_hash)) return { code: 'DENY_WORKER_ATTESTATION_INVALID_HASH', checked: true };
    const isFresh = fact.reported_at !== null && now - fact.reported_at <= settings.attestation_ttl_s * 1_000_000;
    const current = codeHash === null ? (isFresh ? fact.reported_hash : null) : normalHash(codeHash);
    if (current === null || !isSha256(current)) return { code: 'DENY_WORKER_HASH_UNAVAILABLE', checked: true };
    return { code: current === fact.registered_hash ? null : 'DENY_WORKER_TAMPERED', checked: true };
  }

  #refuseCode(
    code: AttestationCode,
    fact: WorkerFact,
    dispatched: DispatchedEntry,
    actor: Actor,
    now: number,
  ): Plan<CommandReply> {
    if (code !== 'DENY_WORKER_TAMPERED') return refused(refusal(code));
    // The hashes go to this entry, for admins and auditors; the worker's answer does not show them.
    const evidence = {
      worker_id: fact.worker_id,
      worker_species_id: clean(fact.worker_species_id),
      registered_hash: fact.registered_hash,
      reported_hash: fact.reported_hash,
    };
    return {
      entries: [this.#outcomeEntry('wcp.attestation.mismatch', actor, dispatched, evidence, 'registry')],
      apply: () => {
        this.#workers.changeState(withState(fact, { quarantined: 'hash_mismatch' }));
        this.#alerts.raise(now, 'sev2', 'WORKER_TAMPERED', 'a worker runs other code than was attested', {
          workerId: fact.worker_id,
        });
      },
      reply: () => ({ kind: 'refused', refusal: refusal('dispatch_tampered') }),
    };
  }

  planFinish(command: Command & { kind: 'dispatch.finish' }, actor: Actor, now: number): Plan<CommandReply> {
    const found = this.#dispatched(command.decisionId);
    if (!found.ok) return refused(found.error);
    const { report } = command;
    const row = this.#row(found.value.seq);
    if (row !== null && row.outcome !== null) return this.#repeated(row, found.value, report.digest);
    const late = row !== null && row.missing_at !== null;
    const value = {
      decision_id: found.value.body.decision_id ?? null,
      outcome: report.outcome,
      recorded_at: isoMicros(now),
      late,
    };
    return {
      entries: [
        this.#outcomeEntry(`wcp.dispatch.${report.outcome}`, actor, found.value, {
          late,
          started: row !== null && row.started_at !== null,
          report: report.detail,
        }),
      ],
      apply: ([sealed]) => {
        this.#finish(found.value.seq, found.value.workerId, now, report, sealed?.seq ?? 0);
        if (report.outcome === 'failed') this.#watchFailure(found.value, now);
      },
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  /** The same outcome again is answered with its receipt; another one is refused. */
  #repeated(row: DispatchRow, dispatched: DispatchedEntry, digest: string): Plan<CommandReply> {
    if (row.outcome_digest !== digest || row.outcome_seq === null) return refused(refusal('outcome_already_recorded'));
    const record = this.#ledger.log.recordAt(row.outcome_seq);
    if (record === null) return refused(refusal('internal_error'));
    const { ts, body } = JSON.parse(record.text) as { ts: number; body: JsonObject };
    const value = {
      decision_id: dispatched.body.decision_id ?? null,
      outcome: row.outcome,
      recorded_at: isoMicros(ts),
      late: body.late ?? false,
    };
    return { entries: [], reply: () => ({ kind: 'recorded', value, record }) };
  }

  /** The alarm: records the silence of dispatches whose deadline has passed, and says when to look again. */
  planSweep(now: number): Plan<CommandReply> {
    const deadlineMicros = this.#deadlineMs() * 1000;
    const silent: DispatchedEntry[] = [];
    let sweptTo = this.#ledger.memo.sweptTo;
    let nextDue: number | null = null;
    const texts = entryTextsFrom(this.#ledger.sql, sweptTo + 1, SWEEP_ENTRIES);
    for (const text of texts) {
      const dispatched = readDispatch(text);
      const open = dispatched !== null && (this.#row(dispatched.seq)?.outcome ?? null) === null;
      if (open && dispatched.ts + deadlineMicros > now) {
        nextDue = Math.ceil((dispatched.ts + deadlineMicros) / 1000);
        break;
      }
      if (open && this.#row(dispatched.seq)?.missing_at == null) silent.push(dispatched);
      sweptTo++;
    }
    if (nextDue === null && texts.length === SWEEP_ENTRIES) nextDue = Math.floor(now / 1000);
    // Entries of this very commit cannot be read yet: one of them may be a dispatch.
    else if (nextDue === null && sweptTo < this.#ledger.log.head.size)
      nextDue = Math.floor(now / 1000) + this.#deadlineMs();
    return {
      entries: silent.map((dispatched) => this.#outcomeEntry('wcp.dispatch.outcome_missing', SYSTEM, dispatched, {})),
      apply: () => {
        for (const dispatched of silent) this.#markMissing(dispatched, now);
        this.#ledger.memo.sweptTo = sweptTo;
        this.#dueAtMs = nextDue;
        this.#ledger.deadline(DEADLINE, nextDue);
      },
      reply: () => recorded({ missing: silent.length }, null),
    };
  }

  get hasOpenWork(): boolean {
    return this.#started(0, 1).length > 0;
  }

  #started(after: number, limit: number): readonly { readonly seq: number; readonly worker_id: string }[] {
    return this.#ledger.sql
      .exec<{ seq: number; worker_id: string }>(
        `SELECT seq, worker_id FROM dispatches
         WHERE started_at IS NOT NULL AND outcome IS NULL AND seq > ? ORDER BY seq LIMIT ?`,
        after,
        limit,
      )
      .toArray();
  }

  /** Open work of workers that are banned now, retired ones too, fails at once with that code (DESIGN §7); in pages. */
  planBanned(now: number): Plan<CommandReply> {
    const open = this.#started(this.#bans.enforcedTo, SWEEP_ENTRIES);
    const nowMs = Math.floor(now / 1000);
    const judged = new Map<string, boolean>();
    const isBanned = (workerId: string): boolean => {
      const fact = this.#workers.lastFact(workerId);
      return fact !== null && this.#bans.bansOn(fact, nowMs);
    };
    const banned = open.flatMap(({ seq, worker_id }) => {
      if (!judged.has(worker_id)) judged.set(worker_id, isBanned(worker_id));
      const text = judged.get(worker_id) === true ? entryTextAt(this.#ledger.sql, seq) : null;
      const dispatched = text === null ? null : readDispatch(text);
      return dispatched === null ? [] : [dispatched];
    });
    const report = { error_code: 'worker_banned' };
    return {
      entries: banned.map((dispatched) =>
        this.#outcomeEntry('wcp.dispatch.failed', SYSTEM, dispatched, { late: false, started: true, report }),
      ),
      apply: (sealed) => {
        banned.forEach(({ seq, workerId }, index) => {
          this.#finish(seq, workerId, now, { outcome: 'failed', digest: 'worker_banned' }, sealed[index]?.seq ?? 0);
        });
        this.#bans.enforced(open.length < SWEEP_ENTRIES ? null : (open.at(-1)?.seq ?? null));
      },
      reply: () => recorded({ failed: banned.length }, null),
    };
  }

  #watchFailure({ workerId, body }: DispatchedEntry, now: number): void {
    const capabilityId = typeof body.capability_id === 'string' ? body.capability_id : null;
    this.#alerts.watch(now, 'WORKER_FAILURE_SPIKE', { workerId, capabilityId });
  }

  #finish(
    seq: number,
    workerId: string,
    now: number,
    { outcome, digest }: { readonly outcome: string; readonly digest: string },
    outcomeSeq: number,
  ): void {
    this.#ledger.sql.exec(
      `INSERT INTO dispatches (seq, worker_id, finished_at, outcome, outcome_digest, outcome_seq) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (seq) DO UPDATE SET finished_at = excluded.finished_at, outcome = excluded.outcome,
         outcome_digest = excluded.outcome_digest, outcome_seq = excluded.outcome_seq`,
      seq,
      workerId,
      now,
      outcome,
      digest,
      outcomeSeq,
    );
  }

  #markMissing({ seq, workerId, body }: DispatchedEntry, now: number): void {
    this.#ledger.sql.exec(
      `INSERT INTO dispatches (seq, worker_id, missing_at) VALUES (?, ?, ?)
       ON CONFLICT (seq) DO UPDATE SET missing_at = excluded.missing_at`,
      seq,
      workerId,
      now,
    );
    this.#alerts.raise(now, 'sev3', 'WORKER_NOT_RESPONDING', 'no outcome came before the deadline', {
      workerId,
      capabilityId: typeof body.capability_id === 'string' ? body.capability_id : null,
    });
  }

  /** Newest first. */
  running(limit: number): { readonly seq: number; readonly startedAt: number }[] {
    return this.#ledger.sql
      .exec<{ seq: number; startedAt: number }>(
        `SELECT seq, started_at AS startedAt FROM dispatches
         WHERE started_at IS NOT NULL AND outcome IS NULL ORDER BY seq DESC LIMIT ?`,
        limit,
      )
      .toArray();
  }

  /** What became of a dispatch, for the lists of decisions. */
  stateOf(seq: number): 'open' | 'started' | 'completed' | 'failed' | 'outcome_missing' {
    const row = this.#row(seq);
    if (row === null) return 'open';
    if (row.outcome === 'completed' || row.outcome === 'failed') return row.outcome;
    return row.missing_at !== null ? 'outcome_missing' : 'started';
  }

  #outcomeEntry(
    type: string,
    actor: Actor,
    dispatched: DispatchedEntry,
    members: JsonObject,
    stream: 'dispatch' | 'registry' = 'dispatch',
  ): EntryDraft {
    const { body } = dispatched;
    return entry(
      type,
      stream,
      actor,
      {
        decision_id: body.decision_id ?? null,
        worker_id: dispatched.workerId,
        capability_id: body.capability_id ?? null,
        ...members,
      },
      { traceId: dispatched.traceId, cause: dispatched.receiptId },
    );
  }
}

type AttestationCode =
  | 'DENY_WORKER_ATTESTATION_MISSING'
  | 'DENY_WORKER_ATTESTATION_INVALID_HASH'
  | 'DENY_WORKER_HASH_UNAVAILABLE'
  | 'DENY_WORKER_TAMPERED';
