/**
 * One local Guildhall on real workerd with D1, R2 and Durable Objects, kept in one folder. The runtime is started by
 * Miniflare without its development extras: no inspector, no request log, nothing fetched, no telemetry.
 */
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { buildWorker } from './build.ts';
import { guardRuntimes } from './guard.ts';
import { migrate } from './migrate.ts';
import { inRoot } from './paths.ts';
import type { Secrets } from './secrets.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly dir: string;
  readonly secrets: Secrets;
  /** In place of what wrangler.toml says. */
  readonly vars?: Readonly<Record<string, string>>;
}

export interface Server {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Another program has the port; the only start-up failure that the user can mend by a word. */
export class PortTaken extends Error {
  readonly port: number;
  constructor(port: number) {
    super(`port ${port} is taken`);
    this.port = port;
  }
}

const probe = (host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') reject(new PortTaken(port));
      // No such address family on this machine: nobody can be listening there.
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve();
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });

/**
 * Both loopbacks: `localhost` may mean either, and a stranger on the other one would get our requests. Asks for a
 * second, since a Guildhall that was stopped just now may still be leaving.
 */
export const assertPortFree = async (host: string, port: number): Promise<void> => {
  if (port === 0) return;
  const addresses = host === '127.0.0.1' ? [host, '::1'] : [host];
  for (let attempt = 1; ; attempt++) {
    try {
      for (const address of addresses) await probe(address, port);
      return;
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === 5) throw error;
      await setTimeout(200);
    }
  }
};

/** Miniflare ends the process on a signal, with the code of a crash; here whoever started a server also stops it. */
const withoutSignalHandlers = <T>(make: () => T): T => {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const before = signals.map((signal) => new Set(process.listeners(signal)));
  const made = make();
  signals.forEach((signal, index) => {
    for (const added of process.listeners(signal)) {
      if (before[index]?.has(added) === false) process.removeListener(signal, added);
    }
  });
  return made;
};

/** The runtime has no clock for cron triggers: the one that we use, every minute, is rung from here. */
const ringEveryMinute = async (runtime: Miniflare, crons: unknown): Promise<() => void> => {
  const cron = '* * * * *';
  if (!Array.isArray(crons) || !crons.includes(cron)) return () => undefined;
  const worker = await runtime.getWorker();
  const ring = (): void => {
    worker.scheduled({ cron }).catch((error: unknown) => process.stderr.write(`scheduled: ${String(error)}\n`));
  };
  const timer = setInterval(ring, 60_000);
  return () => clearInterval(timer);
};

export const serve = async ({ host, port, dir, secrets, vars = {} }: ServerOptions): Promise<Server> => {
  const { modules, options } = await buildWorker();
  const bindings = typeof options.bindings === 'object' ? options.bindings : {};
  const description = convertV4MiniflareOptions({
    host,
    port,
    cf: false,
    log: new Log(LogLevel.ERROR),
    logRequests: false,
    telemetry: { enabled: false },
    // The same place and layout as wrangler's own `--local` commands use.
    resourcePersistencePath: join(dir, 'state', 'v3'),
    handleStructuredLogs: ({ level, message }) => {
      if (level === 'error' || level === 'warn') process.stderr.write(`${message}\n`);
    },
    workers: [
      {
        ...options,
        modules: [...modules],
        modulesRoot: '/',
        bindings: { ...bindings, OUTBOUND: 'loopback', MAIL_OUTBOX: 'on', ...vars, ...secrets },
      },
    ],
  });
  guardRuntimes();
  const runtime = withoutSignalHandlers(() => new Miniflare(description));
  try {
    const { port: bound } = await runtime.ready;
    await migrate(await runtime.getD1Database('DB'), inRoot('migrations'));
    const stopRinging = await ringEveryMinute(runtime, options.cronTriggers);
    const shown = host === '127.0.0.1' || host === '0.0.0.0' || host === '::' ? 'localhost' : host;
    const stop = (): Promise<void> => {
      stopRinging();
      return runtime.dispose();
    };
    return { url: `http://${shown}:${bound}`, stop };
  } catch (error) {
    await runtime.dispose();
    throw error;
  }
};
