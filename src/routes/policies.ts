/** CAP's policy surface (CAP 4.3, 4.4): ask a policy, save and publish bundles, look at what was in force and why. */
import { z } from 'zod';
import { PolicyCheckRequest } from '../core/policy/check.ts';
import { ask } from '../services/ledger.ts';
import {
  deleteBundle,
  evaluatePolicy,
  publishBundles,
  rollBackPolicy,
  saveBundle,
  simulatePolicy,
  snapshotPolicy,
  validatePolicy,
} from '../services/policies.ts';
import type { App, Ctx } from './context.ts';
import { mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply, submitOptions } from './reply.ts';
import { ChangeReply, flag, isOn } from './schemas.ts';

const TAG = 'Policies';
const SOURCE_BYTES = 2_097_152;
const text = (max: number) => z.string().max(max);
const hash = z.string().min(1).max(128);

const Candidate = { content: text(1_048_576).optional().meta({ description: 'a bundle, in place of `main`' }) };
/** The question as CAP puts it; unknown members are ignored and named in `warnings`. */
const Question = PolicyCheckRequest.extend(Candidate).meta({ id: 'PolicyQuestion' });

const PolicyAnswer = z
  .looseObject({
    decision: z.string(),
    cap_decision: z.string(),
    reason: z.string(),
    rule_id: z.string(),
    policy_snapshot: z.string(),
    approval_required: z.boolean(),
    risk_tags_effective: z.array(z.string()),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'PolicyAnswer' });
const Explained = PolicyAnswer.extend({
  trace: z.array(z.looseObject({ rule_id: z.string(), matched: z.boolean(), failed_key: z.string().nullable() })),
  stages: z.array(z.looseObject({ stage: z.string(), decided: z.boolean() })),
  would_change: z.array(z.looseObject({})),
}).meta({ id: 'PolicyExplanation' });
const Bundle = z
  .looseObject({
    id: z.string(),
    enabled: z.boolean(),
    published: z.boolean(),
    draft: z.boolean(),
    revision: z.int(),
    sha256: z.string(),
  })
  .meta({ id: 'PolicyBundle' });
const Snapshot = z
  .looseObject({ id: z.string(), hash: z.string(), bundle_ids: z.array(z.string()) })
  .meta({ id: 'PolicySnapshot' });

const QUESTION_PROBLEMS = ['invalid_topic', 'reserved_label'] as const;
const CANDIDATE_PROBLEMS = [...QUESTION_PROBLEMS, 'policy_invalid', 'rule_id_conflict'] as const;

/** `~` stands for `/` in a path. */
const bundleIdOf = (param: (name: string) => string): string => param('bundle_id').replaceAll('~', '/');

const retryAfter = (c: Ctx, value: { readonly retry_after_ms?: unknown }): void => {
  if (typeof value.retry_after_ms === 'number')
    c.header('retry-after', String(Math.max(1, Math.ceil(value.retry_after_ms / 1000))));
};

export const mountPolicies = (app: App): void => {
  mountQuestions(app);
  mountPublishing(app);
  mountBundles(app);
};

