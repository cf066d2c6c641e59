/**
 * WCP 8, check 36: `/enroll` and the record hash in its two published texts (WCP 4.5). The hashes were made with the
 * two clients' own writers (`json.dumps` and `JSON.stringify`), not with the code under test.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { at, closeHalls, emptyHall, list, type Members, openHall, text, workerRecord } from '../support/hall-client.ts';
import { sha256Hex } from '../support/receipt-check.ts';

afterEach(closeHalls);

/** As the TypeScript client writes it: names sorted by UTF-16 unit, compact. Good for records without odd numbers. */
const jsText = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(jsText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const names = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
  return `{${names.map((name) => `${JSON.stringify(name)}:${jsText((value as Members)[name])}`).join(',')}}`;
};
const jsHash = async (record: Members): Promise<string> => `sha256:${await sha256Hex(jsText(record))}`;

const hashed = async (change: Members = {}): Promise<Members> => {
  const record = workerRecord(change);
  return { ...record, artifact_hash: await jsHash(record) };
};

describe('check 36: POST /enroll', () => {
  test('400 names the missing member, in the published order', async () => {
    const hall = await emptyHall();
    const whole = await hashed();
    const ORDER = ['worker_id', 'worker_species_id', 'capabilities', 'artifact_hash'];
    for (const [index, field] of ORDER.entries()) {
      const later = new Set(ORDER.slice(index));
      const lacking = Object.fromEntries(Object.entries(whole).filter(([name]) => !later.has(name)));
      for (const body of [
        lacking,
        {
          ...whole,
          ...Object.fromEntries(ORDER.slice(index).map((name) => [name, name === 'capabilities' ? [] : ''])),
        },
      ]) {
        const refused = await hall.send('POST', '/enroll', body);
        expect(refused.status).toBe(400);
        expect(text(refused.json.error)).toContain(field);
        for (const other of ORDER.filter((name) => name !== field))
          expect(text(refused.json.error)).not.toContain(other);
      }
    }
    expect((await hall.get('/wcp/workers')).count).toBe(0);
  });

  test('400 for a record that is not the one that was hashed', async () => {
    const hall = await emptyHall();
    const whole = await hashed();
    for (const tampered of [
      { ...whole, capabilities: ['cap.other'] },
      { ...whole, artifact_hash: `sha256:${'0'.repeat(64)}` },
      { ...whole, artifact_hash: 'nonsense' },
      { ...whole, extra: 1 },
    ]) {
      const refused = await hall.send('POST', '/enroll', tampered);
      expect(refused.status).toBe(400);
      expect(refused.json.code).toBe('DENY_WORKER_TAMPERED');
    }
    expect((await hall.get('/wcp/workers')).count).toBe(0);
  });

  test('201 the first time, 200 afterwards; listed, counted and routed', async () => {
    const hall = await openHall({ workers: [] });
    const first = await hall.send('POST', '/enroll', await hashed());
    expect(first.status).toBe(201);
    expect(first.json).toMatchObject({
      enrolled: true,
      worker_id: workerRecord().worker_id,
      artifact_hash_verified: true,
    });
    expect(text(first.json.enrollment_id).length).toBeGreaterThan(0);
    expect(Date.parse(text(first.json.enrolled_at))).toBeGreaterThan(0);
    expect(Object.keys(first.json).sort()).toEqual([
      'artifact_hash_verified',
      'enrolled',
      'enrolled_at',
      'enrollment_id',
      'worker_id',
    ]);
    const again = await hall.send('POST', '/enroll', await hashed({ owner: 'someone else' }));
    expect(again.status).toBe(200);
    expect(again.json).toEqual({
      enrolled: true,
      updated: true,
      worker_id: workerRecord().worker_id,
      artifact_hash_verified: true,
    });
    expect((await hall.get('/wcp/workers')).count).toBe(1);
    expect((await hall.ask()).outcome).toBe('DISPATCH');
    expect(
      (await hall.entriesOf('wcp.worker.enrolled')).length + (await hall.entriesOf('wcp.worker.updated')).length,
    ).toBe(2);
  });

  test('either prefix and case of the hash is the same hash', async () => {
    const hall = await emptyHall();
    const whole = await hashed();
    const bare = text(whole.artifact_hash).slice(7);
    for (const artifact_hash of [`sha256:${bare}`, bare, bare.toUpperCase(), `sha256:${bare.toUpperCase()}`]) {
      expect((await hall.send('POST', '/enroll', { ...whole, artifact_hash })).status).toBeLessThan(300);
    }
  });

  test('aliases, unknown members and null members are part of what is hashed', async () => {
    const hall = await openHall({ workers: [] });
    const record: Members = {
      worker_id: 'x.test.alias',
      species_id: 'wrk.doc.summarizer',
      handles_capabilities: ['cap.doc.summarize'],
      own: { nested: [null, true, 'ü'] },
      owner: null,
    };
    const reply = await hall.send('POST', '/enroll', { ...record, artifact_hash: await jsHash(record) });
    expect(reply.status).toBe(201);
    expect(await hall.ask()).toMatchObject({ outcome: 'DISPATCH', worker_id: 'x.test.alias' });
    expect((await hall.get('/v1/workers/x.test.alias')).record).toMatchObject(record);
    const served = {
      worker_id: 'x.test.alias2',
      species_id: 'wrk.doc.summarizer',
      serves_capabilities: ['cap.doc.summarize'],
    };
    expect((await hall.send('POST', '/enroll', { ...served, artifact_hash: await jsHash(served) })).status).toBe(201);
  });

  // Both texts of one record whose members are odd: non-ASCII, astral names, DEL, `1.0`, `1e-07`.
  const ODD =
    '"worker_id":"org.test.odd","worker_species_id":"wrk.test.odd","capabilities":["cap.test.odd"],"\\uffe0":"full","\\ud83d\\ude00":"grin","owner":"M\\u00fcller \\u007f / \\"q\\" \\b\\u001f","n":[1.0,1e-07,1E21,-0.0,0.1,100,1e16,123456789012345680000]';
  const PYTHON_HASH = 'sha256:74f7d9d265409b57df7529eea340e502c30e62efda893d422ffdd6a317bfd7b3';
  const JS_HASH = 'sha256:235420b53d01e5272a34c3091b275aab5d4e17c94ac64c93e72c9209569a98f3';
  test.each([
    ['Python', PYTHON_HASH],
    ['JavaScript', JS_HASH],
  ])('the text of %s is accepted', async (_, hash) => {
    const hall = await emptyHall();
    expect((await hall.send('POST', '/enroll', `{${ODD},"artifact_hash":"${hash}"}`)).status).toBe(201);
    expect(
      (await hall.send('POST', '/enroll', `{${ODD.replace('1.0,', '1,')},"artifact_hash":"${PYTHON_HASH}"}`)).status,
    ).toBe(400);
    expect((await hall.get('/v1/workers/org.test.odd')).worker_id).toBe('org.test.odd');
  });
});

