/** Tenants and their API keys. */
import { z } from 'zod';
import { SCOPES } from '../core/caller.ts';
import { createKey, createTenant } from '../services/manage.ts';
import { run } from './command.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { reply } from './reply.ts';
import { ChangeReply } from './schemas.ts';

export const mountTenants = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/v1/tenants',
      summary: 'Create a tenant with its first API key',
      description: 'The key is shown once. It opens everything of this tenant.',
      tag: 'Tenants',
      access: 'operator',
      body: z
        .strictObject({
          tenant: z
            .string()
            .min(3)
            .max(40)
            .meta({ examples: ['acme'] }),
          name: z.string().min(1).max(200),
          environment: z.enum(['live', 'test']).default('live'),
        })
        .meta({ id: 'NewTenant' }),
      ok: { status: 201, schema: ChangeReply },
      problems: ['already_exists'],
    },
    async ({ c, deps, body }) => reply(c, await createTenant(deps, body.tenant, body.name, body.environment), 201),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/keys',
      summary: 'Create an API key',
      description: 'The key is shown once; only its SHA-256 is kept.',
      tag: 'Keys',
      access: 'tenant',
      body: z
        .strictObject({
          name: z.string().min(1).max(200),
          scopes: z.array(z.enum(SCOPES)).min(1),
          environment: z.enum(['live', 'test']).default('live'),
          expires_at: z.iso.datetime().optional(),
        })
        .meta({ id: 'NewKey' }),
      ok: { status: 201, schema: ChangeReply },
    },
    async ({ c, deps, caller, body }) => {
      const expiresAt = body.expires_at === undefined ? null : Date.parse(body.expires_at);
      const { name, scopes, environment } = body;
      return reply(
        c,
        await createKey(deps, caller, { name, scopes: [...new Set(scopes)], environment, expiresAt }),
        201,
      );
    },
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
