/** WCP 2.3, 3.9, the announced call, and checks 1, 24, 25: the body that leaves the Hall. */
import { describe, expect, test } from 'vitest';
import { RouteDecisionSchema, RouteInputSchema } from '../../../src/core/hall/schemas.ts';
import { isoTime } from '../../../src/core/hall/text.ts';
import {
  ANNOUNCED,
  ask,
  CAPABILITY,
  CODE_HASH,
  hall,
  input,
  NOW,
  openHall,
  rule,
  rules,
  SPECIES,
  worker,
} from '../../support/hall.ts';

const controls = ['ctrl.obs.audit-log-append-only', 'ctrl.sandbox.no_egress'];
const announcedHall = () =>
  openHall({
    rules: rules(rule({ required_controls_suggested: controls, recommended_profiles: ['prof.prod.strict'] })),
    workers: [worker({ currently_implements: controls })],
  });

describe('1 the announced call', () => {
  test('is a dispatch with its four members', () => {
    const { decision } = ask(ANNOUNCED, announcedHall());
    expect(decision).toMatchObject({
      outcome: 'DISPATCH',
      selected_worker_species_id: SPECIES,
      controls_verified: controls,
      blast_score: 65,
      request_hash: '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
      data_label: 'CONFIDENTIAL',
      data_label_effective: 'RESTRICTED',
      correlation_id_generated: true,
      in_catalog: true,
      recommended_profiles_effective: ['prof.prod.strict'],
      notes: ['alias:data_label:CONFIDENTIAL=RESTRICTED', 'correlation_id_generated'],
    });
  });
  test('a denial has them too', () => {
    const { decision } = ask(ANNOUNCED, hall());
    expect(decision).toMatchObject({
      selected_worker_species_id: null,
      controls_verified: [],
      blast_score: 65,
      matched_rule_id: 'NO_MATCH',
    });
    expect(decision.preconditions_checked.must_have_correlation_id).toBe(false);
    expect(decision.rule_set_version).toBeNull();
  });
});

describe('2.3 every decision is the documented body', () => {
  test.each([
    ['dispatch', ANNOUNCED, announcedHall()],
    ['denial', ANNOUNCED, hall()],
    ['nothing at all', null, hall()],
    ['hold', input(), openHall({ rules: rules(rule({ escalation: { human_required_default: true } })) })],
    ['blast', input({ env: 'prod', blast_score: 99 }), openHall()],
  ])('%s', (_, sent, snapshot) => {
    const { decision } = ask(sent, snapshot);
    expect(RouteDecisionSchema.parse(JSON.parse(JSON.stringify(decision)))).toEqual(decision);
  });
  test('the announced RouteInput is the documented one', () => {
    expect(RouteInputSchema.safeParse(ANNOUNCED).success).toBe(true);
    expect(RouteInputSchema.safeParse({ ...ANNOUNCED, env: 'mars' }).success).toBe(false);
  });
  test('what is nobody asked for is not there', () => {
    const { decision } = ask(ANNOUNCED, announcedHall());
    for (const name of [
      'deny_code',
      'deny_code_alias',
      'deny_class',
      'supervisor_level',
      'constraints',
      'retry_after_ms',
    ]) {
      expect(decision).not.toHaveProperty(name);
    }
  });
});

