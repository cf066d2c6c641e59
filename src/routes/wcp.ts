/** The WCP surface: routing, dispatches, discovery (WCP 5.1). A denial is a 200 with a decision: it is the resource. */
import { z } from 'zod';
import { RouteDecisionSchema, RouteInputSchema } from '../core/hall/schemas.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Caller } from '../services/caller.ts';
import { health, publicHealth } from '../services/discovery.ts';
import { callerByGrant, finishDispatch, startDispatch } from '../services/dispatches.ts';
import { route, routeBatch } from '../services/hall.ts';
import { ask } from '../services/ledger.ts';
import type { App } from './context.ts';
import { ROUTE_EXAMPLES } from './examples.ts';
import { type Call, mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply, replyText, submitOptions } from './reply.ts';
import { CompletedReport, FailedReport, ListQuery, OutcomeReply, StartReport, WorkerList } from './schemas.ts';

const BATCH_LIMIT = 100;
const BATCH_BYTES = 2_000_000;

/** What a dispatch refuses: the grant, and at its start the code that would run. */
const GRANT = ['grant_invalid'] as const;
const START = [
  'not_dispatched',
  'grant_already_redeemed',
  'grant_expired',
  'outcome_already_recorded',
  'worker_retired',
  'worker_revoked',
  'dispatch_tampered',
  'account_suspended',
  'hall_offline',
  'DENY_WORKER_ATTESTATION_MISSING',
  'DENY_WORKER_ATTESTATION_INVALID_HASH',
  'DENY_WORKER_HASH_UNAVAILABLE',
] as const;

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

export const mountWcp = (app: App): void => {
  mountRouting(app);
  mountDispatches(app);
  mountDiscovery(app);
};

const mountRouting = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/wcp/route',
      summary: 'Ask whether a capability may run now, and by which worker',
      description:
        'Always 200 for a readable JSON object: denials and holds are decisions, each with a signed receipt. `Idempotency-Key` repeats give the same bytes; `Prefer: proof` waits for the inclusion proof.',
      tag: 'WCP',
      access: 'tenant',
      body: RouteInputSchema,
      examples: ROUTE_EXAMPLES,
      bodyJudgedByService: true,
      ok: { schema: RouteDecisionSchema },
      idempotent: true,
    },
    async ({ c, deps, caller, json, bodyText }) => {
      const options = submitOptions(c, caller, bodyText);
      if (!options.ok) return problem(c, options.error);
      return replyText(c, await route(deps, caller, json, options.value));
    },
  );

  mount(
    app,
    {
      method: 'post',
      path: '/wcp/route/batch',
      summary: `Ask up to ${BATCH_LIMIT} routing questions in one commit`,
      description: 'Each has a decision and a receipt of its own; they commit together.',
      tag: 'WCP',
      access: 'tenant',
      body: z.object({ requests: z.array(RouteInputSchema).min(1).max(BATCH_LIMIT) }),
      bodyJudgedByService: true,
      bodyLimit: BATCH_BYTES,
      ok: { schema: z.object({ decisions: z.array(RouteDecisionSchema), count: z.int() }) },
      idempotent: true,
    },
    async ({ c, deps, caller, json, bodyText }) => {
      const { requests } = json;
      if (
        !Array.isArray(requests) ||
        requests.length < 1 ||
        requests.length > BATCH_LIMIT ||
        !requests.every(isObject)
      ) {
        const message = `expected 1 to ${BATCH_LIMIT} JSON objects`;
        return problem(c, refusal('invalid_body', `requests: ${message}`, [{ field: '/requests', message }]));
      }
      const options = submitOptions(c, caller, bodyText);
      if (!options.ok) return problem(c, options.error);
      return replyText(c, await routeBatch(deps, caller, requests, options.value));
    },
  );
};

/** The key's tenant, or the one that the grant names: a worker needs no more than its grant. */
const dispatchCaller = async (
  call: Call<'public', unknown, undefined>,
  grant: string | null,
): Promise<Result<Caller, Refusal>> => {
  if (call.caller !== null) return ok(call.caller);
  return grant === null ? err(refusal('unauthorized')) : callerByGrant(call.deps, grant);
};

