/** What changes an account itself, and its end: rows that belong to one person, and nothing of a tenant. */
import { and, eq, like, notExists, or } from 'drizzle-orm';
import { logins, passkeys, sessions, users, verifications } from './account-tables.ts';
import type { Database } from './database.ts';

export const renameAccount = async (db: Database, userId: string, name: string, nowMs: number): Promise<void> => {
  await db
    .update(users)
    .set({ name, updatedAt: new Date(nowMs) })
    .where(eq(users.id, userId));
};

/** What a link to a new address stands for, as it is kept: whose, then the address. */
export const emailChange = (userId: string, email: string): string => `${userId} ${email}`;

export const readEmailChange = (value: string): { readonly userId: string; readonly email: string } | null => {
  const [userId = '', email = '', ...rest] = value.split(' ');
  return userId === '' || email === '' || rest.length > 0 ? null : { userId, email };
};

/** Links that were sent to this person: those that open a new password, and those that prove a new address. */
const ofPerson = (userId: string) =>
  or(eq(verifications.value, userId), like(verifications.value, emailChange(userId, '%')));

/** After a new password or address: whoever asked for a link before may have been somebody else. */
export const forgetLinks = async (db: Database, userId: string): Promise<void> => {
  await db.delete(verifications).where(ofPerson(userId));
};

/**
 * The address is proved and free, judged by the statement that writes; false: it is not. Links that went to the old
 * address open nothing any more.
 */
export const setEmail = async (db: Database, userId: string, email: string, nowMs: number): Promise<boolean> => {
  const taken = db.select({ id: users.id }).from(users).where(eq(users.email, email));
  const changed = await db
    .update(users)
    .set({ email, emailVerified: true, updatedAt: new Date(nowMs) })
    .where(and(eq(users.id, userId), notExists(taken)))
    .returning({ id: users.id });
  if (changed.length > 0) await forgetLinks(db, userId);
  return changed.length > 0;
};

/** Everything that is kept of a person, at once. Ledgers keep an id that means nobody from then on. */
export const forgetAccount = async (db: Database, userId: string): Promise<void> => {
  await db.batch([
    db.delete(sessions).where(eq(sessions.userId, userId)),
    db.delete(logins).where(eq(logins.userId, userId)),
    db.delete(passkeys).where(eq(passkeys.userId, userId)),
    db.delete(verifications).where(ofPerson(userId)),
    db.delete(users).where(eq(users.id, userId)),
  ]);
};
