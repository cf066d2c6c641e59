import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import {
  CATALOG,
  catalogLookup,
  catalogMeets,
  HALL_CONTROL_IDS,
  inCatalog,
  isCatalogId,
  reservedKind,
  resolveId,
} from '../../../src/core/registry/catalog.ts';

const ids = (kind: string) => CATALOG.entities.filter((entity) => entity.kind === kind).map((entity) => entity.id);
const controls = (where: string) => CATALOG.entities.filter((entity) => entity.enforced_by === where);

describe('WCP 7.1 catalog 1.0.0', () => {
  it('holds the published controls, profiles and events', () => {
    expect(ids('control')).toHaveLength(33);
    expect(controls('hall')).toHaveLength(11);
    expect(controls('platform')).toHaveLength(12);
    expect(controls('worker')).toHaveLength(10);
    expect(ids('profile')).toHaveLength(33 + 4);
    expect(ids('policy')).toHaveLength(4);
    expect(ids('event')).toHaveLength(7);
    expect(HALL_CONTROL_IDS.size).toBe(15);
    expect(CATALOG._meta).toEqual({ version: '1.0.0', wcp_spec: '0.2', total_entities: CATALOG.entities.length });
  });

  it('every id is lawful, unique and of its kind', () => {
    for (const { id, kind } of CATALOG.entities) {
      expect(isCatalogId(id), id).toBe(true);
      expect(reservedKind(id)).toBe(kind);
    }
    expect(new Set(CATALOG.entities.map((entity) => entity.id)).size).toBe(CATALOG.entities.length);
  });

  it('profiles and Halls name only controls that exist', () => {
    const known = new Set(ids('control'));
    for (const { id, controls: named = [] } of CATALOG.entities)
      for (const control of named) expect(known.has(control), `${id} ${control}`).toBe(true);
    for (const control of HALL_CONTROL_IDS) expect(known.has(control), control).toBe(true);
  });

  it('is frozen', () => {
    expect(sha256Hex(canonicalJson(CATALOG))).toBe('531202ab3f76adfbe3f750120e4fdf627e819ef873cdbbb86b090881be0e434b');
  });

  it('looks up', () => {
    expect(catalogLookup('cap.doc.summarize')).toMatchObject({ kind: 'capability', risk_tier: 'low' });
    expect(catalogLookup('ctrl.blast-radius-scoring')).toMatchObject({ enforced_by: 'hall', required_from: 'high' });
    expect(catalogLookup('prof.pol.default-deny-strict')?.controls).toEqual([
      'ctrl.pol.policy-engine-runtime',
      'ctrl.pol.audit-policy-decisions',
      'ctrl.pol.policy-versioning',
      'ctrl.pol.default-deny',
    ]);
    expect(inCatalog('cap.not.there')).toBe(false);
    expect(inCatalog('__proto__')).toBe(false);
    expect(resolveId('rag_strict')).toBe('prof.mem.rag-strict');
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
  ])('a minimum of %j is met: %s', (minimum, met) => {
    expect(catalogMeets(minimum)).toBe(met);
  });

  it('compares numbers, not text', () => {
    expect(catalogMeets('1.9.0', '1.10.0')).toBe(true);
    expect(catalogMeets('1.10.0', '1.9.9')).toBe(false);
  });
});
