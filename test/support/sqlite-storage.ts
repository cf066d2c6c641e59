/** Storage of an object on Node's own SQLite: as much of it as a ledger and its modules use, outside of workerd. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';

export class SqliteStorage {
  readonly #db = new DatabaseSync(':memory:');
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;

  readonly sql = {
    exec: (query: string, ...bindings: SqlStorageValue[]) => {
      const rows = this.#run(query, bindings);
      return {
        [Symbol.iterator]: () => rows.values(),
        toArray: () => rows,
        one: () => {
          const [row] = rows;
          if (row === undefined || rows.length > 1) throw new Error(`one row was expected, not ${rows.length}`);
          return row;
        },
      };
    },
  };

  transactionSync<T>(work: () => T): T {
    const name = `level_${this.#depth++}`;
    this.#db.exec(`SAVEPOINT ${name}`);
    try {
      const result = work();
      this.#db.exec(`RELEASE ${name}`);
      return result;
    } catch (error) {
      this.#db.exec(`ROLLBACK TO ${name}; RELEASE ${name}`);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** Nothing here wakes up by itself. */
  async setAlarm(): Promise<void> {}
  async deleteAlarm(): Promise<void> {}

  /** What the platform would hand to the object's constructor. */
  get state(): DurableObjectState {
    return { storage: this } as unknown as DurableObjectState;
  }

  close(): void {
    this.#db.close();
  }

  #run(query: string, bindings: SqlStorageValue[]): Record<string, unknown>[] {
    if (/;\s*\S/.test(query)) {
      this.#db.exec(query);
      return [];
    }
    let statement = this.#statements.get(query);
    if (statement === undefined) {
      statement = this.#db.prepare(query);
      this.#statements.set(query, statement);
    }
    return statement.all(...(bindings as (string | number | null)[])) as Record<string, unknown>[];
  }
}
