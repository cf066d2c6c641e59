/** Reads of committed entries. A bundle is the entries of one commit, as canonical JSON lines. */

interface BundleRow {
  readonly [column: string]: SqlStorageValue;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly entries: string;
}

/** The canonical JSON text of one entry, or null beyond the end of the ledger. */
export const entryTextAt = (sql: SqlStorage, seq: number): string | null => {
  const row = sql
    .exec<BundleRow>(
      'SELECT first_seq, last_seq, entries FROM bundles WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1',
      seq,
    )
    .toArray()[0];
  if (row === undefined || seq > row.last_seq) return null;
  return row.entries.split('\n')[seq - row.first_seq] ?? null;
};

/** Entry texts from `from` upward, as many whole bundles as hold at least `limit` entries. */
export const entryTextsFrom = (sql: SqlStorage, from: number, limit: number): string[] => {
  const texts: string[] = [];
  const bundles = sql.exec<BundleRow>(
    `SELECT first_seq, last_seq, entries FROM bundles
     WHERE first_seq >= coalesce((SELECT max(first_seq) FROM bundles WHERE first_seq <= ?), 1)
     ORDER BY first_seq LIMIT ?`,
    from,
    limit,
  );
  for (const { first_seq, entries } of bundles) {
    texts.push(...entries.split('\n').slice(Math.max(0, from - first_seq)));
    if (texts.length >= limit) break;
  }
  return texts.slice(0, limit);
};

/** Walks entries downward from `before` (exclusive) until `visit` says stop; returns the seq it stopped at, 0 at the end. */
export const walkBack = (
  sql: SqlStorage,
  before: number,
  maxEntries: number,
  visit: (text: string) => 'more' | 'stop',
): number => {
  let walked = 0;
  let seq = before;
  while (seq > 1) {
    const row = sql
      .exec<BundleRow>(
        'SELECT first_seq, last_seq, entries FROM bundles WHERE first_seq < ? ORDER BY first_seq DESC LIMIT 1',
        seq,
      )
      .toArray()[0];
    if (row === undefined) return 0;
    const lines = row.entries.split('\n');
    for (let index = Math.min(seq - 1, row.last_seq) - row.first_seq; index >= 0; index--) {
      const text = lines[index] ?? '';
      seq = row.first_seq + index;
      walked++;
      if (visit(text) === 'stop' || walked >= maxEntries) return seq;
    }
  }
  return 0;
};

export interface RegistryEntry {
  readonly seq: number;
  readonly text: string;
  /** What it commits to, as canonical JSON; its own members say the rest. */
  readonly terms?: string;
}

/** What the registry is made of. */
export interface RegistryPage {
  readonly entries: readonly RegistryEntry[];
  /** Everything up to here was looked at. */
  readonly through: number;
}

/** Entries that one question looks through; other callers of the object wait for so long. */
const REGISTRY_SCAN = 2_000;
const IN_REGISTRY = '"stream":"registry"';

/** The entries of the registry stream among the next after `after`: streams have no index, and most entries are decisions. */
export const registryAfter = (sql: SqlStorage, after: number): RegistryPage => {
  const texts = entryTextsFrom(sql, after + 1, REGISTRY_SCAN);
  const entries = texts.flatMap((text, index) => {
    // Most are told apart without parsing. A body may have a member of that name, too.
    const isOf = text.includes(IN_REGISTRY) && (JSON.parse(text) as { stream: string }).stream === 'registry';
    return isOf ? [{ seq: after + 1 + index, text }] : [];
  });
  return { entries, through: after + texts.length };
};
