/** Checks 20, 32 and 41 of WCP §8: attested code, who may attest it, and what a package and its manifest have to be. */
import { afterEach, describe, expect, test } from 'vitest';
import { fromBase64Url, toBase64Url, toHex } from '../../src/core/bytes.ts';
import { sha256Hex } from '../../src/core/hash.ts';
import type { JsonTokensObject } from '../../src/core/json.ts';
import { signedTexts } from '../../src/core/registry/manifest.ts';
import { packageHash } from '../../src/core/registry/package-hash.ts';
import { verifyStatement } from '../../src/core/registry/statement.ts';
import { verifyEd25519 } from '../../src/keys/ring.ts';
import {
  closeHalls,
  emptyHall,
  type HallClient,
  list,
  type Members,
  members,
  mustBe,
  openHall,
  type Reply,
  rule,
  SPECIES,
  send,
  sleep,
  text,
  verdict,
  WORKER,
} from '../support/hall-client.ts';

afterEach(closeHalls);

const CODE = sha256Hex('the code that was attested');
const OTHER = sha256Hex('some other code');

const attest = (hall: HallClient, body: Members, workerId = WORKER): Promise<Reply> =>
  hall.send('PUT', `/api/v1/workers/${workerId}/attest`, body);

const pythonShape = (sha256 = CODE): Members => ({
  sha256,
  ai_generated: true,
  label: 'a build',
  ai_service: 'a service',
});
const otherShape = (hash = CODE): Members => ({
  worker_species_id: SPECIES,
  package_hash: hash,
  worker_version: '1.0.0',
  manifest_path: 'dist/manifest.json',
});

/** Whether one of the published keys signed it: all that an outsider has. */
const statementHolds = async (statement: unknown): Promise<string> => {
  const keys = list((await send('GET', '/.well-known/jwks.json')).json.keys);
  const keyOf = (kid: string) => fromBase64Url(text(keys.find((key) => key.kid === kid)?.x ?? ''));
  const judged = verifyStatement(statement, keyOf, verifyEd25519);
  return judged.ok ? 'holds' : judged.error;
};

describe('check 20: attestation at dispatch', () => {
  const attestedHall = () => openHall({ settings: { require_worker_attestation: true } });

  test('no report, a match, other code twice, attested again', async () => {
    const hall = await attestedHall();
    expect(verdict(await hall.ask())).toBe('DENY_WORKER_ATTESTATION_MISSING');
    mustBe(200, await attest(hall, pythonShape()));
    expect(verdict(await hall.ask())).toBe('DENY_WORKER_HASH_UNAVAILABLE');
    await hall.heartbeat({ code_hash: `sha256:${CODE.toUpperCase()}` });
    expect(await hall.ask()).toMatchObject({ outcome: 'DISPATCH', worker_attestation_valid: true });

    await hall.heartbeat({ code_hash: OTHER });
    for (const stage of ['attestation', 'candidates']) {
      const denied = await hall.ask();
      expect(denied).toMatchObject({ deny_code: 'DENY_WORKER_TAMPERED', stage });
      for (const hash of [CODE, OTHER]) expect(JSON.stringify(denied)).not.toContain(hash);
    }
    const [mismatch, ...more] = await hall.entriesOf('wcp.attestation.mismatch');
    expect(mismatch?.body).toMatchObject({ worker_id: WORKER, registered_hash: CODE, reported_hash: OTHER });
    expect(more).toEqual([]);
    expect(list((await hall.get('/alerts')).alerts)[0]).toMatchObject({ code: 'WORKER_TAMPERED', worker_id: WORKER });

    mustBe(200, await attest(hall, otherShape(OTHER)));
    expect(verdict(await hall.ask())).toBe('DISPATCH');
    await hall.heartbeat({ code_hash: CODE });
    expect(verdict(await hall.ask())).toBe('DENY_WORKER_TAMPERED');
  });

  test('a report that is no hash, or too old, is none', async () => {
    const hall = await attestedHall();
    mustBe(200, await attest(hall, pythonShape()));
    await hall.heartbeat({ code_hash: 'deadbeef' });
    expect(verdict(await hall.ask())).toBe('DENY_WORKER_HASH_UNAVAILABLE');
    await hall.heartbeat({ code_hash: CODE });
    expect(verdict(await hall.ask())).toBe('DISPATCH');
    await hall.settings({ attestation_ttl_s: 1 });
    await sleep(1_100);
    expect(verdict(await hall.ask())).toBe('DENY_WORKER_HASH_UNAVAILABLE');
  });

  test('at the start of a dispatch: other code is refused, quarantined and told to nobody but the ledger', async () => {
    const hall = await attestedHall();
    mustBe(200, await attest(hall, pythonShape()));
    await hall.heartbeat({ code_hash: CODE });
    const decision = await hall.ask();
    const start = (code_hash?: string): Promise<Reply> =>
      hall.send('POST', `/wcp/dispatches/${text(decision.decision_id)}/start`, {
        grant: text(decision.dispatch_grant),
        ...(code_hash === undefined ? {} : { code_hash }),
      });
    const refused = await start(OTHER);
    expect([refused.status, refused.json.code]).toEqual([409, 'DENY_WORKER_TAMPERED']);
    expect(refused.text).not.toContain(CODE);
    expect(verdict(await hall.ask())).toBe('DENY_WORKER_TAMPERED');
    mustBe(200, await attest(hall, pythonShape()));
    mustBe(200, await start(CODE));
  });
});

