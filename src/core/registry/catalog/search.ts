/** Looking through a catalog: by words and kind in order of ids, one page at a time; and how many there are of what. */
import type { JsonObject } from '../../json.ts';
import type { CatalogDocument } from './document.ts';
import { type CatalogEntity, ENTITY_KINDS, type EntityKind, nameOf, reservedKind, statusOf } from './entity.ts';

export interface CatalogSearch {
  /** Words that must all be found in id, name or description; blank: all. */
  readonly text: string;
  readonly kind: EntityKind | null;
  /** The last id of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

export interface CatalogPage {
  readonly entities: readonly CatalogEntity[];
  readonly nextCursor: string | null;
}

const haystack = (entity: CatalogEntity): string =>
  `${entity.id}\n${nameOf(entity)}\n${entity.description ?? ''}`.toLowerCase();

export const searchCatalog = ({ entities }: CatalogDocument, search: CatalogSearch): CatalogPage => {
  const words = search.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const { kind, after, limit } = search;
  const found: CatalogEntity[] = [];
  for (const entity of entities) {
    if (after !== null && entity.id <= after) continue;
    if (kind !== null && reservedKind(entity.id) !== kind) continue;
    if (words.length > 0) {
      const text = haystack(entity);
      if (!words.every((word) => text.includes(word))) continue;
    }
    if (found.length === limit) return { entities: found, nextCursor: found.at(-1)?.id ?? null };
    found.push(entity);
  }
  return { entities: found, nextCursor: null };
};

/** An entity as it is shown: its own members, with kind, name and status where it does not say them. */
export const shownEntity = (entity: CatalogEntity): JsonObject => ({
  ...(entity as JsonObject),
  kind: reservedKind(entity.id),
  name: nameOf(entity),
  status: statusOf(entity),
});

/** How many entities there are of each kind. */
export const countKinds = ({ entities }: CatalogDocument): Readonly<Record<EntityKind, number>> => {
  const counts = Object.fromEntries(ENTITY_KINDS.map((kind) => [kind, 0])) as Record<EntityKind, number>;
  for (const { id } of entities) {
    const kind = reservedKind(id);
    if (kind !== null) counts[kind]++;
  }
  return counts;
};
