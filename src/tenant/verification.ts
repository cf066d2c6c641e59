/** Answers whether a worker may be run, to whoever asks (WCP 5.3): from the same memory that decisions are made of. */
import type { JsonObject } from '../core/json.ts';
import { isSandbox, namespaceOf } from '../core/registry/namespace.ts';
import { verification } from '../core/registry/verification.ts';
import type { WorkerFact } from '../core/registry/worker.ts';
import type { Ledger } from '../ledger/commit.ts';
import type { Attestations } from './attestations.ts';
import type { Bans } from './bans.ts';
import type { Namespaces } from './namespaces.ts';
import type { TenantMemo } from './plan.ts';
import type { Workers } from './workers.ts';

export class Verification {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #namespaces: Namespaces;
  readonly #workers: Workers;
  readonly #attestations: Attestations;
  readonly #bans: Bans;

  constructor(
    ledger: Ledger<TenantMemo>,
    namespaces: Namespaces,
    workers: Workers,
    attestations: Attestations,
    bans: Bans,
  ) {
    this.#ledger = ledger;
    this.#namespaces = namespaces;
    this.#workers = workers;
    this.#attestations = attestations;
    this.#bans = bans;
  }

  /**
   * `id`: a worker, or a species, whose best worker is meant. `asOwner`: only as who holds the worker's namespace. Null:
   * nothing is known. With `lease` the list of bans may be old: bring a lease, and ask again.
   */
  look(id: string, asOwner: boolean): JsonObject | null {
    const shown = namespaceOf(id) === null ? this.#species(id) : this.#worker(id, asOwner);
    if (shown === null) return null;
    if (this.#bans.isFresh()) return { verification: shown, lease: null };
    const { nonce, since } = this.#bans.request();
    return { verification: shown, lease: { nonce, since: { ...since } } };
  }

  #worker(workerId: string, asOwner: boolean): JsonObject | null {
    const namespace = namespaceOf(workerId);
    if (namespace === null || (asOwner && (isSandbox(namespace) || !this.#namespaces.holds(namespace)))) return null;
    const fact = this.#workers.fact(workerId);
    const attestation = this.#attestations.of(workerId)?.attestation ?? null;
    const retired = fact === null && this.#workers.isRetired(workerId);
    if (fact === null && attestation === null && !retired) return null;
    const subject = fact ?? {
      worker_id: workerId,
      namespace,
      artifact_hash: null,
      registered_hash: attestation?.code_hash ?? null,
      reported_hash: null,
    };
    const ban = this.#bans.banOn(subject, this.#ledger.nowMs());
    return verification({ workerId, namespace, fact, retired, attestation, ban });
  }

  /** Its first worker that could be run, as a decision would choose; else its first. */
  #species(speciesId: string): JsonObject | null {
    const nowMs = this.#ledger.nowMs();
    const workers = this.#workers.ofSpecies(speciesId);
    const isSound = (fact: WorkerFact): boolean =>
      !fact.revoked && fact.quarantined === null && !this.#bans.bansOn(fact, nowMs);
    const meant = workers.find(isSound) ?? workers[0];
    return meant === undefined ? null : this.#worker(meant.worker_id, false);
  }
}
