/**
 * Brings a local D1 database to the newest schema. Keeps the books as `wrangler d1 migrations apply` does, so either
 * may be used on the same database. A migration and its row in the books are one batch: all of it or nothing.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { D1Database } from '@cloudflare/workers-types';
import { loadWrangler } from './tools.ts';

const BOOKS = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`;

/** Returns the names of the migrations that were applied now. */
export const migrate = async (db: D1Database, folder: string): Promise<readonly string[]> => {
  const names = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith('.sql'))
        .sort()
    : [];
  await db.prepare(BOOKS).run();
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  const due = names.filter((name) => !applied.has(name));
  if (due.length === 0) return due;
  // Loaded only when there is work: it is large, and it alone knows where a trigger's statement ends.
  const { unstable_splitSqlQuery } = await loadWrangler();
  for (const name of due) {
    const statements = unstable_splitSqlQuery(readFileSync(join(folder, name), 'utf8'));
    await db.batch([
      ...statements.map((statement) => db.prepare(statement)),
      db.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ]);
  }
  return due;
};
