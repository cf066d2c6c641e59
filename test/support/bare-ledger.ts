/**
 * A `Ledger` by itself, over the storage of an object whose tenant was never created: any plan can be given to it, also
 * one with a bug, and its storage can be made to fail at any call.
 */

import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { isolateDeps } from '../../src/app.ts';
import { toHex } from '../../src/core/bytes.ts';
import { parseTenantId } from '../../src/core/ids.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { EntryDraft } from '../../src/core/ledger/entry.ts';
import { type Group, type GroupReply, Ledger, type Moment, type Plan } from '../../src/ledger/commit.ts';
import { OPERATOR, TestTenant, testDeps } from './tenant-client.ts';

export interface Memo {
  count: number;
}

/** A command of these tests is its own plan. */
export type TestPlan = (moment: Moment) => Plan<Reply>;

export type Reply = { readonly kind: 'wrote'; readonly seqs: readonly number[] };

export interface Bare {
  readonly ledger: Ledger<Memo>;
  readonly storage: DurableObjectStorage;
  /** How often the ledger told its owner to read its caches again. */
  readonly reloads: () => number;
  readonly aborted: () => boolean;
  readonly commit: (...plans: readonly TestPlan[]) => readonly GroupReply<Reply>[];
  readonly commitGroups: (groups: readonly Group<TestPlan>[]) => readonly GroupReply<Reply>[];
}

export const draft = (body: JsonObject = {}, stream = 'hall'): EntryDraft => ({
  type: 'wcp.test',
  stream,
  actor: { kind: 'system', id: 'test' },
  trace_id: null,
  cause: null,
  body,
});

export const writes =
  (drafts: readonly EntryDraft[], apply?: () => void): TestPlan =>
  () => ({
    entries: drafts,
    apply,
    reply: (sealed) => ({ kind: 'wrote', seqs: sealed.map(({ seq }) => seq) }),
  });

export const group = (plans: readonly TestPlan[], change: Partial<Group<TestPlan>> = {}): Group<TestPlan> => ({
  commands: plans,
  idempotency: null,
  signingKeyId: isolateDeps(env).ring.active('receipt').kid,
  ...change,
});

/** `storage` as the ledger sees it; the default is the real one. */
export const bareOver = (state: DurableObjectState, tenant: string, storage = state.storage): Bare => {
  let reloads = 0;
  let aborted = false;
  const ctx = {
    storage,
    abort: () => {
      aborted = true;
    },
  } as unknown as DurableObjectState;
  const ledger = new Ledger<Memo>({
    ctx,
    tenant,
    schema: [],
    newMemo: () => ({ count: 0 }),
    reload: () => {
      reloads++;
    },
  });
  const commitGroups = (groups: readonly Group<TestPlan>[]) => ledger.commit(groups, (plan, moment) => plan(moment));
  return {
    ledger,
    storage,
    reloads: () => reloads,
    aborted: () => aborted,
    commitGroups,
    commit: (...plans) => commitGroups(plans.map((plan) => group([plan]))),
  };
};

/** What memory says of the ledger, to compare with what a fresh one reads. */
export const memoryOf = ({ ledger }: Bare) => ({
  head: structuredClone(ledger.log.head),
  memo: structuredClone(ledger.memo),
  root: toHex(ledger.log.rootAt(ledger.log.head.size)),
});

let made = 0;

export class BareTenant extends TestTenant {
  /** Inside the object's context, with a ledger freshly opened over its storage. */
  ledger<R>(use: (bare: Bare, state: DurableObjectState) => R | Promise<R>): Promise<R> {
    return runInDurableObject(this.stub, (_, state) => use(bareOver(state, this.id), state));
  }
}

export const bareTenant = (): BareTenant => {
  const id = parseTenantId(`bare-${++made}-${crypto.randomUUID().slice(0, 6)}`);
  if (id === null) throw new Error('the tenant of this test has no good name');
  const { deps, later } = testDeps();
  return new BareTenant(id, { tenant: id, credential: OPERATOR }, deps, later);
};
