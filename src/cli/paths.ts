/** Where things are in the repository; the tools run from any folder. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const inRoot = (...parts: string[]): string => join(ROOT, ...parts);

/** Everything that may be deleted: builds, local state, secrets. Git ignores it. */
export const WRANGLER_DIR = inRoot('.wrangler');
