/** The network-wide registry of workers: what the entries of a tenant's registry stream do to its rows. */
import { and, eq, sql } from 'drizzle-orm';
import { namespaceOf } from '../core/registry/namespace.ts';
import type { Database } from './database.ts';
import type { LedgerEntry } from './entry.ts';
import { namespaces, workers } from './schema.ts';

export interface WorkerListing {
  readonly tenantId: string;
  readonly workerId: string;
  readonly speciesId: string;
  readonly recordHash: string;
  readonly status: 'active' | 'quarantined' | 'revoked' | 'retired';
  /** Milliseconds since the epoch. */
  readonly enrolledAt: number;
  readonly lastSeq: number;
}

export const workerEnrolled = (db: Database, tenantId: string, entry: LedgerEntry) => {
  const row = { ...recordOf(entry), status: 'active' as const, enrolledAt: entry.at, lastSeq: entry.seq };
  return db
    .insert(workers)
    .values({ tenantId, workerId: workerIdOf(entry), ...row })
    .onConflictDoUpdate({ target: [workers.tenantId, workers.workerId], set: row });
};

export const workerUpdated = (db: Database, tenantId: string, entry: LedgerEntry) => {
  const isSetAside = typeof entry.body.quarantined === 'string';
  return change(db, tenantId, entry, { ...recordOf(entry), status: isSetAside ? 'quarantined' : 'active' });
};

/** Ends a quarantine; what is no worker yet, or no more, it does not make one. */
export const workerAttested = (db: Database, tenantId: string, entry: LedgerEntry) =>
  change(db, tenantId, entry, {
    status: sql`CASE WHEN ${workers.status} = 'quarantined' THEN 'active' ELSE ${workers.status} END`,
  });

export const workerRevoked = (db: Database, tenantId: string, entry: LedgerEntry) =>
  change(db, tenantId, entry, { status: 'revoked' });

export const workerRetired = (db: Database, tenantId: string, entry: LedgerEntry) =>
  change(db, tenantId, entry, { status: 'retired' });

export const workerQuarantined = (db: Database, tenantId: string, entry: LedgerEntry) =>
  change(db, tenantId, entry, { status: 'quarantined' });

const change = (
  db: Database,
  tenantId: string,
  entry: LedgerEntry,
  set: Pick<Parameters<ReturnType<typeof db.update<typeof workers>>['set']>[0], 'speciesId' | 'recordHash' | 'status'>,
) =>
  db
    .update(workers)
    .set({ ...set, lastSeq: entry.seq })
    .where(and(eq(workers.tenantId, tenantId), eq(workers.workerId, workerIdOf(entry))));

const workerIdOf = ({ body }: LedgerEntry): string => String(body.worker_id);

const recordOf = ({ body }: LedgerEntry) => ({
  speciesId: String(body.worker_species_id),
  recordHash: String(body.artifact_hash),
});

export const listedWorkers = (db: Database, tenantId: string): Promise<WorkerListing[]> =>
  db.select().from(workers).where(eq(workers.tenantId, tenantId)).orderBy(workers.workerId);

/**
 * The worker that a name means to everybody: the one that is enrolled by who owns its namespace now. What others
 * enrolled under that name, and what is in a sandbox, is nobody's business but theirs: null.
 */
export const attributedWorker = async (db: Database, workerId: string): Promise<WorkerListing | null> => {
  const namespace = namespaceOf(workerId);
  if (namespace === null) return null;
  // A sandbox has no owner, and so no row to join.
  const rows = await db
    .select({ worker: workers })
    .from(workers)
    .innerJoin(namespaces, and(eq(namespaces.namespace, namespace), eq(namespaces.ownerId, workers.tenantId)))
    .where(eq(workers.workerId, workerId));
  return rows[0]?.worker ?? null;
};

export const forgetWorkers = (db: Database, tenantId: string) =>
  db.delete(workers).where(eq(workers.tenantId, tenantId));

/** Rows of tenants that the directory does not know: of no ledger that could make them again. */
export const forgetOrphans = async (db: Database): Promise<void> => {
  await db.delete(workers).where(sql`${workers.tenantId} NOT IN (SELECT id FROM tenants)`);
};
