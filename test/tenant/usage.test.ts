/** How much was decided, day by day, across midnights, wake-ups and a failed commit; and no row a decision. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ask } from '../../src/services/ledger.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { okValue, openTenant, question, routeCommand, type TestTenant } from '../support/tenant-client.ts';

const DAY = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 21, 23, 59) });
});
afterEach(() => {
  vi.useRealTimers();
});

const days = async (tenant: TestTenant, count = 30): Promise<unknown> =>
  okValue(await ask(tenant.deps, tenant.caller, { kind: 'usage', days: count })).days;
const today = async (tenant: TestTenant): Promise<readonly unknown[]> => {
  const status = okValue(await ask(tenant.deps, tenant.caller, { kind: 'status' }));
  return [status.decisions_total, status.decisions_today, status.denials_today];
};
const denied = question({ capability_id: 'cap.nobody' });

test('a day ends with the first decision of the next one', async () => {
  const tenant = await openTenant('usage');
  await tenant.route();
  await tenant.route(denied);
  await tenant.route(question({ dry_run: true }));
  expect(await today(tenant)).toEqual([2, 2, 1]);
  vi.setSystemTime(Date.now() + 2 * 60_000);
  expect(await today(tenant)).toEqual([2, 0, 0]);
  expect(await days(tenant)).toEqual([{ day: '2026-11-21', decisions: 2, denials: 1, reported: [] }]);
  await tenant.evict();
  await tenant.route(denied);
  expect(await today(tenant)).toEqual([3, 1, 1]);
  const both = [
    { day: '2026-11-22', decisions: 1, denials: 1, reported: [] },
    { day: '2026-11-21', decisions: 2, denials: 1, reported: [] },
  ];
  expect(await days(tenant)).toEqual(both);
  await tenant.evict();
  expect(await days(tenant)).toEqual(both);
  expect(await days(tenant, 1)).toEqual(both.slice(0, 1));
  await tenant.settled();
  await checkLedger(tenant);
});

test('reports add up beside them, and what is very old is forgotten', async () => {
  const tenant = await openTenant('usage');
  const report = (speciesId: string, count: number) =>
    tenant.submit({ kind: 'usage.report', uses: [{ speciesId, count }] });
  await tenant.route();
  await report('wrk.a', 2);
  await report('wrk.a', Number.MAX_SAFE_INTEGER - 1);
  await report('wrk.a', Number.MAX_SAFE_INTEGER - 1);
  const reported = [{ worker_species_id: 'wrk.a', decisions: Number.MAX_SAFE_INTEGER }];
  expect(await days(tenant)).toEqual([{ day: '2026-11-21', decisions: 1, denials: 0, reported }]);
  vi.setSystemTime(Date.now() + 500 * DAY);
  await tenant.route();
  expect(await days(tenant, 1_000)).toEqual([{ day: '2028-04-04', decisions: 1, denials: 0, reported: [] }]);
  expect(await today(tenant)).toEqual([2, 1, 0]);
});

test('counting costs no row: a decision writes the rows that it wrote before', async () => {
  const tenant = await openTenant('usage');
  await tenant.route();
  await tenant.settled();
  const written = (): Promise<number> =>
    tenant.inside((_, { storage }) => storage.sql.exec('SELECT total_changes() AS n').one().n as number);
  const before = await written();
  for (let time = 0; time < 10; time++) await tenant.route(denied);
  // A bundle and the head for each commit.
  expect((await written()) - before).toBeLessThanOrEqual(21);
});

test('an hour ends with the first decision of the next one; what failed closed is counted apart', async () => {
  const tenant = await openTenant('usage');
  const hours = async (count: number): Promise<unknown> => {
    const { hours: list, counted_since } = okValue(
      await ask(tenant.deps, tenant.caller, { kind: 'outcomes', hours: count }),
    );
    return [counted_since, list];
  };
  expect(await hours(24)).toEqual([null, []]);
  await tenant.route();
  await tenant.route(question({ dry_run: true }));
  await tenant.route(denied);
  const first = { at: '2026-11-21T23:00:00.000Z', dispatched: 1, held: 0, denied: 1, failed_closed: 0 };
  expect(await hours(1)).toEqual([first.at, [first]]);
  await tenant.evict();
  vi.setSystemTime(Date.now() + 3 * 3_600_000);
  await tenant.route(question({ dry_run: true }));
  await tenant.settled();
  // Nobody brings the ban list: it fails closed.
  vi.setSystemTime(Date.now() + 30_000);
  await tenant.submitRaw([routeCommand()], { withoutLease: true });
  const second = { at: '2026-11-22T02:00:00.000Z', dispatched: 0, held: 0, denied: 0, failed_closed: 1 };
  expect(await hours(24)).toEqual([first.at, [first, second]]);
  expect(await hours(3)).toEqual([first.at, [second]]);
  vi.setSystemTime(Date.now() + 500 * DAY);
  await tenant.route();
  expect(await hours(20_000)).toMatchObject([expect.stringMatching(/^2028-04/), [{ dispatched: 1 }]]);
});
