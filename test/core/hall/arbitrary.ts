/** Random Halls and requests over small vocabularies, so that they meet; and raw garbage, so that they do not. */
import fc from 'fast-check';
import type { SignatoryEvidence } from '../../../src/core/hall/input.ts';
import type { ChainLink } from '../../../src/core/hall/snapshot.ts';
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import type { StoredGate } from '../../../src/core/policy/gate.ts';
import type { WorkerFact } from '../../../src/core/registry/worker.ts';
import { type HallOptions, input, NOW, worker } from '../../support/hall.ts';

const maybe = <T>(value: fc.Arbitrary<T>, freq = 2) => fc.option(value, { nil: undefined, freq });
/** Present once in eight: what narrows is rare, so that enough requests pass all of it. */
const rare = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const compact = (members: Readonly<Record<string, JsonValue | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(members).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));
const record = (members: Readonly<Record<string, fc.Arbitrary<JsonValue | undefined>>>): fc.Arbitrary<JsonObject> =>
  fc.record(members).map(compact);
const some = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const capability = some('cap.a.x', 'cap.a.x', 'cap.a.y', 'cap.a\nx');
const species = some('wrk.a', 'wrk.b');
const env = some('dev', 'stage', 'prod', 'edge', 'staging');
const label = some('PUBLIC', 'INTERNAL', 'RESTRICTED', 'CONFIDENTIAL', 'SECRET');
const risk = some('low', 'medium', 'high', 'critical');
const qos = some('P0', 'P1', 'P2', 'P3');
const tenant = some('acme', 'acme', 'acme', 'acme', 'beta', 'beta', ' ');
const ALL_CONTROLS = ['ctrl.one', 'ctrl.one_two', 'ctrl.blast-radius-scoring', 'ctrl.privilege-envelopes-required'];
const control = some(
  'ctrl.one',
  'ctrl.one_two',
  'ctrl.one-two',
  'ctrl.blast-radius-scoring',
  'ctrl.privilege_envelopes_required',
);
const controls = fc.uniqueArray(control, { maxLength: 2 });
const hash = some('a'.repeat(64), 'b'.repeat(64));
const flag = fc.boolean();
const time = some(NOW, NOW - 299_000_000, NOW - 400_000_000);
const dimension = fc.integer({ min: 0, max: 5 });
const radius = fc.record({
  data: dimension,
  network: dimension,
  financial: dimension,
  time: dimension,
  reversibility: dimension,
});
const operator = (value: fc.Arbitrary<string>): fc.Arbitrary<JsonValue> =>
  fc.oneof(
    value,
    fc.uniqueArray(value, { minLength: 1, maxLength: 3 }).map((list) => ({ in: list })),
    fc.constant({ any: true }),
  );

export const garbage = fc.jsonValue() as fc.Arbitrary<JsonValue>;

/** Mostly sound requests, with a few members spoiled. */
export const requests: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 30, arbitrary: request() },
  {
    weight: 3,
    arbitrary: fc
      .tuple(request(), some(...Object.keys(input())), garbage)
      .map(([sent, name, value]) => ({ ...sent, [name]: value })),
  },
  { weight: 1, arbitrary: garbage },
);

function request(): fc.Arbitrary<JsonObject> {
  return record({
    capability_id: capability,
    env,
    data_label: label,
    tenant_risk: risk,
    qos_class: qos,
    tenant_id: tenant,
    correlation_id: maybe(
      some('33333333-3333-4333-8333-333333333333', '33333333-3333-4333-8333-333333333333', 'run-1', ' ', 'a\nb'),
      5,
    ),
    request: maybe(
      record({ egress: maybe(flag), writes: maybe(some<JsonValue>(1, 0, '', [], {})), page: maybe(fc.nat(3)) }),
    ),
    blast_score: rare(fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), some(84, 84.5, 85))),
    blast_radius: fc.constant(undefined),
    policy_version: rare(some('policy.v0', 'policy.v1', 'policy.v9')),
    dry_run: rare(flag),
    worker_id: rare(some('org.test.a', 'org.test.b')),
  });
}

