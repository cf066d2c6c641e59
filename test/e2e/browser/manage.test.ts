/** The screens of administrators in the browser, the live tail, and the palette that leads everywhere. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { call } from '../../../src/cli/demo.ts';
import { ANNOUNCED } from '../../../src/cli/demo-content.ts';
import { hasBrowser } from '../../support/browser.ts';
import { gather, RAREST } from '../../support/crowd.ts';
import { dashboardSuite } from '../../support/dashboard-suite.ts';
import { newTenant } from '../../support/local-hall.ts';

describe.runIf(hasBrowser)('managing a Hall in the dashboard', () => {
  const suite = dashboardSuite();
  const api = (path: string, method: string, body?: object) =>
    call(suite.dashboard.hall.url + path, method, suite.dashboard.hall.demo.apiKey, body);
  const route = () => api('/wcp/route', 'POST', ANNOUNCED);

  test('a floor is switched on and, asked once more, off; the Hall is stopped and opened again; the audit has it all', async () => {
    const { page } = suite.screen;
    await suite.screen.open('/app/settings', 'Settings');
    await suite.screen.isSound('the settings');
    await page.getByRole('button', { name: 'Switch on: Unknown fields' }).click();
    await page.getByRole('button', { name: 'Switch off: Unknown fields' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click();
    await page.getByRole('button', { name: 'Switch on: Unknown fields' }).waitFor();
    await page.getByLabel('Signatories that need no token').fill('acme-corp\nother-corp');
    await page.getByRole('button', { name: 'Keep' }).last().click();
    await page.getByText('Kept. It holds from the next decision.').waitFor();
    expect(await api('/v1/settings', 'GET')).toMatchObject({
      settings: { allowed_tenants: ['acme-corp', 'other-corp'] },
    });
    await page.getByRole('button', { name: 'Stop everything …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop everything' }).click();
    await page.getByText('the Hall is stopped').waitFor();
    expect((await route()).outcome).toBe('DENY');
    await page.getByRole('button', { name: 'Open the Hall again' }).click();
    await page.getByText('the Hall is open').waitFor();
    expect((await route()).outcome).toBe('DISPATCH');
    await suite.screen.open('/app/audit', 'Audit');
    await page.getByRole('cell', { name: 'hall.offline' }).waitFor();
    await page.getByLabel('Only').selectOption('hall.settings');
    await page.getByRole('cell', { name: 'hall.offline' }).waitFor({ state: 'detached' });
    await page.getByRole('cell', { name: 'hall.settings.changed' }).first().waitFor();
    await suite.screen.isSound('the audit');
  });

  test('a worker is enrolled by form, looked at, and leads to its ban; rules, catalogue and signatories', async () => {
    const { page } = suite.screen;
    await suite.screen.open('/app/workers', 'Workers');
    await suite.screen.isSound('the workers');
    await page.getByRole('button', { name: 'Enrol a worker …' }).click();
    await suite.screen.isSound('the form');
    await page.getByLabel('Worker id').fill('org.example.translator');
    await page.getByLabel('Species').fill('wrk.doc.translator');
    await page.getByLabel('Capabilities').fill('cap.doc.translate');
    await page.getByLabel('Owner').fill('Example Ltd');
    await page.getByLabel('Contact').fill('workers@example.com');
    await page.getByRole('dialog').getByRole('button', { name: 'Enrol' }).click();
    await page.getByRole('link', { name: 'org.example.translator' }).click();
    await suite.screen.heading('org.example.translator');
    await page.getByText('Nothing is registered for it').waitFor();
    suite.screen.complaints.splice(0);
    await suite.screen.isSound('the worker');
    await page.getByRole('button', { name: 'Ban this worker' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await page.getByLabel('Target').inputValue()).toBe('org.example.translator');

    await suite.screen.open('/app/rules', 'Rules');
    await page.getByText('no rule is shadowed').waitFor();
    await suite.screen.isSound('the rules');
    // By form: one that can never answer is named while the draft is written; moved up, it is published.
    await page.getByText('Change the rules').click();
    await page.getByRole('button', { name: 'Add a rule …' }).click();
    await page.getByLabel('Rule id').fill('rr_translate');
    await page.getByLabel('Capability', { exact: true }).fill('cap.doc.summarize');
    await page.getByRole('dialog').getByLabel('prod').check();
    await page.getByLabel('Species of worker').fill('wrk.doc.translator');
    await suite.screen.isSound('the form of a rule');
    await page.getByRole('button', { name: 'Add to the draft' }).click();
    await page.getByText('rr_translate can never match').waitFor();
    // The draft was judged, and refused.
    suite.screen.complaints.splice(0);
    await page.getByRole('button', { name: 'Change rr_translate' }).click();
    await page.getByLabel('Capability', { exact: true }).fill('cap.doc.translate');
    await page.getByRole('button', { name: 'Change the draft' }).click();
    await page.getByText('9 rules, each of which can answer').waitFor();
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByRole('heading', { name: 'In force: v2' }).waitFor();
    await page.getByRole('cell', { name: 'rr_translate' }).first().waitFor();
    await suite.screen.open('/app/catalogue', 'Catalogue');
    await page.getByLabel('Find').fill('summarize');
    await page.getByRole('button', { name: 'cap.doc.summarize in this Hall' }).click();
    await page.getByText('org.example.summarizer').waitFor();
    await suite.screen.isSound('an entity');
    await suite.screen.open('/app/signatories', 'Signatories');
    await page.getByRole('button', { name: 'Register a signatory …' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Acme identity provider');
    await page.getByLabel('Issuer').fill('https://idp.acme.example/');
    await page.getByLabel('Address of the key set').fill('https://idp.acme.example/.well-known/jwks.json');
    await page.getByLabel('Audiences').fill('guildhall');
    await page.getByLabel('Whom it may speak for').fill('org_42 = acme-corp');
    await suite.screen.isSound('the form of a signatory');
    await page.getByRole('dialog').getByRole('button', { name: 'Register' }).click();
    await page.getByRole('cell', { name: 'acme-corp' }).waitFor();
    await page.getByRole('textbox', { name: 'Token', exact: true }).fill('not.a.token');
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('refused', { exact: true }).waitFor();
    await suite.screen.isSound('a token that was tried');
  });

  test('new decisions come by themselves, wait while it is paused and while there is no network, and none is missing or told twice', async () => {
    const { page } = suite.screen;
    for (let times = 0; times < 3; times++) await route();
    await suite.screen.open('/app/decisions?capability_id=cap.doc.summarize', 'Decisions');
    await page.getByText('live', { exact: true }).waitFor();
    await suite.screen.isSound('the list');
    const count = async (): Promise<number> =>
      Number(/^(\d+) listed/m.exec(await page.locator('main').innerText())?.[1]);
    const before = await count();
    await Promise.all(Array.from({ length: 20 }, route));
    await expect.poll(count, { timeout: 60_000 }).toBe(before + 20);
    await page.getByRole('button', { name: 'Pause' }).click();
    for (let times = 0; times < 5; times++) await route();
    expect(await count()).toBe(before + 20);
    await page.getByRole('button', { name: 'Follow' }).click();
    await expect.poll(count, { timeout: 60_000 }).toBe(before + 25);
    await page.context().setOffline(true);
    for (let times = 0; times < 5; times++) await route();
    await page.context().setOffline(false);
    await expect.poll(count, { timeout: 60_000 }).toBe(before + 30);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'JSONL' }).click(),
    ]);
    const lines = readFileSync(await file.path(), 'utf8').split('\n');
    const seqs = lines.map((line) => (JSON.parse(line) as { seq: number }).seq);
    expect(new Set(seqs).size).toBe(before + 30);
    expect([...seqs].sort((a, b) => b - a)).toEqual(seqs);
  });

  test('a list of thousands is read to its end, keeps the place of its reader while new ones come, and is searched whole', async () => {
    const { url, operatorKey, demo } = suite.dashboard.hall;
    const tenant = await newTenant({ url, operatorKey, tenant: demo.tenant, key: demo.apiKey }, 'crowd');
    await gather(tenant, { decisions: 1_500, workers: 300, rules: 300, approvals: 5 });
    const crowd = await suite.dashboard.page(tenant.key);
    await crowd.open('/app/decisions', 'Decisions');
    const list = crowd.page.getByRole('region', { name: 'Decisions' });
    const allListed = async (): Promise<boolean> => {
      await list.evaluate((box) => box.scrollTo(0, box.scrollHeight));
      return crowd.page.getByText('which is all of them').isVisible();
    };
    await expect.poll(allListed, { timeout: 60_000, interval: 20 }).toBe(true);
    expect(await crowd.page.locator('*').count()).toBeLessThan(1_500);
    // The very first one, and it stays where it is.
    const first = crowd.page.getByRole('row').filter({ hasText: RAREST });
    await first.scrollIntoViewIfNeeded();
    const place = async (): Promise<number> => Math.round((await first.boundingBox())?.y ?? -1);
    const before = await place();
    await call(`${url}/wcp/route`, 'POST', tenant.key, ANNOUNCED);
    await crowd.page.getByText('1502 listed').waitFor();
    expect(Math.abs((await place()) - before)).toBeLessThan(5);
    await crowd.open('/app/workers', 'Workers');
    await crowd.page.getByLabel('Find a worker').fill('w00299 summarize');
    await crowd.page.getByRole('link', { name: 'org.example.crowd.w00299' }).waitFor();
    await crowd.open(`/app/decisions?capability_id=${RAREST}`, 'Decisions');
    await crowd.page.getByText('1 listed, which is all of them').waitFor();
    await crowd.open('/app/rules', 'Rules');
    expect(await crowd.page.getByRole('row').count()).toBeLessThan(100);
    await crowd.isSound('thousands');
    await crowd.close();
  });

  test('the palette leads to what is typed, by keyboard alone', async () => {
    const { page } = suite.screen;
    await suite.screen.open('/app', 'Overview');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Screen, worker, rule, key, profile or id' }).waitFor();
    await page.keyboard.type('hasher');
    await page.getByRole('option', { name: /org\.example\.hasher/ }).waitFor();
    await suite.screen.isSound('the palette');
    await page.keyboard.press('Enter');
    await suite.screen.heading('org.example.hasher');
    // It has no attestation.
    suite.screen.complaints.splice(0);
    await page.keyboard.press('/');
    await page.getByRole('combobox').fill('rr_chunk');
    await page.getByRole('option', { name: 'rr_chunk rule' }).waitFor();
    const { receipt_id } = (await api('/v1/ledger/receipts/1', 'GET')) as { receipt_id: string };
    await page.getByRole('combobox').fill(receipt_id);
    await page.keyboard.press('Enter');
    await suite.screen.heading('Ledger');
    await page.getByText('It holds, as computed in this browser.').waitFor();
    await suite.screen.isSound('a receipt that was looked up');
    await page.keyboard.press('/');
    await page.getByRole('combobox').fill('ban a worker');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Ban a worker' }).waitFor();
  });
});
