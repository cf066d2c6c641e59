/**
 * What the registry tells everybody of one worker (WCP 5.3). The published clients dispatch only what is `active` and has
 * a hash; what they must not run is one of the other two words.
 */
import { clean } from '../hall/text.ts';
import type { JsonObject } from '../json.ts';
import type { Attestation } from './attestation.ts';
import { isSha256 } from './code-hash.ts';
import type { WorkerFact } from './worker.ts';

export interface VerificationSubject {
  readonly workerId: string;
  readonly namespace: string;
  /** Null: it is attested and not enrolled, or it was retired. */
  readonly fact: WorkerFact | null;
  readonly retired: boolean;
  readonly attestation: Attestation | null;
  readonly ban: { readonly reason: string } | null;
}

const statusOf = ({ fact, retired, ban }: VerificationSubject): 'active' | 'revoked' | 'banned' => {
  if (ban !== null) return 'banned';
  const isSetAside = fact !== null && (fact.revoked || fact.quarantined !== null);
  return retired || isSetAside ? 'revoked' : 'active';
};

export const verification = (subject: VerificationSubject): JsonObject => {
  const { workerId, namespace, fact, attestation, ban } = subject;
  const registered = fact?.registered_hash ?? attestation?.code_hash ?? null;
  const hash = registered !== null && isSha256(registered) ? registered : null;
  // Of another hash than the one in force it says nothing.
  const said = attestation !== null && attestation.code_hash === hash ? attestation : null;
  return {
    worker_id: workerId,
    status: statusOf(subject),
    current_hash: hash,
    banned: ban !== null,
    ban_reason: ban === null ? null : clean(ban.reason),
    attested_at: said?.attested_at ?? null,
    ai_generated: said?.ai_generated ?? null,
    ai_service: said?.ai_service ?? null,
    ai_model: said?.ai_model ?? null,
    ai_session_fingerprint: said?.ai_session_fingerprint ?? null,
    namespace,
    attested: hash !== null,
    attest_sha256: hash,
    ban_status: ban === null ? 'none' : 'banned',
  };
};

/** The same shape where nothing is known, or may be told. */
export const unknownWorker = (id: string): JsonObject => ({
  ...Object.fromEntries(MEMBERS.map((name) => [name, null])),
  worker_id: clean(id),
  status: 'unknown',
  banned: false,
  attested: false,
  ban_status: 'none',
});

const MEMBERS = [
  'worker_id',
  'status',
  'current_hash',
  'banned',
  'ban_reason',
  'attested_at',
  'ai_generated',
  'ai_service',
  'ai_model',
  'ai_session_fingerprint',
  'namespace',
  'attested',
  'attest_sha256',
  'ban_status',
] as const;