/** Members that the naive reference leaves to the tests by clause. */
export const richRequests: fc.Arbitrary<JsonValue> = fc
  .tuple(
    requests,
    record({
      blast_radius: rare(
        record({
          data: fc.double({ min: 0, max: 5, noNaN: true }),
          network: maybe(dimension),
          reversibility: some<JsonValue>('irreversible', 3),
        }),
      ),
      privilege_context: rare(
        record({
          egress: maybe(fc.array(some('x.com', '50%\n'))),
          tools: maybe(fc.array(some('git'))),
          odd: maybe(flag),
        }),
      ),
      tenant_credential: rare(some('eyJ')),
      colour: rare(some('red')),
    }),
  )
  .map(([sent, more]) =>
    typeof sent === 'object' && sent !== null && !Array.isArray(sent) ? { ...sent, ...more } : sent,
  );

const rule = (at: number): fc.Arbitrary<JsonObject> =>
  fc.record({
    rule_id: fc.constant(at % 7 === 6 ? `r\n${at}` : `r${at}`),
    match: record({
      capability_id: maybe(operator(capability), 1),
      env: rare(operator(env)),
      data_label: rare(operator(label)),
      tenant_risk: rare(operator(risk)),
      qos_class: rare(operator(qos)),
    }),
    decision: record({
      candidate_workers_ranked: fc
        .array(
          record({
            worker_species_id: species,
            score_hint: maybe(fc.double({ noNaN: true, min: 0, max: 1 })),
            requires_controls_minimum: rare(controls),
          }),
          { minLength: 1, maxLength: 3 },
        )
        .chain((list) => rare(fc.constant([])).map((none) => none ?? list)),
      required_controls_suggested: maybe(controls),
      recommended_profiles: rare(fc.constant(['prof.dev.permissive'])),
      escalation: maybe(
        record({
          policy_gate: maybe(flag),
          rationale: maybe(some('why\nnot')),
          human_required_if: rare(
            fc.array(
              record({
                env: maybe(operator(env)),
                tenant_id: maybe(operator(tenant)),
                blast_score: maybe(record({ gte: fc.nat(90) })),
              }),
              { maxLength: 2 },
            ),
          ),
          human_required_default: rare(flag),
          msavx_step_up: rare(some(false, false, true)),
        }),
      ),
      preconditions: maybe(
        record({
          must_have_correlation_id: maybe(flag),
          must_attach_policy_version: maybe(flag),
          deny_if_missing_required_controls: maybe(flag),
          deny_if_unsigned_artifact_in_prod: rare(flag),
          deny_if_no_attestation_in_prod: rare(flag),
        }),
      ),
      max_blast: rare(
        fc.oneof(
          record({
            scale: fc.constant('sum25'),
            dev: maybe(fc.nat(25)),
            prod: maybe(fc.nat(25)),
            on_exceed: maybe(some('deny', 'escalate')),
          }),
          record({ scale: fc.constant('score100'), stage: maybe(fc.nat(100)), edge: maybe(fc.nat(100)) }),
        ),
      ),
      catalog_version_min: rare(some('1.0.0', 'wcp-catalog@1.0.0', '2.0.0')),
    }),
  });

const workerFact = (id: string): fc.Arbitrary<WorkerFact> =>
  fc
    .tuple(
      record({
        worker_id: fc.constant(id),
        worker_species_id: species,
        capabilities: fc.uniqueArray(capability, { minLength: 1, maxLength: 4 }),
        currently_implements: some<JsonValue>(ALL_CONTROLS, ALL_CONTROLS, ALL_CONTROLS, ['ctrl.one'], []),
        required_controls: rare(controls),
        allowed_environments: rare(fc.uniqueArray(env, { minLength: 2 })),
        allowed_data_labels: rare(fc.uniqueArray(label, { minLength: 2 })),
        blast_radius: rare(radius),
        catalog_version_min: rare(some('1.0.0', '1.0.1')),
        privilege_envelope: maybe(
          record({
            network_egress: rare(some('none', 'unrestricted', 'x.com')),
            secrets_access: maybe(some<JsonValue>([], ['db'])),
            tools: maybe(some<JsonValue>(['git', 'sh'])),
          }),
        ),
        artifact_hash: rare(hash),
      }),
      fc.record({
        online: some(true, true, true, true, true, false),
        last_heartbeat_at: fc.option(time),
        quarantined: some(null, null, null, null, null, 'hash_mismatch' as const),
        revoked: some(false, false, false, false, false, false, false, true),
        registered_hash: some(null, 'a'.repeat(64), 'a'.repeat(64), 'b'.repeat(64), 'zz'),
        reported_hash: some(null, 'a'.repeat(64), 'a'.repeat(64), 'zz'),
        reported_at: fc.option(time, { freq: 8 }),
        manifest_verified: flag,
      }),
    )
    .map(([members, state]) => worker(members, state));

