/**
 * First match in document order at a cost that does not grow with the number of rules: rules are filed by capability,
 * those without one apart, and the lower position of the two hits wins (WCP 1, requirement 2; 2.4).
 * INVARIANT: equals a scan of the whole list from its top; a property test holds it to that.
 */
import type { RouteQuery } from '../vocabulary.ts';
import { type Match, wordBits } from './match.ts';

export interface Indexed {
  readonly position: number;
  readonly match: Match;
}

/** The rules of one capability in document order; a long lane also knows, by word bits, which of them can hold. */
interface Lane<T extends Indexed> {
  readonly rules: readonly T[];
  readonly byWords: Map<number, readonly T[]> | null;
}

export interface MatchIndex<T extends Indexed> {
  readonly byCapability: ReadonlyMap<string, Lane<T>>;
  readonly anyCapability: Lane<T>;
}

/** Up to here scanning the masks is as fast as the table, and needs no memory. */
const SHORT_LANE = 24;

const buildLane = <T extends Indexed>(rules: readonly T[]): Lane<T> => ({
  rules,
  byWords: rules.length > SHORT_LANE ? new Map() : null,
});

export const buildIndex = <T extends Indexed>(rules: readonly T[]): MatchIndex<T> => {
  const filed = new Map<string, T[]>();
  const unfiled: T[] = [];
  for (const rule of rules) {
    if (rule.match.capabilities === null) unfiled.push(rule);
    else
      for (const id of rule.match.capabilities) {
        const lane = filed.get(id);
        if (lane === undefined) filed.set(id, [rule]);
        else lane.push(rule);
      }
  }
  const byCapability = new Map<string, Lane<T>>();
  for (const [id, lane] of filed) byCapability.set(id, buildLane(lane));
  return { byCapability, anyCapability: buildLane(unfiled) };
};

/** What of a long lane can hold for these words, up to the first rule that holds for every signatory. */
const candidatesFor = <T extends Indexed>(lane: Lane<T>, bits: number): readonly T[] => {
  if (lane.byWords === null) return lane.rules;
  const known = lane.byWords.get(bits);
  if (known !== undefined) return known;
  const found: T[] = [];
  for (const rule of lane.rules) {
    if ((rule.match.mask & bits) !== bits) continue;
    found.push(rule);
    if (rule.match.tenants === null) break;
  }
  // A memo of a pure function: words have at most a few hundred combinations, so it cannot grow with traffic.
  lane.byWords.set(bits, found);
  return found;
};

const firstIn = <T extends Indexed>(lane: Lane<T>, bits: number, tenantId: string): T | null => {
  for (const rule of candidatesFor(lane, bits)) {
    const { mask, tenants } = rule.match;
    if ((mask & bits) === bits && (tenants === null || tenants.has(tenantId))) return rule;
  }
  return null;
};

export const findFirst = <T extends Indexed>(index: MatchIndex<T>, query: RouteQuery, tenantId: string): T | null => {
  const bits = wordBits(query);
  const lane = index.byCapability.get(query.capability_id);
  const filed = lane === undefined ? null : firstIn(lane, bits, tenantId);
  const unfiled = firstIn(index.anyCapability, bits, tenantId);
  if (filed === null || unfiled === null) return filed ?? unfiled;
  return filed.position < unfiled.position ? filed : unfiled;
};
