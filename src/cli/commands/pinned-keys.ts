/**
 * The keys to judge by. They come from a file that the user pinned, or from the note that the local demo leaves; never
 * from what is being judged.
 */
import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { readKeySet, type TrustedKey } from '../../core/ledger/trust.ts';
import { WRANGLER_DIR } from '../paths.ts';
import { type Surroundings, UsageError } from './command.ts';

export interface PinnedKeys {
  readonly keys: readonly TrustedKey[];
  /** Shown with every verdict. */
  readonly source: string;
}

export const NO_KEYS = 'no key was pinned: give --keys jwks.json, saved earlier from /.well-known/jwks.json';

export const localDir = (env: Surroundings['env']): string =>
  env.GUILDHALL_DIR ? resolve(env.GUILDHALL_DIR) : WRANGLER_DIR;

const DEMO_FILE = 'guildhall-demo.json';

/** What the local demo wrote about itself; undefined when there is none. */
export const readDemoNote = (env: Surroundings['env']): Readonly<Record<string, unknown>> | undefined => {
  try {
    return asRecord(JSON.parse(readFileSync(join(localDir(env), DEMO_FILE), 'utf8')));
  } catch {
    return undefined;
  }
};

/** Null: none were given and there is no local demo. */
export const pinnedKeys = (file: string | undefined, env: Surroundings['env']): PinnedKeys | null => {
  if (file !== undefined) return { keys: keysIn(readJson(file), file), source: file };
  const demo = readDemoNote(env);
  if (demo === undefined) return null;
  const path = join(localDir(env), DEMO_FILE);
  const shown = relative(process.cwd(), path);
  return { keys: keysIn(demo, path), source: `${shown.startsWith('..') ? path : shown} (the local demo)` };
};

/** A JWK Set, or a note that has one as `jwks`. */
const keysIn = (value: unknown, file: string): readonly TrustedKey[] => {
  const record = asRecord(value);
  const keys = readKeySet(record?.jwks ?? record);
  if (keys === undefined) throw new UsageError(`${file} is not a JWK Set whose kids are the thumbprints of its keys`);
  if (!keys.some(({ use }) => use === 'receipt')) throw new UsageError(`${file} has no key of use "receipt"`);
  return keys;
};

const readJson = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error;
    throw new UsageError(isMissing ? `cannot read ${file}` : `${file} is not JSON`);
  }
};

const asRecord = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
