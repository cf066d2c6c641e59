/**
 * What a policy is asked: one form for a routed capability (WCP) and for a job (CAP), so that one document decides both.
 * A route asks as a job would: topic `job.<capability_id>`, labels `env`, `data_label`, `tenant_risk`, `qos_class`, risk
 * tags its environment and its data label.
 */
import { type RouteQuery, readDataLabel, readEnv, readQosClass, readTenantRisk, type WordKey } from '../vocabulary.ts';
import type { McpLists } from './mcp.ts';

/** The words of a routing question; null where a job says nothing of the kind. */
export type RouteWords = Readonly<Record<WordKey, string | null>>;

/** The stricter terms that a caller brings along; they only tighten (CAP 5.6). */
export interface EffectiveSafety {
  readonly allowed_topics: readonly string[];
  readonly denied_topics: readonly string[];
  readonly mcp: McpLists | null;
}

/** What was found in the content of a job, under the policy that is asked: names of its input rules. */
export interface ContentFacts {
  readonly size: number;
  readonly type: string;
  /** Larger than may be scanned: nothing is known of it. */
  readonly unscanned: boolean;
  readonly found: readonly string[];
}

export interface PolicyQuestion {
  readonly tenant: string;
  /** Every name of the tenant's label, in lower case. */
  readonly tenantNames: readonly string[];
  readonly topic: string;
  readonly capability: string;
  readonly pack_id: string;
  readonly actor_id: string;
  readonly actor_type: string;
  /** Effective, lower case, sorted. */
  readonly risk_tags: readonly string[];
  readonly requires: readonly string[];
  readonly labels: ReadonlyMap<string, string>;
  readonly secrets_present: boolean;
  readonly job_id: string;
  readonly workflow_id: string;
  readonly session_id: string;
  readonly words: RouteWords;
  readonly safety: EffectiveSafety | null;
  readonly content: ContentFacts | null;
}

export interface GateContext extends RouteQuery {
  readonly tenant_id: string;
}

const NONE: readonly never[] = [];

export const questionOfRoute = (query: GateContext): PolicyQuestion => {
  const { capability_id, tenant_id, env, data_label, tenant_risk, qos_class } = query;
  const words = { env, data_label, tenant_risk, qos_class };
  return {
    tenant: tenant_id,
    tenantNames: [tenant_id.trim().toLowerCase()],
    topic: `job.${capability_id}`,
    capability: capability_id,
    pack_id: '',
    actor_id: '',
    actor_type: '',
    risk_tags: [data_label.toLowerCase(), env].sort(),
    requires: NONE,
    labels: new Map(Object.entries(words)),
    secrets_present: false,
    job_id: '',
    workflow_id: '',
    session_id: '',
    words,
    safety: null,
    content: null,
  };
};

/** A job may carry the words of a routing question as labels. */
export const wordsOfLabels = (labels: ReadonlyMap<string, string>): RouteWords => ({
  env: readEnv(labels.get('env') ?? ''),
  data_label: readDataLabel(labels.get('data_label') ?? ''),
  tenant_risk: readTenantRisk(labels.get('tenant_risk') ?? ''),
  qos_class: readQosClass(labels.get('qos_class') ?? ''),
});
