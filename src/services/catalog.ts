/** The catalog: imported by the operator into D1, and read from there. What decisions read of it is carried to the tenants. */
import { canonicalJson } from '../core/canonical.ts';
import { clean } from '../core/hall/text.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { type CatalogDocument, readCatalogDocument } from '../core/registry/catalog/document.ts';
import { type EntityKind, resolveId } from '../core/registry/catalog/entity.ts';
import {
  type Catalog,
  catalogOf,
  knownCatalog,
  STARTER_CATALOG,
  STARTER_TEXT,
} from '../core/registry/catalog/in-force.ts';
import { countKinds, searchCatalog, shownEntity } from '../core/registry/catalog/search.ts';
import { STARTER } from '../core/registry/catalog/starter.ts';
import { importDocument, type PublishedDocument, published, succession } from '../core/registry/catalog/unite.ts';
import { plainVersion } from '../core/registry/catalog/version.ts';
import { err, ok, type Result } from '../core/result.ts';
import {
  type CatalogRevision,
  documentOfVersion,
  importedDocuments,
  latestRevision,
  recordRevision,
  revisionsBefore,
} from '../registry/catalog.ts';
import type { Caller } from './caller.ts';
import { carryCatalog, inForceText } from './catalog-courier.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';

/** Below what one row of D1 holds. */
const MAX_TEXT_BYTES = 1_900_000;
const IMPORT_ATTEMPTS = 5;

interface Head {
  readonly revision: number;
  readonly catalog: Catalog;
}

const head = async (deps: Deps): Promise<Head> => {
  const latest = await latestRevision(deps.db);
  if (latest === null) return { revision: 0, catalog: STARTER_CATALOG };
  const catalog = knownCatalog(latest.inForceHash) ?? catalogOf(latest.inForceHash, await inForceText(deps, latest));
  return { revision: latest.revision, catalog };
};

const shownHead = ({ revision, catalog }: Head): JsonObject => ({
  version: catalog.version,
  revision,
  hash: catalog.hash,
  total_entities: catalog.byId.size,
});

/** Adds a document to the catalog. The same document again changes nothing. */
export const importCatalog = async (deps: Deps, content: JsonObject): Promise<Result<JsonObject, Refusal>> => {
  const read = readCatalogDocument(content);
  if (!read.ok) return err(refusal('catalog_invalid', `${read.error.length} faults`, read.error));
  const arriving = published(read.value);
  for (let attempt = 0; attempt < IMPORT_ATTEMPTS; attempt++) {
    const done = await importOnce(deps, arriving);
    if (done !== null) return done;
  }
  return err(refusal('overloaded'));
};

/** Null: another import came between. */
const importOnce = async (deps: Deps, arriving: PublishedDocument): Promise<Result<JsonObject, Refusal> | null> => {
  const before = await head(deps);
  const known = [STARTER, ...(await importedDocuments(deps.db)).map(restored)];
  if (known.some(({ hash }) => hash === arriving.hash)) return ok(imported(before, arriving, [], []));
  const judged = importDocument(known, arriving);
  if (!judged.ok) {
    const { reason, errors } = judged.error;
    return err(
      refusal(reason === 'contradiction' ? 'catalog_contradicted' : 'catalog_invalid', errors[0]?.message, errors),
    );
  }
  const { united, added, tombstoned } = judged.value;
  const documentText = canonicalJson(arriving.document);
  if (isTooLarge(united.text) || isTooLarge(documentText)) {
    return err(refusal('body_too_large', `a catalog is at most ${MAX_TEXT_BYTES} bytes`));
  }
  const revision: CatalogRevision = {
    revision: before.revision + 1,
    version: arriving.document._meta.version,
    documentHash: arriving.hash,
    entities: arriving.document.entities.length,
    importedAt: deps.nowMs(),
    inForceVersion: united.version,
    inForceHash: united.hash,
  };
  if (!(await recordRevision(deps.db, revision, { document: documentText, inForce: united.text }))) return null;
  await carryCatalog(deps, 1);
  const now = { revision: revision.revision, catalog: catalogOf(united.hash, united.text) };
  return ok(imported(now, arriving, added, tombstoned));
};

