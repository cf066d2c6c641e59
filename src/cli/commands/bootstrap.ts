/** `guildhall bootstrap`: the operator creates a tenant and gets its first API key, which is shown only here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, EXIT, readArgs, type Surroundings, UsageError } from './command.ts';
import { hallAt, isRefused, refused } from './hall.ts';
import { bold, dim, good, headline, rows } from './paint.ts';
import { localDir, readDemoNote } from './pinned-keys.ts';

const OPTIONS = {
  tenant: { type: 'string' },
  name: { type: 'string' },
  environment: { type: 'string' },
  url: { type: 'string' },
  'operator-key': { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const bootstrap: Command = {
  usage: `guildhall bootstrap --tenant ID --name NAME [--environment live|test] [--json]

Creates a tenant, as the operator, and prints its first API key. The key opens everything of this tenant and is shown
only once.

  --url URL            the Hall; else GUILDHALL_URL, else the local demo
  --operator-key KEY   else GUILDHALL_OPERATOR_KEY, else that of the local Guildhall`,
  run: async (args, at) => {
    const { values } = readArgs(args, OPTIONS);
    const { tenant, name, environment = 'live' } = values;
    if (tenant === undefined || name === undefined) throw new UsageError('a tenant needs --tenant and --name');
    const answer = await operatorsHall(values, at.env).ask(
      'POST',
      '/v1/tenants',
      JSON.stringify({ tenant, name, environment }),
    );
    if (isRefused(answer)) return refused(answer, at, values.json === true);
    if (values.json === true) at.out(`${answer.text}\n`);
    else {
      const { api_key: key, evidence_receipt: receipt } = answer.value;
      const id =
        typeof receipt === 'object' && receipt !== null && 'receipt_id' in receipt ? String(receipt.receipt_id) : '';
      at.out(headline(good('✓'), `${bold(tenant)} is open`));
      at.out(
        rows([
          ['API key', `${String(key)}  ${dim('shown only now')}`],
          ['Receipt', id],
        ]),
      );
    }
    return EXIT.ok;
  },
};

/** The key of the local Guildhall goes to the local Guildhall only. */
const operatorsHall = (
  flags: { readonly url?: string | undefined; readonly 'operator-key'?: string | undefined },
  env: Surroundings['env'],
) => {
  const note = readDemoNote(env);
  const local = typeof note?.url === 'string' ? note.url : undefined;
  const url = (flags.url ?? (env.GUILDHALL_URL || local))?.replace(/\/$/, '');
  if (url === undefined) throw new UsageError('no Hall: give --url, set GUILDHALL_URL, or `npm start` a local one');
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new UsageError(`${url} is no http(s) URL`);
  const key =
    flags['operator-key'] ?? (env.GUILDHALL_OPERATOR_KEY || (url === local ? localOperatorKey(env) : undefined));
  if (key === undefined) throw new UsageError('no operator key: give --operator-key or set GUILDHALL_OPERATOR_KEY');
  return hallAt(url, key);
};

const localOperatorKey = (env: Surroundings['env']): string | undefined => {
  try {
    const { OPERATOR_KEY: key } = JSON.parse(readFileSync(join(localDir(env), 'secrets.json'), 'utf8')) as {
      OPERATOR_KEY?: unknown;
    };
    return typeof key === 'string' ? key : undefined;
  } catch {
    return undefined;
  }
};
