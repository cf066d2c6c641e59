/** Who belongs to which tenant, in which role, and who is invited. */
import { and, asc, eq, gt, lte, sql } from 'drizzle-orm';
import { ROLES, type Role } from '../core/access/roles.ts';
import { attempts, invitations, members, sessions, users, verifications } from './account-tables.ts';
import type { Database } from './database.ts';

export interface Membership {
  readonly tenantId: string;
  readonly role: Role;
}

export interface Member {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly since: Date;
}

export interface Invitation {
  readonly id: string;
  readonly tenantId: string;
  readonly email: string;
  readonly role: Role;
  readonly invitedBy: string;
  readonly expiresAt: Date;
}

/** A role that is not one of ours any more reads, and does nothing else. */
const roleOf = (text: string): Role => ROLES.find((role) => role === text) ?? 'auditor';

export const membershipsOf = async (db: Database, userId: string): Promise<Membership[]> => {
  const rows = await db.select().from(members).where(eq(members.userId, userId)).orderBy(asc(members.tenantId));
  return rows.map(({ tenantId, role }) => ({ tenantId, role: roleOf(role) }));
};

export const roleIn = async (db: Database, tenantId: string, userId: string): Promise<Role | null> => {
  const rows = await db
    .select()
    .from(members)
    .where(and(eq(members.tenantId, tenantId), eq(members.userId, userId)));
  return rows[0] === undefined ? null : roleOf(rows[0].role);
};

export const membersOf = async (db: Database, tenantId: string, after: string, limit: number): Promise<Member[]> => {
  const rows = await db
    .select({ userId: users.id, email: users.email, name: users.name, role: members.role, since: members.since })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.tenantId, tenantId), gt(members.userId, after)))
    .orderBy(asc(members.userId))
    .limit(limit);
  return rows.map((row) => ({ ...row, role: roleOf(row.role) }));
};

export const putMember = async (
  db: Database,
  tenantId: string,
  userId: string,
  role: Role,
  nowMs: number,
): Promise<void> => {
  await db
    .insert(members)
    .values({ tenantId, userId, role, since: new Date(nowMs) })
    .onConflictDoUpdate({ target: [members.tenantId, members.userId], set: { role } });
};

/** The last owner stays, whoever else asks at the same moment: judged by the statement that writes. */
const notLastOwner = (tenantId: string) =>
  sql`(${members.role} <> 'owner' OR (SELECT count(*) FROM ${members} WHERE tenant_id = ${tenantId} AND role = 'owner') > 1)`;

export const changeRole = async (db: Database, tenantId: string, userId: string, role: Role): Promise<boolean> => {
  const named = and(eq(members.tenantId, tenantId), eq(members.userId, userId));
  const kept = role === 'owner' ? named : and(named, notLastOwner(tenantId));
  const changed = await db.update(members).set({ role }).where(kept).returning({ userId: members.userId });
  return changed.length > 0;
};

export const removeMember = async (db: Database, tenantId: string, userId: string): Promise<boolean> => {
  const named = and(eq(members.tenantId, tenantId), eq(members.userId, userId));
  const gone = await db
    .delete(members)
    .where(and(named, notLastOwner(tenantId)))
    .returning({ userId: members.userId });
  return gone.length > 0;
};

export const ownerCount = async (db: Database, tenantId: string): Promise<number> => {
  const rows = await db
    .select({ count: sql<number>`count(*)` })
    .from(members)
    .where(and(eq(members.tenantId, tenantId), eq(members.role, 'owner')));
  return rows[0]?.count ?? 0;
};

export const putInvitation = async (db: Database, invitation: Invitation, tokenHash: string): Promise<void> => {
  await db.batch([
    // A new invitation takes the place of an earlier one to the same address.
    db
      .delete(invitations)
      .where(and(eq(invitations.tenantId, invitation.tenantId), eq(invitations.email, invitation.email))),
    db.insert(invitations).values({ ...invitation, tokenHash }),
  ]);
};

export const invitationsOf = async (db: Database, tenantId: string, nowMs: number): Promise<Invitation[]> => {
  const rows = await db
    .select()
    .from(invitations)
    .where(and(eq(invitations.tenantId, tenantId), gt(invitations.expiresAt, new Date(nowMs))))
    .orderBy(asc(invitations.id));
  return rows.map(invitationOf);
};

export const invitationByToken = async (db: Database, tokenHash: string, nowMs: number): Promise<Invitation | null> => {
  const rows = await db
    .select()
    .from(invitations)
    .where(and(eq(invitations.tokenHash, tokenHash), gt(invitations.expiresAt, new Date(nowMs))));
  return rows[0] === undefined ? null : invitationOf(rows[0]);
};

/** False: somebody else took it first. */
export const takeInvitation = async (db: Database, tenantId: string, id: string): Promise<boolean> => {
  const taken = await db
    .delete(invitations)
    .where(and(eq(invitations.tenantId, tenantId), eq(invitations.id, id)))
    .returning({ id: invitations.id });
  return taken.length > 0;
};

const invitationOf = (row: typeof invitations.$inferSelect): Invitation => ({
  id: row.id,
  tenantId: row.tenantId,
  email: row.email,
  role: roleOf(row.role),
  invitedBy: row.invitedBy,
  expiresAt: row.expiresAt,
});

/** One statement, so tries in parallel are counted one by one. Answers how often, and until when that is remembered. */
export const countAttempt = async (
  db: Database,
  key: string,
  windowMs: number,
  nowMs: number,
): Promise<{ readonly failures: number; readonly until: number }> => {
  const isOver = sql`${attempts.until} <= ${nowMs}`;
  const rows = await db
    .insert(attempts)
    .values({ key, failures: 1, until: nowMs + windowMs })
    .onConflictDoUpdate({
      target: attempts.key,
      set: {
        failures: sql`CASE WHEN ${isOver} THEN 1 ELSE ${attempts.failures} + 1 END`,
        until: sql`CASE WHEN ${isOver} THEN ${nowMs + windowMs} ELSE ${attempts.until} END`,
      },
    })
    .returning({ failures: attempts.failures, until: attempts.until });
  return rows[0] ?? { failures: 1, until: nowMs };
};

export const forgetAttempts = async (db: Database, key: string): Promise<void> => {
  await db.delete(attempts).where(eq(attempts.key, key));
};

/** What has run out: nobody can use it any more, and nobody needs to find it. */
export const forgetExpired = async (db: Database, nowMs: number): Promise<void> => {
  const now = new Date(nowMs);
  await db.batch([
    db.delete(attempts).where(lte(attempts.until, nowMs)),
    db.delete(sessions).where(lte(sessions.expiresAt, now)),
    db.delete(verifications).where(lte(verifications.expiresAt, now)),
    db.delete(invitations).where(lte(invitations.expiresAt, now)),
  ]);
};
