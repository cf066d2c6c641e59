/**
 * Every route of `/openapi.json`, with what a check needs to call it: whose scope it asks for, and a body that is
 * right. A route with a body that is not listed here fails the walk, so that none stays unchecked.
 */

import { list, type Members, members, question, send, text, workerRecord } from '../support/hall-client.ts';
import { canonicalHash } from '../support/receipt-check.ts';
import passkeys from '../vectors/passkeys.json';

export interface Route {
  readonly method: string;
  /** As in the description: `/v1/workers/{worker_id}`. */
  readonly path: string;
  readonly access: 'public' | 'tenant' | 'account' | 'operator';
  /** It is public, and looks at a credential all the same. */
  readonly looksAtKey: boolean;
  readonly hasBody: boolean;
  readonly bodyRequired: boolean;
  readonly parameters: readonly string[];
  readonly query: readonly string[];
  readonly statuses: readonly string[];
  readonly sample: Sample;
}

export interface Sample {
  /** What it does not know has an answer too, with the id that was asked for. */
  readonly saysUnknown?: boolean;
  /** The id in its path is a name that the caller gives. */
  readonly ownName?: boolean;
  /** The scope of the key that opens it; `any`: every key does. */
  readonly scope?: string;
  readonly body?: Members;
  readonly query?: string;
  /** Refuses members it does not know. */
  readonly closed?: boolean;
  /** Members whose wrong type is no refusal but a decision, or part of an open document. */
  readonly judgedLater?: boolean;
  /** Makes something under whatever name the path gives. */
  readonly makes?: boolean;
  /** Passes over what it cannot read. */
  readonly tolerant?: boolean;
  /** For people: no key opens it. */
  readonly people?: boolean;
  /** Takes the nearest good `limit`. */
  readonly clamped?: boolean;
}

const RULES: Members = { rules: [{ rule_id: 'rr', match: { capability_id: 'cap.sample' }, decision: {} }] };
const POLICY: Members = { policy_version: 'policy.sample', default: 'DENY', rules: [] };
const POLICY_QUESTION: Members = { topic: 'job.sample', labels: { env: 'dev' } };
/** Of the bare record, which has no number and so but one text. */
const RECORD_HASH = `sha256:${await canonicalHash(workerRecord())}`;
const BAN: Members = { target: { worker_id: 'org.sample.worker' }, reason: 'sample' };
const CATALOG: Members = { _meta: { version: '0.0.1', wcp_spec: '0.2', total_entities: 0 }, entities: [] };
const PROFILE: Members = { profile_id: 'org.sample.own', version: '1.0.0', title: 'Sample' };
const SIGNATORY: Members = {
  name: 'sample',
  issuer: 'https://idp.sample.com',
  jwks_url: 'https://idp.sample.com/jwks.json',
  audiences: ['sample'],
  algorithms: ['ES256'],
};
const PASSKEY = { id: 'sample', rawId: 'sample', type: 'public-key', response: {} };
const PERSON = { email: 'sample@example.com', password: 'a sample password', name: 'Sample' };
const REPORT = { result_ptr: 'r2://sample' };

const ED25519 = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };

const [, SIGNED] = passkeys.signed;
const SIGNING_KEY = {
  name: 'sample',
  public_key: SIGNED?.spki ?? '',
  assertion: { credential_id: 'AA', authenticator_data: 'AA', client_data_json: 'AA', signature: 'AA' },
};

