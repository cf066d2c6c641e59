/** The ban list as published clients read it, reports to it, and their review (WCP 5.1, 5.3). */
import { z } from 'zod';
import { BanReport } from '../core/registry/ban.ts';
import { appealBan, appeals, confirmReport, dismissReport, reportArtifact, reports } from '../services/ban-claims.ts';
import { bannedArtifacts } from '../services/bans.ts';
import type { App } from './context.ts';
import { json, mount } from './factory.ts';
import { problem } from './problem.ts';
import { idempotencyOf, reply } from './reply.ts';
import { ListQuery } from './schemas.ts';

const CLIENTS = 'Published clients';
const OPERATOR = { kind: 'operator' } as const;
const REASON = z.string().min(1).max(1_000);
const Pending = z.looseObject({ review_status: z.string() });

const Listed = z
  .strictObject({
    sha256: z.string(),
    reason: z.string(),
    reported_at: z.string(),
    source: z.enum(['operator', 'community']),
    review_status: z.literal('confirmed'),
  })
  .meta({ id: 'BannedArtifact' });
const Cache = z
  .strictObject({ count: z.int(), hashes: z.array(z.string()), source: z.string() })
  .meta({ id: 'BannedHashes' });

const ListedQuery = z.object({
  limit: z
    .string()
    .regex(/^-?\d{1,15}$/, 'expected an integer')
    .transform(Number)
    .optional()
    .describe('at most so many, clamped to 1 to 10,000; 10,000 else'),
  format: z.enum(['cache', 'list']).optional().describe('`cache`: only the hashes'),
});

export const mountBanList = (app: App): void => {
  for (const path of ['/api/v1/ban-list', '/wcp/registry/ban-list']) mountList(app, path);
  mountReport(app);
  mountReview(app);
  mountAppeals(app);
};

const mountList = (app: App, path: string): void =>
  mount(
    app,
    {
      method: 'get',
      path,
      summary: 'Banned artifacts by their hash, newest first',
      description:
        'Of a ban of a worker or a namespace, the hashes that are known of it. What the network has said of it is under /v1/network/bans.',
      tag: CLIENTS,
      access: 'public',
      query: ListedQuery,
      ok: { schema: z.union([z.array(Listed), Cache]) },
    },
    async ({ c, deps, query }) => {
      const list = await bannedArtifacts(deps, query.limit);
      if (query.format !== 'cache') return json(c, list);
      const hashes = [...new Set(list.map(({ sha256 }) => String(sha256)))];
      return json(c, { count: hashes.length, hashes, source: `${deps.publicUrl}${path}` });
    },
  );

const mountReport = (app: App): void =>
  mount(
    app,
    {
      method: 'post',
      path: '/api/v1/ban-list/report',
      summary: 'Report an artifact; the operator decides',
      description: 'Bans nothing by itself. The same hash again is the same report; so many a day are taken.',
      tag: CLIENTS,
      access: 'tenant',
      body: BanReport,
      ok: {
        status: 201,
        schema: z.strictObject({ ok: z.literal(true), report_id: z.string(), review_status: z.literal('pending') }),
      },
    },
    async ({ c, deps, caller, body }) => reply(c, await reportArtifact(deps, caller, body), 201),
  );

const mountReview = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/v1/network/reports',
      summary: 'What tenants reported, newest first',
      tag: 'Bans',
      access: 'operator',
      query: ListQuery.extend({
        status: z.enum(['pending', 'all']).default('pending').describe('`all`: those that were reviewed, too'),
        cursor: z
          .string()
          .regex(/^\d{1,15}\.[\w-]{1,80}$/)
          .optional()
          .describe('`next_cursor` of the page before'),
      }),
      ok: {
        schema: z.looseObject({
          reports: z.array(z.looseObject({ report_id: z.string(), sha256: z.string(), review_status: z.string() })),
          count: z.int(),
          next_cursor: z.string().nullable(),
        }),
      },
    },
    async ({ c, deps, query }) =>
      json(c, await reports(deps, query.status === 'pending', query.cursor ?? null, query.limit)),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/network/reports/{report_id}/confirm',
      summary: 'Confirm a report: issues the ban, and answers as it does',
      tag: 'Bans',
      access: 'operator',
      body: z.strictObject({ reason: REASON.optional().describe('for everybody to read; else that of the report') }),
      idempotent: true,
      ok: { status: 201, schema: z.looseObject({ ban_id: z.string(), status: z.string() }) },
      problems: ['not_found', 'report_already_reviewed'],
    },
    async ({ c, deps, body, bodyText, param }) => {
      const key = idempotencyOf(c, OPERATOR, bodyText);
      if (!key.ok) return problem(c, key.error);
      return reply(c, await confirmReport(deps, param('report_id'), body.reason ?? null, key.value), 201);
    },
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/network/reports/{report_id}/dismiss',
      summary: 'Dismiss a report',
      tag: 'Bans',
      access: 'operator',
      body: z.strictObject({ reason: REASON }),
      idempotent: true,
      ok: { schema: Pending },
      problems: ['not_found', 'report_already_reviewed'],
    },
    async ({ c, deps, body, bodyText, param }) => {
      const key = idempotencyOf(c, OPERATOR, bodyText);
      if (!key.ok) return problem(c, key.error);
      return reply(c, await dismissReport(deps, param('report_id'), body.reason, key.value));
    },
  );
};

const mountAppeals = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/v1/network/bans/{ban_id}/appeal',
      summary: 'Appeal against a ban that names something of this tenant',
      description: 'Lifts nothing by itself; the operator reads it. Said again it is the same appeal.',
      tag: 'Bans',
      access: 'tenant',
      body: z.strictObject({ text: z.string().min(1).max(4_000) }),
      ok: { status: 201, schema: Pending.extend({ appeal_id: z.string(), ban_id: z.string() }) },
      problems: ['not_found', 'ban_already_lifted', 'ban_of_others'],
    },
    async ({ c, deps, caller, body, param }) =>
      reply(c, await appealBan(deps, caller, param('ban_id'), body.text), 201),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/network/bans/{ban_id}/appeals',
      summary: 'Appeals against a ban, newest first',
      tag: 'Bans',
      access: 'operator',
      ok: { schema: z.looseObject({ appeals: z.array(z.looseObject({ appeal_id: z.string() })), count: z.int() }) },
      problems: ['not_found'],
    },
    async ({ c, deps, param }) => reply(c, await appeals(deps, param('ban_id'))),
  );
};
