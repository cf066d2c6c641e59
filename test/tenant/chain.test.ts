/** The blast chain: what one correlation id has set in motion adds up, over requests, batches and sleeps (WCP 3.4). */
import { describe, expect, test } from 'vitest';
import { DEMO_RULES, PIPELINE } from '../../src/cli/demo-content.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { openTenant, question, routeCommand, type TestTenant } from '../support/tenant-client.ts';

const ID = '5f9f5e0e-7d1f-4f6e-9d39-2b6c1d3a7e11';
const step = (capability_id: string, change: JsonObject = {}): JsonObject =>
  question({ capability_id, env: 'dev', data_label: 'PUBLIC', correlation_id: ID, ...change });

const MAXIMUM = { scale: 'sum25', dev: 10, on_exceed: 'deny' };

const chainOf = (decision: JsonObject): unknown => decision.blast_chain_sum;

const chains = async (tenant: TestTenant, steps: readonly JsonObject[]): Promise<unknown[]> => {
  const sums: unknown[] = [];
  for (const raw of steps) sums.push(chainOf((await tenant.route(raw)).decision));
  return sums;
};

const checked = async (tenant: TestTenant): Promise<void> => {
  await tenant.settled();
  await checkLedger(tenant);
};

describe('one correlation id', () => {
  test('five steps, whose blast sums are 1, 0, 1, 0 and 2, make 4', async () => {
    const tenant = await openTenant('chain');
    expect(
      await chains(
        tenant,
        PIPELINE.map((id) => step(id)),
      ),
    ).toEqual([1, 1, 2, 2, 4]);
    await checked(tenant);
  });

  test('the same with a sleep between all steps', async () => {
    const tenant = await openTenant('chain');
    const sums: unknown[] = [];
    for (const id of PIPELINE) {
      sums.push(chainOf((await tenant.route(step(id))).decision));
      await tenant.settled();
      await tenant.evict();
    }
    expect(sums).toEqual([1, 1, 2, 2, 4]);
    await checked(tenant);
  });

  test('the same in one batch', async () => {
    const tenant = await openTenant('chain');
    const replies = await tenant.submit(...PIPELINE.map((id) => routeCommand(step(id))));
    const sums = replies.map((reply) => (reply.kind === 'decided' ? chainOf(JSON.parse(reply.decision)) : reply));
    expect(sums).toEqual([1, 1, 2, 2, 4]);
    await checked(tenant);
  });

  test('a step that is asked again counts once', async () => {
    const tenant = await openTenant('chain');
    const steps = [step('cap.web.fetch'), step('cap.web.fetch'), step('cap.research.register'), step('cap.web.fetch')];
    expect(await chains(tenant, steps)).toEqual([1, 1, 3, 3]);
    await checked(tenant);
  });

  test('another request to the same worker counts again', async () => {
    const tenant = await openTenant('chain');
    const steps = [1, 2, 3].map((page) => step('cap.web.fetch', { request: { page } }));
    expect(await chains(tenant, steps)).toEqual([1, 2, 3]);
    await checked(tenant);
  });

  test('dry runs, denials and holds add nothing; other correlation ids and tenant_ids have chains of their own', async () => {
    const tenant = await openTenant('chain');
    const register = (change: JsonObject) => step('cap.research.register', change);
    await tenant.route(register({ dry_run: true }));
    await tenant.route(step('cap.no.such'));
    await tenant.route(step('cap.db.migrate', { env: 'prod' }));
    await tenant.route(register({ correlation_id: '00000000-0000-4000-8000-0000000000aa' }));
    await tenant.route(register({ tenant_id: 'other-corp' }));
    expect(await chains(tenant, [step('cap.web.fetch')])).toEqual([1]);
    await checked(tenant);
  });

  test('a sum beyond the limit of a rule is denied, and does not grow the chain: 200 at once', async () => {
    const tenant = await openTenant('chain');
    const limited = DEMO_RULES.rules.map((rule) => ({ ...rule, decision: { ...rule.decision, max_blast: MAXIMUM } }));
    const content = { rules: limited } as unknown as JsonObject;
    await tenant.submit({ kind: 'document.publish', document: 'rules', version: 'limited', content, force: false });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => tenant.route(step('cap.research.register', { request: { n } }))),
    );
    const outcomes = Map.groupBy(answers, ({ decision }) => decision.outcome);
    expect(outcomes.get('DISPATCH')?.map(({ decision }) => chainOf(decision))).toEqual([2, 4, 6, 8, 10]);
    expect(outcomes.get('DENY')).toHaveLength(195);
    await tenant.settled();
    await tenant.evict();
    expect((await tenant.route(step('cap.research.register', { request: { n: 'more' } }))).decision.outcome).toBe(
      'DENY',
    );
    await checked(tenant);
  });

  test('500 steps at once whose workers can do no harm: the sum stays 0 and costs no row', async () => {
    const tenant = await openTenant('chain');
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, n) => tenant.route(step('cap.doc.hash', { request: { n } }))),
    );
    expect(new Set(answers.map(({ decision }) => chainOf(decision)))).toEqual(new Set([0]));
    expect(await tenant.rows('SELECT count(*) AS count FROM chain_links')).toEqual([{ count: 0 }]);
    await checked(tenant);
  });
});

describe('a correlation id that Guildhall made', () => {
  test('carries the chain on when the caller sends it back, also after a sleep', async () => {
    const tenant = await openTenant('chain');
    const { correlation_id: _, ...first } = step('cap.web.fetch');
    const { decision } = await tenant.route(first);
    expect(await tenant.rows('SELECT count(*) AS count FROM chain_links')).toEqual([{ count: 0 }]);
    await tenant.settled();
    await tenant.evict();
    const made = { correlation_id: String(decision.correlation_id) };
    expect(await chains(tenant, [step('cap.ml.embed', made), step('cap.research.register', made)])).toEqual([2, 4]);
    // The first step again is the first step.
    expect(await chains(tenant, [step('cap.web.fetch', made)])).toEqual([4]);
    await checked(tenant);
  });

  test('is worth nothing when it was only guessed, or belongs to a denial or another tenant_id', async () => {
    const tenant = await openTenant('chain');
    const { correlation_id: _, ...first } = step('cap.web.fetch');
    const { decision } = await tenant.route(first);
    const made = String(decision.correlation_id);
    const guessed = `00000000-0000-4000-8000-${made.slice(24)}`;
    const denied = await tenant.route({ ...first, capability_id: 'cap.no.such' });
    const steps = [
      step('cap.ml.embed', { correlation_id: guessed }),
      step('cap.ml.embed', { correlation_id: String(denied.decision.correlation_id) }),
      step('cap.ml.embed', { correlation_id: made, tenant_id: 'other-corp' }),
      step('cap.ml.embed', { correlation_id: 'ffffffff-ffff-4fff-8fff-ffffffffffff' }),
    ];
    expect(await chains(tenant, steps)).toEqual([1, 1, 1, 1]);
    await checked(tenant);
  });
});
