/** One good call of every operation of the API, in an order in which each finds what it needs. */
import { env } from 'cloudflare:workers';
import { parseJsonTokens } from '../../src/core/json.ts';
import { recordHash } from '../../src/core/registry/record-hash.ts';
import { type HallClient, type Members, mustBe, question, send, text, WORKER } from '../support/hall-client.ts';
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
    ],
  };
  const policy = { policy_version: 'p1', default: 'DENY', rules: [] };
  await call('GET /health', '/health', 200);
  await call('GET /.well-known/jwks.json', '/.well-known/jwks.json', 200);
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
  await call('GET /v1/decisions', '/v1/decisions', 200);
  await call('GET /v1/decisions/{decision_id}', `/v1/decisions/${first.decision_id}`, 200);
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
  await call('POST /v1/bans/{ban_id}/lift', `/v1/bans/${own.ban_id}/lift`, 200, { reason: 'done' });
  const everywhere = await call('POST /v1/network/bans', '/v1/network/bans', 201, ban, env.OPERATOR_KEY);
  const path = `/v1/network/bans/${everywhere.ban_id}`;
  await call('GET /v1/network/bans', '/v1/network/bans', 200);
  await call('GET /v1/network/bans/feed', '/v1/network/bans/feed', 200);
  await call('GET /v1/network/bans/{ban_id}', path, 200);
  await call('POST /v1/network/bans/{ban_id}/lift', `${path}/lift`, 200, { reason: 'done' }, env.OPERATOR_KEY);
  const entity = '/v1/catalog/entities/cap.doc.summarize';
  await call('GET /v1/catalog', '/v1/catalog?q=document&kind=capability', 200);
  await call('GET /v1/catalog/export', '/v1/catalog/export', 200);
  await call('POST /v1/catalog/import', '/v1/catalog/import', 200, taxonomy() as Members, env.OPERATOR_KEY);
  await call('GET /v1/catalog/versions', '/v1/catalog/versions', 200);
  await call('GET /v1/catalog/entities/{entity_id}', entity, 200);
  await call('GET /v1/catalog/entities/{entity_id}/explain', `${entity}/explain`, 200);
  await call('GET /v1/ledger/entries', '/v1/ledger/entries?limit=3', 200);
  await call('GET /v1/ledger/receipts/{id}', '/v1/ledger/receipts/1', 200);
  await call('GET /v1/ledger/proofs/{id}', '/v1/ledger/proofs/1', 200);
  await call('GET /v1/ledger/checkpoint', '/v1/ledger/checkpoint', 200);
  await call('GET /v1/ledger/consistency', '/v1/ledger/consistency?from=1&to=2', 200);
  await call('GET /v1/ledger/export', '/v1/ledger/export', 200);
  const network = '/v1/network/ledger';
  await call(`GET ${network}/entries`, `${network}/entries?limit=3`, 200);
  await call(`GET ${network}/receipts/{id}`, `${network}/receipts/1`, 200);
  await call(`GET ${network}/proofs/{id}`, `${network}/proofs/1`, 200);
  await call(`GET ${network}/checkpoint`, `${network}/checkpoint`, 200);
  await call(`GET ${network}/consistency`, `${network}/consistency?from=1&to=2`, 200);
  await call(`GET ${network}/export`, `${network}/export`, 200);
  return seen;
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
  const own = `own-${crypto.randomUUID().slice(0, 8)}`;
  await post(somebody, '/v1/account/tenants', 201, { tenant: own, name: 'Own' });
  const end = `/v1/account/tenants/${own}/delete`;
  await call(somebody, 'POST /v1/account/tenants/{tenant}/delete', end, 200, { reason: 'tried out' });
  await post(somebody, '/v1/account/password/forgot', 202, { email });
  const token = tokenIn(await mailTo(email), 'reset');
  await post(somebody, '/v1/account/sign-out', 200);
  await post(somebody, '/v1/account/password/reset', 200, { token, password: PASSWORD });
  const stranger = new Person();
  await post(stranger, '/v1/account/sign-up', 202, { email: stranger.email, password: PASSWORD, name: 'X' });
  await post(stranger, '/v1/account/verification', 202, { email: stranger.email });
  await post(stranger, '/v1/account/verify', 200, { token: tokenIn(await mailTo(stranger.email), 'verify') });
};
