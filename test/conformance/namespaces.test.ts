/** WCP 2.1 and 8, check 37: who may touch a worker is told by the namespace in its id, and by nothing else. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  at,
  closeHalls,
  emptyHall,
  type HallClient,
  list,
  type Members,
  members,
  mustBe,
  OPERATOR_KEY,
  openHall,
  type Reply,
  rule,
  send,
  skips,
  text,
  workerRecord,
} from '../support/hall-client.ts';
import { canonicalHash, sha256Hex } from '../support/receipt-check.ts';

afterEach(closeHalls);

const operator = { key: OPERATOR_KEY };
const fresh = (authority: 'x' | 'org' = 'x'): string => `${authority}.n-${crypto.randomUUID().slice(0, 12)}`;
const claim = (hall: HallClient, namespace: string) => hall.send('POST', '/v1/namespaces', { namespace });
const grant = (namespace: string, owner: string) =>
  send('PUT', `/v1/network/namespaces/${namespace}`, { ...operator, body: { owner, evidence: 'a letter' } });
const take = (namespace: string) =>
  send('POST', `/v1/network/namespaces/${namespace}/release`, { ...operator, body: { reason: 'a mistake' } });
const own = async (hall: HallClient): Promise<unknown[]> =>
  list((await hall.get('/v1/namespaces')).namespaces).map(({ namespace }) => namespace);

/** Everything of an answer but what is the request's own. */
const bytes = ({ status, text: body, json }: Reply): string => `${status} ${body.replace(text(json.instance), '')}`;

/** Everything a tenant may do to a worker. */
const acts = (hall: HallClient, worker_id: string): readonly (() => Promise<Reply>)[] => [
  () => hall.send('POST', '/v1/workers', workerRecord({ worker_id })),
  () => hall.send('PUT', `/v1/workers/${worker_id}`, workerRecord({ worker_id })),
  () => hall.send('POST', `/v1/workers/${worker_id}/heartbeat`, { status: 'offline' }),
  () => hall.send('POST', `/v1/workers/${worker_id}/heartbeat`, { code_hash: 'a'.repeat(64) }),
  () => hall.send('PUT', `/api/v1/workers/${worker_id}/attest`, { sha256: 'a'.repeat(64) }),
  () => hall.send('PUT', `/api/v1/workers/${worker_id}/attest`, { sha256: 'not even a hash' }),
  () => hall.send('PUT', `/api/v1/workers/${worker_id}/attest`, { sha256: 'a'.repeat(64), ai_generated: false }),
  () => hall.send('DELETE', `/v1/workers/${worker_id}`),
];

/** A Hall that dispatches the usual question to a worker of `namespace`. */
const hallOf = async (namespace: string): Promise<HallClient> => {
  const hall = await emptyHall();
  mustBe(201, await claim(hall, namespace));
  await hall.enrol({ worker_id: `${namespace}.summarizer` });
  await hall.publish(rule());
  expect((await hall.ask()).outcome).toBe('DISPATCH');
  return hall;
};

