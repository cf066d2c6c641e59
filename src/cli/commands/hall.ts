/**
 * The Hall on the other end of the wire: where it is, with which key, and its answers. An answer is a value, also when
 * it is a refusal; no answer is a TransportError.
 */
import { type JsonObject, parseJson } from '../../core/json.ts';
import { EXIT, type Surroundings, TransportError, UsageError } from './command.ts';
import { readDemoNote } from './pinned-keys.ts';

export const HALL_OPTIONS = { url: { type: 'string' }, key: { type: 'string' } } as const;

export const HALL_USAGE = `  --url URL   the Hall; else GUILDHALL_URL, else the local demo
  --key KEY   an API key; else GUILDHALL_API_KEY, else that of the local demo`;

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly value: JsonObject;
}

export interface Hall {
  readonly url: string;
  readonly key: string;
  readonly ask: (
    method: string,
    path: string,
    body?: string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
}

const TIMEOUT_MS = 30_000;

/** Flags before the environment before the local demo. A URL of one's own never goes with the demo's key. */
export const findHall = (
  flags: { readonly url?: string | undefined; readonly key?: string | undefined },
  env: Surroundings['env'],
): Hall => {
  const demo = readDemoNote(env);
  const url = urlOfHall(flags.url, env);
  const key = flags.key ?? (env.GUILDHALL_API_KEY || undefined);
  const demoKey = typeof demo?.apiKey === 'string' ? demo.apiKey : undefined;
  const credential = key ?? (url === demo?.url ? demoKey : undefined);
  if (credential === undefined) throw new UsageError('no API key: give --key or set GUILDHALL_API_KEY');
  return hallAt(url, credential);
};

/** Where the Hall is, without a slash at the end. */
export const urlOfHall = (flag: string | undefined, env: Surroundings['env']): string => {
  const note = readDemoNote(env);
  const url = flag ?? (env.GUILDHALL_URL || (typeof note?.url === 'string' ? note.url : undefined));
  if (url === undefined) throw new UsageError('no Hall: give --url, set GUILDHALL_URL, or `npm start` a local one');
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new UsageError(`${url} is no http(s) URL`);
  return url.replace(/\/$/, '');
};

/** `key` null: for what everybody may read. */
export const hallAt = (url: string, key: string | null): Hall => ({
  url,
  key: key ?? '',
  ask: async (method, path, body, headers = {}) => {
    const response = await send(`${url}${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text().catch(() => '');
    const parsed = parseJson(text, { maxDepth: 64 });
    if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value)) {
      throw new TransportError(`${url} answered ${response.status} with something that is no JSON object`);
    }
    return { status: response.status, text, value: parsed.value as JsonObject };
  },
});

/** `fetch`, with a reason that says something. */
export const send = async (url: string, init: RequestInit): Promise<Response> => {
  try {
    return await fetch(url, init);
  } catch (error) {
    const { origin } = new URL(url);
    if (error instanceof Error && error.name === 'TimeoutError')
      throw new TransportError(`${origin} did not answer in ${TIMEOUT_MS / 1000} s`);
    const cause = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no connection';
    throw new TransportError(`cannot reach ${origin} (${code})`);
  }
};

export const isRefused = ({ status }: Answer): boolean => status < 200 || status > 299;

/** Prints a refusal; the exit code tells a wrong request from a Hall that cannot answer now. */
export const refused = ({ status, text, value }: Answer, at: Surroundings, asJson: boolean): number => {
  if (asJson) at.out(`${text}\n`);
  else {
    const detail = [value.title, value.detail].filter((part) => typeof part === 'string').join(': ');
    at.err(`guildhall: refused with ${status} ${String(value.code ?? '')}: ${detail}\n`);
  }
  return status >= 500 || status === 408 || status === 429 ? EXIT.transport : EXIT.usage;
};
