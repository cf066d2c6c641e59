/** Versioned documents, rules and policy: publish, read, versions, roll back. Content is what was sent, without defaults. */
import { z } from 'zod';
import { RuleSetDocument } from '../core/hall/rule-document.ts';
import type { JsonObject } from '../core/json.ts';
import { PolicyDocument } from '../core/policy/document.ts';
import { GateDocument } from '../core/policy/gate.ts';
import { ask } from '../services/ledger.ts';
import type { DocumentKind } from '../services/manage.ts';
import { publishPolicy } from '../services/policies.ts';
import { validateRules } from '../services/review.ts';
import { run } from './command.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply, submitOptions } from './reply.ts';
import { ChangeReply, flag, isOn } from './schemas.ts';

const DOCUMENT_BYTES = 4_000_000;

/** Of either form, or the text of one. */
const PolicyBody = z.union([GateDocument, PolicyDocument, z.strictObject({ content: z.string() })]);

export const mountRulesAndPolicies = (app: App): void => {
  mountDocuments(app, 'rules', RuleSetDocument);
  mountDocuments(app, 'policy', PolicyBody);
};

const Versioned = z.looseObject({ version: z.string(), hash: z.string(), document: z.looseObject({}) });

/** The document is content; its version is a name beside it (`?version=`), or the next number. */
const versionOf = (document: JsonObject, named: string | undefined): string | null =>
  named ?? (typeof document.rule_set_version === 'string' ? document.rule_set_version : null);

const mountDocuments = (app: App, kind: DocumentKind, schema: z.ZodType): void => {
  const path = kind === 'rules' ? '/v1/rules' : '/v1/policies';
  const tag = kind === 'rules' ? 'Rules' : 'Policies';
  const reused = kind === 'rules' ? 'rule_version_reused' : 'policy_version_reused';
  const invalid =
    kind === 'rules'
      ? (['rules_invalid', 'rules_shadowed'] as const)
      : (['policy_invalid', 'rule_id_conflict', 'second_person_required'] as const);
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
      yaml: kind === 'policy',
      query: z.object({
        version: z
          .string()
          .min(1)
          .max(64)
          .optional()
          .meta({ description: 'a name for this version; else the one in the document, else the next number' }),
        force: flag.meta({ description: 'publish in spite of shadowed rules' }),
        strict: flag.meta({ description: 'refuse what is otherwise only warned of' }),
      }),
      ok: { schema: ChangeReply },
      idempotent: true,
      problems: [...invalid, reused],
    },
    async (call) => {
      const { json, query } = call;
      const force = isOn(query.force);
      if (kind === 'rules') {
        const version = versionOf(json, query.version);
        return run(call, { kind: 'document.publish', document: kind, version, content: json, force });
      }
      const options = submitOptions(call.c, call.caller, call.bodyText);
      if (!options.ok) return problem(call.c, options.error);
      const terms = { version: query.version ?? null, force, strict: isOn(query.strict) };
      return reply(call.c, await publishPolicy(call.deps, call.caller, json, terms, options.value));
    },
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
