/** What changed between two texts, line by line. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
  /** Its number in the text that has it; of the newer one where both do. */
  readonly line: number;
}

/** More pairs than this would keep the page from answering. */
const MOST_PAIRS = 4_000_000;

export const diffLines = (before: string, after: string): readonly DiffLine[] => {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const same = (lines: readonly string[], from: number): DiffLine[] =>
    lines.map((text, index) => ({ kind: 'same', text, line: from + index + 1 }));
  return [
    ...same(b.slice(0, start), 0),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end), start),
    ...same(b.slice(b.length - end), b.length - end),
  ];
};

const middle = (a: readonly string[], b: readonly string[], offset: number): readonly DiffLine[] => {
  const removed = (index: number): DiffLine => ({ kind: 'removed', text: a[index] ?? '', line: offset + index + 1 });
  const added = (index: number): DiffLine => ({ kind: 'added', text: b[index] ?? '', line: offset + index + 1 });
  if (a.length * b.length > MOST_PAIRS) return [...a.map((_, i) => removed(i)), ...b.map((_, j) => added(j))];
  // common[i][j]: the longest common run of lines from a[i] and b[j] on.
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const out: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ kind: 'same', text: b[j] ?? '', line: offset + j + 1 });
      i++;
      j++;
    } else if (j === b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) out.push(removed(i++));
    else out.push(added(j++));
  }
  return out;
};
