/** Must hold: zero dispatches after `effective`, in the small; and the campaign finds what is broken on purpose. */
import { expect, test } from 'vitest';
import { runBans } from './campaign.ts';

test.concurrent('30 tenants, 2 bans, every trouble: nobody is dispatched after the answer', async () => {
  const { violations, admitted, banned } = await runBans({ tenants: 30, rounds: 2 });
  expect(violations).toEqual([]);
  expect(admitted).toBeGreaterThan(30);
  expect(banned).toBeGreaterThan(30);
});

test.concurrent.each(['no lease check', 'ban ignored on wake-up'])('a broken variant is found: %s', async (mutant) => {
  const { violations } = await runBans({ tenants: 20, rounds: 5, mutant, untilFound: true });
  expect(violations).not.toEqual([]);
});