describe('POST /v1/workers', () => {
  test('computes the hash, or checks the one it is given', async () => {
    const hall = await emptyHall();
    const record = workerRecord();
    const made = await hall.send('POST', '/v1/workers', record);
    expect(made.status).toBe(201);
    expect(made.json.artifact_hash).toBe(await jsHash(record));
    expect((await hall.send('POST', '/v1/workers', { ...record, artifact_hash: await jsHash(record) })).status).toBe(
      200,
    );
    const tampered = await hall.send('POST', '/v1/workers', {
      ...record,
      owner: 'x',
      artifact_hash: await jsHash(record),
    });
    expect([tampered.status, tampered.json.code]).toEqual([400, 'DENY_WORKER_TAMPERED']);
  });

  test.each([
    ['risk_tier', 'extreme'],
    ['idempotency', 'maybe'],
    ['determinism', 'sometimes'],
    ['capabilities', 'cap.doc.summarize'],
    ['capabilities', [7]],
    ['blast_radius', { data: 1 }],
    ['privilege_envelope', []],
    ['catalog_version_min', 'latest'],
    ['allowed_environments', 'prod'],
  ])('%s %j is refused and named', async (field, bad) => {
    const hall = await emptyHall();
    const refused = await hall.send('POST', '/v1/workers', workerRecord({ [field]: bad }));
    expect(refused.status).toBe(400);
    expect(text(list(refused.json.errors)[0]?.field)).toContain(field);
    expect((await hall.get('/wcp/workers')).count).toBe(0);
  });

  test.each(['low', 'medium', 'high', 'critical', undefined])('risk_tier %s', async (risk_tier) => {
    const hall = await emptyHall();
    await hall.enrol(risk_tier === undefined ? {} : { risk_tier });
    expect(list((await hall.get('/wcp/workers')).workers)[0]).toMatchObject({ risk_tier: risk_tier ?? 'unknown' });
  });

  test('retired: no longer listed, routed or found; enrolled again it is back', async () => {
    const hall = await openHall();
    expect((await hall.send('DELETE', '/v1/workers/org.test.summarizer')).status).toBe(200);
    expect((await hall.get('/wcp/workers')).count).toBe(0);
    expect((await hall.ask()).deny_code).toBe('DENY_NO_AVAILABLE_WORKER');
    expect((await hall.send('GET', '/v1/workers/org.test.summarizer')).status).toBe(404);
    expect((await hall.send('DELETE', '/v1/workers/org.test.summarizer')).status).toBe(404);
    await hall.enrol();
    const decision = await hall.ask();
    expect(at(decision, 'outcome')).toBe('DISPATCH');
  });
});
