/** A policy tried on what was decided: backtests over the real ledger, CAP's replay, and shadows beside the one in force. */
import { z } from 'zod';
import { type BacktestPage, backtestPage, NO_FILTER, readFilter } from '../services/backtest.ts';
import { ask } from '../services/ledger.ts';
import { candidateBundles, deleteShadow, putShadow, shadowCandidate } from '../services/policies.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { problem } from './problem.ts';
import { reply, submitOptions } from './reply.ts';
import { ChangeReply } from './schemas.ts';

const TAG = 'Policies';
const SOURCE_BYTES = 2_097_152;
const text = (max: number) => z.string().max(max);
const time = z.union([z.string().max(40), z.int().min(0)]);
const cursor = text(400_000).optional();

const Totals = z.looseObject({
  decisions: z.int(),
  asked: z.int(),
  matched: z.int(),
  would_block: z.int(),
  would_allow: z.int(),
  would_hold: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  unknown: z.int(),
});
const Changed = z.looseObject({
  job_id: z.string(),
  original_decision: z.string(),
  new_decision: z.string(),
  direction: z.string(),
});
const Page = z.looseObject({
  policy_snapshot: z.string(),
  progress: z.looseObject({ scanned: z.int(), of: z.int(), percent: z.int() }),
  totals: Totals,
  rule_hits: z.array(z.looseObject({ rule_id: z.string(), count: z.int() })),
  changes: z.array(Changed),
  done: z.boolean(),
  next_cursor: z.string().nullable(),
});

const hitsOf = ({ hits }: BacktestPage): object[] =>
  Object.entries(hits).map(([rule_id, count]) => ({ rule_id, count }));
const shown = (page: BacktestPage): object => {
  const { hits: _, ...rest } = page;
  return { ...rest, rule_hits: hitsOf(page) };
};

const asTime = (value: string | number | undefined): string | null => (value === undefined ? null : String(value));

export const mountPolicyHistory = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/v1/policies/backtest',
      summary: 'Decide the past again under another policy',
      description:
        'Reads the ledger and changes nothing. A page looks at a bounded stretch: call again with `next_cursor` until `done`; `totals` run on, `progress` says how far. `content` stands in place of `main`, `bundle_id` names a saved bundle; neither: the policy in force.',
      tag: TAG,
      access: 'tenant',
      body: z.strictObject({
        content: text(1_048_576).optional(),
        bundle_id: text(128).optional(),
        from_seq: z.int().min(1).optional(),
        to_seq: z.int().min(1).optional(),
        from: time.optional(),
        to: time.optional(),
        limit: z.int().min(1).max(20_000).default(5_000),
        cursor,
      }),
      bodyLimit: SOURCE_BYTES,
      ok: { schema: Page },
      problems: ['policy_invalid', 'rule_id_conflict', 'snapshot_conflict'],
    },
    async ({ c, deps, caller, body }) => {
      const bundles = await candidateBundles(deps, caller, body.bundle_id ?? null, body.content ?? null);
      if (!bundles.ok) return problem(c, bundles.error);
      const range = {
        from: body.from_seq ?? null,
        to: body.to_seq ?? null,
        since: asTime(body.from),
        until: asTime(body.to),
      };
      const asked = {
        bundles: bundles.value,
        range,
        filter: NO_FILTER,
        cursor: body.cursor ?? null,
        limit: body.limit,
      };
      const page = await backtestPage(deps, caller, asked);
      return page.ok ? reply(c, { ok: true, value: shown(page.value) }) : problem(c, page.error);
    },
  );
  mount(
    app,
    {
      method: 'post',
      path: '/api/v1/policy/replay',
      summary: 'Decide a time range again under a candidate',
      description:
        'The backtest in CAP’s words: over recorded inputs, without effect. `next_cursor` goes on where `max_jobs` stopped it.',
      tag: TAG,
      access: 'tenant',
      body: z.strictObject({
        from: time,
        to: time,
        filters: z
          .strictObject({ tenant: text(256), topic_pattern: text(256), original_decision: text(64) })
          .partial()
          .default({}),
        candidate_bundle_id: text(128).optional(),
        candidate_content: text(1_048_576).optional(),
        use_current_policy: z.boolean().optional(),
        max_jobs: z.int().min(1).max(10_000).default(1_000),
        cursor,
      }),
      bodyLimit: SOURCE_BYTES,
      ok: {
        schema: z.looseObject({
          replay_id: z.string(),
          policy_snapshot: z.string(),
          summary: z.looseObject({
            total_jobs: z.int(),
            evaluated: z.int(),
            escalated: z.int(),
            relaxed: z.int(),
            unchanged: z.int(),
            errored: z.int(),
          }),
          rule_hits: z.array(z.looseObject({ rule_id: z.string(), count: z.int() })),
          changes: z.array(Changed),
        }),
      },
      problems: ['policy_invalid', 'rule_id_conflict', 'snapshot_conflict'],
    },
    async ({ c, deps, caller, body }) => {
      const current = body.use_current_policy === true;
      const bundles = current
        ? null
        : await candidateBundles(deps, caller, body.candidate_bundle_id ?? null, body.candidate_content ?? null);
      if (bundles?.ok === false) return problem(c, bundles.error);
      const filter = readFilter(body.filters);
      if (!filter.ok) return problem(c, filter.error);
      const range = { from: null, to: null, since: asTime(body.from), until: asTime(body.to) };
      const asked = {
        bundles: bundles?.value ?? [],
        range,
        filter: filter.value,
        cursor: body.cursor ?? null,
        limit: body.max_jobs,
      };
      const page = await backtestPage(deps, caller, asked);
      if (!page.ok) return problem(c, page.error);
      const { totals, policy_snapshot, changes, progress, next_cursor } = page.value;
      const { decisions, escalated, relaxed, unchanged, unknown } = totals;
      const summary = {
        total_jobs: decisions,
        evaluated: decisions - unknown,
        escalated,
        relaxed,
        unchanged,
        errored: unknown,
      };
      const time_range = { from: body.from, to: body.to };
      const replay_id = deps.newId();
      return reply(c, {
        ok: true,
        value: {
          replay_id,
          policy_snapshot,
          time_range,
          summary,
          rule_hits: hitsOf(page.value),
          changes,
          progress,
          next_cursor,
        },
      });
    },
  );
  mountShadows(app);
};

