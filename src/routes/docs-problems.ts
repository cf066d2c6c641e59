/** Where the `type` of every problem leads: what each refusal and each denial means, and what to do about it. */
import { DENY_CODES, type DenyCode } from '../core/hall/codes.ts';
import { REFUSAL_CODES, type RefusalCode } from '../core/refusal.ts';
import { type Html, layout, markup, none } from './docs-page.ts';
import { CAP_CODES, problemOf } from './problem.ts';

export const REFUSAL_NOTES: Readonly<Record<RefusalCode, string>> = {
  unauthorized: 'Send an API key as Authorization: Bearer. The key may be unknown, revoked or expired.',
  invalid_credentials: 'Answered alike whether the address has an account or not.',
  email_not_verified: 'Follow the link in the mail, or ask for another one at /v1/account/verification.',
  passkey_invalid:
    'Ask for a new challenge: each is good once, for five minutes, in the browser that asked. The device must verify its user.',
  foreign_origin: 'Requests with a session cookie that change something need an Origin header that names this server.',
  insufficient_scope: 'The key is good but lacks the scope that the detail names. Use another key, or create one.',
  address_not_allowed: 'The key is bound to ranges of addresses, and this request came from elsewhere.',
  key_exceeds_maker:
    'Ask for no more than the key that asks has itself, or use a key that has it; errors names the member.',
  namespace_not_owned:
    'Workers live in namespaces that their tenant owns: claim an x.<name>, or ask the operator for an org.<name>. To try things out, use org.example.<worker>. Whether the worker exists makes no difference to this answer.',
  namespace_needs_proof: 'Show the operator of this service that the name is yours.',
  not_found: 'No such path, or nothing by this name in this tenant. What belongs to another tenant is answered alike.',
  invalid_body:
    'The members that errors names are missing or wrong. Unknown members are refused outside of records and rules.',
  invalid_parameter: 'The query parameter that errors names is missing or wrong.',
  invalid_json: 'Send one JSON object in UTF-8: no byte order mark, no lone surrogate, no number that overflows.',
  duplicate_member: 'A member appears twice in one object. Readers would disagree about it, so it is not read at all.',
  body_too_large: 'Send less; the detail names the limit of this route.',
  body_too_deep: 'Objects and lists may be nested 32 levels deep.',
  unsupported_media_type: 'Send application/json, without content-encoding.',
  method_not_allowed: 'The Allow header names the methods of this path.',
  invalid_worker_id: 'The name is lower case letters, digits and hyphens. To try things out, use org.example.<worker>.',
  DENY_WORKER_TAMPERED:
    'At enrolment: send the hash of the record as it is, or none. At the start of a dispatch (409) the running code is meant, and the worker is set aside until it is attested again.',
  ATTEST_MANIFEST_MISSING: 'Send the manifest as an object of the form awp.v1, with all that it has to say.',
  ATTEST_MANIFEST_ID_MISMATCH:
    'worker_id, worker_species_id and worker_version of the manifest, of the request and of the enrolled worker have to agree.',
  ATTEST_HASH_MISMATCH:
    'The files, or the manifest, have another hash than the request says, in each of the three published orders of paths.',
  ATTEST_SIGNATURE_MISSING: 'Sign the manifest with the secret of the namespace, or better with a key of its own.',
  ATTEST_SIG_INVALID:
    'A member was changed after signing, or the secret or key is not the one of this namespace: see /v1/namespaces/{namespace}/attestation-keys.',
  authority_untrusted:
    'A statement or the ban feed was changed, or signed by a key that the subscription does not name. Nothing was taken.',
  authority_feed_gap: 'Send the feed since the epoch that the detail names.',
  provider_unreachable: 'Its discovery document could not be read. Sign in another way, or try again later.',
  authority_unreachable:
    'Its address did not answer with what was expected, or may not be asked; the detail says which. Push what it says instead.',
  ATTEST_NAMESPACE_INVALID: 'The worker_id of a manifest begins with org.<name> or x.<name>.',
  rules_invalid: 'The rule set was not published; errors names rules and paths.',
  rules_shadowed:
    'Some rules can never match, because an earlier one always does. Mend the order, or publish with force=1.',
  profile_invalid:
    'The profile was not published; errors names each member. A demand that cannot be enforced is refused.',
  catalog_invalid: 'The document was not imported; errors names each entity and member.',
  policy_invalid: 'The policy was not accepted; errors names each place, with its line where it was sent as text.',
  prompt_too_long: 'A prompt has at most 100,000 characters; name a longer context by context_ptr.',
  invalid_topic:
    'Send a topic like job.batch.nightly: no empty segment, nothing but letters, digits, dot, hyphen, underscore.',
  reserved_label: 'Labels approval_*, _governance.* and _ma.* are the server’s. Leave them out.',
  bundle_ids_required: 'Name the bundles in bundle_ids. Nothing was published.',
  bundle_unknown: 'No bundle of that id was saved. Save it first.',
  rule_id_conflict: 'Two bundles use one rule id; errors names both places. Rename one of them.',
  tenant_mismatch: 'Name the tenant of the credential, or none.',
  self_approval_denied:
    'Another person, with a credential of their own, has to answer: signed in to the dashboard, or with a key that neither the asker nor a key of the asker made. npm start prints an approver’s key of that kind.',
  step_up_required:
    'The rule, or a change of your account, asks for somebody who signed in within the last five minutes. An API key is nobody.',
  second_person_required:
    'Two people have to agree: to publish a policy where the tenant wants that, and always to take a profile out. Ask somebody with another key.',
  revision_conflict: 'Somebody saved this bundle meanwhile. Read it again, and send the revision you saw.',
  snapshot_conflict: 'Another policy was published meanwhile. Read it, and decide again.',
  bundle_protected: 'The floor secops/invariants binds all other bundles and is not deleted; publish an emptier one.',
  idempotency_key_invalid: 'ASCII without spaces; a UUID for each new request does well.',
  idempotency_mismatch:
    'This key was used with another body. A new request needs a new key. On the routes of CAP: idempotency_key_reused.',
  rule_version_reused: 'A version names one content for ever. Choose another version.',
  policy_version_reused: 'A version names one content for ever. Choose another version.',
  profile_version_reused: 'A version names one content for ever. Choose another version.',
  profile_active: 'Deactivate the profile first, which takes two people, and activate it with the new terms.',
  tenant_elsewhere:
    'A profile with residency is for tenants that were made in that jurisdiction; where a tenant is kept is never changed.',
  catalog_contradicted:
    'The document says otherwise what was published before; errors names each member. Leave it as it was, tombstone the id, or choose a new one.',
  already_exists: 'Choose another name; names are never given twice.',
  too_many_keys: 'Revoke keys that are not used any more; the list says when each was used last.',
  too_many_webhooks: 'Delete one that is not needed any more; one endpoint can take every event.',
  webhook_disabled: 'Switch it on first: PATCH it with {"enabled": true}.',
  too_many_tenants: 'Ask the operator of the service for more.',
  link_invalid: 'Links work once and for a limited time. Ask for another one.',
  last_owner: 'Make somebody else an owner first.',
  grant_invalid: 'The dispatch grant is not one of ours, or is for another dispatch or tenant.',
  grant_already_redeemed: 'A grant opens its dispatch once. Ask for a new decision.',
  grant_expired: 'The grant was not redeemed in time. Ask for a new decision.',
  worker_banned: 'The worker was banned after the decision. Ask for a new decision.',
  namespace_taken:
    'Names are given to who comes first, and a name that was given up is kept for its last owner: its workers were trusted by it. The operator can give it to somebody else.',
  namespace_limit: 'Release a namespace that you do not need, or ask the operator.',
  namespace_in_use: 'Retire the workers of the namespace first.',
  namespace_changing: 'Its former owner has not been told yet. It passes by itself; try again.',
  ban_of_others: 'Only a tenant whose worker or namespace a ban names may appeal against it.',
  report_already_reviewed: 'The operator has confirmed or dismissed the report; a new one may say more.',
  ban_already_lifted: 'The ban is not in force any more: somebody lifted it before.',
  DENY_BAN_FEED_STALE:
    'The lease on the network’s ban list has run out and could not be renewed. It recovers by itself; try again.',
  approval_already_resolved: 'The first answer counts. The approval itself says whose it was.',
  approval_expired: 'Nobody answered in time. The question may be asked again.',
  approval_invalidated:
    'The policy changed, or something else stood in the way, since this was asked. Ask the question again, or at /wcp/approvals/{approval_id}/reevaluate: it is evaluated under what is in force now.',
  approval_stale_request:
    'The hash is not the one of this approval: it was shown for another question. Read the approval again. The attempt is recorded.',
  approval_stale_snapshot:
    'The policy that is in force is not the one that was shown, or it answers otherwise now. Read the approval again.',
  passkey_required:
    'Sign the challenge that the approval shows for this answer, with a passkey registered at /v1/approval-passkeys.',
  answer_signature_invalid:
    'The detail says what does not hold. A signature is good for one answer to one question under one policy.',
  approval_terminal_job: 'It was cancelled, or its time ran out, while this waited.',
  principal_mismatch:
    'Leave principal_id and actor_id out, or name the credential itself: jobs are of whoever sends them.',
  safety_denied:
    'rule_id and detail say why, remediations what would be let through. The job is kept, in state DENIED, with a receipt.',
  throttled: 'Wait as long as Retry-After says. Nothing was admitted; the idempotency key can be used again.',
  policy_unavailable: 'Publish a policy: jobs are admitted by one or not at all.',
  idempotency_key_mismatch: 'Send the key once: in the body, or as Idempotency-Key or X-Idempotency-Key.',
  approval_not_actionable: 'It does not wait, or what became of it cannot be asked again.',
  escalation_not_upward: 'Levels rise from gatekeeper over executor to incident_commander.',
  worker_retired: 'The worker was retired after the decision. Ask for a new decision.',
  worker_revoked: 'The namespace of the worker was taken from this tenant after the decision. Ask for a new decision.',
  manifest_superseded:
    'A manifest is not taken back to an older one: to return to an older version, build its manifest again.',
  outcome_already_recorded: 'A dispatch has one outcome; the same one may be sent again, another may not.',
  not_dispatched: 'The decision was a denial, a hold or a dry run: there is nothing to start or finish.',
  account_suspended: 'The account was suspended: nothing starts, and its Hall cannot be opened.',
  hall_offline: 'Somebody with the right to do so took this Hall offline: nothing starts, granted or not.',
  dispatch_tampered:
    'The code that would run is not the code that was attested. The worker is set aside until it is attested again.',
  DENY_WORKER_ATTESTATION_MISSING: 'Attest the worker, or enrol it with the attested hash of its code.',
  DENY_WORKER_ATTESTATION_INVALID_HASH: 'Attest the worker, or enrol it, with a SHA-256 in hex.',
  DENY_WORKER_HASH_UNAVAILABLE: 'Report the hash of the running code with the start or with a heartbeat.',
  rate_limited:
    'Wait as Retry-After says; RateLimit-Policy names the limit of the key or of the tenant that was reached.',
  ledger_frozen:
    'The storage of this tenant went back in time or forked. Nothing is decided until the operator has looked.',
  ledger_unwitnessed: 'Nothing is recorded while the witness cannot be reached. Try again as Retry-After says.',
  overloaded: 'Try again as Retry-After says, with the same Idempotency-Key.',
  internal_error:
    'A fault of ours. The request id finds it in our logs; trying again with the same Idempotency-Key is safe.',
};

