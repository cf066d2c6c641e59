/** Sessions of whoever is signed in, and their password. */
import { z } from 'zod';
import { changePassword } from '../services/accounts.ts';
import { endOne, listSessions, signOutEverywhere } from '../services/sessions.ts';
import { clientOf } from './caller.ts';
import type { App, Ctx } from './context.ts';
import { json, mount } from './factory.ts';
import { problem } from './problem.ts';
import { Done, NewPassword } from './schemas.ts';

const TAG = 'Accounts';

const done = (c: Ctx, cookies: readonly string[]): Response => {
  for (const cookie of cookies) c.header('set-cookie', cookie, { append: true });
  return json(c, { ok: true });
};

export const mountSessions = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/v1/account/sessions',
      summary: 'Where this account is signed in',
      tag: TAG,
      access: 'account',
      ok: {
        schema: z.object({
          sessions: z.array(
            z.object({
              session_id: z.string(),
              current: z.boolean(),
              since: z.string(),
              renewed_at: z.string(),
              expires_at: z.string(),
              address: z.string().nullable(),
              user_agent: z.string().nullable(),
            }),
          ),
          count: z.int(),
        }),
      },
    },
    async ({ c, deps, caller }) => {
      c.header('cache-control', 'no-store');
      return json(c, await listSessions(deps, caller));
    },
  );
  mount(
    app,
    {
      method: 'delete',
      path: '/v1/account/sessions/{session_id}',
      summary: 'End one session of this account',
      tag: TAG,
      access: 'account',
      ok: { schema: Done },
      problems: ['not_found'],
    },
    async ({ c, deps, caller, param }) => {
      const ended = await endOne(deps, caller, param('session_id'));
      return ended.ok ? done(c, []) : problem(c, ended.error);
    },
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/sign-out-everywhere',
      summary: 'End every session of this account, this one too',
      tag: TAG,
      access: 'account',
      ok: { schema: Done },
    },
    async ({ c, deps, caller }) => done(c, await signOutEverywhere(deps, caller, clientOf(c))),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/password',
      summary: 'Change the password; every other session ends',
      tag: TAG,
      access: 'account',
      body: z
        .strictObject({ current_password: z.string().min(1).max(128), password: NewPassword })
        .meta({ id: 'PasswordChange' }),
      ok: { schema: Done },
      problems: ['invalid_credentials', 'rate_limited'],
    },
    async ({ c, deps, caller, body }) => {
      const changed = await changePassword(deps, caller, body.current_password, body.password, clientOf(c));
      return changed.ok ? done(c, changed.value) : problem(c, changed.error);
    },
  );
};
