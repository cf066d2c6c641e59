/** The directory of tenants. */
import { asc, eq, gt } from 'drizzle-orm';
import type { Database } from './database.ts';
import { tenants } from './schema.ts';

export interface TenantListing {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly lastSeq: number;
}

/** Listing a tenant twice changes nothing: the tenant's own ledger decided which creation counts. */
export const listTenant = async (db: Database, id: string, name: string, createdAtMs: number): Promise<void> => {
  await db.insert(tenants).values({ id, name, createdAt: createdAtMs }).onConflictDoNothing();
};

export const tenantsAfter = (db: Database, id: string, limit: number): Promise<TenantListing[]> =>
  db.select().from(tenants).where(gt(tenants.id, id)).orderBy(asc(tenants.id)).limit(limit);

/** How far the projections of a tenant have come. */
export const projectedSeq = async (db: Database, id: string): Promise<number> => {
  const rows = await db.select({ lastSeq: tenants.lastSeq }).from(tenants).where(eq(tenants.id, id));
  return rows[0]?.lastSeq ?? 0;
};

export const isListed = async (db: Database, id: string): Promise<boolean> =>
  (await db.select({ id: tenants.id }).from(tenants).where(eq(tenants.id, id))).length > 0;
