/** Reports and appeals of tenants with the operator's word on them, for review. */
import { and, desc, eq, isNotNull, isNull, lt, or } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { LedgerEntry } from './entry.ts';
import { banAppeals, banReports, reportReviews } from './schema.ts';

export const banReported = (db: Database, tenantId: string, { seq, at, body }: LedgerEntry) => {
  const row = {
    tenantId,
    sha256: String(body.sha256),
    reason: String(body.reason),
    evidenceUrl: typeof body.evidence_url === 'string' ? body.evidence_url : null,
    reportedAt: at,
    lastSeq: seq,
  };
  return db
    .insert(banReports)
    .values({ reportId: String(body.report_id), ...row })
    .onConflictDoUpdate({ target: banReports.reportId, set: row });
};

export const banAppealed = (db: Database, tenantId: string, { seq, at, body }: LedgerEntry) => {
  const row = { tenantId, banId: String(body.ban_id), text: String(body.text), madeAt: at, lastSeq: seq };
  return db
    .insert(banAppeals)
    .values({ appealId: String(body.appeal_id), ...row })
    .onConflictDoUpdate({ target: banAppeals.appealId, set: row });
};

const reviewed =
  (verdict: 'confirmed' | 'dismissed') =>
  (db: Database, { seq, at, body }: LedgerEntry) => {
    const row = { verdict, reviewedAt: at, lastSeq: seq };
    return db
      .insert(reportReviews)
      .values({ reportId: String(body.report_id), ...row })
      .onConflictDoUpdate({ target: reportReviews.reportId, set: row });
  };
export const reportConfirmed = reviewed('confirmed');
export const reportDismissed = reviewed('dismissed');

export const forgetClaims = (db: Database, tenantId: string) =>
  [
    db.delete(banReports).where(eq(banReports.tenantId, tenantId)),
    db.delete(banAppeals).where(eq(banAppeals.tenantId, tenantId)),
  ] as const;
export const forgetReviews = (db: Database) => db.delete(reportReviews);

const REPORT = {
  reportId: banReports.reportId,
  tenantId: banReports.tenantId,
  sha256: banReports.sha256,
  reason: banReports.reason,
  evidenceUrl: banReports.evidenceUrl,
  reportedAt: banReports.reportedAt,
  verdict: reportReviews.verdict,
};

export interface ReportListing {
  readonly reportId: string;
  readonly tenantId: string;
  readonly sha256: string;
  readonly reason: string;
  readonly evidenceUrl: string | null;
  /** Milliseconds since the epoch. */
  readonly reportedAt: number;
  /** Null: nobody has looked at it yet. */
  readonly verdict: 'confirmed' | 'dismissed' | null;
}

/** Newest first; `before`: the last of the page before. */
export const listedReports = async (
  db: Database,
  pending: boolean,
  before: { readonly at: number; readonly id: string } | null,
  limit: number,
): Promise<ReportListing[]> =>
  db
    .select(REPORT)
    .from(banReports)
    .leftJoin(reportReviews, eq(reportReviews.reportId, banReports.reportId))
    .where(
      and(
        pending ? isNull(reportReviews.verdict) : or(isNull(reportReviews.verdict), isNotNull(reportReviews.verdict)),
        before === null
          ? undefined
          : or(
              lt(banReports.reportedAt, before.at),
              and(eq(banReports.reportedAt, before.at), lt(banReports.reportId, before.id)),
            ),
      ),
    )
    .orderBy(desc(banReports.reportedAt), desc(banReports.reportId))
    .limit(limit);

export const listedReport = async (db: Database, reportId: string): Promise<ReportListing | null> => {
  const rows = await db
    .select(REPORT)
    .from(banReports)
    .leftJoin(reportReviews, eq(reportReviews.reportId, banReports.reportId))
    .where(eq(banReports.reportId, reportId));
  return rows[0] ?? null;
};

export const listedAppeals = (db: Database, banId: string) =>
  db.select().from(banAppeals).where(eq(banAppeals.banId, banId)).orderBy(desc(banAppeals.madeAt)).limit(200);
