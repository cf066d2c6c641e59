/**
 * Refusals at the border: RFC 9457 problem+json with a stable `code`, plus `error` for the published clients. The only
 * place that gives a refusal a status. An unknown error is logged with the request id and answered with nothing of it.
 */
import type { Context } from 'hono';
import { z } from 'zod';
import { type FieldError, type Refusal, type RefusalCode, refusal } from '../core/refusal.ts';

type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 429 | 500 | 503;

/** Status, title and, where two refusals share a published code, that code. */
const PROBLEMS: Record<RefusalCode, readonly [ProblemStatus, string, string?]> = {
  unauthorized: [401, 'a valid credential is required'],
  invalid_credentials: [401, 'the email address or the password is wrong'],
  email_not_verified: [403, 'the email address has not been verified'],
  passkey_invalid: [401, 'the passkey was not accepted'],
  foreign_origin: [403, 'a signed-in browser must say that the request comes from our own pages'],
  insufficient_scope: [403, 'the credential does not allow this'],
  address_not_allowed: [403, 'the key may not be used from this address'],
  key_exceeds_maker: [403, 'a key opens nothing that its maker cannot open'],
  namespace_not_owned: [403, 'this tenant does not own the namespace of that worker_id'],
  namespace_needs_proof: [403, 'an org.* namespace is granted by the operator, on proof'],
  tenant_mismatch: [403, 'the credential is for another tenant'],
  principal_mismatch: [403, 'the credential is somebody else'],
  safety_denied: [403, 'the policy denies this job'],
  self_approval_denied: [403, 'nobody approves what they asked for'],
  step_up_required: [403, 'a person has to sign in anew for this'],
  passkey_required: [403, 'this answer has to be signed with a passkey'],
  answer_signature_invalid: [403, 'the signature of the passkey does not hold'],
  second_person_required: [403, 'somebody else has to agree'],
  not_found: [404, 'nothing here by that name'],
  invalid_body: [400, 'the body is not as described'],
  invalid_parameter: [400, 'a parameter is not as described'],
  invalid_json: [400, 'the body is not one JSON object'],
  duplicate_member: [400, 'the body repeats a member'],
  body_too_large: [413, 'the body is too large'],
  body_too_deep: [413, 'the body is nested too deeply'],
  unsupported_media_type: [415, 'the body must be application/json'],
  method_not_allowed: [405, 'this resource has no such method'],
  invalid_worker_id: [400, 'a worker_id is org.<name>.<worker> or x.<name>.<worker>'],
  DENY_WORKER_TAMPERED: [400, 'the record is not what its hash says'],
  ATTEST_MANIFEST_MISSING: [400, 'there is no manifest of the form awp.v1'],
  ATTEST_MANIFEST_ID_MISMATCH: [400, 'the manifest is of another worker'],
  ATTEST_HASH_MISMATCH: [400, 'the hash is not that of the package'],
  ATTEST_SIGNATURE_MISSING: [400, 'the manifest is not signed'],
  ATTEST_SIG_INVALID: [400, 'a signature of the manifest does not hold'],
  authority_untrusted: [400, 'it is not signed by a key of that authority'],
  authority_feed_gap: [409, 'changes of the ban list are missing before these'],
  authority_unreachable: [409, 'the authority could not be asked'],
  provider_unreachable: [409, 'the identity provider could not be asked'],
  ATTEST_NAMESPACE_INVALID: [400, 'the manifest is of a worker of no namespace'],
  rules_invalid: [400, 'the rule set cannot be published'],
  rules_shadowed: [400, 'some rules can never match'],
  prompt_too_long: [400, 'the prompt is too long'],
  invalid_topic: [400, 'a topic is job.<name> of letters, digits, dots, hyphens and underscores'],
  reserved_label: [400, 'this label is set by the server'],
  bundle_ids_required: [400, 'say which bundles to publish'],
  bundle_unknown: [400, 'there is no such bundle'],
  rule_id_conflict: [400, 'two bundles use one rule id'],
  policy_invalid: [400, 'the policy cannot be published'],
  profile_invalid: [400, 'the profile cannot be published'],
  catalog_invalid: [400, 'the catalog document cannot be imported'],
  idempotency_key_invalid: [400, 'an Idempotency-Key is 1 to 255 printable characters'],
  idempotency_key_mismatch: [400, 'header and body name different idempotency keys'],
  idempotency_mismatch: [422, 'this Idempotency-Key was used with another request'],
  rule_version_reused: [409, 'this version was published with other content'],
  policy_version_reused: [409, 'this version was published with other content'],
  profile_version_reused: [409, 'this version was published with other content'],
  profile_active: [409, 'the profile is active, and is not weakened in place'],
  tenant_elsewhere: [409, 'the tenant is not kept where the profile demands'],
  catalog_contradicted: [409, 'what a catalog has published stays as it is'],
  already_exists: [409, 'this exists already'],
  too_many_keys: [409, 'this tenant has as many keys as it may have'],
  too_many_webhooks: [409, 'this tenant has as many webhooks as it may have'],
  webhook_disabled: [409, 'the webhook is disabled'],
  revision_conflict: [409, 'the bundle was changed meanwhile'],
  snapshot_conflict: [409, 'another policy is in force than was expected'],
  bundle_protected: [409, 'the floor cannot be deleted'],
  too_many_tenants: [409, 'you own as many tenants as one may make'],
  link_invalid: [400, 'the link was used, has run out, or was never good'],
  last_owner: [409, 'a tenant keeps at least one owner'],
  grant_invalid: [401, 'the dispatch grant is not valid'],
  grant_already_redeemed: [409, 'the dispatch grant was redeemed before'],
  grant_expired: [409, 'the dispatch grant has expired'],
  worker_banned: [409, 'the worker is banned'],
  approval_already_resolved: [409, 'somebody answered before'],
  approval_expired: [409, 'the time to answer is over'],
  approval_invalidated: [409, 'what was asked no longer stands: ask again'],
  approval_stale_request: [409, 'this is not what was shown'],
  approval_stale_snapshot: [409, 'another policy is in force than was shown'],
  approval_terminal_job: [409, 'the job is over'],
  approval_not_actionable: [409, 'there is nothing to do about this approval'],
  escalation_not_upward: [409, 'an approval is escalated only to a higher level'],
  worker_retired: [409, 'the worker is retired'],
  worker_revoked: [409, 'the worker is revoked'],
  manifest_superseded: [409, 'a newer manifest of this worker was attested'],
  outcome_already_recorded: [409, 'another outcome was recorded'],
  not_dispatched: [409, 'the decision was not a dispatch'],
  account_suspended: [403, 'the account is suspended', 'DENY_ACCOUNT_SUSPENDED'],
  hall_offline: [409, 'the Hall was taken offline', 'DENY_HALL_OFFLINE'],
  dispatch_tampered: [409, 'the worker runs other code than was attested', 'DENY_WORKER_TAMPERED'],
  DENY_WORKER_ATTESTATION_MISSING: [409, 'the worker is not attested'],
  DENY_WORKER_ATTESTATION_INVALID_HASH: [409, 'the attested hash of the worker is malformed'],
  DENY_WORKER_HASH_UNAVAILABLE: [409, 'the worker has not reported its code hash'],
  rate_limited: [429, 'too many requests'],
  throttled: [429, 'the policy lets this be asked only so often'],
  policy_unavailable: [503, 'no policy is in force that could decide this'],
  namespace_taken: [409, 'the namespace belongs to somebody else'],
  namespace_limit: [409, 'this tenant has claimed as many namespaces as it may'],
  namespace_in_use: [409, 'workers of the namespace are enrolled'],
  namespace_changing: [409, 'the namespace is just changing hands'],
  ban_already_lifted: [409, 'the ban was lifted before'],
  ban_of_others: [403, 'the ban names nothing of this tenant'],
  report_already_reviewed: [409, 'the report was reviewed before'],
  DENY_BAN_FEED_STALE: [503, 'the ban list could not be brought up to date'],
  ledger_frozen: [503, 'the ledger of this tenant is frozen after an integrity alert'],
  ledger_unwitnessed: [503, 'the ledger could not be witnessed lately'],
  overloaded: [503, 'too busy, try again'],
  internal_error: [500, 'something failed here'],
};

