/** Tenants: for the operator of the service. */
import { z } from 'zod';
import { RateLimit } from '../core/access/token-bucket.ts';
import { createTenant, deleteTenant, limitTenant, nameOwner } from '../services/tenants.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { reply } from './reply.ts';
import { ChangeReply, Ended, Ending, Person, Place, TenantName } from './schemas.ts';

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
          tenant: TenantName,
          name: z.string().min(1).max(200),
          environment: z.enum(['live', 'test']).default('live'),
          jurisdiction: Place.optional(),
          rate_limit: RateLimit.optional(),
        })
        .meta({ id: 'NewTenant' }),
      ok: { status: 201, schema: ChangeReply },
      problems: ['already_exists'],
    },
    async ({ c, deps, body: { tenant, rate_limit, jurisdiction, ...named } }) =>
      reply(
        c,
        await createTenant(deps, tenant, {
          ...named,
          rateLimit: rate_limit ?? null,
          jurisdiction: jurisdiction ?? null,
        }),
        201,
      ),
  );
  mount(
    app,
    {
      method: 'patch',
      path: '/v1/tenants/{tenant}',
      summary: 'Change how much a tenant may ask',
      tag: 'Tenants',
      access: 'operator',
      body: z
        .strictObject({ rate_limit: RateLimit.nullable().meta({ description: 'null: no limit' }) })
        .meta({ id: 'TenantChange' }),
      ok: { schema: ChangeReply },
      problems: ['not_found'],
    },
    async ({ c, deps, body, param }) => reply(c, await limitTenant(deps, param('tenant'), body.rate_limit)),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/tenants/{tenant}/owners',
      summary: 'Name an owner of a tenant',
      description:
        'Makes an account with a verified address where there is none; an account that exists keeps its password.',
      tag: 'Tenants',
      access: 'operator',
      body: Person.meta({ id: 'NewOwner' }),
      ok: { status: 201, schema: ChangeReply },
      problems: ['not_found'],
    },
    async ({ c, deps, body, param }) => reply(c, await nameOwner(deps, param('tenant'), body), 201),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/tenants/{tenant}/delete',
      summary: 'End a tenant: export its whole ledger to the archive, then erase it',
      description: 'The name is never given again. A call that broke off goes on where it stopped.',
      tag: 'Tenants',
      access: 'operator',
      body: Ending,
      ok: { schema: Ended },
      problems: ['not_found'],
    },
    async ({ c, deps, body, param }) => reply(c, await deleteTenant(deps, param('tenant'), body.reason)),
  );
};
