/** The ledger by type: counts that add up over pages, and the changes of administrators without anybody else's doing. */
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { documentHash } from '../../src/core/ledger/change.ts';
import type { Caller } from '../../src/services/caller.ts';
import { ask } from '../../src/services/ledger.ts';
import { change } from '../../src/services/manage.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { newNetwork } from '../support/networks.ts';
import { OPERATOR, okValue, question } from '../support/tenant-client.ts';
import vectors from '../vectors/acts.json';

test('types add up to the size of the ledger; changes name who made them, page by page', async () => {
  const [tenant = expect.fail('no tenant')] = await newNetwork().open();
  await tenant.route();
  await tenant.route(question({ capability_id: 'cap.unknown' }));
  await tenant.settled();

  const counted = okValue(await ask(tenant.deps, tenant.caller, { kind: 'types', before: null }));
  const types = counted.types as unknown as { type: string; count: number }[];
  expect(types.reduce((sum, { count }) => sum + count, 0)).toBe(counted.size);
  expect(counted).toMatchObject({ scanned: counted.size, next_cursor: null });
  expect(types.find(({ type }) => type === 'wcp.decision')?.count).toBe(2);
  // The first entry alone, and what lies before the first.
  expect(okValue(await ask(tenant.deps, tenant.caller, { kind: 'types', before: 2 }))).toMatchObject({ scanned: 1 });

  const changes = async (filter: object, limit: number): Promise<JsonObject[]> => {
    const all: JsonObject[] = [];
    for (let before: number | null = null; ; ) {
      const page: JsonObject = okValue(
        await ask(tenant.deps, tenant.caller, { kind: 'changes', filter, before, limit }),
      );
      all.push(...(page.changes as JsonObject[]));
      if (page.next_cursor === null) return all;
      before = Number(page.next_cursor);
    }
  };
  const all = await changes({}, 50);
  expect(all.map(({ type }) => type)).not.toContain('wcp.decision');
  expect(all.map(({ type }) => type)).toContain('hall.rules.published');
  expect(all.every(({ actor }) => typeof (actor as JsonObject).id === 'string')).toBe(true);
  expect(await changes({}, 1)).toEqual(all);
  expect((await changes({ type: 'hall.rules' }, 50)).every(({ type }) => type === 'hall.rules.published')).toBe(true);
  expect(await changes({ actor: 'nobody' }, 50)).toEqual([]);
  await checkLedger(tenant);
});

test('an act is named with the document that it concerns, before and after, by hash', async () => {
  for (const { document, hash } of vectors) expect(documentHash(document)).toBe(hash);

  const [tenant = expect.fail('no tenant')] = await newNetwork().open();
  const operator: Caller = { tenant: tenant.id, credential: OPERATOR };
  const standing = { kind: 'tenant.standing', standing: 'suspended', reason: 'unpaid', tierId: 'pro' } as const;
  const limit = { requests: 5, per_s: 1 };
  await change(tenant.deps, operator, standing);
  await change(tenant.deps, operator, { kind: 'tenant.limit', rateLimit: limit });
  await change(tenant.deps, operator, { kind: 'tenant.offline', offline: true });
  const { entries } = await checkLedger(tenant);
  const [created] = entries;
  const fresh = {
    name: created?.body.name ?? '',
    offline: false,
    rate_limit: null,
    standing: 'ok',
    tier_id: 'unlimited',
  };
  const suspended = { ...fresh, standing: 'suspended', tier_id: 'pro' };
  const limited = { ...suspended, rate_limit: limit };
  expect([created, ...entries.slice(-3)].map((entry) => [entry?.type, entry?.body.before, entry?.body.after])).toEqual([
    ['hall.tenant.created', null, documentHash(fresh)],
    ['hall.standing.changed', documentHash(fresh), documentHash(suspended)],
    ['hall.tenant.limited', documentHash(suspended), documentHash(limited)],
    ['hall.offline', documentHash(limited), documentHash({ ...limited, offline: true })],
  ]);
});
