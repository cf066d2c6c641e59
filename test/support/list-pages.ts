/** Lists as the service answers them, from the first page to the last, with what each page took. */
import { RAREST } from './crowd.ts';
import type { LocalHall } from './local-hall.ts';

const LISTS = {
  decisions: '/v1/decisions?limit=100',
  'decisions, one at the far end': `/v1/decisions?limit=100&capability_id=${RAREST}`,
  'decisions, a quarter': '/v1/decisions?limit=100&capability_id=cap.web.fetch',
  workers: '/v1/workers?limit=200',
  audit: '/v1/audit?limit=50',
  'audit of keys': '/v1/audit?limit=50&type=hall.key',
  types: '/v1/ledger/types?',
  approvals: '/wcp/approvals/pending?limit=100',
  keys: '/v1/keys?limit=100',
  rules: '/v1/rules?',
} as const;

export interface ListPages {
  readonly list: string;
  readonly pages: number;
  readonly rows: number;
  readonly p50_ms: number;
  readonly max_ms: number;
  /** Of the last tenth of the pages. */
  readonly deep_p50_ms: number;
  readonly kb_page: number;
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
};
const tenths = (ms: number): number => Math.round(ms * 10) / 10;

const read = async ({ url, key }: LocalHall, list: string, path: string): Promise<ListPages> => {
  const times: number[] = [];
  let [rows, bytes] = [0, 0];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const began = performance.now();
    const response = await fetch(`${url}${path}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const text = await response.text();
    times.push(performance.now() - began);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 200)}`);
    const page = JSON.parse(text) as Readonly<Record<string, unknown>>;
    bytes += text.length;
    rows += Object.values(page).find(Array.isArray)?.length ?? 0;
    cursor = typeof page.next_cursor === 'string' ? page.next_cursor : null;
  }
  return {
    list,
    pages: times.length,
    rows,
    p50_ms: tenths(median(times)),
    max_ms: tenths(Math.max(...times)),
    deep_p50_ms: tenths(median(times.slice(-Math.ceil(times.length / 10)))),
    kb_page: tenths(bytes / times.length / 1024),
  };
};

export const readToTheEnd = async (hall: LocalHall): Promise<readonly ListPages[]> => {
  const found: ListPages[] = [];
  for (const [list, path] of Object.entries(LISTS)) found.push(await read(hall, list, path));
  return found;
};
