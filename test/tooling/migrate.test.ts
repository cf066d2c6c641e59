/** The local migrations on a real D1: once each, in order, all or nothing, with wrangler's own books. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../../src/cli/migrate.ts';
import { inRoot } from '../../src/cli/paths.ts';

let runtime: Miniflare;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'guildhall-migrations-'));
  runtime = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      modules: [{ type: 'ESModule', path: 'worker.js', contents: 'export default {}' }],
      d1Databases: { DB: 'one', REAL: 'two' },
    }),
  );
});
afterAll(async () => {
  await runtime.dispose();
  rmSync(folder, { recursive: true, force: true });
});

test('applies what is new, in order, and splits triggers rightly', async () => {
  const db = await runtime.getD1Database('DB');
  writeFileSync(
    join(folder, '0001_guard.sql'),
    `CREATE TRIGGER keep BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'no; never'); END;`,
  );
  writeFileSync(
    join(folder, '0000_log.sql'),
    'CREATE TABLE log (id integer);\n--> statement-breakpoint\nINSERT INTO log VALUES (1);',
  );
  expect(await migrate(db, folder)).toEqual(['0000_log.sql', '0001_guard.sql']);
  expect(await migrate(db, folder)).toEqual([]);
  await expect(db.prepare('DELETE FROM log').run()).rejects.toThrow('no; never');
  const { results } = await db.prepare('SELECT id, name FROM d1_migrations ORDER BY id').all();
  expect(results).toEqual([
    { id: 1, name: '0000_log.sql' },
    { id: 2, name: '0001_guard.sql' },
  ]);
});

test('a migration that fails half-way leaves nothing, and is not in the books', async () => {
  const db = await runtime.getD1Database('DB');
  writeFileSync(join(folder, '0002_broken.sql'), 'CREATE TABLE half (id integer);\nCREATE TABLE half (id integer);');
  await expect(migrate(db, folder)).rejects.toThrow();
  const { results } = await db.prepare(`SELECT name FROM sqlite_master WHERE name = 'half'`).all();
  expect(results).toEqual([]);
  writeFileSync(join(folder, '0002_broken.sql'), 'CREATE TABLE half (id integer);');
  expect(await migrate(db, folder)).toEqual(['0002_broken.sql']);
});

test('the real migrations apply to an empty database', async () => {
  const db = await runtime.getD1Database('REAL');
  const applied = await migrate(db, inRoot('migrations'));
  expect(applied.length).toBeGreaterThan(0);
  expect(await migrate(db, inRoot('migrations'))).toEqual([]);
});
