/**
 * `node test/campaign/tail.ts [seconds] [per second]`: the live list of decisions in Chromium, on the stack that `npm start`
 * serves, while so many are made. In the middle the browser is without a network for 30 seconds. What it lists in the end
 * must be what was made: none missing, none twice, in order. Prints how long each took to be in sight and what held the
 * page up; exits 1 where one is missing, twice or out of order.
 */
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { ANNOUNCED } from '../../src/cli/demo-content.ts';
import { openBrowser } from '../support/browser.ts';
import { withGuildhall } from '../support/local-hall.ts';

const [seconds = 60, perSecond = 50] = process.argv.slice(2).map(Number);
const AWAY_S = 30;

/** Notes when each decision came into sight, and the tasks that held the page up. */
const WATCH = `
  window.seen = new Map();
  window.held = [];
  new PerformanceObserver((list) => held.push(...list.getEntries().map(({ duration }) => Math.round(duration))))
    .observe({ type: 'longtask', buffered: true });
  new MutationObserver(() => {
    for (const { pathname } of document.querySelectorAll('main tbody a')) {
      const id = pathname.split('/').at(-1);
      if (!seen.has(id)) seen.set(id, Date.now());
    }
  }).observe(document, { subtree: true, childList: true });
`;

const at = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;

const spread = (values: readonly number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  return { of: sorted.length, p50_ms: at(sorted, 0.5), p95_ms: at(sorted, 0.95), max_ms: at(sorted, 1) };
};

await withGuildhall(async ({ url, key }) => {
  const made = new Map<string, { readonly seq: number; readonly atMs: number }>();
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const ask = async (): Promise<string> => {
    const response = await fetch(`${url}/wcp/route`, { method: 'POST', headers, body: JSON.stringify(ANNOUNCED) });
    const { decision_id: id, evidence_receipt: receipt } = (await response.json()) as {
      readonly decision_id: string;
      readonly evidence_receipt: { readonly entry: { readonly seq: number; readonly ts: number } };
    };
    made.set(id, { seq: receipt.entry.seq, atMs: receipt.entry.ts / 1000 });
    return id;
  };
  const askFor = async (ofSeconds: number): Promise<void> => {
    const asked: Promise<string>[] = [];
    const began = performance.now();
    for (let sent = 0; sent < perSecond * ofSeconds; sent++) {
      const due = began + (sent * 1000) / perSecond - performance.now();
      if (due > 1) await setTimeout(due);
      asked.push(ask());
    }
    await Promise.all(asked);
  };

  const browser = await openBrowser();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  await context.addInitScript(WATCH);
  await context.addInitScript(
    `if (location.protocol === 'http:') sessionStorage.setItem('guildhall.session', '${key}')`,
  );
  const page = await context.newPage();
  const delays = async (ids: readonly string[]): Promise<readonly number[]> => {
    const seen = new Map(await page.evaluate<[string, number][]>('[...seen]'));
    return ids.flatMap((id) => {
      const [shown, was] = [seen.get(id), made.get(id)];
      return shown === undefined || was === undefined ? [] : [Math.round(shown - was.atMs)];
    });
  };
  try {
    await ask();
    await page.goto(`${url}/app/decisions`);
    await page.getByText('live', { exact: true }).waitFor();
    await page.evaluate('held.splice(0)');

    await askFor(seconds / 2);
    console.log('in sight after', spread(await delays([...made.keys()].slice(1))));

    await context.setOffline(true);
    const back = setTimeout(AWAY_S * 1000).then(() => context.setOffline(false));
    await Promise.all([back, askFor(AWAY_S)]);
    await askFor(seconds / 2);

    for (const quietS of [2, 15]) {
      await setTimeout(quietS * 1000);
      const id = await ask();
      await page.locator(`main tbody a[href$='${id}']`).waitFor();
      console.log(`one after ${quietS} quiet seconds: ${(await delays([id])).join()} ms`);
    }
    const held = await page.evaluate<number[]>('held');
    console.log('tasks over 50 ms:', held.length, 'longest:', Math.max(0, ...held), 'ms');

    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'JSONL' }).click(),
    ]);
    const listed = readFileSync(await file.path(), 'utf8')
      .split('\n')
      .map((line) => (JSON.parse(line) as { readonly seq: number }).seq);
    const expected = [...made.values()].map(({ seq }) => seq).sort((a, b) => b - a);
    const isExact = JSON.stringify(listed) === JSON.stringify(expected);
    console.log(`${made.size} made, ${listed.length} listed, ${new Set(listed).size} different: exact ${isExact}`);
    if (!isExact) process.exitCode = 1;
  } finally {
    await browser.close();
  }
});
