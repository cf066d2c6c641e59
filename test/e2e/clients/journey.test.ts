/**
 * One worker's life as published clients see it, over real HTTP: attested, verified, dispatched, caught with other code,
 * attested again, banned in the whole network, and back. What a client sends and reads is as published (WCP 3.5, 3.8, 5);
 * what it has no words for (rules, heartbeats, bans) is asked of the Hall beside it.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../../src/cli/demo.ts';
import { type Guildhall, startGuildhall } from '../../../src/cli/start.ts';
import { type LocalHall, newTenant, verifiedExport } from '../../support/local-hall.ts';
import { answered, type Client, type Json, KINDS, type Members } from './client.ts';

let dir: string;
let guildhall: Guildhall;
let root: LocalHall;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'guildhall-journey-'));
  guildhall = await startGuildhall({ dir });
  const url = guildhall.url.replace('localhost', '127.0.0.1');
  root = { url, tenant: guildhall.demo.tenant, key: guildhall.demo.apiKey, operatorKey: guildhall.operatorKey };
});
afterAll(async () => {
  await guildhall.stop();
  rmSync(dir, { recursive: true, force: true });
});

const SPECIES = 'wrk.journey.runner';
const QUESTION: Members = {
  capability_id: 'cap.journey',
  env: 'prod',
  data_label: 'INTERNAL',
  tenant_risk: 'low',
  qos_class: 'P2',
  tenant_id: 'acme-corp',
};
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

describe.each(KINDS)('a worker’s life, told by a client as in %s', (name, make, inPath) => {
  const namespace = `x.journey-${name}`;
  const worker = `${namespace}.runner`;
  const [version1, version2, foreign] = [hashOf(`${name} 1`), hashOf(`${name} 2`), hashOf(`${name} else`)];
  /** Decisions that dispatched it, in order. */
  const dispatched: Json[] = [];
  let hall: LocalHall;
  let client: Client;
  beforeAll(async () => {
    hall = await newTenant(root, `journey-${name}`);
    client = make(inPath ? `${hall.url}/t/${hall.tenant}` : hall.url, hall.key);
  });
  afterAll(async () => {
    client.close();
    expect(await verifiedExport(hall)).toMatchObject({ ok: true });
  });

  const atHall = (method: string, path: string, body?: unknown, key = hall.key): Promise<Record<string, unknown>> =>
    call(`${hall.url}${path}`, method, key, body);
  const reports = (code_hash: string) => atHall('POST', `/v1/workers/${worker}/heartbeat`, { code_hash });
  const route = async (): Promise<Members> => answered(await client.ask('route', QUESTION), 200);
  /** Decisions of this Hall that a ban touches, newest first. */
  const touched = async (banId: unknown): Promise<readonly unknown[]> => {
    const { receipts } = (await atHall('GET', `/v1/network/bans/${banId}/impact?limit=200`)) as {
      receipts: readonly Members[];
    };
    return receipts.filter(({ type }) => type === 'wcp.decision').map(({ decision_id }) => decision_id);
  };
  const banned = async (sha256: string): Promise<Json | undefined> =>
    answered(await client.ask('is_banned', sha256), 200).banned;
  const may = async (id: string): Promise<Json | undefined> => (await client.ask('may_dispatch', id)).body.may;
  const start = async ({ decision_id, dispatch_grant: grant }: Members, code_hash: string): Promise<number> => {
    const response = await fetch(`${hall.url}/wcp/dispatches/${decision_id}/start`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant, code_hash }),
    });
    return response.status;
  };
  const attest = async (hash: string, version: string): Promise<Members> =>
    answered(await client.ask('attest', worker, { hash, version, species: SPECIES }), 200);

  test('enrolled: known, and not to be run before somebody attests its code', async () => {
    await atHall('POST', '/v1/namespaces', { namespace });
    await atHall('PATCH', '/v1/settings', { require_worker_attestation: true });
    const decision = { candidate_workers_ranked: [{ worker_species_id: SPECIES, score_hint: 1 }] };
    await atHall('PUT', '/v1/rules', {
      rules: [{ rule_id: 'rr_journey', match: { capability_id: 'cap.journey' }, decision }],
    });
    expect((await client.ask('verify', worker)).body.status).toBe('unknown');
    const record = { worker_id: worker, worker_species_id: SPECIES, capabilities: ['cap.journey'] };
    answered(await client.ask('enroll', record), 201);
    expect(await may(worker)).toBe(false);
    expect(await route()).toMatchObject({ denied: true, deny_code: 'DENY_WORKER_ATTESTATION_MISSING' });
  });

  test('attested and verified by its id and its species: dispatched', async () => {
    expect(await attest(version1, '1.0.0')).toMatchObject({
      worker_id: worker,
      sha256: version1,
      package_hash: version1,
      namespace,
      manifest: { worker_id: worker, code_hash: version1, attested_by: namespace },
    });
    expect(await route()).toMatchObject({ denied: true, deny_code: 'DENY_WORKER_HASH_UNAVAILABLE' });
    await reports(version1);
    for (const id of [worker, SPECIES]) {
      expect(answered(await client.ask('verify', id), 200)).toMatchObject({
        status: 'active',
        current_hash: version1,
        banned: false,
        ban_reason: null,
        ai_generated: false,
      });
      expect(await may(id)).toBe(true);
    }
    // The command line shows no credential and names no tenant: a worker of an owned namespace is public, a species is not.
    const bare = async (id: string): Promise<number> => (await fetch(`${hall.url}/api/v1/verify/${id}`)).status;
    expect([await bare(worker), await bare(worker.replaceAll('.', '%2E')), await bare(SPECIES)]).toEqual([
      200, 200, 404,
    ]);
    const allowed = await route();
    expect(allowed).toMatchObject({ denied: false, selected_worker_species_id: SPECIES, worker_id: worker });
    expect(await start(allowed, version1)).toBe(200);
    await atHall('POST', `/wcp/dispatches/${allowed.decision_id}/complete`, {});
    dispatched.push(allowed.decision_id ?? null);
  });

  test('tampered with: denied, set aside, and no hash is told', async () => {
    await reports(foreign);
    const denied = await route();
    expect(denied).toMatchObject({ denied: true, deny_code: 'DENY_WORKER_TAMPERED', worker_attestation_valid: false });
    for (const hash of [version1, foreign]) expect(JSON.stringify(denied)).not.toContain(hash);
    for (const id of [worker, SPECIES]) expect(await may(id)).toBe(false);
    expect((await client.ask('verify', worker)).body.status).toBe('revoked');
    await reports(version1);
    expect(await route()).toMatchObject({ denied: true, deny_code: 'DENY_WORKER_TAMPERED' });
  });

  test.runIf(name.startsWith('python'))('attesting without the key, as the Python client also does: 401', async () => {
    answered(await client.ask('attest_bare', worker, { hash: foreign, version: '9' }), 401);
    expect((await client.ask('verify', worker)).body.status).toBe('revoked');
  });

  test('attested again: dispatched again', async () => {
    await attest(version2, '2.0.0');
    await reports(version2);
    expect(await may(worker)).toBe(true);
    expect((await client.ask('verify', SPECIES)).body.current_hash).toBe(version2);
    const allowed = await route();
    expect(allowed).toMatchObject({ denied: false, worker_id: worker });
    dispatched.push(allowed.decision_id ?? null);
  });

  test('banned anywhere: denied here, nothing granted starts, and everybody is told; lifted: dispatched again', async () => {
    const granted = await route();
    dispatched.push(granted.decision_id ?? null);
    const ban = { target: { worker_id: worker }, reason: 'found to leak' };
    const issued = await atHall('POST', '/v1/network/bans', ban, hall.operatorKey);
    expect(issued.status).toBe('effective');
    expect(await route()).toMatchObject({ denied: true, deny_code: 'DENY_WORKER_BANNED' });
    expect(await start(granted, version2)).toBe(409);
    for (const id of [worker, SPECIES]) {
      expect((await client.ask('verify', id)).body).toMatchObject({ status: 'banned', banned: true });
      expect(await may(id)).toBe(false);
    }
    expect([await banned(version2), await banned(foreign)]).toEqual([true, false]);
    expect(await touched(issued.ban_id)).toEqual(dispatched.toReversed());
    await atHall('POST', `/v1/network/bans/${issued.ban_id}/lift`, { reason: 'mended' }, hall.operatorKey);
    await expect.poll(route, { timeout: 15_000 }).toMatchObject({ denied: false, worker_id: worker });
    expect([await may(worker), await banned(version2)]).toEqual([true, false]);
  });

  test('reporting is answered with a body, waits for review, and bans nobody by itself', async () => {
    expect(answered(await client.ask('report', version2, 'it looks odd'), 201)).toMatchObject({
      ok: true,
      report_id: expect.any(String),
      review_status: 'pending',
    });
    expect(await banned(version2)).toBe(false);
    expect(await route()).toMatchObject({ denied: false, worker_id: worker });
  });
});
