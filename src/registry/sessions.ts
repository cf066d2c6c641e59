/** Sessions of an account, as rows: which there are, and the end of one or of all. A row that is gone lets nobody in. */
import { and, desc, eq, gt } from 'drizzle-orm';
import { sessions } from './account-tables.ts';
import type { Database } from './database.ts';

export interface OpenSession {
  readonly id: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date;
  readonly address: string | null;
  readonly userAgent: string | null;
}

export const sessionsOf = (db: Database, userId: string, nowMs: number): Promise<OpenSession[]> =>
  db
    .select({
      id: sessions.id,
      createdAt: sessions.createdAt,
      updatedAt: sessions.updatedAt,
      expiresAt: sessions.expiresAt,
      address: sessions.ipAddress,
      userAgent: sessions.userAgent,
    })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, new Date(nowMs))))
    .orderBy(desc(sessions.createdAt))
    .limit(200);

/** False: this account has no such session. */
export const endSession = async (db: Database, userId: string, id: string): Promise<boolean> => {
  const ended = await db
    .delete(sessions)
    .where(and(eq(sessions.userId, userId), eq(sessions.id, id)))
    .returning({ id: sessions.id });
  return ended.length > 0;
};

export const endSessions = async (db: Database, userId: string): Promise<void> => {
  await db.delete(sessions).where(eq(sessions.userId, userId));
};
