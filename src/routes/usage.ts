/** How much is decided: as this Hall counts it, and as published clients report of themselves (WCP 5.3). */
import { z } from 'zod';
import { reportUsage } from '../services/clients.ts';
import { ask } from '../services/ledger.ts';
import type { App } from './context.ts';
import { json, mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply } from './reply.ts';

const UsageReport = z
  .looseObject({
    decisions: z.array(z.looseObject({ worker_id: z.string().meta({ description: 'species id' }), count: z.int() })),
  })
  .meta({ id: 'UsageReport' });

const UsageDay = z.strictObject({
  day: z.iso.date(),
  decisions: z.int(),
  denials: z.int(),
  reported: z.array(z.strictObject({ worker_species_id: z.string(), decisions: z.int() })),
});

export const mountUsage = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/api/v1/telemetry/decisions',
      summary: 'Report how much was decided elsewhere',
      description: 'What cannot be read is passed over. Without a credential it is taken and counted for nobody.',
      tag: 'Published clients',
      access: 'public',
      credential: 'key',
      body: UsageReport,
      bodyTolerated: true,
      ok: { status: 202, schema: z.strictObject({ ok: z.literal(true), accepted: z.int() }) },
    },
    async ({ c, deps, caller, json: sent }) => {
      const reported = await reportUsage(deps, caller, sent);
      return reported.ok ? json(c, reported.value, 202) : problem(c, reported.error);
    },
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/usage',
      summary: 'Decisions a day, newest first: made here, and reported by clients',
      tag: 'Decisions',
      access: 'tenant',
      query: z.object({
        days: z.coerce.number().int().min(1).max(93).default(30).meta({ description: 'how far back, in UTC days' }),
      }),
      ok: {
        schema: z.strictObject({ days: z.array(UsageDay), decisions_total: z.int(), denials_total: z.int() }),
      },
    },
    async ({ c, deps, caller, query }) => reply(c, await ask(deps, caller, { kind: 'usage', days: query.days })),
  );
};
