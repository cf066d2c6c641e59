/** Documents kept by hash (rules, settings, worker facts): what decisions name, and recomputations read. */

/** In UTF-8 at most three bytes each, so a part fits a row of 2 MB. */
const PART_CHARACTERS = 400_000;
const MAX_REMEMBERED = 10_000;
const PAGE_DOCUMENTS = 500;

export interface KeptContent {
  readonly hash: string;
  /** Canonical JSON. */
  readonly text: string;
}

export class Contents {
  readonly #sql: SqlStorage;
  /** Hashes known to be stored; a bounded cache that spares the hot path its writes. */
  #known = new Set<string>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** A rolled-back transaction may have taken what was remembered with it. */
  reload(): void {
    this.#known = new Set();
  }

  /** `text`: the canonical JSON whose SHA-256 is `hash`. Inside `apply`. */
  keep(hash: string, text: string): void {
    if (this.#known.has(hash)) return;
    partsOf(text).forEach((value, part) => {
      this.#sql.exec('INSERT OR IGNORE INTO contents (hash, part, value) VALUES (?, ?, ?)', hash, part, value);
    });
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.add(hash);
  }

  text(hash: string): string | null {
    const parts = this.#sql
      .exec<{ value: string }>('SELECT value FROM contents WHERE hash = ? ORDER BY part', hash)
      .toArray();
    return parts.length === 0 ? null : parts.map((part) => part.value).join('');
  }

  /** Whole documents in order of their hashes, after one of them: as many as fit `maxCharacters`, and at least one. */
  page(after: string, maxCharacters: number): readonly KeptContent[] {
    const found = this.#sql
      .exec<{ hash: string; characters: number }>(
        'SELECT hash, sum(length(value)) AS characters FROM contents WHERE hash > ? GROUP BY hash ORDER BY hash LIMIT ?',
        after,
        PAGE_DOCUMENTS,
      )
      .toArray();
    let characters = 0;
    const fitting = found.filter((row, index) => {
      characters += row.characters;
      return index === 0 || characters <= maxCharacters;
    });
    return fitting.map(({ hash }) => ({ hash, text: this.text(hash) ?? '' }));
  }
}

/** Never cut inside a surrogate pair: half of one has no UTF-8. */
const partsOf = (text: string): string[] => {
  const parts: string[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + PART_CHARACTERS, text.length);
    if (to < text.length && (text.charCodeAt(to - 1) & 0xfc00) === 0xd800) to--;
    parts.push(text.slice(from, to));
    from = to;
  }
  return parts;
};