describe('check 32: PUT /api/v1/workers/:id/attest', () => {
  test.each([
    ['Python', pythonShape(), 'file'],
    ['TypeScript and Go', otherShape(`sha256:${CODE.toUpperCase()}`), 'module'],
    ['with the worker_id again, and nulls', { ...otherShape(), worker_id: WORKER, ai_generated: null }, 'module'],
    ['a container', { sha256: `sha256:${CODE}`, hash_method: 'container' }, 'container'],
  ])('the body of %s', async (_, body, method) => {
    const hall = await openHall();
    const answer = mustBe(200, await attest(hall, body));
    expect(answer).toMatchObject({
      worker_id: WORKER,
      sha256: CODE,
      namespace: 'org.test',
      package_hash: CODE,
      status: 'active',
      hash_method: method,
      manifest: { worker_id: WORKER, code_hash: CODE, hash_method: method, attested_by: 'org.test' },
    });
    expect(answer.id).toBe(members(answer.manifest).manifest_id);
    expect(answer.attested_at).toBe(members(answer.manifest).attested_at);
    const [entry] = await hall.entriesOf('wcp.worker.attested');
    expect(members(answer.evidence_receipt).receipt_hash).toBe(entry?.receipt_hash);
    expect(entry?.body).toMatchObject({ attestation_id: answer.id, code_hash: CODE, namespace: 'org.test' });
  });

  test('the statement verifies with the published keys, is the same again, and no member can be changed', async () => {
    const hall = await openHall();
    const { manifest } = mustBe(200, await attest(hall, pythonShape()));
    const again = await hall.get(`/v1/workers/${WORKER}/attestation`);
    expect(again.manifest).toEqual(manifest);
    expect(await statementHolds(manifest)).toBe('holds');
    for (const change of [{ code_hash: OTHER }, { worker_id: 'org.test.other' }, { hash_method: 'manifest' }]) {
      expect(await statementHolds({ ...members(manifest), ...change })).toBe('signature_invalid');
    }
  });

  test('without a credential, and with one that may not', async () => {
    const hall = await openHall();
    const bare = await send('PUT', `/api/v1/workers/${WORKER}/attest`, { body: pythonShape() });
    expect([bare.status, bare.json.code]).toEqual([401, 'unauthorized']);
    const { key } = await hall.newKey(['runtime:delivery', 'hall:read']);
    const weak = await send('PUT', `/api/v1/workers/${WORKER}/attest`, { key, body: pythonShape() });
    expect([weak.status, weak.json.code]).toEqual([403, 'insufficient_scope']);
    expect(await hall.entriesOf('wcp.worker.attested')).toEqual([]);
  });

  test('an attestation before the enrolment waits for it, and outlasts a retirement', async () => {
    const hall = await emptyHall();
    expect(mustBe(200, await attest(hall, pythonShape())).enrolled).toBe(false);
    await hall.enrol();
    await hall.publish(rule());
    await hall.settings({ require_worker_attestation: true });
    await hall.heartbeat({ code_hash: CODE });
    expect(verdict(await hall.ask())).toBe('DISPATCH');
    mustBe(200, await hall.send('DELETE', `/v1/workers/${WORKER}`));
    await hall.enrol();
    expect(verdict(await hall.ask())).toBe('DENY_WORKER_HASH_UNAVAILABLE');
    await hall.heartbeat({ code_hash: OTHER });
    expect(verdict(await hall.ask())).toBe('DENY_WORKER_TAMPERED');
  });

  test('the record of an enrolment attests as well, with an entry of its own', async () => {
    const hall = await openHall({ workers: [{ attestation: { code_hash: CODE, hash_method: 'module' } }] });
    const [entry] = await hall.entriesOf('wcp.worker.attested');
    expect(entry?.body).toMatchObject({ code_hash: CODE, source: 'record', hash_method: 'module' });
    await hall.enrol({ attestation: { code_hash: CODE } });
    expect((await hall.entriesOf('wcp.worker.attested')).length).toBe(1);
    expect((await hall.get(`/v1/workers/${WORKER}/attestation`)).sha256).toBe(CODE);
  });

  test.each([
    [{}, '/sha256'],
    [{ sha256: 'abc' }, '/sha256'],
    [{ sha256: 7 }, '/sha256'],
    [{ package_hash: 'sha256:' }, '/package_hash'],
    [{ sha256: CODE, package_hash: OTHER }, '/package_hash'],
    [{ sha256: CODE, worker_id: 'org.test.other' }, '/worker_id'],
    [{ sha256: CODE, ai_generated: 'yes' }, '/ai_generated'],
    [{ sha256: CODE, hash_method: 'guess' }, '/hash_method'],
    [{ sha256: CODE, files: [{ path: '../a', size: 1, sha256: CODE }] }, '/files'],
  ])('%j is refused and named', async (body, field) => {
    const hall = await openHall();
    const refused = await attest(hall, body);
    expect([refused.status, refused.json.code]).toEqual([400, 'invalid_body']);
    expect(list(refused.json.errors)[0]?.field).toBe(field);
  });

  test.each(['wrk.doc.summarizer', 'summarizer', 'org.test', '%00', 'org.test.a.b.c'])(
    '%s is no worker id',
    async (id) => {
      const hall = await openHall();
      const refused = await attest(hall, pythonShape(), id);
      expect([refused.status, refused.json.code]).toEqual([400, 'invalid_worker_id']);
    },
  );

  test('the id of a session is kept only as its hash', async () => {
    const hall = await openHall();
    mustBe(200, await attest(hall, { ...pythonShape(), ai_session_id: 'session-0815' }));
    const [entry] = await hall.entriesOf('wcp.worker.attested');
    expect(members(entry?.body).ai_session_fingerprint).toBe(sha256Hex('session-0815'));
    expect(JSON.stringify(entry)).not.toContain('session-0815');
  });
});

