/** Versioned documents, rules and policy: publish, read, versions, roll back. Content is what was sent, without defaults. */
import { z } from 'zod';
import { RuleSetDocument } from '../core/hall/rule-document.ts';
import type { JsonObject } from '../core/json.ts';
import { GateDocument } from '../core/policy/gate.ts';
import { ask } from '../services/ledger.ts';
import type { DocumentKind } from '../services/manage.ts';
import { validateRules } from '../services/review.ts';
import { run } from './command.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { reply } from './reply.ts';
import { ChangeReply, flag, isOn } from './schemas.ts';

const DOCUMENT_BYTES = 4_000_000;

export const mountRulesAndPolicies = (app: App): void => {
  mountDocuments(app, 'rules', RuleSetDocument);
  mountDocuments(app, 'policy', GateDocument);
};

const Versioned = z.looseObject({ version: z.string(), hash: z.string(), document: z.looseObject({}) });

/** The document is content; its version is a name beside it (`?version=`), or the next number. */
const versionOf = (kind: DocumentKind, document: JsonObject, named: string | undefined): string | null => {
  if (named !== undefined) return named;
  const own = kind === 'policy' ? document.policy_version : document.rule_set_version;
  return typeof own === 'string' ? own : null;
};

const mountDocuments = (app: App, kind: DocumentKind, schema: z.ZodType): void => {
  const path = kind === 'rules' ? '/v1/rules' : '/v1/policies';
  const tag = kind === 'rules' ? 'Rules' : 'Policies';
  const reused = kind === 'rules' ? 'rule_version_reused' : 'policy_version_reused';
  const invalid = kind === 'rules' ? (['rules_invalid', 'rules_shadowed'] as const) : (['policy_invalid'] as const);
  mount(
    app,
    {
      method: 'put',
      path,
      summary: kind === 'rules' ? 'Publish a rule set' : 'Publish a policy',
      description: 'Refused when anything in it could never hold. `?force=1` publishes in spite of shadowed rules.',
      tag,
      access: 'tenant',
      body: schema,
      bodyJudgedByService: true,
      bodyLimit: DOCUMENT_BYTES,
      query: z.object({
        version: z
          .string()
          .min(1)
          .max(64)
          .optional()
          .meta({ description: 'a name for this version; else the one in the document, else the next number' }),
        force: flag.meta({ description: 'publish in spite of shadowed rules' }),
      }),
      ok: { schema: ChangeReply },
      idempotent: true,
      problems: [...invalid, reused],
    },
    (call) =>
      run(call, {
        kind: 'document.publish',
        document: kind,
        version: versionOf(kind, call.json, call.query.version),
        content: call.json,
        force: isOn(call.query.force),
      }),
  );
  mount(
    app,
    {
      method: 'get',
      path,
      summary: 'The document in force, or of a version',
      tag,
      access: 'tenant',
      query: z.object({
        version: z.string().max(64).optional().meta({ description: 'this version, not the one in force' }),
      }),
      ok: { schema: Versioned },
    },
    async ({ c, deps, caller, query }) =>
      reply(c, await ask(deps, caller, { kind: 'document', document: kind, version: query.version ?? null })),
  );
  mount(
    app,
    {
      method: 'get',
      path: `${path}/versions`,
      summary: 'All versions, newest first',
      tag,
      access: 'tenant',
      ok: {
        schema: z.looseObject({
          versions: z.array(z.looseObject({ version: z.string(), hash: z.string() })),
          count: z.int(),
        }),
      },
    },
    async ({ c, deps, caller }) => reply(c, await ask(deps, caller, { kind: 'document.versions', document: kind })),
  );
  mount(
    app,
    {
      method: 'post',
      path: `${path}/rollback`,
      summary: 'Put an earlier version in force again, with its hash',
      tag,
      access: 'tenant',
      body: z.strictObject({ version: z.string().min(1).max(64) }),
      idempotent: true,
      ok: { schema: ChangeReply },
    },
    (call) => run(call, { kind: 'document.rollback', document: kind, version: call.body.version }),
  );
  if (kind !== 'rules') return;
  mount(
    app,
    {
      method: 'post',
      path: '/v1/rules/validate',
      summary: 'Check a rule set without publishing it',
      tag,
      access: 'tenant',
      body: schema,
      bodyJudgedByService: true,
      bodyLimit: DOCUMENT_BYTES,
      ok: {
        schema: z.looseObject({ valid: z.boolean(), hash: z.string(), rules: z.int(), warnings: z.array(z.string()) }),
      },
      problems: invalid,
    },
    async ({ c, deps, caller, json }) => reply(c, await validateRules(deps, caller, json)),
  );
};
