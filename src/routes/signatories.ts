/** Signatories: whose tokens say who speaks (WCP 4.3). */
import { z } from 'zod';
import type { JsonObject } from '../core/json.ts';
import type { Refusal } from '../core/refusal.ts';
import type { Result } from '../core/result.ts';
import { SignatoryTerms } from '../core/signatory/signatory.ts';
import { ask } from '../services/ledger.ts';
import { registerSignatory, removeSignatory, replaceSignatory, tryToken } from '../services/signatories.ts';
import type { SubmitOptions } from '../services/submit.ts';
import type { App } from './context.ts';
import { type Call, mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply, submitOptions } from './reply.ts';
import { ChangeReply } from './schemas.ts';

const SignatoryShown = z.looseObject({ signatory_id: z.string(), issuer: z.string(), hash: z.string() });

const Trial = z
  .strictObject({
    token: z.string().min(1).max(16_384),
    proof: z
      .strictObject({
        jwt: z.string().min(1).max(16_384),
        method: z.string().min(1).max(16),
        url: z.string().min(1).max(2_048),
      })
      .optional()
      .meta({ description: 'the DPoP header, and the request that it came with' }),
  })
  .meta({ id: 'SignatoryTrial' });

const Tried = z.looseObject({
  accepted: z.boolean(),
  reason: z.string().optional(),
  explanation: z.string().optional(),
  tenant_id: z.string().optional(),
  scopes: z.array(z.string()).optional(),
});

const EXAMPLE = {
  'an identity provider': {
    summary: 'Tokens of an identity provider speak for acme-corp',
    value: {
      name: 'Acme identity provider',
      issuer: 'https://idp.acme.example/',
      jwks_url: 'https://idp.acme.example/.well-known/jwks.json',
      audiences: ['guildhall'],
      algorithms: ['ES256'],
      tenant_claim: '/org/id',
      tenant_ids: { org_42: 'acme-corp' },
      scopes: { 'guildhall.route': ['hall:route'] },
    },
  },
};

type Making = (
  call: Call<'tenant', SignatoryTerms, undefined>,
  options: SubmitOptions,
) => Promise<Result<JsonObject, Refusal>>;

const answering =
  (make: Making, status: 200 | 201) =>
  async (call: Call<'tenant', SignatoryTerms, undefined>): Promise<Response> => {
    const options = submitOptions(call.c, call.caller, call.bodyText);
    return options.ok ? reply(call.c, await make(call, options.value), status) : problem(call.c, options.error);
  };

export const mountSignatories = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/v1/signatories',
      summary: 'Register a signatory: an issuer of tokens that this Hall trusts',
      description:
        'Its tokens vouch for a `tenant_id`, as `tenant_credential` of a question or as a credential; as a credential they open what `scopes` says, at `/t/{tenant}` only.',
      tag: 'Signatories',
      access: 'tenant',
      body: SignatoryTerms,
      bodyLimit: 131_072,
      examples: EXAMPLE,
      idempotent: true,
      ok: { status: 201, schema: ChangeReply },
      problems: ['already_exists', 'key_exceeds_maker'],
    },
    answering(({ deps, caller, body }, options) => registerSignatory(deps, caller, body, options), 201),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/signatories',
      summary: 'The signatories of this Hall',
      tag: 'Signatories',
      access: 'tenant',
      ok: { schema: z.looseObject({ signatories: z.array(SignatoryShown), count: z.int() }) },
    },
    async ({ c, deps, caller }) => reply(c, await ask(deps, caller, { kind: 'signatories' })),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/signatories/{signatory_id}',
      summary: 'One signatory',
      tag: 'Signatories',
      access: 'tenant',
      ok: { schema: SignatoryShown },
    },
    async ({ c, deps, caller, param }) =>
      reply(c, await ask(deps, caller, { kind: 'signatory', signatoryId: param('signatory_id') })),
  );
  mount(
    app,
    {
      method: 'put',
      path: '/v1/signatories/{signatory_id}',
      summary: 'Replace what a signatory may do; holds from the next request',
      tag: 'Signatories',
      access: 'tenant',
      body: SignatoryTerms,
      bodyLimit: 131_072,
      idempotent: true,
      ok: { schema: ChangeReply },
      problems: ['already_exists', 'key_exceeds_maker'],
    },
    answering(
      ({ deps, caller, body, param }, options) => replaceSignatory(deps, caller, param('signatory_id'), body, options),
      200,
    ),
  );
  mount(
    app,
    {
      method: 'delete',
      path: '/v1/signatories/{signatory_id}',
      summary: 'Remove a signatory; its tokens count for nothing from the next request',
      tag: 'Signatories',
      access: 'tenant',
      idempotent: true,
      ok: { schema: ChangeReply },
    },
    async ({ c, deps, caller, param, bodyText }) => {
      const options = submitOptions(c, caller, bodyText);
      if (!options.ok) return problem(c, options.error);
      return reply(c, await removeSignatory(deps, caller, param('signatory_id'), options.value));
    },
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/signatories/{signatory_id}/test',
      summary: 'What would become of a token, and why',
      description: 'As if it came now as `tenant_credential`; nothing is recorded, and the token is not used up.',
      tag: 'Signatories',
      access: 'tenant',
      body: Trial,
      ok: { schema: Tried },
    },
    async ({ c, deps, caller, body, param }) => reply(c, await tryToken(deps, caller, param('signatory_id'), body)),
  );
};