const mountQuestions = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/api/v1/policy/evaluate',
      summary: 'Ask the policy in force',
      description: 'A decision: recorded with a receipt, counted by velocity rules. No job, no approval comes of it.',
      tag: TAG,
      access: 'tenant',
      body: PolicyCheckRequest,
      bodyJudgedByService: true,
      bodyLimit: SOURCE_BYTES,
      idempotent: true,
      words: 'cap',
      ok: { schema: PolicyAnswer.extend({ decision_id: z.string(), trace_id: z.string() }) },
      problems: [...QUESTION_PROBLEMS, 'tenant_mismatch'],
    },
    async (call) => {
      const { c, deps, caller, json } = call;
      const options = submitOptions(c, caller, call.bodyText);
      if (!options.ok) return problem(c, options.error);
      const trace = c.req.header('x-trace-id');
      const evaluated = await evaluatePolicy(deps, caller, json, trace ?? null, options.value);
      if (evaluated.ok) retryAfter(c, evaluated.value);
      return reply(c, evaluated);
    },
  );
  for (const surface of ['/api/v1/policy', '/v1/policies']) {
    for (const verb of ['simulate', 'explain'] as const) {
      mount(
        app,
        {
          method: 'post',
          path: `${surface}/${verb}`,
          summary: verb === 'simulate' ? 'What the policy would answer' : 'Why the policy would answer so',
          description:
            'Counts nothing, records nothing. With `content`, as if that bundle were published in place of `main`.',
          tag: TAG,
          access: 'tenant',
          body: Question,
          bodyJudgedByService: true,
          bodyLimit: SOURCE_BYTES,
          ok: { schema: verb === 'simulate' ? PolicyAnswer : Explained },
          problems: CANDIDATE_PROBLEMS,
        },
        async ({ c, deps, caller, json }) =>
          reply(c, await simulatePolicy(deps, caller, json, null, verb === 'explain')),
      );
    }
  }
  mount(
    app,
    {
      method: 'post',
      path: '/v1/policies/validate',
      summary: 'Check a policy without publishing it',
      description: 'Reads it strictly, merges it with the bundles in force, and names rules that can never decide.',
      tag: TAG,
      access: 'tenant',
      body: z.looseObject({}),
      bodyLimit: SOURCE_BYTES,
      yaml: true,
      query: z.object({
        strict: flag.meta({ description: 'refuse what is otherwise only warned of' }),
        bundle_id: text(128).optional().meta({ description: 'the bundle that it would be; else `main`' }),
      }),
      ok: {
        schema: z.looseObject({
          valid: z.boolean(),
          policy_snapshot: z.string(),
          rules: z.int(),
          warnings: z.array(z.looseObject({ message: z.string() })),
          findings: z.array(z.looseObject({ kind: z.string(), rule_id: z.string(), message: z.string() })),
        }),
      },
      problems: ['policy_invalid', 'rule_id_conflict'],
    },
    async ({ c, deps, caller, json, query }) => {
      const terms = { bundleId: query.bundle_id ?? null, strict: isOn(query.strict) };
      return reply(c, await validatePolicy(deps, caller, json, terms));
    },
  );
};

