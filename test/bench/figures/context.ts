/**
 * M1: what Guildhall costs an agent's context over MCP, in tokens, with 10, 500 and 10,000 enrolled workers: the list of
 * tools, and the two calls with which a capability is found and asked for. Beside it, the way without a Hall in between:
 * one tool for each worker, described inline.
 */
import { ANNOUNCED } from '../../../src/cli/demo-content.ts';
import { type LocalHall, newTenant, startLocalHall } from '../../support/local-hall.ts';
import type { Bench, BenchRun, Figure } from '../figure.ts';
import { estimateTokens } from '../tokens.ts';

const TOGETHER = 32;
const SIZES = [10, 500, 10_000] as const;

interface Listed {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: object;
}

interface Answer {
  readonly tools?: readonly Listed[];
  readonly content?: readonly { readonly text: string }[];
}

const worker = (at: number) => ({
  worker_id: `org.example.worker-${at}`,
  worker_species_id: `wrk.made.species-${at}`,
  capabilities: [`cap.made.task-${at}`],
  description: `Does task ${at} for the documents of one customer and writes what it found to the archive.`,
  risk_tier: 'medium',
  allowed_environments: ['dev', 'stage', 'prod'],
  currently_implements: ['ctrl.obs.structured-logging', 'ctrl.obs.audit-log-append-only'],
  privilege_envelope: { secrets_access: [], network_egress: 'none', filesystem_writes: [], tools: [] },
  blast_radius: { data: 1, network: 0, financial: 0, time: 0, reversibility: 0 },
});

/** As it would be told to an agent that has to choose the worker itself: what it does, and the arguments of a request. */
const inline = (at: number, request: Listed): Listed => {
  const { worker_id, description, capabilities, allowed_environments, risk_tier } = worker(at);
  const about = `${description} ${capabilities.join()}, ${allowed_environments.join('/')}, risk ${risk_tier}`;
  return { name: worker_id, description: about, inputSchema: request.inputSchema };
};

const post = async (url: string, key: string, body: object): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const ask = async ({ url, key }: LocalHall, method: string, params: object): Promise<Answer> => {
  const response = await post(`${url}/mcp`, key, { jsonrpc: '2.0', id: 1, method, params });
  const text = await response.text();
  const { result } = JSON.parse(text) as { readonly result?: Answer };
  if (result === undefined) throw new Error(`${method}: ${text}`);
  return result;
};

const enrol = async ({ url, key }: LocalHall, from: number, to: number): Promise<void> => {
  let next = from;
  const lane = async (): Promise<void> => {
    while (next < to) {
      const response = await post(`${url}/v1/workers`, key, worker(next++));
      if (!response.ok) throw new Error(`not enrolled: ${await response.text()}`);
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, lane));
};

/** Arguments and answer of one call. */
const callTokens = async (hall: LocalHall, name: string, args: object): Promise<number> => {
  const { content } = await ask(hall, 'tools/call', { name, arguments: args });
  return estimateTokens(JSON.stringify({ name, arguments: args })) + estimateTokens(content?.[0]?.text ?? '');
};

const measureContext = async ({ size }: BenchRun): Promise<readonly Figure[]> => {
  const started = await startLocalHall();
  try {
    const hall = await newTenant(started.hall, 'context');
    const figures: Figure[] = [];
    let enrolled = 0;
    for (const workers of SIZES.map((full) => size(full, Math.min(full, 1_000)))) {
      await enrol(hall, enrolled, workers);
      enrolled = workers;
      const { tools = [] } = await ask(hall, 'tools/list', {});
      const list = estimateTokens(JSON.stringify({ tools }));
      const search = await callTokens(hall, 'wcp.capabilities.search', { query: 'doc.summ' });
      const request = await callTokens(hall, 'wcp.capability.request', ANNOUNCED);
      const asked = tools.find(({ name }) => name === 'wcp.capability.request');
      if (asked === undefined) throw new Error('no tool asks for a capability');
      const inlined = estimateTokens(
        JSON.stringify({ tools: Array.from({ length: workers }, (_, at) => inline(at, asked)) }),
      );
      const value = list + search + request;
      figures.push({
        id: 'M1',
        measure: `context of one governed call, ${workers.toLocaleString('en')} workers`,
        unit: 'tokens',
        value,
        min: value,
        max: value,
        target: { is: 'at most', value: 1_500 },
        note: `tools ${list}, search ${search}, request with grant and receipt ${request}; inline descriptions ${inlined.toLocaleString('en')} tokens, ${(inlined / value).toFixed(1)} times as many; estimated (test/bench/tokens.ts)`,
      });
    }
    return figures;
  } finally {
    await started.stop();
  }
};

export const contextBench: Bench = { ids: ['M1'], run: measureContext };
