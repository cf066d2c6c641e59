/** Profiles in the browser: found, compared, previewed, activated, taken out by two, and read as controls of a framework. */
import { describe, expect, test } from 'vitest';
import { call } from '../../../src/cli/demo.ts';
import { ANNOUNCED } from '../../../src/cli/demo-content.ts';
import { hasBrowser } from '../../support/browser.ts';
import { dashboardSuite } from '../../support/dashboard-suite.ts';

describe.runIf(hasBrowser)('profiles in the dashboard', () => {
  const suite = dashboardSuite();

  test('two are marked in the list and compared; only what differs can be shown', async () => {
    const { page } = suite.screen;
    await suite.screen.open('/app/profiles', 'Profiles');
    await page.getByText('Every floor, and who demands it').click();
    await page.getByRole('cell', { name: 'own setting' }).first().waitFor();
    await suite.screen.isSound('the list');
    await page.getByLabel('Find a profile').fill('strict');
    await page.getByLabel('Compare Production, strict').check();
    await page.getByLabel('Find a profile').fill('soc');
    await page.getByLabel('Compare SOC 2').check();
    await page.getByRole('button', { name: 'Compare the two' }).click();
    await suite.screen.heading('Compare profiles');
    expect(page.url()).toMatch(/a=prof\.prod\.strict&b=org\.guildhall\.soc2/);
    const rows = page.getByRole('row');
    await page.getByRole('rowheader', { name: 'A worker of critical risk' }).waitFor();
    const all = await rows.count();
    await page.getByLabel('Only what differs').check();
    expect(await rows.count()).toBeLessThan(all);
    await suite.screen.isSound('side by side');
  });

  test('the effect is shown before it holds; swapped by one, taken out by two', async () => {
    const { hall } = suite.dashboard;
    const { page } = suite.screen;
    const route = () => call(`${hall.url}/wcp/route`, 'POST', hall.demo.apiKey, ANNOUNCED);
    await suite.screen.open('/app/profiles/prof.prod.strict', 'Production, strict');
    await suite.screen.isSound('what it demands');
    await page.getByRole('button', { name: 'Preview and activate' }).click();
    await page.getByRole('cell', { name: 'org.example.summarizer' }).waitFor();
    await page.getByLabel('dev', { exact: true }).check();
    await page.getByRole('cell', { name: 'as before' }).nth(4).waitFor();
    await suite.screen.isSound('the effect');
    expect((await route()).outcome).toBe('DISPATCH');
    await page.getByLabel('dev', { exact: true }).uncheck();
    await page.getByRole('button', { name: 'Activate …' }).click();
    await suite.screen.isSound('the question');
    await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click();
    await page.getByText('Active from the next decision').waitFor();
    expect((await route()).deny_code).toMatch(/^DENY_/);

    // Another profile in its place: what only strengthens holds at once, what weakens waits for a second person.
    await suite.screen.open('/app/profiles/prof.dev.permissive?tab=effect', 'Development, permissive');
    await page.getByLabel('In place of').selectOption('prof.prod.strict');
    await page.getByRole('button', { name: 'Activate …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click();
    await page.getByText('taking prof.prod.strict out waits for a second person').waitFor();
    await suite.screen.open('/app/profiles/prof.prod.strict', 'Production, strict');
    await page.getByRole('button', { name: 'Agree and take it out' }).click();
    await page
      .getByRole('alert')
      .filter({ hasText: /second|somebody else/ })
      .waitFor();

    const second = await call(`${hall.url}/v1/keys`, 'POST', hall.demo.apiKey, {
      name: 'a second administrator',
      environment: 'test',
      scopes: ['hall:admin', 'hall:read', 'ledger:read'],
    });
    const other = await suite.dashboard.page(String(second.api_key));
    await other.open('/app/profiles/prof.prod.strict', 'Production, strict');
    await other.isSound('a removal that waits');
    await other.page.getByRole('button', { name: 'Agree and take it out' }).click();
    await other.page.getByText('not active').waitFor();
    await other.close();
    expect((await route()).outcome).toBe('DISPATCH');
  });

  test('the controls of a framework: enforced or not, with entries counted, and what they do not show', async () => {
    const { page } = suite.screen;
    await suite.screen.open('/app/compliance', 'Compliance');
    await page.getByLabel('Framework').selectOption('org.guildhall.soc2');
    await page.getByText(/All \d+ entries of the ledger are counted/).waitFor();
    await page.getByRole('cell', { name: /^CC6\.8/ }).waitFor();
    await suite.screen.isSound('the controls');
    const keys = page.getByRole('row').filter({ hasText: 'CC6.1' });
    expect(await keys.innerText()).toMatch(/enforced[\s\S]*entr(?:y|ies)[\s\S]*access outside the Hall/);
    await page.getByLabel('Show').selectOption('inactive');
    await page.getByRole('cell', { name: /^CC6\.8/ }).waitFor();
    expect(await keys.count()).toBe(0);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export CSV' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('org.guildhall.soc2-1.0.0-controls.csv');
  });
});