describe('check 37: another prefix, and a namespace of somebody else', () => {
  test.each(['wrk.doc.summarizer', 'cap.a.b', 'acme.worker', 'org.acme', 'ORG.acme.w', 'y.acme.w', 'x..w'])(
    '%s is no worker_id: 400',
    async (worker_id) => {
      const hall = await emptyHall();
      const refused = await hall.send('POST', '/v1/workers', workerRecord({ worker_id }));
      expect([refused.status, refused.json.code]).toEqual([400, 'invalid_worker_id']);
    },
  );

  test('403 for each act, in the same bytes whether the worker exists, and nothing happens', async () => {
    const namespace = fresh();
    const owner = await hallOf(namespace);
    const stranger = await openHall();
    const [before, size] = [await owner.get(`/v1/workers/${namespace}.summarizer`), await stranger.ledgerSize()];
    const real = acts(stranger, `${namespace}.summarizer`);
    const absent = acts(stranger, `${namespace}.nobody`);
    const unowned = acts(stranger, `${fresh()}.summarizer`);
    for (const [index, act] of real.entries()) {
      const refused = await act();
      expect([refused.status, refused.json.code]).toEqual([403, 'namespace_not_owned']);
      expect(refused.headers.get('content-type')).toBe('application/problem+json');
      for (const other of [absent, unowned]) {
        const reply = await other[index]?.();
        expect(reply && bytes(reply)).toBe(bytes(refused));
      }
    }
    expect(await owner.get(`/v1/workers/${namespace}.summarizer`)).toEqual(before);
    expect((await owner.ask()).outcome).toBe('DISPATCH');
    expect(await stranger.ledgerSize()).toBe(size);
    expect((await stranger.send('GET', `/v1/workers/${namespace}.summarizer`)).status).toBe(404);
  });

  test('/enroll, too', async () => {
    const hall = await emptyHall();
    const enroll = async (worker_id: string) => {
      const record = workerRecord({ worker_id });
      return hall.send('POST', '/enroll', { ...record, artifact_hash: `sha256:${await canonicalHash(record)}` });
    };
    const refused = await enroll(`${fresh('org')}.w`);
    expect([refused.status, refused.json.code, refused.json.error]).toEqual([
      403,
      'namespace_not_owned',
      'namespace_not_owned',
    ]);
    expect((await enroll('org.test.w')).status).toBe(201);
  });

  test.each(['org.test', 'org.example', 'x.test', 'x.example'])(
    '%s is a sandbox of each tenant, and nobody’s to own',
    async (namespace) => {
      const [a, b] = [await emptyHall(), await emptyHall()];
      const worker_id = `${namespace}.same`;
      await a.enrol({ worker_id, risk_tier: 'low' });
      await b.enrol({ worker_id, risk_tier: 'high' });
      expect((await a.send('DELETE', `/v1/workers/${worker_id}`)).status).toBe(200);
      expect(await b.get(`/v1/workers/${worker_id}`)).toMatchObject({ risk_tier: 'high' });
      expect((await a.send('GET', `/v1/workers/${worker_id}`)).status).toBe(404);
      expect((await claim(a, namespace)).status).toBe(400);
      expect((await grant(namespace, a.tenant)).status).toBe(400);
    },
  );
});

