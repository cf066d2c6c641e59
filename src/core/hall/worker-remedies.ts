/** What takes away a refusal that is about a worker: its state, its record, its code. */
import type { EnvelopeTerms } from '../registry/terms.ts';
import type { WorkerFact } from '../registry/worker.ts';
import type { RankedCandidate, RouteDecision, SkipReason } from './decision.ts';
import { type DecisionInputs, type Find, given, withWorkers } from './remedy.ts';

export const chosen = ({ candidate_workers_ranked: ranked }: RouteDecision): RankedCandidate | undefined =>
  ranked.find(({ skip_reason, worker_id }) => skip_reason === null && worker_id !== undefined);
export const named = (decision: RouteDecision): string => chosen(decision)?.worker_id ?? 'the worker';

export const implementing =
  (controls: readonly string[]) =>
  (worker: WorkerFact): Partial<WorkerFact> => ({
    currently_implements: [...new Set([...worker.currently_implements, ...worker.required_controls, ...controls])],
  });

export const REACHES_NOTHING: EnvelopeTerms = {
  egress: [],
  egress_unrestricted: false,
  secrets: [],
  filesystem_writes: [],
  tools: [],
};
const CODE = 'a'.repeat(64);

const running = (decision: RouteDecision, inputs: DecisionInputs): DecisionInputs =>
  withWorkers(inputs, chosen(decision)?.worker_id, ({ registered_hash }) => {
    const hash = registered_hash !== null && /^[0-9a-f]{64}$/.test(registered_hash) ? registered_hash : CODE;
    return { registered_hash: hash, reported_hash: hash, reported_at: inputs.stamp.now, quarantined: null };
  });

/** In the order in which a worker comes through: the last of them got furthest. */
const SKIPPED: readonly (readonly [
  SkipReason,
  fact: string,
  change: string,
  (inputs: DecisionInputs, decision: RouteDecision) => (worker: WorkerFact) => Partial<WorkerFact>,
])[] = [
  [
    'revoked',
    'its namespace was taken from this tenant',
    'the namespace is granted again',
    () => () => ({ revoked: false }),
  ],
  [
    'quarantined',
    'it was caught with other code than was attested',
    'it runs the attested code',
    () => () => ({ quarantined: null }),
  ],
  [
    'env_not_allowed',
    'it may not be used in this environment',
    'its record allows the environment',
    () => () => ({ allowed_environments: null }),
  ],
  [
    'data_label_not_allowed',
    'it may not see data of this label',
    'its record allows the label',
    () => () => ({ allowed_data_labels: null }),
  ],
  [
    'catalog_version_min',
    'it asks for a later catalog',
    'the Hall goes over to that catalog',
    () => () => ({ catalog_version_min: null }),
  ],
  [
    'required_controls_missing',
    'it lacks controls that are required of it',
    'it implements them',
    (_, { required_controls_effective, candidate_workers_ranked }) =>
      implementing([
        ...required_controls_effective,
        ...candidate_workers_ranked.flatMap((one) => one.requires_controls_minimum),
      ]),
  ],
  [
    'capability_not_declared',
    'it does not declare the capability',
    'its record declares it',
    ({ request }) =>
      ({ capabilities }) => ({ capabilities: [...capabilities, request.capability_id ?? ''] }),
  ],
  [
    'unavailable',
    'it is off, or has not been heard of for too long',
    'it sends a heartbeat',
    () => () => ({ online: true, last_heartbeat_at: null }),
  ],
];

export const nobody: Find = (decision, inputs) => {
  const looked = decision.candidate_workers_ranked.filter(({ worker_id }) => worker_id !== undefined);
  const furthest = SKIPPED.findLast(([reason]) => looked.some(({ skip_reason }) => skip_reason === reason));
  const worker = looked.find(({ skip_reason }) => skip_reason === furthest?.[0])?.worker_id;
  if (furthest === undefined || worker === undefined) {
    const species = decision.candidate_workers_ranked.map(({ worker_species_id }) => worker_species_id ?? '?');
    return given(
      'no worker of the listed species is enrolled',
      species.length === 0
        ? 'the rule lists a species with a worker'
        : `a worker of ${species.join(' or ')} is enrolled`,
    );
  }
  const [, fact, change, turn] = furthest;
  return given(`${worker}: ${fact}`, change, withWorkers(inputs, worker, turn(inputs, decision)));
};

export const attested: Find = (decision, inputs) =>
  given(
    `${named(decision)}: ${String(decision.deny_reason_if_denied?.message ?? '')}`,
    'its code is attested, and it reports that it runs it',
    running(decision, inputs),
  );
