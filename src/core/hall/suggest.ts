/**
 * "Did you mean": at most three ids that look like the one asked for (WCP 3.1, step 5).
 * INVARIANT: bounded work. Only ids that share a rare word, or stand next to it in the dictionary read forwards or
 * backwards, are compared, and never more than CANDIDATES of them, however many ids there are or how the id looks.
 */
const MAX_SUGGESTIONS = 3;
const CANDIDATES = 40;
const WORD_SHARE = 16;
const NEIGHBOURS = 6;
const MAX_WORDS = 8;
const MAX_LENGTH = 64;

export interface Suggestions {
  /** All ids, sorted; and all ids spelled backwards, sorted. */
  readonly forwards: readonly string[];
  readonly backwards: readonly string[];
  /** For each word of an id, the first ids that hold it. */
  readonly byWord: ReadonlyMap<string, readonly string[]>;
}

const reversed = (text: string): string => [...text].reverse().join('');
const wordsOf = (id: string): readonly string[] =>
  id
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 1);

export const buildSuggestions = (ids: readonly string[]): Suggestions => {
  const forwards = [...new Set(ids)].sort();
  const byWord = new Map<string, string[]>();
  for (const id of forwards)
    for (const word of new Set(wordsOf(id))) {
      const holders = byWord.get(word);
      if (holders === undefined) byWord.set(word, [id]);
      else if (holders.length < WORD_SHARE) holders.push(id);
    }
  return { forwards, backwards: forwards.map(reversed).sort(), byWord };
};

const insertionPoint = (sorted: readonly string[], text: string): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
};

const neighbours = (sorted: readonly string[], text: string): readonly string[] => {
  const at = insertionPoint(sorted, text);
  return sorted.slice(Math.max(0, at - NEIGHBOURS), at + NEIGHBOURS);
};

const candidatesFor = ({ forwards, backwards, byWord }: Suggestions, id: string): readonly string[] => {
  const found = new Set([...neighbours(forwards, id), ...neighbours(backwards, reversed(id)).map(reversed)]);
  const shared = wordsOf(id)
    .slice(0, MAX_WORDS)
    .map((word) => byWord.get(word) ?? [])
    .sort((a, b) => a.length - b.length);
  for (const holders of shared) for (const holder of holders) found.add(holder);
  found.delete(id);
  return [...found].slice(0, CANDIDATES);
};

/** Levenshtein distance in one row; texts of at most MAX_LENGTH. The row is safe to share: nothing here waits. */
const row = new Uint8Array(MAX_LENGTH + 1);

/** What both begin and end with costs nothing, and of two ids it is most. */
const distance = (one: string, other: string): number => {
  const shorter = Math.min(one.length, other.length);
  let head = 0;
  while (head < shorter && one.charCodeAt(head) === other.charCodeAt(head)) head++;
  let tail = 0;
  while (tail < shorter - head && one.charCodeAt(one.length - 1 - tail) === other.charCodeAt(other.length - 1 - tail))
    tail++;
  const a = one.slice(head, one.length - tail);
  const b = other.slice(head, other.length - tail);
  for (let j = 0; j <= b.length; j++) row[j] = j;
  for (let i = 1; i <= a.length; i++) {
    const unit = a.charCodeAt(i - 1);
    let diagonal = i - 1;
    let left = i;
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] ?? 0;
      const replaced = diagonal + (unit === b.charCodeAt(j - 1) ? 0 : 1);
      left = Math.min(replaced, above + 1, left + 1);
      row[j] = left;
      diagonal = above;
    }
  }
  return row[b.length] ?? 0;
};

export const suggest = (suggestions: Suggestions, asked: string): readonly string[] => {
  const id = asked.slice(0, MAX_LENGTH);
  const worst = Math.max(3, Math.floor(id.length * 0.45));
  return candidatesFor(suggestions, id)
    .filter((candidate) => candidate !== asked && candidate.length <= MAX_LENGTH)
    .filter((candidate) => Math.abs(candidate.length - id.length) <= worst)
    .map((candidate) => ({ candidate, apart: distance(id, candidate) }))
    .filter(({ apart }) => apart <= worst)
    .sort((a, b) => a.apart - b.apart || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, MAX_SUGGESTIONS)
    .map(({ candidate }) => candidate);
};
