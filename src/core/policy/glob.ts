/**
 * Topic globs (CAP 5.3): `*` any run without `/`, so it crosses dots; `?` one such character; `[a-z]`, `[^a-z]`; `\`
 * takes the next character as it is. The whole string, case-sensitive.
 * INVARIANT: no backtracking beyond the last `*`: at most pattern × text steps, so no pattern is slow on any text.
 */
import { err, ok, type Result } from '../result.ts';

type Piece =
  | { readonly kind: 'one'; readonly char: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'run' }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] };

export interface Glob {
  readonly pattern: string;
  /** What every match begins with; the whole text where there is no wildcard. */
  readonly prefix: string;
  readonly isLiteral: boolean;
  /** By segment between slashes: no wildcard matches a slash. */
  readonly segments: readonly (readonly Piece[])[];
}

const RUN: Piece = { kind: 'run' };
const ANY: Piece = { kind: 'any' };

export const compileGlob = (pattern: string): Result<Glob, string> => {
  const segments: Piece[][] = [[]];
  const chars = [...pattern];
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? '';
    const segment = segments.at(-1) ?? [];
    if (char === '/') segments.push([]);
    else if (char === '*') {
      if (segment.at(-1) !== RUN) segment.push(RUN);
    } else if (char === '?') segment.push(ANY);
    else if (char === '\\') {
      const next = chars[++i];
      if (next === undefined) return err('a backslash at the end escapes nothing');
      if (next === '/') segments.push([]);
      else segment.push({ kind: 'one', char: next });
    } else if (char === '[') {
      const read = readClass(chars, i + 1);
      if (read === null) return err('a `[` that is not a closed, non-empty class');
      segment.push(read.piece);
      i = read.end;
    } else segment.push({ kind: 'one', char });
  }
  const prefix = literalPrefix(segments);
  const isLiteral = segments.every((segment) => segment.every(({ kind }) => kind === 'one'));
  return ok({ pattern, prefix, isLiteral, segments });
};

const readClass = (chars: readonly string[], from: number): { piece: Piece; end: number } | null => {
  let at = from;
  const negated = chars[at] === '^';
  if (negated) at++;
  const ranges: [number, number][] = [];
  const next = (): number | null => {
    const char = chars[at] === '\\' ? chars[++at] : chars[at];
    at++;
    return char?.codePointAt(0) ?? null;
  };
  while (at < chars.length && (chars[at] !== ']' || ranges.length === 0)) {
    if (chars[at] === ']') return null;
    const low = next();
    if (low === null) return null;
    if (chars[at] !== '-') {
      ranges.push([low, low]);
      continue;
    }
    at++;
    if (chars[at] === ']') return null;
    const high = next();
    if (high === null || high < low) return null;
    ranges.push([low, high]);
  }
  return chars[at] === ']' ? { piece: { kind: 'class', negated, ranges }, end: at } : null;
};

const literalPrefix = (segments: readonly (readonly Piece[])[]): string => {
  let prefix = '';
  for (const [index, segment] of segments.entries()) {
    if (index > 0) prefix += '/';
    for (const piece of segment) {
      if (piece.kind !== 'one') return prefix;
      prefix += piece.char;
    }
  }
  return prefix;
};

export const globMatches = (glob: Glob, text: string): boolean => {
  if (glob.isLiteral) return text === glob.prefix;
  if (!text.startsWith(glob.prefix)) return false;
  const parts = text.split('/');
  return (
    parts.length === glob.segments.length &&
    parts.every((part, index) => segmentMatches(glob.segments[index] ?? [], [...part]))
  );
};

/** On a mismatch only the last run grows: what an earlier one could take, the last one can take as well. */
const segmentMatches = (pieces: readonly Piece[], chars: readonly string[]): boolean => {
  let piece = 0;
  let char = 0;
  let run = -1;
  let resume = 0;
  while (char < chars.length) {
    const here = pieces[piece];
    if (here?.kind === 'run') {
      run = piece++;
      resume = char;
    } else if (here !== undefined && takes(here, chars[char] ?? '')) {
      piece++;
      char++;
    } else if (run >= 0) {
      piece = run + 1;
      char = ++resume;
    } else return false;
  }
  while (pieces[piece]?.kind === 'run') piece++;
  return piece === pieces.length;
};

const takes = (piece: Piece, char: string): boolean => {
  switch (piece.kind) {
    case 'one':
      return piece.char === char;
    case 'class': {
      const code = char.codePointAt(0) ?? 0;
      return piece.ranges.some(([low, high]) => low <= code && code <= high) !== piece.negated;
    }
    default:
      return true;
  }
};

/** `prefix*`: everything that begins so. */
export const isTopicPrefix = (pattern: string): boolean => /^[^*?[\]\\/]*\*$/.test(pattern);
