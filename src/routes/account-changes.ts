/** What somebody who is signed in changes about their own account: name, address, its end. */
import { z } from 'zod';
import type { Refusal } from '../core/refusal.ts';
import type { Result } from '../core/result.ts';
import { askForEmail, endAccount, rename, takeEmail } from '../services/account-changes.ts';
import { clientOf } from './caller.ts';
import type { App, Ctx } from './context.ts';
import { json, mount } from './factory.ts';
import { guarded } from './people.ts';
import { problem } from './problem.ts';
import { Done, Email, MailToken } from './schemas.ts';

const TAG = 'Accounts';
const PROOF = 'Asks for the password; an account that has none, for a session younger than five minutes.';
const Password = z.string().min(1).max(128).optional();

const done = (c: Ctx, result: Result<null, Refusal>, status: 200 | 202 = 200): Response =>
  result.ok ? json(c, { ok: true }, status) : problem(c, result.error);

export const mountAccountChanges = (app: App): void => {
  mount(
    app,
    {
      method: 'patch',
      path: '/v1/account',
      summary: 'Change your name',
      tag: TAG,
      access: 'account',
      body: z.strictObject({ name: z.string().trim().min(1).max(200) }).meta({ id: 'AccountChange' }),
      ok: { schema: Done },
    },
    async ({ c, deps, caller, body }) => {
      await rename(deps, caller, body.name);
      return json(c, { ok: true });
    },
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/email',
      summary: 'Ask for another address; a mail to it asks to prove it',
      description: `${PROOF} Answers the same for an address that has an account.`,
      tag: TAG,
      access: 'account',
      body: z.strictObject({ email: Email, password: Password }).meta({ id: 'EmailChange' }),
      ok: { status: 202, schema: Done },
      problems: ['invalid_credentials', 'step_up_required', 'rate_limited'],
    },
    async ({ c, deps, caller, body }) =>
      done(c, await askForEmail(deps, caller, body.email, body.password ?? null, clientOf(c)), 202),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/email/verify',
      summary: 'Take the new address, with the token of the mail that went to it',
      tag: TAG,
      access: 'public',
      body: MailToken,
      ok: { schema: Done },
      problems: ['link_invalid', 'foreign_origin'],
    },
    guarded(async ({ c, deps, body }) => done(c, await takeEmail(deps, body.token))),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/delete',
      summary: 'End your account: every membership, session, passkey, name and address of it',
      description: `${PROOF} Keys that you made are revoked, unless \`keep_keys\` is true. Ledgers keep what you did, under an id that means nobody from then on.`,
      tag: TAG,
      access: 'account',
      body: z.strictObject({ password: Password, keep_keys: z.boolean().default(false) }).meta({ id: 'AccountEnd' }),
      ok: { schema: Done },
      problems: [
        'invalid_credentials',
        'step_up_required',
        'rate_limited',
        'last_owner',
        'ledger_frozen',
        'ledger_unwitnessed',
        'overloaded',
      ],
    },
    async ({ c, deps, caller, body }) => {
      const ended = await endAccount(deps, caller, body.password ?? null, clientOf(c), body.keep_keys);
      if (!ended.ok) return problem(c, ended.error);
      for (const cookie of ended.value) c.header('set-cookie', cookie, { append: true });
      return json(c, { ok: true });
    },
  );
};