describe('3.9 events (check 25)', () => {
  const common = {
    timestamp: '2026-11-21T00:00:00.000Z',
    correlation_id: '33333333-3333-4333-8333-333333333333',
    tenant_id: 'acme-corp',
  };
  const routed = {
    ...common,
    event_id: 'evt.os.task.routed',
    task_id: 'task_default',
    capability_id: CAPABILITY,
    matched_rule_id: 'rr_summarize',
    selected_worker_species_id: SPECIES,
    policy_version: 'policy.v0',
    qos_class: 'P2',
  };
  const selected = {
    ...common,
    event_id: 'evt.os.worker.selected',
    capability_id: CAPABILITY,
    selected_worker_species_id: SPECIES,
    reason: 'first_available_candidate',
  };
  const gated = {
    ...common,
    event_id: 'evt.os.policy.gated',
    capability_id: CAPABILITY,
    decision: 'ALLOW',
    policy_version: 'policy.v0',
    reason: 'no_gate_required',
  };
  test('a dispatch in dev has three', () => {
    expect(ask(input(), openHall()).decision.telemetry_envelopes).toEqual([routed, selected, gated]);
  });
  test('dry runs are flagged in every event (check 24)', () => {
    const { decision, effects } = ask(input({ dry_run: true }), openHall());
    expect(decision).toMatchObject({ dry_run: true, outcome: 'DISPATCH' });
    expect(decision.telemetry_envelopes).toEqual(
      [routed, selected, gated].map((event) => ({ ...event, dry_run: true })),
    );
    expect(effects).toEqual({ link: null, approval: null, quarantine: null, advisory: null, counted: [] });
  });
  test('prod adds the score, the envelope and what was not attested', () => {
    const fact = { registered_hash: CODE_HASH, reported_hash: CODE_HASH, reported_at: NOW };
    const options = {
      settings: { enforce_privilege_envelopes: true },
      workers: [worker({ privilege_envelope: {} }, fact)],
    };
    const ids = (more: Parameters<typeof openHall>[0]) =>
      ask(input({ env: 'prod' }), openHall({ ...options, ...more })).decision.telemetry_envelopes.slice(3);
    const place = { ...common, env: 'prod', data_label: 'PUBLIC', policy_version: 'policy.v0', decision: 'ALLOW' };
    const scored = { ...place, event_id: 'evt.gov.blast_scored', blast_score: 25 };
    const checked = { ...place, event_id: 'evt.gov.privilege_envelope.checked', worker_species_id: SPECIES };
    expect(ids({})).toEqual([
      scored,
      checked,
      {
        ...common,
        event_id: 'evt.os.worker.attestation_skipped',
        worker_species_id: SPECIES,
        env: 'prod',
        reason: 'attestation_not_required',
        severity: 'warn',
      },
    ]);
    expect(ids({ settings: { ...options.settings, require_worker_attestation: true } })).toEqual([scored, checked]);
  });
  test('a denial has one, two if the gate ran; a hold has the gate', () => {
    const denied = { ...common, event_id: 'evt.os.task.denied', capability_id: CAPABILITY };
    expect(ask(input(), hall()).decision.telemetry_envelopes).toEqual([
      { ...denied, deny_code: 'DENY_NO_MATCHING_RULE', deny_message: expect.any(String), matched_rule_id: 'NO_MATCH' },
    ]);
    const withGate = (decision: string) => {
      const policy = {
        policy_version: 'policy.v7',
        default: 'DENY',
        rules: [{ id: 'pr', match: {}, decision, reason: 'r' }],
      };
      const snapshot = openHall({ rules: rules(rule({ escalation: { policy_gate: true } })), policy });
      return ask(input(), snapshot).decision.telemetry_envelopes;
    };
    const answered = { ...gated, policy_version: 'policy.v7', reason: 'r' };
    expect(withGate('DENY')).toEqual([
      { ...answered, decision: 'DENY' },
      { ...denied, deny_code: 'DENY_POLICY_GATE', deny_message: expect.any(String), matched_rule_id: 'rr_summarize' },
    ]);
    expect(withGate('REQUIRE_HUMAN')).toEqual([{ ...answered, decision: 'REQUIRE_HUMAN' }]);
    expect(withGate('ALLOW')[2]).toEqual({ ...answered, decision: 'ALLOW', reason: 'policy_gate_allow' });
  });
});

describe('times', () => {
  test.each([0, NOW, 951_782_399_999_999, 951_782_400_000_000, 4_107_542_399_999_000, -1, 1_709_164_800_123_456])(
    '%i',
    (micros) => {
      expect(isoTime(micros)).toBe(new Date(Math.floor(micros / 1000)).toISOString());
    },
  );
});
