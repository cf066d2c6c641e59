/** A copy of an object's tables, and its return: what a restored backup or point-in-time recovery does to an object. */
import type { TestTenant } from './tenant-client.ts';

export type StorageCopy = readonly (readonly [table: string, rows: readonly Record<string, SqlStorageValue>[]])[];

const tablesOf = (sql: SqlStorage): string[] =>
  sql
    .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
    .toArray()
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('_cf_') && !name.startsWith('sqlite_'));

export const copyTables = (sql: SqlStorage): StorageCopy =>
  tablesOf(sql).map((table) => [table, sql.exec(`SELECT * FROM ${table}`).toArray()] as const);

/** Puts the copy in the place of what is there. */
export const restoreTables = (storage: DurableObjectStorage, copy: StorageCopy): void => {
  storage.transactionSync(() => {
    for (const [table, rows] of copy) {
      storage.sql.exec(`DELETE FROM ${table}`);
      for (const row of rows) {
        const columns = Object.keys(row);
        const places = columns.map(() => '?').join(', ');
        storage.sql.exec(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`, ...Object.values(row));
      }
    }
  });
};

export const copyStorage = (tenant: TestTenant): Promise<StorageCopy> =>
  tenant.inside((_, { storage }) => copyTables(storage.sql));

/** The object wakes up with the copy, as it does after a recovery. */
export const restoreStorage = async (tenant: TestTenant, copy: StorageCopy): Promise<void> => {
  await tenant.inside((_, { storage }) => restoreTables(storage, copy));
  await tenant.evict();
};
