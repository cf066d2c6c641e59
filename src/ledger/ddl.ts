/**
 * Numbered schema steps of an object's storage, run once each in the constructor. A step that has been released is
 * never edited: the next change is the next step. (`PRAGMA user_version` is refused here, hence a table of our own.)
 */
export interface SchemaStep {
  readonly area: string;
  readonly step: number;
  readonly sql: string;
}

export const LEDGER_SCHEMA: readonly SchemaStep[] = [
  {
    area: 'ledger',
    step: 1,
    // bundles: entries as canonical JSON lines, one row for each commit; the source of everything else here.
    // head:    one row; `memo` holds small counters that change with every commit, so they cost no row of their own.
    // contents: documents by hash, in parts that fit a row.
    // tiles:   level 0 once complete (256 leaf hashes), higher levels as they grow (C2SP tlog-tiles).
    sql: `
      CREATE TABLE bundles (
        first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, last_ts INTEGER NOT NULL, entries TEXT NOT NULL);
      CREATE TABLE head (
        id INTEGER PRIMARY KEY CHECK (id = 0), size INTEGER NOT NULL, ts INTEGER NOT NULL, receipt_hash TEXT,
        streams TEXT NOT NULL, memo TEXT NOT NULL);
      CREATE TABLE tiles (
        level INTEGER NOT NULL, position INTEGER NOT NULL, hashes BLOB NOT NULL,
        PRIMARY KEY (level, position)) WITHOUT ROWID;
      CREATE TABLE contents (
        hash TEXT NOT NULL, part INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (hash, part)) WITHOUT ROWID;
      CREATE TABLE replies (
        key TEXT PRIMARY KEY, digest TEXT NOT NULL, reply TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE deadlines (name TEXT PRIMARY KEY, due_at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE checkpoints (size INTEGER PRIMARY KEY, published_at INTEGER NOT NULL, note TEXT NOT NULL);`,
  },
];

export const migrate = (storage: DurableObjectStorage, steps: readonly SchemaStep[]): void => {
  storage.transactionSync(() => {
    const { sql } = storage;
    sql.exec(
      'CREATE TABLE IF NOT EXISTS schema_steps (area TEXT, step INTEGER, PRIMARY KEY (area, step)) WITHOUT ROWID',
    );
    const applied = new Set(
      sql
        .exec<{ area: string; step: number }>('SELECT area, step FROM schema_steps')
        .toArray()
        .map((row) => `${row.area}/${row.step}`),
    );
    for (const { area, step, sql: statements } of steps) {
      if (applied.has(`${area}/${step}`)) continue;
      sql.exec(statements);
      sql.exec('INSERT INTO schema_steps (area, step) VALUES (?, ?)', area, step);
    }
  });
};
