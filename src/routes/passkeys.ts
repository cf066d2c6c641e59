/** Passkeys: WebAuthn's two ceremonies, each a challenge and what was signed of it. */
import { z } from 'zod';
import type { JsonObject } from '../core/json.ts';
import {
  addPasskey,
  beginPasskey,
  challengeForPasskey,
  dropPasskey,
  listPasskeys,
  signInWithPasskey,
} from '../services/passkeys.ts';
import { clientOf } from './caller.ts';
import type { App } from './context.ts';
import { json, mount } from './factory.ts';
import { guarded, withCookies } from './people.ts';
import { problem } from './problem.ts';
import { reply } from './reply.ts';
import { SessionShown } from './schemas.ts';

const TAG = 'Accounts';
const Options = z
  .looseObject({ challenge: z.string() })
  .meta({ id: 'PasskeyChallenge', description: 'What the browser takes as `publicKey`, in its JSON form.' });
const Signed = z
  .looseObject({ id: z.string().min(1).max(2_048), rawId: z.string(), type: z.string(), response: z.looseObject({}) })
  .meta({ id: 'PasskeyResponse', description: 'What the browser made, in its JSON form.' });
const Shown = z
  .object({ passkey_id: z.string(), name: z.string(), since: z.string().nullable(), backed_up: z.boolean() })
  .meta({ id: 'Passkey' });

export const mountPasskeys = (app: App): void => {
  mountRegistration(app);
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/sign-in/passkey/challenge',
      summary: 'Ask for a challenge to sign in with a passkey',
      description: 'The answer sets a cookie that names the challenge, which is good once, for five minutes.',
      tag: TAG,
      access: 'public',
      ok: { schema: Options },
      problems: ['rate_limited', 'foreign_origin'],
    },
    guarded(async ({ c, deps }) => {
      const asked = await challengeForPasskey(deps, clientOf(c));
      return asked.ok
        ? withCookies(c, { ok: true, value: { value: asked.value.options, cookies: asked.value.cookies } })
        : problem(c, asked.error);
    }),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/sign-in/passkey',
      summary: 'Sign in with a passkey; the answer sets the session cookie',
      description: 'The authenticator must have verified its user.',
      tag: TAG,
      access: 'public',
      body: z.strictObject({ response: Signed }).meta({ id: 'PasskeySignIn' }),
      ok: { schema: SessionShown },
      problems: ['passkey_invalid', 'rate_limited', 'foreign_origin'],
    },
    guarded(async ({ c, deps, body }) =>
      withCookies(c, await signInWithPasskey(deps, clientOf(c), body.response as JsonObject)),
    ),
  );
};

const mountRegistration = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/v1/account/passkeys',
      summary: 'The passkeys of this account',
      tag: TAG,
      access: 'account',
      ok: { schema: z.object({ passkeys: z.array(Shown), count: z.int() }) },
    },
    async ({ c, deps, caller }) => {
      c.header('cache-control', 'no-store');
      return json(c, await listPasskeys(deps, caller));
    },
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/passkeys/challenge',
      summary: 'Ask for a challenge to add a passkey',
      description: 'Wants a session that is younger than a day.',
      tag: TAG,
      access: 'account',
      ok: { schema: Options },
      problems: ['step_up_required', 'rate_limited'],
    },
    async ({ c, deps, caller }) => {
      const begun = await beginPasskey(deps, caller, clientOf(c));
      return begun.ok
        ? withCookies(c, { ok: true, value: { value: begun.value.options, cookies: begun.value.cookies } })
        : problem(c, begun.error);
    },
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/passkeys',
      summary: 'Add a passkey; a mail tells the owner of the account',
      tag: TAG,
      access: 'account',
      body: z.strictObject({ name: z.string().trim().min(1).max(100), response: Signed }).meta({ id: 'NewPasskey' }),
      ok: { status: 201, schema: Shown },
      problems: ['passkey_invalid', 'step_up_required'],
    },
    async ({ c, deps, caller, body }) =>
      reply(c, await addPasskey(deps, caller, clientOf(c), body.name, body.response as JsonObject), 201),
  );
  mount(
    app,
    {
      method: 'delete',
      path: '/v1/account/passkeys/{passkey_id}',
      summary: 'Remove a passkey of this account',
      tag: TAG,
      access: 'account',
      ok: { schema: z.strictObject({ ok: z.literal(true) }) },
      problems: ['not_found'],
    },
    async ({ c, deps, caller, param }) => {
      const removed = await dropPasskey(deps, caller, param('passkey_id'));
      return removed.ok ? json(c, { ok: true }) : problem(c, removed.error);
    },
  );
};