export const DENIAL_NOTES: Readonly<Record<DenyCode, string>> = {
  DENY_ACCOUNT_SUSPENDED: 'The account was suspended; nothing is dispatched for it.',
  DENY_HALL_OFFLINE: 'Somebody with the right to do so took this Hall offline.',
  DENY_INVALID_INPUT: 'The reason names the member. Nothing was evaluated.',
  DENY_UNKNOWN_TENANT: 'The signatory in tenant_id is not among those this Hall allows.',
  DENY_MISSING_TENANT_ID: 'Say in tenant_id on whose behalf you ask.',
  DENY_SHADOW_RULES_DETECTED:
    'In strict mode a rule set with rules that can never match decides nothing. Publish a mended one.',
  DENY_NO_MATCHING_RULE: 'No published rule covers this question; what no rule allows is denied.',
  DENY_MISSING_CORRELATION_ID: 'The rule or the settings require a correlation_id from the caller.',
  DENY_MISSING_REQUIRED_CONTROLS:
    'No candidate implements all controls that the rule, the candidate and the settings require.',
  DENY_REQUIRES_HUMAN: 'The blast radius is over the limit, and the rule says to deny rather than to ask a human.',
  DENY_POLICY_GATE_UNCONFIGURED: 'The rule wants a policy’s word. Publish a policy.',
  DENY_INTERNAL_ERROR: 'A fault of ours while deciding. It is recorded, and never read as a permission.',
  DENY_POLICY_GATE: 'The published policy says no.',
  DENY_THROTTLED: 'The published policy says not now; retry_after_ms says when.',
  DENY_APPROVAL_REJECTED: 'A person looked at the question and said no; the approval says who and why.',
  DENY_APPROVAL_EXPIRED: 'The question waited for a person, and its time ran out. Nobody refused it: ask again.',
  DENY_REQUIRES_HUMAN_APPROVAL: 'The published policy or the rule wants a human’s approval first.',
  DENY_POLICY_GATE_INVALID_RESPONSE: 'The policy gave a word that is none. Mend and publish it.',
  DENY_BAN_FEED_STALE: 'The ban list is too old to trust, so nobody is dispatched. It passes by itself.',
  DENY_WORKER_BANNED: 'Every worker that could do this is banned.',
  DENY_WORKER_TAMPERED: 'The worker runs other code than was attested. It is set aside until it is attested again.',
  DENY_NO_AVAILABLE_WORKER: 'No enrolled worker fits: the ranked candidates say why each was passed over.',
  DENY_WORKER_ATTESTATION_MISSING: 'Attest the worker, or enrol it with the attested hash of its code.',
  DENY_WORKER_ATTESTATION_INVALID_HASH: 'Attest the worker, or enrol it, with a SHA-256 in hex.',
  DENY_WORKER_HASH_UNAVAILABLE: 'The worker has to report the hash of its running code, with a heartbeat.',
  DENY_WORKER_ARTIFACT_UNSIGNED: 'In production this rule wants a worker with a verified signed manifest.',
  DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED: 'Enrol the worker with a privilege_envelope.',
  DENY_PRIVILEGE_ENVELOPE_VIOLATED: 'The worker may do more than the caller, or the settings, permit.',
};