describe('a namespace is claimed', () => {
  test('by the first who comes, once; claiming it again changes nothing', async () => {
    const namespace = fresh();
    const [a, b] = [await emptyHall(), await emptyHall()];
    const claimed = mustBe(201, await claim(a, namespace));
    expect(claimed).toMatchObject({
      namespace,
      status: 'held',
      evidence_receipt: { entry: { type: 'hall.namespace.granted' } },
    });
    expect(mustBe(201, await claim(a, namespace))).toMatchObject({ status: 'held', evidence_receipt: null });
    const taken = await claim(b, namespace);
    expect([taken.status, taken.json.code]).toEqual([409, 'namespace_taken']);
    expect(taken.text).not.toContain(a.tenant);
    expect(await own(a)).toEqual([namespace]);
    expect(await own(b)).toEqual([]);
    await a.enrol({ worker_id: `${namespace}.w` });
  });

  test('by exactly one of many who come at once', async () => {
    const namespace = fresh();
    const halls = await Promise.all(Array.from({ length: 6 }, () => emptyHall()));
    const replies = await Promise.all(halls.flatMap((hall) => [claim(hall, namespace), claim(hall, namespace)]));
    const won = halls.filter((_, index) => replies[2 * index]?.status === 201);
    expect(won).toHaveLength(1);
    for (const [index, reply] of replies.entries()) {
      const isWinner = halls[Math.floor(index / 2)] === won[0];
      expect([reply.status, reply.json.code ?? null]).toEqual(isWinner ? [201, null] : [409, 'namespace_taken']);
    }
    for (const hall of halls) {
      const enrolled = await hall.send('POST', '/v1/workers', workerRecord({ worker_id: `${namespace}.w` }));
      expect(enrolled.status).toBe(hall === won[0] ? 201 : 403);
    }
  });

  test('by who may administer, and org.* by nobody: the operator grants it on proof', async () => {
    const hall = await emptyHall();
    const { key } = await hall.newKey(['hall:enroll', 'hall:read']);
    const body = { namespace: fresh() };
    expect((await send('POST', '/v1/namespaces', { key, body })).json.code).toBe('insufficient_scope');
    const namespace = fresh('org');
    const refused = await claim(hall, namespace);
    expect([refused.status, refused.json.code]).toEqual([403, 'namespace_needs_proof']);
    expect(mustBe(200, await grant(namespace, hall.tenant))).toMatchObject({
      namespace,
      owner: hall.tenant,
      evidence: 'a letter',
      status: 'settled',
      evidence_receipt: { entry: { type: 'hall.namespace.granted', body: { namespace } } },
    });
    expect(await own(hall)).toEqual([namespace]);
    await hall.enrol({ worker_id: `${namespace}.w.blue` });
  });

  test.each(['x', 'x.', 'x.A', 'y.a', 'x.a.b', 'x.-a', 'wrk.a', '', 'x.a\n'])(
    '%j is no namespace: 400',
    async (bad) => {
      const hall = await emptyHall();
      const refused = await claim(hall, bad);
      expect([refused.status, list(refused.json.errors)[0]?.field]).toEqual([400, '/namespace']);
      expect((await grant(encodeURIComponent(bad || ' '), hall.tenant)).status).toBe(400);
    },
  );
});

test('the public ledger of the network commits to the owner and does not name it', async () => {
  const namespace = fresh('org');
  const [hall, other] = [await emptyHall(), await emptyHall()];
  const granted = mustBe(200, await grant(namespace, hall.tenant));
  mustBe(200, await grant(namespace, other.tenant));
  mustBe(200, await take(namespace));
  const claimed = fresh();
  mustBe(201, await claim(other, claimed));
  mustBe(200, await other.send('DELETE', `/v1/namespaces/${claimed}`));
  const entry = members(at(granted, 'evidence_receipt', 'entry'));
  expect(at(entry, 'body')).toEqual({ namespace, terms_hash: await sha256Hex(text(granted.terms)) });
  expect(JSON.parse(text(granted.terms))).toMatchObject({ owner: hall.tenant, former: null, evidence: 'a letter' });
  let shown = '';
  for (const path of ['entries?limit=200', 'export']) shown += (await send('GET', `/v1/network/ledger/${path}`)).text;
  expect(shown).toContain(claimed);
  for (const secret of [hall.tenant, other.tenant, 'a letter', 'a mistake']) expect(shown).not.toContain(secret);
});