describe('check 41: packages and manifests', () => {
  const file = (path: string, content: string) => ({ path, size: content.length, sha256: sha256Hex(content) });
  const FILES = [file('a/b', '1'), file('a-b', '22'), file('B', '333')];

  test.each(['bytewise', 'component', 'locale'] as const)('a package listing, its hash in %s order', async (order) => {
    const hall = await openHall();
    const body = otherShape(packageHash(FILES, order));
    mustBe(200, await attest(hall, { ...body, files: FILES }));
    mustBe(200, await attest(hall, { ...body, files: [...FILES, file('src/__pycache__/a.pyc', 'x')] }));
    const changed = await attest(hall, { ...body, files: [file('a/b', '2'), ...FILES.slice(1)] });
    expect([changed.status, changed.json.code]).toEqual([400, 'ATTEST_HASH_MISMATCH']);
  });

  const BOUND = {
    schema_version: 'awp.v1',
    worker_id: WORKER,
    worker_species_id: SPECIES,
    worker_version: '1.4.0',
    package_hash: CODE,
    built_at_utc: '2026-11-02T09:00:00Z',
    build_source: 'ci',
  };
  const FREE = { attested_at_utc: '2026-11-02T09:05:00Z', trust_statement: 'built from a clean checkout' };

  const hmac = async (secret: string, signed: string): Promise<string> => {
    const bytes = new TextEncoder();
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('raw', bytes.encode(secret), algorithm, false, ['sign']);
    return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes.encode(signed))));
  };
  const signedText = (manifest: Members): string => signedTexts(manifest as JsonTokensObject)[0] ?? '';
  const secretOf = async (hall: HallClient, rotate = false): Promise<string> =>
    text(mustBe(200, await hall.send('POST', '/v1/namespaces/org.test/attestation-secret', { rotate })).secret);
  const signed = async (secret: string, change: Members = {}): Promise<Members> => {
    const bound = { ...BOUND, ...change };
    return { ...bound, ...FREE, signature_hmac_sha256: await hmac(secret, signedText(bound)) };
  };
  const outcome = (reply: Reply): unknown =>
    reply.status === 200 ? reply.json.signed_manifest : [reply.status, reply.json.code];

  test('trust_statement is free, worker_version bound', async () => {
    const hall = await openHall();
    const manifest = await signed(await secretOf(hall));
    expect(outcome(await attest(hall, { manifest }))).toBe(true);
    expect(outcome(await attest(hall, { manifest: { ...manifest, trust_statement: 'x' } }))).toBe(true);
    expect(outcome(await attest(hall, { ...otherShape(), worker_version: '1.4.0', manifest }))).toBe(true);
    expect(outcome(await attest(hall, { manifest: { ...manifest, worker_version: '9' } }))).toEqual([
      400,
      'ATTEST_SIG_INVALID',
    ]);
    expect(outcome(await attest(hall, { ...otherShape(), worker_version: '9', manifest }))).toEqual([
      400,
      'ATTEST_MANIFEST_ID_MISMATCH',
    ]);
  });

  test('each code of a manifest that does not hold', async () => {
    const hall = await openHall();
    const secret = await secretOf(hall);
    const manifest = await signed(secret);
    const { signature_hmac_sha256: _, ...unsigned } = manifest;
    const cases: readonly (readonly [Members, string])[] = [
      [{ sha256: CODE, hash_method: 'manifest' }, 'ATTEST_MANIFEST_MISSING'],
      [{ manifest: await signed(secret, { worker_id: 'org.test.other' }) }, 'ATTEST_MANIFEST_ID_MISMATCH'],
      [{ manifest: await signed(secret, { worker_species_id: 'wrk.other' }) }, 'ATTEST_MANIFEST_ID_MISMATCH'],
      [{ sha256: OTHER, manifest }, 'ATTEST_HASH_MISMATCH'],
      [{ manifest: unsigned }, 'ATTEST_SIGNATURE_MISSING'],
      [{ manifest: await signed('a guess') }, 'ATTEST_SIG_INVALID'],
      [{ manifest: await signed(secret, { worker_id: 'wrk.test.a' }) }, 'ATTEST_NAMESPACE_INVALID'],
    ];
    for (const [body, code] of cases) expect(outcome(await attest(hall, body))).toEqual([400, code]);
    expect(await hall.entriesOf('wcp.worker.attested')).toEqual([]);
  });

  test('the secret of a namespace is the tenant’s own, and a new one ends the old one', async () => {
    const hall = await openHall();
    const stranger = await openHall();
    const secret = await secretOf(hall);
    expect(await secretOf(hall)).toBe(secret);
    expect(await secretOf(stranger)).not.toBe(secret);
    const manifest = await signed(secret);
    expect(outcome(await attest(stranger, { manifest }))).toEqual([400, 'ATTEST_SIG_INVALID']);
    const next = await secretOf(hall, true);
    expect(next).not.toBe(secret);
    expect(outcome(await attest(hall, { manifest }))).toEqual([400, 'ATTEST_SIG_INVALID']);
    expect(outcome(await attest(hall, { manifest: await signed(next) }))).toBe(true);
    const types = (await hall.entries()).map((entry) => entry.type);
    expect(types).toContain('hall.attestation.secret_shown');
    expect(types).toContain('hall.attestation.secret_rotated');
    expect(JSON.stringify(await hall.entries())).not.toContain(next);
  });

  test('Ed25519, by a key that the namespace has named', async () => {
    const hall = await openHall();
    const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
    const { x } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey;
    const bytes = new TextEncoder().encode(signedText(BOUND));
    const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, bytes));
    const manifest = {
      ...BOUND,
      signature_ed25519: toBase64Url(signature),
    };
    expect(outcome(await attest(hall, { manifest }))).toEqual([400, 'ATTEST_SIG_INVALID']);
    const path = '/v1/namespaces/org.test/attestation-keys';
    const set = mustBe(200, await hall.send('PUT', path, { keys: [{ kty: 'OKP', crv: 'Ed25519', x: x ?? '' }] }));
    expect(outcome(await attest(hall, { manifest }))).toBe(true);
    expect(list((await hall.get(path)).keys)[0]).toMatchObject({ x, kid: (set.key_ids as readonly string[])[0] });
    mustBe(200, await hall.send('PUT', path, { keys: [] }));
    expect(outcome(await attest(hall, { manifest }))).toEqual([400, 'ATTEST_SIG_INVALID']);
  });

  test('an older manifest brings no older version back, and none comes from the future', async () => {
    const hall = await openHall();
    const secret = await secretOf(hall);
    const old = await signed(secret);
    const fresh = await signed(secret, { built_at_utc: '2026-11-03T09:00:00+00:00', package_hash: OTHER });
    expect(outcome(await attest(hall, { manifest: old }))).toBe(true);
    expect(outcome(await attest(hall, { manifest: fresh }))).toBe(true);
    expect(outcome(await attest(hall, { manifest: old }))).toEqual([409, 'manifest_superseded']);
    // Not by an unsigned attestation, or an enrolment, in between either.
    expect(outcome(await attest(hall, pythonShape()))).toBe(false);
    mustBe(200, await hall.send('DELETE', `/v1/workers/${WORKER}`));
    await hall.enrol();
    expect(outcome(await attest(hall, { manifest: old }))).toEqual([409, 'manifest_superseded']);
    const later = await signed(secret, { built_at_utc: '2999-01-01T00:00:00Z' });
    expect(outcome(await attest(hall, { manifest: later }))).toEqual([400, 'invalid_body']);
  });

  test('check 19: a signed manifest is what deny_if_unsigned_artifact_in_prod asks for', async () => {
    const hall = await openHall({ rules: [rule({ preconditions: { deny_if_unsigned_artifact_in_prod: true } })] });
    mustBe(200, await attest(hall, pythonShape()));
    expect(verdict(await hall.ask({ env: 'prod' }))).toBe('DENY_WORKER_ARTIFACT_UNSIGNED');
    expect(verdict(await hall.ask())).toBe('DISPATCH');
    mustBe(200, await attest(hall, { manifest: await signed(await secretOf(hall)) }));
    expect(verdict(await hall.ask({ env: 'prod' }))).toBe('DISPATCH');
    // Another record leaves it; another code does not.
    await hall.enrol({ owner: 'somebody' });
    expect(verdict(await hall.ask({ env: 'prod' }))).toBe('DISPATCH');
    await hall.enrol({ attestation: { code_hash: OTHER } });
    expect(verdict(await hall.ask({ env: 'prod' }))).toBe('DENY_WORKER_ARTIFACT_UNSIGNED');
  });
});
