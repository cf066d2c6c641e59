/** Webhooks in a real browser: one is added, told something, told it again; and a message leads to what it asks for. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../../src/cli/demo.ts';
import { accessibilityFindings, complaintsOf, hasBrowser, openBrowser } from '../../support/browser.ts';
import { signInWithKey } from '../../support/dashboard.ts';
import { type LocalHall, startLocalHall } from '../../support/local-hall.ts';

describe.runIf(hasBrowser)('webhooks in the dashboard', () => {
  const received: { readonly body: string; readonly headers: Readonly<Record<string, string>> }[] = [];
  let started: Awaited<ReturnType<typeof startLocalHall>>;
  let hall: LocalHall;
  let receiver: Server;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        received.push({ body, headers: request.headers as Record<string, string> });
        response.end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    started = await startLocalHall();
    hall = started.hall;
    browser = await openBrowser();
    page = await (
      await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })
    ).newPage();
    complaints = complaintsOf(page);
    await signInWithKey(page, hall.url, hall.key);
  });
  afterAll(async () => {
    await browser?.close();
    await started?.stop();
    receiver?.closeAllConnections();
    receiver?.close();
  });

  // Colours do not fade here: one that is on its way is told as too faint.
  const isAccessible = async (where: string): Promise<void> => {
    for (const theme of ['light', 'dark']) {
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
      expect(await accessibilityFindings(page), `${where}, ${theme}`).toEqual([]);
    }
  };

  test('one is added, tried, told again, switched off and deleted', async () => {
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByText('Nobody is told of anything yet').waitFor();
    await page.getByRole('button', { name: 'Add a webhook' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Address').fill('http://10.0.0.1/');
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.getByText('it may not be sent to').waitFor();
    complaints.length = 0;
    await dialog.getByLabel('Address').fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/in`);
    await dialog.getByLabel('All of them').uncheck();
    await isAccessible('the question');
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    const secret = await page.locator('code', { hasText: 'whsec_' }).textContent();
    await page.getByRole('button', { name: 'I have it' }).click();
    expect(await page.getByText('whsec_').count()).toBe(0);
    await isAccessible('the list');

    await page.getByRole('link', { name: /127\.0\.0\.1/ }).click();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByRole('cell', { name: 'Delivered' }).waitFor();
    expect(new Webhook(secret ?? '').verify(received[0]?.body ?? '', { ...received[0]?.headers })).toMatchObject({
      type: 'webhook.test',
    });
    await page.getByRole('button', { name: /Send again: entry/ }).click();
    await expect.poll(() => received.length, { timeout: 60_000 }).toBe(2);
    expect(received[1]?.headers['webhook-id']).toBe(received[0]?.headers['webhook-id']);
    await page.locator('td ol li').nth(1).waitFor();
    await isAccessible('the endpoint');
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')).toBe(false);
    await page.setViewportSize({ width: 1280, height: 900 });
    if (process.env.GUILDHALL_SHOT !== undefined) await page.screenshot({ path: process.env.GUILDHALL_SHOT });

    await page.getByRole('button', { name: 'Switch off' }).click();
    await page.getByText('Off', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Delete …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Nobody is told of anything yet').waitFor();
    expect(complaints).toEqual([]);
  });

  test('the link in a message leads to the approval that it asks for', async () => {
    const ask = () =>
      call(`${hall.url}/wcp/route`, 'POST', hall.key, {
        capability_id: 'cap.db.migrate',
        env: 'prod',
        data_label: 'RESTRICTED',
        tenant_risk: 'high',
        qos_class: 'P0',
        tenant_id: 'acme-corp',
      });
    await ask();
    const { pending_approval_id, decision_id } = await ask();
    await page.goto(`${hall.url}/app/approvals/${String(pending_approval_id)}`);
    const chosen = page.locator('[aria-current="true"]', { hasText: 'cap.db.migrate' });
    await chosen.waitFor();
    expect(await chosen.getByRole('link', { name: 'The decision' }).getAttribute('href')).toContain(
      String(decision_id),
    );
    await page.goto(`${hall.url}/app/approvals/apr_0b7f2a4c-6c1e-4d7e-9a55-000000000002`);
    await page.getByText('is not one of this tenant').waitFor();
  });
});