interface Row {
  readonly code: string;
  readonly mark: string;
  readonly title: string;
  readonly note: string;
}

const table = (first: string, rows: readonly Row[], anchored: (code: string) => boolean): Html =>
  markup`<table><thead><tr><th>Code</th><th>${first}</th><th>Meaning, and what to do</th></tr></thead><tbody>${rows.map(
    ({ code, mark, title, note }) =>
      markup`<tr${anchored(code) ? markup` id="${code}"` : none}><td><code>${code}</code></td><td>${mark}</td><td>${title}<br><span class="soft">${note}</span></td></tr>`,
  )}</tbody></table>`;

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Two refusals may share a published code: one row, with the status of each. */
const statusesOf = (code: string): string =>
  [
    ...new Set(
      REFUSAL_CODES.map((refused) => problemOf(refused)).flatMap((each) => (each.code === code ? [each.status] : [])),
    ),
  ].join(', ');

const rowOf = (refused: RefusalCode, code: string): Row => ({
  code,
  mark: statusesOf(problemOf(refused).code),
  title: capital(problemOf(refused).title),
  note: REFUSAL_NOTES[refused],
});
const refusals: readonly Row[] = [
  ...REFUSAL_CODES.filter((refused) => problemOf(refused).code === refused).map((code) => rowOf(code, code)),
  ...CAP_CODES.map(([refused, code]) => rowOf(refused, code)),
];

