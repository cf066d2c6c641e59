/**
 * Must hold: what is answered `effective` is never followed by a dispatch. Tenants with live leases route all the time
 * while bans are issued and lifted; calls between the objects are lost or late, some tenants cannot be reached, are
 * paused past their lease, or lose their memory, and so does the network; every object's clock starts anywhere.
 */
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ANNOUNCED, DEMO_WORKERS } from '../../../src/cli/demo-content.ts';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import { startWorkerd, type Workerd } from '../../bench/server/workerd.ts';
import { post } from '../crash/load.ts';

export interface Plan {
  readonly tenants: number;
  readonly rounds: number;
  /** A broken variant, by its name in `hall.ts`; '' is the real one. */
  readonly mutant?: string;
  /** Ends with the first violation. */
  readonly untilFound?: boolean;
  readonly said?: (line: string) => void;
}

export interface Verdict {
  readonly rounds: number;
  readonly violations: readonly string[];
  /** Dispatches decided and grants redeemed, all rounds. */
  readonly admitted: number;
  readonly started: number;
  /** What tenants were answered while a ban was effective. */
  readonly banned: number;
  readonly stale: number;
  /** From POST to effective, per round. */
  readonly waitsMs: readonly number[];
}

interface Grant {
  readonly tenant: number;
  readonly decisionId: string;
  readonly grant: string;
}

const LEASE_MS = 10_000;
const SETUP = 50;
const SHARE = { cut: 0.003, paused: 0.002, stopped: 0.02 };
const [worker] = DEMO_WORKERS;
const TARGETS = [
  { worker_id: 'org.example.summarizer' },
  { sha256: sha256Hex(canonicalJson(worker)) },
  { namespace: 'org.example' },
];

const some = (names: readonly string[], share: number): string[] => {
  const count = Math.max(1, Math.round(names.length * share));
  return [...names].sort(() => Math.random() - 0.5).slice(0, count);
};

class Campaign {
  readonly #server: Workerd;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 200 });
  readonly #names: readonly string[];
  #keys: string[] = [];
  #isOver = false;
  #grants: Grant[] = [];
  readonly seen = { dispatched: 0, banned: 0, stale: 0, failed: 0 };

  constructor(server: Workerd, tenants: number) {
    this.#server = server;
    this.#names = Array.from({ length: tenants }, (_, at) => `t-${at}`);
  }

  async open(): Promise<void> {
    for (let from = 0; from < this.#names.length; from += SETUP) {
      const count = Math.min(SETUP, this.#names.length - from);
      const { keys } = await this.#control<{ keys: string[] }>('tenants', { from, count });
      this.#keys.push(...keys);
    }
  }

  /** Every tenant asks, and asks again a moment after its answer. */
  async routeAll(): Promise<void> {
    await Promise.all(this.#keys.map((key, tenant) => this.#route(tenant, key)));
  }

  async #route(tenant: number, key: string): Promise<void> {
    const question = JSON.stringify(ANNOUNCED);
    // All of them together ask some hundred times a second: more would only queue for the one core they share.
    const pauseMs = Math.max(2_000, this.#keys.length * 10);
    while (!this.#isOver) {
      await sleep(Math.random() * pauseMs);
      const { text } = await post(this.#server.url, this.#agent, key, '/wcp/route', question).catch(() => ({
        text: '',
      }));
      if (text.includes('"outcome":"DISPATCH"')) {
        this.seen.dispatched++;
        if (this.#grants.length < 40 && Math.random() < 0.2) this.#keep(tenant, text);
      } else if (text.includes('DENY_WORKER_BANNED')) this.seen.banned++;
      else if (text.includes('DENY_BAN_FEED_STALE')) this.seen.stale++;
      else this.seen.failed++;
    }
  }

  #keep(tenant: number, text: string): void {
    const { decision_id, dispatch_grant } = JSON.parse(text) as { decision_id: string; dispatch_grant: string };
    this.#grants.push({ tenant, decisionId: decision_id, grant: dispatch_grant });
  }

