/** The layers, the absence of cycles and the purity words, held against the real tree; and the checker against fakes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { violations } from './support/architecture.ts';
import { readSource } from './support/source.ts';

const root = join(import.meta.dirname, '..');

const filesIn = (folder: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
        .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
        .filter((path) => !path.includes('node_modules/'))
    : [];

describe('the tree', () => {
  const sources = ['src', 'dashboard']
    .flatMap(filesIn)
    .map((path) => readSource(path, readFileSync(join(root, path), 'utf8')));

  test('keeps the layers, the purity words and has no import cycle', () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(violations(sources)).toEqual([]);
  });

  test('names no package registry in its lock file or npm settings', () => {
    for (const file of ['package-lock.json', '.npmrc']) {
      const text = readFileSync(join(root, file), 'utf8');
      expect(text.match(/"resolved"|registry\s*=|https?:\/\/[^"\s]*registry[^"\s]*/g) ?? []).toEqual([]);
    }
  });
});

/** One fake tree for each rule, and the first words of what must be said about it. */
const BROKEN: readonly (readonly [rule: string, files: Readonly<Record<string, string>>, said: string])[] = [
  [
    'core imports a layer above',
    { 'src/core/a.ts': `import { x } from '../ledger/commit.ts';` },
    'src/core/a.ts may not import src/ledger',
  ],
  ['core imports a package', { 'src/core/a.ts': `import { Hono } from 'hono';` }, 'src/core/a.ts may not import hono'],
  [
    'only hash.ts knows the primitive',
    { 'src/core/a.ts': `import { sha256 } from '#sha256';` },
    'src/core/a.ts may not import #sha256',
  ],
  ['core is synchronous', { 'src/core/a.ts': 'export const f = async () => 1;' }, 'src/core/a.ts:1 no waiting'],
  ['core makes no promise', { 'src/core/a.ts': '\nexport type P = Promise<void>;' }, 'src/core/a.ts:2 no waiting'],
  ['core has no clock', { 'src/core/a.ts': 'export const t = Date.now();' }, 'src/core/a.ts:1 no clock'],
  [
    'core has no clock by construction',
    { 'src/core/a.ts': 'export const t = new Date();' },
    'src/core/a.ts:1 no clock',
  ],
  ['core has no randomness', { 'src/core/a.ts': 'export const t = Math.random();' }, 'src/core/a.ts:1 no randomness'],
  ['core mints no ids', { 'src/core/a.ts': 'export const t = crypto.randomUUID();' }, 'src/core/a.ts:1 no randomness'],
  [
    'core knows no environment',
    { 'src/core/a.ts': 'export const f = (e: Env) => e;' },
    'src/core/a.ts:1 no environment',
  ],
  ['core knows no HTTP', { 'src/core/a.ts': 'export const f = (e: Request) => e;' }, 'src/core/a.ts:1 no HTTP'],
  ['core does no I/O', { 'src/core/a.ts': 'export const f = () => fetch("x");' }, 'src/core/a.ts:1 no I/O'],
  [
    'words count inside a template',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text of a template
    { 'src/core/a.ts': 'export const f = () => `${ { a: Date.now() }.a }`;' },
    'src/core/a.ts:1 no clock',
  ],
  ['primitives know no feature', { 'src/core/a.ts': `import './hall/input.ts';` }, 'src/core/a.ts is a primitive'],
  [
    'nobody imports the decision',
    { 'src/core/policy/a.ts': `import { decide } from '../hall/decide.ts';` },
    'src/core/policy/a.ts may not import the decision',
  ],
  [
    'keys hold no storage',
    { 'src/keys/a.ts': 'export const f = (db: D1Database) => db;' },
    'src/keys/a.ts:1 no storage',
  ],
  [
    'registry batches',
    { 'src/registry/a.ts': 'export const f = (db) => db.transaction(() => 1);' },
    'src/registry/a.ts:1 D1 refuses',
  ],
  ['the ledger waits in the lane only', { 'src/ledger/a.ts': 'await 1;' }, 'src/ledger/a.ts:1 no waiting'],
  ['objects do not wait', { 'src/tenant/a.ts': 'await 1;' }, 'src/tenant/a.ts:1 no waiting'],
  [
    'objects do not read D1',
    { 'src/network/a.ts': 'export const f = (db: D1Database) => db;' },
    'src/network/a.ts:1 no D1',
  ],
  ['objects do not fetch', { 'src/witness/a.ts': 'export const f = () => fetch("x");' }, 'src/witness/a.ts:1 no I/O'],
  [
    'objects never import one another',
    { 'src/tenant/a.ts': `import type { W } from '../witness/witness.ts';` },
    'src/tenant/a.ts may not import src/witness',
  ],
  [
    'services import types of objects only',
    { 'src/services/a.ts': `import { T } from '../tenant/tenant.ts';` },
    'src/services/a.ts may not import src/tenant/tenant.ts (only its types)',
  ],
  [
    'services know no HTTP',
    { 'src/services/a.ts': `import type { Context } from 'hono';` },
    'src/services/a.ts may not import hono',
  ],
  [
    'services write no SQL',
    { 'src/services/a.ts': 'export const f = (db) => db.prepare("x");' },
    'src/services/a.ts:1 no SQL',
  ],
  [
    'routes hold no storage',
    { 'src/routes/a.ts': `import { eq } from 'drizzle-orm';` },
    'src/routes/a.ts may not import drizzle-orm',
  ],
  [
    'routes find no objects',
    { 'src/routes/a.ts': 'export const f = (ns) => ns.getByName("a");' },
    'src/routes/a.ts:1 no object stubs',
  ],
  [
    'routes and mcp are apart',
    { 'src/mcp/a.ts': `import { x } from '../routes/wcp.ts';` },
    'src/mcp/a.ts may not import src/routes',
  ],
  [
    'one door opens transactions',
    { 'src/tenant/a.ts': 'export const f = (s) => s.transactionSync(() => 1);' },
    'src/tenant/a.ts:1 one write path',
  ],
  [
    'one door sets the alarm',
    { 'src/ledger/lane.ts': 'export const f = (s) => s.setAlarm(1);' },
    'src/ledger/lane.ts:1 one write path',
  ],
  ['one clock', { 'src/services/a.ts': 'export const t = Date.now();' }, 'src/services/a.ts:1 only commit.ts'],
  [
    'the tools know core and keys',
    { 'src/cli/a.ts': `import { f } from '../services/hall.ts';` },
    'src/cli/a.ts may not import src/services',
  ],
  [
    'the dashboard runs no server code',
    { 'dashboard/a.tsx': `import { app } from '../src/app.ts';` },
    'dashboard/a.tsx may not import src/app.ts (only its types)',
  ],
  ['no folder of no layer', { 'src/utils/a.ts': '' }, 'src/utils/a.ts is in no folder'],
  [
    'a dynamic import counts',
    { 'src/core/a.ts': `export const f = () => import('hono');` },
    'src/core/a.ts may not import hono',
  ],
  [
    'no cycle, also of types',
    { 'src/core/a/a.ts': `import type { B } from './b.ts';`, 'src/core/a/b.ts': `export * from './a.ts';` },
    'import cycle: src/core/a/a.ts → src/core/a/b.ts → src/core/a/a.ts',
  ],
];

