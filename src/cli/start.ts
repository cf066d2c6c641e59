/**
 * `npm start`: the whole of Guildhall on this machine, and what to do with it. All that lives between two runs (data,
 * secrets, the demo's key) is in one folder, `.wrangler` or GUILDHALL_DIR; PORT and HOST move the listener.
 */
import { mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Demo, demoIsKnown, makeApprover, seedDemo } from './demo.ts';
import { WRANGLER_DIR } from './paths.ts';
import { localSecrets } from './secrets.ts';
import { assertPortFree, PortTaken, serve } from './server.ts';
import { welcome } from './welcome.ts';

export interface StartOptions {
  /** 0 lets the system choose one. */
  readonly port?: number;
  readonly host?: string;
  readonly dir?: string;
  /** Settings of wrangler.toml, set otherwise. */
  readonly vars?: Readonly<Record<string, string>>;
}

export interface Guildhall {
  readonly url: string;
  readonly demo: Demo;
  readonly demoFile: string;
  readonly operatorKey: string;
  readonly stop: () => Promise<void>;
}

/** One of an earlier version has no approver. */
type Noted = Omit<Demo, 'approverKey'> & Partial<Demo>;

const readDemo = (file: string): Noted | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

/** Read at every start: keys may have been rotated since. */
const publishedKeys = async (url: string): Promise<unknown> => (await fetch(`${url}/.well-known/jwks.json`)).json();

/** Seeds once: again only if the note about it is gone, or names a tenant that this data does not have. */
const ensureDemo = async (url: string, operatorKey: string, file: string): Promise<Demo> => {
  const noted = readDemo(file);
  const demo = noted !== undefined && (await demoIsKnown({ ...noted, url })) ? noted : await seedDemo(url, operatorKey);
  const approverKey = demo.approverKey ?? (await makeApprover(url, operatorKey, demo.tenant));
  const now = { ...demo, approverKey, url, jwks: await publishedKeys(url) };
  writeFileSync(`${file}.draft`, `${JSON.stringify(now, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.draft`, file);
  return now;
};

export const startGuildhall = async (options: StartOptions = {}): Promise<Guildhall> => {
  const { port = 0, host = '127.0.0.1', dir = WRANGLER_DIR, vars = {} } = options;
  await assertPortFree(host, port);
  mkdirSync(dir, { recursive: true });
  const secrets = localSecrets(join(dir, 'secrets.json'));
  const { url, stop } = await serve({ host, port, dir, secrets, vars });
  const demoFile = join(dir, 'guildhall-demo.json');
  try {
    const demo = await ensureDemo(url, secrets.OPERATOR_KEY, demoFile);
    return { url, demo, demoFile, operatorKey: secrets.OPERATOR_KEY, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const giveUp = (message: string): never => {
  process.stderr.write(`guildhall: ${message}\n`);
  process.exit(1);
};

const portFrom = (text: string | undefined): number => {
  if (text === undefined || text === '') return 8787;
  const port = Number(text);
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : giveUp(`PORT=${text} is not a port`);
};

const explain = (error: unknown): string => {
  if (error instanceof PortTaken)
    return `port ${error.port} is in use; stop what listens there or choose another: PORT=8788 npm start`;
  return error instanceof Error ? error.message : String(error);
};

/** Settings that one may want to try on one's own machine, in the words of wrangler.toml. */
const varsFrom = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    ['OIDC_PROVIDERS', 'OIDC_SECRETS'].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );

const main = async (): Promise<void> => {
  const began = performance.now();
  const { HOST: host, GUILDHALL_DIR: dir } = process.env;
  const starting = startGuildhall({
    port: portFrom(process.env.PORT),
    ...(host ? { host } : {}),
    ...(dir ? { dir: resolve(dir) } : {}),
    vars: varsFrom(process.env),
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    // A start that is under way is let finish, so that the runtime it started is stopped too.
    starting
      .then((guildhall) => guildhall.stop())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) process.on(event, stop);
  try {
    const { url, demo, demoFile } = await starting;
    const startedInMs = performance.now() - began;
    const shortest = relative(process.cwd(), demoFile);
    process.stdout.write(
      welcome({ ...demo, url, startedInMs, demoFile: shortest.startsWith('..') ? demoFile : shortest }),
    );
  } catch (error) {
    giveUp(explain(error));
  }
};

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) await main();
