/**
 * A united catalog in the form in which it is asked: by id. Made once for each hash and shared by all who hold it in
 * this process, since a content never changes under its hash.
 */
import type { CatalogDocument } from './document.ts';
import type { CatalogEntity } from './entity.ts';
import { STARTER } from './starter.ts';
import { type UnitedCatalog, unite } from './unite.ts';

export interface Catalog {
  readonly version: string;
  /** SHA-256 of the canonical JSON that `GET /v1/catalog/export` answers. */
  readonly hash: string;
  readonly document: CatalogDocument;
  readonly byId: ReadonlyMap<string, CatalogEntity>;
}

const compile = (hash: string, document: CatalogDocument): Catalog => ({
  version: document._meta.version,
  hash,
  document,
  byId: new Map(document.entities.map((entity) => [entity.id, entity])),
});

const united: UnitedCatalog = unite([STARTER]);

/** What a Hall has before anything was imported; nothing needs to be stored for it. */
export const STARTER_CATALOG: Catalog = compile(united.hash, united.document);
export const STARTER_TEXT: string = united.text;

/** A few: the one in force, and the one before it while Halls go over. */
const MAX_KEPT = 4;
const kept = new Map<string, Catalog>();

export const knownCatalog = (hash: string): Catalog | null =>
  hash === STARTER_CATALOG.hash ? STARTER_CATALOG : (kept.get(hash) ?? null);

/** `text`: the canonical JSON whose SHA-256 is `hash`; one that `unite` made. */
export const catalogOf = (hash: string, text: string): Catalog => {
  const known = knownCatalog(hash);
  if (known !== null) return known;
  const catalog = compile(hash, JSON.parse(text) as CatalogDocument);
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(hash, catalog);
  return catalog;
};
