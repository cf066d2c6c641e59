/** The ban list in the browser: impact, reports, the operator's desk with a ban as it spreads, appeals. */
import { describe, expect, test } from 'vitest';
import { call } from '../../../src/cli/demo.ts';
import { ANNOUNCED } from '../../../src/cli/demo-content.ts';
import { hasBrowser } from '../../support/browser.ts';
import { dashboardSuite } from '../../support/dashboard-suite.ts';

const CODE = 'd'.repeat(64);

describe.runIf(hasBrowser)('the ban list in the dashboard', () => {
  const suite = dashboardSuite(async () => {
    await call(`${suite.dashboard.hall.url}/wcp/route`, 'POST', suite.dashboard.hall.demo.apiKey, ANNOUNCED);
  });

  test('a ban for a day is issued, shows what it touches, and is lifted', async () => {
    const { page } = suite.screen;
    await page.goto(`${suite.dashboard.hall.url}/app/bans?ban=org.example.summarizer`);
    expect(await page.getByLabel('Target').inputValue()).toBe('org.example.summarizer');
    await page.getByLabel('Reason').fill('seen to invent sources');
    await page.getByLabel('For how long').selectOption('24');
    await suite.screen.isSound('the question');
    await page.getByRole('dialog').getByRole('button', { name: 'Ban', exact: true }).click();
    await page.getByRole('link', { name: 'org.example.summarizer' }).click();
    await suite.screen.heading('A ban of this tenant');
    await page.getByRole('cell', { name: 'dispatched' }).waitFor();
    await suite.screen.isSound('its impact');
    await page.getByRole('link', { name: 'look' }).click();
    await suite.screen.heading('Decision');
    await suite.screen.open('/app/bans', 'Ban list');
    await page.getByRole('button', { name: 'Lift …' }).click();
    await page.getByLabel('Reason').fill('it was a misunderstanding');
    await page.getByRole('dialog').getByRole('button', { name: 'Lift' }).click();
    await page.getByText('org.example.summarizer may be chosen again').waitFor();
    await suite.screen.isSound('the list of nobody');
  });

  test('code is reported, confirmed by the operator, and banned in every Hall; a worker as it spreads, with an appeal', async () => {
    const { page } = suite.screen;
    await suite.screen.open('/app/bans', 'Ban list');
    await page.getByRole('button', { name: 'Report code …' }).click();
    await page.getByLabel('SHA-256 of the code').fill('not a hash');
    await page.getByLabel('What it did').fill('sends what it reads elsewhere');
    await page.getByRole('dialog').getByRole('button', { name: 'Report' }).click();
    await page.getByText('expected a SHA-256 in hex').first().waitFor();
    await page.getByLabel('SHA-256 of the code').fill(CODE);
    await page.getByRole('dialog').getByRole('button', { name: 'Report' }).click();
    await page.getByText('It waits for review').waitFor();
    suite.screen.complaints.splice(0);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

    await page.getByRole('tab', { name: 'For the operator' }).click();
    await page.getByLabel('Operator key').fill('wrong');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('This is not the operator’s key').waitFor();
    suite.screen.complaints.splice(0);
    await suite.screen.isSound('the door');
    await page.getByLabel('Operator key').fill(suite.dashboard.hall.operatorKey);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('cell', { name: CODE }).waitFor();
    await suite.screen.isSound('the desk');
    await page.getByRole('button', { name: 'Confirm …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Ban everywhere' }).click();
    await page.getByText('Nothing waits for review').waitFor({ timeout: 60_000 });

    // The demo Hall holds a lease, so the ban is known there before it is effective.
    await call(`${suite.dashboard.hall.url}/wcp/route`, 'POST', suite.dashboard.hall.demo.apiKey, ANNOUNCED);
    await page.getByRole('button', { name: 'Ban in every Hall …' }).click();
    await page.getByLabel('Target').fill('org.example.summarizer');
    await page.getByLabel('Reason').fill('compromised');
    await page.getByRole('dialog').getByRole('button', { name: 'Ban', exact: true }).click();
    await page.getByText(/Effective since/).waitFor({ timeout: 60_000 });
    await suite.screen.isSound('the ban that is effective');
    const denied = await call(
      `${suite.dashboard.hall.url}/wcp/route`,
      'POST',
      suite.dashboard.hall.demo.apiKey,
      ANNOUNCED,
    );
    expect(denied.deny_code).toBe('DENY_WORKER_BANNED');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

    await page.getByRole('tab', { name: 'The network' }).click();
    await page.getByLabel('Find a ban of the network').fill('compromised');
    await suite.screen.isSound('the feed');
    await page.getByRole('link', { name: 'org.example.summarizer' }).click();
    await suite.screen.heading('A ban of the network');
    await page.getByRole('button', { name: 'Appeal …' }).click();
    await page.getByLabel('Why it is wrong').fill('it was another build');
    await page.getByRole('dialog').getByRole('button', { name: 'Appeal' }).click();
    await page.getByText('Your appeal waits for the operator').waitFor();
    await suite.screen.isSound('a ban of the network');
    await page.getByRole('link', { name: 'Ban list' }).click();
    await page.getByRole('tab', { name: 'For the operator' }).click();
    const row = page.getByRole('row').filter({ hasText: 'compromised' });
    await row.getByRole('button', { name: 'Appeals' }).click();
    await page.getByText('it was another build').waitFor();
    await row.getByRole('button', { name: 'Lift …' }).click();
    await page.getByLabel('Reason').fill('the appeal is right');
    await page.getByRole('dialog').getByRole('button', { name: 'Lift' }).click();
    await row.waitFor({ state: 'detached' });
  });
});
