/** Check 31 of WCP §8: what the registry tells of a worker, to whom, and that a ban is known at once. */
import { afterEach, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../src/core/hash.ts';
import {
  closeHalls,
  emptyHall,
  type HallClient,
  type Members,
  mustBe,
  OPERATOR_KEY,
  openHall,
  type Reply,
  SPECIES,
  send,
  text,
  WORKER,
  workerRecord,
} from '../support/hall-client.ts';

afterEach(closeHalls);

const CODE = sha256Hex('code');
const FIELDS = [
  'worker_id',
  'status',
  'current_hash',
  'banned',
  'ban_reason',
  'attested_at',
  'ai_generated',
  'ai_service',
  'ai_model',
  'ai_session_fingerprint',
];

const fresh = (): string => `x.v-${crypto.randomUUID().slice(0, 12)}`;
const attest = async (hall: HallClient, worker: string, change: Members = {}): Promise<Members> =>
  mustBe(
    200,
    await hall.send('PUT', `/api/v1/workers/${worker}/attest`, { sha256: CODE, ai_generated: true, ...change }),
  );
const verify = (id: string, prefix = '', key: string | null = null): Promise<Reply> =>
  send('GET', `${prefix}/api/v1/verify/${encodeURIComponent(id)}`, { key });
const bytes = ({ status, text: body, json }: Reply): string => `${status} ${body.replace(text(json.instance), '')}`;

/** A tenant with a namespace of its own, and one attested worker in it. */
const owner = async (): Promise<{ readonly hall: HallClient; readonly worker: string; readonly namespace: string }> => {
  const hall = await emptyHall();
  const namespace = fresh();
  mustBe(201, await hall.send('POST', '/v1/namespaces', { namespace }));
  const worker = `${namespace}.summarizer`;
  await hall.enrol({ worker_id: worker });
  await attest(hall, worker, { ai_service: 'a service', ai_model: 'm1', ai_session_id: 's' });
  return { hall, worker, namespace };
};

const ban = async (target: Members, reason = 'stole data'): Promise<string> =>
  text(mustBe(201, await send('POST', '/v1/network/bans', { key: OPERATOR_KEY, body: { target, reason } })).ban_id);
const lift = async (id: string): Promise<void> => {
  const body = { reason: 'mistaken' };
  mustBe(200, await send('POST', `/v1/network/bans/${id}/lift`, { key: OPERATOR_KEY, body }));
};

describe('check 31: GET /api/v1/verify/:id', () => {
  test('ten fields, all present, without a credential', async () => {
    const { worker, namespace } = await owner();
    const answer = mustBe(200, await verify(worker));
    for (const field of FIELDS) expect(Object.keys(answer)).toContain(field);
    expect(answer).toMatchObject({
      worker_id: worker,
      status: 'active',
      current_hash: CODE,
      banned: false,
      ban_reason: null,
      ai_generated: true,
      ai_service: 'a service',
      ai_model: 'm1',
      ai_session_fingerprint: sha256Hex('s'),
      namespace,
      attested: true,
      attest_sha256: CODE,
      ban_status: 'none',
    });
    expect(new Date(text(answer.attested_at)).getTime()).toBeGreaterThan(Date.now() - 60_000);
  });

  test('enrolled without an attestation: no hash, so nobody dispatches it', async () => {
    const { hall, namespace } = await owner();
    await hall.enrol({ worker_id: `${namespace}.bare` });
    expect(mustBe(200, await verify(`${namespace}.bare`))).toMatchObject({
      status: 'active',
      current_hash: null,
      attested: false,
      attested_at: null,
    });
  });

  test('unknown, foreign and malformed are one 404', async () => {
    const { namespace } = await owner();
    const theirs = await openHall();
    await attest(theirs, WORKER);
    const unknown = await verify(`${namespace}.nobody`);
    expect(unknown.status).toBe(404);
    const b = await emptyHall();
    const ids = [WORKER, 'org.nobody-owns-this.worker', SPECIES, 'nonsense', '..', '%', 'x', 'a'.repeat(2_000)];
    for (const id of ids) {
      expect(bytes(await verify(id)), id).toBe(bytes(unknown));
      expect(bytes(await verify(id, '', b.key)), id).toBe(bytes(unknown));
      expect(bytes(await verify(id, `/t/${b.tenant}`)), id).toBe(bytes(unknown));
      expect(bytes(await verify(id, '/t/no-such-tenant')), id).toBe(bytes(unknown));
    }
  });

  test('a sandbox worker and a species are found under their tenant, by path or credential', async () => {
    const hall = await openHall();
    await attest(hall, WORKER);
    const path = `/t/${hall.tenant}`;
    for (const answer of [
      await verify(WORKER, path),
      await verify(SPECIES, path),
      await verify(SPECIES, '', hall.key),
      await verify(WORKER, path, hall.key),
    ]) {
      expect(mustBe(200, answer)).toMatchObject({ worker_id: WORKER, status: 'active', current_hash: CODE });
    }
    const other = await emptyHall();
    expect((await verify(WORKER, path, other.key)).status).toBe(404);
  });

  test('ids come percent-encoded and are decoded once', async () => {
    const odd = 'wrk.odd/a b?c#d%25:é😀';
    const hall = await openHall({ workers: [{ worker_species_id: odd }] });
    await attest(hall, WORKER);
    expect(mustBe(200, await verify(odd, `/t/${hall.tenant}`)).worker_id).toBe(WORKER);
    expect((await verify(encodeURIComponent(odd), `/t/${hall.tenant}`)).status).toBe(404);
  });

  test('who owns the namespace speaks for its workers, also to callers of other tenants', async () => {
    const { worker, namespace, hall } = await owner();
    const other = await emptyHall();
    expect(mustBe(200, await verify(worker, `/t/${other.tenant}`)).current_hash).toBe(CODE);
    expect(mustBe(200, await verify(worker, '', other.key)).current_hash).toBe(CODE);
    // Taken by the operator: the tenant that had it speaks no more.
    const path = `/v1/network/namespaces/${namespace}/release`;
    mustBe(200, await send('POST', path, { key: OPERATOR_KEY, body: { reason: 'taken back' } }));
    expect((await verify(worker)).status).toBe(404);
    expect(mustBe(200, await verify(worker, `/t/${hall.tenant}`)).status).toBe('revoked');
  });

  test('retired and quarantined are revoked; attested before enrolment is active', async () => {
    const { hall, worker, namespace } = await owner();
    await attest(hall, `${namespace}.early`);
    expect(mustBe(200, await verify(`${namespace}.early`))).toMatchObject({ status: 'active', current_hash: CODE });
    mustBe(200, await hall.send('DELETE', `/v1/workers/${worker}`));
    expect(mustBe(200, await verify(worker)).status).toBe('revoked');
    await hall.enrol({ worker_id: worker });
    expect(mustBe(200, await verify(worker))).toMatchObject({ status: 'active', current_hash: CODE });
  });

  test('banned is known at once, in each way, and so is the lifting', async () => {
    const { worker, namespace, hall } = await owner();
    const record = workerRecord({ worker_id: worker, owner: 'with a hash of its own' });
    const { artifact_hash } = mustBe(200, await hall.send('POST', '/v1/workers', record));
    for (const target of [{ worker_id: worker }, { namespace }, { sha256: CODE }, { sha256: text(artifact_hash) }]) {
      const id = await ban(target);
      expect(mustBe(200, await verify(worker))).toMatchObject({
        status: 'banned',
        banned: true,
        ban_reason: 'stole data',
        ban_status: 'banned',
      });
      await lift(id);
      await expect.poll(async () => (await verify(worker)).json.status).toBe('active');
    }
  });

  test('one of two workers banned: the species is the other', async () => {
    const names = ['org.test.first', 'org.test.second'];
    const hall = await openHall({ workers: names.map((worker_id) => ({ worker_id })) });
    for (const name of names) await attest(hall, name);
    const path = `/t/${hall.tenant}`;
    expect(mustBe(200, await verify(SPECIES, path)).worker_id).toBe(names[0]);
    const issue = (worker_id = '') => hall.send('POST', '/v1/bans', { target: { worker_id }, reason: 'own' });
    mustBe(201, await issue(names[0]));
    expect(mustBe(200, await verify(SPECIES, path))).toMatchObject({ worker_id: names[1], status: 'active' });
    mustBe(201, await issue(names[1]));
    expect(mustBe(200, await verify(SPECIES, path))).toMatchObject({ worker_id: names[0], status: 'banned' });
  });

  test('CORS for everybody, nothing cached', async () => {
    const { worker } = await owner();
    const answer = await verify(worker);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect((await send('OPTIONS', `/api/v1/verify/${worker}`)).status).toBe(204);
  });
});

describe('GET /wcp/registry/verify/:id', () => {
  test('the same, and 200 for what is unknown', async () => {
    const { worker } = await owner();
    const known = mustBe(200, await send('GET', `/wcp/registry/verify/${worker}`));
    expect(known).toEqual((await verify(worker)).json);
    const unknown = mustBe(200, await send('GET', `/wcp/registry/verify/${encodeURIComponent('org.no\u0007body.w')}`));
    expect(unknown).toMatchObject({ worker_id: 'org.nobody.w', status: 'unknown', current_hash: null, banned: false });
    expect(Object.keys(unknown).sort()).toEqual(Object.keys(known).sort());
  });
});
