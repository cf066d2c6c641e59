/**
 * Builds the dashboard, and the Worker for local use: the bundle that `wrangler deploy` would upload, and the options that wrangler.toml
 * means for the runtime. Both are kept under the hash of all that goes into them, so a start that changes nothing
 * builds nothing and does not even load wrangler.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inRoot, ROOT, WRANGLER_DIR } from './paths.ts';
import { loadWrangler, runTool } from './tools.ts';

export interface WorkerBuild {
  /** The bundle: the entry module first. */
  readonly modules: readonly { readonly type: 'ESModule'; readonly path: string }[];
  /** Bindings, flags and dates from wrangler.toml, as Miniflare takes them. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly fresh: boolean;
}

const INPUTS = ['package.json', 'package-lock.json', 'tsconfig.json', 'wrangler.toml'];

const filesUnder = (folder: string): string[] =>
  readdirSync(inRoot(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();

/** Everything in `src` but the tools of this folder, which never get into the bundle. */
const sourceFiles = (): string[] => filesUnder('src').filter((path) => !path.startsWith(join('src', 'cli')));

const inputHash = (): string => {
  const hash = createHash('sha256').update(ROOT);
  for (const path of [...INPUTS, ...sourceFiles()]) hash.update(`\0${path}\0`).update(readFileSync(inRoot(path)));
  return hash.digest('hex').slice(0, 16);
};

const readBuild = (dir: string): Omit<WorkerBuild, 'fresh'> => ({
  modules: [{ type: 'ESModule', path: join(dir, 'worker.js') }],
  options: JSON.parse(readFileSync(join(dir, 'options.json'), 'utf8')),
});

const buildInto = async (dir: string): Promise<void> => {
  const { code, output } = await runTool('bundle', ['--outdir', dir]);
  if (code !== 0) throw new Error(`the Worker does not build:\n${output.trim()}`);
  const { unstable_getMiniflareWorkerOptions } = await loadWrangler();
  const { workerOptions } = unstable_getMiniflareWorkerOptions(inRoot('wrangler.toml'));
  writeFileSync(join(dir, 'options.json'), JSON.stringify(workerOptions, null, 2));
};

const DASHBOARD = inRoot('dist', 'dashboard');
const DASHBOARD_STAMP = inRoot('dist', 'dashboard.built');

/** What the dashboard is made of: its own folder, and the verifier in core that it takes along. */
const dashboardHash = (): string => {
  const hash = createHash('sha256');
  const files = [...filesUnder('dashboard'), ...filesUnder(join('src', 'core'))];
  for (const path of [...INPUTS, ...files]) hash.update(`\0${path}\0`).update(readFileSync(inRoot(path)));
  return hash.digest('hex');
};

/** Builds the dashboard if anything it is made of has changed; the stamp is written last, so half a build is built again. */
export const buildDashboard = async (): Promise<void> => {
  const now = dashboardHash();
  const before = existsSync(DASHBOARD_STAMP) ? readFileSync(DASHBOARD_STAMP, 'utf8') : '';
  if (now === before && existsSync(join(DASHBOARD, 'index.html'))) return;
  rmSync(DASHBOARD_STAMP, { force: true });
  const { code, output } = await runTool('dashboard');
  if (code !== 0) throw new Error(`the dashboard does not build:\n${output.trim()}`);
  writeFileSync(DASHBOARD_STAMP, now);
};

export const buildWorker = async (): Promise<WorkerBuild> => {
  await buildDashboard();
  const builds = join(WRANGLER_DIR, 'build');
  const name = inputHash();
  const dir = join(builds, name);
  const fresh = !existsSync(dir);
  if (fresh) {
    // Built aside and renamed: a build that exists is whole, also when two are made at once.
    const draft = `${dir}.${process.pid}`;
    mkdirSync(draft, { recursive: true });
    try {
      await buildInto(draft);
      if (!existsSync(dir)) renameSync(draft, dir);
      for (const old of readdirSync(builds))
        if (/^[0-9a-f]{16}$/.test(old) && old !== name) rmSync(join(builds, old), { recursive: true });
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  return { ...readBuild(dir), fresh };
};
