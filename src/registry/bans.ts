/** The network's list of bans, for public reading: what the entries of its registry stream do to the rows. */
import { and, desc, eq, gt, isNull, or, sql } from 'drizzle-orm';
import { type BanTarget, targetText } from '../core/registry/ban.ts';
import type { Database } from './database.ts';
import type { LedgerEntry } from './entry.ts';
import { bans, workerHashes } from './schema.ts';

export const banIssued = (db: Database, { seq, at, body }: LedgerEntry) => {
  const target = body.target as unknown as BanTarget;
  const row = {
    epoch: Number(body.epoch),
    kind:
      'sha256' in target
        ? ('sha256' as const)
        : 'worker_id' in target
          ? ('worker_id' as const)
          : ('namespace' as const),
    target: targetText(target).replace(/^sha256:/, ''),
    reason: String(body.reason),
    source: typeof body.report_id === 'string' ? ('community' as const) : ('operator' as const),
    issuedAt: at,
    expiresAt: typeof body.expires_at === 'number' ? body.expires_at : null,
    liftedAt: null,
    lastSeq: seq,
  };
  return db
    .insert(bans)
    .values({ banId: String(body.ban_id), ...row })
    .onConflictDoUpdate({ target: bans.banId, set: row });
};

export const banLifted = (db: Database, { seq, at, body }: LedgerEntry) =>
  db
    .update(bans)
    .set({ liftedAt: at, lastSeq: seq })
    .where(eq(bans.banId, String(body.ban_id)));

export const forgetBans = (db: Database) => db.delete(bans);

export interface BannedHash {
  /** Lower hex. */
  readonly sha256: string;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly source: 'operator' | 'community';
}

/** Hashes under a ban that is in force, newest ban first; of a worker or a namespace those that are known. */
export const bannedHashes = async (db: Database, nowMs: number, limit: number): Promise<BannedHash[]> => {
  const isCovered = or(
    and(eq(bans.kind, 'worker_id'), eq(workerHashes.workerId, bans.target)),
    and(eq(bans.kind, 'namespace'), eq(workerHashes.namespace, bans.target)),
  );
  const hash = sql<string>`coalesce(${workerHashes.sha256}, ${bans.target})`;
  return db
    .selectDistinct({
      sha256: hash,
      reason: bans.reason,
      issuedAt: bans.issuedAt,
      source: bans.source,
      epoch: bans.epoch,
    })
    .from(bans)
    .leftJoin(workerHashes, isCovered)
    .where(
      and(
        isNull(bans.liftedAt),
        or(isNull(bans.expiresAt), gt(bans.expiresAt, nowMs)),
        or(eq(bans.kind, 'sha256'), sql`${workerHashes.sha256} IS NOT NULL`),
      ),
    )
    .orderBy(desc(bans.epoch), hash)
    .limit(limit);
};
