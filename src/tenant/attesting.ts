/**
 * Attesting workers: which code hash is registered for one, from now on (WCP 3.5, 4.4). Manifests were verified in the
 * Worker, which holds the secrets; here it is judged that what they were verified with is still in force.
 */

import type { Actor } from '../core/caller.ts';
import { canonicalJson } from '../core/canonical.ts';
import { clean } from '../core/hall/text.ts';
import { sha256Hex } from '../core/hash.ts';
import type { JsonObject } from '../core/json.ts';
import { changeOf } from '../core/ledger/change.ts';
import type { EntryDraft, SealedEntry } from '../core/ledger/entry.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { type Attestation, NOTHING_SAID } from '../core/registry/attestation.ts';
import type { Authority } from '../core/registry/authority.ts';
import { isNamespace, namespaceOf, parseWorkerId } from '../core/registry/namespace.ts';
import type { Statement } from '../core/registry/statement.ts';
import { type WorkerFact, withState } from '../core/registry/worker.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Ledger, Moment, Plan } from '../ledger/commit.ts';
import { type Attestations, attestedEntry, trustHash } from './attestations.ts';
import type { Command, CommandReply } from './commands.ts';
import type { Namespaces } from './namespaces.ts';
import { act, recorded, refused, type TenantMemo } from './plan.ts';
import { isoMicros, type Workers } from './workers.ts';

/** How far a builder's clock may be ahead. */
const SKEW_MS = 300_000;

export class Attesting {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #namespaces: Namespaces;
  readonly #workers: Workers;
  readonly #attestations: Attestations;

  constructor(ledger: Ledger<TenantMemo>, namespaces: Namespaces, workers: Workers, attestations: Attestations) {
    this.#ledger = ledger;
    this.#namespaces = namespaces;
    this.#workers = workers;
    this.#attestations = attestations;
  }

  planAttest(command: Command & { kind: 'worker.attest' }, actor: Actor, moment: Moment): Plan<CommandReply> {
    const { workerId, request, manifest } = command;
    const id = parseWorkerId(workerId);
    if (id === null) return refused(refusal('invalid_worker_id'));
    const foreign = this.#namespaces.refusalOf(id.namespace);
    if (foreign !== null) return refused(foreign);
    const fact = this.#workers.fact(workerId);
    const wrong = this.#judge(command, id.namespace, fact, moment);
    if (wrong !== null) return refused(wrong);
    const manifestText = manifest === null ? null : canonicalJson(manifest.sent);
    const speciesId = fact?.worker_species_id ?? request.speciesId;
    const attestation: Attestation = {
      attestation_id: `att_${moment.newId()}`,
      worker_id: workerId,
      worker_species_id: speciesId === null ? null : clean(speciesId),
      namespace: id.namespace,
      code_hash: request.codeHash,
      hash_method: request.method,
      worker_version: request.version,
      label: request.label,
      ai_generated: request.aiGenerated,
      ai_service: request.aiService,
      ai_model: request.aiModel,
      ai_session_fingerprint: request.aiSessionFingerprint,
      attested_at: isoMicros(moment.now),
      attested_by: id.namespace,
      source: 'attest',
      authority_id: null,
      signed_with: manifest?.signedWith ?? null,
      manifest_hash: manifestText === null ? null : sha256Hex(manifestText),
    };
    return {
      entries: [attestedEntry(actor, attestation)],
      apply: ([sealed]) => {
        if (manifestText !== null) this.#ledger.contents.keep(sha256Hex(manifestText), manifestText);
        this.#attestations.keep(attestation, sealed?.seq ?? 0, manifest?.builtAtMs ?? null);
        if (fact !== null) this.#workers.changeState(attested(fact, attestation));
      },
      reply: ([sealed]) => recorded({ attestation: { ...attestation }, enrolled: fact !== null }, sealed),
    };
  }

