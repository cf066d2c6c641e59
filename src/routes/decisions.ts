/** Decisions, from the ledger. */
import { z } from 'zod';
import { ask } from '../services/ledger.ts';
import { recomputeDecision, whatDecisionRead } from '../services/review.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { reply } from './reply.ts';
import { flag, isOn, ListQuery } from './schemas.ts';

const Where = { outcome: z.string(), deny_code: z.string().nullable(), stage: z.string() };
const Turn = z
  .strictObject({
    ...Where,
    fact: z.string().meta({ description: 'what decided' }),
    change: z.string().meta({ description: 'the smallest change that would take it away' }),
    after: z
      .strictObject(Where)
      .nullable()
      .meta({ description: 'what would be decided then; null: what was recorded does not say' }),
  })
  .meta({ id: 'DecisionTurn' });

export const mountDecisions = (app: App): void => {
  const only = (what: string) =>
    z
      .string()
      .max(256)
      .optional()
      .meta({ description: `only those with this ${what}` });
  mount(
    app,
    {
      method: 'get',
      path: '/v1/decisions',
      summary: 'Decisions, newest first',
      description: 'A page looks at a bounded stretch of the ledger: it may be short, and `next_cursor` goes on.',
      tag: 'Decisions',
      access: 'tenant',
      query: ListQuery.extend({
        cursor: z
          .string()
          .regex(/^[1-9][0-9]{0,14}$/, 'expected a cursor of a page before')
          .optional()
          .meta({ description: '`next_cursor` of the page before' }),
        outcome: z
          .enum(['DISPATCH', 'DENY', 'STEWARD_HOLD'])
          .optional()
          .meta({ description: 'only those with this outcome' }),
        deny_code: only('deny_code'),
        deny_class: z
          .enum(['policy', 'input', 'fault', 'standing'])
          .optional()
          .meta({ description: 'only denials of this class; `fault`: those that failed closed' }),
        capability_id: only('capability_id'),
        worker_id: only('worker_id'),
        correlation_id: only('correlation_id'),
        dry_run: flag.meta({ description: 'only dry runs, or none' }),
      }),
      ok: {
        schema: z.looseObject({
          decisions: z.array(z.looseObject({ decision_id: z.string() })),
          count: z.int(),
          size: z.int().meta({ description: 'of the ledger; `GET /v1/events?after=` it goes on from here' }),
          next_cursor: z.string().nullable(),
        }),
      },
    },
    async ({ c, deps, caller, query }) => {
      const { limit, cursor, dry_run, ...rest } = query;
      const filter = { ...rest, dry_run: dry_run === undefined ? undefined : isOn(dry_run) };
      const before = cursor === undefined ? null : Number(cursor);
      return reply(c, await ask(deps, caller, { kind: 'decisions', filter, before, limit }));
    },
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/decisions/{decision_id}',
      summary: 'One decision, recomputed from the ledger',
      description:
        'The full decision as it was answered, its receipt, and whether the recomputation gave the same bytes. Reads what the decision read, so it needs the scope ledger:read, too.',
      tag: 'Decisions',
      access: 'tenant',
      ok: {
        schema: z.looseObject({
          decision_id: z.string(),
          summary: z.looseObject({ outcome: z.string(), dispatch: z.string().nullable() }),
          decision: z.looseObject({}).nullable(),
          recomputed: z.string(),
          blast_breakdown: z
            .strictObject({
              request: z.array(z.strictObject({ of: z.string(), points: z.int() })),
              estimates: z.strictObject({
                request: z.int(),
                caller: z.int().nullable(),
                caller_radius: z.int().nullable(),
                worker: z.int().nullable(),
              }),
              score: z.int().meta({ description: 'the highest of the estimates' }),
            })
            .nullable()
            .meta({ description: 'what each fact of the request added to its score, and all estimates' }),
          would_change: z.array(Turn).nullable().meta({
            description: 'what stopped it and what would turn it, one after the other; null: it cannot be recomputed',
          }),
        }),
      },
    },
    async ({ c, deps, caller, param }) => reply(c, await recomputeDecision(deps, caller, param('decision_id'))),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/decisions/{decision_id}/contents',
      summary: 'The documents that one decision read, by hash',
      description:
        'With its entry all that recomputing it takes: each is the canonical JSON of which the name is the SHA-256. Needs the scope ledger:read.',
      tag: 'Decisions',
      access: 'tenant',
      ok: { schema: z.object({ decision_id: z.string(), contents: z.record(z.string(), z.json()) }) },
    },
    async ({ c, deps, caller, param }) => reply(c, await whatDecisionRead(deps, caller, param('decision_id'))),
  );
};