const mountPublishing = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/api/v1/policy/publish',
      summary: 'Put saved bundles into force',
      description:
        'Named bundles replace what is in force of them; deleted and disabled ones leave; all others stay. What was in force can be restored by its hash.',
      tag: TAG,
      access: 'tenant',
      body: z.strictObject({
        bundle_ids: z.array(z.string().max(128)).max(1_000).default([]),
        author: text(256).optional(),
        message: text(2_000).optional(),
        note: text(2_000).optional(),
        expected_snapshot: hash.optional(),
      }),
      idempotent: true,
      words: 'cap',
      ok: { schema: ChangeReply.extend({ snapshot_before: z.string().nullable(), snapshot_after: z.string() }) },
      problems: [
        'bundle_ids_required',
        'bundle_unknown',
        'rule_id_conflict',
        'snapshot_conflict',
        'second_person_required',
      ],
    },
    async (call) => {
      const options = submitOptions(call.c, call.caller, call.bodyText);
      if (!options.ok) return problem(call.c, options.error);
      return reply(call.c, await publishBundles(call.deps, call.caller, call.body, options.value));
    },
  );
  mount(
    app,
    {
      method: 'post',
      path: '/api/v1/policy/rollback',
      summary: 'Put an earlier snapshot in force again, with its hash',
      tag: TAG,
      access: 'tenant',
      body: z.strictObject({ snapshot_id: hash, message: text(2_000).optional() }),
      idempotent: true,
      words: 'cap',
      ok: { schema: ChangeReply.extend({ snapshot_after: z.string(), rollback_to: z.string() }) },
    },
    async (call) => {
      const options = submitOptions(call.c, call.caller, call.bodyText);
      if (!options.ok) return problem(call.c, options.error);
      const { snapshot_id, message } = call.body;
      return reply(call.c, await rollBackPolicy(call.deps, call.caller, snapshot_id, message ?? '', options.value));
    },
  );
  const snapshots = z.looseObject({ snapshots: z.array(z.string()), items: z.array(Snapshot) });
  for (const path of ['/api/v1/policy/snapshots', '/api/v1/policy/bundles/snapshots']) {
    mount(
      app,
      {
        method: 'get',
        path,
        summary: 'What was in force, newest first; the first hash is in force now',
        tag: TAG,
        access: 'tenant',
        ok: { schema: snapshots },
      },
      async ({ c, deps, caller }) =>
        reply(c, await ask(deps, caller, { kind: 'policy', query: { what: 'snapshots' } })),
    );
  }
  mount(
    app,
    {
      method: 'post',
      path: '/api/v1/policy/bundles/snapshots',
      summary: 'Name what is in force now',
      tag: TAG,
      access: 'tenant',
      body: z.strictObject({ note: text(2_000).default(''), author: text(256).default('') }),
      idempotent: true,
      words: 'cap',
      ok: { schema: ChangeReply.extend({ id: z.string(), hash: z.string() }) },
    },
    async (call) => {
      const options = submitOptions(call.c, call.caller, call.bodyText);
      if (!options.ok) return problem(call.c, options.error);
      return reply(call.c, await snapshotPolicy(call.deps, call.caller, call.body, options.value));
    },
  );
  mount(
    app,
    {
      method: 'get',
      path: '/api/v1/policy/bundles/snapshots/{snapshot_id}',
      summary: 'One snapshot, with the exact text of each bundle',
      tag: TAG,
      access: 'tenant',
      ok: { schema: Snapshot.extend({ bundles: z.array(z.looseObject({ id: z.string(), content: z.string() })) }) },
    },
    async ({ c, deps, caller, param }) =>
      reply(c, await ask(deps, caller, { kind: 'policy', query: { what: 'snapshot', name: param('snapshot_id') } })),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/api/v1/policy/rules',
      summary: 'The rules in force, normalised, in the order in which they are looked at',
      tag: TAG,
      access: 'tenant',
      query: z.object({ include_disabled: flag.meta({ description: 'saved rules that are not in force as well' }) }),
      ok: {
        schema: z.looseObject({
          items: z.array(z.looseObject({ id: z.string(), position: z.int().nullable() })),
          errors: z.array(z.looseObject({})),
        }),
      },
    },
    async ({ c, deps, caller, query }) =>
      reply(
        c,
        await ask(deps, caller, { kind: 'policy', query: { what: 'rules', disabled: isOn(query.include_disabled) } }),
      ),
  );
  mount(
    app,
    {
      method: 'get',
      path: '/api/v1/policy/audit',
      summary: 'Who changed which policy, newest first',
      description:
        'Read from the ledger. A page looks at a bounded stretch of it: `has_more` says that `next_cursor` goes on.',
      tag: TAG,
      access: 'tenant',
      query: z.object({
        limit: z.coerce.number().int().min(1).max(200).default(50).meta({ description: 'at most so many' }),
        cursor: z
          .string()
          .regex(/^[1-9][0-9]{0,14}$/)
          .optional()
          .meta({ description: '`next_cursor` of the page before' }),
        action: text(64)
          .optional()
          .meta({ description: 'only these: saved, deleted, published, rolled_back, snapshot' }),
        after: z.iso.datetime({ offset: true }).optional().meta({ description: 'only later ones' }),
        before: z.iso.datetime({ offset: true }).optional().meta({ description: 'only earlier ones' }),
        search: text(256).optional().meta({ description: 'only those that hold this text' }),
        rule_id: text(256).optional().meta({ description: 'only those of a bundle that has this rule now' }),
      }),
      ok: {
        schema: z.looseObject({
          items: z.array(z.looseObject({ id: z.string(), action: z.string() })),
          total: z.int(),
          has_more: z.boolean(),
        }),
      },
    },
    async ({ c, deps, caller, query }) => {
      const { cursor, limit, ...filter } = query;
      const before = cursor === undefined ? null : Number(cursor);
      return reply(c, await ask(deps, caller, { kind: 'policy', query: { what: 'audit', filter, before, limit } }));
    },
  );
};

