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
  /** Tasks of the page that took more than 50 ms of the processor's time, and the longest. */
  readonly long_tasks: number;
  readonly longest_task_ms: number;
  /** The same by the clock on the wall, which also counts what else the machine had to do. */
  readonly longest_wall_ms: number;
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds; `tdur`: of the thread. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** What the main thread of the page did while `act` ran, in milliseconds. */
const tasksOf = async <T>(page: Page, act: () => Promise<T>) => {
  const browser = page.context().browser();
  await browser?.startTracing(page, { categories: ['toplevel'] });
  const value = await act();
  const trace = (await browser?.stopTracing())?.toString() ?? '{"traceEvents":[]}';
  const { traceEvents: events } = JSON.parse(trace) as { readonly traceEvents: readonly TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
  const main = new Set(
    events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(threadOf),
  );
  const tasks = events.filter((event) => event.name.endsWith('RunTask') && main.has(threadOf(event)));
  return {
    value,
    cpu: tasks.map(({ tdur = 0 }) => tdur / 1000),
    wall: tasks.map(({ dur = 0 }) => dur / 1000),
  };
};

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

/** A trace holds so much and no more: what takes long is done in pieces of so many milliseconds. */
const PIECE_MS = 8_000;

const scroll = (page: Page, step: number, patienceMs = 1_500, mostMs = PIECE_MS): Promise<number> =>
  page.evaluate<number>(`(${SCROLL})([${step}, ${patienceMs}, ${mostMs}])`);

/** Does `act`, again while there is more of it, and tells what the browser was held up by meanwhile. */
const watched = async (
  page: Page,
  walk: string,
  act: () => Promise<number>,
  isDone: () => boolean | Promise<boolean> = () => true,
): Promise<Walk> => {
  const began = performance.now();
  let [nodes, long, cpuMs, wallMs] = [0, 0, 0, 0];
  do {
    const { value, cpu, wall } = await tasksOf(page, act);
    nodes = Math.max(nodes, value);
    long += cpu.filter((ms) => ms > 50).length;
    cpuMs = cpu.reduce((most, ms) => Math.max(most, ms), cpuMs);
    wallMs = wall.reduce((most, ms) => Math.max(most, ms), wallMs);
  } while (!(await isDone()));
  return {
    walk,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    rows: await rowsOf(page),
    dom_nodes: nodes,
    long_tasks: long,
    longest_task_ms: Math.round(cpuMs),
    longest_wall_ms: Math.round(wallMs),
  };
};

const isAtTheEnd = async (page: Page): Promise<boolean> => (await page.getByText('Loading more …').count()) === 0;

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
    walks.push(
      await watched(
        page,
        `${title}: to the end`,
        () => scroll(page, 3),
        () => isAtTheEnd(page),
      ),
    );
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
