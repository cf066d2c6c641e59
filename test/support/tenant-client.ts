/**
 * A tenant as its Worker sees it: the real objects in workerd, reached through the real services, with the clock, the
 * witness and what goes on after the reply in the test's hands.
 */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { isolateDeps } from '../../src/app.ts';
import { DEMO_RULES, DEMO_WORKERS } from '../../src/cli/demo-content.ts';
import { canonicalJson } from '../../src/core/canonical.ts';
import { readRouteInput } from '../../src/core/hall/input.ts';
import { sha256Hex } from '../../src/core/hash.ts';
import { parseTenantId, type TenantId } from '../../src/core/ids.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import type { Refusal } from '../../src/core/refusal.ts';
import type { Result } from '../../src/core/result.ts';
import type { Idempotency } from '../../src/ledger/commit.ts';
import type { Caller } from '../../src/services/caller.ts';
import type { Deps } from '../../src/services/deps.ts';
import { route } from '../../src/services/hall.ts';
import { submit } from '../../src/services/submit.ts';
import { createTenant } from '../../src/services/tenants.ts';
import type { Command, CommandReply, Credential, Envelope, SubmitReply } from '../../src/tenant/commands.ts';
import type { Tenant } from '../../src/tenant/tenant.ts';
import { GATE_POLICY } from './gate-policy.ts';

export const OPERATOR: Credential = { kind: 'operator' };

/** The announced question; `change` makes it another one. */
export const question = (change: JsonObject = {}): JsonObject => ({
  capability_id: 'cap.doc.summarize',
  env: 'prod',
  data_label: 'CONFIDENTIAL',
  tenant_risk: 'low',
  qos_class: 'P2',
  tenant_id: 'acme-corp',
  ...change,
});

export const routeCommand = (raw: JsonValue = question()): Command => ({
  kind: 'route',
  request: readRouteInput(raw),
  signatory: { kind: 'none' },
});

export const okValue = <T>(result: Result<T, unknown>): T => {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
};

export interface Decided {
  readonly decision: JsonObject;
  readonly text: string;
  readonly replayed: boolean;
}

/** What a test may ask of a tenant beside its verbs. */
export class TestTenant {
  readonly id: TenantId;
  readonly caller: Caller;
  readonly deps: Deps;
  /** Of its first key; empty where the tenant has none. */
  readonly apiKey: string;
  readonly #later: Promise<unknown>[];

  constructor(id: TenantId, caller: Caller, deps: Deps, later: Promise<unknown>[], apiKey = '') {
    this.id = id;
    this.caller = caller;
    this.deps = deps;
    this.apiKey = apiKey;
    this.#later = later;
  }

  get stub() {
    return env.TENANT.getByName(this.id);
  }

