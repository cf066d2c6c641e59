/**
 * `npm test`: everything that must hold before a change is done, in the order in which a mistake is cheapest to see.
 * All steps run even when one fails; the last line counts them with the tests. `npm test -- <vitest arguments>` runs
 * tests only.
 */
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { buildWorker } from './build.ts';
import { inRoot, ROOT, WRANGLER_DIR } from './paths.ts';
import { runTool } from './tools.ts';

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** Null when all is well, else what the reader has to see. */
type Check = () => Promise<string | null>;

/** The limit of the free plan; a paid one allows 10 MB. */
const MAX_BUNDLE_GZIP = 3_000_000;
const CHROMIUM = '/usr/bin/chromium';
const PROJECTS = ['core', 'workers', 'e2e'] as const;

const say = (text = ''): void => void process.stdout.write(`${text}\n`);
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

const tool =
  (...args: Parameters<typeof runTool>): Check =>
  async () => {
    const { code, output } = await runTool(...args);
    return code === 0 ? null : output.trim();
  };

/** The schema in TypeScript is the source of the migrations: generating again, on a copy, must find nothing to add. */
const migrationsAreCurrent: Check = async () => {
  if (!existsSync(inRoot('migrations', 'meta', '_journal.json'))) return null;
  const copy = join('.wrangler', 'tmp', `migrations-${process.pid}`);
  mkdirSync(inRoot(copy), { recursive: true });
  try {
    cpSync(inRoot('migrations'), inRoot(copy), { recursive: true });
    const { code, output } = await runTool('migrations', [`--out=${copy}`]);
    if (code !== 0) return output.trim();
    const missing = readdirSync(inRoot(copy)).filter((file) => !existsSync(inRoot('migrations', file)));
    return missing.length === 0 ? null : `src/registry/schema.ts has changes without a migration: npm run migrations`;
  } finally {
    rmSync(inRoot(copy), { recursive: true, force: true });
  }
};

/** The very bundle that a deployment would upload. */
const deployable: Check = async () => {
  const { modules } = await buildWorker();
  const bytes = modules.reduce((sum, { path }) => sum + gzipSync(readFileSync(path)).length, 0);
  say(`  bundle ${(bytes / 1000).toFixed(0)} kB gzip`);
  return bytes <= MAX_BUNDLE_GZIP ? null : `the bundle is larger than ${MAX_BUNDLE_GZIP / 1e6} MB gzip`;
};

const CHECKS: readonly (readonly [what: string, check: Check])[] = [
  ['types', tool('tsc', ['-p', 'tsconfig.json'])],
  ['types of core, with no I/O in sight', tool('tsc', ['-p', 'src/core/tsconfig.json'])],
  ['types of the dashboard', tool('tsc', ['-p', 'dashboard/tsconfig.json'])],
  ['lint and format', tool('lint', ['--max-diagnostics=8'])],
  ['src/env.d.ts as wrangler.toml says', tool('types', ['--check'])],
  ['migrations as the schema says', migrationsAreCurrent],
  ['deploy dry run', deployable],
];

const runCheck = async ([what, check]: (typeof CHECKS)[number]): Promise<Tally> => {
  const began = performance.now();
  const problem = await check().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  const mark = problem === null ? styleText('green', '✓') : styleText('red', '✗');
  say(`${mark} ${what} ${styleText('dim', seconds(began))}`);
  if (problem !== null) say(problem.replace(/^/gm, '    '));
  return problem === null ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
};

const ReportSchema = z.object({ numPassedTests: z.number(), numFailedTests: z.number() });

/** A run that ends badly without a failed test (a file that does not load, say) counts as one failure. */
const runTests = async (args: readonly string[]): Promise<Tally> => {
  const report = join(WRANGLER_DIR, 'tmp', `tests-${process.pid}.json`);
  const { code } = await runTool(
    'vitest',
    ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
    true,
  );
  const counted = existsSync(report) ? ReportSchema.parse(JSON.parse(readFileSync(report, 'utf8'))) : null;
  rmSync(report, { force: true });
  const { numPassedTests: passed, numFailedTests: failed } = counted ?? { numPassedTests: 0, numFailedTests: 0 };
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1) };
};

const FILES: Readonly<Record<(typeof PROJECTS)[number], string>> = {
  core: 'test/{architecture.test.ts,core/**/*.test.ts,tooling/**/*.test.ts}',
  workers: 'test/{tenant,network,witness,registry,routes,conformance,mcp}/**/*.test.ts',
  e2e: 'test/e2e/**/*.test.ts',
};

const runAll = async (args: readonly string[]): Promise<readonly Tally[]> => {
  if (args.length > 0) return [await runTests(args)];
  const tallies: Tally[] = [];
  for (const check of CHECKS) tallies.push(await runCheck(check));
  for (const project of PROJECTS) {
    if (globSync(FILES[project], { cwd: ROOT }).length === 0) continue;
    tallies.push(await runTests(['--project', project]));
  }
  return tallies;
};

const began = performance.now();
const tallies = await runAll(process.argv.slice(2));
const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
if (!existsSync(CHROMIUM)) {
  say(styleText(['bold', 'yellow'], `!! No Chromium at ${CHROMIUM}: NOTHING was tested in a real browser.`));
}
say(styleText('dim', seconds(began)));
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
