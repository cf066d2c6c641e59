/** API keys: make, list, rotate, revoke; and what secret scanners need to find and report one. */
import { z } from 'zod';
import { NewKey } from '../core/access/key-terms.ts';
import { RateLimit } from '../core/access/token-bucket.ts';
import { createKey, reportLeak, rotateKey, scannerNotice } from '../services/keys.ts';
import { ask } from '../services/ledger.ts';
import { run } from './command.ts';
import type { App } from './context.ts';
import { json, mount } from './factory.ts';
import { reply } from './reply.ts';
import { ChangeReply, ListQuery } from './schemas.ts';

const date = z.string().nullable();
const KeyShown = z
  .looseObject({
    key_id: z.string(),
    name: z.string(),
    environment: z.enum(['live', 'test']),
    scopes: z.array(z.string()),
    status: z.enum(['active', 'ending', 'expired', 'revoked', 'leaked']),
    created_at: date,
    created_by: z.string().nullable(),
    expires_at: date,
    last_used_at: date.meta({ description: 'to the minute' }),
    revoked_at: date,
    replaced_by: z.string().nullable(),
    allowed_ips: z.array(z.string()).nullable(),
    rate_limit: RateLimit.nullable(),
  })
  .meta({ id: 'ApiKey', description: 'An API key without its text, which is shown once and kept nowhere.' });

const DAY_S = 86_400;

export const mountKeys = (app: App): void => {
  mountKeyLife(app);
  mountScanners(app);
};

const mountKeyLife = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/v1/keys',
      summary: 'Create an API key',
      description:
        'The key is shown once; only its SHA-256 is kept. It opens nothing that its maker cannot open: expiry, ranges and limit that are not named are the maker’s own.',
      tag: 'Keys',
      access: 'tenant',
      body: NewKey,
      ok: { status: 201, schema: ChangeReply },
      problems: ['key_exceeds_maker', 'too_many_keys'],
    },
    async ({ c, deps, caller, body }) => reply(c, await createKey(deps, caller, body), 201),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/keys',
      summary: 'API keys, with when each was last used',
      tag: 'Keys',
      access: 'tenant',
      query: ListQuery,
      ok: { schema: z.looseObject({ keys: z.array(KeyShown), count: z.int(), next_cursor: z.string().nullable() }) },
    },
    async ({ c, deps, caller, query }) =>
      reply(c, await ask(deps, caller, { kind: 'keys', after: query.cursor ?? null, limit: query.limit })),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/keys/{key_id}',
      summary: 'One API key',
      tag: 'Keys',
      access: 'tenant',
      ok: { schema: KeyShown },
    },
    async ({ c, deps, caller, param }) => reply(c, await ask(deps, caller, { kind: 'key', keyId: param('key_id') })),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/keys/{key_id}/rotate',
      summary: 'Put a new API key in the place of one',
      description: 'The new key has the same terms and is shown once. The old one works on for `overlap_s` seconds.',
      tag: 'Keys',
      access: 'tenant',
      body: z
        .strictObject({
          overlap_s: z
            .int()
            .min(0)
            .max(30 * DAY_S)
            .default(DAY_S),
        })
        .meta({ id: 'KeyRotation' }),
      ok: { status: 201, schema: ChangeReply },
      problems: ['key_exceeds_maker'],
    },
    async ({ c, deps, caller, body, param }) =>
      reply(c, await rotateKey(deps, caller, param('key_id'), body.overlap_s), 201),
  );
  mount(
    app,
    {
      method: 'delete',
      path: '/v1/keys/{key_id}',
      summary: 'Revoke an API key; holds from the next request',
      tag: 'Keys',
      access: 'tenant',
      ok: { schema: ChangeReply },
      idempotent: true,
    },
    (call) => run(call, { kind: 'key.revoke', keyId: call.param('key_id') }),
  );
};

const mountScanners = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/.well-known/api-key-pattern.json',
      summary: 'For secret scanners: how an API key looks, and where to report one',
      tag: 'Keys',
      access: 'public',
      ok: { schema: z.looseObject({ pattern: z.string(), report_url: z.string() }) },
    },
    ({ c, deps }) => {
      c.header('cache-control', 'public, max-age=86400');
      return json(c, scannerNotice(deps));
    },
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/keys/leaked',
      summary: 'Report an API key that was found in public; it is revoked at once',
      description: 'The key itself is the proof. The answer is always the same and says nothing of what was sent.',
      tag: 'Keys',
      access: 'public',
      body: z
        .strictObject({
          api_key: z.string().min(1).max(512),
          source: z.string().min(1).max(200).default('a stranger').meta({ description: 'where it was found' }),
        })
        .meta({ id: 'LeakedKey' }),
      ok: { status: 202, schema: z.object({ received: z.literal(true) }) },
    },
    async ({ c, deps, body }) => {
      await reportLeak(deps, body.api_key, body.source);
      return json(c, { received: true }, 202);
    },
  );
};
