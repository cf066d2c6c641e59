/** The home of the catalog: what was imported, what is in force since, and which tenants have not heard of it yet. */
import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { catalogContents, catalogRevisions, tenants } from './schema.ts';

export interface CatalogRevision {
  /** Grows by one with every import; 0 is the starter catalog, which is in no row. */
  readonly revision: number;
  readonly version: string;
  readonly documentHash: string;
  readonly entities: number;
  /** Milliseconds since the epoch. */
  readonly importedAt: number;
  readonly inForceVersion: string;
  readonly inForceHash: string;
}

export const latestRevision = async (db: Database): Promise<CatalogRevision | null> => {
  const rows = await db.select().from(catalogRevisions).orderBy(desc(catalogRevisions.revision)).limit(1);
  return rows[0] ?? null;
};

export const revisionsBefore = (db: Database, before: number, limit: number): Promise<CatalogRevision[]> =>
  db
    .select()
    .from(catalogRevisions)
    .where(lt(catalogRevisions.revision, before))
    .orderBy(desc(catalogRevisions.revision))
    .limit(limit);

export const catalogContent = async (db: Database, hash: string): Promise<string | null> => {
  const rows = await db
    .select({ text: catalogContents.text })
    .from(catalogContents)
    .where(eq(catalogContents.hash, hash));
  return rows[0]?.text ?? null;
};

/** The document that was imported last under this version. */
export const documentOfVersion = async (db: Database, version: string): Promise<string | null> => {
  const rows = await db
    .select({ text: catalogContents.text })
    .from(catalogRevisions)
    .innerJoin(catalogContents, eq(catalogContents.hash, catalogRevisions.documentHash))
    .where(eq(catalogRevisions.version, version))
    .orderBy(desc(catalogRevisions.revision))
    .limit(1);
  return rows[0]?.text ?? null;
};

export const importedDocuments = (db: Database): Promise<{ hash: string; text: string }[]> =>
  db
    .select({ hash: catalogContents.hash, text: catalogContents.text })
    .from(catalogRevisions)
    .innerJoin(catalogContents, eq(catalogContents.hash, catalogRevisions.documentHash))
    .orderBy(asc(catalogRevisions.revision));

/**
 * Records one import, all of it or nothing. False: another import came first, and took the revision or brought the very
 * document; what it changed has to be looked at again.
 */
export const recordRevision = async (
  db: Database,
  revision: CatalogRevision,
  texts: { readonly document: string; readonly inForce: string },
): Promise<boolean> => {
  const content = (hash: string, text: string) =>
    db.insert(catalogContents).values({ hash, text }).onConflictDoNothing();
  try {
    await db.batch([
      db.insert(catalogRevisions).values(revision),
      content(revision.documentHash, texts.document),
      content(revision.inForceHash, texts.inForce),
    ]);
    return true;
  } catch (error) {
    const latest = await latestRevision(db);
    if (latest !== null && latest.revision >= revision.revision) return false;
    throw error;
  }
};

/** Tenants that have not said yet that they went over to this revision. */
export const tenantsBehind = async (
  db: Database,
  revision: number,
  after: string,
  limit: number,
): Promise<string[]> => {
  const rows = await db
    .select({ id: tenants.id })
    .from(tenants)
    .where(and(gt(tenants.id, after), lt(tenants.catalogRevision, revision)))
    .orderBy(asc(tenants.id))
    .limit(limit);
  return rows.map(({ id }) => id);
};

export const tenantHasRevision = async (db: Database, tenantId: string, revision: number): Promise<void> => {
  await db
    .update(tenants)
    .set({ catalogRevision: sql`max(${tenants.catalogRevision}, ${revision})` })
    .where(eq(tenants.id, tenantId));
};
