/**
 * Carries what a tenant's webhooks have to tell. Claims what is due, sends it, reports what came of it, until nothing is
 * left. A courier that dies has told some twice at worst: its claims run out and the next one takes them again.
 */
import type { TenantId } from '../core/ids.ts';
import { parseTenantId } from '../core/ids.ts';
import type { Entry } from '../core/ledger/entry.ts';
import { messageId, messageText, type Told } from '../core/webhook/message.ts';
import { NOT_SENT } from '../core/webhook/retry.ts';
import { signedHeaders } from '../keys/webhook-signature.ts';
import type { DeliveryJob, DeliveryResult } from '../tenant/commands.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { submitOne } from './submit.ts';
import { sealedPlace } from './webhooks.ts';

const TIMEOUT_MS = 8_000;
/** After so long nothing more is begun of what was claimed: with the last answer that is less than a claim holds. */
const BEGIN_WITHIN_MS = 20_000;
/** An endpoint that fails so often in a row is left alone for this round. */
const FAILURES = 3;
/** What came of the quick ones is said without waiting for the slow ones. */
const REPORT_EVERY_MS = 1_000;
/** What a Worker may have under way; and of it what one endpoint may, so that a slow one does not hold up the others. */
const LANES = 6;
const LANES_OF_ONE = 3;
/** Rounds of one call; what is left then is another call's. */
const ROUNDS = 40;

export interface HookCall {
  readonly tenant: string;
}

export const carryDeliveries = async (deps: Deps, { tenant: name }: HookCall): Promise<void> => {
  const tenant = parseTenantId(name);
  if (tenant === null) return;
  const caller: Caller = { tenant, credential: { kind: 'operator', by: { kind: 'system', id: 'guildhall' } } };
  for (let round = 0; round < ROUNDS; round++) {
    const claimed = await submitOne(deps, caller, { kind: 'webhook.claim' });
    if (!claimed.ok || claimed.value.reply.kind !== 'recorded') return;
    const { jobs } = claimed.value.reply.value as unknown as { readonly jobs: readonly DeliveryJob[] };
    if (jobs.length === 0) return;
    const results: DeliveryResult[] = [];
    const report = async (): Promise<boolean> => {
      const said = results.splice(0);
      return said.length === 0 || (await submitOne(deps, caller, { kind: 'webhook.report', results: said })).ok;
    };
    const sending = { done: false };
    const all = sendAll(deps, tenant, jobs, results).finally(() => {
      sending.done = true;
    });
    while (!sending.done) {
      await Promise.race([all, deps.sleep(REPORT_EVERY_MS)]);
      if (!(await report())) return;
    }
    if (!(await report())) return;
  }
  await deps.hookCalls.send({ tenant: name });
};

const sendAll = async (
  deps: Deps,
  tenant: TenantId,
  jobs: readonly DeliveryJob[],
  results: DeliveryResult[],
): Promise<void> => {
  const began = deps.nowMs();
  const endpoints = [...Map.groupBy(jobs, ({ webhookId }) => webhookId).values()].flatMap((all) => {
    const endpoint = { waiting: [...all], failures: 0 };
    return Array.from({ length: Math.min(LANES_OF_ONE, all.length) }, () => endpoint);
  });
  const lane = async (): Promise<void> => {
    for (let endpoint = endpoints.shift(); endpoint !== undefined; endpoint = endpoints.shift()) {
      for (let job = endpoint.waiting.shift(); job !== undefined; job = endpoint.waiting.shift()) {
        const isOver = endpoint.failures >= FAILURES || deps.nowMs() - began > BEGIN_WITHIN_MS;
        const result = isOver ? untried(job) : await send(deps, tenant, job);
        endpoint.failures = result.status !== null && result.status < 400 ? 0 : endpoint.failures + 1;
        results.push(result);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
};

const untried = ({ webhookId, seq, attempt }: DeliveryJob): DeliveryResult => ({
  webhookId,
  seq,
  attempt,
  status: null,
  fault: NOT_SENT,
  latencyMs: 0,
  retryAfterMs: null,
});

const send = async (deps: Deps, tenant: TenantId, job: DeliveryJob): Promise<DeliveryResult> => {
  const { webhookId, seq, attempt } = job;
  const began = deps.nowMs();
  const result = (status: number | null, fault: string | null, retryAfterMs: number | null = null): DeliveryResult => ({
    webhookId,
    seq,
    attempt,
    status,
    fault,
    latencyMs: Math.max(0, deps.nowMs() - began),
    retryAfterMs,
  });
  const open = (sealed: string, what: 'url' | 'secret'): string | null =>
    deps.sealer.open(sealed, sealedPlace(tenant, webhookId, what));
  const url = open(job.url, 'url');
  const secrets = job.secrets.map((sealed) => open(sealed, 'secret')).filter((secret) => secret !== null);
  if (url === null || secrets.length === 0) return result(null, 'sealed_by_another_service');
  const { event, format, receiptHash, about, origin } = job;
  const told: Told = { event, entry: JSON.parse(job.entry) as Entry, receiptHash, about, origin };
  const body = messageText(format, told);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Guildhall-Webhooks',
    ...signedHeaders(secrets, messageId(told), began, body),
  };
  const call = { method: 'POST', headers, body, timeoutMs: TIMEOUT_MS, statusOnly: true } as const;
  const answer = await deps.outbound.ask(url, call);
  if (!answer.ok) return result(null, answer.error);
  const { status, headers: said } = answer.value;
  return result(status, null, retryAfter(said.get('retry-after')));
};

const retryAfter = (said: string | null): number | null => (/^\d{1,6}$/.test(said ?? '') ? Number(said) * 1000 : null);
