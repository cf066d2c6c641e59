/** Work that goes round in pages, a page a run: where it has come to. */
import { and, eq } from 'drizzle-orm';
import type { Database } from './database.ts';
import { cursors } from './schema.ts';

/** '' at the start of a round. */
export const positionOf = async (db: Database, name: string): Promise<string> => {
  const rows = await db.select().from(cursors).where(eq(cursors.name, name));
  return rows[0]?.position ?? '';
};

/** Moves on from `from`; false where another run has done so. */
export const moveCursor = async (db: Database, name: string, from: string, to: string): Promise<boolean> => {
  await db.insert(cursors).values({ name, position: '' }).onConflictDoNothing();
  const moved = await db
    .update(cursors)
    .set({ position: to })
    .where(and(eq(cursors.name, name), eq(cursors.position, from)))
    .returning({ name: cursors.name });
  return moved.length > 0;
};
