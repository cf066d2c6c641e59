/** One thing otherwise: what a remedy is, and the inputs of a decision with one of them changed. */
import type { WorkerFact } from '../registry/worker.ts';
import type { RouteDecision } from './decision.ts';
import type { RouteRequest, SignatoryEvidence } from './input.ts';
import type { HallCounters, HallSnapshot, Stamp } from './snapshot.ts';

export interface DecisionInputs {
  readonly request: RouteRequest;
  readonly signatory: SignatoryEvidence;
  readonly snapshot: HallSnapshot;
  readonly counters: HallCounters;
  readonly stamp: Stamp;
}

export interface Remedy {
  readonly fact: string;
  readonly change: string;
  /** Null: what was recorded does not say what would follow. */
  readonly inputs: DecisionInputs | null;
}

export type Find = (decision: RouteDecision, inputs: DecisionInputs) => Remedy;

export const given = (fact: string, change: string, inputs: DecisionInputs | null = null): Remedy => ({
  fact,
  change,
  inputs,
});
export const inHall = (inputs: DecisionInputs, snapshot: Partial<HallSnapshot>): DecisionInputs => ({
  ...inputs,
  snapshot: { ...inputs.snapshot, ...snapshot },
});
/** The workers otherwise; `only`: the one that is meant, else all that were looked at. */
export const withWorkers = (
  inputs: DecisionInputs,
  only: string | undefined,
  change: (worker: WorkerFact) => Partial<WorkerFact>,
): DecisionInputs => {
  const { workersOf } = inputs.snapshot;
  return inHall(inputs, {
    workersOf: (speciesId) =>
      workersOf(speciesId).map((worker) =>
        only === undefined || worker.worker_id === only ? { ...worker, ...change(worker) } : worker,
      ),
  });
};
