/** What a campaign aims at: the described routes of one tenant, and what is worth naming in a request to it. */
import { type JsonTokensObject, parseJsonTokens } from '../../../src/core/json.ts';
import { recordHash } from '../../../src/core/registry/record-hash.ts';
import type { LocalHall } from '../../support/local-hall.ts';
import { operationsIn, type Target, weighted } from './requests.ts';
import { isMembers, type Json, type Members } from './values.ts';

const askJson = async (url: string, key: string, body?: Json): Promise<Members> => {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const value: Json = await response.json();
  if (!response.ok || !isMembers(value)) throw new Error(`${url}: ${response.status} ${JSON.stringify(value)}`);
  return value;
};

const QUESTION = {
  capability_id: 'cap.doc.summarize',
  env: 'prod',
  data_label: 'PUBLIC',
  tenant_risk: 'low',
  qos_class: 'P2',
  tenant_id: 'acme',
};
const RECORD = {
  worker_id: 'org.example.fuzzed',
  worker_species_id: 'wrk.doc.summarizer',
  capabilities: ['cap.doc.summarize'],
};

const hashOf = (record: Members): string => {
  const tokens = parseJsonTokens(JSON.stringify(record));
  if (!tokens.ok) throw new Error('not JSON');
  return recordHash(tokens.value as JsonTokensObject);
};

/** A tenant with workers, rules, decisions and a key to lose, and everything worth naming in a request. */
export const aim = async (hall: LocalHall, other: string): Promise<Target> => {
  const document = await askJson(`${hall.url}/openapi.json`, hall.key);
  const decisions: Members[] = [];
  for (let each = 0; each < 6; each++) decisions.push(await askJson(`${hall.url}/wcp/route`, hall.key, QUESTION));
  const lost = await askJson(`${hall.url}/v1/keys`, hall.key, {
    name: 'to lose',
    scopes: ['hall:read'],
    environment: 'test',
  });
  // Where nobody answers: what is told of the campaign fails, and is tried again beside it.
  const webhooks: string[] = [];
  for (let each = 0; each < 4; each++) {
    const { webhook_id } = await askJson(`${hall.url}/v1/webhooks`, hall.key, { url: 'http://127.0.0.1:1/' });
    webhooks.push(String(webhook_id));
  }
  const components = isMembers(document.components) ? document.components : {};
  const texts = decisions
    .flatMap(({ decision_id, dispatch_grant }) => [decision_id, dispatch_grant])
    .filter((each): each is string => typeof each === 'string');
  const rules = await askJson(`${hall.url}/v1/rules`, hall.key);
  const grant = decisions[0]?.dispatch_grant ?? '';
  return {
    weighted: weighted(operationsIn(document)),
    schemas: isMembers(components.schemas) ? components.schemas : {},
    key: hall.key,
    operatorKey: hall.operatorKey,
    tenant: hall.tenant,
    words: [
      ...texts,
      String(lost.key_id),
      other,
      '1',
      '2',
      '7',
      '0',
      'v1',
      'org.example.fuzzed',
      'org.example.summarizer',
      'wrk.doc.summarizer',
      'cap.doc.summarize',
      'cap.web.fetch',
      'prod',
      'PUBLIC',
      'low',
      'P2',
      'policy.v1',
      'a'.repeat(64),
      `sha256:${'b'.repeat(64)}`,
      '1.0.0',
      'ctrl.obs.structured-logging',
      'none',
      'acme',
    ],
    ids: {
      // Closed, suspended and erased as it comes.
      tenant: [other],
      key_id: [String(lost.key_id)],
      worker_id: ['org.example.summarizer', 'org.example.fuzzed'],
      decision_id: decisions.map(({ decision_id }) => String(decision_id)),
      id: ['1', '2', String(decisions[0]?.decision_id)],
      entity_id: ['cap.doc.summarize', 'wrk.doc.summarizer'],
      profile_id: ['prof.dev.permissive', 'prof.prod.strict', 'prof.custom.fuzzed'],
      bundle_id: ['fuzzed'],
      webhook_id: webhooks,
      version: ['1'],
    },
    paths: {
      'POST /wcp/dispatches/{decision_id}/start': `/wcp/dispatches/${decisions[0]?.decision_id}/start`,
      'GET /v1/ledger/consistency': '/v1/ledger/consistency?from=1&to=2',
    },
    good: {
      'POST /wcp/route': QUESTION,
      'POST /wcp/route/batch': { requests: [QUESTION, { ...QUESTION, dry_run: true }] },
      'POST /wcp/dispatches/{decision_id}/start': { grant },
      'POST /wcp/dispatches/{decision_id}/complete': { result_ptr: 's3://bucket/result' },
      'POST /wcp/dispatches/{decision_id}/fail': { error_code: 'E' },
      'POST /api/route': QUESTION,
      'POST /api/v1/dispatch': { namespace: 'acme', capability: 'cap.doc.summarize', context: { risk_tier: 'low' } },
      'POST /api/v1/telemetry/decisions': { decisions: [{ worker_id: 'wrk.doc.summarizer', count: 2 }] },
      'POST /enroll': { ...RECORD, artifact_hash: hashOf(RECORD) },
      'POST /v1/workers': RECORD,
      'PUT /v1/workers/{worker_id}': RECORD,
      'PUT /v1/rules': rules.document ?? null,
      'POST /v1/rules/validate': rules.document ?? null,
      'POST /v1/webhooks': { url: 'https://receiver.example.com/', events: ['key.leaked'] },
      'PATCH /v1/webhooks/{webhook_id}': { enabled: true },
      'POST /v1/webhooks/{webhook_id}/rotate': { overlap_s: 60 },
      'POST /v1/webhooks/{webhook_id}/replay': { seq: 2 },
      'POST /mcp': { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'wcp_capabilities_search' } },
    },
  };
};
