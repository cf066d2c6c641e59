/** Keeps a process on one core, so that server and load never compete. Without `taskset` figures are still printed. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

export const canPin = (): boolean => availableParallelism() >= 2 && spawnSync('taskset', ['-V']).status === 0;

/** All threads of the process, and those it starts later. */
export const pin = (pid: number, core: number): void => {
  spawnSync('taskset', ['-a', '-p', '-c', String(core), String(pid)]);
};
