/**
 * Why a command was refused (a denial of a routing request is not a refusal: it is a decision). One closed list, so
 * that the border maps every code to a status and a title and the compiler says which one is missing.
 */
import type { JsonObject } from './json.ts';

export const REFUSAL_CODES = [
  // who is calling
  'unauthorized',
  'invalid_credentials',
  'email_not_verified',
  'passkey_invalid',
  'foreign_origin',
  'insufficient_scope',
  'address_not_allowed',
  'key_exceeds_maker',
  'namespace_not_owned',
  'namespace_needs_proof',
  'tenant_mismatch',
  'principal_mismatch',
  'safety_denied',
  'second_person_required',
  'self_approval_denied',
  'step_up_required',
  'passkey_required',
  'answer_signature_invalid',
  'not_found',
  // what was sent
  'invalid_body',
  'invalid_parameter',
  'invalid_json',
  'duplicate_member',
  'body_too_large',
  'body_too_deep',
  'unsupported_media_type',
  'method_not_allowed',
  'invalid_worker_id',
  'DENY_WORKER_TAMPERED',
  'ATTEST_MANIFEST_MISSING',
  'ATTEST_MANIFEST_ID_MISMATCH',
  'ATTEST_HASH_MISMATCH',
  'ATTEST_SIGNATURE_MISSING',
  'ATTEST_SIG_INVALID',
  'ATTEST_NAMESPACE_INVALID',
  'authority_untrusted',
  'authority_feed_gap',
  'authority_unreachable',
  'provider_unreachable',
  'rules_invalid',
  'rules_shadowed',
  'policy_invalid',
  'catalog_invalid',
  'prompt_too_long',
  'invalid_topic',
  'reserved_label',
  'bundle_ids_required',
  'bundle_unknown',
  'rule_id_conflict',
  'profile_invalid',
  'idempotency_key_invalid',
  'idempotency_key_mismatch',
  // what it met
  'idempotency_mismatch',
  'rule_version_reused',
  'policy_version_reused',
  'catalog_contradicted',
  'revision_conflict',
  'snapshot_conflict',
  'bundle_protected',
  'profile_version_reused',
  'profile_active',
  'tenant_elsewhere',
  'already_exists',
  'too_many_keys',
  'too_many_webhooks',
  'webhook_disabled',
  'too_many_tenants',
  'link_invalid',
  'last_owner',
  'grant_invalid',
  'grant_already_redeemed',
  'grant_expired',
  'worker_banned',
  'ban_already_lifted',
  'ban_of_others',
  'report_already_reviewed',
  'namespace_taken',
  'namespace_limit',
  'namespace_in_use',
  'namespace_changing',
  'approval_already_resolved',
  'approval_expired',
  'approval_invalidated',
  'approval_stale_request',
  'approval_stale_snapshot',
  'approval_not_actionable',
  'approval_terminal_job',
  'escalation_not_upward',
  'worker_retired',
  'worker_revoked',
  'manifest_superseded',
  'outcome_already_recorded',
  'not_dispatched',
  'account_suspended',
  'hall_offline',
  'dispatch_tampered',
  'DENY_WORKER_ATTESTATION_MISSING',
  'DENY_WORKER_ATTESTATION_INVALID_HASH',
  'DENY_WORKER_HASH_UNAVAILABLE',
  // what cannot be done now
  'rate_limited',
  'throttled',
  'policy_unavailable',
  'DENY_BAN_FEED_STALE',
  'ledger_frozen',
  'ledger_unwitnessed',
  'overloaded',
  'internal_error',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

export interface FieldError {
  /** A JSON pointer or the name of the parameter. */
  readonly field: string;
  readonly message: string;
  /** Of the text that was sent, from 1, where it is known. */
  readonly line?: number;
  /** What may have happened to the text. */
  readonly hint?: string;
}

export interface Refusal {
  readonly code: RefusalCode;
  /** Lower case, no full stop; never a secret, SQL, a stack or another tenant's existence. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly retryAfterMs?: number;
  /** What the answer says beside: where to go on, what was decided. */
  readonly members?: JsonObject;
  /** The rate limit that was reached. */
  readonly limit?: {
    readonly policy: 'tenant' | 'key';
    readonly requests: number;
    readonly perSeconds: number;
    readonly remaining: number;
  };
}

export const refusal = (code: RefusalCode, detail?: string, errors?: readonly FieldError[]): Refusal => ({
  code,
  ...(detail === undefined ? {} : { detail }),
  ...(errors === undefined ? {} : { errors }),
});