const mountBundles = (app: App): void => {
  const one = '/api/v1/policy/bundles/{bundle_id}';
  mount(
    app,
    {
      method: 'get',
      path: '/api/v1/policy/bundles',
      summary: 'Saved bundles',
      tag: TAG,
      access: 'tenant',
      ok: { schema: z.looseObject({ items: z.array(Bundle), bundles: z.record(z.string(), Bundle) }) },
    },
    async ({ c, deps, caller }) => reply(c, await ask(deps, caller, { kind: 'policy', query: { what: 'bundles' } })),
  );
  mount(
    app,
    {
      method: 'get',
      path: one,
      summary: 'A saved bundle, with its exact text',
      description: 'In paths `~` or `%2F` stands for the `/` of an id.',
      tag: TAG,
      access: 'tenant',
      ok: { schema: Bundle.extend({ content: z.string() }) },
    },
    async ({ c, deps, caller, param }) => {
      const found = await ask(deps, caller, { kind: 'policy', query: { what: 'bundle', bundleId: bundleIdOf(param) } });
      if (found.ok) c.header('etag', `"${String(found.value.revision)}"`);
      return reply(c, found);
    },
  );
  mount(
    app,
    {
      method: 'put',
      path: one,
      summary: 'Save a bundle; nothing decides by it before it is published',
      tag: TAG,
      access: 'tenant',
      body: z.strictObject({
        content: z.string(),
        enabled: z.boolean().default(true),
        author: text(256).default(''),
        message: text(2_000).default(''),
        revision: z.int().min(0).optional(),
      }),
      bodyLimit: SOURCE_BYTES,
      yaml: true,
      query: z.object({ strict: flag.meta({ description: 'refuse what is otherwise only warned of' }) }),
      idempotent: true,
      words: 'cap',
      ok: {
        schema: ChangeReply.extend({
          id: z.string(),
          revision: z.int(),
          sha256: z.string(),
          warnings: z.array(z.looseObject({})),
        }),
      },
      problems: ['policy_invalid', 'revision_conflict'],
    },
    async (call) => {
      const { c, deps, caller, body, query, param } = call;
      const options = submitOptions(c, caller, call.bodyText);
      if (!options.ok) return problem(c, options.error);
      const matched = /^(?:W\/)?"(\d{1,15})"$/.exec(c.req.header('if-match') ?? '')?.[1];
      const revision = body.revision ?? (matched === undefined ? null : Number(matched));
      const saved = { ...body, id: bundleIdOf(param), revision, strict: isOn(query.strict) };
      return reply(c, await saveBundle(deps, caller, saved, options.value));
    },
  );
  mount(
    app,
    {
      method: 'delete',
      path: one,
      summary: 'Delete a bundle; what it says holds until the next publish',
      tag: TAG,
      access: 'tenant',
      ok: { status: 204, schema: z.null() },
      problems: ['bundle_protected'],
    },
    async ({ c, deps, caller, param }) => {
      const deleted = await deleteBundle(deps, caller, bundleIdOf(param));
      return deleted.ok ? c.body(null, 204) : problem(c, deleted.error);
    },
  );
  mount(
    app,
    {
      method: 'post',
      path: `${one}/simulate`,
      summary: 'What would be answered if this bundle were published',
      tag: TAG,
      access: 'tenant',
      body: z.strictObject({ request: PolicyCheckRequest, content: text(1_048_576).optional() }),
      bodyJudgedByService: true,
      bodyLimit: SOURCE_BYTES,
      ok: { schema: PolicyAnswer },
      problems: CANDIDATE_PROBLEMS,
    },
    async ({ c, deps, caller, json, param }) =>
      reply(c, await simulatePolicy(deps, caller, json, bundleIdOf(param), false)),
  );
};
