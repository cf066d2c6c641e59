/**
 * The same decision for the published surfaces `/api/route` and `/api/v1/dispatch` (WCP 4.2, 5.2), whose clients read
 * only `denied` or `outcome`: a held task must look denied to them. All else stays as it was decided and recorded.
 */
import { z } from 'zod';
import type { JsonObject, JsonValue } from '../json.ts';
import { DENY_CODES } from './codes.ts';
import type { RouteDecision } from './decision.ts';
import { isRecord } from './members.ts';
import { clean } from './text.ts';

export const HELD = 'DENY_REQUIRES_HUMAN_APPROVAL';

export function legacyForm(decision: RouteDecision): RouteDecision {
  if (decision.outcome !== 'STEWARD_HOLD') return decision;
  const { message, denyClass } = DENY_CODES[HELD];
  const { reason, policy_version } = decision;
  return {
    ...decision,
    denied: true,
    allowed: false,
    deny_code: HELD,
    deny_class: denyClass,
    deny_reason_if_denied: { code: HELD, message, reason, policy_version, supervisor_required: true },
  };
}

const REQUIRED = ['capability_id', 'env', 'data_label', 'tenant_risk', 'qos_class', 'tenant_id'] as const;

/** The first required member that `/api/route` was not sent at all; a wrong one is a decision like any other. */
export const missingMember = (sent: JsonObject): string | null =>
  REQUIRED.find((name) => !Object.hasOwn(sent, name)) ?? null;

/** What `/api/v1/dispatch` is asked, for the API description; `readDispatch` reads it. */
export const NamespaceDispatch = z
  .looseObject({
    namespace: z.string().min(1).max(256),
    capability: z.string().min(1).max(256),
    worker_id: z.string().min(1).max(256).optional(),
    context: z.looseObject({
      risk_tier: z.enum(['low', 'medium', 'high', 'critical']),
      correlation_id: z.string().max(128).optional(),
      env: z.string().optional(),
      data_label: z.string().optional(),
    }),
  })
  .meta({ id: 'NamespaceDispatch' });

const DEFAULTS: JsonObject = { env: 'prod', data_label: 'INTERNAL', qos_class: 'P2' };

/** The routing question in a dispatch. Members of a question beside the mapped ones keep their names. Total. */
export function readDispatch(sent: JsonObject): JsonObject {
  const { namespace, capability, context, ...rest } = sent;
  const { risk_tier, ...terms } = isRecord(context) ? (context as JsonObject) : {};
  const mapped = { capability_id: capability, tenant_id: namespace, tenant_risk: risk_tier };
  const given = Object.entries(mapped).filter((member): member is [string, JsonValue] => member[1] !== undefined);
  return { ...DEFAULTS, ...terms, ...rest, ...Object.fromEntries(given) };
}

export const asDispatchReply =
  (sent: JsonObject) =>
  (decision: RouteDecision): object => {
    const told = legacyForm(decision);
    return {
      ...told,
      outcome: told.allowed ? 'allow' : 'deny',
      worker_id: told.worker_id ?? (typeof sent.worker_id === 'string' ? clean(sent.worker_id) : null),
      capability: told.capability_id,
    };
  };
