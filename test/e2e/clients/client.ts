/** What every published client can be asked, whatever it is written in, and what it makes of the answers. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined };
export type Members = { readonly [name: string]: Json | undefined };

export interface Told {
  readonly status: number;
  readonly body: Members;
}

export interface Client {
  readonly name: string;
  /** Sends its key with GET, so it sees more than what is public. */
  readonly seesItsHall: boolean;
  readonly ask: (verb: string, ...args: readonly Json[]) => Promise<Told>;
  readonly close: () => void;
}

export const hasPython = spawnSync('python3', ['--version']).status === 0;

/** The Python client as a process of its own, one line each way. */
export const pythonClient = (base: string, key: string): Client => {
  const child: ChildProcess = spawn('python3', [join(import.meta.dirname, 'pyhall_like.py'), base, key], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('python3 has no pipes');
  const lines: Interface = createInterface({ input: stdout });
  const answers = lines[Symbol.asyncIterator]();
  return {
    name: 'Python',
    seesItsHall: true,
    ask: async (verb, ...args) => {
      stdin.write(`${JSON.stringify({ verb, args })}\n`);
      const line = await answers.next();
      if (line.done === true) throw new Error('the Python client ended');
      return JSON.parse(line.value) as Told;
    },
    close: () => {
      stdin.end();
      lines.close();
    },
  };
};

/** How clients over fetch differ from one another. */
interface Habits {
  readonly name: string;
  readonly agent: string;
  readonly keyOnGet: boolean;
  /** JSON as its library writes it. */
  readonly write: (value: Json) => string;
}

const TYPESCRIPT: Habits = { name: 'TypeScript', agent: 'node', keyOnGet: false, write: JSON.stringify };

const ESCAPED: ReadonlyMap<string, string> = new Map(
  [...'<>&\u2028\u2029'].map((letter) => [letter, `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`]),
);
/** `json.Marshal`: what could end a script element is escaped, and names of maps are in order. */
const goJson = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = value as Members;
    const names = Object.keys(members).sort((a, b) => (a < b ? -1 : 1));
    return `{${names.map((name) => `${goJson(name)}:${goJson(members[name] ?? null)}`).join(',')}}`;
  }
  return JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, (letter) => ESCAPED.get(letter) ?? letter);
};
const GO: Habits = { name: 'Go', agent: 'Go-http-client/1.1', keyOnGet: true, write: goJson };

const hex = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString('hex');

/** As JavaScript writes a record: names by UTF-16 unit, its own numbers. */
const jsText = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(jsText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = value as Members;
  const names = Object.keys(members).sort((a, b) => (a < b ? -1 : 1));
  return `{${names.map((name) => `${JSON.stringify(name)}:${jsText(members[name] ?? null)}`).join(',')}}`;
};

const ODD: Members = {
  worker_id: 'org.test.js-odd',
  worker_species_id: 'wrk.test.odd',
  capabilities: ['cap.test.odd'],
  owner: 'Müller \u007f \u{1f600} / \u2028 <&>',
  weights: [1, 1e-7, 1e21, 0.1, 1e16, 2.5],
  '\uffe0': 1,
  '\u{1f600}': 2,
};

const overFetch = (habits: Habits, base: string, key: string): Client => {
  const request = async (method: string, path: string, body?: Json): Promise<Told> => {
    const headers: Record<string, string> = { 'user-agent': habits.agent };
    if (method !== 'GET' || habits.keyOnGet) headers.authorization = `Bearer ${key}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const init: RequestInit = { method, headers, redirect: 'manual' };
    const response = await fetch(base + path, body === undefined ? init : { ...init, body: habits.write(body) });
    return { status: response.status, body: JSON.parse(await response.text()) as Members };
  };
  const enroll = async (record: Json): Promise<Told> => {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(jsText(record)));
    return request('POST', '/enroll', { ...(record as Members), artifact_hash: `sha256:${hex(digest)}` });
  };
  const verify = async (id: Json): Promise<Told> => {
    const told = await request('GET', `/api/v1/verify/${encodeURIComponent(String(id))}`);
    return told.status === 404 ? { ...told, body: { worker_id: id, status: 'unknown' } } : told;
  };
  const attest = (id: Json, terms: Json): Promise<Told> => {
    const { hash, version, species } = terms as Members;
    const body = { worker_species_id: species, package_hash: hash, worker_version: version, ai_generated: false };
    return request('PUT', `/api/v1/workers/${encodeURIComponent(String(id))}/attest`, body);
  };
  const verbs: Readonly<Record<string, (first: Json, second: Json) => Promise<Told>>> = {
    enroll,
    enroll_odd: () => enroll(ODD),
    attest,
    verify,
    may_dispatch: async (id) => {
      const { status, body } = await verify(id);
      return { status, body: { may: body.status === 'active' && typeof body.current_hash === 'string' } };
    },
    is_banned: async (sha256) => {
      const { status, body } = await request('GET', '/api/v1/ban-list?limit=500');
      const listed = body as unknown as readonly Members[];
      return { status, body: { banned: listed.some((entry) => entry.sha256 === sha256) } };
    },
    report: (sha256, reason) => request('POST', '/api/v1/ban-list/report', { sha256, reason }),
    standing: () => request('GET', '/api/account/standing'),
    health: () => request('GET', '/health'),
    status: () => request('GET', '/status'),
    workers: () => request('GET', '/workers'),
    dispatches: (limit) => request('GET', `/dispatches?limit=${limit}`),
    active: () => request('GET', '/dispatches/active'),
    alerts: () => request('GET', '/alerts'),
    ingest: (decision) => request('POST', '/decisions/ingest', decision),
    go_online: () => request('POST', '/api/server/go-online'),
    go_offline: () => request('POST', '/api/server/go-offline'),
    route: (question) => request('POST', '/api/route', question),
    dispatch: (question) => request('POST', '/api/v1/dispatch', question),
    telemetry: (decisions) => request('POST', '/api/v1/telemetry/decisions', { decisions }),
  };
  return {
    name: habits.name,
    seesItsHall: habits.keyOnGet,
    ask: (verb, first = null, second = null) => {
      const run = verbs[verb];
      if (run === undefined) throw new Error(`no client can ${verb}`);
      return run(first, second);
    },
    close: () => {},
  };
};

export const typescriptClient = (base: string, key: string): Client => overFetch(TYPESCRIPT, base, key);
export const goClient = (base: string, key: string): Client => overFetch(GO, base, key);

/** Each kind of client; those that name their tenant in the path, because they send no key with GET or because they may. */
export const KINDS: readonly (readonly [name: string, make: (base: string, key: string) => Client, inPath: boolean])[] =
  [
    ...(hasPython ? ([['python', pythonClient, false]] as const) : []),
    ...(hasPython ? ([['python-in-path', pythonClient, true]] as const) : []),
    ['typescript', typescriptClient, true],
    ['go', goClient, false],
  ];

/** The body of an answer that has to have this status; fails with all of it. */
export const answered = ({ status, body }: Told, wanted: number): Members => {
  if (status !== wanted) throw new Error(`expected ${wanted}, got ${status}: ${JSON.stringify(body)}`);
  return body;
};
