/** The dashboard of a running Hall in a real browser, for the tests of its screens. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { type Guildhall, startGuildhall } from '../../src/cli/start.ts';
import { accessibilityFindings, complaintsOf, openBrowser } from './browser.ts';

const THEMES = ['light', 'dark'] as const;

export class Dashboard {
  readonly hall: Guildhall;
  readonly #browser: Browser;
  readonly #dir: string;

  static async open(): Promise<Dashboard> {
    const dir = mkdtempSync(join(tmpdir(), 'guildhall-browser-'));
    return new Dashboard(await startGuildhall({ dir }), await openBrowser(), dir);
  }

  constructor(hall: Guildhall, browser: Browser, dir: string) {
    this.hall = hall;
    this.#browser = browser;
    this.#dir = dir;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.hall.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** A page of its own, opened with the key of the demo tenant or another one. */
  async page(key: string = this.hall.demo.apiKey): Promise<Screen> {
    const screen = await this.stranger();
    await screen.page.context().addInitScript(`sessionStorage.setItem('guildhall.session', '${key}')`);
    return screen;
  }

  /** A page of its own, of somebody who has not signed in. */
  async stranger(): Promise<Screen> {
    const context = await this.#browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
    return new Screen(await context.newPage(), this.hall.url);
  }
}

/** Nothing on it waits for data. A live screen keeps a connection open, so an idle network would never come. */
export const isLoaded = (page: Page): Promise<void> =>
  page
    .getByRole('status')
    .filter({ hasText: /^Loading / })
    .first()
    .waitFor({ state: 'detached' });

export class Screen {
  readonly page: Page;
  readonly complaints: string[];
  readonly #url: string;

  constructor(page: Page, url: string) {
    this.page = page;
    this.#url = url;
    this.complaints = complaintsOf(page);
  }

  async open(path: string, title: string): Promise<void> {
    await this.page.goto(this.#url + path);
    await this.heading(title);
  }

  async heading(title: string): Promise<void> {
    await this.page.getByRole('heading', { name: title, level: 1, exact: true }).waitFor();
    await isLoaded(this.page);
  }

  /** What is shown now is accessible in both themes, and fits a phone; leaves the page as wide as it was. */
  async isSound(what: string): Promise<void> {
    for (const theme of THEMES) {
      await this.page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
      expect(await accessibilityFindings(this.page), `${what}, ${theme}`).toEqual([]);
    }
    await this.page.setViewportSize({ width: 360, height: 740 });
    const wider = await this.page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
    expect(wider, `${what} scrolls sideways on a phone`).toBe(false);
    await this.page.setViewportSize({ width: 1440, height: 900 });
    expect(this.complaints, what).toEqual([]);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
