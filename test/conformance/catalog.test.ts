/** Check 44 and the catalog over HTTP (WCP 2.1, 7.1): import, export, search, explain, and what decisions see of it. */
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test } from 'vitest';
import { importCatalog } from '../../src/services/catalog.ts';
import { maintain } from '../../src/services/maintenance.ts';
import {
  at,
  CAPABILITY,
  closeHalls,
  type Json,
  list,
  type Members,
  members,
  mustBe,
  openHall,
  rule,
  send,
  text,
  WORKER,
} from '../support/hall-client.ts';
import { catalogDocument, TAXONOMY_COUNTS, taxonomy, tombstone } from '../support/taxonomy.ts';
import { testDeps } from '../support/tenant-client.ts';

afterEach(closeHalls);

const operator = { key: env.OPERATOR_KEY };
const bring = (document: unknown) => send('POST', '/v1/catalog/import', { ...operator, body: document as Json });
const imported = async (document: unknown): Promise<Members> => mustBe(200, await bring(document));
const entity = async (id: string): Promise<Members> => mustBe(200, await send('GET', `/v1/catalog/entities/${id}`));
const head = async (): Promise<Members> => members(at(mustBe(200, await send('GET', '/v1/catalog')), 'catalog'));

describe('check 44: the catalog', () => {
  test('the starter catalog is there from the beginning', async () => {
    expect(await head()).toMatchObject({ version: '1.0.0', revision: 0 });
    expect(await entity('cap.doc.summarize')).toMatchObject({ kind: 'capability', status: 'active', risk_tier: 'low' });
    const { versions, next_cursor } = mustBe(200, await send('GET', '/v1/catalog/versions'));
    expect(list(versions).map(({ version }) => version)).toEqual(['1.0.0']);
    expect(next_cursor).toBeNull();
  });

  test('the published taxonomy imports with its counts, and comes out as it went in', async () => {
    const hall = await openHall();
    expect(await hall.ask({ capability_id: 'cap.net.published-1' })).toMatchObject({ in_catalog: false });
    const answer = await imported(taxonomy());
    expect(at(answer, 'imported')).toMatchObject({ version: '0.1.0', total_entities: 245, counts: TAXONOMY_COUNTS });
    expect(answer).toMatchObject({ catalog: { version: '1.0.0', revision: 1 }, tombstoned: [] });
    const exported = await send('GET', '/v1/catalog/export?version=0.1.0');
    expect(JSON.parse(exported.text)).toEqual(taxonomy());
    // The Hall went over at once, with an entry, and its decisions name what they saw.
    expect(await hall.ask({ capability_id: 'cap.net.published-1' })).toMatchObject({ in_catalog: true });
    const again = await imported(taxonomy());
    expect(again).toMatchObject({ catalog: { revision: 1 }, added: 0 });
  });

  test('an id outside the catalog is routed, and marked', async () => {
    const hall = await openHall({
      workers: [{ capabilities: ['x.own.thing'] }],
      rules: [rule({}, { capability_id: 'x.own.thing' })],
    });
    expect(await hall.ask({ capability_id: 'x.own.thing' })).toMatchObject({ outcome: 'DISPATCH', in_catalog: false });
  });

  test('tombstones stay; what is published never changes', async () => {
    const hall = await openHall();
    await imported(catalogDocument('1.1.0', [{ id: 'cap.doc.condense', description: 'make a text shorter' }]));
    const gone = await imported(catalogDocument('1.2.0', [tombstone('cap.doc.summarize', 'cap.doc.condense')]));
    expect(gone.tombstoned).toEqual(['cap.doc.summarize']);
    const refused = await bring(catalogDocument('1.3.0', [{ id: 'cap.doc.summarize', status: 'active' }]));
    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({ code: 'catalog_contradicted', errors: [{ field: '/entities/0/status' }] });
    const changed = await bring(catalogDocument('1.3.0', [{ id: 'cap.doc.chunk', risk_tier: 'critical' }]));
    expect(changed.status).toBe(409);
    expect(text(at(changed.json, 'errors', 0, 'message'))).toMatch(
      /^cap\.doc\.chunk: risk_tier was published as "low"/,
    );
    await imported(catalogDocument('1.4.0', []));
    expect(await entity('cap.doc.summarize')).toMatchObject({
      status: 'deprecated',
      superseded_by: 'cap.doc.condense',
      deprecated_catalog: '1.1.0',
      sunset_catalog: '2.0.0',
      risk_tier: 'low',
    });
    const offered = await send('GET', '/wcp/capabilities', { key: hall.key });
    expect(at(offered.json, 'capabilities', 0)).toMatchObject({
      capability_id: CAPABILITY,
      status: 'deprecated',
      superseded_by: 'cap.doc.condense',
    });
    // Deprecated is not forbidden: rules say what is routed.
    expect(await hall.ask()).toMatchObject({ outcome: 'DISPATCH', in_catalog: true });
  });

  test('what is wrong with a document is told by entity and path, and nothing of it is taken', async () => {
    const before = await head();
    const broken = await bring(catalogDocument('1.9.0', [{ id: 'cap.fine.one' }, { id: 'cap.Bad' }]));
    expect(broken.status).toBe(400);
    expect(broken.json).toMatchObject({ code: 'catalog_invalid', errors: [{ field: '/entities/1/id' }] });
    expect(text(at(broken.json, 'errors', 0, 'message'))).toMatch(/^cap\.Bad: /);
    expect((await send('GET', '/v1/catalog/entities/cap.fine.one')).status).toBe(404);
    expect(await head()).toEqual(before);
    for (const key of [null, (await openHall()).key]) {
      const denied = await send('POST', '/v1/catalog/import', { key, body: taxonomy() as Json });
      expect([401, 403]).toContain(denied.status);
    }
  });

  test('search pages through it by words and kind', async () => {
    const found = mustBe(200, await send('GET', '/v1/catalog?q=no+network&kind=control'));
    expect(list(found.entities).map(({ id }) => id)).toEqual(['ctrl.sandbox.no-egress-default-deny']);
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const page = mustBe(200, await send('GET', `/v1/catalog?kind=profile&limit=10${cursor}`));
      seen.push(...list(page.entities).map(({ id }) => text(id)));
      if (page.next_cursor === null) break;
      cursor = `&cursor=${text(page.next_cursor)}`;
    }
    expect(seen).toHaveLength(37);
    expect(new Set(seen).size).toBe(37);
    expect((await send('GET', '/v1/catalog?kind=thing')).status).toBe(400);
    expect(await entity('rag_strict')).toMatchObject({ id: 'prof.mem.rag-strict' });
  });

  test('explains what an id means in this Hall, and only in this one', async () => {
    const hall = await openHall();
    const other = await openHall({ workers: [] });
    const explain = async (key: string, id: string): Promise<Members> =>
      mustBe(200, await send('GET', `/v1/catalog/entities/${encodeURIComponent(id)}/explain`, { key }));
    expect(await explain(hall.key, CAPABILITY)).toMatchObject({
      id: CAPABILITY,
      in_catalog: true,
      entity: { kind: 'capability' },
      workers: [{ worker_id: WORKER }],
      rules: [{ how: 'routes' }],
    });
    expect(await explain(other.key, CAPABILITY)).toMatchObject({ workers: [], workers_count: 0 });
    expect(await explain(hall.key, 'wrk.doc.summarizer')).toMatchObject({
      workers: [{ worker_id: WORKER }],
      rules: [{ how: 'candidate' }],
    });
    const own = await openHall({ workers: [{ capabilities: ['any\u0007thing / else'] }] });
    expect(await explain(own.key, 'any\u0007thing / else')).toMatchObject({
      id: 'anything / else',
      in_catalog: false,
      entity: null,
      workers_count: 1,
    });
    expect((await hall.send('GET', '/v1/catalog/entities/x.nobody/explain')).status).toBe(404);
    expect((await send('GET', `/v1/catalog/entities/${CAPABILITY}/explain`)).status).toBe(401);
  });

  test('the export is the same bytes every time, and its hash is the one that decisions name', async () => {
    const hall = await openHall();
    await imported(catalogDocument('3.0.0', [{ id: 'cap.zeta' }, { id: 'cap.alpha' }]));
    const [one, two] = await Promise.all([send('GET', '/v1/catalog/export'), send('GET', '/v1/catalog/export')]);
    expect(one.text).toBe(two.text);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(one.text)));
    const hash = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    expect(await head()).toMatchObject({ version: '3.0.0', hash });
    const decision = await hall.ask();
    expect(at(decision, 'evidence_receipt', 'entry', 'body', 'seen', 'catalog')).toEqual(['3.0.0', hash]);
    expect(at(mustBe(200, await send('GET', '/wcp/health', { key: hall.key })), 'catalog_version')).toBe('3.0.0');
    const recomputed = await send('GET', `/v1/decisions/${decision.decision_id}`, { key: hall.key });
    expect(recomputed.json).toMatchObject({ recomputed: 'same' });
  });

  test('catalog_version_min is met once the catalog is', async () => {
    const hall = await openHall({ workers: [{ catalog_version_min: '7.5.0' }] });
    expect(await hall.ask()).toMatchObject({
      deny_code: 'DENY_NO_AVAILABLE_WORKER',
      candidate_workers_ranked: [{ skip_reason: 'catalog_version_min' }],
    });
    await imported(catalogDocument('7.5.0', []));
    const decision = await hall.ask();
    expect(decision).toMatchObject({ outcome: 'DISPATCH' });
    const recomputed = await send('GET', `/v1/decisions/${decision.decision_id}`, { key: hall.key });
    expect(recomputed.json).toMatchObject({ recomputed: 'same' });
  });

  test('a new tenant has the catalog in force from its first decision', async () => {
    await imported(catalogDocument('7.6.0', [{ id: 'cap.late.comer' }]));
    const hall = await openHall();
    expect(await hall.ask({ capability_id: 'cap.late.comer' })).toMatchObject({ in_catalog: true });
  });

  test('who missed it gets it from the cron', async () => {
    const hall = await openHall();
    const { deps } = testDeps();
    const unreachable = { ...deps, tenant: () => ({}) as ReturnType<typeof deps.tenant> };
    expect(await importCatalog(unreachable, catalogDocument('7.7.0', [{ id: 'cap.by.cron' }]))).toMatchObject({
      ok: true,
    });
    expect(await hall.ask({ capability_id: 'cap.by.cron' })).toMatchObject({ in_catalog: false });
    await maintain(deps);
    expect(await hall.ask({ capability_id: 'cap.by.cron' })).toMatchObject({ in_catalog: true });
  });

  test('imports that come together all count', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4].map((n) => bring(catalogDocument(`8.${n}.0`, [{ id: `cap.together.n${n}` }]))),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    for (const n of [1, 2, 3, 4]) expect(await entity(`cap.together.n${n}`)).toMatchObject({ status: 'active' });
    const { versions } = mustBe(200, await send('GET', '/v1/catalog/versions?limit=200'));
    const revisions = list(versions).map(({ revision }) => Number(revision));
    expect(revisions).toEqual(revisions.map((_, index) => (revisions[0] ?? 0) - index));
    expect(revisions.at(-1)).toBe(0);
    const [first] = list(mustBe(200, await send('GET', '/v1/catalog/versions?limit=1')).versions);
    const next = mustBe(200, await send('GET', `/v1/catalog/versions?limit=1&cursor=${first?.revision}`));
    expect(at(next, 'versions', 0, 'revision')).toBe(Number(first?.revision) - 1);
  });
});
