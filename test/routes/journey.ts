/** One good call of every operation of the API, in an order in which each finds what it needs. */
import { env } from 'cloudflare:workers';
import { parseJsonTokens } from '../../src/core/json.ts';
import { recordHash } from '../../src/core/registry/record-hash.ts';
import { ApprovalKey } from '../support/approval-key.ts';
import { Authenticator } from '../support/authenticator.ts';
import {
  type HallClient,
  list,
  type Members,
  mustBe,
  ORIGIN,
  question,
  send,
  text,
  WORKER,
} from '../support/hall-client.ts';
import { IdentityProvider, installed, PROVIDER } from '../support/identity-provider.ts';
import { mailTo, person as newPerson, PASSWORD, Person, tokenIn } from '../support/person.ts';
import { taxonomy } from '../support/taxonomy.ts';

export interface Step {
  readonly operation: string;
  readonly path: string;
  readonly status: number;
  readonly reply: string;
}

const hashOf = (record: Members): string => {
  const tokens = parseJsonTokens(JSON.stringify(record));
  return tokens.ok ? recordHash(tokens.value as Parameters<typeof recordHash>[0]) : '';
};

export const journey = async (hall: HallClient): Promise<readonly Step[]> => {
  const seen: Step[] = [];
  const call = async (
    operation: string,
    path: string,
    status: number,
    body?: Members,
    key: string | null = hall.key,
  ): Promise<Members> => {
    const [method = ''] = operation.split(' ');
    const reply = await send(method, path, { key, ...(body === undefined ? {} : { body }) });
    seen.push({ operation, path, status, reply: reply.text });
    return mustBe(status, reply);
  };
  const record = { worker_id: 'org.test.second', worker_species_id: 'wrk.other', capabilities: ['cap.other'] };
  const rules = {
    rules: [
      {
        rule_id: 'rr',
        match: { capability_id: 'cap.doc.summarize' },
        decision: { candidate_workers_ranked: [{ worker_species_id: 'wrk.doc.summarizer' }] },
      },
      {
        rule_id: 'rr_held',
        match: { capability_id: 'cap.held' },
        decision: {
          candidate_workers_ranked: [{ worker_species_id: 'wrk.doc.summarizer' }],
          escalation: { human_required_default: true },
        },
      },
    ],
  };
  const policy = { policy_version: 'p1', default: 'DENY', rules: [] };
  await call('GET /health', '/health', 200);
  await call('GET /.well-known/jwks.json', '/.well-known/jwks.json', 200);
  const metadata = '/.well-known/oauth-protected-resource';
  await call(`GET ${metadata}/mcp`, `${metadata}/mcp`, 200);
  await call('GET /openapi.json', '/openapi.json', 200);
  await call('GET /docs', '/docs', 200);
  await call('GET /docs/problems', '/docs/problems', 200);
  const tenant = `t-${crypto.randomUUID().slice(0, 8)}`;
  await call('POST /v1/tenants', '/v1/tenants', 201, { tenant, name: 'New' }, env.OPERATOR_KEY);
  const person = new Person();
  await call(
    'POST /v1/tenants/{tenant}/owners',
    `/v1/tenants/${tenant}/owners`,
    201,
    { email: person.email, password: PASSWORD, name: 'Owner' },
    env.OPERATOR_KEY,
  );
  await peopleJourney(seen, person, tenant);
  const ended = `gone-${tenant}`;
  mustBe(201, await send('POST', '/v1/tenants', { key: env.OPERATOR_KEY, body: { tenant: ended, name: 'Gone' } }));
  const end = { reason: 'tried out' };
  await call('POST /v1/tenants/{tenant}/delete', `/v1/tenants/${ended}/delete`, 200, end, env.OPERATOR_KEY);
  const limit = { rate_limit: { requests: 10, per_s: 1 } };
  await call('PATCH /v1/tenants/{tenant}', `/v1/tenants/${tenant}`, 200, limit, env.OPERATOR_KEY);
  const key = await call('POST /v1/keys', '/v1/keys', 201, { name: 'second', scopes: ['hall:read'] });
  const made = `/v1/keys/${key.key_id}`;
  await call('GET /v1/keys', '/v1/keys', 200);
  await call('GET /v1/keys/{key_id}', made, 200);
  await call('POST /v1/keys/{key_id}/rotate', `${made}/rotate`, 201, {});
  await call('GET /.well-known/api-key-pattern.json', '/.well-known/api-key-pattern.json', 200);
  await call('POST /v1/keys/leaked', '/v1/keys/leaked', 202, { api_key: 'nothing' });
  await call('DELETE /v1/keys/{key_id}', `/v1/keys/${key.key_id}`, 200);
  await call('POST /v1/workers', '/v1/workers', 201, record);
  await call('POST /v1/workers', '/v1/workers', 200, { ...record, owner: 'Somebody' });
  await call('PUT /v1/workers/{worker_id}', '/v1/workers/org.test.second', 200, record);
  await call('POST /v1/workers/{worker_id}/heartbeat', `/v1/workers/${WORKER}/heartbeat`, 200, { status: 'online' });
  await call('GET /v1/workers', '/v1/workers', 200);
  await call('GET /v1/workers/{worker_id}', `/v1/workers/${WORKER}`, 200);
  const attested = `/api/v1/workers/${WORKER}/attest`;
  await call('PUT /api/v1/workers/{worker_id}/attest', attested, 200, { sha256: 'ab'.repeat(32), ai_generated: false });
  await call('GET /v1/workers/{worker_id}/attestation', `/v1/workers/${WORKER}/attestation`, 200);
  const theirs = '/v1/authorities/registry.example';
  const theirKey = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
  await call('PUT /v1/authorities/{authority_id}', theirs, 200, { keys: [theirKey] });
  await call('GET /v1/authorities', '/v1/authorities', 200);
  await call('POST /v1/authorities/{authority_id}/news', `${theirs}/news`, 200, { statements: [] });
  await call('POST /v1/authorities/{authority_id}/refresh', `${theirs}/refresh`, 200);
  await call('DELETE /v1/authorities/{authority_id}', theirs, 200);
  const sought = `/t/${hall.tenant}/api/v1/verify/${WORKER}`;
  await call('GET /api/v1/verify/{id}', sought, 200, undefined, null);
  await call('GET /wcp/registry/verify/{id}', '/wcp/registry/verify/org.nobody.worker', 200, undefined, null);
  const trust = '/v1/namespaces/org.test/attestation';
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
  await call('PUT /v1/namespaces/{namespace}/attestation-keys', `${trust}-keys`, 200, { keys: [jwk] });
  await call('GET /v1/namespaces/{namespace}/attestation-keys', `${trust}-keys`, 200);
  await call('POST /v1/namespaces/{namespace}/attestation-secret', `${trust}-secret`, 200, { rotate: true });
  await call('DELETE /v1/workers/{worker_id}', '/v1/workers/org.test.second', 200);
  const name = `x.${hall.tenant}`;
  const owners = '/v1/network/namespaces';
  const evidence = { owner: hall.tenant, evidence: 'their letter' };
  await call('POST /v1/namespaces', '/v1/namespaces', 201, { namespace: name });
  await call('GET /v1/namespaces', '/v1/namespaces', 200);
  await call('DELETE /v1/namespaces/{namespace}', `/v1/namespaces/${name}`, 200);
  await call('PUT /v1/network/namespaces/{namespace}', `${owners}/${name}`, 200, evidence, env.OPERATOR_KEY);
  await call('GET /v1/network/namespaces', owners, 200, undefined, env.OPERATOR_KEY);
  await call('GET /v1/network/namespaces/{namespace}', `${owners}/${name}`, 200, undefined, env.OPERATOR_KEY);
  await call(
    'POST /v1/network/namespaces/{namespace}/release',
    `${owners}/${name}/release`,
    200,
    { reason: 'done' },
    env.OPERATOR_KEY,
  );
  await call('POST /v1/network/registry/rebuild', '/v1/network/registry/rebuild', 200, {}, env.OPERATOR_KEY);
  await call('PUT /v1/rules', '/v1/rules?version=r1', 200, rules);
  await call('POST /v1/rules/validate', '/v1/rules/validate', 200, rules);
  await call('POST /v1/rules/rollback', '/v1/rules/rollback', 200, { version: 'r1' });
  await call('GET /v1/rules', '/v1/rules', 200);
  await call('GET /v1/rules/versions', '/v1/rules/versions', 200);
  await call('PUT /v1/policies', '/v1/policies', 200, policy);
  await call('POST /v1/policies/rollback', '/v1/policies/rollback', 200, { version: 'p1' });
  await call('GET /v1/policies', '/v1/policies', 200);
  await call('GET /v1/policies/versions', '/v1/policies/versions', 200);
  const asking = { topic: 'job.batch.x', labels: { env: 'dev' } };
  const bundle = { content: 'rules: [{id: light, decision: allow, match: {topics: ["job.batch.*"]}}]\n' };
  const cap = '/api/v1/policy';
  const bundles = `${cap}/bundles`;
  await call('POST /v1/policies/validate', '/v1/policies/validate', 200, { rules: [] });
  await call(`PUT ${bundles}/{bundle_id}`, `${bundles}/team~batch`, 200, bundle);
  await call(`PUT ${bundles}/{bundle_id}`, `${bundles}/team~old`, 200, { content: 'version: v1' });
  await call(`GET ${bundles}`, bundles, 200);
  await call(`GET ${bundles}/{bundle_id}`, `${bundles}/team~batch`, 200);
  await call(`POST ${bundles}/{bundle_id}/simulate`, `${bundles}/team~batch/simulate`, 200, { request: asking });
  await call(`DELETE ${bundles}/{bundle_id}`, `${bundles}/team~old`, 204);
  const { snapshot_before } = await call(`POST ${cap}/publish`, `${cap}/publish`, 200, { bundle_ids: ['team/batch'] });
  for (const surface of [cap, '/v1/policies']) {
    await call(`POST ${surface}/simulate`, `${surface}/simulate`, 200, asking);
    await call(`POST ${surface}/explain`, `${surface}/explain`, 200, { ...asking, content: 'version: v1' });
  }
  await call(`POST ${cap}/evaluate`, `${cap}/evaluate`, 200, asking);
  const content = 'rules: [{id: dark, decision: deny}]\n';
  const shadow = `${cap}/shadows/team~dark`;
  await call('POST /v1/policies/backtest', '/v1/policies/backtest', 200, { content });
  const always = { from: '2026-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z', candidate_content: content };
  await call(`POST ${cap}/replay`, `${cap}/replay`, 200, always);
  await call(`PUT ${cap}/shadows/{bundle_id}`, shadow, 200, { content });
  await call(`GET ${cap}/shadows`, `${cap}/shadows`, 200);
  await call(`GET ${cap}/shadows/{bundle_id}`, shadow, 200);
  await call(`GET ${cap}/shadows/{bundle_id}/results/summary`, `${shadow}/results/summary`, 200);
  await call(`GET ${cap}/shadows/{bundle_id}/results/comparisons`, `${shadow}/results/comparisons`, 200);
  await call(`DELETE ${cap}/shadows/{bundle_id}`, shadow, 204);
  await call(`GET ${cap}/rules`, `${cap}/rules?include_disabled=1`, 200);
  await call(`GET ${cap}/snapshots`, `${cap}/snapshots`, 200);
  const named = await call(`POST ${bundles}/snapshots`, `${bundles}/snapshots`, 200, { note: 'before the freeze' });
  await call(`GET ${bundles}/snapshots`, `${bundles}/snapshots`, 200);
  await call(`GET ${bundles}/snapshots/{snapshot_id}`, `${bundles}/snapshots/${named.hash}`, 200);
  await call(`POST ${cap}/rollback`, `${cap}/rollback`, 200, { snapshot_id: text(snapshot_before) });
  await call(`GET ${cap}/audit`, `${cap}/audit`, 200);
  await call('PATCH /v1/settings', '/v1/settings', 200, { outcome_deadline_s: 600 });
  await call('GET /v1/settings', '/v1/settings', 200);
  const first = await call('POST /wcp/route', '/wcp/route', 200, question());
  const second = await call('POST /wcp/route', '/wcp/route', 200, question());
  await call('POST /wcp/route', '/wcp/route', 200, { capability_id: 7 });
  await call('POST /wcp/route', '/wcp/route', 200, question({ capability_id: 'cap.nobody' }));
  await call('POST /wcp/route', '/wcp/route', 200, question({ dry_run: true }));
  await call('POST /wcp/route/batch', '/wcp/route/batch', 200, { requests: [question(), {}] });
  const at = `/wcp/dispatches/${first.decision_id}`;
  await call('POST /wcp/dispatches/{decision_id}/start', `${at}/start`, 200, { grant: text(first.dispatch_grant) });
  await call('POST /wcp/dispatches/{decision_id}/complete', `${at}/complete`, 200, {});
  await call('POST /wcp/dispatches/{decision_id}/fail', `/wcp/dispatches/${second.decision_id}/fail`, 200, {
    error_code: 'gone',
  });
  const held = await call('POST /wcp/route', '/wcp/route', 200, question({ capability_id: 'cap.held' }));
  const pending_approval_id = text(held.pending_approval_id);
  const approver = await call('POST /v1/keys', '/v1/keys', 201, {
    name: 'approver',
    scopes: ['hall:approve', 'hall:admin'],
  });
  await call('GET /wcp/approvals/pending', '/wcp/approvals/pending', 200);
  await call('GET /wcp/approvals/{approval_id}', `/wcp/approvals/${pending_approval_id}`, 200);
  await call('GET /wcp/approvals/{approval_id}/outcome', `/wcp/approvals/${pending_approval_id}/outcome`, 200);
  const answers = '/wcp/approvals';
  const raise = { pending_approval_id, to_level: 'incident_commander' };
  await call(`POST ${answers}/escalate`, `${answers}/escalate`, 200, raise, text(approver.api_key));
  const yes = { pending_approval_id, decision: 'approve' };
  await call(`POST ${answers}/resolve`, `${answers}/resolve`, 200, yes, text(approver.api_key));
  const later = await call('POST /wcp/route', '/wcp/route', 200, question({ capability_id: 'cap.held' }));
  await call('PUT /v1/policies', '/v1/policies', 200, { ...policy, policy_version: 'p-later' });
  const yesLater = { pending_approval_id: text(later.pending_approval_id), decision: 'approve' };
  mustBe(409, await send('POST', `${answers}/resolve`, { key: text(approver.api_key), body: yesLater }));
  const anew = `${answers}/${text(later.pending_approval_id)}/reevaluate`;
  const reevaluate = 'POST /wcp/approvals/{approval_id}/reevaluate';
  await call(reevaluate, anew, 200, undefined, text(approver.api_key));
  await jobsJourney(call, text(approver.api_key));
  await call('GET /wcp/capabilities', '/wcp/capabilities', 200);
  await call('GET /wcp/capabilities', '/wcp/capabilities?fields=id', 200);
  await call('GET /wcp/workers', '/wcp/workers', 200);
  await call('GET /wcp/health', '/wcp/health', 200);
  await call('GET /wcp/health', '/wcp/health', 200, undefined, null);
  const third = { ...record, worker_id: 'org.test.third' };
  await call('POST /enroll', '/enroll', 201, { ...third, artifact_hash: hashOf(third) });
  await call('POST /enroll', '/enroll', 200, { ...third, artifact_hash: hashOf(third) });
  await call('GET /alerts', '/alerts', 200);
  await call('GET /status', '/status', 200);
  await call('GET /workers', '/workers', 200);
  await call('POST /decisions/ingest', '/decisions/ingest', 201, { denied: true, blast_score: 7.5 });
  await call('GET /dispatches', '/dispatches?limit=500', 200);
  await call('POST /api/route', '/api/route', 200, question());
  const asked = { namespace: 'org.test', capability: 'cap.doc.summarize', context: { risk_tier: 'low', env: 'dev' } };
  const { decision_id, dispatch_grant } = await call('POST /api/v1/dispatch', '/api/v1/dispatch', 200, asked);
  const started = `/wcp/dispatches/${decision_id}/start`;
  await call('POST /wcp/dispatches/{decision_id}/start', started, 200, { grant: text(dispatch_grant) });
  await call('GET /dispatches/active', '/dispatches/active', 200);
  await call('POST /api/server/go-offline', '/api/server/go-offline', 200);
  await call('POST /api/server/go-online', '/api/server/go-online', 200);
  await call('GET /api/account/standing', '/api/account/standing', 200);
  const standing = `/v1/tenants/${hall.tenant}/standing`;
  const degraded = { standing: 'degraded', reason: 'unpaid' };
  await call('PUT /v1/tenants/{tenant}/standing', standing, 200, degraded, env.OPERATOR_KEY);
  await call('GET /auth/github', '/auth/github?desktop=1', 302);
  const telemetry = { decisions: [{ worker_id: 'wrk.doc.summarizer', count: 3 }] };
  await call('POST /api/v1/telemetry/decisions', '/api/v1/telemetry/decisions', 202, telemetry);
  await call('POST /api/v1/telemetry/decisions', '/api/v1/telemetry/decisions', 202, telemetry, null);
  await call('GET /v1/usage', '/v1/usage?days=2', 200);
  await call('GET /v1/usage/outcomes', '/v1/usage/outcomes?hours=2', 200);
  await call('GET /v1/decisions', '/v1/decisions', 200);
  await call('GET /v1/decisions/{decision_id}', `/v1/decisions/${first.decision_id}`, 200);
  await call('GET /v1/decisions/{decision_id}/contents', `/v1/decisions/${first.decision_id}/contents`, 200);
  const terms = {
    name: 'Their own',
    issuer: 'https://idp.acme.com/',
    jwks_url: 'https://idp.acme.com/jwks.json',
    audiences: ['guildhall'],
    algorithms: ['ES256'],
  };
  const { signatory_id } = await call('POST /v1/signatories', '/v1/signatories', 201, terms);
  const signatory = `/v1/signatories/${signatory_id}`;
  await call('GET /v1/signatories', '/v1/signatories', 200);
  await call('GET /v1/signatories/{signatory_id}', signatory, 200);
  await call('PUT /v1/signatories/{signatory_id}', signatory, 200, { ...terms, audiences: ['guildhall', 'other'] });
  await call('POST /v1/signatories/{signatory_id}/test', `${signatory}/test`, 200, { token: 'a.b.c' });
  await call('DELETE /v1/signatories/{signatory_id}', signatory, 200);
  const ban = { target: { worker_id: 'org.test.banned' }, reason: 'tried out' };
  const own = await call('POST /v1/bans', '/v1/bans', 201, ban);
  await call('GET /v1/bans', '/v1/bans', 200);
  await call('GET /v1/bans/{ban_id}/impact', `/v1/bans/${own.ban_id}/impact`, 200);
  await call('POST /v1/bans/{ban_id}/lift', `/v1/bans/${own.ban_id}/lift`, 200, { reason: 'done' });
  const everywhere = await call('POST /v1/network/bans', '/v1/network/bans', 201, ban, env.OPERATOR_KEY);
  const path = `/v1/network/bans/${everywhere.ban_id}`;
  await call('GET /v1/network/bans', '/v1/network/bans', 200);
  await call('GET /v1/network/bans/feed', '/v1/network/bans/feed', 200);
  await call('GET /v1/network/bans/{ban_id}', path, 200);
  await call('GET /v1/network/bans/{ban_id}/impact', `${path}/impact`, 200);
  const report = { sha256: 'e'.repeat(64), reason: 'it phones home' };
  const reported = await call('POST /api/v1/ban-list/report', '/api/v1/ban-list/report', 201, report);
  await call('GET /v1/network/reports', '/v1/network/reports', 200, undefined, env.OPERATOR_KEY);
  const review = '/v1/network/reports/{report_id}';
  const reportPath = `/v1/network/reports/${reported.report_id}`;
  await call(`POST ${review}/confirm`, `${reportPath}/confirm`, 201, {}, env.OPERATOR_KEY);
  const other = await call('POST /api/v1/ban-list/report', '/api/v1/ban-list/report', 201, {
    ...report,
    sha256: 'f'.repeat(64),
  });
  const dismissal = `/v1/network/reports/${other.report_id}/dismiss`;
  await call(`POST ${review}/dismiss`, dismissal, 200, { reason: 'no' }, env.OPERATOR_KEY);
  await call('GET /api/v1/ban-list', '/api/v1/ban-list', 200);
  await call('GET /wcp/registry/ban-list', '/wcp/registry/ban-list?format=cache', 200);
  const ours = { target: { worker_id: 'org.test.second' }, reason: 'r' };
  const touching = await call('POST /v1/network/bans', '/v1/network/bans', 201, ours, env.OPERATOR_KEY);
  const appeal = `/v1/network/bans/${touching.ban_id}/appeal`;
  await call('POST /v1/network/bans/{ban_id}/appeal', appeal, 201, { text: 'it is mended' });
  await call('GET /v1/network/bans/{ban_id}/appeals', `${path}/appeals`, 200, undefined, env.OPERATOR_KEY);
  await call('POST /v1/network/bans/{ban_id}/lift', `${path}/lift`, 200, { reason: 'done' }, env.OPERATOR_KEY);
  const profile = '/v1/profiles/prof.prod.strict';
  const ownProfile = { profile_id: 'org.test.own', version: '1.0.0', title: 'Own' };
  await call('GET /v1/profiles', '/v1/profiles', 200);
  await call('GET /v1/profiles/{profile_id}', profile, 200);
  await call('POST /v1/profiles', '/v1/profiles', 201, ownProfile);
  await call('POST /v1/profiles/{profile_id}/copy', `${profile}/copy`, 201, { ...ownProfile, version: '1.0.1' });
  await call('POST /v1/profiles/{profile_id}/preview', `${profile}/preview`, 200, { envs: ['prod'] });
  await call('POST /v1/profiles/{profile_id}/activate', `${profile}/activate`, 200, { envs: ['edge'] });
  await call('GET /v1/profiles/active', '/v1/profiles/active', 200);
  await call('POST /v1/profiles/{profile_id}/deactivate', `${profile}/deactivate`, 200, {});
  const entity = '/v1/catalog/entities/cap.doc.summarize';
  await call('GET /v1/catalog', '/v1/catalog?q=document&kind=capability', 200);
  await call('GET /v1/catalog/export', '/v1/catalog/export', 200);
  await call('POST /v1/catalog/import', '/v1/catalog/import', 200, taxonomy() as Members, env.OPERATOR_KEY);
  await call('GET /v1/catalog/versions', '/v1/catalog/versions', 200);
  await call('GET /v1/catalog/entities/{entity_id}', entity, 200);
  await call('GET /v1/catalog/entities/{entity_id}/explain', `${entity}/explain`, 200);
  await call('GET /v1/ledger/entries', '/v1/ledger/entries?limit=3', 200);
  await call('GET /v1/ledger/types', '/v1/ledger/types', 200);
  await call('GET /v1/events', '/v1/events?max_s=0', 200);
  await call('GET /v1/audit', '/v1/audit?type=hall.ban&limit=3', 200);
  await call('GET /v1/ledger/receipts/{id}', '/v1/ledger/receipts/1', 200);
  await call('GET /v1/ledger/proofs/{id}', '/v1/ledger/proofs/1', 200);
  await call('GET /v1/ledger/checkpoint', '/v1/ledger/checkpoint', 200);
  await call('GET /v1/ledger/checkpoints', '/v1/ledger/checkpoints?limit=2', 200);
  await call('GET /v1/ledger/consistency', '/v1/ledger/consistency?from=1&to=2', 200);
  await call('GET /v1/ledger/export', '/v1/ledger/export', 200);
  const wanted = { url: 'https://receiver.example.com/', events: ['key.leaked'] };
  const hook = await call('POST /v1/webhooks', '/v1/webhooks', 201, wanted);
  const hooks = '/v1/webhooks/{webhook_id}';
  const hookPath = `/v1/webhooks/${hook.webhook_id}`;
  await call('GET /v1/webhooks', '/v1/webhooks', 200);
  await call(`GET ${hooks}`, hookPath, 200);
  await call(`POST ${hooks}/rotate`, `${hookPath}/rotate`, 201, {});
  const { seq } = await call(`POST ${hooks}/test`, `${hookPath}/test`, 200);
  await call(`GET ${hooks}/deliveries`, `${hookPath}/deliveries`, 200);
  await call(`POST ${hooks}/replay`, `${hookPath}/replay`, 200, { seq });
  await call(`PATCH ${hooks}`, hookPath, 200, { enabled: false });
  await call(`DELETE ${hooks}`, hookPath, 200);
  await call('POST /mcp', '/mcp', 200, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
  const network = '/v1/network/ledger';
  await call(`GET ${network}/entries`, `${network}/entries?limit=3`, 200);
  await call(`GET ${network}/receipts/{id}`, `${network}/receipts/1`, 200);
  await call(`GET ${network}/proofs/{id}`, `${network}/proofs/1`, 200);
  await call(`GET ${network}/checkpoint`, `${network}/checkpoint`, 200);
  await call(`GET ${network}/checkpoints`, `${network}/checkpoints?limit=2`, 200);
  await call(`GET ${network}/consistency`, `${network}/consistency?from=1&to=2`, 200);
  await call(`GET ${network}/export`, `${network}/export`, 200);
  return seen;
};

type Call = (operation: string, path: string, status: number, body?: Members, key?: string | null) => Promise<Members>;

/** Jobs under a policy that holds them. */
const jobsJourney = async (call: Call, approver: string): Promise<void> => {
  const policy = { rules: [{ id: 'look', decision: 'require_approval', match: { topics: ['job.looked-at'] } }] };
  await call('PUT /v1/policies', '/v1/policies', 200, policy);
  const submit = () => call('POST /api/v1/jobs', '/api/v1/jobs', 200, { topic: 'job.looked-at' });
  const [job, other, third] = [await submit(), await submit(), await submit()];
  const path = `/api/v1/jobs/${text(job.job_id)}`;
  await call('GET /api/v1/jobs', '/api/v1/jobs?topic=job.look*', 200);
  await call('GET /api/v1/jobs/{job_id}', path, 200);
  await call('GET /api/v1/jobs/{job_id}/decisions', `${path}/decisions`, 200);
  await call('GET /api/v1/traces/{trace_id}', `/api/v1/traces/${text(job.trace_id)}`, 200);
  await call('GET /api/v1/approvals', '/api/v1/approvals?include_resolved=false', 200);
  const answers = (of: Members) => `/api/v1/approvals/${text(of.job_id)}`;
  await call('GET /api/v1/approvals/{job_id}/context', `${answers(job)}/context`, 200);
  await call('POST /api/v1/approvals/{job_id}/approve', `${answers(job)}/approve`, 200, { note: 'go' }, approver);
  await call('POST /api/v1/approvals/{job_id}/reject', `${answers(other)}/reject`, 200, {}, approver);
  await call('POST /api/v1/jobs/{job_id}/cancel', `/api/v1/jobs/${text(third.job_id)}/cancel`, 200, {});
  await call('GET /api/v1/dlq', '/api/v1/dlq', 200);
  await call('GET /api/v1/dlq/page', '/api/v1/dlq/page', 200);
};

/** The part of people: accounts, sessions, members. */
const peopleJourney = async (seen: Step[], owner: Person, tenant: string): Promise<void> => {
  const call = async (
    who: Person,
    operation: string,
    path: string,
    status: number,
    body?: Members,
    prefix = '',
  ): Promise<Members> => {
    const [method = ''] = operation.split(' ');
    const reply = await who.send(method, prefix + path, body);
    seen.push({ operation, path, status, reply: reply.text });
    return mustBe(status, reply);
  };
  const post = (who: Person, path: string, status: number, body?: Members) =>
    call(who, `POST ${path}`, path, status, body);
  mustBe(200, await owner.signIn());
  const somebody = await newPerson();
  const { email } = somebody;
  await post(somebody, '/v1/account/sign-in', 200, { email, password: PASSWORD });
  await call(somebody, 'GET /v1/account/session', '/v1/account/session', 200);
  await call(somebody, 'GET /outbox', '/outbox', 200);
  const { sessions } = await call(somebody, 'GET /v1/account/sessions', '/v1/account/sessions', 200);
  const another = list(sessions).find(({ current }) => current === false);
  const ended = `/v1/account/sessions/${text(another?.session_id)}`;
  await call(somebody, 'DELETE /v1/account/sessions/{session_id}', ended, 200);
  await post(somebody, '/v1/account/password', 200, { current_password: PASSWORD, password: PASSWORD });
  mustBe(200, await somebody.signIn());
  await signInOtherwise(call, somebody);
  const inTenant = `/t/${tenant}`;
  const invitation = { email, role: 'auditor' };
  await call(owner, 'POST /v1/invitations', '/v1/invitations', 201, invitation, inTenant);
  await call(owner, 'GET /v1/invitations', '/v1/invitations', 200, undefined, inTenant);
  await post(somebody, '/v1/account/invitations/accept', 200, { token: tokenIn(await mailTo(email), 'invitation') });
  const other = { email: `other-${email}`, role: 'auditor' };
  const made = await call(owner, 'POST /v1/invitations', '/v1/invitations', 201, other, inTenant);
  const undone = `/v1/invitations/${made.invitation_id}`;
  await call(owner, 'DELETE /v1/invitations/{invitation_id}', undone, 200, undefined, inTenant);
  await call(owner, 'GET /v1/members', '/v1/members', 200, undefined, inTenant);
  const member = `/v1/members/${somebody.userId}`;
  await call(owner, 'PATCH /v1/members/{user_id}', member, 200, { role: 'approver' }, inTenant);
  await call(owner, 'DELETE /v1/members/{user_id}', member, 200, undefined, inTenant);
  const signing = '/v1/approval-passkeys';
  const signer = await ApprovalKey.make();
  const { publicKey: public_key } = signer;
  const asked = await call(owner, `POST ${signing}/challenge`, `${signing}/challenge`, 200, { public_key }, inTenant);
  const assertion = await signer.sign(text(asked.challenge));
  await call(owner, `POST ${signing}`, signing, 201, { name: 'mine', public_key, assertion }, inTenant);
  await call(owner, `GET ${signing}`, signing, 200, undefined, inTenant);
  const given = `${signing}/${signer.credentialId}`;
  await call(owner, `DELETE ${signing}/{credential_id}`, given, 200, undefined, inTenant);
  const own = `own-${crypto.randomUUID().slice(0, 8)}`;
  await post(somebody, '/v1/account/tenants', 201, { tenant: own, name: 'Own' });
  const end = `/v1/account/tenants/${own}/delete`;
  await call(somebody, 'POST /v1/account/tenants/{tenant}/delete', end, 200, { reason: 'tried out' });
  await post(somebody, '/v1/account/password/forgot', 202, { email });
  const token = tokenIn(await mailTo(email), 'reset');
  await post(somebody, '/v1/account/sign-out', 200);
  await post(somebody, '/v1/account/password/reset', 200, { token, password: PASSWORD });
  mustBe(200, await somebody.signIn());
  await call(somebody, 'PATCH /v1/account', '/v1/account', 200, { name: 'Another name' });
  const elsewhere = `other-${email}`;
  await post(somebody, '/v1/account/email', 202, { email: elsewhere, password: PASSWORD });
  await post(somebody, '/v1/account/email/verify', 200, { token: tokenIn(await mailTo(elsewhere), 'email') });
  await post(somebody, '/v1/account/sign-out-everywhere', 200);
  const stranger = new Person();
  await post(stranger, '/v1/account/sign-up', 202, { email: stranger.email, password: PASSWORD, name: 'X' });
  await post(stranger, '/v1/account/verification', 202, { email: stranger.email });
  await post(stranger, '/v1/account/verify', 200, { token: tokenIn(await mailTo(stranger.email), 'verify') });
  mustBe(200, await stranger.signIn());
  await post(stranger, '/v1/account/delete', 200, { password: PASSWORD });
};

type CallAs = (who: Person, operation: string, path: string, status: number, body?: Members) => Promise<Members>;

/** A passkey added, used and removed; and a sign-in by an identity provider. */
const signInOtherwise = async (call: CallAs, somebody: Person): Promise<void> => {
  const device = await Authenticator.make(ORIGIN);
  const challenge = async (path: string): Promise<Members> =>
    mustBe(200, somebody.keep(await somebody.send('POST', path)));
  const passkeys = '/v1/account/passkeys';
  await call(somebody, `POST ${passkeys}/challenge`, `${passkeys}/challenge`, 200);
  const response = await device.create(await challenge(`${passkeys}/challenge`));
  const made = await call(somebody, `POST ${passkeys}`, passkeys, 201, { name: 'a device', response });
  await call(somebody, `GET ${passkeys}`, passkeys, 200);
  const signIn = '/v1/account/sign-in/passkey';
  await call(somebody, `POST ${signIn}/challenge`, `${signIn}/challenge`, 200);
  const signed = await device.sign(await challenge(`${signIn}/challenge`));
  await call(somebody, `POST ${signIn}`, signIn, 200, { response: signed });
  await call(somebody, `DELETE ${passkeys}/{passkey_id}`, `${passkeys}/${text(made.passkey_id)}`, 200);

  const acme = new IdentityProvider(PROVIDER);
  const { undo } = installed(acme);
  await call(somebody, 'GET /v1/account/providers', '/v1/account/providers', 200);
  const begin = '/v1/account/sign-in/provider';
  const { url } = await call(somebody, `POST ${begin}`, begin, 200, { provider: 'acme' });
  const back = new URL((await acme.answer(new Request(text(url)))).headers.get('location') ?? '');
  const callback = 'GET /v1/account/callback/{provider}';
  await call(somebody, callback, back.pathname + back.search, 302);
  undo();
};
