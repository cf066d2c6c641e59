/** Members of a tenant and their roles; invitations. */
import { z } from 'zod';
import { ROLES } from '../core/access/roles.ts';
import { dismiss, invite, listInvitations, listMembers, setRole, uninvite } from '../services/members.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { reply } from './reply.ts';
import { ChangeReply, Email, ListQuery } from './schemas.ts';

const TAG = 'Members';
const KEEP =
  'Keys that they made, and that open more than they may from then on, are revoked with it; `true` lets them work on.';
const Role = z.enum(ROLES).meta({ id: 'Role' });

export const mountMembers = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/v1/members',
      summary: 'Who belongs to this tenant',
      tag: TAG,
      access: 'tenant',
      query: ListQuery,
      ok: {
        schema: z.object({
          members: z.array(
            z.object({ user_id: z.string(), email: z.string(), name: z.string(), role: Role, since: z.string() }),
          ),
          count: z.int(),
          next_cursor: z.string().nullable(),
        }),
      },
    },
    async ({ c, deps, caller, query }) => reply(c, await listMembers(deps, caller, query.cursor ?? null, query.limit)),
  );
  mount(
    app,
    {
      method: 'patch',
      path: '/v1/members/{user_id}',
      summary: 'Change the role of a member',
      tag: TAG,
      access: 'tenant',
      description: KEEP,
      body: z.strictObject({ role: Role, keep_keys: z.boolean().default(false) }).meta({ id: 'RoleChange' }),
      ok: { schema: ChangeReply },
      problems: ['last_owner'],
    },
    async ({ c, deps, caller, body, param }) =>
      reply(c, await setRole(deps, caller, param('user_id'), body.role, body.keep_keys)),
  );
  mount(
    app,
    {
      method: 'delete',
      path: '/v1/members/{user_id}',
      summary: 'Remove a member; everybody may remove themselves',
      tag: TAG,
      description: KEEP,
      access: 'tenant',
      query: z.object({ keep_keys: z.enum(['true', 'false']).default('false') }),
      ok: { schema: ChangeReply },
      problems: ['last_owner'],
    },
    async ({ c, deps, caller, query, param }) =>
      reply(c, await dismiss(deps, caller, param('user_id'), query.keep_keys === 'true')),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/invitations',
      summary: 'Invite somebody by mail',
      description: 'The link works once, for a week, for an account with this address.',
      tag: TAG,
      access: 'tenant',
      body: z.strictObject({ email: Email, role: Role }).meta({ id: 'NewInvitation' }),
      ok: { status: 201, schema: ChangeReply },
    },
    async ({ c, deps, caller, body }) => reply(c, await invite(deps, caller, body.email, body.role), 201),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/invitations',
      summary: 'Invitations that nobody has accepted yet',
      tag: TAG,
      access: 'tenant',
      ok: {
        schema: z.object({
          invitations: z.array(
            z.object({ invitation_id: z.string(), email: z.string(), role: Role, expires_at: z.string() }),
          ),
          count: z.int(),
        }),
      },
    },
    async ({ c, deps, caller }) => reply(c, await listInvitations(deps, caller)),
  );
  mount(
    app,
    {
      method: 'delete',
      path: '/v1/invitations/{invitation_id}',
      summary: 'Withdraw an invitation',
      tag: TAG,
      access: 'tenant',
      ok: { schema: ChangeReply },
    },
    async ({ c, deps, caller, param }) => reply(c, await uninvite(deps, caller, param('invitation_id'))),
  );
};
