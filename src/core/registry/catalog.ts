/**
 * The catalog of this Hall, `wcp-catalog@1.0.0` (WCP 2.1, 7.1, 7.3): the published controls and profiles, the events of
 * 3.9, and a starting set of capabilities, species and policies of our own.
 * INVARIANT: the meaning of an id never changes once published; an entity is only ever tombstoned.
 */
import { CAPABILITIES, CONTROLS, EVENTS, POLICIES, PROFILES, SPECIES } from './catalog-data.ts';
import type { CatalogEntity, EntityKind } from './catalog-entity.ts';
import { CATALOG_VERSION } from './catalog-version.ts';

export type { CatalogEntity, EntityKind } from './catalog-entity.ts';
export { CATALOG_VERSION, CATALOG_VERSION_PATTERN, catalogMeets } from './catalog-version.ts';

const PREFIXES: Readonly<Record<EntityKind, string>> = {
  capability: 'cap.',
  species: 'wrk.',
  control: 'ctrl.',
  policy: 'pol.',
  profile: 'prof.',
  event: 'evt.',
};

const SEGMENTS = /^[a-z]+(?:\.[a-z0-9-]+){1,3}$/;
/** The published events have underscores in them, so that events alone may. */
const EVENT_SEGMENTS = /^evt(?:\.[a-z0-9_-]+){1,3}$/;
const MAX_ID = 64;

/** The kind whose prefix an id carries, or null: ids with these prefixes are reserved for the catalog. */
export const reservedKind = (id: string): EntityKind | null => {
  for (const [kind, prefix] of Object.entries(PREFIXES)) if (id.startsWith(prefix)) return kind as EntityKind;
  return null;
};

/** Whether a catalog may publish this id: its prefix, and 2 to 4 segments of `[a-z0-9-]`, at most 64 characters. */
export const isCatalogId = (id: string): boolean => {
  const kind = reservedKind(id);
  if (kind === null || id.length > MAX_ID) return false;
  return (kind === 'event' ? EVENT_SEGMENTS : SEGMENTS).test(id);
};

const ENTITIES: readonly CatalogEntity[] = [
  ...CAPABILITIES,
  ...SPECIES,
  ...CONTROLS,
  ...POLICIES,
  ...PROFILES,
  ...EVENTS,
];
const byId: ReadonlyMap<string, CatalogEntity> = new Map(ENTITIES.map((entity) => [entity.id, entity]));

export const catalogLookup = (id: string): CatalogEntity | null => byId.get(id) ?? null;

export const inCatalog = (id: string): boolean => byId.has(id);

export interface CatalogDocument {
  readonly _meta: { readonly version: string; readonly wcp_spec: string; readonly total_entities: number };
  readonly entities: readonly CatalogEntity[];
}

export const CATALOG: CatalogDocument = {
  _meta: { version: CATALOG_VERSION, wcp_spec: '0.2', total_entities: ENTITIES.length },
  entities: ENTITIES,
};

/** Controls that a Hall itself can supply, each only while its feature is active (WCP 7.2). */
export const HALL_CONTROL_IDS: ReadonlySet<string> = new Set([
  ...CONTROLS.filter((control) => control.enforced_by === 'hall').map((control) => control.id),
  'ctrl.obs.audit-log-append-only',
  'ctrl.obs.slo-alerting',
  'ctrl.pol.policy-engine-runtime',
  'ctrl.os.global-kill-switches',
]);

/** Other names of catalog ids that published texts use. */
const ID_ALIASES: ReadonlyMap<string, string> = new Map([['rag_strict', 'prof.mem.rag-strict']]);
export const resolveId = (id: string): string => ID_ALIASES.get(id) ?? id;