const denials: readonly Row[] = (Object.keys(DENY_CODES) as DenyCode[]).map((code) => {
  const { denyClass, message } = DENY_CODES[code];
  return { code, mark: denyClass, title: capital(message), note: DENIAL_NOTES[code] };
});

export const problemsPage = (): string => {
  // A code that both a refusal and a denial use has one anchor: where problems lead.
  const refused = new Set(refusals.map(({ code }) => code));
  const main = markup`<h1>Problem and denial codes</h1>
<p>A request that is refused is answered with <code>application/problem+json</code> (RFC 9457): its <code>code</code> is stable, its <code>type</code> leads here, <code>errors</code> names the members. A question that is denied is answered with a decision and status 200: the code is its <code>deny_code</code>.</p>
<h2 id="refusals">Refusals</h2>${table('Status', refusals, () => true)}
<h2 id="denials">Denials</h2>
<p class="soft">The class says whose no it is: a <code>policy</code> says no, the <code>input</code> cannot be judged, a <code>fault</code> kept the Hall from judging, or the <code>standing</code> of the account forbids it.</p>
${table('Class', denials, (code) => !refused.has(code))}`;
  const nav = markup`<ul><li><a href="/docs">API reference</a></li></ul><h2><a href="#refusals">Refusals</a></h2><h2><a href="#denials">Denials</a></h2>`;
  return layout('Guildhall problem codes', nav, main);
};
