/** Webhooks: where events of the ledger are sent to, and what became of each message. */
import { z } from 'zod';
import { FORMATS, NewWebhook, WebhookPatch } from '../core/webhook/endpoint.ts';
import { ask } from '../services/ledger.ts';
import { createWebhook, rotateWebhook } from '../services/webhooks.ts';
import { run } from './command.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { reply } from './reply.ts';
import { ChangeReply, ListQuery } from './schemas.ts';

const Shown = z
  .looseObject({
    webhook_id: z.string(),
    url: z.string().meta({ description: 'of a chat service its host only: the address itself is a secret' }),
    format: z.enum(FORMATS),
    events: z.array(z.string()),
    description: z.string(),
    status: z.enum(['active', 'failing', 'disabled']),
    failing_since: z.string().nullable(),
    created_at: z.string(),
    created_by: z.string(),
  })
  .meta({ id: 'Webhook' });

const Delivery = z
  .looseObject({
    webhook_id: z.string(),
    seq: z.int().meta({ description: 'of the ledger entry that it tells of' }),
    event: z.string(),
    message_id: z.string().nullable().meta({ description: 'the `webhook-id` of every attempt' }),
    status: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.int(),
    next_attempt_at: z.string().nullable(),
    tries: z.array(
      z.looseObject({
        at: z.string(),
        status: z.int().nullable(),
        fault: z.string().nullable(),
        latency_ms: z.int(),
      }),
    ),
  })
  .meta({ id: 'WebhookDelivery' });

const shared = { tag: 'Webhooks', access: 'tenant' } as const;
const ONE = '/v1/webhooks/{webhook_id}';
const DAY_S = 86_400;

export const mountWebhooks = (app: App): void => {
  mountEndpoints(app);
  mountDeliveries(app);
};

const mountEndpoints = (app: App): void => {
  mount(
    app,
    {
      ...shared,
      method: 'post',
      path: '/v1/webhooks',
      summary: 'Tell an address of events',
      description:
        'The signing secret is shown once. Messages are signed as Standard Webhooks says; `slack` and `discord` are what their incoming webhooks take.',
      body: NewWebhook,
      ok: { status: 201, schema: ChangeReply.extend({ ...Shown.shape, secret: z.string() }) },
      problems: ['too_many_webhooks'],
    },
    async ({ c, deps, caller, body }) => reply(c, await createWebhook(deps, caller, body), 201),
  );
  mount(
    app,
    {
      ...shared,
      method: 'get',
      path: '/v1/webhooks',
      summary: 'Where events are sent to',
      ok: { schema: z.looseObject({ webhooks: z.array(Shown), count: z.int() }) },
    },
    async ({ c, deps, caller }) => reply(c, await ask(deps, caller, { kind: 'webhooks' })),
  );
  mount(
    app,
    { ...shared, method: 'get', path: ONE, summary: 'One webhook', ok: { schema: Shown } },
    async ({ c, deps, caller, param }) =>
      reply(c, await ask(deps, caller, { kind: 'webhook', webhookId: param('webhook_id') })),
  );
  mount(
    app,
    {
      ...shared,
      method: 'patch',
      path: ONE,
      summary: 'Switch a webhook off or on, or change what it hears of',
      description: 'What happens while it is off is not told later; it can be replayed.',
      body: WebhookPatch,
      ok: { schema: ChangeReply.extend(Shown.shape) },
      idempotent: true,
    },
    (call) => run(call, { kind: 'webhook.change', webhookId: call.param('webhook_id'), patch: call.body }),
  );
  mount(
    app,
    {
      ...shared,
      method: 'delete',
      path: ONE,
      summary: 'Delete a webhook, with what it still had to tell',
      ok: { schema: ChangeReply },
      idempotent: true,
    },
    (call) => run(call, { kind: 'webhook.delete', webhookId: call.param('webhook_id') }),
  );
  mount(
    app,
    {
      ...shared,
      method: 'post',
      path: `${ONE}/rotate`,
      summary: 'Put a new signing secret in the place of the old one',
      description: 'The secret is shown once. For `overlap_s` seconds messages bear a signature of each.',
      body: z
        .strictObject({
          overlap_s: z
            .int()
            .min(0)
            .max(7 * DAY_S)
            .default(DAY_S),
        })
        .meta({ id: 'WebhookRotation' }),
      ok: { status: 201, schema: ChangeReply.extend({ ...Shown.shape, secret: z.string() }) },
    },
    async ({ c, deps, caller, body, param }) =>
      reply(c, await rotateWebhook(deps, caller, param('webhook_id'), body.overlap_s), 201),
  );
  mount(
    app,
    {
      ...shared,
      method: 'post',
      path: `${ONE}/test`,
      summary: 'Send a webhook a message that only says that it works',
      ok: { schema: ChangeReply.extend({ webhook_id: z.string(), seq: z.int().nullable() }) },
      problems: ['webhook_disabled'],
      idempotent: true,
    },
    (call) => run(call, { kind: 'webhook.test', webhookId: call.param('webhook_id') }),
  );
};

const mountDeliveries = (app: App): void => {
  mount(
    app,
    {
      ...shared,
      method: 'get',
      path: `${ONE}/deliveries`,
      summary: 'What a webhook was told, newest first, and what became of each attempt',
      query: ListQuery.extend({
        cursor: z
          .string()
          .regex(/^[1-9]\d{0,14}$/)
          .optional()
          .meta({ description: '`next_cursor` of the page before' }),
        status: z.enum(['pending', 'delivered', 'failed']).optional().meta({ description: 'only those that stand so' }),
      }),
      ok: {
        schema: z.looseObject({
          deliveries: z.array(Delivery),
          count: z.int(),
          next_cursor: z.string().nullable(),
        }),
      },
    },
    async ({ c, deps, caller, param, query }) =>
      reply(
        c,
        await ask(deps, caller, {
          kind: 'webhook.deliveries',
          webhookId: param('webhook_id'),
          filter: { state: query.status ?? null },
          before: query.cursor === undefined ? null : Number(query.cursor),
          limit: query.limit,
        }),
      ),
  );
  mount(
    app,
    {
      ...shared,
      method: 'post',
      path: `${ONE}/replay`,
      summary: 'Tell a webhook of an entry again',
      description:
        'The same message with the same `webhook-id`. Any entry that has an event can be told, also one from before the webhook was there.',
      body: z.strictObject({ seq: z.int().min(1) }).meta({ id: 'WebhookReplay' }),
      ok: { schema: ChangeReply.extend({ delivery: Delivery.nullable() }) },
      problems: ['webhook_disabled'],
      idempotent: true,
    },
    (call) => run(call, { kind: 'webhook.replay', webhookId: call.param('webhook_id'), seq: call.body.seq }),
  );
};
