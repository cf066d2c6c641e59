/**
 * P1, P2: the full decision in one thread of Node, from the JSON as it was sent to the finished body with its hashes
 * and telemetry, ids and clock included. P1 puts it beside a faithful stand-in for the published engine; before
 * anything is timed both must say the same of many requests.
 */
import { decide } from '../../../src/core/hall/decide.ts';
import type { RouteDecision } from '../../../src/core/hall/decision.ts';
import { readRouteInput } from '../../../src/core/hall/input.ts';
import type { HallSnapshot } from '../../../src/core/hall/snapshot.ts';
import { decisionIdFor } from '../../../src/core/ids.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { hall, NOBODY, worker } from '../../support/hall.ts';
import { makeDecision, type PublishedDecision, type PublishedRule } from '../../support/published-engine.ts';
import type { Bench, BenchRun, Figure } from '../figure.ts';
import { interleave, median, microsPerCall, ratioOf } from '../stats.ts';

const SPECIES_COUNT = 16;
const CONTROLS = ['ctrl.obs.audit-log-append-only', 'ctrl.obs.structured-logging'];
const INPUTS = 64;

const speciesOf = (rule: number): string => `wrk.bench.species-${rule % SPECIES_COUNT}`;
const capabilityOf = (rule: number): string => `cap.bench.job-${rule}`;

const rulesOf = (count: number): PublishedRule[] =>
  Array.from({ length: count }, (_, n) => ({
    rule_id: `rr_${n}`,
    match: {
      capability_id: capabilityOf(n),
      env: { in: ['dev', 'stage', 'prod'] },
      data_label: { in: ['PUBLIC', 'INTERNAL'] },
    },
    decision: {
      candidate_workers_ranked: [{ worker_species_id: speciesOf(n), score_hint: 0.9, requires_controls_minimum: [] }],
      required_controls_suggested: CONTROLS,
      recommended_profiles: [],
      escalation: { policy_gate: false },
      preconditions: { must_have_correlation_id: true, deny_if_missing_required_controls: true },
    },
  }));

const ENVS = ['dev', 'stage', 'prod'] as const;
const LABELS = ['PUBLIC', 'INTERNAL'] as const;

/** Spread over the rules; half have a payload. */
const inputsFor = (rules: number): JsonObject[] =>
  Array.from({ length: INPUTS }, (_, n) => ({
    capability_id: capabilityOf(Math.floor((n * rules) / INPUTS)),
    env: ENVS[n % 3] ?? 'dev',
    data_label: LABELS[n % 2] ?? 'PUBLIC',
    tenant_risk: 'low',
    qos_class: 'P2',
    tenant_id: 'acme-corp',
    correlation_id: `33333333-3333-4333-8333-${String(n).padStart(12, '0')}`,
    ...(n % 2 === 0 ? { request: { document: `doc-${n}`, pages: n, writes: n % 4 === 0 } } : {}),
  }));

/** Asked when the engines are compared, not when they are timed: on a denial ours also looks for what was meant. */
const denied = (inputs: readonly JsonObject[]): JsonObject[] => [
  { ...inputs[0], capability_id: 'cap.bench.unknown' },
  { ...inputs[1], env: 'nowhere' },
  { ...inputs[2], tenant_id: ' ' },
  { ...inputs[3], blast_score: 101 },
];

const published = (rules: readonly PublishedRule[]) => ({
  rules,
  controlsPresent: new Set(CONTROLS),
  speciesAvailable: new Set(Array.from({ length: SPECIES_COUNT }, (_, n) => speciesOf(n))),
  policyVersion: 'policy.v0',
});

/** A Hall with the same rules and one able worker for each species, floors as a new tenant has them. */
const hallWith = (rules: readonly PublishedRule[]): HallSnapshot =>
  hall({
    rules: { rules } as unknown as JsonObject,
    workers: Array.from({ length: SPECIES_COUNT }, (_, n) =>
      worker({ worker_id: `org.bench.worker-${n}`, worker_species_id: speciesOf(n), currently_implements: CONTROLS }),
    ),
  });

