/** The directory of tenants. */
import { asc, eq, gt } from 'drizzle-orm';
import type { Database } from './database.ts';
import { invitations, members, tenants, workers } from './schema.ts';

export interface TenantListing {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  /** Of the catalog that it has. */
  readonly catalogRevision: number;
}

/** Listing a tenant twice changes nothing: the tenant's own ledger decided which creation counts. Says if it is new. */
export const listTenant = async (db: Database, id: string, name: string, createdAtMs: number): Promise<boolean> => {
  const listed = db.insert(tenants).values({ id, name, createdAt: createdAtMs }).onConflictDoNothing();
  return (await listed.returning({ id: tenants.id })).length > 0;
};

export const tenantsAfter = (db: Database, id: string, limit: number): Promise<TenantListing[]> =>
  db.select().from(tenants).where(gt(tenants.id, id)).orderBy(asc(tenants.id)).limit(limit);

export const isListed = async (db: Database, id: string): Promise<boolean> =>
  (await db.select({ id: tenants.id }).from(tenants).where(eq(tenants.id, id))).length > 0;

/** Everything that the directory knows of a tenant. */
export const forgetTenant = async (db: Database, id: string): Promise<void> => {
  await db.batch([
    db.delete(members).where(eq(members.tenantId, id)),
    db.delete(invitations).where(eq(invitations.tenantId, id)),
    db.delete(workers).where(eq(workers.tenantId, id)),
    db.delete(tenants).where(eq(tenants.id, id)),
  ]);
};
