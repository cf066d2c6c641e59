/**
 * Attesting workers (WCP 4.4, 5.3). The Worker holds the secrets: it verifies manifests before the object registers a
 * hash, and signs the statement after it. A statement is made from the entry alone, so it can be made again.
 */
import { fromBase64Url } from '../core/bytes.ts';
import type { JsonObject, JsonTokensObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import {
  type Attestation,
  type AttestFault,
  type AttestRequest,
  readAttestRequest,
} from '../core/registry/attestation.ts';
import { verifyManifest } from '../core/registry/manifest.ts';
import { namespaceOf } from '../core/registry/namespace.ts';
import { type Statement, signStatement } from '../core/registry/statement.ts';
import { err, ok, type Result } from '../core/result.ts';
import { type NamespaceTrust, namespaceSecret, verifiesManifest } from '../keys/manifest.ts';
import type { KeyRing } from '../keys/ring.ts';
import type { AttestedManifest, Recorded } from '../tenant/commands.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';
import { project } from './projections.ts';
import { evidenceReceipt } from './receipt.ts';
import { type SubmitOptions, submitOne } from './submit.ts';

/** `tokens`: the body with its number tokens kept, as a manifest in it was signed. */
export const attestWorker = async (
  deps: Deps,
  caller: Caller,
  workerId: string,
  body: JsonObject,
  tokens: JsonTokensObject,
  options: SubmitOptions = {},
): Promise<Result<JsonObject, Refusal>> => {
  // First of all: whoever may not attest, or not in this namespace, is told nothing else.
  const namespace = namespaceOf(workerId);
  const trust = await trustOf(deps, caller, namespace ?? workerId);
  if (!trust.ok) return trust.error.code === 'not_found' ? err(refusal('invalid_worker_id')) : trust;
  const request = readAttestRequest(body, workerId);
  if (!request.ok) return err(refusalOf(request.error));
  const manifest = judgeManifest(workerId, request.value, body, tokens, trust.value);
  if (!manifest.ok) return manifest;
  const command = { kind: 'worker.attest', workerId, request: request.value, manifest: manifest.value } as const;
  const submitted = await submitOne(deps, caller, command, options);
  if (!submitted.ok) return submitted;
  const { reply, proofs } = submitted.value;
  if (reply.kind !== 'recorded' || reply.record === null) return err(refusal('internal_error'));
  // Whoever attests looks it up next, perhaps without a credential: the registry knows before this is answered. If it
  // cannot be told, the attestation holds all the same, and the cron tells it.
  await project(deps, caller.tenant).catch(() => undefined);
  const { attestation, enrolled } = reply.value as unknown as Attested;
  const receipt = evidenceReceipt(reply.record, deps.ring, proofs[0]);
  return ok({ ...shown(attestation, enrolled, reply.record, deps.ring), evidence_receipt: receipt });
};

/** The last attestation of a worker, with its statement. */
export const attestationOf = async (
  deps: Deps,
  caller: Caller,
  workerId: string,
): Promise<Result<JsonObject, Refusal>> => {
  const answer = await ask(deps, caller, { kind: 'attestation', workerId });
  if (!answer.ok) return answer;
  const { attestation, enrolled, record, statement } = answer.value as unknown as Attested & {
    readonly record: Recorded;
    /** Of another authority, where it was that. */
    readonly statement: JsonObject | null;
  };
  const known = shown(attestation, enrolled, record, deps.ring);
  return ok(statement === null ? known : { ...known, authority_id: attestation.authority_id, manifest: statement });
};

interface Attested {
  readonly attestation: Attestation;
  readonly enrolled: boolean;
}

interface Trust extends NamespaceTrust {
  readonly hash: string;
}

const trustOf = async (deps: Deps, caller: Caller, namespace: string): Promise<Result<Trust, Refusal>> => {
  const answer = await ask(deps, caller, { kind: 'attestation.trust', namespace });
  if (!answer.ok) return answer;
  const { generation, keys, hash } = answer.value as unknown as {
    readonly generation: number;
    readonly keys: Readonly<Record<string, string>>;
    readonly hash: string;
  };
  return ok({
    hash,
    secret: namespaceSecret(deps.keyTagSecret, caller.tenant, namespace, generation),
    keys: new Map(Object.entries(keys).flatMap(([kid, x]) => rawKey(kid, x))),
  });
};

const rawKey = (kid: string, x: string): [string, Uint8Array][] => {
  const raw = fromBase64Url(x);
  return raw === undefined ? [] : [[kid, raw]];
};

const refusalOf = (fault: AttestFault): Refusal =>
  fault.reason === 'invalid'
    ? refusal('invalid_body', `${fault.error.field}: ${fault.error.message}`, [fault.error])
    : refusal(fault.reason);

/** Null: there is none. */
const judgeManifest = (
  workerId: string,
  request: AttestRequest,
  { manifest: sent }: JsonObject,
  tokens: JsonTokensObject,
  trust: Trust,
): Result<AttestedManifest | null, Refusal> => {
  if (sent === undefined || sent === null) return ok(null);
  const expected = {
    workerId,
    speciesId: request.speciesId,
    version: request.version,
    packageHash: request.codeHash,
  };
  const verified = verifyManifest(tokens.manifest as JsonTokensObject, sent, expected, (_, signature, text) =>
    verifiesManifest(trust, signature, text),
  );
  if (!verified.ok) return err(refusal(verified.error));
  return ok({
    sent: sent as JsonObject,
    signedWith: verified.value.signedWith,
    builtAtMs: Date.parse(verified.value.manifest.built_at_utc),
    trustHash: trust.hash,
  });
};

/** What both published clients read, and ours. */
const shown = (attestation: Attestation, enrolled: boolean, record: Recorded, ring: KeyRing): JsonObject => ({
  id: attestation.attestation_id,
  worker_id: attestation.worker_id,
  worker_species_id: attestation.worker_species_id,
  namespace: attestation.namespace,
  sha256: attestation.code_hash,
  package_hash: attestation.code_hash,
  hash_method: attestation.hash_method,
  attested_at: attestation.attested_at,
  status: 'active',
  enrolled,
  signed_manifest: attestation.signed_with !== null,
  manifest: { ...statementOf(attestation, record, ring) },
});

const statementOf = (attestation: Attestation, record: Recorded, ring: KeyRing): Statement => {
  const key = ring.byId('receipt', record.signingKeyId) ?? ring.active('receipt');
  const { attestation_id, worker_id, worker_species_id, code_hash, hash_method, attested_at, attested_by } =
    attestation;
  return signStatement(
    {
      manifest_id: attestation_id,
      worker_id,
      worker_species_id,
      code_hash,
      hash_method,
      attested_at,
      attested_by,
      public_key_id: key.kid,
    },
    key.sign,
  );
};
