/** Policies in the browser: written with what is wrong said by line, tried on a question and on history, published, rolled back. */
import { describe, expect, test } from 'vitest';
import { call } from '../../../src/cli/demo.ts';
import { ANNOUNCED } from '../../../src/cli/demo-content.ts';
import { hasBrowser } from '../../support/browser.ts';
import { dashboardSuite } from '../../support/dashboard-suite.ts';

const MIGRATE = { ...ANNOUNCED, capability_id: 'cap.db.migrate', data_label: 'PUBLIC', env: 'stage' };
const STRICTER = `version: v1
default_decision: deny
rules:
  - id: no-migrations
    match:
      topics: ["job.cap.db.*"]
    decision: deny
    reason: not this week
`;

describe.runIf(hasBrowser)('policies in the dashboard', () => {
  const suite = dashboardSuite(async () => {
    expect((await route()).outcome).toBe('DISPATCH');
  });
  const route = () => call(`${suite.dashboard.hall.url}/wcp/route`, 'POST', suite.dashboard.hall.demo.apiKey, MIGRATE);

  test('a mistake is named by its line; tried, shadowed, published with its difference, rolled back', async () => {
    const { page } = suite.screen;
    await suite.screen.open('/app/policies', 'Policies');
    const text = page.getByLabel('Text of main');
    await page.getByText('in force', { exact: true }).waitFor();
    await suite.screen.isSound('the text in force');
    await text.fill(`${STRICTER}    bogus: 1\n`);
    await page.getByText('unknown member').waitFor();
    suite.screen.complaints.splice(0);
    await suite.screen.isSound('a mistake');
    await page.getByRole('button', { name: 'line 9' }).click();
    const selected = 'document.activeElement.value.slice(document.activeElement.selectionStart)';
    expect(await page.evaluate<string>(selected)).toContain('bogus');
    expect(await page.getByRole('button', { name: 'Publish …' }).isDisabled()).toBe(true);
    await text.fill(STRICTER);
    await page.getByText('can be published').waitFor();
    // What may stand at the cursor is offered, and taken by keyboard alone.
    await text.press('Control+End');
    await text.pressSequentially('  - id: some\n    match:\n      capabilities: [cap.db');
    await page.getByRole('option', { name: 'cap.db.migrate' }).waitFor();
    // Half a text was judged, and refused.
    await page.getByText('cannot be published').waitFor();
    suite.screen.complaints.splice(0);
    await suite.screen.isSound('what may stand here');
    await text.press('ArrowDown');
    await text.press('Enter');
    await text.pressSequentially(']\n    deci');
    await text.press('ArrowDown');
    await text.press('Enter');
    await text.pressSequentially('thr');
    await text.press('ArrowDown');
    await text.press('Enter');
    expect(await text.inputValue()).toBe(
      `${STRICTER}  - id: some\n    match:\n      capabilities: [cap.db.migrate]\n    decision: throttle`,
    );
    await text.fill(STRICTER);
    await page.getByText('can be published').waitFor();
    suite.screen.complaints.splice(0);

    await page.getByRole('tab', { name: 'Backtest' }).click();
    await page.getByRole('button', { name: 'Run the backtest' }).click();
    await page.getByRole('cell', { name: 'stricter' }).waitFor();
    await suite.screen.isSound('the backtest');
    await page.getByRole('tab', { name: 'Shadow' }).click();
    await page.getByRole('button', { name: 'Shadow the text in the editor' }).click();
    await page.getByText('It has not said otherwise yet').waitFor();
    suite.screen.complaints.splice(0);
    await suite.screen.isSound('the shadow');
    await page.getByRole('button', { name: 'End it' }).click();
    await page.getByText('No shadow is set up').waitFor();
    suite.screen.complaints.splice(0);

    await page.getByRole('tab', { name: 'Write' }).click();
    await page.getByRole('button', { name: 'Publish …' }).click();
    await page.getByLabel('What for').fill('freeze');
    await suite.screen.isSound('the question');
    await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByText('in force', { exact: true }).waitFor();
    expect((await route()).outcome).toBe('DENY');

    await page.getByRole('tab', { name: 'Versions' }).click();
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText('added:').first().waitFor({ state: 'attached' });
    await page.getByLabel('Compared to').selectOption({ index: 1 });
    await page.getByText('Both say the same').waitFor();
    await suite.screen.isSound('the versions');
    await page.getByRole('button', { name: 'Roll back …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(async () => (await route()).outcome).toBe('DISPATCH');
  });

  test('a question is explained rule by rule, and its link shows the same', async () => {
    const { page } = suite.screen;
    await suite.screen.open('/app/policies?tab=simulate', 'Policies');
    await page.getByLabel('Capability').fill('cap.db.migrate');
    await page.getByLabel('Environment').selectOption('prod');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByText('require approval').first().waitFor();
    await suite.screen.isSound('the answer');
    const link = page.url();
    await page.goto(link);
    await page.getByText('a person approves migrations').waitFor();
    expect(await page.getByLabel('Environment').inputValue()).toBe('prod');
  });
});
