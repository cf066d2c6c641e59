/** The ledger by type: the changes of administrators, and the counts that compliance profiles show as evidence. */
import { z } from 'zod';
import { ask } from '../services/ledger.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { reply } from './reply.ts';
import { ListQuery } from './schemas.ts';

const cursor = z.coerce
  .number()
  .int()
  .min(1)
  .max(Number.MAX_SAFE_INTEGER)
  .optional()
  .meta({ description: '`next_cursor` of the page before' });

export const mountTrail = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/v1/audit',
      summary: 'What administrators changed, newest first',
      description:
        'Keys, members, rules, policies, profiles, bans, signatories, settings, workers, answered approvals: entries of the ledger with whoever made them. A page looks at a bounded stretch: it may be short, and `next_cursor` goes on.',
      tag: 'Ledger',
      access: 'tenant',
      query: ListQuery.extend({
        cursor,
        type: z.string().max(64).optional().meta({ description: 'only entries whose type begins so: hall.ban' }),
        actor: z.string().max(256).optional().meta({ description: 'only what this key or person did' }),
      }),
      ok: {
        schema: z.looseObject({
          changes: z.array(z.looseObject({ seq: z.int(), type: z.string() })),
          count: z.int(),
          size: z.int().meta({ description: 'of the ledger; what is above `next_cursor` was looked at' }),
          next_cursor: z.string().nullable(),
        }),
      },
    },
    async ({ c, deps, caller, query: { cursor: before, limit, ...filter } }) =>
      reply(c, await ask(deps, caller, { kind: 'changes', filter, before: before ?? null, limit })),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/ledger/types',
      summary: 'How many entries there are of each type',
      description: 'Newest first, over a bounded stretch a call; add them up until there is no `next_cursor`.',
      tag: 'Ledger',
      access: 'tenant',
      query: z.object({ cursor }),
      ok: {
        schema: z.looseObject({
          types: z.array(z.strictObject({ type: z.string(), count: z.int(), last_at: z.string() })),
          scanned: z.int(),
          size: z.int(),
          next_cursor: z.string().nullable(),
        }),
      },
    },
    async ({ c, deps, caller, query }) =>
      reply(c, await ask(deps, caller, { kind: 'types', before: query.cursor ?? null })),
  );
};
