/**
 * Enrolled workers: the record as it was sent, and the fact that decisions read. All facts are in memory, by species
 * in bytewise order of worker_id; a state change makes a new fact with a new hash.
 */
import type { Actor } from '../core/caller.ts';
import { canonicalJson } from '../core/canonical.ts';
import { clean, cleanAll } from '../core/hall/text.ts';
import { sha256Hex } from '../core/hash.ts';
import type { JsonObject } from '../core/json.ts';
import { refusal } from '../core/refusal.ts';
import { type Attestation, recordAttestation } from '../core/registry/attestation.ts';
import { isSha256, normalHash } from '../core/registry/code-hash.ts';
import { readWorkerRecord, type WorkerRecord } from '../core/registry/record.ts';
import {
  compileWorker,
  type FactContent,
  factContent,
  freshState,
  type WorkerFact,
  type WorkerState,
  withState,
} from '../core/registry/worker.ts';
import { normalControl } from '../core/vocabulary.ts';
import type { Ledger, Moment, Plan } from '../ledger/commit.ts';
import { type Attestations, attestedEntry } from './attestations.ts';
import type { Command, CommandReply } from './commands.ts';
import type { Namespaces, Revocation } from './namespaces.ts';
import { entry, recorded, refused, type TenantMemo } from './plan.ts';

interface WorkerRow {
  readonly [column: string]: SqlStorageValue;
  readonly worker_id: string;
  readonly enrollment_id: string;
  readonly fact: string;
  readonly fact_hash: string;
  readonly enrolled_at: number;
  readonly retired_at: number | null;
}

const NONE: readonly WorkerFact[] = [];

export class Workers {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #namespaces: Namespaces;
  readonly #attestations: Attestations;
  #byId = new Map<string, { readonly fact: WorkerFact; readonly enrollmentId: string }>();
  #bySpecies = new Map<string, WorkerFact[]>();
  #implemented: ReadonlySet<string> | null = null;
  #onChange: (fact: WorkerFact) => void = () => undefined;

  constructor(ledger: Ledger<TenantMemo>, namespaces: Namespaces, attestations: Attestations) {
    this.#ledger = ledger;
    this.#namespaces = namespaces;
    this.#attestations = attestations;
  }

  reload(): void {
    this.#byId = new Map();
    const rows = this.#ledger.sql
      .exec<WorkerRow>(
        'SELECT worker_id, enrollment_id, fact, fact_hash, enrolled_at, retired_at FROM workers WHERE retired_at IS NULL',
      )
      .toArray();
    for (const row of rows) {
      const fact = { ...(JSON.parse(row.fact) as FactContent), hash: row.fact_hash };
      this.#byId.set(row.worker_id, { fact, enrollmentId: row.enrollment_id });
    }
    this.#index();
  }

  #index(): void {
    this.#bySpecies = new Map();
    this.#implemented = null;
    for (const { fact } of this.#byId.values()) this.#insert(fact);
  }

