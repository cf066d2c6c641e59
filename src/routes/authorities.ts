/** Attestation authorities that a tenant trusts beside its own word (WCP 4.4). */
import { z } from 'zod';
import type { JsonObject } from '../core/json.ts';
import { AuthorityDocument, AuthorityNews } from '../core/registry/authority.ts';
import { importNews, refresh, subscribe } from '../services/authorities.ts';
import { ask } from '../services/ledger.ts';
import { run } from './command.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply, submitOptions } from './reply.ts';
import { ChangeReply } from './schemas.ts';

const TAG = 'Workers';
/** What is imported becomes one entry, which has to fit a row. */
const NEWS_BYTES = 1_000_000;

const Shown = z.looseObject({ authority_id: z.string(), keys: z.record(z.string(), z.string()), ban_epoch: z.int() });
const Imported = ChangeReply.extend({
  authority_id: z.string(),
  attested: z.int().meta({ description: 'statements that were taken as registrations' }),
  ignored: z.array(z.strictObject({ manifest_id: z.string(), reason: z.string() })),
  ban_epoch: z.int().meta({ description: 'how far its ban list is known' }),
});

export const mountAuthorities = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/v1/authorities',
      summary: 'The attestation authorities that this tenant trusts',
      tag: TAG,
      access: 'tenant',
      ok: { schema: z.strictObject({ authorities: z.array(Shown), count: z.int() }) },
    },
    async ({ c, deps, caller }) => reply(c, await ask(deps, caller, { kind: 'authorities' })),
  );
  mount(
    app,
    {
      method: 'put',
      path: '/v1/authorities/{authority_id}',
      summary: 'Trust an attestation authority, or change how',
      description:
        'From then on its signed statements count as registrations, and its ban list as bans of this tenant, as soon as they are brought: pushed to /news, or fetched by /refresh.',
      tag: TAG,
      access: 'tenant',
      body: AuthorityDocument,
      idempotent: true,
      ok: { schema: ChangeReply.extend(Shown.shape) },
    },
    async ({ c, deps, caller, body, bodyText, param }) => {
      const options = submitOptions(c, caller, bodyText);
      if (!options.ok) return problem(c, options.error);
      return reply(c, await subscribe(deps, caller, param('authority_id'), body, options.value));
    },
  );
  mount(
    app,
    {
      method: 'delete',
      path: '/v1/authorities/{authority_id}',
      summary: 'Trust an authority no more; its bans go with it',
      tag: TAG,
      access: 'tenant',
      idempotent: true,
      ok: { schema: ChangeReply },
      problems: ['not_found'],
    },
    (call) => run(call, { kind: 'authority.unsubscribe', authorityId: call.param('authority_id') }),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/authorities/{authority_id}/news',
      summary: 'Bring what an authority has signed',
      tag: TAG,
      access: 'tenant',
      body: AuthorityNews,
      bodyLimit: NEWS_BYTES,
      idempotent: true,
      ok: { schema: Imported },
      problems: ['not_found', 'authority_untrusted', 'authority_feed_gap'],
    },
    async ({ c, deps, caller, body, json, bodyText, param }) => {
      const options = submitOptions(c, caller, bodyText);
      if (!options.ok) return problem(c, options.error);
      // The feed as it was sent: its signature covers members that the schema does not know.
      const news = { statements: body.statements, feed: body.ban_feed ? (json.ban_feed as JsonObject) : null };
      return reply(c, await importNews(deps, caller, param('authority_id'), news, options.value));
    },
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/authorities/{authority_id}/refresh',
      summary: 'Fetch what an authority has signed, from the addresses of the subscription',
      tag: TAG,
      access: 'tenant',
      idempotent: true,
      ok: { schema: Imported },
      problems: ['not_found', 'authority_unreachable', 'authority_untrusted', 'authority_feed_gap'],
    },
    async ({ c, deps, caller, bodyText, param }) => {
      const options = submitOptions(c, caller, bodyText);
      if (!options.ok) return problem(c, options.error);
      return reply(c, await refresh(deps, caller, param('authority_id'), options.value));
    },
  );
};