export const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    error: z.string(),
    detail: z.string().optional(),
    instance: z.string(),
    errors: z
      .array(
        z.object({
          field: z.string(),
          pointer: z.string().optional(),
          message: z.string(),
          line: z.int().optional(),
          hint: z.string().optional(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details; `code` is stable.' });

/** The same refusals where CAP has a name of its own for them (CAP 0.2). */
const IN_CAP: Partial<Record<RefusalCode, string>> = { idempotency_mismatch: 'idempotency_key_reused' };
export const CAP_CODES = Object.entries(IN_CAP) as readonly (readonly [RefusalCode, string])[];

/** How a refusal is answered: its status, its title, and the code that clients see. */
export const problemOf = (
  refused: RefusalCode,
  words?: 'cap',
): { readonly status: ProblemStatus; readonly title: string; readonly code: string } => {
  const [status, title, published] = PROBLEMS[refused];
  return { status, title, code: (words === 'cap' ? IN_CAP[refused] : undefined) ?? published ?? refused };
};

export const foreignOrigin = refusal('foreign_origin');

const retryAfter = (refusal: Refusal): number => Math.ceil((refusal.retryAfterMs ?? 1000) / 1000);

/** The quota that was reached, and what is left of it (draft-ietf-httpapi-ratelimit-headers-10, structured fields). */
const limitHeaders = (
  { policy, requests, perSeconds, remaining }: NonNullable<Refusal['limit']>,
  seconds: number,
): Record<string, string> => ({
  'ratelimit-policy': `"${policy}";q=${requests};w=${perSeconds}`,
  ratelimit: `"${policy}";r=${remaining};t=${seconds}`,
});

const challenge = (metadata: string | undefined): string =>
  metadata === undefined ? 'Bearer' : `Bearer resource_metadata="${metadata}"`;

/** A field that is a place in a document is a JSON pointer, and is called so as well. */
const asPointer = (error: FieldError): object =>
  error.field.startsWith('/') || error.line !== undefined ? { ...error, pointer: error.field } : error;

/** `published`: members that published clients read, such as an `error` in place of the code. */
export const problem = (c: Context, refusal: Refusal, published: object = {}): Response => {
  const { status, title, code } = problemOf(refusal.code, c.get('words'));
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (status === 401) headers['www-authenticate'] = challenge(c.get('metadata'));
  if (status === 429 || status === 503) headers['retry-after'] = String(retryAfter(refusal));
  if (refusal.limit !== undefined) Object.assign(headers, limitHeaders(refusal.limit, retryAfter(refusal)));
  return c.body(
    JSON.stringify({
      type: `/docs/problems#${code}`,
      title,
      status,
      code,
      error: code,
      ...(refusal.detail === undefined ? {} : { detail: refusal.detail }),
      instance: `/requests/${c.get('requestId') ?? 'unknown'}`,
      ...(refusal.errors === undefined ? {} : { errors: refusal.errors.map(asPointer) }),
      ...refusal.members,
      ...published,
    }),
    status,
    headers,
  );
};