const isTooLarge = (text: string): boolean => new TextEncoder().encode(text).length > MAX_TEXT_BYTES;

const restored = ({ hash, text }: { readonly hash: string; readonly text: string }): PublishedDocument => ({
  hash,
  document: JSON.parse(text) as CatalogDocument,
});

const imported = (
  now: Head,
  { hash, document }: PublishedDocument,
  added: readonly string[],
  tombstoned: readonly string[],
): JsonObject => ({
  catalog: shownHead(now),
  imported: {
    version: document._meta.version,
    hash,
    total_entities: document.entities.length,
    counts: { ...countKinds(document) },
  },
  added: added.length,
  tombstoned: [...tombstoned],
});

export interface CatalogQuestion {
  readonly text: string;
  readonly kind: EntityKind | null;
  readonly after: string | null;
  readonly limit: number;
}

export const findInCatalog = async (deps: Deps, question: CatalogQuestion): Promise<JsonObject> => {
  const now = await head(deps);
  const { entities, nextCursor } = searchCatalog(now.catalog.document, question);
  return {
    catalog: shownHead(now),
    entities: entities.map(shownEntity),
    count: entities.length,
    next_cursor: nextCursor,
  };
};

export const catalogEntity = async (deps: Deps, id: string): Promise<Result<JsonObject, Refusal>> => {
  const { catalog } = await head(deps);
  const entity = catalog.byId.get(resolveId(id));
  return entity === undefined ? err(refusal('not_found')) : ok(shownEntity(entity));
};

/** What an id is, what comes after it, and what it means in the caller's Hall. An id that is in no catalog is explained, too. */
export const explainId = async (deps: Deps, caller: Caller, asked: string): Promise<Result<JsonObject, Refusal>> => {
  const id = resolveId(asked);
  const here = await ask(deps, caller, { kind: 'explain', id });
  if (!here.ok) return here;
  const { catalog } = await head(deps);
  const entity = catalog.byId.get(id);
  const { workers_count: workers, rules_count: rules } = here.value;
  if (entity === undefined && workers === 0 && rules === 0) return err(refusal('not_found'));
  return ok({
    id: clean(id),
    entity: entity === undefined ? null : shownEntity(entity),
    succession: [...succession(catalog.byId, id)],
    ...here.value,
  });
};

/** The catalog in force, or the document of a version, as canonical JSON: the same bytes every time. */
export const exportCatalog = async (deps: Deps, version: string | null): Promise<Result<string, Refusal>> => {
  if (version === null) {
    const latest = await latestRevision(deps.db);
    return ok(latest === null ? STARTER_TEXT : await inForceText(deps, latest));
  }
  const plain = plainVersion(version);
  const found = plain === null ? null : await documentOfVersion(deps.db, plain);
  if (found !== null) return ok(found);
  return plain === STARTER.document._meta.version ? ok(canonicalJson(STARTER.document)) : err(refusal('not_found'));
};

/** Newest first; the starter catalog is the last. */
export const catalogVersions = async (deps: Deps, before: number | null, limit: number): Promise<JsonObject> => {
  const rows = await revisionsBefore(deps.db, before ?? Number.MAX_SAFE_INTEGER, limit + 1);
  const all = [...rows.map(shownRevision), ...(before === 0 ? [] : [STARTER_SHOWN])];
  const versions = all.slice(0, limit);
  const more = all.length > limit;
  return { versions, count: versions.length, next_cursor: more ? String(versions.at(-1)?.revision) : null };
};

const shownRevision = (row: CatalogRevision): JsonObject => ({
  revision: row.revision,
  version: row.version,
  hash: row.documentHash,
  total_entities: row.entities,
  imported_at: new Date(row.importedAt).toISOString(),
  in_force: { version: row.inForceVersion, hash: row.inForceHash },
});

const STARTER_SHOWN: JsonObject = {
  revision: 0,
  version: STARTER.document._meta.version,
  hash: STARTER.hash,
  total_entities: STARTER.document.entities.length,
  imported_at: null,
  in_force: { version: STARTER_CATALOG.version, hash: STARTER_CATALOG.hash },
};