const SAMPLES: Readonly<Record<string, Sample>> = {
  'post /wcp/route': { scope: 'hall:route', body: question(), judgedLater: true },
  'post /wcp/route/batch': { scope: 'hall:route', body: { requests: [question()] } },
  'post /wcp/dispatches/{decision_id}/start': { scope: 'runtime:delivery', body: { grant: 'a.b.c' }, closed: true },
  'post /wcp/dispatches/{decision_id}/complete': { scope: 'runtime:delivery', body: REPORT, closed: true },
  'post /wcp/dispatches/{decision_id}/fail': {
    scope: 'runtime:delivery',
    body: { error_code: 'E', retryable: true },
    closed: true,
  },
  'get /wcp/capabilities': { scope: 'hall:read' },
  'get /wcp/workers': { scope: 'hall:read' },
  'get /wcp/health': { scope: 'hall:read' },
  'get /wcp/approvals/pending': { scope: 'hall:read' },
  'get /wcp/approvals/{approval_id}': { scope: 'hall:read' },
  'get /wcp/approvals/{approval_id}/outcome': { scope: 'hall:route' },
  'post /wcp/approvals/resolve': {
    scope: 'hall:approve',
    body: { pending_approval_id: 'apr_sample', decision: 'approve' },
    closed: true,
  },
  'post /wcp/approvals/{approval_id}/reevaluate': { scope: 'hall:approve' },
  'post /v1/approval-passkeys/challenge': {
    scope: 'hall:read',
    people: true,
    body: { public_key: SIGNING_KEY.public_key },
    closed: true,
  },
  'post /v1/approval-passkeys': { scope: 'hall:approve', people: true, body: SIGNING_KEY, closed: true },
  'get /v1/approval-passkeys': { scope: 'hall:read', people: true },
  'delete /v1/approval-passkeys/{credential_id}': { scope: 'hall:approve' },
  'post /api/v1/jobs': { scope: 'hall:route', body: { topic: 'job.sample' } },
  'get /api/v1/jobs': { scope: 'hall:read' },
  'get /api/v1/jobs/{job_id}': { scope: 'hall:read' },
  'get /api/v1/jobs/{job_id}/decisions': { scope: 'hall:read' },
  'post /api/v1/jobs/{job_id}/cancel': { scope: 'hall:route', body: {}, closed: true },
  'get /api/v1/dlq': { scope: 'hall:read' },
  'get /api/v1/dlq/page': { scope: 'hall:read' },
  'get /api/v1/traces/{trace_id}': { scope: 'hall:read' },
  'get /api/v1/approvals': { scope: 'hall:read' },
  'get /api/v1/approvals/{job_id}/context': { scope: 'hall:read' },
  'post /api/v1/approvals/{job_id}/approve': { scope: 'hall:approve', body: {}, closed: true },
  'post /api/v1/approvals/{job_id}/reject': { scope: 'hall:approve', body: {}, closed: true },
  'post /wcp/approvals/escalate': {
    scope: 'hall:approve',
    body: { pending_approval_id: 'apr_sample' },
    closed: true,
  },
  'post /enroll': { scope: 'hall:enroll', body: { ...workerRecord(), artifact_hash: RECORD_HASH } },
  'get /alerts': { scope: 'hall:read' },
  'get /status': { scope: 'hall:read' },
  'get /workers': { scope: 'hall:read' },
  'get /dispatches': { scope: 'hall:read', clamped: true },
  'get /dispatches/active': { scope: 'hall:read' },
  'post /decisions/ingest': { scope: 'runtime:delivery', body: { capability_id: 'cap.sample', denied: true } },
  'post /api/route': { scope: 'hall:route', body: question(), judgedLater: true },
  'post /api/v1/dispatch': {
    scope: 'hall:route',
    body: {
      namespace: 'org.sample',
      capability: 'cap.sample',
      worker_id: 'org.sample.worker',
      context: { risk_tier: 'low' },
    },
    judgedLater: true,
  },
  'post /api/server/go-online': { scope: 'hall:admin' },
  'post /api/server/go-offline': { scope: 'hall:admin' },
  'get /api/account/standing': { scope: 'any' },
  'post /api/v1/telemetry/decisions': { scope: 'any', body: { decisions: [] }, tolerant: true },
  'get /v1/usage': { scope: 'hall:read' },
  'get /v1/usage/outcomes': { scope: 'hall:read' },
  'put /v1/tenants/{tenant}/standing': { body: { standing: 'ok', reason: 'sample' }, closed: true },
  'post /v1/tenants': { body: { tenant: 'acme', name: 'Acme' }, closed: true },
  'post /v1/keys': { scope: 'hall:admin', body: { name: 'sample', scopes: ['hall:admin'] }, closed: true },
  'get /v1/keys': { scope: 'hall:admin' },
  'get /v1/keys/{key_id}': { scope: 'hall:admin' },
  'post /v1/keys/{key_id}/rotate': { scope: 'hall:admin', body: { overlap_s: 60 }, closed: true },
  'delete /v1/keys/{key_id}': { scope: 'hall:admin' },
  'post /v1/keys/leaked': { body: { api_key: 'guild_live_sample' }, closed: true },
  'post /v1/account/sign-up': { body: PERSON, closed: true },
  'post /v1/account/verification': { body: { email: 'sample@example.com' }, closed: true },
  'post /v1/account/verify': { body: { token: 'sample' }, closed: true },
  'post /v1/account/sign-in': { body: { email: 'sample@example.com', password: 'sample' }, closed: true },
  'post /v1/account/password/forgot': { body: { email: 'sample@example.com' }, closed: true },
  'post /v1/account/password/reset': { body: { token: 'sample', password: PERSON.password }, closed: true },
  'post /v1/account/sign-in/provider': { body: { provider: 'nobody' }, closed: true },
  'post /v1/account/sign-in/passkey': { body: { response: PASSKEY }, closed: true },
  'post /v1/account/passkeys': { body: { name: 'sample', response: PASSKEY }, closed: true },
  'post /v1/account/password': {
    body: { current_password: PERSON.password, password: PERSON.password },
    closed: true,
  },
  'patch /v1/account': { body: { name: 'Sample' }, closed: true },
  'post /v1/account/email': { body: { email: 'sample@example.com' }, closed: true },
  'post /v1/account/email/verify': { body: { token: 'sample' }, closed: true },
  'post /v1/account/delete': { body: {}, closed: true },
  'post /v1/account/tenants': { body: { tenant: 'sample', name: 'Sample' }, closed: true },
  'post /v1/account/invitations/accept': { body: { token: 'sample' }, closed: true },
  'get /v1/members': { scope: 'hall:read' },
  'patch /v1/members/{user_id}': { scope: 'hall:admin', body: { role: 'auditor' }, closed: true },
  'delete /v1/members/{user_id}': { scope: 'hall:admin' },
  'get /v1/invitations': { scope: 'hall:read' },
  'post /v1/invitations': { scope: 'hall:admin', body: { email: 'sample@example.com', role: 'auditor' }, closed: true },
  'delete /v1/invitations/{invitation_id}': { scope: 'hall:admin' },
  'post /v1/tenants/{tenant}/owners': { body: PERSON, closed: true },
  'post /v1/tenants/{tenant}/delete': { body: { reason: 'sample' }, closed: true },
  'post /v1/account/tenants/{tenant}/delete': { body: { reason: 'sample' }, closed: true },
  'patch /v1/tenants/{tenant}': { body: { rate_limit: null }, closed: true },
  'post /v1/workers': { scope: 'hall:enroll', body: workerRecord() },
  'put /v1/workers/{worker_id}': { scope: 'hall:enroll', body: workerRecord() },
  'get /v1/workers': { scope: 'hall:read' },
  'get /v1/workers/{worker_id}': { scope: 'hall:read' },
  'delete /v1/workers/{worker_id}': { scope: 'hall:enroll' },
  'post /v1/workers/{worker_id}/heartbeat': { scope: 'runtime:delivery', body: { status: 'online' }, closed: true },
  'get /v1/namespaces': { scope: 'hall:read' },
  'post /v1/namespaces': { scope: 'hall:admin', body: { namespace: 'x.sample-claim' }, closed: true },
  'delete /v1/namespaces/{namespace}': { scope: 'hall:admin' },
  'post /v1/network/registry/rebuild': { body: {}, closed: true },
  'put /v1/network/namespaces/{namespace}': { body: { owner: 'sample', evidence: 'sample' }, closed: true },
  'post /v1/network/namespaces/{namespace}/release': { body: { reason: 'sample' }, closed: true },
  'put /api/v1/workers/{worker_id}/attest': { scope: 'hall:enroll', body: { sha256: 'ab'.repeat(32) } },
  'get /wcp/registry/verify/{id}': { saysUnknown: true },
  'get /v1/authorities': { scope: 'hall:read' },
  'put /v1/authorities/{authority_id}': {
    scope: 'hall:admin',
    body: { keys: [ED25519] },
    closed: true,
    ownName: true,
  },
  'delete /v1/authorities/{authority_id}': { scope: 'hall:admin' },
  'post /v1/authorities/{authority_id}/news': { scope: 'hall:enroll', body: { statements: [] }, closed: true },
  'post /v1/authorities/{authority_id}/refresh': { scope: 'hall:enroll' },
  'get /v1/workers/{worker_id}/attestation': { scope: 'hall:read' },
  'get /v1/namespaces/{namespace}/attestation-keys': { scope: 'hall:enroll' },
  'put /v1/namespaces/{namespace}/attestation-keys': { scope: 'hall:admin', body: { keys: [] }, closed: true },
  'post /v1/namespaces/{namespace}/attestation-secret': {
    scope: 'hall:admin',
    body: { rotate: false },
    closed: true,
  },
  'put /v1/rules': { scope: 'hall:admin', body: RULES },
  'get /v1/rules': { scope: 'hall:read' },
  'get /v1/rules/versions': { scope: 'hall:read' },
  'post /v1/rules/rollback': { scope: 'hall:admin', body: { version: 'v1' }, closed: true },
  'post /v1/rules/validate': { scope: 'hall:read', body: RULES },
  'put /v1/policies': { scope: 'hall:admin', body: POLICY, closed: true },
  'get /v1/policies': { scope: 'hall:read' },
  'get /v1/policies/versions': { scope: 'hall:read' },
  'post /v1/policies/rollback': { scope: 'hall:admin', body: { version: 'policy.v1' }, closed: true },
  'post /v1/policies/validate': { scope: 'hall:read', body: { rules: [] }, judgedLater: true },
  'post /v1/policies/simulate': { scope: 'hall:read', body: POLICY_QUESTION },
  'post /v1/policies/explain': { scope: 'hall:read', body: POLICY_QUESTION },
  'post /v1/policies/backtest': { scope: 'hall:read', body: { content: 'version: v1', limit: 10 }, closed: true },
  'post /api/v1/policy/replay': {
    scope: 'hall:read',
    body: { from: '2026-01-01T00:00:00Z', to: '2036-01-01T00:00:00Z', max_jobs: 10 },
    closed: true,
  },
  'get /api/v1/policy/shadows': { scope: 'hall:read' },
  'get /api/v1/policy/shadows/{bundle_id}': { scope: 'hall:read' },
  'put /api/v1/policy/shadows/{bundle_id}': {
    scope: 'hall:admin',
    body: { content: 'version: v1' },
    closed: true,
    makes: true,
  },
  'delete /api/v1/policy/shadows/{bundle_id}': { scope: 'hall:admin', makes: true },
  'get /api/v1/policy/shadows/{bundle_id}/results/summary': { scope: 'hall:read', makes: true },
  'get /api/v1/policy/shadows/{bundle_id}/results/comparisons': { scope: 'hall:read', makes: true },
  'post /api/v1/policy/evaluate': { scope: 'hall:route', body: POLICY_QUESTION },
  'post /api/v1/policy/simulate': { scope: 'hall:read', body: POLICY_QUESTION },
  'post /api/v1/policy/explain': { scope: 'hall:read', body: POLICY_QUESTION },
  'post /api/v1/policy/publish': { scope: 'hall:admin', body: { bundle_ids: ['sample'] }, closed: true },
  'post /api/v1/policy/rollback': { scope: 'hall:admin', body: { snapshot_id: 'cfg:sample' }, closed: true },
  'get /api/v1/policy/snapshots': { scope: 'hall:read' },
  'get /api/v1/policy/rules': { scope: 'hall:read' },
  'get /api/v1/policy/audit': { scope: 'hall:read' },
  'get /api/v1/policy/bundles': { scope: 'hall:read' },
  'get /api/v1/policy/bundles/snapshots': { scope: 'hall:read' },
  'post /api/v1/policy/bundles/snapshots': { scope: 'hall:admin', body: { note: 'sample' }, closed: true },
  'get /api/v1/policy/bundles/snapshots/{snapshot_id}': { scope: 'hall:read' },
  'get /api/v1/policy/bundles/{bundle_id}': { scope: 'hall:read' },
  'put /api/v1/policy/bundles/{bundle_id}': {
    scope: 'hall:admin',
    body: { content: 'version: v1' },
    closed: true,
    makes: true,
  },
  'delete /api/v1/policy/bundles/{bundle_id}': { scope: 'hall:admin', makes: true },
  'post /api/v1/policy/bundles/{bundle_id}/simulate': {
    scope: 'hall:read',
    body: { request: POLICY_QUESTION, content: 'version: v1' },
    makes: true,
  },
  'get /v1/settings': { scope: 'hall:read' },
  'patch /v1/settings': { scope: 'hall:admin', body: { strict: false }, closed: true },
  'get /v1/decisions': { scope: 'hall:read' },
  'get /v1/decisions/{decision_id}': { scope: 'hall:read' },
  'get /v1/decisions/{decision_id}/contents': { scope: 'hall:read' },
  'post /v1/network/bans': { body: BAN, closed: true },
  'post /v1/network/bans/{ban_id}/lift': { body: { reason: 'sample' }, closed: true },
  'post /v1/bans': { scope: 'hall:admin', body: BAN, closed: true },
  'post /v1/network/reports/{report_id}/confirm': { body: {}, closed: true },
  'post /v1/network/reports/{report_id}/dismiss': { body: { reason: 'sample' }, closed: true },
  'post /v1/network/bans/{ban_id}/appeal': { scope: 'hall:admin', body: { text: 'sample' }, closed: true },
  'get /api/v1/ban-list': { clamped: true },
  'get /wcp/registry/ban-list': { clamped: true },
  'post /api/v1/ban-list/report': { scope: 'hall:enroll', body: { sha256: 'a'.repeat(64), reason: 'sample' } },
  'get /v1/bans': { scope: 'hall:read' },
  'get /v1/bans/{ban_id}/impact': { scope: 'hall:read' },
  'get /v1/network/bans/{ban_id}/impact': { scope: 'hall:read' },
  'post /v1/bans/{ban_id}/lift': { scope: 'hall:admin', body: { reason: 'sample' }, closed: true },
  'get /v1/profiles': { scope: 'hall:read' },
  'get /v1/profiles/active': { scope: 'hall:read' },
  'get /v1/profiles/{profile_id}': { scope: 'hall:read' },
  'post /v1/profiles': { scope: 'hall:admin', body: PROFILE },
  'post /v1/profiles/{profile_id}/copy': { scope: 'hall:admin', body: PROFILE, closed: true },
  'post /v1/profiles/{profile_id}/preview': { scope: 'hall:read', body: { version: '1.0.0' }, closed: true },
  'post /v1/profiles/{profile_id}/activate': { scope: 'hall:admin', body: { version: '1.0.0' }, closed: true },
  'post /v1/profiles/{profile_id}/deactivate': { scope: 'hall:admin', body: { version: '1.0.0' }, closed: true },
  'post /v1/catalog/import': { body: CATALOG },
  'get /v1/catalog/entities/{entity_id}/explain': { scope: 'hall:read' },
  'post /v1/signatories': { scope: 'hall:admin', body: SIGNATORY, closed: true },
  'get /v1/signatories': { scope: 'hall:read' },
  'get /v1/signatories/{signatory_id}': { scope: 'hall:read' },
  'put /v1/signatories/{signatory_id}': { scope: 'hall:admin', body: SIGNATORY, closed: true },
  'delete /v1/signatories/{signatory_id}': { scope: 'hall:admin' },
  'post /v1/signatories/{signatory_id}/test': { scope: 'hall:read', body: { token: 'a.b.c' }, closed: true },
  'post /v1/webhooks': { scope: 'hall:admin', body: { url: 'https://sample.com/hook' }, closed: true },
  'get /v1/webhooks': { scope: 'hall:admin' },
  'get /v1/webhooks/{webhook_id}': { scope: 'hall:admin' },
  'patch /v1/webhooks/{webhook_id}': { scope: 'hall:admin', body: { enabled: true }, closed: true },
  'delete /v1/webhooks/{webhook_id}': { scope: 'hall:admin' },
  'post /v1/webhooks/{webhook_id}/rotate': { scope: 'hall:admin', body: { overlap_s: 60 }, closed: true },
  'post /v1/webhooks/{webhook_id}/test': { scope: 'hall:admin' },
  'get /v1/webhooks/{webhook_id}/deliveries': { scope: 'hall:admin' },
  'post /v1/webhooks/{webhook_id}/replay': { scope: 'hall:admin', body: { seq: 1 }, closed: true },
  'post /mcp': { scope: 'any', body: { jsonrpc: '2.0', id: 1, method: 'tools/list' }, judgedLater: true },
  'get /v1/ledger/entries': { scope: 'ledger:read' },
  'get /v1/ledger/types': { scope: 'ledger:read' },
  'get /v1/audit': { scope: 'ledger:read' },
  'get /v1/events': { scope: 'hall:read', query: '?max_s=0' },
  'get /v1/ledger/receipts/{id}': { scope: 'ledger:read' },
  'get /v1/ledger/proofs/{id}': { scope: 'ledger:read' },
  'get /v1/ledger/checkpoint': { scope: 'ledger:read' },
  'get /v1/ledger/checkpoints': { scope: 'ledger:read' },
  'get /v1/ledger/consistency': { scope: 'ledger:read', query: '?from=1&to=2' },
  'get /v1/ledger/export': { scope: 'ledger:read' },
};

