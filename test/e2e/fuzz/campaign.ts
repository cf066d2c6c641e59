/** Sends a campaign's requests, a few at a time, and counts what came of them. */
import { Agent, request as httpRequest } from 'node:http';
import { type LocalHall, newTenant } from '../../support/local-hall.ts';
import { type Answer, fault } from './judge.ts';
import { type FuzzRequest, labelOf, requestAt } from './requests.ts';
import { aim } from './target.ts';

export interface CampaignOptions {
  readonly seed: number;
  readonly count: number;
  /** The number of the first request; with `count` 1, one request is made again. */
  readonly from?: number;
  readonly onFault?: (fault: Fault) => void;
}

export interface Fault {
  readonly index: number;
  readonly what: string;
  readonly request: FuzzRequest;
  readonly body: string;
}

export interface Report {
  readonly sent: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly byCode: Readonly<Record<string, number>>;
  readonly faults: readonly Fault[];
  readonly slowest: { readonly ms: number; readonly request: string };
  readonly tookMs: number;
  readonly operations: number;
  /** Operations that never answered a success. */
  readonly neverGood: readonly string[];
  readonly tenant: LocalHall;
}

const LANES = 16;
const GIVE_UP_MS = 60_000;

const send = (url: URL, agent: Agent, { method, path, headers, body }: FuzzRequest): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const sent = httpRequest(
      {
        agent,
        host: url.hostname,
        port: url.port,
        method,
        path,
        headers: { ...headers, ...(body === null ? {} : { 'content-length': String(body.length) }) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            body: Buffer.concat(chunks).toString(),
            ms: performance.now() - began,
          }),
        );
      },
    );
    sent.setTimeout(GIVE_UP_MS, () => sent.destroy(new Error('no answer')));
    sent.on('error', reject);
    sent.end(body ?? undefined);
  });

/** The request was not sent elsewhere than to its operation. */
const staysOnRoute = (request: FuzzRequest): boolean => {
  const path = URL.canParse(request.path, 'http://x') ? new URL(request.path, 'http://x').pathname : '';
  const pattern = `^${request.operation.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`;
  return request.method === request.operation.method && new RegExp(pattern).test(path);
};

export const runCampaign = async (hall: LocalHall, options: CampaignOptions): Promise<Report> => {
  const { seed, count, from = 0, onFault } = options;
  const tenant = await newTenant(hall, `fuzz-${seed}`);
  const other = await newTenant(hall, `fuzz-${seed}-other`);
  const target = await aim(tenant, other.tenant);
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  const url = new URL(hall.url);
  const byStatus: Record<string, number> = {};
  const byCode: Record<string, number> = {};
  const faults: Fault[] = [];
  const neverGood = new Set(target.weighted.map(labelOf));
  let slowest: Report['slowest'] = { ms: 0, request: '' };
  let next = from;
  const began = performance.now();
  const lane = async (): Promise<void> => {
    while (next < from + count) {
      const index = next++;
      const request = requestAt(seed, index, target);
      let what: string | null;
      let body = '';
      try {
        const answer = await send(url, agent, request);
        body = answer.body.slice(0, 300);
        if (answer.ms > slowest.ms)
          slowest = { ms: answer.ms, request: `#${index} ${request.method} ${request.operation.path}` };
        byStatus[answer.status] = (byStatus[answer.status] ?? 0) + 1;
        const code = /"code":"(\w+)"/.exec(answer.status >= 400 ? body : '')?.[1];
        if (code !== undefined) byCode[code] = (byCode[code] ?? 0) + 1;
        const onRoute = staysOnRoute(request);
        if (onRoute && answer.status < 400) neverGood.delete(labelOf(request.operation));
        what = fault(request, answer, onRoute);
      } catch (error) {
        what = `no answer: ${error instanceof Error ? error.message : String(error)}`;
      }
      if (what !== null) {
        const found = { index, what, request, body };
        faults.push(found);
        onFault?.(found);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  agent.destroy();
  return {
    sent: count,
    byStatus,
    byCode,
    faults,
    slowest,
    tookMs: performance.now() - began,
    operations: new Set(target.weighted.map(labelOf)).size,
    neverGood: [...neverGood],
    tenant,
  };
};
