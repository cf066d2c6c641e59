/**
 * Plain `workerd serve` with the bench Worker: bundled as a deployment is, Durable Objects on a real directory, no
 * proxy in front. One process on one core; ended, and its directory removed, by `stop`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { call } from '../../../src/cli/demo.ts';
import { DEMO_RULES, DEMO_WORKERS } from '../../../src/cli/demo-content.ts';
import { guardRuntimes } from '../../../src/cli/guard.ts';
import { inRoot } from '../../../src/cli/paths.ts';
import { makeSecrets } from '../../../src/cli/secrets.ts';
import { loadWrangler, runTool } from '../../../src/cli/tools.ts';
import { GATE_POLICY } from '../../support/gate-policy.ts';
import { pin, SERVER_CORE } from '../pin.ts';

export interface Workerd {
  readonly port: number;
  readonly url: string;
  /** A tenant with the demo's workers, rules and policy; answers its API key. */
  readonly newTenant: (name: string) => Promise<string>;
  /** CPU time that the server has used so far, all threads, in microseconds; NaN where the system does not tell. */
  readonly cpuMicros: () => number;
  readonly operatorKey: string;
  /** Killed, and started again on the same storage and another port: all objects are cold. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Where the runtime's binary is; the package brings no types. */
const { default: BINARY } = createRequire(import.meta.url)('workerd') as { readonly default: string };

export interface WorkerdOptions {
  /** The module to serve, and the objects it exports. */
  readonly entry?: string;
  readonly objects?: readonly string[];
  readonly texts?: Readonly<Record<string, string>>;
  readonly counted?: boolean;
  /** Objects sleep when they are told to, not after ten idle seconds: their wake-ups would hide what is looked at. */
  readonly neverIdle?: boolean;
}

const bundle = async (dir: string, entry: string): Promise<void> => {
  const { code, output } = await runTool('bundle', ['--outdir', dir, entry]);
  if (code !== 0) throw new Error(`${entry} does not build:\n${output.trim()}`);
};

const config = async (
  dir: string,
  module: string,
  objects: readonly string[],
  texts: Readonly<Record<string, string>>,
  neverIdle: boolean,
): Promise<string> => {
  const { unstable_readConfig } = await loadWrangler();
  const { compatibility_date: date, compatibility_flags: flags } = unstable_readConfig({
    config: inRoot('wrangler.toml'),
  });
  const bindings = [
    ...Object.entries(texts).map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`),
    ...objects.map((name) => `(name = "${name.toUpperCase()}", durableObjectNamespace = "${name}")`),
  ];
  const namespaces = objects.map(
    (name) => `(className = "${name}", uniqueKey = "${name}", enableSql = true, preventEviction = ${neverIdle})`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "bench", worker = .bench),
    (name = "state", disk = (path = ${JSON.stringify(join(dir, 'state'))}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "bench")],
);
const bench :Workerd.Worker = (
  modules = [(name = "${module}", esModule = embed "${module}")],
  compatibilityDate = "${date}",
  compatibilityFlags = ${JSON.stringify(flags)},
  bindings = [${bindings.join(', ')}],
  durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (localDisk = "state"),
);
`;
};

/** The port that the system gave: workerd tells it on the control channel. */
const listening = (control: Readable): Promise<number> =>
  new Promise((resolve, reject) => {
    let told = '';
    control.on('data', (chunk: Buffer) => {
      told += chunk.toString();
      const port = /"socket":"http","port":(\d+)/.exec(told)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    control.once('close', () => reject(new Error('workerd ended before it listened')));
  });

const newTenant = async (url: string, operatorKey: string, tenant: string): Promise<string> => {
  const created = await call(`${url}/v1/tenants`, 'POST', operatorKey, { tenant, name: tenant, environment: 'test' });
  const key = String(created.api_key);
  for (const worker of DEMO_WORKERS) await call(`${url}/v1/workers`, 'POST', key, worker);
  await call(`${url}/v1/rules`, 'PUT', key, DEMO_RULES);
  await call(`${url}/v1/policies`, 'PUT', key, GATE_POLICY);
  return key;
};

const cpuMicrosOf = (pid: number): number => {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const nanos = tasks.map((task) =>
      Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    );
    return nanos.reduce((sum, used) => sum + used, 0) / 1000;
  } catch {
    return Number.NaN;
  }
};

const spawnServer = async (dir: string): Promise<{ readonly child: ChildProcess; readonly port: number }> => {
  const child = spawn(BINARY, ['serve', join(dir, 'config.capnp'), '--control-fd=3'], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  if (child.pid !== undefined) pin(child.pid, SERVER_CORE);
  return { child, port: await listening(child.stdio[3] as Readable) };
};

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });

export const startWorkerd = async ({
  entry = fileURLToPath(import.meta.resolve('./entry.ts')),
  objects = ['Tenant', 'Network', 'Witness', 'Echo', 'Appender'],
  texts = {},
  counted = false,
  neverIdle = false,
}: WorkerdOptions = {}): Promise<Workerd> => {
  const dir = mkdtempSync(join(tmpdir(), 'guildhall-bench-'));
  const secrets = makeSecrets();
  mkdirSync(join(dir, 'state'));
  await bundle(dir, entry);
  const all = { ...secrets, LOG_ORIGIN: 'bench.local', COUNTED: counted ? 'yes' : 'no', ...texts };
  writeFileSync(join(dir, 'config.capnp'), await config(dir, `${parse(entry).name}.js`, objects, all, neverIdle));
  // A measurement that is killed leaves no runtime behind to disturb the next one.
  guardRuntimes();
  let server = await spawnServer(dir);
  const end = (): void => {
    server.child.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  };
  process.once('exit', end);
  return {
    get port() {
      return server.port;
    },
    get url() {
      return `http://127.0.0.1:${server.port}`;
    },
    operatorKey: secrets.OPERATOR_KEY,
    newTenant: (name) => newTenant(`http://127.0.0.1:${server.port}`, secrets.OPERATOR_KEY, name),
    cpuMicros: () => cpuMicrosOf(server.child.pid ?? 0),
    restart: async () => {
      await ended(server.child);
      server = await spawnServer(dir);
    },
    stop: async () => {
      await ended(server.child);
      process.off('exit', end);
      rmSync(dir, { recursive: true, force: true });
    },
  };
};