describe('a namespace changes hands', () => {
  test('given up once no worker of it is enrolled, and kept for its last owner', async () => {
    const namespace = fresh();
    const hall = await hallOf(namespace);
    const other = await emptyHall();
    const busy = await hall.send('DELETE', `/v1/namespaces/${namespace}`);
    expect([busy.status, busy.json.code]).toEqual([409, 'namespace_in_use']);
    mustBe(200, await hall.send('DELETE', `/v1/workers/${namespace}.summarizer`));
    expect(mustBe(200, await hall.send('DELETE', `/v1/namespaces/${namespace}`))).toMatchObject({ status: 'released' });
    expect((await hall.send('DELETE', `/v1/namespaces/${namespace}`)).status).toBe(404);
    expect((await other.send('DELETE', `/v1/namespaces/${namespace}`)).status).toBe(404);
    for (const act of acts(hall, `${namespace}.summarizer`)) expect((await act()).status).toBe(403);
    expect((await claim(other, namespace)).json.code).toBe('namespace_taken');
    mustBe(201, await claim(hall, namespace));
    await hall.enrol({ worker_id: `${namespace}.summarizer` });
    expect((await hall.ask()).outcome).toBe('DISPATCH');
  });

  test('taken away: its workers are revoked at once, grants that are out do not start', async () => {
    const namespace = fresh();
    const hall = await hallOf(namespace);
    const dispatched = await hall.ask();
    expect(mustBe(200, await take(namespace))).toMatchObject({
      owner: null,
      former_owner: hall.tenant,
      status: 'settled',
    });
    const decision = await hall.ask();
    expect([decision.deny_code, skips(decision)]).toEqual(['DENY_NO_AVAILABLE_WORKER', ['revoked']]);
    const start = await hall.send('POST', `/wcp/dispatches/${text(dispatched.decision_id)}/start`, {
      grant: dispatched.dispatch_grant ?? null,
    });
    expect([start.status, start.json.code]).toEqual([409, 'worker_revoked']);
    expect(await hall.get(`/v1/workers/${namespace}.summarizer`)).toMatchObject({ status: 'revoked' });
    for (const act of acts(hall, `${namespace}.summarizer`)) expect((await act()).status).toBe(403);
    expect((await take(namespace)).status).toBe(404);
    const entries = await hall.entriesOf('wcp.worker.revoked');
    expect(entries.map(({ body }) => body)).toEqual([
      { worker_id: `${namespace}.summarizer`, reason: 'namespace_withdrawn' },
    ]);
  });

  test('moved: the new owner begins anew, the old one has nothing, and may get it back', async () => {
    const namespace = fresh();
    const [a, b] = [await hallOf(namespace), await openHall({ workers: [] })];
    expect(mustBe(200, await grant(namespace, b.tenant))).toMatchObject({ owner: b.tenant, former_owner: a.tenant });
    expect([await own(a), await own(b)]).toEqual([[], [namespace]]);
    expect(skips(await a.ask())).toEqual(['revoked']);
    expect((await b.send('GET', `/v1/workers/${namespace}.summarizer`)).status).toBe(404);
    expect((await b.ask()).outcome).toBe('DENY');
    await b.enrol({ worker_id: `${namespace}.summarizer` });
    expect((await b.ask()).outcome).toBe('DISPATCH');
    mustBe(200, await grant(namespace, a.tenant));
    expect(skips(await b.ask())).toEqual(['revoked']);
    // What was revoked stays so until its owner says again what it is.
    expect(skips(await a.ask())).toEqual(['revoked']);
    expect(await a.enrol({ worker_id: `${namespace}.summarizer` })).toMatchObject({ updated: true });
    expect((await a.ask()).outcome).toBe('DISPATCH');
  });

  test('by the operator, to tenants that exist; granting what is granted changes nothing', async () => {
    const hall = await emptyHall();
    const namespace = fresh('org');
    for (const owner of ['no-such-tenant', 'NO', '']) {
      const refused = await grant(namespace, owner);
      expect([refused.status, list(refused.json.errors)[0]?.field]).toEqual([400, '/owner']);
    }
    expect((await send('GET', `/v1/network/namespaces/${namespace}`, operator)).status).toBe(404);
    mustBe(200, await grant(namespace, hall.tenant));
    expect(mustBe(200, await grant(namespace, hall.tenant))).toMatchObject({ evidence_receipt: null });
    expect((await send('GET', `/v1/network/namespaces/${namespace}`, operator)).json).toMatchObject({
      owner: hall.tenant,
    });
    const names: unknown[] = [];
    for (let cursor: Members['x'] = ''; cursor !== null; ) {
      const page: Members = mustBe(
        200,
        await send('GET', `/v1/network/namespaces?limit=2&cursor=${text(cursor)}`, operator),
      );
      names.push(...list(page.namespaces).map((one) => one.namespace));
      cursor = page.next_cursor;
    }
    expect(names).toContain(namespace);
    expect(names).toEqual([...names].sort());
  });
});
