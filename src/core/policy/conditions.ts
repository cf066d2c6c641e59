/**
 * The keys of a rule's `match` as conditions, each of which can say whether it holds, what it wants and what it found:
 * evaluation asks the first, an explanation the rest (CAP 5.2). All of a rule's conditions must hold.
 */
import type { JsonValue } from '../json.ts';
import type { InputRule, PolicyMatch, Selector } from './document.ts';
import { compileGlob, type Glob, globMatches } from './glob.ts';
import { type Match, partialBits } from './match.ts';
import { compileMcpLists, type McpLists, mcpCallOf, mcpObjection } from './mcp.ts';
import type { PolicyQuestion } from './question.ts';

export interface Condition {
  readonly key: string;
  readonly expected: JsonValue;
  readonly holds: (question: PolicyQuestion) => boolean;
  readonly actual: (question: PolicyQuestion) => JsonValue;
}

const folded = (text: string): string => text.trim().toLowerCase();

type TextKey = 'capability' | 'pack_id' | 'actor_id' | 'actor_type';

/** An empty value never matches. */
const oneOf = (key: string, list: readonly string[], of: TextKey): Condition => {
  const wanted = new Set(list.map(folded));
  return {
    key,
    expected: list,
    holds: (question) => question[of] !== '' && wanted.has(folded(question[of])),
    actual: (question) => question[of],
  };
};

const tenants = (list: readonly string[]): Condition => {
  const wanted = new Set(list.map(folded));
  return {
    key: 'tenants',
    expected: list,
    holds: ({ tenantNames }) => tenantNames.some((name) => name !== '' && wanted.has(name)),
    actual: ({ tenant }) => tenant,
  };
};

/** What could not be compiled was refused when it was published. */
export const globsOf = (patterns: readonly string[]): readonly Glob[] =>
  patterns.flatMap((pattern) => {
    const compiled = compileGlob(pattern);
    return compiled.ok ? [compiled.value] : [];
  });

const topics = (patterns: readonly string[]): Condition => {
  const globs = globsOf(patterns);
  return {
    key: 'topics',
    expected: patterns,
    holds: ({ topic }) => globs.some((glob) => globMatches(glob, topic)),
    actual: ({ topic }) => topic,
  };
};

const riskTags = (list: readonly string[]): Condition => {
  const wanted = new Set(list.map(folded));
  return {
    key: 'risk_tags',
    expected: list,
    holds: ({ risk_tags }) => risk_tags.some((tag) => wanted.has(tag)),
    actual: ({ risk_tags }) => risk_tags,
  };
};

const requires = (list: readonly string[]): Condition => ({
  key: 'requires',
  expected: list,
  holds: (question) => {
    const given = new Set(question.requires.map(folded));
    return list.every((one) => given.has(folded(one)));
  },
  actual: (question) => question.requires,
});

const label = (name: string, value: string): Condition => ({
  key: `labels.${name}`,
  expected: value,
  holds: ({ labels }) => labels.get(name) === value,
  actual: ({ labels }) => labels.get(name) ?? null,
});

const secretsPresent = (wanted: boolean): Condition => ({
  key: 'secrets_present',
  expected: wanted,
  holds: ({ secrets_present }) => secrets_present === wanted,
  actual: ({ secrets_present }) => secrets_present,
});

const mcp = (lists: McpLists): Condition => {
  const compiled = compileMcpLists(lists);
  const objection = ({ labels }: PolicyQuestion): string | null => {
    const call = mcpCallOf(labels);
    return call === null ? null : mcpObjection(compiled, call);
  };
  return {
    key: 'mcp',
    expected: lists as JsonValue,
    holds: (question) => objection(question) === null,
    actual: objection,
  };
};

const allowlist = (name: string, list: readonly string[]): Condition => ({
  key: `label_allowlist.${name}`,
  expected: list,
  holds: ({ labels }) => {
    const value = labels.get(name);
    return value !== undefined && !list.includes(value);
  },
  actual: ({ labels }) => labels.get(name) ?? null,
});

const NUMBER = /^[+-]?\d{1,300}(?:\.\d{1,300})?$/;

const threshold = (name: string, limit: number): Condition => ({
  key: `label_threshold.${name}`,
  expected: String(limit),
  holds: ({ labels }) => {
    const value = labels.get(name)?.trim() ?? '';
    return NUMBER.test(value) && Number(value) > limit;
  },
  actual: ({ labels }) => labels.get(name) ?? null,
});

const named = (members: object | undefined): [string, never][] => Object.entries(members ?? {}) as [string, never][];

export const conditionsOf = (match: Partial<PolicyMatch>): readonly Condition[] => [
  ...(match.tenants ? [tenants(match.tenants)] : []),
  ...(match.capabilities ? [oneOf('capabilities', match.capabilities, 'capability')] : []),
  ...(match.pack_ids ? [oneOf('pack_ids', match.pack_ids, 'pack_id')] : []),
  ...(match.actor_ids ? [oneOf('actor_ids', match.actor_ids, 'actor_id')] : []),
  ...(match.actor_types ? [oneOf('actor_types', match.actor_types, 'actor_type')] : []),
  ...(match.topics ? [topics(match.topics)] : []),
  ...named(match.labels).map(([name, value]) => label(name, value)),
  ...(match.risk_tags ? [riskTags(match.risk_tags)] : []),
  ...(match.requires ? [requires(match.requires)] : []),
  ...(match.secrets_present === undefined ? [] : [secretsPresent(match.secrets_present)]),
  ...(match.mcp ? [mcp(match.mcp)] : []),
  ...named(match.label_allowlist).map(([name, list]) => allowlist(name, list)),
  ...named(match.label_threshold).map(([name, limit]) => threshold(name, limit)),
];

export const selectorConditions = (selector: Selector | undefined): readonly Condition[] =>
  (['workflow_id', 'job_id', 'session_id'] as const).flatMap((key) => {
    const wanted = selector?.[key];
    if (wanted === undefined) return [];
    return [
      {
        key: `selector.${key}`,
        expected: wanted,
        holds: (question: PolicyQuestion) => question[key] === wanted,
        actual: (question: PolicyQuestion) => question[key],
      },
    ];
  });

/** A rule of the smallest form (WCP 3.7): its five keys as one mask. Words that a job does not say match any only. */
export const routeCondition = (match: Match, written: JsonValue): Condition => ({
  key: 'match',
  expected: written,
  holds: ({ words, capability, tenant }) => {
    const bits = partialBits(words);
    return (
      (match.mask & bits) === bits &&
      (match.capabilities === null || match.capabilities.has(capability)) &&
      (match.tenants === null || match.tenants.has(tenant))
    );
  },
  actual: ({ words, capability, tenant }) => ({ capability_id: capability, tenant_id: tenant, ...words }),
});

/** What an input rule asks of the content was looked at when the content was: by the name of the rule. */
export const inputConditions = ({ id, match }: InputRule): readonly Condition[] => {
  const { tenants: forTenants, topics: forTopics, capabilities, risk_tags, selector } = match;
  const facts = conditionsOf({
    ...(forTenants ? { tenants: forTenants } : {}),
    ...(forTopics ? { topics: forTopics } : {}),
    ...(capabilities ? { capabilities } : {}),
    ...(risk_tags ? { risk_tags } : {}),
  });
  const content: Condition = {
    key: 'content',
    expected: id,
    holds: (question) => question.content?.found.includes(id) === true,
    actual: (question) => question.content?.found ?? null,
  };
  return [...facts, ...selectorConditions(selector), content];
};