  /** Other dependencies (a witness that is gone, another clock), same tenant. */
  with(change: Partial<Deps>): TestTenant {
    return new TestTenant(this.id, this.caller, { ...this.deps, ...change }, this.#later, this.apiKey);
  }

  as(credential: Credential): TestTenant {
    return new TestTenant(this.id, { ...this.caller, credential }, this.deps, this.#later, this.apiKey);
  }

  envelope(commands: readonly Command[], change: Partial<Envelope> = {}): Envelope {
    const { credential } = this.caller;
    if (credential.kind === 'token') throw new Error('an object is never shown a token');
    return {
      credential,
      commands,
      idempotency: null,
      signingKeyId: this.deps.ring.active('receipt').kid,
      proof: false,
      withoutLease: false,
      signatories: null,
      ...change,
    };
  }

  async submit(...commands: readonly Command[]): Promise<readonly CommandReply[]> {
    return okValue(await submit(this.deps, this.caller, commands)).replies;
  }

  /** Asks the object itself: no courier, no second try. */
  submitRaw(commands: readonly Command[], change: Partial<Envelope> = {}): Promise<SubmitReply> {
    return this.deps.tenant(this.id).submit(this.envelope(commands, change));
  }

  async tryRoute(
    raw: JsonValue = question(),
    options: { readonly idempotency?: Idempotency; readonly proof?: boolean } = {},
  ): Promise<Result<Decided, Refusal>> {
    const answer = await route(this.deps, this.caller, raw, options);
    if (!answer.ok) return answer;
    const { text, replayed } = answer.value;
    return { ok: true, value: { decision: JSON.parse(text) as JsonObject, text, replayed } };
  }

  async route(
    raw: JsonValue = question(),
    options: { readonly idempotency?: Idempotency; readonly proof?: boolean } = {},
  ): Promise<Decided> {
    return okValue(await this.tryRoute(raw, options));
  }

  inside<R>(look: (instance: Tenant, state: DurableObjectState) => R | Promise<R>): Promise<R> {
    return runInDurableObject<Tenant, R>(this.stub as unknown as DurableObjectStub<Tenant>, look);
  }

  /** Rows of the object's own tables. */
  rows(query: string, ...bindings: readonly SqlStorageValue[]): Promise<Record<string, SqlStorageValue>[]> {
    return this.inside((_, { storage }) => storage.sql.exec(query, ...bindings).toArray());
  }

  /** The object loses its memory and keeps its storage. */
  async evict(): Promise<void> {
    // Only an object that is awake can be evicted.
    await this.inside(() => null);
    await evictDurableObject(this.stub);
  }

  /** Waits for what went on after the replies: couriers and their checkpoints. */
  async settled(): Promise<void> {
    while (this.#later.length > 0) await Promise.allSettled(this.#later.splice(0));
  }
}

/** Dependencies as the Worker has them; `later` is collected instead of handed to the runtime. */
export const testDeps = (): { readonly deps: Deps; readonly later: Promise<unknown>[] } => {
  const later: Promise<unknown>[] = [];
  const deps: Deps = {
    ...isolateDeps(env),
    publicUrl: 'https://guildhall.test',
    // Couriers do not rest: a test that is about their pace says so.
    sleep: () => scheduler.wait(0),
    later: (work) => {
      // As `waitUntil` does: what goes wrong after the reply is nobody's rejection.
      later.push(work.catch(() => {}));
    },
  };
  return { deps, later };
};

let made = 0;

/** A tenant with its first key and nothing else. */
export const emptyTenant = async (name = 'test', change: Partial<Deps> = {}): Promise<TestTenant> => {
  const id = parseTenantId(`${name}-${++made}-${crypto.randomUUID().slice(0, 6)}`);
  if (id === null) throw new Error('the tenant of this test has no good name');
  const { deps: usual, later } = testDeps();
  const deps = { ...usual, ...change };
  const created = okValue(await createTenant(deps, id, { name: 'Test Ltd', environment: 'test' }));
  const apiKey = String(created.api_key);
  const credential: Credential = { kind: 'api_key', hash: sha256Hex(apiKey) };
  return new TestTenant(id, { tenant: id, credential }, deps, later, apiKey);
};

export const enrol = (record: JsonObject): Command => ({
  kind: 'worker.enrol',
  record,
  artifactHash: sha256Hex(canonicalJson(record)),
});

/** A tenant with the demo's workers, rules and policy. */
export const openTenant = async (name = 'test', change: Partial<Deps> = {}): Promise<TestTenant> => {
  const tenant = await emptyTenant(name, change);
  const publish = { kind: 'document.publish', version: null, force: false } as const;
  const replies = await tenant.submit(
    ...DEMO_WORKERS.map((record) => enrol(record as JsonObject)),
    { ...publish, document: 'rules', content: DEMO_RULES as JsonObject },
    { ...publish, document: 'policy', content: GATE_POLICY as JsonObject },
  );
  const refused = replies.find((reply) => reply.kind === 'refused');
  if (refused !== undefined) throw new Error(`the fixture was refused: ${JSON.stringify(refused)}`);
  return tenant;
};
