/**
 * The `guildhall` command: finds the subcommand, and turns whatever goes wrong into one line and an exit code. Commands
 * are loaded one at a time, so that `verify` does not wait for what it does not need.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Command, EXIT, type Surroundings, TransportError, UsageError } from './commands/command.ts';
import { bold, dim } from './commands/paint.ts';
import { inRoot } from './paths.ts';

interface Listed {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const COMMANDS: Readonly<Record<string, Listed>> = {
  route: {
    summary: 'ask whether a capability may run, and by which worker',
    load: async () => (await import('./commands/route.ts')).route,
  },
  verify: {
    summary: 'check a receipt or an export, offline',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  export: {
    summary: 'get the whole ledger, ready to verify',
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  replay: {
    summary: 'compute the decisions of an export again, offline',
    load: async () => (await import('./commands/replay.ts')).replay,
  },
  enroll: {
    summary: 'hash a worker record and enrol the worker',
    load: async () => (await import('./commands/enroll.ts')).enroll,
  },
  attest: {
    summary: 'hash, sign and register the code of a worker',
    load: async () => (await import('./commands/attest.ts')).attest,
  },
  'package-hash': {
    summary: 'hash the code of a worker',
    load: async () => (await import('./commands/package-hash.ts')).packageHash,
  },
  catalog: {
    summary: 'search, explain, export or import the catalog of ids',
    load: async () => (await import('./commands/catalog.ts')).catalog,
  },
  registry: {
    summary: 'make the registry again from the ledgers, as the operator',
    load: async () => (await import('./commands/registry.ts')).registry,
  },
  ban: {
    summary: 'ban a worker, a namespace or an artifact, everywhere or here',
    load: async () => (await import('./commands/ban.ts')).ban,
  },
  unban: {
    summary: 'lift a ban',
    load: async () => (await import('./commands/ban.ts')).unban,
  },
  impact: {
    summary: 'see which of your receipts a ban touches',
    load: async () => (await import('./commands/ban.ts')).impact,
  },
  bootstrap: {
    summary: 'create a tenant and its first API key, as the operator',
    load: async () => (await import('./commands/bootstrap.ts')).bootstrap,
  },
  secrets: {
    summary: 'draw the signing keys and secrets of a deployment',
    load: async () => (await import('./commands/secrets.ts')).secrets,
  },
  demo: {
    summary: 'run the research pipeline and the four failure patterns',
    load: async () => (await import('./commands/demo.ts')).demo,
  },
};

const overview = (): string => {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  return [
    `${bold('guildhall')} <command> [options]`,
    '',
    ...Object.entries(COMMANDS).map(([name, { summary }]) => `  ${bold(name.padEnd(width))}  ${summary}`),
    '',
    dim('guildhall help <command> says more; --version prints the version.'),
    dim(
      'Exit codes: 0 allowed or holds, 1 does not hold, 2 called wrongly, 3 no answer, 10 denied, 11 approval required,',
    ),
    dim('12 throttled.'),
    '',
  ].join('\n');
};

const version = (): string => {
  const { version: text } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')) as { version?: unknown };
  return String(text);
};

const find = (name: string): Listed => {
  const listed = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (listed === undefined) throw new UsageError(`there is no command ${JSON.stringify(name)}`);
  return listed;
};

/** Runs one command line; answers its exit code. */
export const run = async (args: readonly string[], at: Surroundings): Promise<number> => {
  const [name, ...rest] = args;
  try {
    if (name === undefined) {
      at.err(overview());
      return EXIT.usage;
    }
    if (name === '--version' || name === '-v' || name === 'version') {
      at.out(`${version()}\n`);
      return EXIT.ok;
    }
    const asksHelp = name === 'help' || name === '--help' || name === '-h';
    if (asksHelp && rest[0] === undefined) {
      at.out(overview());
      return EXIT.ok;
    }
    const command = await find(asksHelp ? (rest[0] ?? '') : name).load();
    if (asksHelp || rest.includes('--help') || rest.includes('-h')) {
      at.out(`${command.usage}\n`);
      return EXIT.ok;
    }
    return await command.run(rest, at);
  } catch (error) {
    return explained(error, name ?? '', at);
  }
};

const explained = (error: unknown, name: string, at: Surroundings): number => {
  const message = error instanceof Error ? error.message : String(error);
  at.err(`guildhall: ${message}\n`);
  if (error instanceof TransportError) return EXIT.transport;
  if (!(error instanceof UsageError)) return EXIT.failed;
  at.err(dim(`See: guildhall help${Object.hasOwn(COMMANDS, name) ? ` ${name}` : ''}\n`));
  return EXIT.usage;
};

const main = async (): Promise<void> => {
  // Whoever reads our output may stop early, as `head` does: no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.ok);
    throw error;
  });
  process.exitCode = await run(process.argv.slice(2), {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    env: process.env,
    stdin: process.stdin,
  });
};

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) await main();
