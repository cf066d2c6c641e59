/** WCP 2.1, 7.1: documents are judged, united, and never contradicted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { readCatalogDocument } from '../../../src/core/registry/catalog/document.ts';
import { countKinds } from '../../../src/core/registry/catalog/search.ts';
import { STARTER } from '../../../src/core/registry/catalog/starter.ts';
import {
  importDocument,
  type PublishedDocument,
  published,
  succession,
  unite,
} from '../../../src/core/registry/catalog/unite.ts';
import { catalogDocument, TAXONOMY_COUNTS, TIER_COUNTS, taxonomy, tombstone } from '../../support/taxonomy.ts';

const read = (content: JsonObject): PublishedDocument => {
  const judged = readCatalogDocument(content);
  if (!judged.ok) throw new Error(JSON.stringify(judged.error));
  return published(judged.value);
};
const faults = (content: JsonObject) => {
  const judged = readCatalogDocument(content);
  return judged.ok ? [] : judged.error;
};
const of = (version: string, ...entities: JsonObject[]) => read(catalogDocument(version, entities));
const added = (known: readonly PublishedDocument[], arriving: PublishedDocument) => {
  const done = importDocument(known, arriving);
  if (!done.ok) throw new Error(JSON.stringify(done.error));
  return done.value;
};
const refusedFor = (known: readonly PublishedDocument[], arriving: PublishedDocument) => {
  const done = importDocument(known, arriving);
  return done.ok ? null : { reason: done.error.reason, first: done.error.errors[0] };
};
const entityIn = (united: ReturnType<typeof unite>, id: string) =>
  united.document.entities.find((entity) => entity.id === id);

describe('a document is judged', () => {
  it('the published taxonomy is taken as it is, every member kept', () => {
    const content = taxonomy();
    const { document } = read(content);
    expect(document).toEqual(content);
    expect(countKinds(document)).toEqual(TAXONOMY_COUNTS);
    const tiers = Map.groupBy(
      document.entities.filter(({ id }) => id.startsWith('cap.')),
      ({ risk_tier }) => risk_tier,
    );
    for (const [tier, count] of Object.entries(TIER_COUNTS)) expect(tiers.get(tier as 'low')).toHaveLength(count);
  });

  it('its version may carry the prefix', () => {
    expect(of('wcp-catalog@1.2.3').document._meta.version).toBe('1.2.3');
  });

  it.each<readonly [string, JsonObject, string, RegExp]>([
    ['no _meta', { entities: [] }, '/_meta', /expected/],
    ['no entities', { _meta: { version: '1.0.0', wcp_spec: '0.2', total_entities: 0 } }, '/entities', /expected/],
    ['a version that is none', catalogDocument('latest', []), '/_meta/version', /version/],
    ['a count that is wrong', catalogDocument('1.1.0', [], { total_entities: 7 }), '/_meta/total_entities', /says 7/],
    ['an unlawful id', catalogDocument('1.1.0', [{ id: 'cap.Doc.x' }]), '/entities/0/id', /^cap\.Doc\.x: /],
    ['a foreign prefix', catalogDocument('1.1.0', [{ id: 'org.acme.x' }]), '/entities/0/id', /org\.acme\.x/],
    ['an entity that is none', catalogDocument('1.1.0', [7 as unknown as JsonObject]), '/entities/0', /expected/],
    ['no id', catalogDocument('1.1.0', [{ name: 'x' }]), '/entities/0/id', /./],
    [
      'a tier that is none',
      catalogDocument('1.1.0', [{ id: 'cap.a', risk_tier: 'huge' }]),
      '/entities/0/risk_tier',
      /cap\.a/,
    ],
    ['another kind', catalogDocument('1.1.0', [{ id: 'cap.a', kind: 'control' }]), '/entities/0/kind', /capability/],
    [
      'a repeat',
      catalogDocument('1.1.0', [{ id: 'cap.a' }, { id: 'cap.a' }]),
      '/entities/1/id',
      /\/entities\/0 already/,
    ],
    [
      'a control that is none',
      catalogDocument('1.1.0', [{ id: 'prof.a', controls_required: ['cap.a'] }]),
      '/entities/0/controls_required',
      /no control/,
    ],
    [
      'half a tombstone',
      catalogDocument('1.1.0', [{ id: 'cap.a', superseded_by: 'cap.b' }]),
      '/entities/0/superseded_by',
      /deprecated/,
    ],
    [
      'its own successor',
      catalogDocument('1.1.0', [tombstone('cap.a', 'cap.a')]),
      '/entities/0/superseded_by',
      /itself/,
    ],
    [
      'a successor of another kind',
      catalogDocument('1.1.0', [tombstone('cap.a', 'wrk.a')]),
      '/entities/0/superseded_by',
      /no capability/,
    ],
    [
      'a sunset before the dusk',
      catalogDocument('1.1.0', [tombstone('cap.a', null, { sunset_catalog: '1.0.0' })]),
      '/entities/0/sunset_catalog',
      /before/,
    ],
    [
      'a status that is none',
      catalogDocument('1.1.0', [{ id: 'cap.a', status: 'gone' }]),
      '/entities/0/status',
      /cap\.a/,
    ],
  ])('%s is refused', (_, content, field, message) => {
    const [first] = faults(content);
    expect(first?.field).toBe(field);
    expect(first?.message).toMatch(message);
  });

  it('all faults are told at once', () => {
    expect(
      faults(catalogDocument('1.1.0', [tombstone('cap.a', 'cap.a'), { id: 'cap.b', kind: 'event' }])),
    ).toHaveLength(2);
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (meta, entities) => {
        expect(readCatalogDocument({ _meta: meta, entities } as JsonObject)).toHaveProperty('ok');
      }),
    );
  });
});

describe('the catalog in force', () => {
  it('has the taxonomy beside the starter catalog, and stays at the higher version', () => {
    const { united, added: ids, tombstoned } = added([STARTER], read(taxonomy()));
    expect(united.version).toBe('1.0.0');
    // All but the 33 controls, the 33 profiles and one capability that both have.
    expect(ids).toHaveLength(245 - 67);
    expect(tombstoned).toEqual([]);
    expect(entityIn(united, 'cap.net.published-1')).toMatchObject({
      tags: ['published', 'net'],
      wcp_namespace: 'reserved',
    });
    // The later version wins where both speak; what only the earlier says is kept.
    expect(entityIn(united, 'cap.doc.summarize')).toMatchObject({
      description: expect.stringContaining('shorter'),
      name: 'Published Capability 0',
      risk_tier: 'low',
    });
  });

  it('a published id stays when a later document leaves it out', () => {
    const { united } = added([STARTER], of('1.1.0', { id: 'cap.new.thing' }));
    expect(united.version).toBe('1.1.0');
    expect(entityIn(united, 'cap.doc.summarize')).toBeDefined();
    expect(united.document._meta.total_entities).toBe(STARTER.document.entities.length + 1);
  });

  it.each<readonly [string, JsonObject]>([
    ['another tier', { id: 'cap.doc.summarize', risk_tier: 'high' }],
    ['another text', { id: 'cap.doc.summarize', description: 'delete a document' }],
    ['other controls', { id: 'prof.prov.prod-strict', controls_required: [] }],
    ['another enforcer', { id: 'ctrl.blast-radius-scoring', enforcement_point: 'worker' }],
  ])('a later document cannot change what was published: %s', (_, entity) => {
    for (const version of ['1.0.0', '1.1.0', '2.0.0']) {
      expect(refusedFor([STARTER], of(version, entity))).toMatchObject({
        reason: 'contradiction',
        first: { message: expect.stringContaining(`${entity.id}: `) },
      });
    }
    // An earlier one is history.
    const { united } = added([STARTER], of('0.9.0', entity));
    expect(entityIn(united, String(entity.id))).toEqual(entityIn(unite([STARTER]), String(entity.id)));
  });

  it('members may be added', () => {
    const { united } = added([STARTER], of('1.1.0', { id: 'cap.doc.summarize', tags: ['text'] }));
    expect(entityIn(united, 'cap.doc.summarize')).toMatchObject({ tags: ['text'], risk_tier: 'low' });
  });

  it('members with the names of methods are members', () => {
    const odd = JSON.parse('{"id":"cap.doc.summarize","constructor":1,"toString":2,"__proto__":3}') as JsonObject;
    const { united } = added([STARTER], of('1.1.0', odd));
    expect(entityIn(united, 'cap.doc.summarize')).toMatchObject({ risk_tier: 'low' });
    expect(
      refusedFor([STARTER, of('1.1.0', odd)], of('1.2.0', { ...odd, constructor: 5 } as unknown as JsonObject)),
    ).toMatchObject({
      reason: 'contradiction',
    });
  });

  it('check 44: a tombstone stays for ever', () => {
    const first = of('1.1.0', { id: 'cap.doc.condense' }, tombstone('cap.doc.summarize', 'cap.doc.condense'));
    const { united, tombstoned } = added([STARTER], first);
    expect(tombstoned).toEqual(['cap.doc.summarize']);
    expect(entityIn(united, 'cap.doc.summarize')).toMatchObject({
      status: 'deprecated',
      superseded_by: 'cap.doc.condense',
      risk_tier: 'low',
    });
    const known = [STARTER, first];
    // Not revived, not told otherwise, not undone by an earlier document.
    const revived = { id: 'cap.doc.summarize', status: 'active' };
    expect(refusedFor(known, of('1.2.0', revived))).toMatchObject({ reason: 'contradiction' });
    expect(refusedFor(known, of('1.2.0', tombstone('cap.doc.summarize', 'cap.doc.chunk')))).toMatchObject({
      reason: 'contradiction',
    });
    for (const arriving of [
      of('1.2.0', { id: 'cap.doc.summarize' }),
      of('1.2.0'),
      of('0.5.0', revived),
      read(taxonomy()),
    ]) {
      expect(entityIn(added(known, arriving).united, 'cap.doc.summarize')).toMatchObject({ status: 'deprecated' });
    }
  });

  it('a tombstone in an earlier document holds for a later one that knew nothing of it', () => {
    const { united } = added([STARTER], of('0.9.0', tombstone('cap.doc.hash', 'cap.doc.chunk')));
    expect(entityIn(united, 'cap.doc.hash')).toMatchObject({ status: 'deprecated', superseded_by: 'cap.doc.chunk' });
  });

  it('a successor has to be published, and successors do not go round', () => {
    expect(refusedFor([STARTER], of('1.1.0', tombstone('cap.doc.hash', 'cap.doc.nowhere')))).toMatchObject({
      reason: 'dangling',
    });
    const round = of('1.1.0', tombstone('cap.doc.hash', 'cap.doc.chunk'), tombstone('cap.doc.chunk', 'cap.doc.hash'));
    expect(refusedFor([STARTER], round)).toMatchObject({ reason: 'dangling' });
    const chain = added(
      [STARTER],
      of('1.1.0', tombstone('cap.doc.hash', 'cap.doc.chunk'), tombstone('cap.doc.chunk', 'cap.doc.ocr')),
    );
    const byId = new Map(chain.united.document.entities.map((entity) => [entity.id, entity]));
    expect(succession(byId, 'cap.doc.hash')).toEqual(['cap.doc.chunk', 'cap.doc.ocr']);
  });

  it('moves to another Hall: what is exported can be imported there, and is the same there', () => {
    const { united } = added([STARTER, of('1.1.0', tombstone('cap.doc.hash', 'cap.doc.chunk'))], read(taxonomy()));
    const there = added([STARTER], read(JSON.parse(united.text) as JsonObject));
    expect(there.united.document.entities).toEqual(united.document.entities);
    expect(there.united.version).toBe(united.version);
  });

  const anyDocument = fc
    .tuple(
      fc.constantFrom('0.1.0', '0.2.0', '1.0.0', '1.1.0', '2.0.0'),
      fc.uniqueArray(
        fc.record({
          id: fc.constantFrom('cap.a', 'cap.b', 'cap.c', 'cap.d'),
          gone: fc.boolean(),
          text: fc.constantFrom('x', 'y'),
        }),
        { selector: ({ id }) => id },
      ),
    )
    .map(([version, entities]) =>
      of(version, ...entities.map(({ id, gone, text }) => (gone ? tombstone(id) : { id, description: text }))),
    );

  it('the order of imports does not matter, nothing published is lost, and no tombstone goes away', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyDocument, { maxLength: 6, selector: ({ hash }) => hash }), (documents) => {
        const known: PublishedDocument[] = [];
        const ids = new Set<string>();
        const gone = new Set<string>();
        for (const arriving of documents) {
          const done = importDocument(known, arriving);
          if (!done.ok) continue;
          known.push(arriving);
          for (const entity of done.value.united.document.entities) {
            ids.add(entity.id);
            if (entity.status === 'deprecated') gone.add(entity.id);
          }
          const now = new Map(done.value.united.document.entities.map((entity) => [entity.id, entity.status]));
          for (const id of ids) expect(now.has(id)).toBe(true);
          for (const id of gone) expect(now.get(id)).toBe('deprecated');
          expect(done.value.united).toEqual(unite([...known].reverse()));
        }
      }),
    );
  });
});
