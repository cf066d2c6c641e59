/** Signing in by an identity provider: the way there, and the way back. */
import { z } from 'zod';
import { beginSignIn, finishSignIn, listProviders } from '../services/providers.ts';
import { clientOf } from './caller.ts';
import type { App } from './context.ts';
import { json, mount } from './factory.ts';
import { guarded, withCookies } from './people.ts';
import { problem } from './problem.ts';

const TAG = 'Accounts';
const text = (description: string) => z.string().max(4_096).optional().meta({ description });

export const mountProviders = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/v1/account/providers',
      summary: 'The identity providers that one may sign in by',
      tag: TAG,
      access: 'public',
      ok: { schema: z.object({ providers: z.array(z.object({ id: z.string(), name: z.string() })) }) },
    },
    ({ c, deps }) => json(c, listProviders(deps)),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/account/sign-in/provider',
      summary: 'Begin to sign in by an identity provider',
      description: 'Answers where to go. The cookie of the answer binds the way back to this browser.',
      tag: TAG,
      access: 'public',
      body: z.strictObject({ provider: z.string().min(1).max(40) }).meta({ id: 'ProviderSignIn' }),
      ok: { schema: z.object({ url: z.string() }) },
      problems: ['not_found', 'provider_unreachable', 'rate_limited', 'foreign_origin'],
    },
    guarded(async ({ c, deps, body }) => withCookies(c, await beginSignIn(deps, body.provider, clientOf(c)))),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/account/callback/{provider}',
      summary: 'Where an identity provider sends people back to',
      description: 'Leads to the dashboard: with a session cookie, or to its sign-in page with the reason.',
      tag: TAG,
      access: 'public',
      query: z.object({
        code: text('what the provider gives out for a token'),
        state: text('what this service gave the browser along'),
        error: text('why the provider let nobody in'),
        iss: text('which provider it was'),
      }),
      ok: { status: 302, schema: z.literal(''), type: 'text/plain' },
      problems: ['not_found'],
    },
    async ({ c, deps, query, param }) => {
      const finished = await finishSignIn(deps, param('provider'), query, clientOf(c));
      if (!finished.ok) return problem(c, finished.error);
      const { result, cookies } = finished.value;
      c.header('cache-control', 'no-store');
      c.header('referrer-policy', 'no-referrer');
      for (const cookie of cookies) c.header('set-cookie', cookie, { append: true });
      return c.redirect(result.ok ? '/#signed-in=yes' : `/sign-in?problem=${result.error}`);
    },
  );
};
