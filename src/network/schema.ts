/** The tables of the network object beside its ledger. */
import type { SchemaStep } from '../ledger/ddl.ts';

export const NETWORK_SCHEMA: readonly SchemaStep[] = [
  {
    area: 'network',
    step: 1,
    // changes: the list itself, one row an epoch. bans: those not lifted, for look-ups.
    // leases:  every tenant that may hold one. A lease is stored before it is granted and its end is not: after a
    //          wake-up each stored lease counts as granted just now, since only durations on a running clock are trusted.
    sql: `
      CREATE TABLE changes (epoch INTEGER PRIMARY KEY, change TEXT NOT NULL);
      CREATE TABLE bans (
        ban_id TEXT PRIMARY KEY, epoch INTEGER NOT NULL, ban TEXT NOT NULL, lifted_at INTEGER,
        effective_at INTEGER) WITHOUT ROWID;
      CREATE TABLE leases (tenant TEXT PRIMARY KEY) WITHOUT ROWID;`,
  },
  {
    area: 'network',
    step: 2,
    // Who owns a namespace by the entry at `seq`; withdrawn and taken say whether the former and the new owner know.
    sql: `
      CREATE TABLE namespaces (
        namespace TEXT PRIMARY KEY, owner TEXT, former TEXT, seq INTEGER NOT NULL, since INTEGER NOT NULL,
        evidence TEXT, receipt_hash TEXT NOT NULL, withdrawn INTEGER NOT NULL, taken INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX namespaces_by_owner ON namespaces (owner);
      CREATE INDEX namespaces_unsettled ON namespaces (seq) WHERE withdrawn = 0 OR taken = 0;`,
  },
  {
    area: 'network',
    step: 3,
    // How a ban became effective: holders that had said that they know, and holders whose lease ran out instead.
    sql: `
      ALTER TABLE bans ADD COLUMN acknowledged INTEGER;
      ALTER TABLE bans ADD COLUMN expired INTEGER;
      CREATE INDEX bans_by_epoch ON bans (epoch);
      CREATE INDEX bans_pending ON bans (epoch) WHERE effective_at IS NULL AND lifted_at IS NULL;`,
  },
  {
    area: 'network',
    step: 4,
    // What the entry at `seq` commits to: who owns the name, who did, on what evidence. Not for the public.
    sql: `
      CREATE TABLE namespace_terms (seq INTEGER PRIMARY KEY, terms TEXT NOT NULL);`,
  },
  {
    area: 'network',
    step: 5,
    // Reports that were confirmed or dismissed, by the seq of the entry that says so.
    sql: 'CREATE TABLE reviews (report_id TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;',
  },
];
