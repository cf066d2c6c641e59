/** All that the registry in D1 has from ledgers, and its loss. */
import type { Database } from '../../src/registry/database.ts';
import { listedNamespaces } from '../../src/registry/namespaces.ts';
import { ledgers, namespaces, workers } from '../../src/registry/schema.ts';

/** Every row of every projection, in the order of its key. */
export const projections = async (db: Database) => ({
  ledgers: await db.select().from(ledgers).orderBy(ledgers.name),
  workers: await db.select().from(workers).orderBy(workers.tenantId, workers.workerId),
  namespaces: await listedNamespaces(db),
});

export const loseProjections = async (db: Database): Promise<void> => {
  await db.batch([db.delete(ledgers), db.delete(workers), db.delete(namespaces)]);
};
