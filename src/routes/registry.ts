/** The registry, for the operator. */
import { z } from 'zod';
import { rebuildRegistry } from '../services/rebuild.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { reply } from './reply.ts';

export const mountRegistry = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/v1/network/registry/rebuild',
      summary: 'Make the registry again from the ledgers',
      description:
        'Some ledgers a call: call again with the `cursor` of the answer until it is `done`. Without a cursor it begins anew. The rows of a ledger are missing while it is read.',
      tag: 'Service',
      access: 'operator',
      body: z
        .strictObject({
          cursor: z
            .string()
            .max(100)
            .nullish()
            .meta({ examples: ['tenant/acme'] }),
        })
        .meta({ id: 'RegistryRebuild' }),
      ok: {
        schema: z
          .looseObject({
            done: z.boolean(),
            cursor: z.string().nullable(),
            ledgers: z.int().describe('read to their end by this call'),
            entries: z.int().describe('that the registry is made of'),
            unreadable: z.array(z.string()).describe('ledgers that did not answer; the cron makes up for them'),
          })
          .meta({ id: 'RegistryRebuilt' }),
      },
    },
    async ({ c, deps, body }) => reply(c, await rebuildRegistry(deps, body.cursor ?? null)),
  );
};