const GOOD: Readonly<Record<string, string>> = {
  'src/core/hash.ts': `import { sha256 } from '#sha256';`,
  'src/core/ledger/replay.ts': `import { decide } from '../hall/decide.ts';`,
  'src/core/hall/select.ts': `import { z } from 'zod';\nimport { sha256 } from '../hash.ts';\n// await Date.now() is fine in a comment`,
  'src/core/hall/decide.ts': [
    `import type { A } from './select.ts';`,
    `/* fetch */ export const words = ['await', "Date.now()", \`async \${'fetch'} Promise\`];`,
    `export const at = new Date(0); export const isWord = (s: string) => /['"\`/]await/.test(s); export const half = 4 / 2; // '`,
  ].join('\n'),
  'src/ledger/lane.ts': 'export const f = async () => { await 1; };',
  'src/ledger/commit.ts': 'export const f = (s) => s.transactionSync(() => s.setAlarm(Date.now()));',
  'src/services/hall.ts': `import type { Tenant } from '../tenant/tenant.ts';\nimport { type Witness } from '../witness/witness.ts';`,
  'src/tenant/tenant.ts': `import { DurableObject } from 'cloudflare:workers';\nimport { f } from '../ledger/lane.ts';`,
  'src/witness/witness.ts': '',
  'src/worker.ts': `export { Tenant } from './tenant/tenant.ts';`,
  'src/env.d.ts': `interface Env { TENANT: import('./worker').Tenant }`,
};

const check = (files: Readonly<Record<string, string>>) =>
  violations(Object.entries(files).map(([path, text]) => readSource(path, text)));

describe('the checker', () => {
  test.each(BROKEN)('catches: %s', (_rule, files, said) => {
    expect(
      check(files).some((violation) => violation.startsWith(said)),
      check(files).join('\n'),
    ).toBe(true);
  });

  test('is content with a tree that keeps every rule', () => {
    expect(check(GOOD)).toEqual([]);
  });
});
