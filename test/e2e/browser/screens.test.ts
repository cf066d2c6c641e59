/**
 * Every screen there is, as the router names them, with real data: accessible in both themes and on a phone, within 320 px,
 * without a complaint in the console; and with the service gone. With SCREENSHOTS=<folder> each is photographed.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings, hasBrowser } from '../../support/browser.ts';
import { signInAs } from '../../support/dashboard.ts';
import { Dashboard, isLoaded, type Screen } from '../../support/screens.ts';
import { addresses, addressOf, type Filled, furnish } from '../../support/tour.ts';

const SHOTS = process.env.SCREENSHOTS;

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
  let filled: Filled;

  beforeAll(async () => {
    dashboard = await Dashboard.open();
    filled = await furnish(dashboard.hall);
    screen = await dashboard.stranger();
    await signInAs(screen.page, dashboard.hall.url, dashboard.hall.demo.signIn);
    if (SHOTS !== undefined) mkdirSync(SHOTS, { recursive: true });
  });
  afterAll(async () => {
    await dashboard?.close();
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
      await page.goto(dashboard.hall.url + addressOf(path, filled));
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
        await page.goto(dashboard.hall.url + addressOf(path, filled));
        const told = page.getByRole('main').getByText('The service cannot be reached.').first();
        const at = path;
        await told.waitFor({ timeout: 30_000 }).catch(() => silent.push(at));
      }
    };
    await Promise.all([lookAtSome(), lookAtSome(), lookAtSome()]);
    expect(silent).toEqual([]);
  });
});
