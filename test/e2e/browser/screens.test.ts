/**
 * Every screen there is, as the router names them, with real data: accessible in both themes and on a phone, within 320 px,
 * without a complaint in the console; and with the service gone. With SCREENSHOTS=<folder> each is photographed.
 */
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../../src/cli/demo.ts';
import { ANNOUNCED } from '../../../src/cli/demo-content.ts';
import { inRoot } from '../../../src/cli/paths.ts';
import { accessibilityFindings, hasBrowser } from '../../support/browser.ts';
import { signInAs } from '../../support/dashboard.ts';
import { Dashboard, isLoaded, type Screen } from '../../support/screens.ts';

const SHOTS = process.env.SCREENSHOTS;

/** Addresses as the features write them into their routes; `$name` is to be filled in. */
const addresses = (): readonly string[] =>
  globSync('dashboard/src/features/*/routes.ts', { cwd: inRoot() })
    .flatMap((file) => [...readFileSync(inRoot(file), 'utf8').matchAll(/\bpath: '([^']+)'/g)])
    .map(([, path = '']) => path)
    .sort();

const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 360, height: 740 };
/** What 400 % of zoom leaves of 1280 px (WCAG 1.4.10). */
const NARROWEST = { width: 320, height: 640 };

const LOOKS = [
  [WIDE, 'light'],
  [PHONE, 'dark'],
  ...(process.env.GUILDHALL_EXHAUSTIVE === undefined
    ? []
    : ([
        [WIDE, 'dark'],
        [PHONE, 'light'],
      ] as const)),
] as const;

const isTooWide = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');

describe.runIf(hasBrowser)('every screen', () => {
  let dashboard: Dashboard;
  let screen: Screen;
  const filled: Record<string, string> = {
    profileId: 'prof.prod.strict',
    workerId: 'org.example.summarizer',
    list: 'own',
  };
  const api = (path: string, method: string, body?: object) =>
    call(dashboard.hall.url + path, method, dashboard.hall.demo.apiKey, body);

  beforeAll(async () => {
    dashboard = await Dashboard.open();
    const decision = await api('/wcp/route', 'POST', ANNOUNCED);
    filled.decisionId = String(decision.decision_id);
    await api('/wcp/route', 'POST', { ...ANNOUNCED, capability_id: 'cap.no.such' });
    const agent = { name: 'an agent', environment: 'test', scopes: ['hall:route'] };
    const key = String((await api('/v1/keys', 'POST', agent)).api_key);
    for (const table of ['users', 'orders']) {
      const held = await call(`${dashboard.hall.url}/wcp/route`, 'POST', key, {
        ...ANNOUNCED,
        capability_id: 'cap.db.migrate',
        data_label: 'PUBLIC',
        request: { table },
      });
      filled.approvalId = String(held.pending_approval_id);
    }
    const ban = await api('/v1/bans', 'POST', {
      target: { worker_id: 'org.example.hasher' },
      reason: 'wrote elsewhere',
    });
    filled.banId = String(ban.ban_id ?? (ban.ban as { ban_id: string }).ban_id);
    const hook = { url: 'http://127.0.0.1:9/hook', events: ['*'] };
    const made = await api('/v1/webhooks', 'POST', hook);
    filled.webhookId = String((made.webhook as { webhook_id?: string } | undefined)?.webhook_id ?? made.webhook_id);
    screen = await dashboard.stranger();
    await signInAs(screen.page, dashboard.hall.url, dashboard.hall.demo.signIn);
    if (SHOTS !== undefined) mkdirSync(SHOTS, { recursive: true });
  });
  afterAll(async () => {
    await dashboard?.close();
  });

  const addressOf = (path: string): string =>
    path.replace(/\$(\w+)/g, (_, name: string) => {
      const value = filled[name];
      if (value === undefined) throw new Error(`this test has nothing for $${name} of ${path}`);
      return encodeURIComponent(value);
    });

  /** What is wrong with what is shown now. A theme changes colours and a width the layout: two looks see both changes. */
  const examine = async (what: string): Promise<readonly string[]> => {
    const { page } = screen;
    const found: string[] = [];
    for (const [size, theme] of LOOKS) {
      await page.setViewportSize(size);
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
      const findings = await accessibilityFindings(page);
      found.push(...findings.map((finding) => `${what}, ${theme}, ${size.width} px: ${finding}`));
      if (await isTooWide(page)) found.push(`${what} scrolls sideways at ${size.width} px`);
      if (SHOTS === undefined) continue;
      const name = `${what.replace(/[^\w]+/g, '-')}-${size.width}-${theme}.png`;
      await page.screenshot({ path: join(SHOTS, name), fullPage: true });
    }
    await page.setViewportSize(NARROWEST);
    if (await isTooWide(page)) found.push(`${what} scrolls sideways at 320 px`);
    await page.setViewportSize(WIDE);
    found.push(...screen.complaints.splice(0).map((said) => `${what}, in the console: ${said}`));
    return found;
  };

  test('is accessible in both themes, fits a phone, and has a heading and no complaint; each of its tabs too', async () => {
    const { page } = screen;
    const found: string[] = [];
    for (const path of addresses()) {
      await page.goto(dashboard.hall.url + addressOf(path));
      await page.getByRole('heading', { level: 1 }).waitFor();
      await isLoaded(page);
      found.push(...(await examine(path)));
      const tabs = page.getByRole('main').getByRole('tab');
      for (let index = 1; index < (await tabs.count()); index++) {
        await tabs.nth(index).click();
        await isLoaded(page);
        found.push(...(await examine(`${path} ${await tabs.nth(index).innerText()}`)));
      }
    }
    expect(found).toEqual([]);
  });

  test('says what is wrong while the service is gone', async () => {
    // The pages are there; what they ask for is not.
    const context = screen.page.context();
    const data = (address: URL): boolean =>
      /\/(?:v1|wcp|api)\//.test(address.pathname) && !address.pathname.startsWith('/v1/account/');
    await context.route(data, (route) => route.abort());
    const silent: string[] = [];
    const left = addresses().filter((one) => one !== '/app/account');
    const lookAtSome = async (): Promise<void> => {
      const page = await context.newPage();
      for (let path = left.pop(); path !== undefined; path = left.pop()) {
        await page.goto(dashboard.hall.url + addressOf(path));
        const told = page.getByRole('main').getByText('The service cannot be reached.').first();
        const at = path;
        await told.waitFor({ timeout: 30_000 }).catch(() => silent.push(at));
      }
    };
    await Promise.all([lookAtSome(), lookAtSome(), lookAtSome()]);
    expect(silent).toEqual([]);
  });
});
