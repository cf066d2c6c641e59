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

const OutcomeHour = z.strictObject({
  at: z.string().meta({ description: 'when the hour began' }),
  dispatched: z.int(),
  held: z.int(),
  denied: z.int(),
  failed_closed: z.int().meta({ description: 'denied because something was missing or failed, not because of a rule' }),
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
  mount(
    app,
    {
      method: 'get',
      path: '/v1/usage/outcomes',
      summary: 'What was decided, hour by hour, oldest first',
      description: 'Counted as decisions are made; dry runs and hours without a decision are left out.',
      tag: 'Decisions',
      access: 'tenant',
      query: z.object({
        hours: z.coerce.number().int().min(1).max(2_232).default(24).meta({ description: 'how far back' }),
      }),
      ok: {
        schema: z.strictObject({
          from: z.string(),
          through: z.string().meta({ description: 'the hour that runs' }),
          counted_since: z
            .string()
            .nullable()
            .meta({ description: 'nothing is known of hours before; null: no decision' }),
          hours: z.array(OutcomeHour),
        }),
      },
    },
    async ({ c, deps, caller, query }) => reply(c, await ask(deps, caller, { kind: 'outcomes', hours: query.hours })),
  );
};
