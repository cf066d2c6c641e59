/** Random policies and questions over small vocabularies, so that they meet; and what both deciders say to each pair. */
import type { JsonObject } from '../../src/core/json.ts';
import { type PolicyCheck, questionOfCheck } from '../../src/core/policy/check.ts';
import { readPolicyDocument } from '../../src/core/policy/document.ts';
import { evaluateSet } from '../../src/core/policy/evaluate.ts';
import { compileSet, type PolicySet } from '../../src/core/policy/set.ts';
import { type Asked, referencePolicy } from './reference-policy.ts';

export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }
  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }
  of<T>(...values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }
  some<T>(values: readonly [T, ...T[]], max = 2): T[] {
    return Array.from({ length: 1 + this.below(max) }, () => this.of(...values));
  }
}

const SLUG = 'acme-1';
const TENANTS = ['default', SLUG, 'beta', 'Beta '] as const;
const GLOBS = [
  'job.*',
  'job.a.*',
  'job.?',
  'job.a.[bc]',
  'job.a.[^b]',
  '*',
  'job.*.c',
  'job.a\\.b',
  'job.b',
  'job.*b*',
  'job.a/*',
] as const;
const TOPICS = ['job.a', 'job.b', 'job.a.b', 'job.a.c', 'job.a.b.c', 'job.bb', '', 'x.a', 'job.a/b'] as const;
const WORDS = ['allow', 'deny', 'require-approval', 'throttle', 'allow_with_constraints', 'PERMIT', 'block'] as const;
const NAMES = ['one', 'Two', ' three '] as const;
const TOOLS = ['x', 'Y', 'z'] as const;

const mcpLists = (r: Random): JsonObject => ({
  ...(r.chance(2) ? { [r.of('allow_servers', 'allow_tools', 'allow_actions', 'allow_resources')]: r.some(TOOLS) } : {}),
  ...(r.chance(2) ? { [r.of('deny_servers', 'deny_tools', 'deny_actions', 'deny_resources')]: r.some(TOOLS) } : {}),
});

const match = (r: Random): JsonObject => {
  const out: Record<string, JsonObject[string]> = {};
  for (let keys = r.below(4); keys > 0; keys--) {
    const key = r.of(
      'tenants',
      'capabilities',
      'pack_ids',
      'actor_ids',
      'actor_types',
      'topics',
      'topics',
      'risk_tags',
      'requires',
      'labels',
      'labels',
      'secrets_present',
      'mcp',
      'label_allowlist',
      'label_threshold',
    );
    if (key === 'tenants') out[key] = r.some(TENANTS);
    else if (key === 'topics') out[key] = r.some(GLOBS);
    else if (key === 'labels') out[key] = { [r.of('env', 'mcp.tool')]: r.of('prod', 'dev', 'x') };
    else if (key === 'secrets_present') out[key] = r.chance(2);
    else if (key === 'mcp') out[key] = mcpLists(r);
    else if (key === 'label_allowlist') out[key] = { env: r.some(['prod', 'dev']) };
    else if (key === 'label_threshold') out[key] = { size: r.of(1, 10, 10.5) };
    else out[key] = r.some(NAMES);
  }
  return out;
};

const selector = (r: Random): JsonObject =>
  r.chance(4) ? { selector: { [r.of('job_id', 'workflow_id', 'session_id')]: r.of('j1', 'w1') } } : {};

const document = (r: Random, prefix: string): JsonObject => ({
  ...(r.chance(4) ? { default_decision: r.of('allow', 'deny', 'odd') } : {}),
  ...(r.chance(4) ? { tier: r.of('job', 'workflow', 'global') } : {}),
  ...selector(r),
  ...(r.chance(6) ? { default_tenant: r.of(...TENANTS) } : {}),
  ...(r.chance(3)
    ? {
        tenants: {
          [r.of(...TENANTS)]: {
            ...(r.chance(2) ? { deny_topics: r.some(GLOBS) } : {}),
            ...(r.chance(2) ? { allow_topics: r.some(GLOBS) } : {}),
            ...(r.chance(3) ? { mcp: mcpLists(r) } : {}),
          },
        },
      }
    : {}),
  ...(r.chance(8)
    ? {}
    : {
        rules: Array.from({ length: r.below(7) }, (_, at) => ({
          id: `${prefix}${at}`,
          match: match(r),
          decision: r.of(...WORDS),
          ...(r.chance(5) ? { constraints: { budgets: { max_retries: r.below(5) } } } : {}),
          ...(r.chance(6)
            ? { velocity: { max_requests: 1 + r.below(3), window_seconds: 60, key: 'actor_id:labels.env' } }
            : {}),
          ...(r.chance(4) ? { tier: r.of('job', 'workflow', 'global') } : {}),
          ...selector(r),
        })),
      }),
});

