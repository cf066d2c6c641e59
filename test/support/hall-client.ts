/**
 * A stranger's view of one Hall: plain HTTP on the real Worker, a fresh tenant made with the operator's key, and the
 * contents most checks start from (one worker, one rule). Knows routes and wire names, nothing of the code behind them.
 * `closeHalls` belongs in every file's `afterEach`: it holds each ledger that a check has written to account.
 */
import { env, exports } from 'cloudflare:workers';
import { parseTenantId } from '../../src/core/ids.ts';
import { checkLedger } from './check-ledger.ts';
import { checkEntries } from './receipt-check.ts';
import { OPERATOR, TestTenant, testDeps } from './tenant-client.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined };
export type Members = { readonly [name: string]: Json | undefined };

export const ORIGIN = 'https://hall.test';
export const OPERATOR_KEY = env.OPERATOR_KEY;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; an empty object where it is not a JSON object. */
  readonly json: Members;
}

export interface Call {
  readonly key?: string | null;
  /** JSON to send; text and bytes go as they are. */
  readonly body?: Json | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (text: string): Members => {
  try {
    const value: unknown = JSON.parse(text);
    return isMembers(value) ? value : {};
  } catch {
    return {};
  }
};

const SECRETS = [env.OPERATOR_KEY, env.KEY_TAG_SECRET, ...(env.SIGNING_KEYS.match(/"d":"[^"]+"/g) ?? [])];
const INSIDES =
  /\.(?:m?js|ts):\d|\bat \S+ \(|\b[A-Z]\w*(?:Error|Exception)\b|SQLITE|\b(?:SELECT|INSERT|UPDATE|DELETE) \w|DurableObject|node_modules|\[object /;

/** Check 46, on every answer that any check gets: no stack, class name, SQL or secret, and never a 5xx. */
const mustNotLeak = (what: string, status: number, text: string): void => {
  // The one 5xx that is an answer: nothing may be admitted where no policy decides (CAP 5.6).
  const isUndecided = status === 503 && text.includes('"code":"policy_unavailable"');
  if (status >= 500 && !isUndecided) throw new Error(`check 46: ${what} answered ${status}: ${text}`);
  const found = INSIDES.exec(text)?.[0] ?? SECRETS.find((secret) => text.includes(secret));
  if (found !== undefined) throw new Error(`check 46: ${what} shows ${found}`);
};

export const send = async (method: string, path: string, call: Call = {}): Promise<Reply> => {
  const headers = new Headers(call.headers);
  if (call.key) headers.set('authorization', `Bearer ${call.key}`);
  const init: RequestInit = { method, headers, redirect: 'manual' };
  if (call.body !== undefined) {
    const asItIs = typeof call.body === 'string' || call.body instanceof Uint8Array;
    init.body = asItIs ? (call.body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(call.body);
    if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  }
  const response = await exports.default.fetch(new Request(`${ORIGIN}${path}`, init));
  const text = new TextDecoder().decode(await response.arrayBuffer());
  mustNotLeak(`${method} ${path}`, response.status, text);
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
};

/** Fails with the whole answer in its message, which is what one wants to read. */
export const mustBe = (status: number, reply: Reply): Members => {
  if (reply.status !== status) throw new Error(`expected ${status}, got ${reply.status}: ${reply.text}`);
  return reply.json;
};

/** A member that is an object; fails where it is not. */
export const at = (value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined => {
  let here: Json | undefined = value;
  for (const step of path) here = (here as { readonly [name: string | number]: Json | undefined } | undefined)?.[step];
  return here;
};
export const members = (value: Json | undefined): Members => {
  if (!isMembers(value)) throw new Error(`expected an object, got ${JSON.stringify(value)}`);
  return value;
};
export const list = (value: Json | undefined): readonly Members[] => {
  if (!Array.isArray(value)) throw new Error(`expected a list, got ${JSON.stringify(value)}`);
  return value as readonly Members[];
};
export const text = (value: Json | undefined): string => {
  if (typeof value !== 'string') throw new Error(`expected a text, got ${JSON.stringify(value)}`);
  return value;
};

export const CAPABILITY = 'cap.doc.summarize';
export const SPECIES = 'wrk.doc.summarizer';
export const WORKER = 'org.test.summarizer';
/** SHA-256 of `{}`. */
export const EMPTY_HASH = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';

/** The routing question as the announcement prints it. */
export const ANNOUNCED: Members = {
  capability_id: CAPABILITY,
  env: 'prod',
  data_label: 'CONFIDENTIAL',
  tenant_risk: 'low',
  qos_class: 'P2',
  tenant_id: 'acme-corp',
};

/** A question that an open Hall dispatches. Every call has a correlation_id of its own. */
export const question = (change: Members = {}): Members => ({
  capability_id: CAPABILITY,
  env: 'dev',
  data_label: 'PUBLIC',
  tenant_risk: 'low',
  qos_class: 'P2',
  tenant_id: 'acme-corp',
  correlation_id: crypto.randomUUID(),
  ...change,
});

export const workerRecord = (change: Members = {}): Members => ({
  worker_id: WORKER,
  worker_species_id: SPECIES,
  capabilities: [CAPABILITY],
  ...change,
});

/** A rule for the usual capability with the usual species; the three parts change it. */
export const rule = (decision: Members = {}, match: Members = {}, ruleId = 'rr_summarize'): Members => ({
  rule_id: ruleId,
  match: { capability_id: CAPABILITY, ...match },
  decision: { candidate_workers_ranked: [{ worker_species_id: SPECIES, score_hint: 0.9 }], ...decision },
});

export const radius = (
  data: number,
  network = 0,
  financial = 0,
  time = 0,
  reversibility: number | string = 0,
): Members => ({
  data,
  network,
  financial,
  time,
  reversibility,
});

export class HallClient {
  readonly tenant: string;
  readonly key: string;

  constructor(tenant: string, key: string) {
    this.tenant = tenant;
    this.key = key;
  }

  send(method: string, path: string, body?: Json, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return send(method, path, { key: this.key, headers, ...(body === undefined ? {} : { body }) });
  }

  async get(path: string): Promise<Members> {
    return mustBe(200, await this.send('GET', path));
  }

  /** A decision; every readable question has one. */
  async ask(change: Members = {}): Promise<Members> {
    return this.decide(question(change));
  }

  async decide(body: Json): Promise<Members> {
    return mustBe(200, await this.send('POST', '/wcp/route', body));
  }

  async enrol(change: Members = {}): Promise<Members> {
    const reply = await this.send('POST', '/v1/workers', workerRecord(change));
    return reply.status === 200 ? reply.json : mustBe(201, reply);
  }

  async publish(...rules: readonly Members[]): Promise<Members> {
    return mustBe(200, await this.send('PUT', '/v1/rules', { rules }));
  }

  async policy(word: string, terms: Members = {}, version = 'policy.v1'): Promise<Members> {
    const rules = [{ id: 'only', match: {}, decision: word, ...terms }];
    return mustBe(200, await this.send('PUT', '/v1/policies', { policy_version: version, default: 'DENY', rules }));
  }

  async settings(patch: Members): Promise<Members> {
    return mustBe(200, await this.send('PATCH', '/v1/settings', patch));
  }

  async heartbeat(body: Members, workerId = WORKER): Promise<Members> {
    return mustBe(200, await this.send('POST', `/v1/workers/${workerId}/heartbeat`, body));
  }

  async newKey(
    scopes: readonly string[],
    expiresAt?: string,
  ): Promise<{ readonly key: string; readonly keyId: string }> {
    const body = { name: 'test', scopes, ...(expiresAt === undefined ? {} : { expires_at: expiresAt }) };
    const made = mustBe(201, await this.send('POST', '/v1/keys', body));
    return { key: text(made.api_key), keyId: text(made.key_id) };
  }

  /** All signed entries, in order. */
  async entries(): Promise<readonly Members[]> {
    const all: Members[] = [];
    for (let cursor: string | null = '1'; cursor !== null; ) {
      const page: Members = await this.get(`/v1/ledger/entries?limit=200&cursor=${cursor}`);
      all.push(...list(page.entries));
      cursor = typeof page.next_cursor === 'string' ? page.next_cursor : null;
    }
    return all;
  }

  async entriesOf(type: string): Promise<readonly Members[]> {
    return (await this.entries()).filter((entry) => entry.type === type);
  }

  async ledgerSize(): Promise<number> {
    return Number(members((await this.get('/wcp/health')).ledger).size);
  }
}

const opened: HallClient[] = [];
let count = 0;

/** A tenant that holds nothing: no worker, no rule. */
export const emptyHall = async (): Promise<HallClient> => {
  const tenant = `check-${crypto.randomUUID().slice(0, 8)}-${++count}`;
  const made = mustBe(
    201,
    await send('POST', '/v1/tenants', { key: OPERATOR_KEY, body: { tenant, name: 'A tenant' } }),
  );
  const hall = new HallClient(tenant, text(made.api_key));
  opened.push(hall);
  return hall;
};

export interface HallContents {
  readonly workers?: readonly Members[];
  readonly rules?: readonly Members[];
  readonly settings?: Members;
}

/** A tenant that dispatches the usual question, or holds what is given. */
export const openHall = async (contents: HallContents = {}): Promise<HallClient> => {
  const hall = await emptyHall();
  for (const worker of contents.workers ?? [{}]) await hall.enrol(worker);
  const rules = contents.rules ?? [rule()];
  if (rules.length > 0) await hall.publish(...rules);
  if (contents.settings !== undefined) await hall.settings(contents.settings);
  return hall;
};

/**
 * Every entry that a check has written: hashed, chained and signed as published (WCP 4.1), and the same ledger from the
 * inside: tree, checkpoints, and each decision computed again.
 */
export const closeHalls = async (): Promise<void> => {
  const keys = list((await send('GET', '/.well-known/jwks.json')).json.keys);
  const { deps } = testDeps();
  for (const hall of opened.splice(0)) {
    await checkEntries(await hall.entries(), keys, hall.tenant);
    const tenant = parseTenantId(hall.tenant);
    if (tenant === null) throw new Error('not the name of a tenant');
    await checkLedger(new TestTenant(tenant, { tenant, credential: OPERATOR }, deps, []));
  }
};

/** The deny code, or the outcome where nothing was denied. */
export const verdict = (decision: Members): Json => decision.deny_code ?? decision.outcome ?? null;

/** The skip reason of each candidate, in rule order. */
export const skips = (decision: Members): readonly Json[] =>
  list(decision.candidate_workers_ranked).map((candidate) => candidate.skip_reason ?? null);

export const sleep = (ms: number): Promise<void> => scheduler.wait(ms);
