/** R12: on the subset that both know, the engine and the stand-in for the published one decide alike. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { ask, CAPABILITY, hall, input, SPECIES, worker } from '../../support/hall.ts';
import { type Match, makeDecision, type PublishedRule } from '../../support/published-engine.ts';

const some = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const capability = some(CAPABILITY, 'cap.doc.chunk', 'cap.hash.sha256');
const control = some('ctrl.a', 'ctrl.b_c', 'ctrl.b-c');
const operator = (value: fc.Arbitrary<string>) =>
  fc.oneof(
    value,
    fc.uniqueArray(value, { minLength: 1, maxLength: 2 }).map((list) => ({ in: list })),
    fc.constant({ any: true as const }),
  );
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const defined = <T extends object>(value: T) => JSON.parse(JSON.stringify(value)) as T;

const words = {
  env: some('dev', 'stage', 'prod', 'edge'),
  data_label: some('PUBLIC', 'INTERNAL', 'RESTRICTED'),
  tenant_risk: some('low', 'medium', 'high'),
  qos_class: some('P0', 'P1', 'P2', 'P3'),
};
const match = fc.record({
  capability_id: optional(operator(capability)),
  env: optional(operator(words.env)),
  data_label: optional(operator(words.data_label)),
});
const rule = (at: number): fc.Arbitrary<PublishedRule> =>
  fc.record({
    rule_id: fc.constant(`r${at}`),
    match: match.map((one) => defined(one) as Match),
    decision: fc.record({
      candidate_workers_ranked: fc
        .uniqueArray(some(SPECIES, 'wrk.other'), { maxLength: 2 })
        .map((list) => list.map((worker_species_id) => ({ worker_species_id }))),
      required_controls_suggested: fc.uniqueArray(control, { maxLength: 2 }),
      recommended_profiles: fc.constant(['prof.dev.permissive']),
    }),
  });
const requests = fc
  .record({
    capability_id: capability,
    ...words,
    tenant_id: some('acme', ' ', ''),
    correlation_id: some('33333333-3333-4333-8333-333333333333', ' '),
    request: optional(fc.record({ egress: fc.boolean(), writes: fc.boolean() })),
    blast_score: optional(some<number | string>(0, 84.5, 85, 101, '50')),
  })
  .map(defined);

describe('R12: the published engine agrees on the shared subset', () => {
  test('outcome, code, rule, worker, score, controls and input hash', () => {
    fc.assert(
      fc.property(
        requests,
        fc.tuple(rule(0), rule(1), rule(2)).chain((list) => fc.subarray(list)),
        fc.uniqueArray(control, { maxLength: 3 }),
        (sent, rules, implemented) => {
          const everyControl = { currently_implements: implemented };
          const snapshot = hall({
            rules: { rules: rules as unknown as JsonObject[] },
            workers: [worker(everyControl)],
          });
          const ours = ask(sent, snapshot).decision;
          const theirs = makeDecision(sent, {
            rules,
            controlsPresent: new Set(implemented),
            speciesAvailable: new Set([SPECIES]),
          });
          // The published engine counts a control of any worker, and so denies nobody here whom we let pass.
          expect(shared(ours as never)).toEqual(shared(theirs as never));
        },
      ),
      { numRuns: 1_500, unbiased: true },
    );
  });

  test('a dispatch is the same but for ids, times and what only we add', () => {
    const rules = [
      {
        rule_id: 'r',
        match: {},
        decision: { candidate_workers_ranked: [{ worker_species_id: SPECIES }], required_controls_suggested: [] },
      },
    ];
    const ours = ask(input(), hall({ rules: { rules }, workers: [worker()] })).decision;
    const theirs = makeDecision(input(), { rules, controlsPresent: new Set(), speciesAvailable: new Set([SPECIES]) });
    for (const [name, value] of Object.entries(theirs)) {
      if (['decision_id', 'timestamp', 'candidate_workers_ranked', 'telemetry_envelopes'].includes(name)) continue;
      expect([name, ours[name as keyof typeof ours]]).toEqual([name, value]);
    }
    expect(ours.telemetry_envelopes.map((event) => event.event_id)).toEqual(
      theirs.telemetry_envelopes.map((event) => event.event_id),
    );
  });
});

const shared = (decision: Readonly<Record<string, unknown>>) => {
  const reason = decision.deny_reason_if_denied as Readonly<Record<string, unknown>> | null;
  return {
    denied: decision.denied,
    code: reason?.code ?? null,
    missing: reason?.missing ?? null,
    matched: decision.matched_rule_id,
    worker: decision.selected_worker_species_id,
    controls: decision.required_controls_effective,
    profiles: decision.recommended_profiles_effective,
    hash: decision.artifact_hash,
    ...(reason?.code === 'DENY_REQUIRES_HUMAN' || reason === null ? { score: decision.blast_score } : {}),
  };
};
