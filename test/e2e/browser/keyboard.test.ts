/**
 * The dashboard without a mouse: on every screen each stop of the Tab key is in sight and marked, each question gives the
 * focus back to what opened it, and what takes the focused thing away leaves it somewhere near.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser } from '../../support/browser.ts';
import { Dashboard, isLoaded, type Screen } from '../../support/screens.ts';
import { addresses, addressOf, type Filled, furnish } from '../../support/tour.ts';

/** What has the focus, and what is wrong with that. */
const STOP = `(() => {
  const at = document.activeElement;
  if (at === null || at === document.body) return { name: 'nothing', wrong: null };
  // A field may be marked by the frame around it.
  const marks = [at, at.parentElement].map((one) => getComputedStyle(one));
  const box = at.getBoundingClientRect();
  const [x, y] = [box.x + Math.min(box.width / 2, 200), box.y + Math.min(box.height / 2, 40)];
  const top = document.elementFromPoint(x, y);
  const name = at.tagName.toLowerCase() + ' ' + (at.getAttribute('aria-label') ?? at.textContent ?? '').trim().slice(0, 40);
  const isMarked = marks.some(({ outlineStyle, outlineWidth }) => outlineStyle !== 'none' && parseFloat(outlineWidth) > 0);
  const isSeen = box.width > 0 && x >= 0 && y >= 0 && x <= innerWidth && y <= innerHeight;
  const isCovered = top === null || !(at.contains(top) || top.contains(at) || at.labels?.[0]?.contains(top));
  return { name, wrong: !isMarked ? 'is not marked' : !isSeen ? 'is out of sight' : isCovered ? 'is covered' : null };
})()`;

interface Stop {
  readonly name: string;
  readonly wrong: string | null;
}

const MOST_STOPS = 90;

const stopsOf = async (page: Page): Promise<readonly Stop[]> => {
  const stops: Stop[] = [];
  while (stops.length < MOST_STOPS) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate<Stop>(STOP);
    if (stop.name === 'nothing') break;
    stops.push(stop);
  }
  return stops;
};

describe.runIf(hasBrowser)('the dashboard by keyboard', () => {
  let dashboard: Dashboard;
  let screen: Screen;
  let filled: Filled;
  beforeAll(async () => {
    dashboard = await Dashboard.open();
    filled = await furnish(dashboard.hall);
    screen = await dashboard.page();
  });
  afterAll(async () => {
    await dashboard?.close();
  });
  const open = async (path: string): Promise<void> => {
    await screen.page.goto(dashboard.hall.url + addressOf(path, filled));
    await screen.page.getByRole('heading', { level: 1 }).waitFor();
    await isLoaded(screen.page);
  };

  test('each stop is in sight and marked, the first one leads past the menu, and the last one is followed by the browser', async () => {
    const found: string[] = [];
    for (const path of addresses()) {
      await open(path);
      const stops = await stopsOf(screen.page);
      if (stops[0]?.name !== 'a Skip to the content') found.push(`${path} begins with ${stops[0]?.name}`);
      found.push(...stops.flatMap(({ name, wrong }) => (wrong === null ? [] : [`${path}: ${name} ${wrong}`])));
    }
    expect(found).toEqual([]);
  });

  test('a question that is not answered gives the focus back to what opened it', async () => {
    const { page } = screen;
    const found: string[] = [];
    for (const path of addresses()) {
      await open(path);
      const asks = page.locator('main button:enabled', { hasText: /…$/ });
      const names = new Set<string>();
      for (let index = 0; index < (await asks.count()); index++) {
        const button = asks.nth(index);
        const name = await button.innerText();
        if (names.has(name) || !(await button.isVisible())) continue;
        names.add(name);
        await button.focus();
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').waitFor();
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        const isBack = await button.evaluate((one) => one.ownerDocument.activeElement === one);
        if (!isBack) found.push(`${path}: ${name}`);
      }
    }
    expect(found).toEqual([]);
  });

  test('a row that goes away and another screen leave the focus near', async () => {
    const { page } = screen;
    const focused = (): Promise<string> =>
      page.evaluate<string>(
        `document.activeElement.id || document.activeElement.getAttribute('aria-label') || document.activeElement.tagName`,
      );
    await open('/app/bans');
    await page.getByRole('button', { name: 'Lift …' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Reason').waitFor();
    await page.keyboard.type('it was a misunderstanding');
    for (const key of ['Tab', 'Tab', 'Enter']) await page.keyboard.press(key);
    await page.getByText('This tenant bans nobody').waitFor();
    await expect.poll(focused).toBe('content');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
    await page.keyboard.type('decisions');
    await page.keyboard.press('Enter');
    await screen.heading('Decisions');
    await expect.poll(focused).toBe('content');
  });
});
