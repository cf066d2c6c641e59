/** Standing of an account, the kill switch of its Hall, and the way to sign in (WCP 5.2, 5.3). */
import { z } from 'zod';
import { STANDINGS } from '../core/standing.ts';
import { accountStanding, setStanding, switchHall } from '../services/standing.ts';
import type { App } from './context.ts';
import { json, mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply } from './reply.ts';
import { ChangeReply, EvidenceReceipt } from './schemas.ts';

const TAG = 'Published clients';
const Standing = z.enum(STANDINGS);
const Switched = z.strictObject({
  ok: z.literal(true),
  account_standing: Standing,
  tier_id: z.string(),
  evidence_receipt: EvidenceReceipt.nullable(),
});

export const mountStanding = (app: App): void => {
  mountSwitch(app);
  mount(
    app,
    {
      method: 'get',
      path: '/api/account/standing',
      summary: 'How the account stands',
      description: 'Any key of the tenant may ask.',
      tag: TAG,
      access: 'tenant',
      ok: {
        schema: z.strictObject({
          standing: Standing,
          tier_id: z.string(),
          github_login: z.string().nullable(),
          checked_at: z.string(),
        }),
      },
    },
    async ({ c, deps, caller }) => reply(c, await accountStanding(deps, caller)),
  );
  mount(
    app,
    {
      method: 'put',
      path: '/v1/tenants/{tenant}/standing',
      summary: 'Say how an account stands; suspended denies every request and start',
      tag: 'Tenants',
      access: 'operator',
      body: z
        .strictObject({
          standing: Standing,
          reason: z.string().min(1).max(1_000),
          tier_id: z
            .string()
            .regex(/^[a-z0-9][a-z0-9-]{0,39}$/)
            .optional(),
        })
        .meta({ id: 'TenantStanding' }),
      ok: { schema: ChangeReply.extend({ standing: Standing, tier_id: z.string() }) },
      problems: ['not_found'],
    },
    async ({ c, deps, body, param }) =>
      reply(c, await setStanding(deps, param('tenant'), { ...body, tierId: body.tier_id ?? null })),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/auth/github',
      summary: 'Leads published clients to the sign-in page',
      tag: TAG,
      access: 'public',
      query: z.object({
        desktop: z.string().max(16).optional().meta({ description: '1: sign in for a desktop client' }),
      }),
      ok: { status: 302, schema: z.literal(''), type: 'text/plain' },
    },
    ({ c, query }) => c.redirect(query.desktop === '1' ? '/sign-in?desktop=1' : '/sign-in'),
  );
};

const mountSwitch = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/api/server/go-online',
      summary: 'Open the Hall again',
      tag: TAG,
      access: 'tenant',
      ok: { schema: Switched },
      problems: ['account_suspended'],
    },
    async ({ c, deps, caller }) => {
      const switched = await switchHall(deps, caller, 'online');
      if (switched.ok) return json(c, switched.value);
      if (switched.error.code !== 'account_suspended') return problem(c, switched.error);
      const message = 'the account is suspended';
      return problem(c, switched.error, { ok: false, message, account_standing: 'suspended' });
    },
  );
  mount(
    app,
    {
      method: 'post',
      path: '/api/server/go-offline',
      summary: 'The kill switch: from now on every request is denied, and nothing that was granted starts',
      tag: TAG,
      access: 'tenant',
      ok: { schema: Switched },
    },
    async ({ c, deps, caller }) => reply(c, await switchHall(deps, caller, 'offline')),
  );
};
