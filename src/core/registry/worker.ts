/**
 * One enrolled worker as a decision sees it: the terms of its record and its state, as plain JSON named by its hash
 * (WCP 3.3-3.6, 4.5). Decisions name facts by hash, the content store keeps them, a replay restores them.
 * INVARIANT: `hash` is the SHA-256 of the canonical JSON of all other members.
 * INVARIANT: integers, strings, booleans, null and lists of strings only; times in microseconds.
 */

import { z } from 'zod';
import { canonicalJson } from '../canonical.ts';
import { safeRead } from '../field-errors.ts';
import { sha256Hex } from '../hash.ts';
import { err, ok, type Result } from '../result.ts';
import { type ControlList, controlList, DATA_LABELS, ENVS, normalControl } from '../vocabulary.ts';
import type { WorkerRecord } from './record.ts';
import { BlastTerms, EnvelopeTerms } from './terms.ts';

export type { BlastTerms, EnvelopeTerms } from './terms.ts';

import { RISK_TIERS } from './record-document.ts';

const list = z.array(z.string());
const micros = z.int().min(0);

const terms = {
  worker_id: z.string(),
  worker_species_id: z.string(),
  namespace: z.string(),
  capabilities: list,
  required_controls: list,
  currently_implements: list,
  /** null = everywhere. */
  allowed_environments: z.array(z.enum(ENVS)).nullable(),
  /** null = every label. */
  allowed_data_labels: z.array(z.enum(DATA_LABELS)).nullable(),
  risk_tier: z.enum(RISK_TIERS),
  catalog_version_min: z.string().nullable(),
  /** null = the record has none. */
  privilege_envelope: EnvelopeTerms.nullable(),
  blast_radius: BlastTerms.nullable(),
  /** 0-25; null without a blast radius. */
  blast_sum: z.int().min(0).max(25).nullable(),
  /** Bare lower hex of the record hash. */
  artifact_hash: z.string().nullable(),
};

const state = {
  /** False only after a heartbeat that said so. */
  online: z.boolean(),
  /** null = it never sent one, which does not make it unavailable. */
  last_heartbeat_at: micros.nullable(),
  quarantined: z.enum(['hash_mismatch']).nullable(),
  revoked: z.boolean(),
  /** As enrolled or attested, without `sha256:` and in lower case; it may be malformed. */
  registered_hash: z.string().nullable(),
  reported_hash: z.string().nullable(),
  reported_at: micros.nullable(),
  /** A signed manifest for the registered hash was verified. */
  manifest_verified: z.boolean(),
  enrolled_at: micros,
};

const FactContent = z.strictObject({ v: z.literal(1), ...terms, ...state });
/** What is stored under the hash of a fact. */
export type FactContent = Readonly<z.output<typeof FactContent>>;
/** Takes the state out of whatever carries it, a fact included. */
const WorkerState = z.object(state);
export type WorkerState = Readonly<z.output<typeof WorkerState>>;
export type WorkerFact = FactContent & { readonly hash: string };

const named = (content: FactContent): WorkerFact => ({ ...content, hash: sha256Hex(canonicalJson(content)) });

/** State of a worker that was just enrolled; `registeredHash` from its record. */
export const freshState = (record: WorkerRecord, now: number): WorkerState => ({
  online: true,
  last_heartbeat_at: null,
  quarantined: null,
  revoked: false,
  registered_hash: record.registered_hash,
  reported_hash: null,
  reported_at: null,
  manifest_verified: false,
  enrolled_at: now,
});

export const compileWorker = (record: WorkerRecord, current: WorkerState): WorkerFact =>
  named({
    v: 1,
    worker_id: record.worker_id,
    worker_species_id: record.worker_species_id,
    namespace: record.namespace,
    capabilities: [...record.capabilities],
    required_controls: [...record.required_controls],
    currently_implements: [...record.currently_implements],
    allowed_environments: record.allowed_environments === null ? null : [...record.allowed_environments],
    allowed_data_labels: record.allowed_data_labels === null ? null : [...record.allowed_data_labels],
    risk_tier: record.risk_tier,
    catalog_version_min: record.catalog_version_min,
    privilege_envelope: record.privilege_envelope,
    blast_radius: record.blast_radius,
    blast_sum: record.blast_sum,
    artifact_hash: record.artifact_hash,
    ...WorkerState.parse(current),
  });

/** The same worker after a heartbeat, an attestation, a quarantine. */
export const withState = (fact: WorkerFact, change: Partial<WorkerState>): WorkerFact => {
  const { hash: _, ...content } = fact;
  return named({ ...content, ...change });
};

export const factContent = (fact: WorkerFact): FactContent => {
  const { hash: _, ...content } = fact;
  return content;
};

/** Rebuilds a fact from its stored content; the caller compares `hash` with the name it looked up. */
export const restoreFact = (content: unknown): Result<WorkerFact, 'malformed'> => {
  const read = safeRead(FactContent, content);
  return read.success ? ok(named(read.data)) : err('malformed');
};

/** A fact prepared for look-ups; made once for each fact and never part of it. */
export interface WorkerView {
  readonly required: ControlList;
  /** Normal control ids. */
  readonly implements: ReadonlySet<string>;
  readonly capabilities: ReadonlySet<string>;
}

const views = new WeakMap<WorkerFact, WorkerView>();

export const workerView = (fact: WorkerFact): WorkerView => {
  const known = views.get(fact);
  if (known !== undefined) return known;
  const view: WorkerView = {
    required: controlList(fact.required_controls),
    implements: new Set(fact.currently_implements.map(normalControl)),
    capabilities: new Set(fact.capabilities),
  };
  views.set(fact, view);
  return view;
};
