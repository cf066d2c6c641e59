/**
 * Reads an enrolment record into its normal form (WCP 4.5): aliases resolved, words normalised, the worker_id parsed,
 * both envelope shapes in one. Missing members are named first and in the published order.
 */
import { fieldErrors, safeRead } from '../field-errors.ts';
import { err, ok, type Result } from '../result.ts';
import { type DataLabel, type HallEnv, readDataLabel, readEnv } from '../vocabulary.ts';
import { normalHash } from './code-hash.ts';
import { parseWorkerId } from './namespace.ts';
import { ALIASES, type EnvelopeDocument, WorkerRecordDocument } from './record-document.ts';
import type { BlastTerms, EnvelopeTerms } from './terms.ts';

export interface WorkerRecord {
  readonly worker_id: string;
  readonly worker_species_id: string;
  readonly namespace: string;
  readonly capabilities: readonly string[];
  readonly required_controls: readonly string[];
  readonly currently_implements: readonly string[];
  readonly allowed_environments: readonly HallEnv[] | null;
  readonly allowed_data_labels: readonly DataLabel[] | null;
  readonly risk_tier: WorkerRecordDocument['risk_tier'];
  readonly idempotency: WorkerRecordDocument['idempotency'] | null;
  readonly determinism: WorkerRecordDocument['determinism'] | null;
  readonly catalog_version_min: string | null;
  readonly privilege_envelope: EnvelopeTerms | null;
  readonly blast_radius: BlastTerms | null;
  readonly blast_sum: number | null;
  readonly owner: string | null;
  readonly contact: string | null;
  /** Bare lower hex as claimed by the sender; null when the Hall has to compute it. */
  readonly artifact_hash: string | null;
  /** `attestation.code_hash` without prefix and in lower case; it may be malformed. */
  readonly registered_hash: string | null;
  readonly hash_method: string | null;
}

export interface RecordError {
  readonly reason: 'missing' | 'invalid' | 'invalid_worker_id';
  /** Name of the member, dotted when it lies deeper. */
  readonly field: string;
  readonly message: string;
}

type Sent = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Sent =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isAbsent = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** The record with its aliases under their proper names; the proper name wins where both are given. */
const withProperNames = (sent: Sent): Sent => {
  const proper: Record<string, unknown> = { ...sent };
  for (const [name, others] of Object.entries(ALIASES)) {
    const other = others.find((alias) => !isAbsent(sent[alias]));
    if (isAbsent(sent[name]) && other !== undefined) proper[name] = sent[other];
  }
  return proper;
};

const REQUIRED = ['worker_id', 'worker_species_id', 'capabilities'] as const;

const missing = (field: string): RecordError => ({ reason: 'missing', field, message: `missing field ${field}` });

const NO_EGRESS: ReadonlySet<string> = new Set(['', 'none']);
/** Says that `egress.allowlist` is the whole list; a destination of its own it is not. */
const LISTED_EGRESS: ReadonlySet<string> = new Set(['allowlisted', 'allowlist']);

const readEnvelope = (envelope: EnvelopeDocument): EnvelopeTerms => {
  const declared = typeof envelope.network_egress === 'string' ? [envelope.network_egress] : envelope.network_egress;
  const hosts = declared
    .map((text) => text.trim())
    .filter((text) => !NO_EGRESS.has(text) && !LISTED_EGRESS.has(text) && text !== 'unrestricted');
  return {
    egress: [...new Set([...(envelope.egress?.allowlist ?? []), ...hosts])],
    egress_unrestricted: declared.some((text) => text.trim() === 'unrestricted'),
    secrets: envelope.secrets_access,
    filesystem_writes: envelope.filesystem_writes,
    tools: envelope.tools,
  };
};

const known = <T>(words: readonly string[] | undefined, read: (word: string) => T | null): readonly T[] | null =>
  words === undefined ? null : [...new Set(words.map(read).filter((word) => word !== null))];

const blastSum = (blast: BlastTerms): number =>
  blast.data + blast.network + blast.financial + blast.time + blast.reversibility;

const normalise = (document: WorkerRecordDocument, namespace: string): WorkerRecord => {
  const blast = document.blast_radius ?? null;
  const registered = document.attestation?.code_hash ?? null;
  return {
    worker_id: document.worker_id,
    worker_species_id: document.worker_species_id,
    namespace,
    capabilities: document.capabilities,
    required_controls: document.required_controls,
    currently_implements: document.currently_implements,
    allowed_environments: known(document.allowed_environments, readEnv),
    allowed_data_labels: known(document.allowed_data_labels, readDataLabel),
    risk_tier: document.risk_tier,
    idempotency: document.idempotency ?? null,
    determinism: document.determinism ?? null,
    catalog_version_min: document.catalog_version_min ?? null,
    privilege_envelope: document.privilege_envelope ? readEnvelope(document.privilege_envelope) : null,
    blast_radius: blast,
    blast_sum: blast === null ? null : blastSum(blast),
    owner: document.owner ?? null,
    contact: document.contact ?? null,
    artifact_hash: document.artifact_hash ? normalHash(document.artifact_hash) : null,
    registered_hash: registered === null || registered === '' ? null : normalHash(registered),
    hash_method: document.attestation?.hash_method ?? null,
  };
};

/** `/enroll` demands the hash of the record; `/v1/workers` computes it (WCP 4.5). */
export interface ReadOptions {
  readonly artifactHash: 'required' | 'optional';
}

/** Total: any JSON is either a record or the first thing that is wrong with it. */
export const readWorkerRecord = (sent: unknown, options: ReadOptions): Result<WorkerRecord, RecordError> => {
  if (!isRecord(sent)) return err({ reason: 'invalid', field: '', message: 'expected an object' });
  const record = withProperNames(sent);
  const required = options.artifactHash === 'required' ? [...REQUIRED, 'artifact_hash'] : REQUIRED;
  const absent = required.find((field) => isAbsent(record[field]));
  if (absent !== undefined) return err(missing(absent));
  const read = safeRead(WorkerRecordDocument, record);
  if (!read.success) {
    const [first] = fieldErrors(read.error);
    const field = (first?.field ?? '').slice(1).replaceAll('/', '.');
    return err({ reason: 'invalid', field, message: first?.message ?? 'invalid record' });
  }
  const id = parseWorkerId(read.data.worker_id);
  if (id === null) {
    const message = 'expected org.<name>.<worker> or x.<name>.<worker>, and at most one instance';
    return err({ reason: 'invalid_worker_id', field: 'worker_id', message });
  }
  return ok(normalise(read.data, id.namespace));
};
