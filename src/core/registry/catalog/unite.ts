/**
 * The catalog in force: all documents this Hall was given, united (WCP 2.1). An id that one of them published stays for
 * ever. Where several speak of one id the later version wins, member by member, except that a tombstone wins always;
 * so the union depends on which documents there are and not on the order in which they came.
 * INVARIANT: what was said of an id is never said otherwise by the same or a later version (`contradictions`). A document
 * of an earlier version may differ: it is history, and changes nothing that is in force.
 */
import { canonicalJson } from '../../canonical.ts';
import { sha256Hex } from '../../hash.ts';
import type { FieldError } from '../../refusal.ts';
import { err, ok, type Result } from '../../result.ts';
import type { CatalogDocument } from './document.ts';
import { type CatalogEntity, statusOf } from './entity.ts';
import { compareVersions } from './version.ts';

export interface PublishedDocument {
  /** SHA-256 of its canonical JSON. */
  readonly hash: string;
  readonly document: CatalogDocument;
}

export interface UnitedCatalog {
  readonly version: string;
  readonly hash: string;
  /** Canonical JSON: what is exported, kept by hash, and named by decisions. */
  readonly text: string;
  readonly document: CatalogDocument;
}

export interface Import {
  readonly united: UnitedCatalog;
  readonly added: readonly string[];
  readonly tombstoned: readonly string[];
}

export type ImportError =
  | { readonly reason: 'contradiction'; readonly errors: readonly FieldError[] }
  | { readonly reason: 'dangling'; readonly errors: readonly FieldError[] };

const MAX_ERRORS = 100;
const TOMBSTONE = ['status', 'superseded_by', 'deprecated_catalog', 'sunset_catalog'] as const;

const inOrder = (documents: readonly PublishedDocument[]): readonly PublishedDocument[] =>
  [...documents].sort(
    (a, b) =>
      compareVersions(a.document._meta.version, b.document._meta.version) ||
      (a.hash < b.hash ? -1 : Number(a.hash > b.hash)),
  );

const tombstoneOf = (entity: CatalogEntity): Partial<CatalogEntity> =>
  Object.fromEntries(
    TOMBSTONE.flatMap((member) => (entity[member] === undefined ? [] : [[member, entity[member]] as const])),
  );

const overlay = (earlier: CatalogEntity, later: CatalogEntity): CatalogEntity => ({
  ...earlier,
  ...later,
  ...(statusOf(earlier) === 'deprecated' && statusOf(later) === 'active' ? tombstoneOf(earlier) : {}),
});

const entitiesOf = (ordered: readonly PublishedDocument[]): ReadonlyMap<string, CatalogEntity> => {
  const byId = new Map<string, CatalogEntity>();
  for (const { document } of ordered) {
    for (const entity of document.entities) {
      const earlier = byId.get(entity.id);
      byId.set(entity.id, earlier === undefined ? entity : overlay(earlier, entity));
    }
  }
  return byId;
};

export const unite = (documents: readonly PublishedDocument[]): UnitedCatalog => {
  const ordered = inOrder(documents);
  const byId = entitiesOf(ordered);
  const entities = [...byId.keys()].sort().flatMap((id) => byId.get(id) ?? []);
  const latest = ordered.at(-1)?.document._meta;
  const version = latest?.version ?? '0.0.0';
  const document: CatalogDocument = {
    _meta: {
      version,
      wcp_spec: latest?.wcp_spec ?? '',
      total_entities: entities.length,
      ...(latest?.built === undefined ? {} : { built: latest.built }),
      documents: ordered.map((one) => ({ version: one.document._meta.version, hash: one.hash })),
    },
    entities,
  };
  const text = canonicalJson(document);
  return { version, hash: sha256Hex(text), text, document };
};

export const published = (document: CatalogDocument): PublishedDocument => ({
  hash: sha256Hex(canonicalJson(document)),
  document,
});

/** What the document says otherwise than the documents of its own or an earlier version. */
const contradictions = (
  known: readonly PublishedDocument[],
  { document }: PublishedDocument,
): readonly FieldError[] => {
  const earlier = entitiesOf(
    inOrder(known.filter((one) => compareVersions(one.document._meta.version, document._meta.version) <= 0)),
  );
  return document.entities.flatMap((entity, index) => {
    const before = earlier.get(entity.id);
    if (before === undefined) return [];
    return Object.keys(entity)
      .filter((member) => contradicts(member, before, entity))
      .map((member) => ({
        field: `/entities/${index}/${member}`,
        message: `${entity.id}: ${member} was published as ${brief(before[member])}, and what is published stays`,
      }));
  });
};

const contradicts = (member: string, before: CatalogEntity, now: CatalogEntity): boolean => {
  if (member === 'status') return statusOf(before) === 'deprecated' && statusOf(now) === 'active';
  return Object.hasOwn(before, member) && canonicalJson(before[member]) !== canonicalJson(now[member]);
};

const brief = (value: unknown): string => {
  const text = canonicalJson(value ?? null);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};

/** Successors that nobody published, and chains of successors that lead back. */
const dangling = (byId: ReadonlyMap<string, CatalogEntity>, { document }: PublishedDocument): readonly FieldError[] =>
  document.entities.flatMap(({ id, superseded_by: successor }, index) => {
    if (typeof successor !== 'string') return [];
    const field = `/entities/${index}/superseded_by`;
    if (!byId.has(successor)) return [{ field, message: `${id}: ${successor} is in no catalog` }];
    return succession(byId, id).at(-1) === id ? [{ field, message: `${id}: its successors lead back to it` }] : [];
  });

/** The ids that superseded this one, one after another; ends with the id itself where they go round. */
export const succession = (byId: ReadonlyMap<string, CatalogEntity>, id: string): readonly string[] => {
  const chain: string[] = [];
  for (let next = byId.get(id)?.superseded_by; typeof next === 'string'; next = byId.get(next)?.superseded_by) {
    if (chain.includes(next)) break;
    chain.push(next);
    if (next === id) break;
  }
  return chain;
};

/** The catalog with one more document in it, or why it cannot have it. */
export const importDocument = (
  known: readonly PublishedDocument[],
  arriving: PublishedDocument,
): Result<Import, ImportError> => {
  const contradicted = contradictions(known, arriving);
  if (contradicted.length > 0) return err({ reason: 'contradiction', errors: contradicted.slice(0, MAX_ERRORS) });
  const before = entitiesOf(inOrder(known));
  const united = unite([...known.filter(({ hash }) => hash !== arriving.hash), arriving]);
  const after = new Map(united.document.entities.map((entity) => [entity.id, entity]));
  const lost = dangling(after, arriving);
  if (lost.length > 0) return err({ reason: 'dangling', errors: lost.slice(0, MAX_ERRORS) });
  const isActive = (entity: CatalogEntity | undefined): boolean =>
    entity !== undefined && statusOf(entity) === 'active';
  return ok({
    united,
    added: [...after.keys()].filter((id) => !before.has(id)),
    tombstoned: [...before.keys()].filter((id) => isActive(before.get(id)) && !isActive(after.get(id))),
  });
};
