/** A condition under which a human has to say yes first (WCP 2.6): the keys of a match, and a blast score from which on. */
import { z } from 'zod';
import { type Match, matches, matchShape, readMatch, tenantShape } from '../policy/match.ts';
import type { RouteQuery } from '../vocabulary.ts';

/** Holds when every key holds; an empty object holds always. */
export const HumanCondition = z.strictObject({
  ...matchShape,
  ...tenantShape,
  blast_score: z.strictObject({ gte: z.number().min(0).max(100) }).optional(),
});
export type HumanCondition = z.output<typeof HumanCondition>;

export interface CompiledCondition {
  readonly match: Match;
  readonly blastAtLeast: number | null;
}

export const compileCondition = (condition: HumanCondition): CompiledCondition => ({
  match: readMatch(condition),
  blastAtLeast: condition.blast_score?.gte ?? null,
});

/** `blastScore` is the effective one. */
export const anyHolds = (
  conditions: readonly CompiledCondition[],
  query: RouteQuery,
  tenantId: string,
  blastScore: number,
): boolean =>
  conditions.some(
    ({ match, blastAtLeast }) =>
      (blastAtLeast === null || blastScore >= blastAtLeast) && matches(match, query, tenantId),
  );
