/**
 * One run, three projects: `core` (plain Node, milliseconds), `workers` (inside workerd with real D1, R2 and Durable
 * Objects), `e2e` (the stack that `npm start` serves, black box, with a browser where there is one).
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { makeSecrets } from '../src/cli/secrets.ts';
import { QUIET } from '../src/cli/tools.ts';
import { IdentityProvider, PROVIDER } from './support/identity-provider.ts';

// Quiet: no telemetry, no banner, no word about secrets that are bound below.
Object.assign(process.env, QUIET, { WRANGLER_LOG: 'error' });

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const seed = Number(process.env.GUILDHALL_SEED ?? 20_261_121);
const migrations = join(root, 'migrations');
// Named in wrangler.toml; empty until the dashboard is built, which these tests do not need.
mkdirSync(join(root, 'dist', 'dashboard'), { recursive: true });

export default defineConfig({
  root,
  test: {
    // Also on two cores two files at a time.
    maxWorkers: '100%',
    projects: [
      {
        root,
        test: {
          name: 'core',
          // Properties compute for seconds where the machine is busy with other things.
          testTimeout: 300_000,
          environment: 'node',
          setupFiles: ['test/setup/properties.ts'],
          provide: { seed },
          include: ['test/core/**/*.test.ts', 'test/tooling/**/*.test.ts', 'test/architecture.test.ts'],
        },
      },
      {
        root,
        plugins: [
          cloudflareTest({
            wrangler: { configPath: join(root, 'wrangler.toml') },
            miniflare: {
              bindings: {
                ...makeSecrets(),
                MAIL_OUTBOX: 'on',
                ...new IdentityProvider(PROVIDER).settings,
                TEST_MIGRATIONS: existsSync(migrations) ? await readD1Migrations(migrations) : [],
              },
            },
          }),
        ],
        test: {
          name: 'workers',
          // Fetched once as a few bundles, not as hundreds of modules by every file.
          deps: {
            optimizer: {
              ssr: {
                enabled: true,
                include: [
                  'zod',
                  'hono',
                  'hono/cors',
                  'hono/cookie',
                  'hono/secure-headers',
                  'drizzle-orm',
                  'drizzle-orm/d1',
                  'drizzle-orm/sqlite-core',
                  'jose',
                  'yaml',
                ],
              },
            },
          },
          include: ['test/{tenant,network,witness,registry,routes,conformance,mcp}/**/*.test.ts'],
          setupFiles: ['test/setup/migrate.ts', 'test/setup/properties.ts'],
          provide: { seed },
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        root,
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: 'test/setup/built.ts',
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
