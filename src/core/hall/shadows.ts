/**
 * Rules that can never match, because an earlier one covers them (WCP 2.4): on every field the earlier is
 * unconstrained, equal, or names all of the later one's values. Identical matches under one rule_id do not count.
 * Works by capability, keeping only rules that nothing earlier covers: covering is transitive, so the first rule that
 * covers is among those kept, and 10,000 rules take milliseconds.
 */
import type { Indexed } from '../policy/match-index.ts';

interface Named extends Indexed {
  readonly ruleId: string;
}

export interface Shadow<T extends Named> {
  readonly shadowed: T;
  /** The first rule that covers it. */
  readonly by: T;
}

const holdsAll = (outer: ReadonlySet<string> | null, inner: ReadonlySet<string> | null): boolean => {
  if (outer === null) return true;
  if (inner === null || inner.size > outer.size) return false;
  for (const id of inner) if (!outer.has(id)) return false;
  return true;
};

const covers = (earlier: Named, later: Named): boolean =>
  (later.match.mask & ~earlier.match.mask) === 0 && holdsAll(earlier.match.capabilities, later.match.capabilities);

const sameMatch = (a: Named, b: Named): boolean => covers(a, b) && covers(b, a);

const firstToCover = <T extends Named>(kept: readonly T[], later: T, except: T | null): T | null =>
  kept.find((earlier) => earlier !== except && covers(earlier, later)) ?? null;

const earlierOf = <T extends Named>(a: T | null, b: T | null): T | null => {
  if (a === null || b === null) return a ?? b;
  return a.position < b.position ? a : b;
};

/** Kept rules by capability; a rule that names several is filed under each of them. */
class Kept<T extends Named> {
  readonly #byCapability = new Map<string, T[]>();
  readonly #anyCapability: T[] = [];
  /** For a kept rule, the later ones with the very same match. */
  readonly #twins = new Map<T, T[]>();

  add(rule: T): void {
    if (rule.match.capabilities === null) this.#anyCapability.push(rule);
    else
      for (const id of rule.match.capabilities) {
        const lane = this.#byCapability.get(id);
        if (lane === undefined) this.#byCapability.set(id, [rule]);
        else lane.push(rule);
      }
  }

  /** The earliest kept rule that covers `later`, whatever their ids; `except` is passed over. */
  cover(later: T, except: T | null = null): T | null {
    const any = firstToCover(this.#anyCapability, later, except);
    return earlierOf(any, firstToCover(this.#shortestLane(later), later, except));
  }

  /** Whoever covers a rule names all of its capabilities, so it stands in each of their lanes: search the shortest. */
  #shortestLane(later: T): readonly T[] {
    let shortest: readonly T[] | null = null;
    for (const id of later.match.capabilities ?? []) {
      const lane = this.#byCapability.get(id) ?? [];
      if (shortest === null || lane.length < shortest.length) shortest = lane;
    }
    return shortest ?? [];
  }

  noteTwin(kept: T, twin: T): void {
    const twins = this.#twins.get(kept);
    if (twins === undefined) this.#twins.set(kept, [twin]);
    else twins.push(twin);
  }

  otherTwin(kept: T, ruleId: string): T | null {
    return this.#twins.get(kept)?.find((twin) => twin.ruleId !== ruleId) ?? null;
  }
}

/** Each shadowed rule once, in document order, with the first rule that covers it. */
export const findShadows = <T extends Named>(rules: readonly T[]): readonly Shadow<T>[] => {
  const kept = new Kept<T>();
  const shadows: Shadow<T>[] = [];
  for (const rule of rules) {
    const first = kept.cover(rule);
    if (first === null) {
      kept.add(rule);
      continue;
    }
    const identical = sameMatch(first, rule);
    const exempt = identical && first.ruleId === rule.ruleId;
    // Whatever else covers an exempt rule was kept too, or is a twin of the one that exempts it.
    const by = exempt ? earlierOf(kept.otherTwin(first, rule.ruleId), kept.cover(rule, first)) : first;
    if (by !== null) shadows.push({ shadowed: rule, by });
    if (identical) kept.noteTwin(first, rule);
  }
  return shadows;
};
