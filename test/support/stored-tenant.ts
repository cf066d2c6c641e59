/** A tenant object's whole storage as JSON, to freeze one and to open it with the code of today. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { fromBase64, toBase64 } from '../../src/core/bytes.ts';
import { parseTenantId } from '../../src/core/ids.ts';
import { loadKeyRing } from '../../src/keys/ring.ts';
import { OPERATOR, TestTenant, testDeps } from './tenant-client.ts';

type StoredValue = string | number | null | { readonly base64: string };

export interface StoredTenant {
  readonly tenant: string;
  readonly log_origin: string;
  /** Keys of a test and of nothing else. */
  readonly signing_keys: readonly unknown[];
  /** The statements that made the tables, in the order of their steps. */
  readonly ddl: readonly string[];
  readonly tables: Readonly<
    Record<string, { readonly columns: readonly string[]; readonly rows: readonly StoredValue[][] }>
  >;
}

export const freezeValue = (value: SqlStorageValue): StoredValue =>
  value instanceof ArrayBuffer ? { base64: toBase64(new Uint8Array(value)) } : value;

const thaw = (value: StoredValue): SqlStorageValue => {
  if (value === null || typeof value !== 'object') return value;
  const bytes = fromBase64(value.base64);
  if (bytes === undefined) throw new Error('a frozen value is no base64');
  return bytes.slice().buffer;
};

/** Makes the storage what it was, with the tables of its own time, and wakes the object up with it. */
export const openStored = async (stored: StoredTenant): Promise<TestTenant> => {
  const id = parseTenantId(stored.tenant);
  if (id === null) throw new Error('the frozen tenant has no good name');
  const stub = env.TENANT.getByName(id);
  // A witness that has seen nothing of it: the first checkpoint of this run is the first one there.
  await runInDurableObject(env.WITNESS.getByName(id), (_, { storage }) =>
    storage.sql.exec('DELETE FROM head').toArray(),
  );
  await runInDurableObject(stub, async (_, { storage }) => {
    storage.transactionSync(() => {
      const names = storage.sql
        .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
        .toArray()
        .filter(({ name }) => !name.startsWith('_cf_') && !name.startsWith('sqlite_'));
      for (const { name } of names) storage.sql.exec(`DROP TABLE ${name}`);
      for (const statements of stored.ddl) storage.sql.exec(statements);
      for (const [table, { columns, rows }] of Object.entries(stored.tables)) {
        const insert = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
        for (const row of rows) storage.sql.exec(insert, ...row.map(thaw));
      }
    });
    const { due } = storage.sql.exec<{ due: number | null }>('SELECT min(due_at) AS due FROM deadlines').one();
    if (due !== null) await storage.setAlarm(Math.max(due, Date.now() + 25_000));
  });
  await evictDurableObject(stub);
  const { deps, later } = testDeps();
  const ring = loadKeyRing(JSON.stringify(stored.signing_keys));
  return new TestTenant(
    id,
    { tenant: id, credential: OPERATOR },
    { ...deps, ring, logOrigin: stored.log_origin },
    later,
  );
};