const accessOf = (security: readonly Members[]): Route['access'] => {
  const schemes = security.map((one) => Object.keys(one));
  if (schemes.length === 0 || schemes.some((names) => names.length === 0)) return 'public';
  if (schemes.some((names) => names.includes('operatorKey'))) return 'operator';
  return schemes.some((names) => names.includes('apiKey')) ? 'tenant' : 'account';
};

export const allRoutes = async (): Promise<readonly Route[]> => {
  const { paths } = (await send('GET', '/openapi.json')).json;
  return Object.entries(members(paths)).flatMap(([path, operations]) =>
    Object.entries(members(operations)).map(([method, described]): Route => {
      const operation = members(described);
      const body = operation.requestBody;
      const sample = SAMPLES[`${method} ${path}`] ?? {};
      const parameters = operation.parameters === undefined ? [] : list(operation.parameters);
      const named = (where: string): string[] =>
        parameters.filter((one) => one.in === where).map((one) => text(one.name));
      return {
        method: method.toUpperCase(),
        path,
        access: accessOf(list(operation.security)),
        looksAtKey: list(operation.security).length > 0,
        hasBody: body !== undefined,
        bodyRequired: body !== undefined && members(body).required === true,
        parameters: named('path'),
        query: named('query'),
        statuses: Object.keys(members(operation.responses)),
        sample,
      };
    }),
  );
};

/** The path with its parameters filled in, and the query of its sample. */
export const pathOf = (route: Route, ids: Readonly<Record<string, string>>): string =>
  route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? 'nothing') + (route.sample.query ?? '');
