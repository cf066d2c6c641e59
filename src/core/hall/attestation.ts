/**
 * Steps 11, 13a and 13b of WCP 3.1: is the code that would run the code that was attested (3.5).
 * INVARIANT: hashes never reach the decision; a mismatch goes to `quarantine`, for the tenant's own eyes.
 */
import { isSha256 } from '../registry/code-hash.ts';
import type { WorkerFact } from '../registry/worker.ts';
import { deny, type Hearing, type Selection, type Stop } from './hearing.ts';
import { clean } from './text.ts';

type Finding =
  | 'valid'
  | 'DENY_WORKER_ATTESTATION_MISSING'
  | 'DENY_WORKER_ATTESTATION_INVALID_HASH'
  | 'DENY_WORKER_HASH_UNAVAILABLE'
  | 'DENY_WORKER_TAMPERED';

/** Also what redeeming a grant asks of the hash that the worker reports then. */
export function attest(
  fact: Pick<WorkerFact, 'registered_hash' | 'reported_hash' | 'reported_at'>,
  now: number,
  ttlMicros: number,
): Finding {
  const { registered_hash: registered, reported_hash: reported, reported_at: at } = fact;
  if (registered === null) return 'DENY_WORKER_ATTESTATION_MISSING';
  if (!isSha256(registered)) return 'DENY_WORKER_ATTESTATION_INVALID_HASH';
  if (reported === null || at === null || now - at > ttlMicros) return 'DENY_WORKER_HASH_UNAVAILABLE';
  if (reported === registered) return 'valid';
  return isSha256(reported) ? 'DENY_WORKER_TAMPERED' : 'DENY_WORKER_HASH_UNAVAILABLE';
}

function examine(hearing: Hearing, { worker }: Selection): Finding {
  const finding = attest(worker, hearing.stamp.now, hearing.settingsView.attestationTtlMicros);
  hearing.attestationChecked = true;
  hearing.attestationValid = finding === 'valid';
  return finding;
}

/** Step 11. */
export function judgeAttestation(hearing: Hearing): Stop {
  const { settings, selection } = hearing;
  if (!settings.require_worker_attestation || selection === null) return null;
  const finding = examine(hearing, selection);
  if (finding === 'valid') return null;
  if (finding !== 'DENY_WORKER_TAMPERED') return deny(finding, 'attestation');
  const { worker, speciesId } = selection;
  hearing.quarantine = {
    worker_id: worker.worker_id,
    worker_species_id: clean(worker.worker_species_id),
    registered_hash: worker.registered_hash ?? '',
    reported_hash: worker.reported_hash ?? '',
  };
  return deny(finding, 'attestation', { worker_species_id: speciesId });
}

/** Steps 13a and 13b: what the rule demands in prod and edge beside the floors. */
export function judgeProvenance(hearing: Hearing): Stop {
  const { rule, selection, production, stance } = hearing;
  if (rule === null || selection === null) return null;
  if (stance.signedManifest && !selection.worker.manifest_verified) {
    return deny('DENY_WORKER_ARTIFACT_UNSIGNED', 'profile');
  }
  if (!production) return null;
  const { deny_if_no_attestation_in_prod: attested, deny_if_unsigned_artifact_in_prod: signed } = rule.preconditions;
  if (attested && hearing.attestationValid !== true && examine(hearing, selection) !== 'valid') {
    return deny('DENY_WORKER_ATTESTATION_MISSING', 'preconditions');
  }
  if (signed && !selection.worker.manifest_verified) return deny('DENY_WORKER_ARTIFACT_UNSIGNED', 'preconditions');
  return null;
}
