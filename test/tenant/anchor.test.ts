/**
 * Never publish a fork (DESIGN §6, R9): an object whose storage went back in time, or was changed, is refused by the
 * witness and freezes; one whose witness is away fails closed after a minute and recovers by itself.
 */
import { exports } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SCOPES } from '../../src/core/caller.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { publishCheckpoint } from '../../src/services/checkpoints.ts';
import type { Deps } from '../../src/services/deps.ts';
import { createKey } from '../../src/services/keys.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { copyStorage, restoreStorage, type StorageCopy } from '../support/storage-copy.ts';
import { OPERATOR, okValue, openTenant, question, routeCommand, type TestTenant } from '../support/tenant-client.ts';

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
});

const head = async (tenant: TestTenant): Promise<number> =>
  Number((await tenant.rows('SELECT size FROM head'))[0]?.size ?? 0);

const ask = async (tenant: TestTenant, query: Parameters<ReturnType<Deps['tenant']>['ask']>[1]): Promise<JsonObject> =>
  okValue(await tenant.deps.tenant(tenant.id).ask(OPERATOR, query));

const FROZEN = { ok: false, error: { code: 'ledger_frozen' } };

/** Routes `n` times and has the last entry witnessed. */
const grow = async (tenant: TestTenant, n: number): Promise<void> => {
  await Promise.all(Array.from({ length: n }, (_, i) => tenant.route(question({ request: { i, n } }))));
  await tenant.settled();
  await publishCheckpoint(tenant.deps, tenant.id, []);
};

/** A tenant whose witness has seen more than `older` holds; `newer` is the whole of it. */
const grown = async (
  before = 3,
  after = 4,
): Promise<{ tenant: TestTenant; older: StorageCopy; newer: StorageCopy }> => {
  const tenant = await openTenant('anchor');
  await grow(tenant, before);
  const older = await copyStorage(tenant);
  await grow(tenant, after);
  return { tenant, older, newer: await copyStorage(tenant) };
};

describe('after a wake-up', () => {
  test('nothing commits before the head of the witness was shown', async () => {
    const tenant = await openTenant('anchor');
    await grow(tenant, 2);
    await tenant.evict();
    const size = await head(tenant);
    for (const command of [routeCommand(), { kind: 'worker.retire', workerId: 'org.example.hasher' } as const]) {
      expect(await tenant.submitRaw([command])).toEqual({ kind: 'needs_witness' });
    }
    expect(await tenant.as(OPERATOR).submitRaw([{ kind: 'tick' }])).toEqual({ kind: 'needs_witness' });
    expect(await head(tenant)).toBe(size);
    expect((await tenant.route()).decision.outcome).toBe('DISPATCH');
    await tenant.settled();
    await checkLedger(tenant);
  });

  test('what was in force before is in force again', async () => {
    const tenant = await openTenant('anchor');
    const before = await tenant.route(question({ correlation_id: '0f0f0f0f-0000-4000-8000-00000000ffff' }));
    await tenant.settled();
    const shown = async () => [
      await ask(tenant, { kind: 'workers', search: null, after: null, limit: 100 }),
      await ask(tenant, { kind: 'settings' }),
      await ask(tenant, { kind: 'document', document: 'rules', version: null }),
      await ask(tenant, { kind: 'document', document: 'policy', version: null }),
      // Of all this only the lease on the ban list is gone.
      { ...(await ask(tenant, { kind: 'health' })), ban_feed: null },
      await ask(tenant, { kind: 'checkpoint' }),
      await ask(tenant, { kind: 'decisions', filter: {}, before: null, limit: 10 }),
    ];
    const known = await shown();
    await tenant.evict();
    expect(await shown()).toEqual(known);
    const after = await tenant.route(question({ correlation_id: '0f0f0f0f-0000-4000-8000-00000000ffff' }));
    const still = ['outcome', 'worker_id', 'blast_sum', 'matched_rule_id', 'rule_set_version', 'controls_verified'];
    for (const member of still) expect(after.decision[member]).toEqual(before.decision[member]);
    await tenant.settled();
    await checkLedger(tenant);
  });

  test('entries whose checkpoint did not come before the sleep get one after it', async () => {
    const tenant = await openTenant('anchor');
    await tenant.settled();
    const reply = await tenant.submitRaw([routeCommand()]);
    expect(reply.kind).toBe('done');
    await tenant.evict();
    await tenant.route();
    await tenant.settled();
    const { size, checkpoints } = await checkLedger(tenant);
    expect(checkpoints.at(-1)?.size).toBe(size);
  });
});

