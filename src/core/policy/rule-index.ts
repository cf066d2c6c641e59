/**
 * The rules of one tier, found by what they demand: filed under the rarest key that a rule names, so a question looks at
 * the few rules that could match it and not at all of them.
 * INVARIANT: rules are offered in ascending position, and none that matches is left out.
 */
import type { JsonValue } from '../json.ts';
import type { Condition } from './conditions.ts';
import type { Tier } from './document.ts';
import type { Outcome } from './outcome.ts';
import type { PolicyQuestion } from './question.ts';
import type { ApprovalTerms, Constraints, Remediation, Velocity } from './terms.ts';

export interface CompiledRule {
  readonly position: number;
  readonly id: string;
  readonly bundleId: string;
  readonly tier: Tier;
  readonly conditions: readonly Condition[];
  readonly match: JsonValue;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly constraints: Constraints | null;
  readonly remediations: readonly Remediation[];
  readonly velocity: Velocity | null;
  readonly approval: ApprovalTerms | null;
  /** Where it stands: `bundle#/rules/3`. */
  readonly source: string;
  /** Of the smallest form: told to a throttled caller. */
  readonly retryAfterMs: number | null;
}

type Lane = readonly CompiledRule[];

export interface RuleIndex {
  readonly byCapability: ReadonlyMap<string, Lane>;
  readonly byLabel: ReadonlyMap<string, Lane>;
  readonly byTag: ReadonlyMap<string, Lane>;
  /** By what their topics begin with; the lengths are those of the keys. */
  readonly byTopic: ReadonlyMap<string, Lane>;
  readonly topicLengths: readonly number[];
  readonly unfiled: Lane;
}

type Filing = {
  readonly lane: 'byCapability' | 'byLabel' | 'byTag' | 'byTopic';
  readonly keys: readonly string[];
} | null;

const listed = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

const filingOf = (rule: CompiledRule): Filing => {
  for (const { key, expected } of rule.conditions) {
    if (key === 'capabilities')
      return { lane: 'byCapability', keys: listed(expected).map((id) => id.trim().toLowerCase()) };
    if (key.startsWith('labels.')) return { lane: 'byLabel', keys: [`${key.slice(7)}\0${String(expected)}`] };
    if (key === 'risk_tags') return { lane: 'byTag', keys: listed(expected).map((tag) => tag.trim().toLowerCase()) };
    if (key === 'topics') {
      const prefixes = listed(expected).map(literalPart);
      if (prefixes.every((prefix) => prefix.length > 'job.'.length)) return { lane: 'byTopic', keys: prefixes };
    }
  }
  return null;
};

/** Shorter than need be is right as well: it only offers a rule more often. */
const literalPart = (glob: string): string => glob.slice(0, Math.max(0, glob.search(/[*?[\\]|$/)));

export const buildRuleIndex = (rules: readonly CompiledRule[]): RuleIndex => {
  const lanes = {
    byCapability: new Map<string, CompiledRule[]>(),
    byLabel: new Map<string, CompiledRule[]>(),
    byTag: new Map<string, CompiledRule[]>(),
    byTopic: new Map<string, CompiledRule[]>(),
  };
  const unfiled: CompiledRule[] = [];
  for (const rule of rules) {
    const filing = filingOf(rule);
    if (filing === null) unfiled.push(rule);
    else
      for (const key of new Set(filing.keys)) {
        const lane = lanes[filing.lane].get(key);
        if (lane === undefined) lanes[filing.lane].set(key, [rule]);
        else lane.push(rule);
      }
  }
  const topicLengths = [...new Set([...lanes.byTopic.keys()].map((prefix) => prefix.length))].sort((a, b) => a - b);
  return { ...lanes, topicLengths, unfiled };
};

const lanesFor = (index: RuleIndex, question: PolicyQuestion): Lane[] => {
  const lanes: Lane[] = [];
  const add = (lane: Lane | undefined): void => {
    if (lane !== undefined && lane.length > 0) lanes.push(lane);
  };
  add(index.unfiled);
  if (index.byCapability.size > 0) add(index.byCapability.get(question.capability.trim().toLowerCase()));
  if (index.byLabel.size > 0) for (const [name, value] of question.labels) add(index.byLabel.get(`${name}\0${value}`));
  if (index.byTag.size > 0) for (const tag of question.risk_tags) add(index.byTag.get(tag));
  for (const length of index.topicLengths) {
    if (length > question.topic.length) break;
    add(index.byTopic.get(question.topic.slice(0, length)));
  }
  return lanes;
};

/** The first rule, in ascending position, that `holds` says yes to; each is asked once. */
export const firstRule = (
  index: RuleIndex,
  question: PolicyQuestion,
  holds: (rule: CompiledRule) => boolean,
): CompiledRule | null => {
  const lanes = lanesFor(index, question);
  const next = lanes.map(() => 0);
  for (;;) {
    let nearest: CompiledRule | null = null;
    for (let i = 0; i < lanes.length; i++) {
      const rule = lanes[i]?.[next[i] ?? 0];
      if (rule !== undefined && (nearest === null || rule.position < nearest.position)) nearest = rule;
    }
    if (nearest === null) return null;
    for (let i = 0; i < lanes.length; i++) if (lanes[i]?.[next[i] ?? 0] === nearest) next[i] = (next[i] ?? 0) + 1;
    if (holds(nearest)) return nearest;
  }
};
