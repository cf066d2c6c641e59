/** The Hall as its operator sees it: where it is, and with which key. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Surroundings, UsageError } from './command.ts';
import { type Hall, hallAt, urlOfHall } from './hall.ts';
import { localDir, readDemoNote } from './pinned-keys.ts';

export const OPERATOR_OPTIONS = { url: { type: 'string' }, 'operator-key': { type: 'string' } } as const;

export const OPERATOR_USAGE = `  --url URL            the Hall; else GUILDHALL_URL, else the local demo
  --operator-key KEY   else GUILDHALL_OPERATOR_KEY, else that of the local Guildhall`;

/** The key of the local Guildhall goes to the local Guildhall only. */
export const operatorsHall = (
  flags: { readonly url?: string | undefined; readonly 'operator-key'?: string | undefined },
  env: Surroundings['env'],
): Hall => {
  const local = readDemoNote(env)?.url;
  const url = urlOfHall(flags.url, env);
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