describe('storage that went back in time', () => {
  test('is refused at once: frozen, an alert, reads go on; what was missing comes back and it thaws', async () => {
    const { tenant, older, newer } = await grown();
    await restoreStorage(tenant, older);
    const size = await head(tenant);
    expect(await tenant.tryRoute()).toMatchObject(FROZEN);
    expect(await tenant.tryRoute()).toMatchObject(FROZEN);
    expect(await head(tenant)).toBe(size);
    expect(await ask(tenant, { kind: 'alerts', limit: 10 })).toMatchObject({
      alerts: [{ level: 'sev1', code: 'HALL_INTEGRITY' }],
    });
    expect(await ask(tenant, { kind: 'health' })).toMatchObject({ frozen: expect.any(String) });
    expect(await ask(tenant, { kind: 'decisions', filter: {}, before: null, limit: 10 })).toMatchObject({ count: 3 });
    expect(await ask(tenant, { kind: 'entries', from: 1, limit: 500 })).toMatchObject({ size });
    // The freeze outlives another sleep, and the alert is not raised again.
    await tenant.evict();
    expect(await tenant.tryRoute()).toMatchObject(FROZEN);
    expect(await ask(tenant, { kind: 'alerts', limit: 10 })).toMatchObject({ count: 1 });
    await checkLedger(tenant);

    await restoreStorage(tenant, newer);
    expect((await tenant.route()).decision.outcome).toBe('DISPATCH');
    expect(await ask(tenant, { kind: 'health' })).toMatchObject({ frozen: null });
    await tenant.settled();
    await checkLedger(tenant);
  });

  test('answers 503 and the code over HTTP, and the ledger can still be read there', async () => {
    const { tenant, older } = await grown();
    const terms = { name: 'k', environment: 'test', scopes: SCOPES } as const;
    // Made before the copy was taken, or the object would not know the key.
    await restoreStorage(tenant, older);
    expect((await tenant.tryRoute()).ok).toBe(false);
    expect((await createKey(tenant.deps, tenant.caller, terms)).ok).toBe(false);
    const response = await exports.default.fetch(`https://guildhall.test/t/${tenant.id}/wcp/route`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(question()),
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'ledger_frozen' });
    const read = await exports.default.fetch('https://guildhall.test/v1/ledger/entries?limit=3', {
      headers: { authorization: `Bearer ${tenant.apiKey}` },
    });
    expect(read.status).toBe(200);
  });

  test('200 times, from one entry back to all of them, is refused every time', async () => {
    for (let round = 0; round < 4; round++) {
      const tenant = await openTenant('anchor');
      const copies: StorageCopy[] = [];
      for (let n = 0; n < 50; n++) {
        await tenant.route(question({ request: { n } }));
        copies.push(await copyStorage(tenant));
      }
      await tenant.route();
      await tenant.settled();
      await publishCheckpoint(tenant.deps, tenant.id, []);
      for (const copy of copies) {
        await restoreStorage(tenant, copy);
        const size = await head(tenant);
        const refused = await Promise.all([tenant.tryRoute(), tenant.tryRoute(question(), { proof: true })]);
        expect(refused, `${size} entries`).toMatchObject([FROZEN, FROZEN]);
        expect(await head(tenant)).toBe(size);
      }
    }
  });

  test('an empty storage under a log that the witness knows is no new tenant', async () => {
    const { tenant, older } = await grown();
    await restoreStorage(
      tenant,
      older.map(([table, rows]) => [table, table === 'schema_steps' ? rows : []] as const),
    );
    const key = {
      hash: 'a'.repeat(64),
      keyId: 'key_x',
      name: 'x',
      environment: 'test',
      scopes: SCOPES,
      expiresAt: null,
      allowedIps: null,
      rateLimit: null,
    } as const;
    const created = tenant.as(OPERATOR).submit({ kind: 'tenant.create', name: 'again', key, rateLimit: null });
    await expect(created).rejects.toThrow('ledger_frozen');
    expect(await head(tenant)).toBe(0);
  });

  test('also when nobody but the alarm comes by: nothing is recorded', async () => {
    const { tenant, older } = await grown();
    await restoreStorage(tenant, older);
    const size = await head(tenant);
    await tenant.inside((instance) => instance.alarm());
    expect(await head(tenant)).toBe(size);
  });
});

describe('a fork', () => {
  /** As a changed or half restored object would go on, had it not asked its witness: same size, other entries. */
  const forked = async (longerBy: number): Promise<TestTenant> => {
    const { tenant, older } = await grown(3, 4);
    await restoreStorage(tenant, older);
    await tenant.inside((instance) => instance.anchor({ size: 0, root: '' }));
    for (let n = 0; n < 4 + longerBy; n++) {
      await tenant.submitRaw([routeCommand(question({ request: { other: n } }))], { withoutLease: true });
    }
    return tenant;
  };

  test.each([0, 1, 5])('is not published, and freezes the tenant (%i entries beyond the witness)', async (longerBy) => {
    const tenant = await forked(longerBy);
    const published = (await checkLedger(tenant)).checkpoints.length;
    expect(await publishCheckpoint(tenant.deps, tenant.id, [])).toBeNull();
    expect((await checkLedger(tenant)).checkpoints).toHaveLength(published);
    expect(await tenant.tryRoute()).toMatchObject(FROZEN);
    expect(await ask(tenant, { kind: 'alerts', limit: 1 })).toMatchObject({ alerts: [{ code: 'HALL_INTEGRITY' }] });
  });

  test.each([0, 1, 5])('is found at the next wake-up (%i entries beyond the witness)', async (longerBy) => {
    const tenant = await forked(longerBy);
    await tenant.evict();
    expect(await tenant.tryRoute()).toMatchObject(FROZEN);
  });
});

