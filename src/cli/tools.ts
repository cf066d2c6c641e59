/**
 * The pinned tools with their fixed arguments, quiet and offline-safe, for `npm run <tool> -- …` and for the other
 * scripts of this folder.
 */
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inRoot, ROOT } from './paths.ts';

const WRANGLER = ['node_modules/wrangler/bin/wrangler.js'];
const BIOME = ['node_modules/@biomejs/biome/bin/biome'];

/** Name → script in node_modules and its arguments. */
export const TOOLS = {
  bundle: [...WRANGLER, 'deploy', '--dry-run'],
  deploy: [...WRANGLER, 'deploy'],
  // Secrets are never in an environment file here, so the generated types must not depend on one.
  types: [...WRANGLER, 'types', '--include-runtime=false', '--strict-vars=false', 'src/env.d.ts'],
  vitest: ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts'],
  // The folder is the first argument, the place of the result the dashboard's own setting.
  dashboard: ['node_modules/vite/bin/vite.js', 'build', 'dashboard'],
  tsc: ['node_modules/typescript/bin/tsc', '--noEmit'],
  migrations: [
    'node_modules/drizzle-kit/bin.cjs',
    'generate',
    '--dialect=sqlite',
    '--schema=src/registry/schema.ts',
    '--out=migrations',
  ],
  bench: ['test/bench/main.ts'],
  lint: [...BIOME, 'check', '--error-on-warnings'],
  format: [...BIOME, 'check', '--write'],
} as const satisfies Record<string, readonly string[]>;

export type Tool = keyof typeof TOOLS;

/** No telemetry, no banner, no update check, no log files in the user's home. */
export const QUIET = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_WRITE_LOGS: 'false',
} as const;

/** Wrangler as a library: large, so loaded only by who needs it, and told only once to be silent. */
export const loadWrangler = (): Promise<typeof import('wrangler')> => {
  Object.assign(process.env, QUIET, { WRANGLER_LOG: 'error' });
  return import('wrangler');
};

export interface ToolRun {
  readonly code: number;
  /** Standard output and error, in the order in which they came. */
  readonly output: string;
}

/** Runs one tool to its end. `show` passes its output on while it comes. */
export const runTool = (tool: Tool, args: readonly string[] = [], show = false): Promise<ToolRun> =>
  new Promise((resolve, reject) => {
    const [script, ...fixed] = TOOLS[tool];
    const child = spawn(process.execPath, [inRoot(script), ...fixed, ...args], {
      cwd: ROOT,
      env: { ...process.env, ...QUIET, PATH: `${inRoot('node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}` },
      stdio: [show ? 'inherit' : 'ignore', show && process.stdout.isTTY ? 'inherit' : 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (to: NodeJS.WriteStream) => (chunk: Buffer) => {
      output += chunk.toString();
      if (show) to.write(chunk);
    };
    child.stdout?.on('data', collect(process.stdout));
    child.stderr?.on('data', collect(process.stderr));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });

const isTool = (name: string | undefined): name is Tool => name !== undefined && Object.hasOwn(TOOLS, name);

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) {
  const [name, ...args] = process.argv.slice(2);
  if (isTool(name)) process.exitCode = (await runTool(name, args, true)).code;
  else {
    process.stderr.write(`guildhall: no tool ${JSON.stringify(name)}; there are ${Object.keys(TOOLS).join(', ')}\n`);
    process.exitCode = 2;
  }
}
