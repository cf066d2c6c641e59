/** Who owns which namespace, for reading: what the entries of the network's registry stream do to the rows. */
import { eq } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { LedgerEntry } from './entry.ts';
import { namespaces } from './schema.ts';

export interface NamespaceListing {
  readonly namespace: string;
  /** Null: given up, and reserved. */
  readonly ownerId: string | null;
  readonly evidence: string | null;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly lastSeq: number;
}

export const namespaceOwned = (db: Database, { seq, at, body }: LedgerEntry) =>
  written(db, {
    namespace: String(body.namespace),
    ownerId: String(body.owner),
    evidence: typeof body.evidence === 'string' ? body.evidence : null,
    since: at,
    lastSeq: seq,
  });

export const namespaceReleased = (db: Database, { seq, at, body }: LedgerEntry) =>
  written(db, { namespace: String(body.namespace), ownerId: null, evidence: null, since: at, lastSeq: seq });

const written = (db: Database, { namespace, ...row }: NamespaceListing) =>
  db
    .insert(namespaces)
    .values({ namespace, ...row })
    .onConflictDoUpdate({ target: namespaces.namespace, set: row });

/** Null: nobody, or a sandbox. */
export const ownerOf = async (db: Database, namespace: string): Promise<string | null> => {
  const rows = await db.select().from(namespaces).where(eq(namespaces.namespace, namespace));
  return rows[0]?.ownerId ?? null;
};

export const listedNamespaces = (db: Database): Promise<NamespaceListing[]> =>
  db.select().from(namespaces).orderBy(namespaces.namespace);

export const forgetNamespaces = (db: Database) => db.delete(namespaces);