const full = (input: JsonObject, snapshot: HallSnapshot): RouteDecision => {
  const seq = 1;
  const stamp = {
    now: Date.now() * 1000,
    decisionId: decisionIdFor(crypto.randomUUID(), seq),
    // All of these inputs bring their own.
    correlationId: '',
  };
  return decide(readRouteInput(input), NOBODY, snapshot, { chain: [] }, stamp).decision;
};

const shared = (decision: RouteDecision | PublishedDecision): string =>
  JSON.stringify([
    decision.denied,
    decision.deny_reason_if_denied?.code ?? null,
    decision.matched_rule_id,
    decision.selected_worker_species_id,
    decision.required_controls_effective,
    decision.capability_id,
    decision.tenant_id,
    decision.correlation_id,
    // Scored before a denial by one and after it by the other; only a dispatch shows it alike.
    decision.denied ? null : decision.blast_score,
    decision.artifact_hash,
    decision.dry_run,
  ]);

const mustAgree = (
  inputs: readonly JsonObject[],
  snapshot: HallSnapshot,
  options: ReturnType<typeof published>,
): void => {
  for (const input of inputs) {
    const ours = shared(full(input, snapshot));
    const theirs = shared(makeDecision(input, options));
    if (ours !== theirs) throw new Error(`the engines differ on ${JSON.stringify(input)}:\n${ours}\n${theirs}`);
  }
};

const cycle = (inputs: readonly JsonObject[], decideOne: (input: JsonObject) => unknown): (() => void) => {
  let next = 0;
  return () => void decideOne(inputs[next++ % inputs.length] ?? {});
};

const GOALS = [
  { rules: 1, atLeast: 3 },
  { rules: 100, atLeast: 1_000 },
  { rules: 1_000, atLeast: 100_000 },
] as const;

const micros = (value: number): string => `${value.toLocaleString('en', { maximumSignificantDigits: 4 })} us`;

const againstPublished = async ({ rounds, sampleMs }: BenchRun): Promise<readonly Figure[]> => {
  const figures: Figure[] = [];
  for (const { rules: count, atLeast } of GOALS) {
    const rules = rulesOf(count);
    const snapshot = hallWith(rules);
    const options = published(rules);
    const inputs = inputsFor(count);
    // Seconds each at 1,000 rules, where a few stand for all.
    mustAgree([...denied(inputs), ...(count === 1_000 ? inputs.slice(0, 4) : inputs)], snapshot, options);
    const samplers = {
      ours: () =>
        microsPerCall(
          cycle(inputs, (input) => full(input, snapshot)),
          sampleMs / 4,
        ),
      theirs: () =>
        microsPerCall(
          cycle(inputs, (input) => makeDecision(input, options)),
          sampleMs / 4,
        ),
    };
    await interleave(1, samplers);
    const { ours, theirs } = await interleave(rounds, samplers);
    figures.push({
      id: 'P1',
      measure: `published engine (stand-in) / full decision, R=${count.toLocaleString('en')}`,
      unit: 'x',
      ...ratioOf(theirs, ours),
      target: { is: 'at least', value: atLeast },
      because:
        'the stand-in is leaner than the engine (6.16 us, 4.19 ms, 383 ms published); a third of ours is canonical JSON and SHA-256',
      note: `${micros(median(theirs))} against ${micros(median(ours))}; same outcome, rule, worker, controls, score and hash on every input`,
    });
  }
  return figures;
};

const flatInRules = async ({ rounds, sampleMs }: BenchRun): Promise<readonly Figure[]> => {
  const sampler = (count: number) => {
    const snapshot = hallWith(rulesOf(count));
    const inputs = inputsFor(count);
    return () =>
      microsPerCall(
        cycle(inputs, (input) => full(input, snapshot)),
        sampleMs / 4,
      );
  };
  const samplers = { many: sampler(10_000), one: sampler(1) };
  await interleave(1, samplers);
  const { many, one } = await interleave(rounds, samplers);
  return [
    {
      id: 'P2',
      measure: 'full decision, R=10,000 / R=1',
      unit: 'x',
      ...ratioOf(many, one),
      target: { is: 'at most', value: 1.3 },
      note: `${micros(median(many))} against ${micros(median(one))}`,
    },
  ];
};

export const publishedBench: Bench = { ids: ['P1'], run: againstPublished };
export const rulesBench: Bench = { ids: ['P2'], run: flatInRules };
