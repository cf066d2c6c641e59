/** The network-wide registry of workers: rows made from ledger entries alone, so that they can be made again. */
import { eq, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { tenants, workers } from './schema.ts';

export interface WorkerListing {
  readonly tenantId: string;
  readonly workerId: string;
  readonly speciesId: string;
  readonly recordHash: string;
  readonly status: 'active' | 'retired';
  /** Milliseconds since the epoch. */
  readonly enrolledAt: number;
  readonly lastSeq: number;
}

/** What one entry says of a worker; null for a listing means that it was retired. */
export interface WorkerChange {
  readonly workerId: string;
  readonly seq: number;
  readonly listing: { readonly speciesId: string; readonly recordHash: string; readonly enrolledAt: number } | null;
}

/** D1 takes a bounded number of statements a batch. */
const CHUNK = 50;

/**
 * Applies changes in order and says how far the projection came, together; repeated or late deliveries change nothing,
 * since a row is only moved forward in seq.
 */
export const projectWorkers = async (
  db: Database,
  tenantId: string,
  changes: readonly WorkerChange[],
  throughSeq: number,
): Promise<void> => {
  for (let from = 0; from < changes.length; from += CHUNK) {
    const [first, ...rest] = changes.slice(from, from + CHUNK).map((change) => statement(db, tenantId, change));
    if (first !== undefined) await db.batch([first, ...rest]);
  }
  // Written last: a crash before this line repeats the changes, which is harmless.
  await db
    .update(tenants)
    .set({ lastSeq: sql`max(${tenants.lastSeq}, ${throughSeq})` })
    .where(eq(tenants.id, tenantId));
};

const statement = (db: Database, tenantId: string, { workerId, seq, listing }: WorkerChange) => {
  const isNewer = sql`${workers.lastSeq} < ${seq}`;
  const target = [workers.tenantId, workers.workerId];
  const known = { tenantId, workerId, lastSeq: seq };
  return listing === null
    ? db
        .insert(workers)
        .values({ ...known, speciesId: '', recordHash: '', status: 'retired', enrolledAt: 0 })
        .onConflictDoUpdate({ target, set: { status: 'retired', lastSeq: seq }, setWhere: isNewer })
    : db
        .insert(workers)
        .values({ ...known, ...listing, status: 'active' })
        .onConflictDoUpdate({
          target,
          set: { speciesId: listing.speciesId, recordHash: listing.recordHash, status: 'active', lastSeq: seq },
          setWhere: isNewer,
        });
};

export const listedWorkers = (db: Database, tenantId: string): Promise<WorkerListing[]> =>
  db.select().from(workers).where(eq(workers.tenantId, tenantId)).orderBy(workers.workerId);

/** Forgets a tenant's rows, so that they are made again from its ledger. */
export const forgetWorkers = async (db: Database, tenantId: string): Promise<void> => {
  await db.batch([
    db.delete(workers).where(eq(workers.tenantId, tenantId)),
    db.update(tenants).set({ lastSeq: 0 }).where(eq(tenants.id, tenantId)),
  ]);
};
