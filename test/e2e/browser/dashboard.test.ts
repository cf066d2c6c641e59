/** The dashboard in a real browser, against the stack that `npm start` serves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { call } from '../../../src/cli/demo.ts';
import { ANNOUNCED } from '../../../src/cli/demo-content.ts';
import { type Guildhall, startGuildhall } from '../../../src/cli/start.ts';
import { accessibilityFindings, complaintsOf, hasBrowser, openBrowser } from '../../support/browser.ts';
import { signInWithKey } from '../../support/dashboard.ts';
import { isLoaded } from '../../support/screens.ts';

describe.runIf(hasBrowser)('the dashboard', () => {
  const dir = mkdtempSync(join(tmpdir(), 'guildhall-browser-'));
  let hall: Guildhall;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let isStopped = false;

  beforeAll(async () => {
    hall = await startGuildhall({ dir });
    await call(`${hall.url}/wcp/route`, 'POST', hall.demo.apiKey, ANNOUNCED);
    await call(`${hall.url}/wcp/route`, 'POST', hall.demo.apiKey, { ...ANNOUNCED, capability_id: 'cap.no.such' });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    if (!isStopped) await hall?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  beforeEach(async () => {
    const context = await browser.newContext();
    page = await context.newPage();
    complaints = complaintsOf(page);
  });
  afterEach(async () => {
    await page.context().close();
  });

  const signIn = (): Promise<void> => signInWithKey(page, hall.url, hall.demo.apiKey);

  const open = async (path: string, title: string): Promise<void> => {
    await page.goto(hall.url + path);
    await page.getByRole('heading', { name: title, level: 1 }).waitFor();
    await isLoaded(page);
  };

  test('a key that is none of ours, or opens nothing, is turned away with a reason', async () => {
    await page.goto(`${hall.url}/sign-in/key`);
    for (const [key, said] of [
      ['hello', 'begins with guild_live_'],
      [`${hall.demo.apiKey.slice(0, -1)}~`, 'copied whole'],
      [hall.demo.apiKey.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')), 'opens nothing here'],
    ] as const) {
      await page.getByLabel('API key').fill(key);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').filter({ hasText: said }).waitFor();
    }
    expect(await page.getByRole('navigation').count()).toBe(0);
  });

  test('the first load, up to the overview, is at most 180 KB gzipped', async () => {
    const loaded = new Map<string, Promise<Buffer>>();
    page.on('response', (response) => {
      if (/\.(?:js|css|svg)$|\/app$|\/$/.test(response.url())) loaded.set(response.url(), response.body());
    });
    await page.addInitScript(`sessionStorage.setItem('guildhall.session', '${hall.demo.apiKey}')`);
    await open('/app', 'Overview');
    const files = await Promise.all(loaded.values());
    const bytes = files.reduce((sum, file) => sum + gzipSync(file).byteLength, 0);
    expect(files.length).toBeGreaterThan(3);
    expect(bytes).toBeLessThanOrEqual(180 * 1024);
  });

  test('the overview counts by outcome, judges the log itself, and notices a log that was rewritten', async () => {
    await signIn();
    await page.getByText('verified in this browser').waitFor();
    await page.getByRole('img', { name: /^Decisions in 24 hours: [1-9]/ }).waitFor();
    await page.getByRole('button', { name: 'As a table' }).click();
    await page.getByRole('table', { name: 'Decisions in 24 hours' }).waitFor();
    await page.getByRole('button', { name: '7 days' }).press('Enter');
    await page.waitForURL(/span=week/);
    await page.getByRole('link', { name: 'Invite a second person' }).waitFor();
    expect(await accessibilityFindings(page)).toEqual([]);
    // What this browser saw before is replaced by a tree that never was.
    await page.evaluate(`for (const name of Object.keys(localStorage).filter((one) => one.startsWith('guildhall.log.')))
      localStorage.setItem(name, JSON.stringify({ size: 3, root: btoa('x'.repeat(32)) }))`);
    await page.reload();
    await page.getByText('The log was rewritten').waitFor();
    await page.getByRole('button', { name: 'Forget what was seen' }).click();
    await page.getByText('verified in this browser').waitFor();
    expect(complaints).toEqual([]);
  });

  test('a decision is found by its filter, explained gate by gate, and verified in the browser', async () => {
    await signIn();
    await page.getByRole('link', { name: 'Decisions' }).click();
    await page.getByLabel('Outcome').selectOption('DISPATCH');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL(/outcome=DISPATCH/);
    await page.locator('tbody a').first().click();
    await page.getByText('Dispatched', { exact: true }).waitFor();
    expect(await page.getByText('stopped here').count()).toBe(0);
    await page.getByRole('button', { name: 'Verify in my browser' }).click();
    await page.getByText('It holds, as computed in this browser.').waitFor();
    await page.getByText(/cosigned by .*witness/).waitFor();
    await page.getByText('hashes to what this one names as its predecessor').waitFor();
    await page.getByText('each with the hash the entry names: the same bytes').waitFor();
    // What stopped the other one, and what would change it.
    await open('/app/decisions?outcome=DENY', 'Decisions');
    await page.locator('tbody a').first().click();
    await page.getByRole('heading', { name: 'What would change it' }).waitFor();
    await page.getByText('a rule for it is published').waitFor();
    expect(await accessibilityFindings(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('what waits for a person is answered by keyboard; what was asked with the same key is not', async () => {
    const ask = { ...ANNOUNCED, capability_id: 'cap.db.migrate', data_label: 'PUBLIC', request: { table: 'users' } };
    const asker = await call(`${hall.url}/v1/keys`, 'POST', hall.demo.apiKey, {
      name: 'an agent',
      environment: 'test',
      scopes: ['hall:route'],
    });
    const held = await call(`${hall.url}/wcp/route`, 'POST', String(asker.api_key), ask);
    expect(held.outcome).toBe('STEWARD_HOLD');
    await call(`${hall.url}/wcp/route`, 'POST', hall.demo.apiKey, { ...ask, request: { table: 'own' } });
    await signIn();
    await open(`/app/decisions/${String(held.decision_id)}`, 'Decision');
    await page.getByText('a person says yes').waitFor();
    await page.getByRole('link', { name: 'The question to a person' }).click();
    await page.getByText('cap.db.migrate').first().waitFor();
    await page.getByRole('link', { name: 'Approvals' }).click();
    await page.getByRole('listitem').filter({ hasText: 'cap.db.migrate' }).first().waitFor();
    expect(await accessibilityFindings(page)).toEqual([]);
    await page.keyboard.press('j');
    const chosen = page.locator('li[aria-current=true]');
    const isInSight = async (): Promise<boolean> => {
      const box = await chosen.boundingBox();
      return box !== null && box.y >= 0 && box.y + box.height <= (page.viewportSize()?.height ?? 0);
    };
    await expect.poll(isInSight).toBe(true);
    await page.keyboard.press('a');
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('alert').filter({ hasText: 'nobody approves what they asked for' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('k');
    await page.keyboard.press('a');
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await page.getByText('The last one is approved and dispatched.').waitFor();
    const approval = await call(
      `${hall.url}/wcp/approvals/${String(held.pending_approval_id)}`,
      'GET',
      hall.demo.apiKey,
    );
    expect(approval.state).toBe('consumed');
  });

  test('a worker is banned and let back in by keyboard alone', async () => {
    await signIn();
    await open('/app/bans', 'Ban list');
    await page.getByRole('button', { name: 'Ban a worker' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type('org.example.summarizer');
    await page.keyboard.press('Tab');
    await page.keyboard.type('seen to invent sources');
    expect(await accessibilityFindings(page)).toEqual([]);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('cell', { name: 'seen to invent sources' }).waitFor();
    const denied = await call(`${hall.url}/wcp/route`, 'POST', hall.demo.apiKey, ANNOUNCED);
    expect(denied.deny_code).toBe('DENY_WORKER_BANNED');
    await open('/app/workers', 'Workers');
    await page.getByRole('row').filter({ hasText: 'org.example.summarizer' }).getByText('banned').waitFor();
    await open('/app/bans', 'Ban list');
    await page.getByRole('button', { name: 'Lift' }).click();
    await page.getByLabel('Reason').fill('it was a misunderstanding');
    await page.getByRole('button', { name: 'Lift', exact: true }).last().click();
    await page.getByText('This tenant bans nobody').waitFor();
    const allowed = await call(`${hall.url}/wcp/route`, 'POST', hall.demo.apiKey, ANNOUNCED);
    expect(allowed.outcome).toBe('DISPATCH');
    expect(complaints).toEqual([]);
  });

  test('a receipt with one byte changed turns red and is named, also with the service stopped', async () => {
    const decision = await call(`${hall.url}/wcp/route`, 'POST', hall.demo.apiKey, ANNOUNCED);
    const text = JSON.stringify(decision);
    await signIn();
    await open('/app/ledger', 'Ledger');
    const verify = async (pasted: string): Promise<void> => {
      await page.getByLabel('A decision, its evidence receipt').fill(pasted);
      await page.getByRole('button', { name: 'Verify', exact: true }).click();
    };
    await verify(text);
    await page.getByText('It holds, as computed in this browser.').waitFor();
    await page.getByRole('button', { name: 'Walk', exact: true }).click();
    await page.getByText(/checkpoints hold, back to the first/).waitFor();
    await hall.stop();
    isStopped = true;
    await expect(fetch(hall.url)).rejects.toThrow();
    // Around an entry that holds, a decision that was never made.
    await verify(text.replace('"stage":"dispatch"', '"stage":"profile"'));
    await page.getByText('stage says something else than the signed entry').waitFor();
    await verify(text.replaceAll('"worker_id":"org.example.summarizer"', '"worker_id":"org.example.summarizes"'));
    await page.getByText('It does not hold.').waitFor();
    await page.getByText('The bytes of the entry are not those that were hashed').waitFor();
    await verify(text);
    await page.getByText('It holds, as computed in this browser.').waitFor();
  });
});
