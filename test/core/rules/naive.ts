/** The rules of WCP 2.4 written down as plainly as they can be; what the compiled ones are measured against. */
import { MATCH_KEYS, type MatchKey, type RouteQuery } from '../../../src/core/vocabulary.ts';
import type { RandomRule } from './arbitrary.ts';

const ALIASES: Record<string, string> = {
  staging: 'stage',
  SECRET: 'RESTRICTED',
  CONFIDENTIAL: 'RESTRICTED',
  critical: 'high',
};

/** null = unconstrained. */
const values = (rule: RandomRule, key: MatchKey): string[] | null => {
  const operator: string | { in: string[] } | { any: true } | undefined = rule.match[key];
  if (operator === undefined || (typeof operator === 'object' && 'any' in operator)) return null;
  const named = typeof operator === 'string' ? [operator] : operator.in;
  return key === 'capability_id'
    ? named
    : named.map((word) => (Object.hasOwn(ALIASES, word) ? (ALIASES[word] ?? word) : word));
};

export const naiveMatch = (rules: readonly RandomRule[], query: RouteQuery): number =>
  rules.findIndex((rule) => MATCH_KEYS.every((key) => values(rule, key)?.includes(query[key]) ?? true));

const covers = (a: RandomRule, b: RandomRule): boolean =>
  MATCH_KEYS.every((key) => {
    const outer = values(a, key);
    const inner = values(b, key);
    return outer === null || inner?.every((value) => outer.includes(value)) === true;
  });

/** Positions of shadowed rules. */
export const naiveShadows = (rules: readonly RandomRule[]): number[] =>
  rules.flatMap((later, position) =>
    rules
      .slice(0, position)
      .some((earlier) => covers(earlier, later) && !(earlier.rule_id === later.rule_id && covers(later, earlier)))
      ? [position]
      : [],
  );
