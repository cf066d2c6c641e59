/** The cron in pages: a run is short however many tenants there are, and every tenant's turn comes. */
import { afterEach, expect, test, vi } from 'vitest';
import { positionOf } from '../../src/registry/cursors.ts';
import type { TenantStub } from '../../src/services/deps.ts';
import { maintain } from '../../src/services/maintenance.ts';
import { emptyTenant, type TestTenant, testDeps } from '../support/tenant-client.ts';

afterEach(() => vi.restoreAllMocks());

const { deps } = testDeps();

/** Which tenants a run has looked at. */
const watched = (fail: (id: string) => boolean = () => false) => {
  const seen: string[] = [];
  const tenant = (id: TestTenant['id']): TenantStub => {
    if (!seen.includes(id)) seen.push(id);
    if (fail(id)) throw new Error('it hangs');
    return deps.tenant(id);
  };
  return { seen, deps: { ...deps, tenant } };
};

const names: string[] = [];

test('takes turns: a page a run, each tenant once a round, and those that came meanwhile', async () => {
  for (let n = 0; n < 7; n++) names.push((await emptyTenant('turns')).id);
  const { seen, deps: mine } = watched();
  const runs: string[][] = [];
  for (let run = 0; run < 3; run++) {
    await maintain(mine, 3);
    runs.push(seen.splice(0));
  }
  expect(runs.map((run) => run.length)).toEqual([3, 3, 1]);
  expect(runs.flat().sort()).toEqual([...names].sort());
  names.push((await emptyTenant('turns')).id);
  for (let run = 0; run < 3; run++) await maintain(mine, 3);
  expect([...seen].sort()).toEqual([...names].sort());
});

test('passes by what brings a run down, and comes back to it', async () => {
  vi.spyOn(console, 'error').mockReturnValue();
  const sorted = [...names].sort();
  const { seen, deps: mine } = watched((id) => id === sorted[1]);
  for (let run = 0; run < 3; run++) await maintain(mine, 3);
  expect([...seen].sort()).toEqual(sorted);
  // The worst of all: the run itself ends as soon as it has begun.
  expect(await positionOf(deps.db, 'maintenance')).toBe('');
  const dead = {
    ...deps,
    tenant: () => new Proxy({}, { get: () => () => new Promise(() => undefined) }) as TenantStub,
  };
  void maintain(dead, 3);
  await vi.waitFor(async () => expect(await positionOf(deps.db, 'maintenance')).toBe(sorted[2]));
  const { seen: next, deps: well } = watched();
  await maintain(well, 3);
  expect([...next].sort()).toEqual(sorted.slice(3, 6));
});

test('two runs at once share the work', async () => {
  const { seen, deps: mine } = watched();
  const start = await positionOf(deps.db, 'maintenance');
  await Promise.all([maintain(mine, 2), maintain(mine, 2)]);
  expect(seen.length).toBeLessThanOrEqual(4);
  expect(await positionOf(deps.db, 'maintenance')).not.toBe(start);
});