export const policies: fc.Arbitrary<StoredGate | null> = fc.option(
  fc.record({
    policy_version: some('policy.v1', 'policy.v1', 'policy.v9', ' '),
    default: some('ALLOW', 'ALLOW', 'DENY'),
    rules: fc
      .array(
        fc.record({
          match: record({
            capability_id: maybe(operator(capability)),
            env: maybe(operator(env)),
            tenant_id: rare(operator(tenant)),
          }),
          decision: some(
            'ALLOW',
            'ALLOW',
            'DENY',
            'REQUIRE_HUMAN',
            'REQUIRE_APPROVAL',
            'THROTTLE',
            'ALLOW_WITH_CONSTRAINTS',
          ),
          reason: some('', 'r', 'r\n'),
          supervisor_level: maybe(some('advisory' as const, 'gatekeeper' as const, 'executor' as const)),
        }),
        { maxLength: 2 },
      )
      .map((list) => list.map((entry, at) => ({ id: `p${at}`, ...entry, match: entry.match as never }))),
  }),
  { freq: 6 },
) as fc.Arbitrary<StoredGate | null>;

export interface WorldOptions extends HallOptions {
  readonly ruleList: readonly JsonObject[] | null;
  readonly workers: readonly WorkerFact[];
  readonly chain: readonly ChainLink[];
  readonly signatory: SignatoryEvidence;
}

const links: fc.Arbitrary<readonly ChainLink[]> = fc.array(
  fc.record({
    capability_id: some('cap.a.x', 'cap.a\nx', 'cap.q'),
    request_hash: some('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', 'c'.repeat(64)),
    worker_id: some('org.test.a', 'org.test.b'),
    blast_sum: fc.nat(9),
  }),
  { maxLength: 3 },
);

const signatories: fc.Arbitrary<SignatoryEvidence> = some<SignatoryEvidence>(
  { kind: 'none' },
  { kind: 'valid', tenant_id: 'acme' },
  { kind: 'valid', tenant_id: 'be\nta' },
  { kind: 'invalid', reason: 'expired' },
);

const settings = record({
  enforce_correlation_id: maybe(flag),
  enforce_required_controls: maybe(flag),
  enforce_blast_scoring_in_prod: maybe(flag),
  require_signatory: rare(flag),
  require_credential: rare(flag),
  require_worker_attestation: rare(flag),
  enforce_privilege_envelopes: rare(flag),
  strict: rare(flag),
  allowed_tenants: fc.constant(['acme']),
  hall_controls: maybe(fc.constant(['ctrl.blast_radius_scoring'])),
  egress_allowlist: maybe(fc.constant({ prod: ['x.com'] })),
});

export const worlds: fc.Arbitrary<WorldOptions> = fc
  .record({
    ruleList: fc.option(
      fc.tuple(rule(0), rule(1), rule(6)).chain((list) => fc.subarray(list, { minLength: 1 })),
      { freq: 12 },
    ),
    rulesVersion: some('rules-1', 'v\t2'),
    policy: policies,
    settings,
    workers: fc
      .tuple(workerFact('org.test.a'), workerFact('org.test.b'), workerFact('x.other.c'))
      .chain((list) => fc.subarray(list, { minLength: 2 })),
    bans: fc.record({
      workers: some<readonly string[]>([], [], [], ['org.test.a'], ['org.test.b']),
      namespaces: fc.oneof(
        { weight: 6, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.constant(['org.test']) },
      ),
      artifacts: fc.oneof(
        { weight: 6, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.constant(['b'.repeat(64)]) },
      ),
    }),
    stale: rare(flag).map((on) => on ?? false),
    standing: rare(some('degraded' as const, 'suspended' as const)).map((standing) => standing ?? ('ok' as const)),
    offline: rare(flag).map((on) => on ?? false),
    catalog: fc.constant(['cap.a.x']),
    chain: links,
    signatory: signatories,
  })
  .map((world) => ({ ...world, rules: world.ruleList === null ? null : { rules: world.ruleList } }));
