/**
 * Attesting a worker (WCP 4.4, 5.3): what the published clients send in their two shapes, ours with a package listing or
 * a signed manifest, all read into one; and what is kept of an attestation. Its code hash is the *registered* hash that
 * decisions compare with what the worker reports.
 */
import { z } from 'zod';
import { fieldErrors, safeRead } from '../field-errors.ts';
import { sha256Hex } from '../hash.ts';
import type { FieldError } from '../refusal.ts';
import { err, ok, type Result } from '../result.ts';
import { isSha256, normalHash } from './code-hash.ts';
import { Manifest } from './manifest.ts';
import { packageOrder, readPackage } from './package-hash.ts';
import type { WorkerRecord } from './record.ts';
import { HASH_METHODS, type HashMethod } from './statement.ts';

const word = z.string().min(1).max(256).nullish();
const hash = z
  .string()
  .max(256)
  .refine((text) => isSha256(normalHash(text)), { error: 'expected a SHA-256 in hex' })
  .transform(normalHash)
  .nullish();

export const PackageListing = z
  .array(z.strictObject({ path: z.string().max(1_024), size: z.int().min(0), sha256: z.string().max(80) }))
  .max(10_000);

/** Members that we do not know are let pass: published clients send more than they need. */
export const AttestBody = z
  .looseObject({
    sha256: hash.meta({ description: 'the code hash; this or `package_hash`' }),
    package_hash: hash,
    worker_id: word,
    worker_species_id: word,
    worker_version: word,
    label: word,
    ai_generated: z.boolean().nullish(),
    ai_service: word,
    ai_model: word,
    ai_session_id: word,
    ai_session_fingerprint: word,
    manifest_path: z.string().max(1_024).nullish(),
    hash_method: z.enum(HASH_METHODS).nullish(),
    manifest: Manifest.nullish(),
    files: PackageListing.nullish().meta({ description: 'ours: the package, which has to have the hash' }),
  })
  .meta({ id: 'Attest' });

/** One reading of all shapes. */
export interface AttestRequest {
  readonly speciesId: string | null;
  readonly codeHash: string;
  readonly method: HashMethod;
  readonly version: string | null;
  readonly label: string | null;
  readonly aiGenerated: boolean | null;
  readonly aiService: string | null;
  readonly aiModel: string | null;
  readonly aiSessionFingerprint: string | null;
}

export type AttestFault =
  | { readonly reason: 'invalid'; readonly error: FieldError }
  | { readonly reason: 'ATTEST_MANIFEST_MISSING' | 'ATTEST_MANIFEST_ID_MISMATCH' | 'ATTEST_HASH_MISMATCH' };

const invalid = (field: string, message: string): Result<never, AttestFault> =>
  err({ reason: 'invalid', error: { field, message } });

/** `workerId`: of the path. What a manifest says and who signed it is judged apart (manifest.ts). */
export const readAttestRequest = (sent: unknown, workerId: string): Result<AttestRequest, AttestFault> => {
  const read = safeRead(AttestBody, sent);
  if (!read.success) {
    const [first] = fieldErrors(read.error);
    return invalid(first?.field ?? '', first?.message ?? 'expected an object');
  }
  const body = read.data;
  const { manifest, sha256, package_hash: packageHash } = body;
  const codeHash = sha256 ?? packageHash ?? (manifest ? normalHash(manifest.package_hash) : null);
  if (codeHash === null) return invalid('/sha256', 'this or package_hash is required');
  if (!isSha256(codeHash)) return invalid('/manifest/package_hash', 'expected a SHA-256 in hex');
  if (packageHash && packageHash !== codeHash) return invalid('/package_hash', 'it differs from sha256');
  if (body.worker_id && body.worker_id !== workerId) return invalid('/worker_id', 'must be the worker_id of the path');
  if (body.hash_method === 'manifest' && !manifest) return err({ reason: 'ATTEST_MANIFEST_MISSING' });
  if (body.files) {
    const files = readPackage(body.files.map((file) => ({ ...file, sha256: normalHash(file.sha256) })));
    if (!files.ok) return invalid('/files', `${files.error.reason.replaceAll('_', ' ')}: ${files.error.path}`);
    if (packageOrder(files.value, codeHash) === null) return err({ reason: 'ATTEST_HASH_MISMATCH' });
  }
  return ok({
    speciesId: body.worker_species_id ?? manifest?.worker_species_id ?? null,
    codeHash,
    method: manifest ? 'manifest' : (body.hash_method ?? (packageHash ? 'module' : 'file')),
    version: body.worker_version ?? manifest?.worker_version ?? null,
    label: body.label ?? null,
    aiGenerated: body.ai_generated ?? null,
    aiService: body.ai_service ?? null,
    aiModel: body.ai_model ?? null,
    aiSessionFingerprint: body.ai_session_fingerprint ?? fingerprint(body.ai_session_id ?? null),
  });
};

/** A session id may open something: only its hash is kept and shown. */
const fingerprint = (sessionId: string | null): string | null => (sessionId === null ? null : sha256Hex(sessionId));

/**
 * What is kept, and what its ledger entry says. INVARIANT: strings, booleans and null only, in the spelling of the wire.
 */
export interface Attestation {
  readonly attestation_id: string;
  readonly worker_id: string;
  readonly worker_species_id: string | null;
  readonly namespace: string;
  readonly code_hash: string;
  readonly hash_method: HashMethod;
  readonly worker_version: string | null;
  readonly label: string | null;
  readonly ai_generated: boolean | null;
  readonly ai_service: string | null;
  readonly ai_model: string | null;
  readonly ai_session_fingerprint: string | null;
  /** RFC 3339, UTC, milliseconds. */
  readonly attested_at: string;
  readonly attested_by: string;
  /** `record`: it came with the enrolment record; else who attested by which door. */
  readonly source: 'record' | 'attest' | 'authority';
  /** Of the authority that signed it, where that is another than this service. */
  readonly authority_id: string | null;
  /** How the verified manifest was signed, or that another authority says it verified one; null: there was none. */
  readonly signed_with: 'hmac' | 'ed25519' | 'authority' | null;
  /** Content hash of the manifest as it was sent, or of the other authority's statement. */
  readonly manifest_hash: string | null;
}

/** Whatever a record and a foreign statement leave open. */
export const NOTHING_SAID = {
  worker_version: null,
  label: null,
  ai_generated: null,
  ai_service: null,
  ai_model: null,
  ai_session_fingerprint: null,
} as const;

/** The attestation that an enrolment record brings (WCP 4.5). */
export const recordAttestation = (
  record: WorkerRecord,
  codeHash: string,
  id: string,
  attestedAt: string,
): Attestation => ({
  ...NOTHING_SAID,
  attestation_id: id,
  worker_id: record.worker_id,
  worker_species_id: record.worker_species_id,
  namespace: record.namespace,
  code_hash: codeHash,
  hash_method: HASH_METHODS.find((method) => method === record.hash_method) ?? 'file',
  attested_at: attestedAt,
  attested_by: record.namespace,
  source: 'record',
  authority_id: null,
  signed_with: null,
  manifest_hash: null,
});
