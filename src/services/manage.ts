/** Everything a tenant's administrators do. Each change is an entry of the tenant's ledger, and answers its receipt. */
import type { JsonObject, JsonTokensObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { recordHash, verifyRecordHash } from '../core/registry/record-hash.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Command, DocumentKind } from '../tenant/commands.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { project } from './projections.ts';
import { evidenceReceipt } from './receipt.ts';
import { type SubmitOptions, submitOne } from './submit.ts';

export type Change = Command;
export type { DocumentKind };

/** Runs a command that records something, and answers what it says with the receipt of its entry, if it made one. */
export const change = async (
  deps: Deps,
  caller: Caller,
  command: Command,
  options: SubmitOptions = {},
): Promise<Result<JsonObject, Refusal>> => {
  const submitted = await submitOne(deps, caller, command, options);
  if (!submitted.ok) return submitted;
  const { reply, proofs } = submitted.value;
  if (reply.kind !== 'recorded') return err(refusal('internal_error'));
  if (isOfWorkers(command) && reply.record !== null) deps.later(project(deps, caller.tenant));
  const receipt = reply.record === null ? null : evidenceReceipt(reply.record, deps.ring, proofs[0]);
  return ok({ ...reply.value, evidence_receipt: receipt });
};

/** What the registry in D1 has to be told. */
const isOfWorkers = ({ kind }: Command): boolean => kind.startsWith('worker.') || kind === 'authority.import';

/**
 * Enrols or updates a worker. `record` is the JSON as it was sent, `tokens` the same with its number tokens kept: the
 * record hash is made over the text (WCP 4.5). A hash that the sender claims must be right in one of the two forms.
 */
export const enrolWorker = async (
  deps: Deps,
  caller: Caller,
  record: JsonObject,
  tokens: JsonTokensObject,
  options: SubmitOptions = {},
): Promise<Result<JsonObject, Refusal>> => {
  const claimed = record.artifact_hash;
  if (claimed !== undefined && (typeof claimed !== 'string' || verifyRecordHash(tokens, claimed) === null)) {
    return err(
      refusal('DENY_WORKER_TAMPERED', 'artifact_hash: it is not the hash of this record', [
        { field: 'artifact_hash', message: 'it is not the hash of this record' },
      ]),
    );
  }
  const hash = typeof claimed === 'string' ? claimed : recordHash(tokens);
  const artifactHash = hash.toLowerCase().replace(/^sha256:/, '');
  return change(deps, caller, { kind: 'worker.enrol', record, artifactHash }, options);
};