const bundleIdOf = (param: (name: string) => string): string => param('bundle_id').replaceAll('~', '/');

const Shadow = z.looseObject({
  shadow_bundle_id: z.string(),
  bundle_id: z.string(),
  content: z.string(),
  created_at: z.string(),
  created_by: z.string(),
});

const mountShadows = (app: App): void => {
  const one = '/api/v1/policy/shadows/{bundle_id}';
  mount(
    app,
    {
      method: 'put',
      path: one,
      summary: 'Let a policy be asked beside the one in force',
      description: 'From now on its answers to real decisions can be compared. It decides nothing.',
      tag: TAG,
      access: 'tenant',
      body: z.strictObject({
        content: text(1_048_576),
        metadata: z.record(z.string().max(256), z.string().max(4_096)).default({}),
      }),
      bodyLimit: SOURCE_BYTES,
      yaml: true,
      idempotent: true,
      words: 'cap',
      ok: { schema: ChangeReply.extend(Shadow.shape) },
      problems: ['policy_invalid', 'rule_id_conflict'],
    },
    async (call) => {
      const options = submitOptions(call.c, call.caller, call.bodyText);
      if (!options.ok) return problem(call.c, options.error);
      const { content, metadata } = call.body;
      return reply(
        call.c,
        await putShadow(call.deps, call.caller, { id: bundleIdOf(call.param), content, metadata }, options.value),
      );
    },
  );
  mount(
    app,
    {
      method: 'get',
      path: '/api/v1/policy/shadows',
      summary: 'The shadow policies there are, without what they say',
      tag: TAG,
      access: 'tenant',
      ok: { schema: z.looseObject({ items: z.array(Shadow.omit({ content: true })), count: z.int() }) },
    },
    async ({ c, deps, caller }) => reply(c, await ask(deps, caller, { kind: 'policy', query: { what: 'shadows' } })),
  );
  mount(
    app,
    { method: 'get', path: one, summary: 'A shadow policy', tag: TAG, access: 'tenant', ok: { schema: Shadow } },
    async ({ c, deps, caller, param }) => {
      const found = await ask(deps, caller, { kind: 'policy', query: { what: 'shadow', bundleId: bundleIdOf(param) } });
      if (!found.ok) return problem(c, found.error);
      const { document: _, ...value } = found.value;
      return reply(c, { ok: true, value });
    },
  );
  mount(
    app,
    {
      method: 'delete',
      path: one,
      summary: 'End a shadow policy',
      tag: TAG,
      access: 'tenant',
      ok: { status: 204, schema: z.null() },
    },
    async ({ c, deps, caller, param }) => {
      const deleted = await deleteShadow(deps, caller, bundleIdOf(param));
      return deleted.ok ? c.body(null, 204) : problem(c, deleted.error);
    },
  );
  for (const part of ['summary', 'comparisons'] as const) {
    mount(
      app,
      {
        method: 'get',
        path: `${one}/results/${part}`,
        summary:
          part === 'summary'
            ? 'How often a shadow would have said otherwise'
            : 'Where a shadow would have said otherwise',
        description: 'Over the decisions since it was set up, in bounded pages, at most 200 differences each.',
        tag: TAG,
        access: 'tenant',
        query: z.object({ cursor: cursor.meta({ description: '`next_cursor` of the page before' }) }),
        ok: {
          schema:
            part === 'summary'
              ? z.looseObject({
                  diffs: z.looseObject({ escalated: z.int(), relaxed: z.int(), unchanged: z.int() }),
                  next_cursor: z.string().nullable(),
                })
              : z.looseObject({ items: z.array(Changed), next_cursor: z.string().nullable() }),
        },
        problems: ['rule_id_conflict', 'snapshot_conflict'],
      },
      async ({ c, deps, caller, param, query }) => {
        const shadow = await shadowCandidate(deps, caller, bundleIdOf(param));
        if (!shadow.ok) return problem(c, shadow.error);
        const range = { from: shadow.value.fromSeq, to: null, since: null, until: null };
        const asked = {
          bundles: [shadow.value.bundle],
          range,
          filter: NO_FILTER,
          cursor: query.cursor ?? null,
          limit: 5_000,
        };
        const page = await backtestPage(deps, caller, asked);
        if (!page.ok) return problem(c, page.error);
        const { totals, changes, progress, done, next_cursor } = page.value;
        const { decisions, escalated, relaxed, unchanged, would_hold, unknown } = totals;
        const diffs = { escalated, relaxed, approval_differ: would_hold, unchanged, unknown };
        const value = part === 'summary' ? { decisions, diffs, rule_hits: hitsOf(page.value) } : { items: changes };
        return reply(c, { ok: true, value: { ...value, progress, done, next_cursor } });
      },
    );
  }
};
