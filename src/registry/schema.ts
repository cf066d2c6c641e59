/**
 * The registry in D1, and the source of `migrations/`. Rows that come from a ledger are projections: they carry the
 * `last_seq` they reflect, are written after the commit, and can be rebuilt from the ledgers.
 */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export * from './account-tables.ts';

/** Directory of tenants. Their state lives in their own objects. */
export const tenants = sqliteTable('tenants', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: integer('created_at').notNull(),
  /** The revision of the catalog that this tenant has said it went over to; 0: the starter catalog. */
  catalogRevision: integer('catalog_revision').notNull().default(0),
});

/** Every import into the catalog, in order: the document, and the catalog in force since; both by content hash. */
export const catalogRevisions = sqliteTable('catalog_revisions', {
  revision: integer('revision').primaryKey(),
  /** Of the document. */
  version: text('version').notNull(),
  documentHash: text('document_hash').notNull().unique(),
  entities: integer('entities').notNull(),
  importedAt: integer('imported_at').notNull(),
  inForceVersion: text('in_force_version').notNull(),
  inForceHash: text('in_force_hash').notNull(),
});

/** Canonical JSON by its SHA-256: documents as they were imported, and what they were united to. Never changed. */
export const catalogContents = sqliteTable('catalog_contents', {
  hash: text('hash').primaryKey(),
  text: text('text').notNull(),
});

/** How far the projections of each ledger have come. */
export const ledgers = sqliteTable('ledgers', {
  /** `network`, or `tenant/<id>`. */
  name: text('name').primaryKey(),
  /** Not null is what lets a batch fail as a whole that follows on another seq (`projector.ts`). */
  lastSeq: integer('last_seq').notNull(),
});

/** Where work that goes round in pages has come to. */
export const cursors = sqliteTable('cursors', {
  name: text('name').primaryKey(),
  position: text('position').notNull(),
});

/** Network-wide registry of enrolled workers: a projection of the registry stream of each tenant. */
export const workers = sqliteTable(
  'workers',
  {
    tenantId: text('tenant_id').notNull(),
    workerId: text('worker_id').notNull(),
    speciesId: text('species_id').notNull(),
    recordHash: text('record_hash').notNull(),
    status: text('status', { enum: ['active', 'quarantined', 'revoked', 'retired'] }).notNull(),
    /** Milliseconds since the epoch, as all times here. */
    enrolledAt: integer('enrolled_at').notNull(),
    lastSeq: integer('last_seq').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.workerId] }),
    index('workers_by_worker').on(table.workerId),
    index('workers_by_species').on(table.speciesId),
  ],
);

/** Who owns which namespace: a projection of the registry stream of the network. */
export const namespaces = sqliteTable(
  'namespaces',
  {
    namespace: text('namespace').primaryKey(),
    /** Null: given up, and reserved. */
    ownerId: text('owner_id'),
    evidence: text('evidence'),
    since: integer('since').notNull(),
    lastSeq: integer('last_seq').notNull(),
  },
  (table) => [index('namespaces_by_owner').on(table.ownerId)],
);

/** Bans of the network, by the epoch that each has there: a projection of its registry stream. */
export const bans = sqliteTable(
  'bans',
  {
    banId: text('ban_id').primaryKey(),
    epoch: integer('epoch').notNull(),
    kind: text('kind', { enum: ['sha256', 'worker_id', 'namespace'] }).notNull(),
    target: text('target').notNull(),
    reason: text('reason').notNull(),
    source: text('source', { enum: ['operator', 'community'] }).notNull(),
    issuedAt: integer('issued_at').notNull(),
    expiresAt: integer('expires_at'),
    liftedAt: integer('lifted_at'),
    lastSeq: integer('last_seq').notNull(),
  },
  (table) => [index('bans_by_epoch').on(table.epoch)],
);

/** Hashes that workers were enrolled or attested with: what a ban of a worker or a namespace comes to. */
export const workerHashes = sqliteTable(
  'worker_hashes',
  {
    tenantId: text('tenant_id').notNull(),
    workerId: text('worker_id').notNull(),
    namespace: text('namespace').notNull(),
    sha256: text('sha256').notNull(),
    lastSeq: integer('last_seq').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.workerId, table.sha256] }),
    index('worker_hashes_by_worker').on(table.workerId),
    index('worker_hashes_by_namespace').on(table.namespace),
  ],
);

/** What tenants reported, and appealed against: projections of their registry streams. */
export const banReports = sqliteTable('ban_reports', {
  reportId: text('report_id').primaryKey(),
  tenantId: text('tenant_id').notNull(),
  sha256: text('sha256').notNull(),
  reason: text('reason').notNull(),
  evidenceUrl: text('evidence_url'),
  reportedAt: integer('reported_at').notNull(),
  lastSeq: integer('last_seq').notNull(),
});
export const banAppeals = sqliteTable(
  'ban_appeals',
  {
    appealId: text('appeal_id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    banId: text('ban_id').notNull(),
    text: text('text').notNull(),
    madeAt: integer('made_at').notNull(),
    lastSeq: integer('last_seq').notNull(),
  },
  (table) => [index('ban_appeals_by_ban').on(table.banId)],
);

/** The operator's word on reports: a projection of the network's registry stream. */
export const reportReviews = sqliteTable('report_reviews', {
  reportId: text('report_id').primaryKey(),
  verdict: text('verdict', { enum: ['confirmed', 'dismissed'] }).notNull(),
  reviewedAt: integer('reviewed_at').notNull(),
  lastSeq: integer('last_seq').notNull(),
});
