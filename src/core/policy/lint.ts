/**
 * What is wrong with rules that are right in form: a rule that an earlier one covers, a rule whose conditions nothing can
 * meet, a rule that can only repeat what would be said without it. Warnings: whoever publishes decides.
 */
import type { JsonObject, JsonValue } from '../json.ts';
import type { Condition } from './conditions.ts';
import { isTopicPrefix } from './glob.ts';
import type { CompiledRule } from './rule-index.ts';
import { type CompiledSet, FLOOR } from './set.ts';

export type LintKind = 'shadowed' | 'never_matches' | 'unreachable';

export interface LintFinding {
  readonly kind: LintKind;
  readonly rule_id: string;
  readonly source: string;
  readonly message: string;
  /** The rule that covers it. */
  readonly by?: string;
}

const texts = (value: JsonValue): readonly string[] => (Array.isArray(value) ? value.map(String) : [String(value)]);
const folded = (list: readonly string[]): readonly string[] => list.map((text) => text.trim().toLowerCase());

/** Every question that `inner` lets pass, `outer` lets pass. Said only where it is certain. */
const covers = (outer: Condition, inner: Condition): boolean => {
  if (outer.key !== inner.key) return false;
  if (outer.key === 'topics') {
    return texts(inner.expected).every((glob) =>
      texts(outer.expected).some(
        (wider) =>
          wider === glob || (isTopicPrefix(wider) && glob.startsWith(wider.slice(0, -1)) && !glob.includes('/')),
      ),
    );
  }
  if (['tenants', 'capabilities', 'pack_ids', 'actor_ids', 'actor_types', 'risk_tags'].includes(outer.key)) {
    const wide = new Set(folded(texts(outer.expected)));
    return folded(texts(inner.expected)).every((text) => wide.has(text));
  }
  if (outer.key === 'requires') {
    const inside = new Set(folded(texts(inner.expected)));
    return folded(texts(outer.expected)).every((text) => inside.has(text));
  }
  if (typeof outer.expected !== 'object') return outer.expected === inner.expected;
  return JSON.stringify(outer.expected) === JSON.stringify(inner.expected);
};

/** A rule with a counter does not match always, so it covers nothing. */
const shadows = (earlier: CompiledRule, later: CompiledRule): boolean =>
  earlier.velocity === null &&
  earlier.conditions.every((outer) => later.conditions.some((inner) => covers(outer, inner)));

const neverMatches = (rule: CompiledRule): string | null => {
  for (const { key, expected } of rule.conditions) {
    const empty = Array.isArray(expected) && expected.length === 0;
    if (empty && key !== 'requires') return `${key} is empty, and nothing is in an empty list`;
    if (key === 'topics' && texts(expected).every((glob) => !couldBeTopic(glob)))
      return 'no topic begins like its globs';
    if (
      key === 'secrets_present' &&
      expected === false &&
      rule.conditions.some((other) => other.key === 'labels.secrets_present' && other.expected === 'true')
    ) {
      return 'it wants secrets to be present and absent';
    }
  }
  return null;
};

const couldBeTopic = (glob: string): boolean => {
  const literal = glob.slice(0, Math.max(0, glob.search(/[*?[\\]|$/)));
  return !glob.includes('/') && ('job.'.startsWith(literal) || literal.startsWith('job.'));
};

type Chain = readonly CompiledRule[];

/** Rules that are looked at one after the other until one matches. */
const chainsOf = ({ rules }: CompiledSet): readonly Chain[] => {
  const permits = ({ outcome }: CompiledRule): boolean => outcome === 'ALLOW' || outcome === 'ALLOW_WITH_CONSTRAINTS';
  const floor = rules.filter((rule) => rule.bundleId === FLOOR && !permits(rule));
  const rest = rules.filter((rule) => rule.bundleId !== FLOOR || permits(rule));
  return [floor, rest];
};

/** Where a rule is filed: whoever covers another names one of its keys, and where the value is plain the same value. */
const anchorOf = ({ key, expected }: Condition): string =>
  typeof expected === 'object' ? key : `${key}=${String(expected)}`;

/** Rules of one chain that may cover one another share an anchor: compare within those only. */
const coverOf = (rule: CompiledRule, earlier: ReadonlyMap<string, CompiledRule[]>): CompiledRule | null => {
  for (const anchor of new Set(rule.conditions.map(anchorOf))) {
    for (const other of earlier.get(anchor) ?? []) if (shadows(other, rule)) return other;
  }
  return null;
};

/** Of each anchor so many rules are compared with: a long policy is checked in bounded time, if not against all of it. */
const MAX_COMPARED = 100;

const file = (lanes: Map<string, CompiledRule[]>, anchor: string, rule: CompiledRule): void => {
  const lane = lanes.get(anchor);
  if (lane === undefined) lanes.set(anchor, [rule]);
  else if (lane.length < MAX_COMPARED) lane.push(rule);
};

export const lintSet = (set: CompiledSet): readonly LintFinding[] =>
  chainsOf(set).flatMap((chain) => {
    const earlier = new Map<string, CompiledRule[]>();
    let closed: CompiledRule | null = null;
    return chain.flatMap((rule): LintFinding[] => {
      const at = { rule_id: rule.id, source: rule.source };
      const why = neverMatches(rule);
      if (why !== null) return [{ kind: 'never_matches', ...at, message: `${rule.id} can never match: ${why}` }];
      if (closed !== null) {
        return [
          {
            kind: 'unreachable',
            ...at,
            by: closed.id,
            message: `${rule.id} is never reached: ${closed.id} matches everything before it`,
          },
        ];
      }
      const by = coverOf(rule, earlier);
      if (by !== null) {
        return [
          {
            kind: 'shadowed',
            ...at,
            by: by.id,
            message: `${rule.id} can never decide: ${by.id} matches whatever it matches, and comes first`,
          },
        ];
      }
      if (rule.conditions.length === 0 && rule.velocity === null) closed = rule;
      const [first] = rule.conditions;
      if (first !== undefined) file(earlier, anchorOf(first), rule);
      return [];
    });
  });

export const asJson = (findings: readonly LintFinding[]): JsonObject[] => findings.map((finding) => ({ ...finding }));
