/**
 * Published clients against the stack that `npm start` serves, over real HTTP: one in Python as a process of its own,
 * and two that keep the habits of the TypeScript and the Go one. Each knows the wire (WCP 5) and nothing of the code.
 * Clients that send no key with GET name their tenant in the path; the others are tried both ways.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO_WORKERS } from '../../../src/cli/demo-content.ts';
import { type Guildhall, startGuildhall } from '../../../src/cli/start.ts';
import { type LocalHall, newTenant, verifiedExport } from '../../support/local-hall.ts';
import { answered, type Client, hasPython, KINDS, type Members } from './client.ts';

let dir: string;
let guildhall: Guildhall;
let root: LocalHall;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'guildhall-clients-'));
  guildhall = await startGuildhall({ dir });
  const url = guildhall.url.replace('localhost', '127.0.0.1');
  root = { url, tenant: guildhall.demo.tenant, key: guildhall.demo.apiKey, operatorKey: guildhall.operatorKey };
});
afterAll(async () => {
  await guildhall.stop();
  rmSync(dir, { recursive: true, force: true });
});

test.runIf(!hasPython)('python3 is not here: its client was NOT tried', () => {
  console.warn('no python3: the Python client was not tried');
});

const QUESTION: Members = {
  capability_id: 'cap.doc.summarize',
  env: 'dev',
  data_label: 'PUBLIC',
  tenant_risk: 'low',
  qos_class: 'P2',
  tenant_id: 'acme-corp',
};

describe.each(KINDS)('a client as in %s', (name, make, inPath) => {
  let hall: LocalHall;
  let client: Client;
  beforeAll(async () => {
    hall = await newTenant(root, `client-${name}`);
    client = make(inPath ? `${hall.url}/t/${hall.tenant}` : hall.url, hall.key);
  });
  afterAll(async () => {
    client.close();
    expect(await verifiedExport(hall)).toMatchObject({ ok: true });
  });

  test('enrols, again, with odd records; a record that was changed is refused', async () => {
    const record = { worker_id: 'org.test.client', worker_species_id: 'wrk.doc.client', capabilities: ['cap.client'] };
    expect(answered(await client.ask('enroll', record), 201)).toMatchObject({
      enrolled: true,
      worker_id: 'org.test.client',
      artifact_hash_verified: true,
    });
    expect(answered(await client.ask('enroll', record), 200)).toMatchObject({ enrolled: true, updated: true });
    answered(await client.ask('enroll_odd'), 201);
    expect(answered(await client.ask('enroll', { worker_id: 'org.test.x' }), 400).error).toContain('worker_species_id');
    expect(answered(await client.ask('enroll', { ...record, worker_id: 'wrk.x' }), 400).code).toBe('invalid_worker_id');
  });

  test('routes, is denied, and reads the decision in its words', async () => {
    const allowed = answered(await client.ask('route', QUESTION), 200);
    expect(allowed).toMatchObject({ denied: false, selected_worker_species_id: 'wrk.doc.summarizer' });
    const denied = answered(await client.ask('route', { ...QUESTION, capability_id: 'cap.nobody' }), 200);
    expect(denied).toMatchObject({ denied: true, deny_reason_if_denied: { code: 'DENY_NO_MATCHING_RULE' } });
    const { tenant_id: _, ...lacking } = QUESTION;
    expect(answered(await client.ask('route', lacking), 400).error).toBe('missing field tenant_id');
    const context = { risk_tier: 'low', correlation_id: `c-${name}`, env: 'dev', data_label: 'PUBLIC' };
    const asked = { namespace: 'org.example', capability: 'cap.doc.summarize', worker_id: 'org.example.summarizer' };
    expect(answered(await client.ask('dispatch', { ...asked, context }), 200)).toMatchObject({
      outcome: 'allow',
      worker_id: 'org.example.summarizer',
      correlation_id: `c-${name}`,
    });
  });

  test('reports what it decided by itself, once and again, and how much', async () => {
    const decision = { decision_id: `local-${name}`, capability_id: 'cap.local', denied: true, blast_score: 12.5 };
    for (let time = 0; time < 2; time++) {
      expect(answered(await client.ask('ingest', decision), 201)).toEqual({
        recorded: true,
        decision_id: `local-${name}`,
      });
    }
    const items = [{ worker_id: 'wrk.doc.client', count: 4 }, null];
    expect(answered(await client.ask('telemetry', items), 202)).toEqual({ ok: true, accepted: 1 });
  });

  test('opens and closes its Hall', async () => {
    expect(answered(await client.ask('go_offline'), 200).ok).toBe(true);
    const denied = answered(await client.ask('route', QUESTION), 200);
    expect(denied).toMatchObject({ denied: true, deny_code: 'DENY_HALL_OFFLINE' });
    expect(answered(await client.ask('go_online'), 200)).toMatchObject({ ok: true, account_standing: 'ok' });
    expect(answered(await client.ask('route', QUESTION), 200).denied).toBe(false);
  });

  test('sees its Hall where it shows its key, and what is public where it does not', async () => {
    expect(answered(await client.ask('health'), 200)).toMatchObject({ ok: true, status: 'ok' });
    const reads = ['status', 'workers', 'dispatches', 'active', 'alerts', 'standing'];
    if (!client.seesItsHall) {
      for (const verb of reads) expect(answered(await client.ask(verb, 20), 401).error).toBe('unauthorized');
      return;
    }
    expect(answered(await client.ask('status'), 200)).toMatchObject({
      workers_enrolled: DEMO_WORKERS.length + 2,
      decisions_total: 7,
      decisions_today: 7,
      denials_today: 4,
      online: true,
      account_standing: 'ok',
    });
    const { workers } = answered(await client.ask('workers'), 200) as { workers: readonly Members[] };
    expect(workers.map(({ worker_id }) => worker_id).slice(1, 2)).toEqual(['org.test.client']);
    const { dispatches, count } = answered(await client.ask('dispatches', 3), 200);
    expect([(dispatches as readonly Members[]).map(({ denied }) => denied), count]).toEqual([[0, 1, 1], 3]);
    expect(answered(await client.ask('active'), 200)).toEqual({ dispatches: [], count: 0 });
    expect(answered(await client.ask('alerts'), 200)).toEqual({ alerts: [], count: 0 });
    expect(answered(await client.ask('standing'), 200)).toMatchObject({ standing: 'ok', github_login: null });
  });
});
