/**
 * The registry in D1, and the source of `migrations/`. Rows that come from a ledger are projections: they carry the
 * `last_seq` they reflect, are written after the commit, and can be rebuilt from the ledgers.
 */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Directory of tenants. Their state lives in their own objects. */
export const tenants = sqliteTable('tenants', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: integer('created_at').notNull(),
  /** How far the projections of this tenant's ledger have come. */
  lastSeq: integer('last_seq').notNull().default(0),
});

/** Network-wide registry of enrolled workers: a projection of `wcp.worker.*` entries. */
export const workers = sqliteTable(
  'workers',
  {
    tenantId: text('tenant_id').notNull(),
    workerId: text('worker_id').notNull(),
    speciesId: text('species_id').notNull(),
    recordHash: text('record_hash').notNull(),
    status: text('status', { enum: ['active', 'retired'] }).notNull(),
    enrolledAt: integer('enrolled_at').notNull(),
    lastSeq: integer('last_seq').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.workerId] }),
    index('workers_by_worker').on(table.workerId),
    index('workers_by_species').on(table.speciesId),
  ],
);
