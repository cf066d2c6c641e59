/** Bans: the network's, for operators and everybody to read, and a tenant's own (WCP 3.8, 5.1). */
import { z } from 'zod';
import { NewBan } from '../core/registry/ban.ts';
import {
  banFeed,
  issueNetworkBan,
  liftNetworkBan,
  networkBan,
  networkBanImpact,
  ownBanImpact,
} from '../services/bans.ts';
import { ask } from '../services/ledger.ts';
import { run } from './command.ts';
import type { App } from './context.ts';
import { json, mount } from './factory.ts';
import { problem } from './problem.ts';
import { idempotencyOf, reply } from './reply.ts';
import { ChangeReply, ListQuery } from './schemas.ts';

const OPERATOR = { kind: 'operator' } as const;
const Lift = z.strictObject({ reason: z.string().min(1).max(1_000) }).meta({ id: 'BanLift' });
const BanShown = z.looseObject({ ban_id: z.string(), status: z.string() });
const NetworkBanShown = BanShown.extend({
  waiting: z.int().describe('Halls that may still dispatch without knowing it, while it is `pending`'),
});
const EPOCH = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const mountBans = (app: App): void => {
  mountNetworkBans(app);
  mountOwnBans(app);
  mountImpact(app, '/v1/network/bans/{ban_id}/impact', 'What a ban of the network touches here', networkBanImpact);
  mountImpact(app, '/v1/bans/{ban_id}/impact', 'What a ban of this Hall touches', ownBanImpact);
};

const mountNetworkBans = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/v1/network/bans',
      summary: 'Ban a worker, a namespace or an artifact in every Hall of the network',
      description:
        'Answers when it is `effective`: from then on no Hall dispatches the target. That takes one lease time at most. `pending` says that it could not be followed so far: it becomes effective by itself, and `GET` says when.',
      tag: 'Bans',
      access: 'operator',
      body: NewBan,
      idempotent: true,
      ok: {
        status: 201,
        schema: BanShown.extend({
          epoch: z.int(),
          acknowledged: z.int().nullable(),
          expired: z.int().nullable(),
          effective_at: z.string().nullable(),
        }),
      },
    },
    async ({ c, deps, body, bodyText }) => {
      const key = idempotencyOf(c, OPERATOR, bodyText);
      return key.ok ? reply(c, await issueNetworkBan(deps, body, key.value), 201) : problem(c, key.error);
    },
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/network/bans',
      summary: 'The network’s bans, newest first',
      tag: 'Bans',
      access: 'public',
      query: ListQuery.extend({ cursor: EPOCH.optional().describe('next_cursor of the page before') }),
      ok: { schema: z.looseObject({ bans: z.array(BanShown), count: z.int(), next_cursor: z.string().nullable() }) },
    },
    async ({ c, deps, query }) => json(c, await deps.network().list(query.cursor ?? null, query.limit)),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/network/bans/feed',
      summary: 'What changed since an epoch, signed',
      tag: 'Bans',
      access: 'public',
      query: z.object({ since: EPOCH.default(0).describe('the last epoch that you know') }),
      ok: {
        schema: z.looseObject({
          epoch: z.int(),
          entries: z.array(z.looseObject({})),
          checkpoint: z.string().nullable(),
          signature: z.string(),
          key_id: z.string(),
        }),
      },
    },
    async ({ c, deps, query }) => json(c, await banFeed(deps, query.since)),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/network/bans/{ban_id}',
      summary: 'One ban of the network',
      tag: 'Bans',
      access: 'public',
      ok: { schema: NetworkBanShown },
      problems: ['not_found'],
    },
    async ({ c, deps, param }) => reply(c, await networkBan(deps, param('ban_id'))),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/network/bans/{ban_id}/lift',
      summary: 'Lift a ban of the network',
      tag: 'Bans',
      access: 'operator',
      body: Lift,
      idempotent: true,
      ok: { schema: BanShown },
      problems: ['not_found', 'ban_already_lifted'],
    },
    async ({ c, deps, body, bodyText, param }) => {
      const key = idempotencyOf(c, OPERATOR, bodyText);
      if (!key.ok) return problem(c, key.error);
      return reply(c, await liftNetworkBan(deps, param('ban_id'), body.reason, key.value));
    },
  );
};

const ImpactQuery = ListQuery.extend({
  cursor: EPOCH.min(1).optional().describe('`next_cursor` of the page before'),
});

/** Receipts of the caller's tenant alone, whoever's the ban is. */
const mountImpact = (app: App, path: string, summary: string, find: typeof networkBanImpact): void =>
  mount(
    app,
    {
      method: 'get',
      path,
      summary,
      description:
        'Decisions of this tenant that dispatched what the ban names, and what became of them, newest first. A page may be empty and still have a `next_cursor`: so many entries are looked at in one call.',
      tag: 'Bans',
      access: 'tenant',
      query: ImpactQuery,
      ok: {
        schema: z.looseObject({
          ban_id: z.string(),
          receipts: z.array(z.looseObject({ receipt_id: z.string(), type: z.string() })),
          count: z.int(),
          next_cursor: z.string().nullable(),
        }),
      },
      problems: ['not_found'],
    },
    async ({ c, deps, caller, query, param }) => {
      const page = { before: query.cursor ?? null, limit: query.limit };
      return reply(c, await find(deps, caller, param('ban_id'), page));
    },
  );

const mountOwnBans = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/v1/bans',
      summary: 'Ban a worker, a namespace or an artifact in this Hall; effective at once',
      tag: 'Bans',
      access: 'tenant',
      body: NewBan,
      idempotent: true,
      ok: { status: 201, schema: ChangeReply },
    },
    (call) => run(call, { kind: 'ban.issue', ban: call.body }, 201),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/bans',
      summary: 'This Hall’s own bans',
      tag: 'Bans',
      access: 'tenant',
      ok: { schema: z.looseObject({ bans: z.array(z.looseObject({ ban_id: z.string() })), count: z.int() }) },
    },
    async ({ c, deps, caller }) => reply(c, await ask(deps, caller, { kind: 'bans' })),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/bans/{ban_id}/lift',
      summary: 'Lift a ban of this Hall',
      tag: 'Bans',
      access: 'tenant',
      body: Lift,
      idempotent: true,
      ok: { schema: ChangeReply },
      problems: ['not_found'],
    },
    (call) => run(call, { kind: 'ban.lift', banId: call.param('ban_id'), reason: call.body.reason }),
  );
};
