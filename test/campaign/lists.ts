/**
 * `node test/campaign/lists.ts [decisions] [workers]`: long lists, on the stack that `npm start` serves. Each is read to its
 * far end, page by page as the service answers it, then in Chromium: down to the end, back, filtered and searched. Prints
 * what each page took and what held the browser up; exits 1 where a page took more than 50 ms at the median of its
 * deepest tenth, or a task of the browser more than 100 ms of the processor. With GUILDHALL_DIR the tenant is kept for
 * the next run.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '../../src/cli/demo.ts';
import { startGuildhall } from '../../src/cli/start.ts';
import { openBrowser } from '../support/browser.ts';
import { gather } from '../support/crowd.ts';
import { readToTheEnd } from '../support/list-pages.ts';
import { walkLists } from '../support/list-walk.ts';

const [decisions = 100_000, workers = 5_000] = process.argv.slice(2).map(Number);
const kept = process.env.GUILDHALL_DIR;
const dir = kept === undefined ? join(tmpdir(), `guildhall-lists-${process.pid}`) : resolve(kept);

const guildhall = await startGuildhall({ dir });
const browser = await openBrowser();
try {
  const { url, demo, operatorKey } = guildhall;
  const hall = { url, tenant: demo.tenant, key: demo.apiKey, operatorKey };
  const health = await call(`${url}/wcp/health`, 'GET', demo.apiKey);
  if ((health.ledger as { size: number }).size < decisions) {
    const began = performance.now();
    await gather(hall, { decisions, workers, rules: 2_000, approvals: 500 });
    console.log(`gathered in ${Math.round((performance.now() - began) / 1000)} s`);
  }
  const pages = await readToTheEnd(hall);
  console.table(pages);
  const walks = await walkLists(browser, hall);
  console.table(walks);
  const isSlow = pages.some((list) => list.deep_p50_ms > 50) || walks.some((walk) => walk.longest_task_ms > 100);
  process.exitCode = isSlow ? 1 : 0;
} finally {
  await browser.close();
  await guildhall.stop();
  if (kept === undefined) rmSync(dir, { recursive: true, force: true });
}
