/** Runs `npm start` as a user does, from its bootstrap on, with all its state in a folder of the test's own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../../src/cli/paths.ts';

export interface Running {
  readonly url: string;
  /** All that it has printed so far. */
  readonly said: () => string;
  readonly demo: { readonly url: string; readonly tenant: string; readonly apiKey: string };
  readonly bootstrap: ChildProcess;
  /** The process that serves; its parent is the bootstrap. */
  readonly serverPid: number;
  readonly stop: (signal?: NodeJS.Signals) => Promise<number>;
}

export interface Ended {
  readonly code: number;
  readonly output: string;
}

const childOf = (pid: number): number => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return Number(children[0]);
};

const launch = (dir: string, port: number) => {
  const child = spawn(process.execPath, [inRoot('src', 'cli', 'setup.mjs'), 'start'], {
    env: { ...process.env, PORT: String(port), GUILDHALL_DIR: dir, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<Ended>((resolve) => child.on('exit', (code) => resolve({ code: code ?? -1, output })));
  const ready = new Promise<void>((resolve) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes('Ctrl-C stops')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  return { child, ended, ready, said: () => output };
};

export const npmStart = async (dir: string, port = 0): Promise<Running> => {
  const { child, ended, ready, said } = launch(dir, port);
  await Promise.race([
    ready,
    ended.then(({ output }) => {
      throw new Error(`npm start ended early:\n${output}`);
    }),
  ]);
  const demo = JSON.parse(readFileSync(join(dir, 'guildhall-demo.json'), 'utf8'));
  return {
    url: demo.url,
    said,
    demo,
    bootstrap: child,
    serverPid: childOf(child.pid ?? 0),
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return (await ended).code;
    },
  };
};

/** A start that is expected to end by itself. */
export const npmStartFails = (dir: string, port: number): Promise<Ended> => launch(dir, port).ended;
