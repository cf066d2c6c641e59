/** Routing as published clients ask for it (WCP 4.2, 5.2): they read only whether it was denied, so a hold is. */
import { z } from 'zod';
import { asDispatchReply, legacyForm, missingMember, NamespaceDispatch, readDispatch } from '../core/hall/legacy.ts';
import { RouteDecisionSchema, RouteInputSchema } from '../core/hall/schemas.ts';
import type { JsonObject } from '../core/json.ts';
import { refusal } from '../core/refusal.ts';
import { route } from '../services/hall.ts';
import type { App } from './context.ts';
import { ROUTE_EXAMPLES } from './examples.ts';
import { mount } from './factory.ts';
import { problem } from './problem.ts';
import { replyText, submitOptions } from './reply.ts';

export const mountPyhallRouting = (app: App): void => {
  mount(
    app,
    {
      method: 'post',
      path: '/api/route',
      summary: 'Ask whether a capability may run now; a decision that waits for a human is told as denied',
      description:
        'As `/wcp/route`, but a hold has denied true and DENY_REQUIRES_HUMAN_APPROVAL. An absent member is a 400 that names it and carries the decision all the same.',
      tag: 'Published clients',
      access: 'tenant',
      body: RouteInputSchema,
      examples: ROUTE_EXAMPLES,
      bodyJudgedByService: true,
      ok: { schema: RouteDecisionSchema },
      idempotent: true,
    },
    async ({ c, deps, caller, json, bodyText }) => {
      const options = submitOptions(c, caller, bodyText);
      if (!options.ok) return problem(c, options.error);
      const decided = await route(deps, caller, json, options.value, legacyForm);
      const field = missingMember(json);
      if (!decided.ok || field === null) return replyText(c, decided);
      const error = `missing field ${field}`;
      const decision = JSON.parse(decided.value.text) as JsonObject;
      return problem(c, refusal('invalid_body', error, [{ field, message: error }]), { ...decision, error });
    },
  );

  mount(
    app,
    {
      method: 'post',
      path: '/api/v1/dispatch',
      summary: 'Ask on behalf of a namespace whether one worker may do something now',
      description:
        'tenant_id is the namespace, tenant_risk the risk_tier; env is prod, data_label INTERNAL, qos_class P2 unless given. Answers allow or deny with the whole decision.',
      tag: 'Published clients',
      access: 'tenant',
      body: NamespaceDispatch,
      bodyJudgedByService: true,
      ok: {
        schema: z.looseObject({
          outcome: z.enum(['allow', 'deny']),
          worker_id: z.string().nullable(),
          capability: z.string().nullable(),
          correlation_id: z.string().nullable(),
          decision_id: z.string(),
          deny_code: z.string().optional(),
          reason: z.string(),
        }),
      },
      idempotent: true,
    },
    async ({ c, deps, caller, json, bodyText }) => {
      const options = submitOptions(c, caller, bodyText);
      if (!options.ok) return problem(c, options.error);
      return replyText(c, await route(deps, caller, readDispatch(json), options.value, asDispatchReply(json)));
    },
  );
};
