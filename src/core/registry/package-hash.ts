/**
 * The hash of a worker's package (WCP 4.4): one line of path, size and SHA-256 for each file, sorted by path, hashed
 * together. The published clients sort in three ways that differ for mixed case, for `a/b` beside `a-b` and beyond ASCII;
 * ours is bytewise, and a hash is wrong only when it is none of the three.
 * INVARIANT: a path with a line feed is refused: its lines could be read as those of other files.
 */
import { sha256Hex } from '../hash.ts';
import { err, ok, type Result } from '../result.ts';
import { byCodePoint } from '../text-order.ts';
import { isSha256, normalHash } from './code-hash.ts';

export interface PackageFile {
  /** Relative, with `/` between its components. */
  readonly path: string;
  readonly size: number;
  /** Lower hex. */
  readonly sha256: string;
}

export const PATH_ORDERS = ['bytewise', 'component', 'locale'] as const;
export type PathOrder = (typeof PATH_ORDERS)[number];

type Compare = (a: string, b: string) => number;

/** Component by component, as Python orders paths: no component has a character below the one that parts them here. */
const byComponent: Compare = (a, b) => byCodePoint(a.replaceAll('/', '\0'), b.replaceAll('/', '\0'));
const collator = new Intl.Collator('en');

const ORDERS: Readonly<Record<PathOrder, Compare>> = {
  bytewise: byCodePoint,
  component: byComponent,
  // What collates alike stays in bytewise order, so that the hash does not depend on the order of the list.
  locale: (a, b) => collator.compare(a, b) || byCodePoint(a, b),
};

const EXCLUDED: ReadonlySet<string> = new Set([
  '.git',
  '__pycache__',
  '.DS_Store',
  'manifest.json',
  'manifest.sig',
  'manifest.tmp',
]);

/** What tools leave behind, and the manifest itself, which cannot be part of what it describes; at any depth. */
export const isExcluded = (path: string): boolean =>
  path.endsWith('.pyc') || path.split('/').some((component) => EXCLUDED.has(component));

export interface PackageError {
  readonly reason: 'bad_path' | 'repeated_path' | 'bad_size' | 'bad_hash';
  readonly path: string;
}

const isPath = (path: string): boolean =>
  path.isWellFormed() &&
  !/[\n\0]/.test(path) &&
  path.split('/').every((component) => component !== '' && component !== '.' && component !== '..');

const faultOf = ({ path, size, sha256 }: PackageFile): PackageError['reason'] | null => {
  if (!isPath(path)) return 'bad_path';
  if (!Number.isSafeInteger(size) || size < 0) return 'bad_size';
  return isSha256(sha256) ? null : 'bad_hash';
};

/** Files of a package that count, each once and of good form. */
export const readPackage = (files: readonly PackageFile[]): Result<readonly PackageFile[], PackageError> => {
  const seen = new Set<string>();
  for (const file of files) {
    const reason = seen.has(file.path) ? 'repeated_path' : faultOf(file);
    if (reason !== null) return err({ reason, path: file.path });
    seen.add(file.path);
  }
  return ok(files.filter(({ path }) => !isExcluded(path)));
};

/** `files`: from `readPackage`, in any order. */
export const packageHash = (files: readonly PackageFile[], order: PathOrder = 'bytewise'): string => {
  const sorted = files.toSorted((a, b) => ORDERS[order](a.path, b.path));
  return sha256Hex(sorted.map(({ path, size, sha256 }) => `${path}\n${size}\n${sha256}\n`).join(''));
};

/** The order in which `claimed` is the hash of these files; null: the package is another. */
export const packageOrder = (files: readonly PackageFile[], claimed: string): PathOrder | null => {
  const hash = normalHash(claimed);
  return PATH_ORDERS.find((order) => packageHash(files, order) === hash) ?? null;
};
