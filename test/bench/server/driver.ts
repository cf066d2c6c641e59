/** The load generator as seen from the bench: one job at a time, in a process on the core that the server leaves free. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LOAD_CORE, pin } from '../pin.ts';
import type { Job, Outcome } from './load.ts';

export interface Driver {
  readonly run: (job: Job) => Promise<Outcome>;
  readonly stop: () => void;
}

export const startDriver = (): Driver => {
  const child = fork(fileURLToPath(import.meta.resolve('./load.ts')), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  if (child.pid !== undefined) pin(child.pid, LOAD_CORE);
  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        const exited = (code: number | null): void => reject(new Error(`the load generator ended with ${code}`));
        child.once('exit', exited);
        child.once('message', (answer: { outcome?: Outcome; error?: string }) => {
          child.off('exit', exited);
          if (answer.outcome === undefined) reject(new Error(answer.error));
          else resolve(answer.outcome);
        });
        child.send(job);
      }),
    stop: () => void child.kill(),
  };
};

/** A request as it goes over the wire. */
export const requestText = (path: string, body: string, headers: Readonly<Record<string, string>> = {}): string => {
  const lines = Object.entries({ 'content-type': 'application/json', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const length = Buffer.byteLength(body);
  return `POST ${path} HTTP/1.1\r\nhost: localhost\r\n${lines.join('')}content-length: ${length}\r\n\r\n${body}`;
};
