/**
 * `/mcp` over real HTTP, driven by the official SDK's client in both protocol eras: an agent finds a capability, asks for
 * it, reports what came of it and checks the receipt; a person's client answers what waits; what is refused says so.
 */
import {
  Client,
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../src/cli/demo.ts';
import { estimateTokens } from '../bench/tokens.ts';
import { type LocalHall, newTenant, startLocalHall, verifiedExport } from '../support/local-hall.ts';

type Members = Readonly<Record<string, unknown>>;

let started: Awaited<ReturnType<typeof startLocalHall>>;
let hall: LocalHall;
let approver: string;
const open: Client[] = [];

const keyFor = async (scopes: readonly string[]): Promise<string> =>
  String((await call(`${hall.url}/v1/keys`, 'POST', hall.key, { name: 'mcp', scopes })).api_key);

beforeAll(async () => {
  started = await startLocalHall();
  hall = await newTenant(started.hall, 'mcp-agents');
  approver = await keyFor(['hall:approve', 'hall:read']);
});
afterAll(async () => {
  for (const client of open) await client.close();
  expect(await verifiedExport(hall)).toMatchObject({ ok: true });
  await started.stop();
});

type Era = 'legacy' | '2026-07-28';

const connected = async (key: string, era: Era = 'legacy', query = ''): Promise<Client> => {
  const mode = era === 'legacy' ? era : { pin: era };
  const client = new Client({ name: 'an agent', version: '1' }, { versionNegotiation: { mode } });
  const transport = new StreamableHTTPClientTransport(new URL(`${hall.url}/mcp${query}`), {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
  });
  await client.connect(transport);
  open.push(client);
  return client;
};

const use = async (client: Client, name: string, args: Members = {}): Promise<{ value: Members; isError: boolean }> => {
  const result = await client.callTool({ name, arguments: args });
  const [first] = result.content;
  if (first?.type !== 'text') throw new Error('a tool answers with text');
  return { value: JSON.parse(first.text) as Members, isError: result.isError === true };
};

const QUESTION = {
  capability_id: 'cap.doc.summarize',
  env: 'prod',
  data_label: 'CONFIDENTIAL',
  tenant_risk: 'low',
  qos_class: 'P2',
  tenant_id: 'acme-corp',
};
const HELD = {
  ...QUESTION,
  capability_id: 'cap.db.migrate',
  data_label: 'RESTRICTED',
  tenant_risk: 'high',
  qos_class: 'P0',
};

describe.each<Era>(['legacy', '2026-07-28'])('a client of the era %s', (era) => {
  test('finds, asks, reports and verifies', async () => {
    const agent = await connected(hall.key, era);
    expect(agent.getServerVersion()).toMatchObject({ name: 'guildhall' });
    const { tools } = await agent.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'wcp.capabilities.search',
      'wcp.capability.request',
      'wcp.outcome.report',
      'wcp.approvals.list',
      'wcp.approval.resolve',
      'wcp.approval.escalate',
      'wcp.receipt.verify',
    ]);
    const found = await use(agent, 'wcp.capabilities.search', { query: 'summarize' });
    expect(found.value.capabilities).toMatchObject([{ capability_id: 'cap.doc.summarize', workers_available: 1 }]);

    const { value: decided, isError } = await use(agent, 'wcp.capability.request', QUESTION);
    expect(isError).toBe(false);
    expect(decided).toMatchObject({
      outcome: 'DISPATCH',
      worker_id: expect.any(String),
      dispatch_grant: expect.any(String),
    });
    const id = decided.decision_id;
    // The same decision, in the same ledger, as over HTTP.
    const shown = await call(`${hall.url}/v1/decisions/${String(id)}`, 'GET', hall.key);
    expect(shown.recomputed).toBe('same');

    const reported = await use(agent, 'wcp.outcome.report', { decision_id: id, outcome: 'completed' });
    expect(reported).toMatchObject({
      isError: false,
      value: { receipt_hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    const again = await use(agent, 'wcp.outcome.report', { decision_id: id, outcome: 'failed', error_code: 'oops' });
    expect(again).toMatchObject({ isError: true, value: { code: 'outcome_already_recorded' } });

    for (const receipt of [decided, reported.value]) {
      const checked = await use(agent, 'wcp.receipt.verify', { receipt_id: receipt.receipt_id });
      expect(checked.value).toMatchObject({ verified: true, receipt_hash: receipt.receipt_hash });
    }
  });

  test('is told of a denial as the protocol says', async () => {
    const agent = await connected(hall.key, era);
    const denied = await use(agent, 'wcp.capability.request', { ...QUESTION, capability_id: 'cap.doc.sumarize' });
    expect(denied).toMatchObject({
      isError: true,
      value: {
        wcp_denied: true,
        deny_code: 'DENY_NO_MATCHING_RULE',
        deny_message: expect.any(String),
        matched_rule_id: 'NO_MATCH',
        correlation_id: expect.any(String),
        receipt_id: expect.any(String),
      },
    });
    // A question with something missing is a decision as well.
    const garbage = await use(agent, 'wcp.capability.request', { env: 7 });
    expect(garbage).toMatchObject({
      isError: true,
      value: { wcp_denied: true, deny_code: expect.stringMatching(/^DENY_/) },
    });
  });

  test('asks again under its key, and gets the same answer', async () => {
    const agent = await connected(hall.key, era);
    const asked = { ...QUESTION, idempotency_key: `again-${era}` };
    const first = await use(agent, 'wcp.capability.request', asked);
    expect(await use(agent, 'wcp.capability.request', asked)).toEqual(first);
    expect(await use(agent, 'wcp.capability.request', { ...asked, env: 'dev' })).toMatchObject({
      isError: true,
      value: { code: 'idempotency_mismatch' },
    });
    expect(await use(agent, 'wcp.capability.request', { ...asked, idempotency_key: 'a b' })).toMatchObject({
      isError: true,
      value: { code: 'idempotency_key_invalid' },
    });
  });

  test('answers for a person, under both names', async () => {
    const agent = await connected(hall.key, era);
    const person = await connected(approver, era);
    const held = [];
    for (let at = 0; at < 3; at++) held.push((await use(agent, 'wcp.capability.request', HELD)).value);
    expect(held[0]).toMatchObject({ outcome: 'STEWARD_HOLD', pending_approval_id: expect.any(String) });
    const waiting = (await use(person, 'wcp_approvals_list', { limit: 50 })).value.approvals as readonly Members[];
    const ids = held.map((decision) => decision.pending_approval_id);
    expect(waiting.map((approval) => approval.pending_approval_id)).toEqual(expect.arrayContaining(ids));
    const subject_hash = waiting.find((approval) => approval.pending_approval_id === ids[0])?.subject_hash;

    const own = await use(agent, 'wcp.approval.resolve', { pending_approval_id: ids[0], decision: 'approve' });
    expect(own).toMatchObject({ isError: true, value: { code: 'self_approval_denied' } });
    const stale = { pending_approval_id: ids[0], decision: 'approve', subject_hash: '0'.repeat(64) };
    expect(await use(person, 'wcp.approval.resolve', stale)).toMatchObject({
      isError: true,
      value: { code: 'approval_stale_request' },
    });
    const yes = { pending_approval_id: ids[0], decision: 'approve', subject_hash };
    const tied = { budgets: { max_runtime_ms: 1_000 } };
    for (const bad of [
      { ...yes, constraints: { bogus: 1 } },
      { ...yes, decision: 'deny', reason: 'x', constraints: tied },
    ]) {
      expect(await use(person, 'wcp.approval.resolve', bad)).toMatchObject({
        isError: true,
        value: { code: 'invalid_parameter', errors: [{ field: expect.stringMatching(/^\/constraints/) }] },
      });
    }
    expect(await use(person, 'wcp.approval.resolve', { ...yes, constraints: tied })).toMatchObject({
      isError: false,
      value: {
        approval: { state: 'consumed' },
        decision: { outcome: 'DISPATCH', dispatch_grant: expect.any(String), constraints: tied },
      },
    });

    const bare = await use(person, 'wcp_approval_resolve', { pending_approval_id: ids[1], decision: 'deny' });
    expect(bare).toMatchObject({ isError: true, value: { code: 'invalid_parameter', errors: [{ field: '/reason' }] } });
    const no = await use(person, 'wcp_approval_resolve', {
      pending_approval_id: ids[1],
      decision: 'deny',
      reason: 'no',
    });
    expect(no).toMatchObject({
      isError: false,
      value: { approval: { state: 'rejected' }, decision: { wcp_denied: true } },
    });

    const raised = await use(person, 'wcp_approval_escalate', { pending_approval_id: ids[2], to_level: 'executor' });
    expect(raised.value.approval).toMatchObject({ supervisor_level: 'executor', state: 'pending' });
    const down = await use(person, 'wcp.approval.escalate', { pending_approval_id: ids[2], to_level: 'executor' });
    expect(down).toMatchObject({ isError: true, value: { code: 'escalation_not_upward' } });
  });
});

test('names with underscores are listed on request', async () => {
  const client = await connected(hall.key, 'legacy', '?names=underscores');
  const { tools } = await client.listTools();
  expect(tools.every(({ name }) => /^[a-z_]+$/.test(name))).toBe(true);
  expect(await use(client, 'wcp_capabilities_search')).toMatchObject({ isError: false });
});

test('scopes, wrong arguments, unknown tools and strangers are refused', async () => {
  const reader = await connected(await keyFor(['hall:read']));
  const lacking = { isError: true, value: { code: 'insufficient_scope' } };
  expect(await use(reader, 'wcp.capability.request', QUESTION)).toMatchObject(lacking);
  expect(await use(reader, 'wcp.receipt.verify', { receipt_id: '1' })).toMatchObject(lacking);
  expect(await use(reader, 'wcp.approval.escalate', { pending_approval_id: 'apr_x' })).toMatchObject(lacking);
  expect(await use(reader, 'wcp.outcome.report', { decision_id: 'x', outcome: 'completed' })).toMatchObject(lacking);
  expect(await use(reader, 'wcp.approvals.list', { limit: 0 })).toMatchObject({
    isError: true,
    value: { code: 'invalid_parameter', errors: [{ field: '/limit' }] },
  });
  expect(await use(reader, 'constructor')).toMatchObject({ isError: true, value: { code: 'not_found' } });

  const other = await newTenant(started.hall, 'mcp-others');
  const foreign = await use(await connected(hall.key), 'wcp.capability.request', QUESTION);
  const stranger = await (async () => {
    const client = new Client({ name: 'x', version: '1' });
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${other.url}/mcp`), {
        requestInit: { headers: { authorization: `Bearer ${other.key}` } },
      }),
    );
    open.push(client);
    return client;
  })();
  const looked = await use(stranger, 'wcp.receipt.verify', { receipt_id: foreign.value.receipt_id });
  expect(looked).toMatchObject({ isError: true, value: { code: 'not_found' } });

  await expect(connected('guild_live_nobody')).rejects.toThrow();
  const ended = await call(`${hall.url}/v1/keys`, 'POST', hall.key, { name: 'ended', scopes: ['hall:read'] });
  const late = await connected(String(ended.api_key));
  await fetch(`${hall.url}/v1/keys/${String(ended.key_id)}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${hall.key}` },
  });
  await expect(late.listTools()).rejects.toThrow();
  const bare = await fetch(`${hall.url}/mcp`, {
    method: 'POST',
    body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
  });
  expect(bare.status).toBe(401);
  // Where this is described, as the official client finds it.
  for (const path of ['/mcp', `/t/${hall.tenant}/mcp`]) {
    const refused = await fetch(`${hall.url}${path}`, { method: 'POST', body: '{}' });
    const { resourceMetadataUrl } = extractWWWAuthenticateParams(refused);
    const options = resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl };
    expect(await discoverOAuthProtectedResourceMetadata(`${hall.url}${path}`, options)).toMatchObject({
      resource: `${hall.url}${path}`,
      bearer_methods_supported: ['header'],
      scopes_supported: expect.arrayContaining(['hall:route', 'hall:approve']),
    });
  }
  expect((await fetch(`${hall.url}/mcp`)).status).toBe(405);
});

test('what every agent reads is short, and plain clients can ask for it', async () => {
  const response = await fetch(`${hall.url}/mcp`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hall.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  });
  const { result } = (await response.json()) as { readonly result: Members };
  expect(result.tools).toHaveLength(7);
  expect(estimateTokens(JSON.stringify(result))).toBeLessThan(1_000);
});
