/** Where a blast score comes from (WCP 3.2): what each fact of the request added, and whose estimate was the highest. */
import type { JsonObject } from '../json.ts';
import { heuristicScore, scoreOfSum, sumOf } from './blast.ts';
import type { RouteDecision } from './decision.ts';
import type { RouteRequest } from './input.ts';

/** Each fact of a request that raises its score, and what the request would be without it. */
const FACTS: readonly (readonly [
  name: (request: RouteRequest) => string,
  isThere: (request: RouteRequest) => boolean,
  without: Partial<RouteRequest>,
])[] = [
  [
    ({ data_label_effective }) => `data label ${data_label_effective ?? ''}`,
    ({ data_label_effective }) => data_label_effective !== null && data_label_effective !== 'PUBLIC',
    { data_label_effective: 'PUBLIC' },
  ],
  [
    ({ env_effective }) => `environment ${env_effective ?? ''}`,
    ({ env_effective }) => env_effective === 'prod' || env_effective === 'edge',
    { env_effective: 'dev' },
  ],
  [() => 'class P0', ({ qos_class }) => qos_class === 'P0', { qos_class: 'P2' }],
  [() => 'the payload leaves the Hall', ({ egress }) => egress, { egress: false }],
  [() => 'the payload changes something', ({ writes }) => writes, { writes: false }],
];

/** The points are differences, so they are those of the formula whatever it says. */
export function blastBreakdown(request: RouteRequest, { blast_score, blast_sum }: RouteDecision): JsonObject {
  const all = heuristicScore(request);
  const parts: { of: string; points: number }[] = [];
  let rest = request;
  for (const [name, isThere, without] of FACTS) {
    if (!isThere(request)) continue;
    const less = { ...rest, ...without };
    parts.push({ of: name(request), points: heuristicScore(rest) - heuristicScore(less) });
    rest = less;
  }
  return {
    request: [{ of: 'any request', points: heuristicScore(rest) }, ...parts],
    estimates: {
      request: all,
      caller: request.blast_score === null ? null : Math.floor(request.blast_score),
      caller_radius: request.blast_radius === null ? null : scoreOfSum(sumOf(request.blast_radius)),
      worker: blast_sum === null ? null : scoreOfSum(blast_sum),
    },
    score: blast_score,
  };
}
