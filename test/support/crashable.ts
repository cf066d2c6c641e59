/** A Guildhall in a process of its own, to be killed in the middle of its work and started again on the same data. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inRoot } from '../../src/cli/paths.ts';

/** `runtime`: workerd alone; `server`: the process that started it, which takes the runtime with it. */
export type Victim = 'runtime' | 'server';

export interface Crashable {
  readonly url: string;
  readonly key: string;
  /** SIGKILL; resolves when nothing of it is left. */
  readonly kill: (victim: Victim) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const isAlive = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

/** The workerd that this process started; its own child and nobody else's. */
const runtimeOf = (server: ChildProcess): number => {
  const { pid } = server;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  const found = children.find((child) => /^workerd/.test(readFileSync(`/proc/${child}/comm`, 'utf8')));
  if (found === undefined) throw new Error('the server has no runtime');
  return found;
};

export const startCrashable = async (dir: string): Promise<Crashable> => {
  const server = spawn(process.execPath, [inRoot('src', 'cli', 'start.ts')], {
    env: { ...process.env, PORT: '0', GUILDHALL_DIR: dir, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      said += chunk.toString();
      if (said.includes('Ctrl-C stops')) resolve();
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.once('exit', () => reject(new Error(`no start:\n${said}`)));
  });
  const { url, apiKey } = JSON.parse(readFileSync(join(dir, 'guildhall-demo.json'), 'utf8')) as {
    url: string;
    apiKey: string;
  };
  const runtime = runtimeOf(server);
  return {
    url: url.replace('localhost', '127.0.0.1'),
    key: apiKey,
    kill: async (victim) => {
      process.kill(victim === 'runtime' ? runtime : (server.pid ?? 0), 'SIGKILL');
      if (victim === 'runtime') server.kill('SIGKILL');
      await ended;
      while (isAlive(runtime)) await sleep(5);
    },
    stop: async () => {
      server.kill('SIGTERM');
      await ended;
    },
  };
};
