/**
 * No runtime outlives the process that started it, even if that process is killed and can do nothing any more. Each
 * workerd gets a guard: a shell that waits on a pipe from us. The kernel closes the pipe when we die, whatever the
 * cause, and the shell's last act is to end the runtime. (Windows has no such shell; there a stop has to be asked for.)
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';

// The signals of a Ctrl-C are ours to handle: the guard must still be there afterwards.
const SCRIPT = `trap '' HUP INT TERM; read -r _; kill -9 "$1" 2>/dev/null`;

const guard = (runtime: ChildProcess): void => {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'guard', String(runtime.pid)], { stdio: ['pipe', 'ignore', 'ignore'] });
  // Without a shell there is no guard; the runtime works as well.
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  runtime.once('exit', () => shell.kill('SIGKILL'));
};

const isSpawn = (message: unknown): message is { readonly process: ChildProcess } =>
  typeof message === 'object' && message !== null && 'process' in message;

let watching = false;

/** From now on, every workerd that this process starts is guarded. */
export const guardRuntimes = (): void => {
  if (watching || process.platform === 'win32') return;
  watching = true;
  subscribe('child_process', (message) => {
    if (!isSpawn(message)) return;
    const child = message.process;
    child.once('spawn', () => {
      if (/workerd$/.test(child.spawnfile)) guard(child);
    });
  });
};
