/** Profiles (WCP 7.3, 7.4): named postures, built in or a tenant's own; preview, activation, removal by two people. */
import { z } from 'zod';
import { ProfileDocument, ProfileId } from '../core/profile/document.ts';
import { ENVS } from '../core/vocabulary.ts';
import { ask } from '../services/ledger.ts';
import { run } from './command.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { reply } from './reply.ts';
import { ChangeReply } from './schemas.ts';

const DOCUMENT_BYTES = 500_000;
const version = z.string().max(32).optional().meta({ description: 'this version; else the newest' });
const Version = z.object({ version });
const Listed = z.looseObject({ profile_id: z.string(), version: z.string(), hash: z.string() });
const Change = z.looseObject({ env: z.enum(ENVS), verdict: z.enum(['stopped', 'held', 'sometimes']) });

const Terms = z
  .strictObject({
    version,
    envs: z.array(z.enum(ENVS)).min(1).optional().meta({ description: 'where it holds; else everywhere' }),
    overrides: z
      .array(z.string().min(1).max(256))
      .max(1_000)
      .optional()
      .meta({ description: 'workers that it would deny for their risk, and that wait for a human instead' }),
  })
  .meta({ id: 'ProfileTerms' });

const requestOf = (profileId: string, body: z.output<typeof Terms>) => ({
  profileId,
  version: body.version ?? null,
  terms: { envs: body.envs ?? null, overrides: body.overrides ?? [] },
});

export const mountProfiles = (app: App): void => {
  mountDocuments(app);
  mountPosture(app);
};

const mountDocuments = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/v1/profiles',
      summary: 'All profiles: those that are built in, and your own',
      tag: 'Profiles',
      access: 'tenant',
      ok: { schema: z.looseObject({ profiles: z.array(Listed), count: z.int() }) },
    },
    async ({ c, deps, caller }) => reply(c, await ask(deps, caller, { kind: 'profiles' })),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/profiles',
      summary: 'Publish a profile of your own',
      description:
        'Under an id of your own, org.<name> or x.<name>. A version names one content for ever. Publishing changes nothing; activating does.',
      tag: 'Profiles',
      access: 'tenant',
      body: ProfileDocument,
      bodyJudgedByService: true,
      bodyLimit: DOCUMENT_BYTES,
      idempotent: true,
      ok: { status: 201, schema: ChangeReply },
      problems: ['profile_invalid', 'profile_version_reused'],
    },
    (call) => run(call, { kind: 'profile.publish', content: call.json }, 201),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/profiles/active',
      summary: 'Which profiles are active, and what holds in each environment',
      tag: 'Profiles',
      access: 'tenant',
      ok: {
        schema: z.looseObject({
          posture: z.string().nullable(),
          profiles: z.array(Listed),
          removals: z.array(z.looseObject({ profile: z.string() })),
          effective: z.record(z.enum(ENVS), z.looseObject({ floors: z.looseObject({}) })),
        }),
      },
    },
    async ({ c, deps, caller }) => reply(c, await ask(deps, caller, { kind: 'profiles.active' })),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/v1/profiles/{profile_id}',
      summary: 'One profile, whole: what it demands, and what each demand stands for',
      description:
        'Each row of `mappings` says which control of the framework, what enforces it here, what shows it, and what that does not show. A profile supports evidence; it certifies nothing.',
      tag: 'Profiles',
      access: 'tenant',
      query: Version,
      ok: { schema: Listed.extend({ document: z.looseObject({ profile_id: z.string(), title: z.string() }) }) },
    },
    async ({ c, deps, caller, query, param }) =>
      reply(
        c,
        await ask(deps, caller, { kind: 'profile', profileId: param('profile_id'), version: query.version ?? null }),
      ),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/profiles/{profile_id}/copy',
      summary: 'Publish a copy under your own id, with changes',
      tag: 'Profiles',
      access: 'tenant',
      body: z
        .strictObject({
          profile_id: ProfileId,
          version: z.string().max(32),
          title: z.string().min(1).max(200).optional(),
          changes: z
            .record(z.string(), z.json())
            .default({})
            .meta({ description: 'members that take the place of those of the original' }),
        })
        .meta({ id: 'ProfileCopy' }),
      bodyLimit: DOCUMENT_BYTES,
      query: Version,
      idempotent: true,
      ok: { status: 201, schema: ChangeReply },
      problems: ['profile_invalid', 'profile_version_reused'],
    },
    (call) => {
      const { changes, profile_id, version: named, title } = call.body;
      return run(
        call,
        {
          kind: 'profile.copy',
          profileId: call.param('profile_id'),
          version: call.query.version ?? null,
          changes: { ...changes, profile_id, version: named, ...(title === undefined ? {} : { title }) },
        },
        201,
      );
    },
  );
};

const mountPosture = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/v1/profiles/{profile_id}/preview',
      summary: 'What activating a profile would stop',
      description:
        'Decides a question for every rule, environment and enrolled worker that the rule lists, as it is and as it would be: `stopped` whatever is asked, `held` for a human, or stopped `sometimes`. Each is asked with the token of a signatory: `signatory` says how many of those that are dispatched today without one would then be denied for it. Nothing is recorded, nothing changes.',
      tag: 'Profiles',
      access: 'tenant',
      body: Terms,
      ok: {
        schema: z.looseObject({
          questions: z.int(),
          complete: z.boolean(),
          signatory: z.object({
            assumed: z.literal(true),
            stopped_without: z
              .int()
              .meta({ description: 'dispatched today without a token, and denied for its lack then' }),
            envs: z.array(z.string()),
          }),
          workers: z.array(Change.extend({ worker_id: z.string() })),
          rules: z.array(Change.extend({ rule_id: z.string() })),
        }),
      },
      problems: ['profile_active', 'tenant_elsewhere'],
    },
    async ({ c, deps, caller, body, param }) =>
      reply(c, await ask(deps, caller, { kind: 'profile.preview', ...requestOf(param('profile_id'), body) })),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/profiles/{profile_id}/activate',
      summary: 'Activate a profile; holds from the next decision',
      description:
        'Several unite, and the strictest wins; none lowers a floor. Activating it again may widen where it holds.',
      tag: 'Profiles',
      access: 'tenant',
      body: Terms,
      idempotent: true,
      ok: { schema: ChangeReply },
      problems: ['profile_active', 'tenant_elsewhere'],
    },
    (call) => run(call, { kind: 'profile.activate', ...requestOf(call.param('profile_id'), call.body) }),
  );
  mount(
    app,
    {
      method: 'post',
      path: '/v1/profiles/{profile_id}/deactivate',
      summary: 'Take a profile out; two people have to ask for it',
      description:
        'The first request is recorded and changes nothing. The same request with another credential within 24 hours takes the profile out.',
      tag: 'Profiles',
      access: 'tenant',
      body: z.strictObject({ version }).meta({ id: 'ProfileRemoval' }),
      idempotent: true,
      ok: { schema: ChangeReply },
      problems: ['second_person_required'],
    },
    (call) =>
      run(call, {
        kind: 'profile.deactivate',
        profileId: call.param('profile_id'),
        version: call.body.version ?? null,
      }),
  );
};