  /** One ban, from its issue to its lift; answers how long it took to be effective. */
  async round(number: number): Promise<number> {
    await sleep(1_500);
    const troubled = { cut: some(this.#names, SHARE.cut), paused: some(this.#names, SHARE.paused) };
    await this.#control('trouble', { ...troubled, ms: LEASE_MS * 1.2 });
    await this.#control('stop', { tenants: some(this.#names, SHARE.stopped), network: false });
    const target = TARGETS[number % TARGETS.length] ?? {};
    await this.#redeem(this.#grants.length / 2);
    const began = performance.now();
    const issued = this.#operator('/v1/network/bans', { target, reason: `round ${number}` });
    // Now and then the network loses its memory while it spreads.
    if (number % 5 === 4) {
      await sleep(Math.random() * 300);
      await this.#control('stop', { tenants: [], network: true });
    }
    const banId = await this.#effective(await issued);
    const waited = performance.now() - began;
    await this.#control('stop', { tenants: some(this.#names, SHARE.stopped), network: false });
    await this.#redeem(this.#grants.length);
    await sleep(2_500);
    await this.#operator(`/v1/network/bans/${banId}/lift`, { reason: 'next' });
    return waited;
  }

  /** `pending`: asked for until it is. */
  async #effective({ ban_id: banId, status }: Record<string, unknown>): Promise<string> {
    for (let now = status; now !== 'effective'; ) {
      await sleep(200);
      const response = await fetch(`${this.#server.url}/v1/network/bans/${String(banId)}`).catch(() => null);
      now = response?.ok === true ? ((await response.json()) as { status: string }).status : 'pending';
    }
    return String(banId);
  }

  /** Some of the grants that were given so far. */
  async #redeem(count: number): Promise<void> {
    for (const { tenant, decisionId, grant } of this.#grants.splice(0, count)) {
      const path = `/wcp/dispatches/${decisionId}/start`;
      await post(this.#server.url, this.#agent, this.#keys[tenant] ?? '', path, JSON.stringify({ grant })).catch(
        () => {},
      );
    }
  }

  end(): void {
    this.#isOver = true;
  }

  watch(): Promise<{ admitted: number; started: number; violations: string[] }> {
    return this.#control('watch', {});
  }

  close(): void {
    this.#agent.destroy();
  }

  async #control<T>(verb: string, body: object): Promise<T> {
    const response = await fetch(`${this.#server.url}/campaign/${verb}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${verb}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Under a key, so that a lost answer can be asked for again. */
  async #operator(path: string, body: object): Promise<Record<string, unknown>> {
    const headers = {
      authorization: `Bearer ${this.#server.operatorKey}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    };
    for (;;) {
      const request = { method: 'POST', headers, body: JSON.stringify(body) };
      const response = await fetch(this.#server.url + path, request).catch(() => null);
      if (response?.ok === true) return (await response.json()) as Record<string, unknown>;
      await sleep(100);
    }
  }
}

export const runBans = async ({ tenants, rounds, mutant = '', untilFound = false, said }: Plan): Promise<Verdict> => {
  const server = await startWorkerd({
    entry: fileURLToPath(import.meta.resolve('./hall.ts')),
    objects: ['Tenant', 'Network', 'Witness'],
    texts: { MUTANT: mutant },
    neverIdle: true,
  });
  const campaign = new Campaign(server, tenants);
  const waitsMs: number[] = [];
  try {
    await campaign.open();
    const routing = campaign.routeAll();
    await sleep(2_500);
    for (let round = 0; round < rounds; round++) {
      const waited = await campaign.round(round);
      waitsMs.push(waited);
      const { admitted, violations } = await campaign.watch();
      said?.(
        `round ${round + 1}: effective after ${Math.round(waited)} ms; ${admitted} admitted so far; ${violations.length} violations`,
      );
      if (untilFound && violations.length > 0) break;
    }
    campaign.end();
    await routing;
    const { admitted, started, violations } = await campaign.watch();
    const { banned, stale } = campaign.seen;
    return { rounds: waitsMs.length, violations, admitted, started, banned, stale, waitsMs };
  } finally {
    campaign.end();
    campaign.close();
    await server.stop();
  }
};
