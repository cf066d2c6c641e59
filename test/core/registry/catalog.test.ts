import { describe, expect, it } from 'vitest';
import { DEMO_RULES, DEMO_WORKERS } from '../../../src/cli/demo-content.ts';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { readCatalogDocument } from '../../../src/core/registry/catalog/document.ts';
import { isCatalogId, nameOf, reservedKind, resolveId } from '../../../src/core/registry/catalog/entity.ts';
import { STARTER_CATALOG, STARTER_TEXT } from '../../../src/core/registry/catalog/in-force.ts';
import { countKinds, searchCatalog, shownEntity } from '../../../src/core/registry/catalog/search.ts';
import { HALL_CONTROL_IDS, STARTER } from '../../../src/core/registry/catalog/starter.ts';
import {
  catalogMeets,
  compareVersions,
  FIRST_CATALOG,
  plainVersion,
} from '../../../src/core/registry/catalog/version.ts';

const { entities } = STARTER.document;
const ids = (kind: string) => entities.filter(({ id }) => reservedKind(id) === kind).map(({ id }) => id);
const controls = (where: string) => entities.filter((entity) => entity.enforcement_point === where);

describe('WCP 7.1 catalog 1.0.0', () => {
  it('holds the published controls, profiles and events', () => {
    expect(countKinds(STARTER.document)).toMatchObject({ control: 33, profile: 33 + 4, policy: 4, event: 7 });
    expect(controls('hall')).toHaveLength(11);
    expect(controls('platform')).toHaveLength(12);
    expect(controls('worker')).toHaveLength(10);
    expect(HALL_CONTROL_IDS.size).toBe(15);
    expect(STARTER.document._meta).toMatchObject({ version: '1.0.0', total_entities: entities.length });
  });

  it('could be imported', () => {
    expect(readCatalogDocument(STARTER.document as unknown as JsonObject)).toMatchObject({ ok: true });
    for (const { id, description } of entities) {
      if (reservedKind(id) !== 'profile') expect(description, id).toMatch(/\S/);
    }
  });

  it('holds the ids of the demo', () => {
    const used = [
      ...DEMO_WORKERS.flatMap((worker) => [
        worker.worker_species_id,
        ...worker.capabilities,
        ...worker.required_controls,
      ]),
      ...DEMO_RULES.rules.map((rule) => rule.match.capability_id),
      'prof.prod.strict',
    ];
    for (const id of used) expect(STARTER_CATALOG.byId.has(id), id).toBe(true);
  });

  it('profiles, species and Halls name only what exists', () => {
    const known = new Set([...ids('control'), ...ids('capability')]);
    for (const { id, controls_required: named = [], serves_capabilities: served = [] } of entities)
      for (const other of [...named, ...(served as readonly string[])])
        expect(known.has(other), `${id} ${other}`).toBe(true);
    for (const control of HALL_CONTROL_IDS) expect(known.has(control), control).toBe(true);
  });

  it('is frozen: records that name no catalog mean this one', () => {
    expect(STARTER.hash).toBe('1f2cf3ed11dd868ef0ace89808c115dc1a8f92c84f9aa596594e74dfffd58356');
    expect({ version: STARTER_CATALOG.version, hash: STARTER_CATALOG.hash }).toEqual(FIRST_CATALOG);
    expect(sha256Hex(STARTER_TEXT)).toBe(FIRST_CATALOG.hash);
    expect(canonicalJson(JSON.parse(STARTER_TEXT))).toBe(STARTER_TEXT);
  });

  it('looks up', () => {
    const { byId } = STARTER_CATALOG;
    expect(byId.get('cap.doc.summarize')).toMatchObject({ risk_tier: 'low' });
    expect(byId.get('ctrl.blast-radius-scoring')).toMatchObject({
      enforcement_point: 'hall',
      required_for_risk_tiers: ['high', 'critical'],
    });
    expect(byId.get('prof.pol.default-deny-strict')?.controls_required).toEqual([
      'ctrl.pol.policy-engine-runtime',
      'ctrl.pol.audit-policy-decisions',
      'ctrl.pol.policy-versioning',
      'ctrl.pol.default-deny',
    ]);
    expect(byId.has('cap.not.there')).toBe(false);
    expect(byId.has('__proto__')).toBe(false);
    expect(resolveId('rag_strict')).toBe('prof.mem.rag-strict');
    expect(nameOf({ id: 'ctrl.sandbox.no-egress-default-deny' })).toBe('sandbox no egress default deny');
  });
});

describe('search', () => {
  const find = (text: string, kind: 'capability' | 'control' | null = null, after: string | null = null, limit = 200) =>
    searchCatalog(STARTER_CATALOG.document, { text, kind, after, limit });

  it('finds by words in id, name or description, whatever their case', () => {
    expect(find('CAP.DOC.sum').entities.map(({ id }) => id)).toEqual(['cap.doc.summarize']);
    expect(find('shorter  text').entities.map(({ id }) => id)).toEqual(['cap.doc.summarize']);
    expect(find('no egress', 'control').entities.map(({ id }) => id)).toEqual(['ctrl.sandbox.no-egress-default-deny']);
    expect(find('.*').entities).toEqual([]);
  });

  it('pages through everything once', () => {
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = find('', null, after, 7);
      seen.push(...page.entities.map(({ id }) => id));
      if (page.nextCursor === null) break;
      after = page.nextCursor;
    }
    expect(seen).toEqual([...STARTER_CATALOG.byId.keys()]);
  });

  it('shows kind, name and status where an entity does not say them', () => {
    expect(shownEntity({ id: 'ctrl.blast-radius-scoring' })).toEqual({
      id: 'ctrl.blast-radius-scoring',
      kind: 'control',
      name: 'blast radius scoring',
      status: 'active',
    });
  });
});

describe('WCP 2.1 reserved ids', () => {
  it.each([
    ['cap.doc.summarize', true],
    ['cap.doc', true],
    ['cap.a.b.c', true],
    ['cap.a.b.c.d', false],
    ['cap', false],
    ['cap.', false],
    ['cap.Doc.x', false],
    ['cap.doc_x', false],
    ['evt.gov.blast_scored', true],
    ['org.acme.thing', false],
    [`cap.${'a'.repeat(61)}`, false],
    ['cap.doc.x\n', false],
  ])('%j %s', (id, lawful) => {
    expect(isCatalogId(id)).toBe(lawful);
  });
});

describe('WCP 2.1 catalog versions', () => {
  it.each([
    ['1.0.0', true],
    ['wcp-catalog@1.0.0', true],
    ['0.9.12', true],
    ['1.0.1', false],
    ['1.1.0', false],
    ['2.0.0', false],
    ['latest', false],
    ['', false],
  ])('1.0.0 meets a minimum of %j: %s', (minimum, met) => {
    expect(catalogMeets(minimum, '1.0.0')).toBe(met);
  });

  it('compares numbers, not text', () => {
    expect(catalogMeets('1.9.0', '1.10.0')).toBe(true);
    expect(catalogMeets('1.10.0', '1.9.9')).toBe(false);
    expect(compareVersions('wcp-catalog@1.0.0', '1.0.0')).toBe(0);
    expect(compareVersions('nonsense', '0.0.0')).toBeLessThan(0);
    expect(plainVersion('wcp-catalog@01.2.3')).toBe('1.2.3');
  });
});
