/** The ban list in the browser: impact, reports, the operator's desk with a ban as it spreads, appeals. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { call } from '../../../src/cli/demo.ts';
import { ANNOUNCED } from '../../../src/cli/demo-content.ts';
import { hasBrowser } from '../../support/browser.ts';
import { Dashboard, type Screen } from '../../support/screens.ts';

const CODE = 'd'.repeat(64);

describe.runIf(hasBrowser)('the ban list in the dashboard', () => {
  let dashboard: Dashboard;
  let screen: Screen;
  beforeAll(async () => {
    dashboard = await Dashboard.open();
    await call(`${dashboard.hall.url}/wcp/route`, 'POST', dashboard.hall.demo.apiKey, ANNOUNCED);
  });
  afterAll(async () => {
    await dashboard?.close();
  });
  beforeEach(async () => {
    screen = await dashboard.page();
  });
  afterEach(async () => {
    await screen.close();
  });

  test('a ban for a day is issued, shows what it touches, and is lifted', async () => {
    const { page } = screen;
    await page.goto(`${dashboard.hall.url}/app/bans?ban=org.example.summarizer`);
    expect(await page.getByLabel('Target').inputValue()).toBe('org.example.summarizer');
    await page.getByLabel('Reason').fill('seen to invent sources');
    await page.getByLabel('For how long').selectOption('24');
    await screen.isSound('the question');
    await page.getByRole('dialog').getByRole('button', { name: 'Ban', exact: true }).click();
    await page.getByRole('link', { name: 'org.example.summarizer' }).click();
    await screen.heading('A ban of this tenant');
    await page.getByRole('cell', { name: 'dispatched' }).waitFor();
    await screen.isSound('its impact');
    await page.getByRole('link', { name: 'look' }).click();
    await screen.heading('Decision');
    await screen.open('/app/bans', 'Ban list');
    await page.getByRole('button', { name: 'Lift …' }).click();
    await page.getByLabel('Reason').fill('it was a misunderstanding');
    await page.getByRole('dialog').getByRole('button', { name: 'Lift' }).click();
    await page.getByText('org.example.summarizer may be chosen again').waitFor();
    await screen.isSound('the list of nobody');
  });

  test('code is reported, confirmed by the operator, and banned in every Hall; a worker as it spreads, with an appeal', async () => {
    const { page } = screen;
    await screen.open('/app/bans', 'Ban list');
    await page.getByRole('button', { name: 'Report code …' }).click();
    await page.getByLabel('SHA-256 of the code').fill('not a hash');
    await page.getByLabel('What it did').fill('sends what it reads elsewhere');
    await page.getByRole('dialog').getByRole('button', { name: 'Report' }).click();
    await page.getByText('expected a SHA-256 in hex').first().waitFor();
    await page.getByLabel('SHA-256 of the code').fill(CODE);
    await page.getByRole('dialog').getByRole('button', { name: 'Report' }).click();
    await page.getByText('It waits for review').waitFor();
    screen.complaints.splice(0);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

    await page.getByRole('tab', { name: 'For the operator' }).click();
    await page.getByLabel('Operator key').fill('wrong');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('This is not the operator’s key').waitFor();
    screen.complaints.splice(0);
    await screen.isSound('the door');
    await page.getByLabel('Operator key').fill(dashboard.hall.operatorKey);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('cell', { name: CODE }).waitFor();
    await screen.isSound('the desk');
    await page.getByRole('button', { name: 'Confirm …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Ban everywhere' }).click();
    await page.getByText('Nothing waits for review').waitFor({ timeout: 60_000 });

    // The demo Hall holds a lease, so the ban is known there before it is effective.
    await call(`${dashboard.hall.url}/wcp/route`, 'POST', dashboard.hall.demo.apiKey, ANNOUNCED);
    await page.getByRole('button', { name: 'Ban in every Hall …' }).click();
    await page.getByLabel('Target').fill('org.example.summarizer');
    await page.getByLabel('Reason').fill('compromised');
    await page.getByRole('dialog').getByRole('button', { name: 'Ban', exact: true }).click();
    await page.getByText(/Effective since/).waitFor({ timeout: 60_000 });
    await screen.isSound('the ban that is effective');
    const denied = await call(`${dashboard.hall.url}/wcp/route`, 'POST', dashboard.hall.demo.apiKey, ANNOUNCED);
    expect(denied.deny_code).toBe('DENY_WORKER_BANNED');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

    await page.getByRole('tab', { name: 'The network' }).click();
    await page.getByLabel('Find a ban of the network').fill('compromised');
    await screen.isSound('the feed');
    await page.getByRole('link', { name: 'org.example.summarizer' }).click();
    await screen.heading('A ban of the network');
    await page.getByRole('button', { name: 'Appeal …' }).click();
    await page.getByLabel('Why it is wrong').fill('it was another build');
    await page.getByRole('dialog').getByRole('button', { name: 'Appeal' }).click();
    await page.getByText('Your appeal waits for the operator').waitFor();
    await screen.isSound('a ban of the network');
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