describe('a witness that is ahead of what was published', () => {
  test('because its answer was lost: the checkpoint is asked for again and published', async () => {
    const tenant = await openTenant('anchor');
    await tenant.settled();
    const deaf = tenant.with({
      tenant: (id) => ({
        ...callsOf(tenant.deps, id),
        checkpointPublished: () => Promise.reject(new Error('the Worker died')),
      }),
    });
    await deaf.route();
    await deaf.settled();
    const witnessed = await tenant.deps.witness(tenant.id).head();
    expect(witnessed.size).toBe(await head(tenant));
    expect((await checkLedger(tenant)).checkpoints.at(-1)?.size).toBeLessThan(witnessed.size);
    await tenant.evict();
    await tenant.route();
    await tenant.settled();
    await publishCheckpoint(tenant.deps, tenant.id, []);
    const { size, checkpoints } = await checkLedger(tenant);
    expect(checkpoints.at(-1)?.size).toBe(size);
  });

  test('by just that head: the same checkpoint is cosigned again, with the same time', async () => {
    const tenant = await openTenant('anchor');
    await tenant.settled();
    await tenant.submitRaw([routeCommand()]);
    const deaf = tenant.with({
      tenant: (id) => ({
        ...callsOf(tenant.deps, id),
        checkpointPublished: () => Promise.reject(new Error('the Worker died')),
      }),
    });
    expect(await publishCheckpoint(deaf.deps, tenant.id, [])).toBeNull();
    expect(await publishCheckpoint(tenant.deps, tenant.id, [])).not.toBeNull();
    const { size, checkpoints } = await checkLedger(tenant);
    expect(checkpoints.at(-1)?.size).toBe(size);
  });
});

describe('a witness that cannot be reached', () => {
  const away = (tenant: TestTenant): TestTenant =>
    tenant.with({
      witness: () => ({
        head: () => Promise.reject(new Error('the witness is away')),
        extend: () => Promise.reject(new Error('the witness is away')),
      }),
    });

  test('for a minute decisions go on, then they fail closed, and go on again by themselves', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const tenant = await openTenant('anchor');
    await tenant.settled();
    const alone = away(tenant);
    expect((await alone.route()).decision.outcome).toBe('DISPATCH');
    await alone.settled();
    vi.setSystemTime(Date.now() + 59_000);
    expect((await alone.route()).decision.outcome).toBe('DISPATCH');
    await alone.settled();
    vi.setSystemTime(Date.now() + 2000);
    const size = await head(tenant);
    expect(await tenant.submitRaw([routeCommand()])).toEqual({ kind: 'needs_checkpoint' });
    expect(await alone.tryRoute()).toMatchObject({ ok: false, error: { code: 'ledger_unwitnessed' } });
    expect(await head(tenant)).toBe(size);
    expect((await tenant.route()).decision.outcome).toBe('DISPATCH');
    await tenant.settled();
    const checked = await checkLedger(tenant);
    expect(checked.checkpoints.at(-1)?.size).toBeGreaterThanOrEqual(size);
  });

  test('at a wake-up nothing commits, and the caller is told why', async () => {
    const tenant = await openTenant('anchor');
    await tenant.settled();
    await tenant.evict();
    const size = await head(tenant);
    expect(await away(tenant).tryRoute()).toMatchObject({ ok: false, error: { code: 'ledger_unwitnessed' } });
    expect(await head(tenant)).toBe(size);
    expect((await tenant.route()).decision.outcome).toBe('DISPATCH');
    await tenant.settled();
  });

  test('a caller who wants a proof gets the decision, which holds, without one', async () => {
    const tenant = await openTenant('anchor');
    await tenant.settled();
    const { decision } = await away(tenant).route(question(), { proof: true });
    expect(decision).toMatchObject({ outcome: 'DISPATCH' });
    expect(decision.evidence_receipt).not.toHaveProperty('tlog_proof');
    await tenant.route();
    await tenant.settled();
    await checkLedger(tenant);
  });
});

/** The calls of a tenant object as plain functions, to replace one of them. */
function callsOf(deps: Deps, id: TestTenant['id']): ReturnType<Deps['tenant']> {
  const stub = deps.tenant(id);
  return {
    submit: (envelope) => stub.submit(envelope),
    ask: (credential, query) => stub.ask(credential, query),
    anchor: (witnessed) => stub.anchor(witnessed),
    learnBans: (news, nonce) => stub.learnBans(news, nonce),
    signatories: () => stub.signatories(),
    checkpointDraft: (oldSize) => stub.checkpointDraft(oldSize),
    checkpointPublished: (size, note, seqs) => stub.checkpointPublished(size, note, seqs),
  };
}
