/** The bootstrap on a fake repository with a fake npm: when it installs, and that it hands over faithfully. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const CLI = join(import.meta.dirname, '..', '..', 'src', 'cli');

/** Installs what the lock file names, as `npm ci` would, and counts how often it was asked. */
const FAKE_NPM = `
const { appendFileSync, copyFileSync, mkdirSync, readFileSync, rmSync } = require('node:fs');
appendFileSync('asked', process.argv.slice(2).join(' ') + '\\n');
if (process.env.BROKEN_NPM) process.exit(1);
rmSync('node_modules', { recursive: true, force: true });
for (const path of Object.keys(JSON.parse(readFileSync('package-lock.json', 'utf8')).packages)) mkdirSync(path || '.', { recursive: true });
copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
`;

let repo: string;

const lock = (integrity: string): void =>
  writeFileSync(
    join(repo, 'package-lock.json'),
    JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '1.0.0', integrity } } }),
  );

const env = { ...process.env, npm_lifecycle_event: '' };

const run = (args: readonly string[], extra: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, [join(repo, 'src', 'cli', 'setup.mjs'), ...args], {
    encoding: 'utf8',
    env: { ...env, npm_execpath: join(repo, 'npm-cli.js'), ...extra },
  });

const installs = (): number => {
  try {
    return readFileSync(join(repo, 'asked'), 'utf8').trim().split('\n').length;
  } catch {
    return 0;
  }
};

beforeEach(() => {
  repo = mkdtempSync(join(tmpdir(), 'guildhall-setup-'));
  mkdirSync(join(repo, 'src', 'cli'), { recursive: true });
  cpSync(join(CLI, 'setup.mjs'), join(repo, 'src', 'cli', 'setup.mjs'));
  writeFileSync(join(repo, 'src', 'cli', 'echo.ts'), 'console.log(process.argv.slice(2).join("+") satisfies string);');
  writeFileSync(join(repo, 'npm-cli.js'), FAKE_NPM);
  lock('sha512-one');
});

afterEach(() => rmSync(repo, { recursive: true, force: true }));

test('installs from the lock file once, without scripts, then runs the TypeScript file', () => {
  const first = run(['echo', 'a', 'b']);
  expect(first.stdout).toBe('a+b\n');
  expect(first.stderr).toMatch(/^Installing dependencies .* done in \d+ s\n$/);
  expect(readFileSync(join(repo, 'asked'), 'utf8')).toMatch(/^ci --ignore-scripts /);
  const second = run(['echo', 'c']);
  expect(second.stdout).toBe('c\n');
  expect(second.stderr).toBe('');
  expect(installs()).toBe(1);
});

test('installs again when the lock file changed, and when an installation is incomplete', () => {
  run(['echo']);
  lock('sha512-two');
  run(['echo']);
  expect(installs()).toBe(2);
  rmSync(join(repo, 'node_modules', '.guildhall'));
  rmSync(join(repo, 'node_modules', 'a'), { recursive: true });
  run(['echo']);
  expect(installs()).toBe(3);
});

test('accepts what `npm ci` installed by itself', () => {
  mkdirSync(join(repo, 'node_modules', 'a'), { recursive: true });
  const packages = { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-one' } };
  writeFileSync(join(repo, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
  expect(run(['echo', 'x']).stdout).toBe('x\n');
  expect(installs()).toBe(0);
});

test('a failed installation is one clear line, and is tried again', () => {
  const broken = run(['echo'], { BROKEN_NPM: '1' });
  expect(broken.status).toBe(1);
  expect(broken.stderr).toContain('guildhall: `npm ci` failed');
  expect(broken.stderr).not.toMatch(/^\s+at /m);
  expect(run(['echo', 'x']).stdout).toBe('x\n');
});

test('passes on the exit code; an unknown command is one line', () => {
  writeFileSync(join(repo, 'src', 'cli', 'fail.ts'), 'process.exit(7);');
  expect(run(['fail']).status).toBe(7);
  expect(run(['nothing']).stderr).toContain('guildhall: there is no command "nothing"');
});

test('works from a folder that is reached by a link', () => {
  const link = `${repo}-link`;
  symlinkSync(repo, link);
  try {
    const result = spawnSync(process.execPath, [join(link, 'src', 'cli', 'setup.mjs'), 'echo', 'y'], {
      encoding: 'utf8',
      env: { ...env, npm_execpath: join(repo, 'npm-cli.js') },
    });
    expect(result.stdout).toBe('y\n');
  } finally {
    rmSync(link);
  }
});

test.each(['SIGTERM', 'SIGKILL'] as const)('%s to the bootstrap reaches the script', async (signal) => {
  const script = `
    process.on('SIGTERM', () => end('SIGTERM'));
    process.on('disconnect', () => end('disconnect'));
    const { writeFileSync } = await import('node:fs');
    const end = (why) => { writeFileSync(${JSON.stringify(join(repo, 'ended'))}, why); process.exit(0); };
    setInterval(() => undefined, 1000);
    console.log('ready');`;
  writeFileSync(join(repo, 'src', 'cli', 'wait.ts'), script);
  const child = spawn(process.execPath, [join(repo, 'src', 'cli', 'setup.mjs'), 'wait'], {
    env: { ...env, npm_execpath: join(repo, 'npm-cli.js') },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill(signal);
  await expect.poll(() => readFileSync(join(repo, 'ended'), 'utf8'), { timeout: 5000 }).toMatch(/SIGTERM|disconnect/);
});
