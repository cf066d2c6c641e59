/** Long lists in a browser, as a person reads them: to the far end and back, filtered and searched; what held it up. */
import type { Browser, Page } from 'playwright-core';
import { RAREST } from './crowd.ts';
import type { LocalHall } from './local-hall.ts';
import { Screen } from './screens.ts';

export interface Walk {
  readonly walk: string;
  readonly seconds: number;
  readonly rows: number;
  readonly dom_nodes: number;
  readonly long_tasks: number;
  readonly longest_task_ms: number;
}

/** What the browser says of itself; tasks under 50 ms are none of its concern. */
const WATCH = `
  window.held = [];
  new PerformanceObserver((list) => held.push(...list.getEntries().map(({ duration }) => Math.round(duration))))
    .observe({ type: 'longtask', buffered: true });
`;

/** Scrolls the longest list of the screen by \`step\` screens a frame, until it stands still or time is over. */
const SCROLL = `async ([step, patienceMs, mostMs]) => {
  const box = [...document.querySelectorAll('main section[tabindex="0"], html')]
    .sort((a, b) => b.scrollHeight - b.clientHeight - (a.scrollHeight - a.clientHeight))[0];
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  let nodes = 0;
  const began = performance.now();
  for (let still = began; performance.now() - still < patienceMs && performance.now() - began < mostMs; ) {
    const before = box.scrollTop;
    box.scrollTop += step * box.clientHeight;
    await frame();
    nodes = Math.max(nodes, document.querySelectorAll('*').length);
    if (box.scrollTop !== before) still = performance.now();
  }
  return nodes;
}`;

const rowsOf = (page: Page): Promise<number> =>
  page.evaluate<number>(`Math.max(0, ...[...document.querySelectorAll('[aria-rowindex]')]
    .map((row) => Number(row.getAttribute('aria-rowindex')) - 1), ...[...document.querySelectorAll('main tbody, main ul, main ol')]
    .map((list) => list.children.length))`);

/** Runs \`act\` and tells what the browser was held up by meanwhile. */
const watched = async (page: Page, walk: string, act: () => Promise<number>): Promise<Walk> => {
  await page.evaluate('held.splice(0)');
  const began = performance.now();
  const nodes = await act();
  const seconds = (performance.now() - began) / 1000;
  const held = await page.evaluate<number[]>('held.splice(0)');
  return {
    walk,
    seconds: Math.round(seconds * 10) / 10,
    rows: await rowsOf(page),
    dom_nodes: nodes,
    long_tasks: held.length,
    longest_task_ms: Math.max(0, ...held),
  };
};

const scroll = (page: Page, step: number, patienceMs = 1_500, mostMs = 600_000): Promise<number> =>
  page.evaluate<number>(`(${SCROLL})([${step}, ${patienceMs}, ${mostMs}])`);

const LISTS = [
  ['/app/decisions', 'Decisions'],
  ['/app/workers', 'Workers'],
  ['/app/rules', 'Rules'],
  ['/app/audit', 'Audit'],
  ['/app/approvals', 'Approvals'],
  ['/app/ledger', 'Ledger'],
] as const;

export const walkLists = async (browser: Browser, { url, key }: LocalHall): Promise<readonly Walk[]> => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  await context.addInitScript(WATCH);
  await context.addInitScript(
    `if (location.protocol === 'http:') sessionStorage.setItem('guildhall.session', '${key}')`,
  );
  const page = await context.newPage();
  const screen = new Screen(page, url);
  const walks: Walk[] = [];
  for (const [path, title] of LISTS) {
    await page.goto('about:blank');
    walks.push(
      await watched(page, `${title}: open`, async () => {
        await screen.open(path, title);
        await page.getByText('looking through older ones').waitFor({ state: 'detached' });
        return page.evaluate<number>('document.querySelectorAll("*").length');
      }),
    );
    walks.push(await watched(page, `${title}: to the end`, () => scroll(page, 3)));
    walks.push(await watched(page, `${title}: reading back`, () => scroll(page, -0.3, 300, 5_000)));
    walks.push(await watched(page, `${title}: back`, () => scroll(page, -200, 300)));
    console.table(walks.slice(-4));
  }
  await screen.open('/app/workers', 'Workers');
  walks.push(
    await watched(page, 'Workers: search for one at the end', async () => {
      await page.getByLabel('Find a worker').pressSequentially('w04999', { delay: 60 });
      await page.getByRole('link', { name: 'org.example.crowd.w04999' }).waitFor({ timeout: 60_000 });
      return page.evaluate<number>('document.querySelectorAll("*").length');
    }),
  );
  walks.push(
    await watched(page, 'Decisions: filter for one at the end', async () => {
      await screen.open(`/app/decisions?capability_id=${RAREST}`, 'Decisions');
      await page.getByRole('cell', { name: RAREST }).first().waitFor({ timeout: 60_000 });
      return page.evaluate<number>('document.querySelectorAll("*").length');
    }),
  );
  await context.close();
  return walks;
};
