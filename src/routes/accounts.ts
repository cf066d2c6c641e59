/** People: signing up and in, sessions, lost passwords, tenants of their own. Nothing here leads to another address. */
import { z } from 'zod';
import type { Refusal } from '../core/refusal.ts';
import { ok, type Result } from '../core/result.ts';
import { mailAgain, resetPassword, session, signIn, signOut, signUp, verifyEmail } from '../services/accounts.ts';
import { acceptInvitation } from '../services/members.ts';
import { createOwnTenant, deleteOwnTenant } from '../services/tenants.ts';
import { clientOf } from './caller.ts';
import type { App, Ctx } from './context.ts';
import { json, mount } from './factory.ts';
import { outboxPage } from './outbox-page.ts';
import { guarded, withCookies } from './people.ts';
import { problem } from './problem.ts';
import { reply } from './reply.ts';
import {
  ChangeReply,
  Done,
  Email,
  Ended,
  Ending,
  MailToken,
  NewPassword,
  Person,
  Place,
  SessionShown,
  TenantName,
} from './schemas.ts';

const TAG = 'Accounts';

const done = (c: Ctx, result: Result<null, Refusal>, status: 200 | 202 = 200): Response =>
  result.ok ? json(c, { ok: true }, status) : problem(c, result.error);

export const mountAccounts = (app: App): void => {
  mountSignUp(app);
  mountSessions(app);
  mountPasswords(app);
  mountOwnTenants(app);
};

const mountSignUp = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/sign-up',
      summary: 'Make an account; a mail asks to verify the address',
      description: 'Answers the same for an address that has an account: its owner is told by mail.',
      tag: TAG,
      access: 'public',
      body: Person.meta({ id: 'SignUp' }),
      ok: { status: 202, schema: Done },
      problems: ['rate_limited', 'foreign_origin'],
    },
    guarded(async ({ c, deps, body }) => done(c, await signUp(deps, body, clientOf(c)), 202)),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/verification',
      summary: 'Send the mail that verifies an address again',
      tag: TAG,
      access: 'public',
      body: z.strictObject({ email: Email }).meta({ id: 'MailAgain' }),
      ok: { status: 202, schema: Done },
      problems: ['rate_limited', 'foreign_origin'],
    },
    guarded(async ({ c, deps, body }) => done(c, await mailAgain(deps, 'again', body.email), 202)),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/verify',
      summary: 'Verify an address with the token of the mail',
      tag: TAG,
      access: 'public',
      body: MailToken,
      ok: { schema: Done },
      problems: ['link_invalid', 'foreign_origin'],
    },
    guarded(async ({ c, deps, body }) => done(c, await verifyEmail(deps, body.token))),
  );
};

const mountSessions = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/sign-in',
      summary: 'Sign in; the answer sets the session cookie',
      tag: TAG,
      access: 'public',
      body: z.strictObject({ email: Email, password: z.string().min(1).max(128) }).meta({ id: 'SignIn' }),
      ok: { schema: SessionShown },
      problems: ['invalid_credentials', 'email_not_verified', 'rate_limited', 'foreign_origin'],
    },
    guarded(async ({ c, deps, body }) => withCookies(c, await signIn(deps, body.email, body.password, clientOf(c)))),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/account/session',
      summary: 'Who is signed in, and what they may do where',
      tag: TAG,
      access: 'account',
      ok: { schema: SessionShown },
    },
    async ({ c, deps }) => {
      c.header('cache-control', 'no-store');
      return withCookies(c, await session(deps, clientOf(c)));
    },
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/sign-out',
      summary: 'End this session',
      tag: TAG,
      access: 'account',
      ok: { schema: Done },
    },
    async ({ c, deps }) => {
      for (const cookie of await signOut(deps, clientOf(c))) c.header('set-cookie', cookie, { append: true });
      return json(c, { ok: true });
    },
  );
};

const mountPasswords = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/password/forgot',
      summary: 'Ask for a mail that opens a new password',
      description: 'Answers the same whether the address has an account or not.',
      tag: TAG,
      access: 'public',
      body: z.strictObject({ email: Email }).meta({ id: 'PasswordForgotten' }),
      ok: { status: 202, schema: Done },
      problems: ['rate_limited', 'foreign_origin'],
    },
    guarded(async ({ c, deps, body }) => done(c, await mailAgain(deps, 'reset', body.email), 202)),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/password/reset',
      summary: 'Set a new password with the token of the mail; ends every session',
      tag: TAG,
      access: 'public',
      body: MailToken.extend({ password: NewPassword }).meta({ id: 'PasswordReset' }),
      ok: { schema: Done },
      problems: ['link_invalid', 'foreign_origin'],
    },
    guarded(async ({ c, deps, body }) => {
      const reset = await resetPassword(deps, body.token, body.password);
      return withCookies(c, reset.ok ? ok({ value: { ok: true }, cookies: reset.value }) : reset);
    }),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/outbox',
      summary: 'On a development server: the mails that it did not send',
      tag: TAG,
      access: 'public',
      ok: { schema: z.string(), type: 'text/html' },
      problems: ['not_found'],
    },
    ({ c, deps }) => outboxPage(c, deps.mail.outbox),
  );
};

const mountOwnTenants = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/tenants',
      summary: 'Make a tenant of your own, with its first API key',
      tag: TAG,
      access: 'account',
      body: z
        .strictObject({ tenant: TenantName, name: z.string().min(1).max(200), jurisdiction: Place.optional() })
        .meta({ id: 'OwnTenant' }),
      ok: { status: 201, schema: ChangeReply },
      problems: ['already_exists', 'too_many_tenants', 'ledger_unwitnessed', 'overloaded'],
    },
    async ({ c, deps, caller, body }) =>
      reply(c, await createOwnTenant(deps, caller, body.tenant, body.name, body.jurisdiction ?? null), 201),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/tenants/{tenant}/delete',
      summary: 'End a tenant that you own: its ledger is archived, and then it is erased',
      tag: TAG,
      access: 'account',
      body: Ending,
      ok: { schema: Ended },
      problems: ['not_found', 'ledger_frozen', 'ledger_unwitnessed', 'overloaded'],
    },
    async ({ c, deps, caller, body, param }) =>
      reply(c, await deleteOwnTenant(deps, caller, param('tenant'), body.reason)),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/invitations/accept',
      summary: 'Join the tenant that a mail invited you to',
      tag: TAG,
      access: 'account',
      body: MailToken,
      ok: { schema: ChangeReply },
      problems: ['link_invalid', 'already_exists', 'ledger_frozen', 'ledger_unwitnessed', 'overloaded'],
    },
    async ({ c, deps, caller, body }) => reply(c, await acceptInvitation(deps, caller, body.token)),
  );
};
