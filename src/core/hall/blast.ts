/**
 * How far a call could reach if it went wrong (WCP 3.2): scores 0-100, worker sums 0-25, and the limits on both.
 * INVARIANT: everything here only raises: the heuristic, the caller's own estimate and the worker's dimensions are
 * joined by the maximum, and a rule's maximum stands beside the floor, never in its place.
 */
import { isProduction } from '../vocabulary.ts';
import type { RouteRequest } from './input.ts';
import type { BlastRadius } from './members.ts';
import type { MaxBlast } from './rules.ts';
import type { ChainLink } from './snapshot.ts';

export const BLAST_CONTROL = 'ctrl.blast-radius-scoring';
export const HIGH_BLAST = 85;
const SUM_TO_SCORE = 4;

/** What the request says of itself, before anything is known of a worker. */
export function heuristicScore(request: RouteRequest): number {
  let score = 10;
  if (request.data_label_effective === 'INTERNAL') score += 20;
  else if (request.data_label_effective === 'RESTRICTED') score += 40;
  if (request.env_effective !== null && isProduction(request.env_effective)) score += 15;
  if (request.qos_class === 'P0') score += 10;
  if (request.egress) score += 15;
  if (request.writes) score += 15;
  return Math.min(score, 100);
}

export const sumOf = (radius: BlastRadius): number =>
  radius.data + radius.network + radius.financial + radius.time + radius.reversibility;

export const scoreOfSum = (sum: number): number => Math.round(SUM_TO_SCORE * sum);

/** The effective score before a worker is chosen. */
export function requestScore(request: RouteRequest): number {
  const own = Math.max(heuristicScore(request), request.blast_score ?? 0);
  return request.blast_radius === null ? own : Math.max(own, scoreOfSum(sumOf(request.blast_radius)));
}

export interface Chain {
  /** The sum over earlier links and this one, which counts once however often it is repeated. */
  readonly sum: number;
  readonly repeated: boolean;
}

export function chainWith(chain: readonly ChainLink[], request: RouteRequest, workerId: string, sum: number): Chain {
  let total = 0;
  let repeated = false;
  for (const link of chain) {
    total += link.blast_sum;
    repeated ||=
      link.worker_id === workerId &&
      link.request_hash === request.request_hash &&
      link.capability_id === request.capability_id;
  }
  return { sum: repeated ? total : total + sum, repeated };
}

export const chainSum = (chain: readonly ChainLink[]): number => {
  let total = 0;
  for (const link of chain) total += link.blast_sum;
  return total;
};

/** Whether the maximum of the rule is exceeded on its own scale. An environment it does not name has none. */
export function exceedsMaximum(maximum: MaxBlast | null, request: RouteRequest, score: number, sum: number): boolean {
  if (maximum === null || request.env_effective === null) return false;
  const limit = maximum[request.env_effective];
  return limit !== undefined && (maximum.scale === 'sum25' ? sum : score) > limit;
}

export type BlastReason = 'REQUIRE_HUMAN_HIGH_BLAST' | 'RULE_MAX_BLAST_EXCEEDED';

/** A maximum that denies outright comes first, so that no human is asked for what the rule rules out. */
export function blastRefusal(
  gatePassed: boolean | null,
  exceeded: boolean,
  maximum: MaxBlast | null,
): BlastReason | null {
  if (exceeded && maximum?.on_exceed === 'deny') return 'RULE_MAX_BLAST_EXCEEDED';
  if (gatePassed === false) return 'REQUIRE_HUMAN_HIGH_BLAST';
  return exceeded ? 'RULE_MAX_BLAST_EXCEEDED' : null;
}