const bearerGrant = (call: Call<'public', unknown, undefined>): string | null => {
  const match = /^DispatchGrant +(\S+)$/i.exec(call.c.req.header('authorization') ?? '');
  return match?.[1] ?? null;
};

const mountDispatches = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/wcp/dispatches/{decision_id}/start',
      summary: 'Redeem a dispatch grant, once',
      description:
        'With a key of scope runtime:delivery, or with the grant alone. Attestation at dispatch happens here.',
      tag: 'WCP',
      access: 'public',
      credential: 'key_or_grant',
      body: StartReport,
      ok: { schema: OutcomeReply },
      problems: [...GRANT, ...START],
    },
    async (call) => {
      const caller = await dispatchCaller(call, call.body.grant);
      if (!caller.ok) return problem(call.c, caller.error);
      return reply(call.c, await startDispatch(call.deps, caller.value, call.param('decision_id'), call.body));
    },
  );

  const finish =
    (outcome: 'completed' | 'failed') =>
    async (call: Call<'public', z.output<typeof CompletedReport> | z.output<typeof FailedReport>, undefined>) => {
      const caller: Result<Caller, Refusal> = await dispatchCaller(call, call.body.grant ?? bearerGrant(call));
      if (!caller.ok) return problem(call.c, caller.error);
      const { grant: _, ...detail } = call.json as JsonObject;
      return reply(call.c, await finishDispatch(call.deps, caller.value, call.param('decision_id'), outcome, detail));
    };
  mount(
    app,
    {
      method: 'post',
      path: '/wcp/dispatches/{decision_id}/complete',
      summary: 'Record that the work was done',
      tag: 'WCP',
      access: 'public',
      credential: 'key_or_grant',
      body: CompletedReport,
      ok: { schema: OutcomeReply },
      problems: [...GRANT, 'not_dispatched', 'outcome_already_recorded'],
    },
    finish('completed'),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/wcp/dispatches/{decision_id}/fail',
      summary: 'Record that the work failed',
      tag: 'WCP',
      access: 'public',
      credential: 'key_or_grant',
      body: FailedReport,
      ok: { schema: OutcomeReply },
      problems: [...GRANT, 'not_dispatched', 'outcome_already_recorded'],
    },
    finish('failed'),
  );
};

const mountDiscovery = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/wcp/capabilities',
      summary: 'Capabilities that enrolled workers offer',
      tag: 'WCP',
      access: 'tenant',
      query: ListQuery.extend({
        q: z.string().max(256).optional().meta({ description: 'a part of the capability_id' }),
        fields: z.enum(['id']).optional().meta({ description: '`id`: the capability_id of each, and nothing else' }),
      }),
      ok: {
        schema: z.looseObject({
          capabilities: z.array(z.unknown()),
          count: z.int(),
          next_cursor: z.string().nullable(),
        }),
      },
    },
    async ({ c, deps, caller, query }) => {
      const answer = await ask(deps, caller, {
        kind: 'capabilities',
        search: query.q ?? null,
        after: query.cursor ?? null,
        limit: query.limit,
      });
      if (!answer.ok || query.fields === undefined) return reply(c, answer);
      const capabilities = (answer.value.capabilities as readonly { capability_id: string }[]).map(
        ({ capability_id }) => capability_id,
      );
      return reply(c, { ok: true, value: { ...answer.value, capabilities } });
    },
  );
  mount(
    app,
    {
      method: 'get',
      path: '/wcp/workers',
      summary: 'Enrolled workers',
      tag: 'WCP',
      access: 'tenant',
      query: ListQuery,
      ok: { schema: WorkerList },
    },
    async ({ c, deps, caller, query }) =>
      reply(
        c,
        await ask(deps, caller, { kind: 'workers', search: null, after: query.cursor ?? null, limit: query.limit }),
      ),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/wcp/health',
      summary: 'State and compliance level of a Hall',
      description: 'Without a credential: status and versions only.',
      tag: 'WCP',
      access: 'public',
      credential: 'key',
      ok: { schema: z.looseObject({ status: z.string(), version: z.string(), wcp_versions: z.array(z.string()) }) },
    },
    async ({ c, deps, caller }) =>
      caller === null ? reply(c, { ok: true, value: publicHealth() }) : reply(c, await health(deps, caller)),
  );
};