const asked = (r: Random): Asked => {
  const labels: Record<string, string> = {};
  for (let n = r.below(4); n > 0; n--)
    labels[r.of('env', 'mcp.tool', 'mcpServer', 'mcp_action', 'size')] = r.of(
      'prod',
      'dev',
      'x',
      'Y',
      '10',
      '11',
      '10.2',
      ' ',
      '',
    );
  const counts = Object.fromEntries(
    ['a', 'f', 'z'].flatMap((prefix) =>
      Array.from({ length: 7 }, (_, at) => [`${prefix}${at}`, r.of(null, 1, 2, 3, 4)] as const),
    ),
  );
  return {
    tenant: r.of(null, ...TENANTS),
    topic: r.of(...TOPICS),
    capability: r.of('', ...NAMES),
    pack_id: r.of('', ...NAMES),
    actor_id: r.of('', ...NAMES),
    actor_type: r.of('', ...NAMES),
    risk_tags: r.chance(2) ? [] : r.some(NAMES),
    requires: r.chance(2) ? [] : r.some(NAMES, 3),
    labels,
    secrets: r.chance(4),
    job_id: r.of('', 'j1'),
    workflow_id: r.of('', 'w1'),
    session_id: '',
    safety: r.chance(5)
      ? {
          allowed_topics: r.chance(2) ? r.some(GLOBS) : [],
          denied_topics: r.chance(3) ? r.some(GLOBS) : [],
          mcp: r.chance(3) ? mcpLists(r) : null,
        }
      : null,
    counts,
  };
};

const checkOf = (ask: Asked): PolicyCheck => {
  const { capability, pack_id, actor_id, actor_type, job_id, workflow_id, session_id, secrets } = ask;
  return {
    tenant: ask.tenant,
    topic: ask.topic,
    facts: { capability, pack_id, actor_id, actor_type, job_id, workflow_id, session_id },
    risk_tags: ask.risk_tags,
    requires: ask.requires,
    labels: { ...ask.labels, ...(secrets ? { secrets_present: 'true' } : {}) },
    secrets,
    safety: ask.safety as PolicyCheck['safety'],
    content: null,
    context: null,
    warnings: [],
  };
};

export interface Disagreement {
  readonly bundles: unknown;
  readonly asked: Asked;
  readonly said: string;
  readonly expected: string;
}

const QUESTIONS = 25;

/** Compares `pairs` pairs; the first disagreement, or the outcomes that were met. */
export const comparePairs = (
  seed: number,
  pairs: number,
): { readonly found: Disagreement | null; readonly met: ReadonlyMap<string, number> } => {
  const r = new Random(seed);
  const met = new Map<string, number>();
  for (let done = 0; done < pairs; ) {
    const ids = ['a', ...(r.chance(2) ? ['z'] : []), ...(r.chance(3) ? ['secops/invariants'] : [])];
    const bundles = ids.map((id) => {
      const read = readPolicyDocument(document(r, id === 'secops/invariants' ? 'f' : id));
      if (!read.ok) throw new Error(JSON.stringify(read.error));
      return { id, source: '0'.repeat(64), document: read.value.document };
    });
    const set = compileSet({ snapshot: 'cfg:test', bundles } as PolicySet);
    if (!set.ok) throw new Error(JSON.stringify(set.error));
    for (let n = 0; n < QUESTIONS && done < pairs; n++, done++) {
      const ask = asked(r);
      const answer = evaluateSet(set.value, questionOfCheck(checkOf(ask), set.value, SLUG), ({ ruleId }) => {
        const count = ask.counts[ruleId] ?? null;
        return count === null ? null : { count, retryAfterMs: 1 };
      });
      const naive = referencePolicy(bundles, ask, SLUG);
      const [said, expected] = [`${answer.outcome} ${answer.ruleId}`, `${naive.outcome} ${naive.rule}`];
      if (said !== expected) return { found: { bundles, asked: ask, said, expected }, met };
      met.set(answer.outcome, (met.get(answer.outcome) ?? 0) + 1);
    }
  }
  return { found: null, met };
};
