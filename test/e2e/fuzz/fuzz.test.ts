/** A short campaign with a fixed seed; `npm run fuzz` runs longer ones with others. */
import { expect, test } from 'vitest';
import { verifiedExport, withGuildhall } from '../../support/local-hall.ts';
import { runCampaign } from './campaign.ts';

test('4,000 random and mutated requests over every route: no 5xx, no hang, every error a problem that is described', async () => {
  await withGuildhall(async (hall) => {
    const report = await runCampaign(hall, { seed: 20_261_121, count: 4_000 });
    expect(
      report.faults.map(({ index, what, request }) => `#${index} ${request.method} ${request.path}: ${what}`),
    ).toEqual([]);
    expect(Object.values(report.byStatus).reduce((sum, each) => sum + each, 0)).toBe(4_000);
    // It got through the door: of the routes that ask for no id and no session, most did what they are for, too.
    const reachable = (operation: string): boolean => !/\{|\/v1\/account\//.test(operation);
    expect(report.neverGood.filter(reachable).length).toBeLessThan(report.operations / 5);
    expect(await verifiedExport(report.tenant)).toMatchObject({ ok: true });
  });
});
