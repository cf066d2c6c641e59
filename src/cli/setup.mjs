/**
 * What every command does first, on whatever Node the machine has (20 or newer) and with no dependency: install what
 * package-lock.json names if node_modules is not exactly that, then run a TypeScript file of this folder on the
 * Node that came with it. `node src/cli/setup.mjs start|test|… [arguments]`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const root = dirname(dirname(here));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.guildhall');

/** Ends the process with one line for the reader; a stack trace would say nothing more. */
const giveUp = (message) => {
  process.stderr.write(`guildhall: ${message}\n`);
  process.exit(1);
};

const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

/** npm's own record of an installation holds what this platform needs of the lock file, and nothing that it has not. */
const installedAsLocked = (lock) => {
  const installed = readJson(join(modules, '.package-lock.json'));
  if (lock === undefined || installed === undefined) return false;
  const { '': _root, ...wanted } = lock.packages;
  const same = (path) => installed.packages[path]?.integrity === wanted[path].integrity && existsSync(join(root, path));
  return (
    Object.keys(installed.packages).every((path) => path in wanted) &&
    Object.entries(wanted).every(([path, entry]) => (entry.optional && !(path in installed.packages)) || same(path))
  );
};

/** `npm ci`, with the npm that started us if there is one: it may not be on the PATH under that name. */
const install = () => {
  const npm = process.env.npm_execpath;
  const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  const byScript = npm !== undefined && /npm-cli\.c?js$/.test(npm);
  const [command, args] = byScript ? [process.execPath, [npm, ...options]] : ['npm', options];
  return spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: !byScript && process.platform === 'win32',
  }).status;
};

const ensureInstalled = () => {
  const lockFile = join(root, 'package-lock.json');
  if (!existsSync(lockFile)) giveUp('package-lock.json is missing: this is not a whole copy of the repository');
  const digest = createHash('sha256')
    .update(readFileSync(lockFile))
    .update(process.platform + process.arch)
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  const lock = readJson(lockFile);
  if (!installedAsLocked(lock)) {
    const began = Date.now();
    process.stderr.write('Installing dependencies (once, about a minute) …');
    // A half-finished installation must not look like a whole one.
    rmSync(stamp, { force: true });
    if (install() !== 0) {
      process.stderr.write('\n');
      giveUp('`npm ci` failed, see above; the first start needs the npm registry, later ones need no network');
    }
    process.stderr.write(` done in ${Math.round((Date.now() - began) / 1000)} s\n`);
  }
  writeFileSync(stamp, digest);
};

/** The Node 24 that npm installed as a package; where there is none for the platform, our own if it runs TypeScript. */
const findNode = () => {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const packaged = join(modules, `node-${system}-${process.arch}`, 'bin', binary);
  if (existsSync(packaged)) return packaged;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  return giveUp(
    `no Node 24 is packaged for ${process.platform}-${process.arch}, and this one is ${process.versions.node}: install Node 24 and try again`,
  );
};

/** Who started us: our parent and, where that is only npm's shell, its parent too. */
const lineage = () => {
  try {
    const [, name, rest] = /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${process.ppid}/stat`, 'utf8')) ?? [];
    return /^(?:ba|da|a|)sh$/.test(name ?? '') ? `${process.ppid} ${rest}` : `${process.ppid}`;
  } catch {
    return `${process.ppid}`;
  }
};

/** Runs `src/cli/<name>.ts` in place of this process: same terminal, its signals, its exit code. */
export const runTypeScript = (name, args, cwd) => {
  ensureInstalled();
  const script = join(here, `${name}.ts`);
  if (!existsSync(script)) giveUp(`there is no command ${JSON.stringify(name)}`);
  const child = spawn(findNode(), ['--disable-warning=ExperimentalWarning', script, ...args], {
    cwd,
    // The channel closes when we die, whatever killed us: the child then stops too.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: `${join(modules, '.bin')}${delimiter}${process.env.PATH ?? ''}` },
  });
  // Ctrl-C reaches the child by itself, since it shares the terminal; the other signals are passed on.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // A signal sent to npm alone ends npm, or the shell between it and us, and leaves us behind; we were meant too.
  if (process.env.npm_lifecycle_event !== undefined) {
    const began = lineage();
    setInterval(() => lineage() === began || child.kill('SIGTERM'), 100).unref();
  }
  child.on('error', (error) => giveUp(error.message));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
};

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) {
  const [name = '', ...args] = process.argv.slice(2);
  runTypeScript(name, args, root);
}
