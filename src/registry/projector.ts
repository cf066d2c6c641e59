/**
 * Ledger entries become rows. What an entry does is one line of the tables below; rows are made from entries alone, so
 * that they can be made again.
 *
 * INVARIANT: rows and the seq that they reflect change in one batch, and only where the last batch left off. So each
 * entry is applied once, in order, however many projectors run; who comes second changes nothing and looks again.
 */
import { eq, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import {
  banAppealed,
  banReported,
  forgetClaims,
  forgetReviews,
  reportConfirmed,
  reportDismissed,
} from './ban-claims.ts';
import { banIssued, banLifted, forgetBans } from './bans.ts';
import type { Database } from './database.ts';
import type { LedgerEntry } from './entry.ts';
import { forgetNamespaces, namespaceOwned, namespaceReleased } from './namespaces.ts';
import { ledgers } from './schema.ts';
import { forgetHashes, hashKnown } from './worker-hashes.ts';
import {
  forgetWorkers,
  workerAttested,
  workerEnrolled,
  workerQuarantined,
  workerRetired,
  workerRevoked,
  workerUpdated,
} from './workers.ts';

export type Statement = BatchItem<'sqlite'>;

/** Null: the network's own. */
export type LedgerOwner = string | null;

type OfTenant = (db: Database, tenantId: string, entry: LedgerEntry) => Statement | null;
type OfNetwork = (db: Database, entry: LedgerEntry) => Statement;

/** Entries of other types say nothing that the registry shows. */
const OF_TENANT: Readonly<Record<string, readonly OfTenant[]>> = {
  'wcp.worker.enrolled': [workerEnrolled, hashKnown],
  'wcp.worker.updated': [workerUpdated, hashKnown],
  'wcp.worker.attested': [workerAttested, hashKnown],
  'wcp.worker.revoked': [workerRevoked],
  'wcp.worker.retired': [workerRetired],
  'wcp.attestation.mismatch': [workerQuarantined],
  'hall.ban.reported': [banReported],
  'hall.ban.appealed': [banAppealed],
};

const OF_NETWORK: Readonly<Record<string, OfNetwork>> = {
  'hall.namespace.claimed': namespaceOwned,
  'hall.namespace.granted': namespaceOwned,
  'hall.namespace.transferred': namespaceOwned,
  'hall.namespace.released': namespaceReleased,
  'hall.ban.issued': banIssued,
  'hall.ban.lifted': banLifted,
  'hall.report.confirmed': reportConfirmed,
  'hall.report.dismissed': reportDismissed,
};

/** Entries a batch: D1 takes a bounded number of statements, and an entry makes two at the most. */
const BATCH = 25;

export const ledgerName = (owner: LedgerOwner): string => (owner === null ? 'network' : `tenant/${owner}`);

export const projectedSeq = async (db: Database, owner: LedgerOwner): Promise<number> => {
  const rows = await db
    .select()
    .from(ledgers)
    .where(eq(ledgers.name, ledgerName(owner)));
  return rows[0]?.lastSeq ?? 0;
};

/**
 * Applies the entries that follow on `after`; with them everything up to `through` is reflected. False: the projection
 * is not at `after` any more, and what was applied of these entries is what others had not applied yet.
 */
export const projectEntries = async (
  db: Database,
  owner: LedgerOwner,
  after: number,
  entries: readonly LedgerEntry[],
  through: number,
): Promise<boolean> => {
  const told = entries.flatMap((entry) => {
    const statements = statementsOf(db, owner, entry);
    return statements.length === 0 ? [] : [{ seq: entry.seq, statements }];
  });
  let from = after;
  while (from < through) {
    const batch = told.splice(0, BATCH);
    // A crash after this batch leaves rows and seq that agree.
    const to = told.length === 0 ? through : (batch.at(-1)?.seq ?? through);
    if (!(await applied(db, [advance(db, owner, from, to), ...batch.flatMap(({ statements }) => statements)])))
      return false;
    from = to;
  }
  return true;
};

/** Forgets what a ledger's entries made, so that they make it again. */
export const forgetProjection = async (db: Database, owner: LedgerOwner): Promise<void> => {
  const rewind = db
    .insert(ledgers)
    .values({ name: ledgerName(owner), lastSeq: 0 })
    .onConflictDoUpdate({ target: ledgers.name, set: { lastSeq: 0 } });
  const forget =
    owner === null
      ? [forgetNamespaces(db), forgetBans(db), forgetReviews(db)]
      : [forgetWorkers(db, owner), forgetHashes(db, owner), ...forgetClaims(db, owner)];
  await db.batch([rewind, ...forget]);
};

const statementsOf = (db: Database, owner: LedgerOwner, entry: LedgerEntry): Statement[] => {
  if (owner !== null) {
    const made = (OF_TENANT[entry.type] ?? []).map((make) => make(db, owner, entry));
    return made.filter((statement) => statement !== null);
  }
  const statement = OF_NETWORK[entry.type]?.(db, entry);
  return statement === undefined ? [] : [statement];
};

/** Moves the seq on from `from`. From anywhere else it becomes null, which the table refuses, and the batch with it. */
const advance = (db: Database, owner: LedgerOwner, from: number, to: number): Statement =>
  db
    .insert(ledgers)
    .values({ name: ledgerName(owner), lastSeq: to })
    .onConflictDoUpdate({
      target: ledgers.name,
      set: { lastSeq: sql`CASE WHEN ${ledgers.lastSeq} = ${from} THEN ${to} END` },
    });

const applied = async (db: Database, [first, ...rest]: readonly Statement[]): Promise<boolean> => {
  if (first === undefined) return true;
  try {
    await db.batch([first, ...rest]);
    return true;
  } catch (error) {
    if (isElsewhere(error)) return false;
    throw error;
  }
};

const isElsewhere = (error: unknown): boolean =>
  error instanceof Error && (/NOT NULL.*ledgers\.last_seq/.test(error.message) || isElsewhere(error.cause));
