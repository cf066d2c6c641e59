/** WCP 8, check 30: what a Hall says of itself, its workers and its capabilities, to its own and to nobody else. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  at,
  CAPABILITY,
  closeHalls,
  emptyHall,
  type HallClient,
  list,
  type Members,
  members,
  openHall,
  rule,
  SPECIES,
  send,
  text,
  WORKER,
} from '../support/hall-client.ts';

afterEach(closeHalls);

const worker = (name: string, change: Members = {}): Members => ({ worker_id: `org.test.${name}`, ...change });

describe('check 30: own tenant only', () => {
  test('workers, capabilities, decisions, alerts and ledger of one are not those of another', async () => {
    const mine = await openHall({
      workers: [worker('mine', { capabilities: ['cap.only.mine'], worker_species_id: 'wrk.only.mine' })],
    });
    await mine.ask();
    const theirs = await emptyHall();
    expect(await theirs.get('/wcp/workers')).toEqual({ workers: [], count: 0, next_cursor: null });
    expect(await theirs.get('/wcp/capabilities')).toEqual({ capabilities: [], count: 0, next_cursor: null });
    expect(await theirs.get('/alerts')).toEqual({ alerts: [], count: 0 });
    expect((await theirs.get('/v1/decisions')).decisions).toEqual([]);
    for (const entry of await theirs.entries()) expect(entry.tenant).toBe(theirs.tenant);
    const all = await Promise.all(
      ['/wcp/workers', '/wcp/capabilities', '/wcp/health', '/v1/ledger/export'].map((path) => theirs.send('GET', path)),
    );
    for (const reply of all) expect(reply.text).not.toContain('only.mine');
  });
});

describe('GET /wcp/workers', () => {
  test('a summary of each, with status, attested and last_seen', async () => {
    const code_hash = 'a'.repeat(64);
    const hall = await openHall({ workers: [worker('a'), worker('b', { attestation: { code_hash } }), worker('c')] });
    await hall.heartbeat({ code_hash }, 'org.test.b');
    await hall.heartbeat({ status: 'offline' }, 'org.test.c');
    const { workers, count, next_cursor } = await hall.get('/wcp/workers');
    expect([count, next_cursor]).toEqual([3, null]);
    const [a, b, c] = list(workers);
    expect(a).toMatchObject({
      worker_id: 'org.test.a',
      worker_species_id: SPECIES,
      capabilities: [CAPABILITY],
      status: 'active',
      attested: false,
      last_seen: null,
    });
    expect(b).toMatchObject({ worker_id: 'org.test.b', attested: true });
    expect(Date.parse(text(b?.last_seen))).toBeGreaterThan(0);
    expect(c).toMatchObject({ worker_id: 'org.test.c', status: 'offline' });
    expect(JSON.stringify(workers)).not.toContain(code_hash);
  });

  test('is paged, and a retired worker is gone', async () => {
    const hall = await openHall({ workers: ['a', 'b', 'c', 'd', 'e'].map((name) => worker(name)) });
    await hall.send('DELETE', '/v1/workers/org.test.c');
    const seen: string[] = [];
    let path = '/wcp/workers?limit=2';
    for (let page = 0; page < 5; page++) {
      const { workers, next_cursor } = await hall.get(path);
      seen.push(...list(workers).map((one) => text(one.worker_id)));
      if (next_cursor === null) break;
      path = `/wcp/workers?limit=2&cursor=${encodeURIComponent(text(next_cursor))}`;
    }
    expect(seen).toEqual(['org.test.a', 'org.test.b', 'org.test.d', 'org.test.e']);
  });
});

describe('GET /wcp/capabilities', () => {
  const contents = {
    workers: [
      worker('a', { capabilities: ['cap.doc.summarize', 'cap.own.thing'] }),
      worker('b', { worker_species_id: 'wrk.other', capabilities: ['cap.doc.summarize'] }),
      worker('c', { worker_species_id: 'wrk.other', capabilities: ['cap.doc.summarize'] }),
    ],
  };

  test('what enrolled workers offer, by whom, and how many are there', async () => {
    const hall = await openHall(contents);
    await hall.heartbeat({ status: 'offline' }, 'org.test.c');
    const { capabilities, count, next_cursor } = await hall.get('/wcp/capabilities');
    expect([count, next_cursor]).toEqual([2, null]);
    const [known, own] = list(capabilities);
    expect(known).toMatchObject({
      capability_id: 'cap.doc.summarize',
      in_catalog: true,
      status: 'active',
      workers_available: 2,
    });
    expect(known?.worker_species_ids).toEqual([SPECIES, 'wrk.other']);
    expect(own).toMatchObject({ capability_id: 'cap.own.thing', in_catalog: false, workers_available: 1 });
    for (const one of list(capabilities)) {
      for (const name of [
        'capability_id',
        'name',
        'risk_tier',
        'in_catalog',
        'status',
        'worker_species_ids',
        'workers_available',
      ]) {
        expect(one).toHaveProperty(name);
      }
    }
  });

  test('a worker that has fallen silent is not counted as available', async () => {
    const hall = await openHall({ settings: { heartbeat_ttl_s: 1 } });
    await hall.heartbeat({});
    await scheduler.wait(1_100);
    expect((await hall.ask()).outcome).toBe('DENY');
    expect(list((await hall.get('/wcp/capabilities')).capabilities)[0]).toMatchObject({ workers_available: 0 });
  });

  test('?q= searches, ?fields=id gives the ids alone, and both are paged', async () => {
    const hall = await openHall(contents);
    const found = await hall.get('/wcp/capabilities?q=own');
    expect(list(found.capabilities).map((one) => one.capability_id)).toEqual(['cap.own.thing']);
    expect((await hall.get('/wcp/capabilities?q=nothing')).capabilities).toEqual([]);
    expect((await hall.get('/wcp/capabilities?fields=id')).capabilities).toEqual([
      'cap.doc.summarize',
      'cap.own.thing',
    ]);
    const first = await hall.get('/wcp/capabilities?fields=id&limit=1');
    const next = await hall.get(
      `/wcp/capabilities?fields=id&limit=1&cursor=${encodeURIComponent(text(first.next_cursor))}`,
    );
    expect([first.capabilities, next.capabilities, next.next_cursor]).toEqual([
      ['cap.doc.summarize'],
      ['cap.own.thing'],
      null,
    ]);
  });
});

// The level of 0.2 with a subscribed external authority comes with authorities (4.4).
describe('check 30: GET /wcp/health', () => {
  const levels = async (hall: HallClient): Promise<Readonly<Record<string, unknown>>> => {
    const { compliance } = await hall.get('/wcp/health');
    return Object.fromEntries(Object.entries(members(compliance)).map(([version, of]) => [version, at(of, 'level')]));
  };

  test('without a credential: status and versions only', async () => {
    const { json } = await send('GET', '/wcp/health');
    expect(Object.keys(json).sort()).toEqual(['status', 'version', 'wcp_versions']);
    expect(json.wcp_versions).toEqual(['0.1', '0.2']);
  });

  test('with one: versions, levels, documents, ban feed and ledger', async () => {
    const hall = await openHall();
    const health = await hall.get('/wcp/health');
    for (const name of [
      'status',
      'version',
      'wcp_versions',
      'compliance',
      'catalog_version',
      'policy_version',
      'rule_set_version',
      'ban_feed',
      'ledger',
      'authorities',
    ]) {
      expect(health, name).toHaveProperty(name);
    }
    const size = (await hall.entries()).length;
    expect(health).toMatchObject({ status: 'ok', rule_set_version: 'v1', ban_feed: { fresh: true }, ledger: { size } });
    expect(at(health, 'ledger', 'head')).toBe((await hall.entries()).at(-1)?.receipt_hash);
    for (const version of ['0.1', '0.2']) {
      for (const requirement of list(at(health, 'compliance', version, 'requirements'))) {
        expect(Object.keys(requirement).sort()).toEqual(['detail', 'id', 'ok']);
      }
    }
  });

  test('Full only with signatory and attestation; 0.2-Full only with an authority of somebody else', async () => {
    const hall = await openHall();
    expect(await levels(hall)).toEqual({ '0.1': 'WCP-Standard', '0.2': 'WCP-Standard' });
    await hall.settings({ require_signatory: true });
    expect(await levels(hall)).toEqual({ '0.1': 'WCP-Standard', '0.2': 'WCP-Standard' });
    await hall.settings({ require_signatory: false, require_worker_attestation: true });
    expect(await levels(hall)).toEqual({ '0.1': 'WCP-Standard', '0.2': 'WCP-Standard' });
    await hall.settings({ require_signatory: true });
    expect(await levels(hall)).toEqual({ '0.1': 'WCP-Full', '0.2': 'WCP-Standard' });
    await hall.settings({ enforce_blast_scoring_in_prod: false });
    expect(await levels(hall)).toEqual({ '0.1': 'WCP-Standard', '0.2': 'WCP-Standard' });
    await hall.settings({ enforce_required_controls: false });
    expect(await levels(hall)).toEqual({ '0.1': 'WCP-Basic', '0.2': 'WCP-Basic' });
  });
});

describe('GET /alerts', () => {
  test('newest first, at most 50, with the published members', async () => {
    const good = 'a'.repeat(64);
    const names = Array.from({ length: 52 }, (_, index) => `w${String(index).padStart(2, '0')}`);
    const hall = await openHall({
      workers: names.map((name) =>
        worker(name, { worker_species_id: `wrk.${name}`, attestation: { code_hash: good } }),
      ),
      rules: names.map((name) =>
        rule(
          { candidate_workers_ranked: [{ worker_species_id: `wrk.${name}` }] },
          { capability_id: `cap.${name}` },
          `rr_${name}`,
        ),
      ),
      settings: { require_worker_attestation: true },
    });
    for (const name of names) {
      await hall.heartbeat({ code_hash: 'b'.repeat(64) }, `org.test.${name}`);
      await hall.ask({ capability_id: `cap.${name}` });
    }
    const { alerts, count } = await hall.get('/alerts');
    expect(count).toBe(50);
    expect(list(alerts)[0]).toMatchObject({
      code: 'WORKER_TAMPERED',
      worker_id: 'org.test.w51',
      capability_id: 'cap.w51',
    });
    for (const alert of list(alerts)) {
      expect(Object.keys(alert).sort()).toEqual([
        'alert_id',
        'capability_id',
        'code',
        'created_at',
        'level',
        'message',
        'worker_id',
      ]);
    }
    expect(JSON.stringify(alerts)).not.toContain(good);
  });
});

describe('the floors (2.5)', () => {
  const DEFAULTS: Members = {
    enforce_correlation_id: true,
    enforce_required_controls: true,
    enforce_blast_scoring_in_prod: true,
    require_signatory: false,
    require_credential: false,
    require_worker_attestation: false,
    enforce_privilege_envelopes: false,
    strict: false,
    allowed_tenants: [],
    hall_controls: [],
    egress_allowlist: {},
    attestation_ttl_s: 300,
    heartbeat_ttl_s: 300,
    approval_ttl_s: 3_600,
    outcome_deadline_s: 900,
  };

  test('defaults; a change is an entry and leaves the others alone', async () => {
    const hall = await emptyHall();
    expect((await hall.get('/v1/settings')).settings).toEqual(DEFAULTS);
    await hall.settings({ strict: true, allowed_tenants: ['a'] });
    expect((await hall.get('/v1/settings')).settings).toEqual({ ...DEFAULTS, strict: true, allowed_tenants: ['a'] });
    expect(await hall.entriesOf('hall.settings.changed')).toHaveLength(1);
  });

  test.each<[string, Members]>([
    ['hall_controls', { hall_controls: ['ctrl.sandbox.readonly-rootfs'] }],
    ['hall_controls', { hall_controls: ['anything'] }],
    ['attestation_ttl_s', { attestation_ttl_s: 0 }],
    ['outcome_deadline_s', { outcome_deadline_s: 1.5 }],
    ['egress_allowlist', { egress_allowlist: { moon: [] } }],
    ['allowed_tenants', { allowed_tenants: [''] }],
    ['require_signatory', { require_signatory: null }],
  ])('a bad %s is refused and changes nothing', async (field, patch) => {
    const hall = await emptyHall();
    const refused = await hall.send('PATCH', '/v1/settings', { ...patch, strict: true });
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.json.errors)).toContain(field);
    expect((await hall.get('/v1/settings')).settings).toEqual(DEFAULTS);
  });
});

describe('the service itself', () => {
  test('GET /health and the public keys need no credential', async () => {
    expect((await send('GET', '/health')).json).toMatchObject({ ok: true, status: 'ok' });
    const keys = list((await send('GET', '/.well-known/jwks.json')).json.keys);
    expect(keys.length).toBeGreaterThan(3);
    for (const key of keys) expect(key).not.toHaveProperty('d');
  });

  test('JSON whatever Accept or User-Agent say, and open to any origin', async () => {
    const hall = await openHall();
    for (const headers of [
      { accept: 'text/html' },
      { 'user-agent': 'Python-urllib/3.12' },
      { 'user-agent': '', accept: 'image/*' },
    ]) {
      const reply = await send('GET', '/wcp/workers', {
        key: hall.key,
        headers: { ...headers, origin: 'https://elsewhere.example' },
      });
      expect(reply.status).toBe(200);
      expect(reply.headers.get('content-type')).toContain('application/json');
      expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    }
    const preflight = await send('OPTIONS', '/health', {
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'GET' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  });

  test('the worker that was enrolled is there by its id, percent-encoded too', async () => {
    const hall = await openHall();
    expect(await hall.get(`/v1/workers/${WORKER}`)).toMatchObject({ worker_id: WORKER, record: { worker_id: WORKER } });
    expect((await hall.get(`/v1/workers/${WORKER.replaceAll('.', '%2E')}`)).worker_id).toBe(WORKER);
    expect((await hall.send('GET', `/v1/workers/${WORKER.replaceAll('.', '%252E')}`)).status).toBe(404);
  });
});