  /** Another authority's statement as a registration; a word where it is none. Whoever subscribed trusts its word. */
  planStatement(
    statement: Statement,
    authority: Authority,
    actor: Actor,
    now: number,
  ): { readonly entries: readonly EntryDraft[]; readonly apply: (sealed: readonly SealedEntry[]) => void } | string {
    const { worker_id: workerId, worker_species_id: speciesId, attested_at: attestedAt } = statement;
    const namespace = namespaceOf(workerId);
    if (namespace === null || this.#foreign(namespace) !== null) return 'namespace_not_owned';
    if (authority.namespaces !== null && !authority.namespaces.includes(namespace)) return 'namespace_not_subscribed';
    const fact = this.#workers.fact(workerId);
    if (fact !== null && speciesId !== null && speciesId !== fact.worker_species_id) return 'other_species';
    if (Date.parse(attestedAt) > now / 1000 + SKEW_MS) return 'from_the_future';
    const kept = this.#attestations.of(workerId);
    if (kept !== null && Date.parse(kept.attestation.attested_at) >= Date.parse(attestedAt)) return 'not_newer';
    const text = canonicalJson(statement);
    const attestation: Attestation = {
      ...NOTHING_SAID,
      attestation_id: statement.manifest_id,
      worker_id: workerId,
      worker_species_id: speciesId,
      namespace,
      code_hash: statement.code_hash,
      hash_method: statement.hash_method,
      attested_at: attestedAt,
      attested_by: statement.attested_by,
      source: 'authority',
      authority_id: authority.authority_id,
      signed_with: statement.hash_method === 'manifest' ? 'authority' : null,
      manifest_hash: sha256Hex(text),
    };
    return {
      entries: [attestedEntry(actor, attestation)],
      apply: ([sealed]) => {
        this.#ledger.contents.keep(sha256Hex(text), text);
        this.#attestations.keep(attestation, sealed?.seq ?? 0, null);
        if (fact !== null) this.#workers.changeState(attested(fact, attestation));
      },
    };
  }

  #judge(
    { workerId, request, manifest }: Command & { kind: 'worker.attest' },
    namespace: string,
    fact: WorkerFact | null,
    { now }: Moment,
  ): Refusal | null {
    if (fact !== null && request.speciesId !== null && request.speciesId !== fact.worker_species_id) {
      return refusal('ATTEST_MANIFEST_ID_MISMATCH', 'the worker is enrolled with another worker_species_id');
    }
    if (manifest === null) return null;
    // The keys were changed while the Worker verified.
    if (manifest.trustHash !== trustHash(this.#attestations.trust(namespace))) return refusal('ATTEST_SIG_INVALID');
    if (manifest.builtAtMs > now / 1000 + SKEW_MS) {
      const message = 'it lies in the future';
      return refusal('invalid_body', `/manifest/built_at_utc: ${message}`, [
        { field: '/manifest/built_at_utc', message },
      ]);
    }
    // A signature holds for ever: without this, whoever may attest could bring back a version with a known fault.
    const newest = this.#attestations.of(workerId)?.builtAt ?? null;
    return newest !== null && manifest.builtAtMs < newest ? refusal('manifest_superseded') : null;
  }

  /** The last attestation; null: there was none. */
  current(workerId: string): JsonObject | null {
    const kept = this.#attestations.of(workerId);
    return kept && { ...kept.attestation };
  }

  /** The last attestation with the entry that says so; null: there was none. */
  shown(workerId: string): JsonObject | null {
    const kept = this.#attestations.of(workerId);
    const record = kept === null ? null : this.#ledger.log.recordAt(kept.seq);
    if (kept === null || record === null) return null;
    const { source, manifest_hash: hash } = kept.attestation;
    const foreign = source === 'authority' && hash !== null ? this.#ledger.contents.text(hash) : null;
    return {
      attestation: { ...kept.attestation },
      statement: foreign === null ? null : (JSON.parse(foreign) as JsonObject),
      enrolled: this.#workers.fact(workerId) !== null,
      record: { ...record },
    };
  }

  /** Null: the namespace is this tenant's, to speak for. */
  #foreign(namespace: string): Refusal | null {
    return isNamespace(namespace) ? this.#namespaces.refusalOf(namespace) : refusal('not_found');
  }

  /** What a manifest of this namespace is verified with. */
  trust(namespace: string): Result<JsonObject, Refusal> {
    const foreign = this.#foreign(namespace);
    if (foreign !== null) return err(foreign);
    const { generation, keys } = this.#attestations.trust(namespace);
    return ok({ namespace, generation, keys: { ...keys }, hash: trustHash({ generation, keys }) });
  }

  planKeys(command: Command & { kind: 'attestation.keys' }, actor: Actor): Plan<CommandReply> {
    const { namespace, keys } = command;
    const foreign = this.#foreign(namespace);
    if (foreign !== null) return refused(foreign);
    const trust = this.#attestations.trust(namespace);
    const next = { ...trust, keys };
    const value = { namespace, key_ids: Object.keys(keys).sort() };
    return {
      entries: [act('hall.attestation.keys_set', actor, value, changeOf(trust, next), 'registry')],
      apply: () => this.#attestations.setTrust(namespace, next),
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  /** To show a secret is an entry too: whoever has seen it can sign with it. */
  planSecret(command: Command & { kind: 'attestation.secret' }, actor: Actor): Plan<CommandReply> {
    const { namespace, rotate } = command;
    const foreign = this.#foreign(namespace);
    if (foreign !== null) return refused(foreign);
    const trust = this.#attestations.trust(namespace);
    const next = { ...trust, generation: trust.generation + (rotate ? 1 : 0) };
    const value = { namespace, generation: next.generation };
    const type = rotate ? 'hall.attestation.secret_rotated' : 'hall.attestation.secret_shown';
    return {
      entries: [act(type, actor, value, changeOf(trust, next), 'registry')],
      apply: () => this.#attestations.setTrust(namespace, next),
      reply: ([sealed]) => recorded(value, sealed),
    };
  }
}

/** Decisions use the new hash at once, and the worker is out of quarantine (WCP 3.5). */
const attested = (fact: WorkerFact, { code_hash, signed_with }: Attestation): WorkerFact =>
  withState(fact, { registered_hash: code_hash, quarantined: null, manifest_verified: signed_with !== null });