  #insert(fact: WorkerFact): void {
    const peers = this.#bySpecies.get(fact.worker_species_id);
    if (peers === undefined) this.#bySpecies.set(fact.worker_species_id, [fact]);
    else {
      const at = peers.findIndex((peer) => bytewise(fact.worker_id, peer.worker_id) < 0);
      peers.splice(at === -1 ? peers.length : at, 0, fact);
    }
  }

  #replace(fact: WorkerFact, enrollmentId: string): void {
    this.#onChange(fact);
    this.#remove(fact.worker_id);
    this.#byId.set(fact.worker_id, { fact, enrollmentId });
    this.#insert(fact);
  }

  #remove(workerId: string): void {
    this.#implemented = null;
    const known = this.#byId.get(workerId);
    if (known === undefined) return;
    this.#byId.delete(workerId);
    const peers = this.#bySpecies.get(known.fact.worker_species_id) ?? [];
    const left = peers.filter((peer) => peer.worker_id !== workerId);
    if (left.length > 0) this.#bySpecies.set(known.fact.worker_species_id, left);
    else this.#bySpecies.delete(known.fact.worker_species_id);
  }

  readonly ofSpecies = (speciesId: string): readonly WorkerFact[] => this.#bySpecies.get(speciesId) ?? NONE;

  /** What all workers implement between them, normalised. */
  readonly implementedByAny = (): ReadonlySet<string> => {
    this.#implemented ??= new Set(
      [...this.#byId.values()].flatMap(({ fact }) => fact.currently_implements.map(normalControl)),
    );
    return this.#implemented;
  };

  fact(workerId: string): WorkerFact | null {
    return this.#byId.get(workerId)?.fact ?? null;
  }

  /** Of a retired worker too: what was known of it last. Null: never enrolled. */
  lastFact(workerId: string): WorkerFact | null {
    const fact = this.fact(workerId);
    if (fact !== null) return fact;
    const row = this.#ledger.sql
      .exec<{ fact: string; fact_hash: string }>('SELECT fact, fact_hash FROM workers WHERE worker_id = ?', workerId)
      .toArray()[0];
    return row === undefined ? null : { ...(JSON.parse(row.fact) as FactContent), hash: row.fact_hash };
  }

  /** Called with every fact that is new, inside `apply`. */
  onChange(watch: (fact: WorkerFact) => void): void {
    this.#onChange = watch;
  }

  all(): readonly WorkerFact[] {
    return [...this.#byId.values()].map(({ fact }) => fact).sort((a, b) => bytewise(a.worker_id, b.worker_id));
  }

  isRetired(workerId: string): boolean {
    const query = 'SELECT 1 FROM workers WHERE worker_id = ? AND retired_at IS NOT NULL';
    return this.#ledger.sql.exec(query, workerId).toArray().length > 0;
  }

  get count(): number {
    return this.#byId.size;
  }

  /** The record as it was sent; null when no such worker is enrolled. */
  record(workerId: string): JsonObject | null {
    const row = this.#ledger.sql
      .exec<{ record: string }>('SELECT record FROM workers WHERE worker_id = ? AND retired_at IS NULL', workerId)
      .toArray()[0];
    return row === undefined ? null : (JSON.parse(row.record) as JsonObject);
  }

  planEnrol(command: Command & { kind: 'worker.enrol' }, actor: Actor, moment: Moment): Plan<CommandReply> {
    const read = readWorkerRecord(command.record, { artifactHash: 'optional' });
    if (!read.ok) {
      const { field, message, reason } = read.error;
      return refused(
        refusal(reason === 'invalid_worker_id' ? 'invalid_worker_id' : 'invalid_body', `${field}: ${message}`, [
          { field, message },
        ]),
      );
    }
    const record = read.value;
    const foreign = this.#namespaces.refusal(record.worker_id);
    if (foreign !== null) return refused(foreign);
    const known = this.#byId.get(record.worker_id);
    const kept = this.#attestations.of(record.worker_id)?.attestation ?? null;
    const enrollmentId = known?.enrollmentId ?? moment.newId();
    const fact = compileWorker(
      { ...record, artifact_hash: command.artifactHash },
      stateAfter(record, known?.fact ?? null, kept, moment.now),
    );
    // An attestation that the record brings is registered as any other; what was attested before is not repeated.
    const brought =
      record.registered_hash === null || record.registered_hash === kept?.code_hash || !isSha256(record.registered_hash)
        ? null
        : recordAttestation(record, record.registered_hash, `att_${moment.newId()}`, isoMicros(moment.now));
    const recordText = canonicalJson(command.record);
    const recordHash = sha256Hex(recordText);
    const value = {
      worker_id: record.worker_id,
      worker_species_id: clean(record.worker_species_id),
      enrollment_id: enrollmentId,
      enrolled_at: isoMicros(fact.enrolled_at),
      updated: known !== undefined,
      record_hash: recordHash,
      artifact_hash: `sha256:${command.artifactHash}`,
    };
    return {
      entries: [
        entry(known === undefined ? 'wcp.worker.enrolled' : 'wcp.worker.updated', 'registry', actor, {
          worker_id: record.worker_id,
          worker_species_id: clean(record.worker_species_id),
          namespace: record.namespace,
          capabilities: [...cleanAll(record.capabilities)],
          record_hash: recordHash,
          artifact_hash: command.artifactHash,
          fact_hash: fact.hash,
          enrollment_id: enrollmentId,
          quarantined: fact.quarantined,
        }),
        ...(brought === null ? [] : [attestedEntry(actor, brought)]),
      ],
      apply: ([, attested]) => {
        this.#ledger.sql.exec(
          `INSERT OR REPLACE INTO workers
             (worker_id, enrollment_id, record, record_hash, fact, fact_hash, enrolled_at, updated_at, retired_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)`,
          record.worker_id,
          enrollmentId,
          recordText,
          recordHash,
          canonicalJson(factContent(fact)),
          fact.hash,
          fact.enrolled_at,
          moment.now,
        );
        this.#ledger.contents.keep(recordHash, recordText);
        if (brought !== null) this.#attestations.keep(brought, attested?.seq ?? 0, null);
        this.#replace(fact, enrollmentId);
      },
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  planRetire(command: Command & { kind: 'worker.retire' }, actor: Actor, moment: Moment): Plan<CommandReply> {
    const { workerId } = command;
    const foreign = this.#namespaces.refusal(workerId);
    if (foreign !== null) return refused(foreign);
    if (!this.#byId.has(workerId)) return refused(refusal('not_found'));
    return {
      entries: [entry('wcp.worker.retired', 'registry', actor, { worker_id: workerId })],
      apply: () => {
        this.#ledger.sql.exec('UPDATE workers SET retired_at = ? WHERE worker_id = ?', moment.now, workerId);
        this.#remove(workerId);
      },
      reply: ([sealed]) => recorded({ worker_id: workerId, status: 'retired' }, sealed),
    };
  }

  /**
   * A sign of life. It is an entry only when it says something new (another code hash, another status): the time of
   * the last heartbeat is named by the decisions that relied on it.
   */
  planHeartbeat(command: Command & { kind: 'worker.heartbeat' }, actor: Actor, now: number): Plan<CommandReply> {
    const { workerId, codeHash, status } = command;
    const foreign = this.#namespaces.refusal(workerId);
    if (foreign !== null) return refused(foreign);
    const fact = this.fact(workerId);
    if (fact === null) return refused(refusal('not_found'));
    const reported = codeHash === null ? null : normalHash(codeHash);
    const online = status === null ? fact.online : status === 'online';
    const next = withState(fact, {
      online,
      last_heartbeat_at: now,
      ...(reported === null ? {} : { reported_hash: reported, reported_at: now }),
    });
    const hashChanged = reported !== null && reported !== fact.reported_hash;
    const isNews = hashChanged || online !== fact.online;
    const value = { worker_id: workerId, status: online ? 'online' : 'offline', received_at: isoMicros(now) };
    return {
      entries: isNews
        ? [
            entry('wcp.worker.reported', 'registry', actor, {
              worker_id: workerId,
              online,
              code_hash_changed: hashChanged,
            }),
          ]
        : [],
      apply: () => this.changeState(next),
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  /** All that is enrolled under a namespace that this tenant loses: kept, and dispatched no more. */
  revocation(namespace: string, actor: Actor): Revocation {
    const lost = this.all().filter((fact) => fact.namespace === namespace && !fact.revoked);
    return {
      entries: lost.map(({ worker_id }) =>
        entry('wcp.worker.revoked', 'registry', actor, { worker_id, reason: 'namespace_withdrawn' }),
      ),
      apply: () => {
        for (const fact of lost) this.changeState(withState(fact, { revoked: true }));
      },
    };
  }

  /** Stores a fact with another state; inside `apply`. */
  changeState(fact: WorkerFact): void {
    const known = this.#byId.get(fact.worker_id);
    if (known === undefined) return;
    this.#ledger.sql.exec(
      'UPDATE workers SET fact = ?, fact_hash = ? WHERE worker_id = ?',
      canonicalJson(factContent(fact)),
      fact.hash,
      fact.worker_id,
    );
    this.#replace(fact, known.enrollmentId);
  }
}

/**
 * An update keeps what the worker has shown of itself; a new attestation ends a quarantine (WCP 3.5). What was attested
 * before the enrolment, or before a retirement, holds unless the record says otherwise. Who may update owns the
 * namespace, which is what a revoked worker lacked.
 */
const stateAfter = (
  record: WorkerRecord,
  before: WorkerFact | null,
  kept: Attestation | null,
  now: number,
): WorkerState => {
  const registered = record.registered_hash ?? before?.registered_hash ?? kept?.code_hash ?? null;
  const state = {
    ...freshState(record, now),
    registered_hash: registered,
    manifest_verified: kept !== null && kept.signed_with !== null && kept.code_hash === registered,
  };
  if (before === null) return state;
  return {
    ...state,
    online: before.online,
    last_heartbeat_at: before.last_heartbeat_at,
    quarantined: record.registered_hash === null ? before.quarantined : null,
    reported_hash: before.reported_hash,
    reported_at: before.reported_at,
    enrolled_at: before.enrolled_at,
  };
};

/** Worker ids are ASCII, so this is their bytewise order. */
export const bytewise = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const isoMicros = (micros: number): string => new Date(Math.floor(micros / 1000)).toISOString();
