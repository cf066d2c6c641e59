/** WCP 3.3, 3.4, 3.8 and checks 11, 12, 34: controls for each candidate, why one is skipped, who is chosen. */
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Bans, HallOptions } from '../../support/hall.ts';
import {
  ask,
  CODE_HASH,
  hall,
  input,
  NOW,
  OTHER_HASH,
  openHall,
  rule,
  rules,
  SPECIES,
  worker,
} from '../../support/hall.ts';

const SECOND = 'wrk.doc.second';
const two = (decision: JsonObject = {}) =>
  rules(
    rule({
      candidate_workers_ranked: [
        { worker_species_id: SPECIES, score_hint: 0.1 },
        { worker_species_id: SECOND, score_hint: 0.9 },
      ],
      ...decision,
    }),
  );
const second = (record: JsonObject = {}, state = {}) =>
  worker({ worker_id: 'org.test.second', worker_species_id: SECOND, ...record }, state);
const reasons = (options: HallOptions, change: JsonObject = {}) =>
  ask(input(change), hall({ rules: two(), ...options })).decision.candidate_workers_ranked.map((c) => c.skip_reason);

describe('3.3 controls (check 11)', () => {
  const demanding = two({ required_controls_suggested: ['ctrl.obs.audit_log', 'ctrl.a'] });
  test('absent: `missing` is what the first enrolled candidate lacks, sorted, as spelled', () => {
    const one = ask(input(), hall({ rules: demanding, workers: [second({ currently_implements: ['ctrl.a'] })] }));
    expect(one.decision.deny_reason_if_denied).toMatchObject({ missing: ['ctrl.obs.audit_log'] });
    const none = ask(
      input(),
      hall({ rules: demanding, workers: [worker({ worker_species_id: 'wrk.x', currently_implements: ['ctrl.a'] })] }),
    );
    expect(none.decision.deny_reason_if_denied).toMatchObject({ missing: ['ctrl.obs.audit_log'] });
  });
  test('present in either spelling, or supplied by the Hall', () => {
    const both = worker({ currently_implements: ['ctrl.obs.audit-log', 'ctrl_a'.replace('_', '.')] });
    const { decision } = ask(input(), hall({ rules: demanding, workers: [both] }));
    expect(decision).toMatchObject({
      outcome: 'DISPATCH',
      required_controls_effective: ['ctrl.a', 'ctrl.obs.audit_log'],
      controls_verified: ['ctrl.a', 'ctrl.obs.audit_log'],
      controls_applied: ['ctrl.a', 'ctrl.obs.audit_log'],
    });
    const supplied = ask(
      input(),
      openHall({
        rules: rules(rule({ required_controls_suggested: ['ctrl.pol.default_deny'] })),
        settings: { hall_controls: ['ctrl.pol.default-deny'] },
      }),
    );
    expect(supplied.decision).toMatchObject({ outcome: 'DISPATCH', hall_controls: ['ctrl.pol.default-deny'] });
  });
  test('only the second candidate has it: the second', () => {
    const list = [worker(), second({ currently_implements: ['ctrl.a', 'ctrl.obs.audit-log'] })];
    const { decision } = ask(input(), hall({ rules: demanding, workers: list }));
    expect(decision.selected_worker_species_id).toBe(SECOND);
    expect(decision.candidate_workers_ranked[0]?.skip_reason).toBe('required_controls_missing');
  });
  test("one worker's controls are never another's; an unavailable worker passes step 7 and is skipped in step 10", () => {
    const list = [
      worker({ currently_implements: ['ctrl.a'] }),
      second({ currently_implements: ['ctrl.obs.audit-log'] }),
    ];
    expect(ask(input(), hall({ rules: demanding, workers: list })).decision.deny_code).toBe(
      'DENY_MISSING_REQUIRED_CONTROLS',
    );
    const offline = second({ currently_implements: ['ctrl.a', 'ctrl.obs.audit-log'] }, { online: false });
    expect(ask(input(), hall({ rules: demanding, workers: [offline] })).decision.deny_code).toBe(
      'DENY_NO_AVAILABLE_WORKER',
    );
  });
  test("with both demands off the rule's part is enforced nowhere; candidate's and worker's own still are", () => {
    const off = { enforce_required_controls: false };
    const lax = { preconditions: { deny_if_missing_required_controls: false } };
    const open = ask(
      input(),
      openHall({ rules: rules(rule({ required_controls_suggested: ['ctrl.x'], ...lax })), settings: off }),
    );
    expect(open.decision).toMatchObject({
      outcome: 'DISPATCH',
      required_controls_effective: ['ctrl.x'],
      controls_verified: [],
    });
    const minimum = [{ worker_species_id: SPECIES, requires_controls_minimum: ['ctrl.y'] }];
    const own = (options: HallOptions) => ask(input(), openHall({ settings: off, ...options })).decision;
    expect(own({ rules: rules(rule({ candidate_workers_ranked: minimum, ...lax })) }).deny_code).toBe(
      'DENY_NO_AVAILABLE_WORKER',
    );
    expect(own({ workers: [worker({ required_controls: ['ctrl.z'] })] }).deny_code).toBe('DENY_NO_AVAILABLE_WORKER');
    for (const one of [
      { rules: rules(rule({ required_controls_suggested: ['ctrl.x'] })), settings: off },
      { rules: rules(rule({ required_controls_suggested: ['ctrl.x'], ...lax })) },
    ]) {
      expect(ask(input(), openHall(one)).decision.deny_code).toBe('DENY_MISSING_REQUIRED_CONTROLS');
    }
  });
  test('nobody enrolled and nothing lacking is not a missing control', () => {
    const elsewhere = worker({ worker_species_id: 'wrk.x', currently_implements: ['ctrl.a', 'ctrl.obs.audit-log'] });
    expect(ask(input(), hall({ rules: demanding, workers: [elsewhere] })).decision.deny_code).toBe(
      'DENY_NO_AVAILABLE_WORKER',
    );
  });
});

describe('3.4 skip reasons (check 12)', () => {
  const attestation = { settings: { require_worker_attestation: true } };
  const quarantined = worker({}, { quarantined: 'hash_mismatch' });
  test.each<[string, HallOptions, JsonObject?]>([
    ['banned', { workers: [worker()], bans: { workers: ['org.test.summarizer'] } }],
    ['revoked', { workers: [worker({}, { revoked: true })] }],
    ['quarantined', { workers: [quarantined], ...attestation }],
    ['env_not_allowed', { workers: [worker({ allowed_environments: ['prod'] })] }],
    ['data_label_not_allowed', { workers: [worker({ allowed_data_labels: ['INTERNAL'] })] }],
    ['catalog_version_min', { workers: [worker({ catalog_version_min: 'wcp-catalog@1.0.1' })] }],
    ['required_controls_missing', { workers: [worker({ required_controls: ['ctrl.q'] })] }],
    ['capability_not_declared', { workers: [worker({ capabilities: ['cap.other'] })], settings: { strict: true } }],
    ['unavailable', { workers: [worker({}, { online: false })] }],
    ['unavailable', { workers: [worker({}, { last_heartbeat_at: NOW - 300_000_001 })] }],
    ['unavailable', { workers: [] }],
    ['unavailable', { workers: [worker()] }, { worker_id: 'org.test.somebody' }],
  ])('%s', (reason, options, change) => {
    expect(reasons(options, change)).toEqual([reason, 'unavailable']);
    expect(ask(input(change), hall({ rules: two(), ...options })).decision.denied).toBe(true);
  });
  test('the first that holds, in order', () => {
    const record = {
      allowed_environments: ['prod'],
      allowed_data_labels: ['INTERNAL'],
      catalog_version_min: '9.0.0',
      required_controls: ['ctrl.q'],
      capabilities: ['cap.other'],
    };
    const settings = { require_worker_attestation: true, strict: true };
    const all = worker(record, { revoked: true, quarantined: 'hash_mismatch', online: false });
    expect(reasons({ workers: [all], settings, bans: { namespaces: ['org.test'] } })[0]).toBe('banned');
    expect(reasons({ workers: [all], settings })[0]).toBe('revoked');
    expect(reasons({ workers: [worker(record, { quarantined: 'hash_mismatch', online: false })], settings })[0]).toBe(
      'quarantined',
    );
    expect(reasons({ workers: [worker(record, { online: false })], settings })[0]).toBe('env_not_allowed');
  });
  test('a candidate without a species; a quarantine counts only where attestation is in force', () => {
    const nameless = rules(rule({ candidate_workers_ranked: [{ score_hint: 1 }, { worker_species_id: SPECIES }] }));
    const { decision } = ask(input(), hall({ rules: nameless, workers: [quarantined] }));
    expect(decision.candidate_workers_ranked.map((c) => c.skip_reason)).toEqual(['missing_id', null]);
  });
  test('the rule may ask for a catalog too', () => {
    expect(ask(input(), openHall({ rules: rules(rule({ catalog_version_min: '1.0.0' })) })).decision.outcome).toBe(
      'DISPATCH',
    );
    expect(ask(input(), openHall({ rules: rules(rule({ catalog_version_min: '2.0.0' })) })).decision.deny_code).toBe(
      'DENY_NO_AVAILABLE_WORKER',
    );
  });
  test('an alias is allowed where its word is; silence counts only after a heartbeat', () => {
    const restricted = worker({ allowed_data_labels: ['SECRET'], allowed_environments: ['staging'] });
    expect(
      ask(input({ env: 'stage', data_label: 'CONFIDENTIAL' }), openHall({ workers: [restricted] })).decision.outcome,
    ).toBe('DISPATCH');
    const fresh = worker({}, { last_heartbeat_at: NOW - 300_000_000 });
    expect(ask(input(), openHall({ workers: [fresh] })).decision.outcome).toBe('DISPATCH');
  });
});

describe('3.4 choice', () => {
  test('first offline: the second; a third reads already_selected; score_hint never reorders', () => {
    const three = rules(
      rule({
        candidate_workers_ranked: [SPECIES, SECOND, 'wrk.doc.third'].map((id, at) => ({
          worker_species_id: id,
          score_hint: at,
        })),
      }),
    );
    const third = worker({ worker_id: 'org.test.third', worker_species_id: 'wrk.doc.third' });
    const { decision } = ask(
      input(),
      hall({ rules: three, workers: [worker({}, { online: false }), second(), third] }),
    );
    expect(decision).toMatchObject({ selected_worker_species_id: SECOND, worker_id: 'org.test.second' });
    expect(decision.candidate_workers_ranked.map((c) => c.skip_reason)).toEqual([
      'unavailable',
      null,
      'already_selected',
    ]);
  });
  test('within a species the first eligible by worker_id; else the reason of the one that got furthest', () => {
    const of = (id: string, state = {}, record = {}) => worker({ worker_id: `org.test.${id}`, ...record }, state);
    const chosen = ask(input(), openHall({ workers: [of('c'), of('b'), of('a', { online: false })] }));
    expect(chosen.decision.worker_id).toBe('org.test.b');
    expect(chosen.facts.workers.map((w) => w.worker_id)).toEqual(['org.test.a', 'org.test.b']);
    const none = ask(input(), openHall({ workers: [of('a', { online: false }), of('b', { revoked: true })] }));
    expect(none.decision.candidate_workers_ranked[0]).toMatchObject({
      skip_reason: 'unavailable',
      worker_id: 'org.test.a',
    });
  });
  test('worker_id restricts', () => {
    const list = [worker({ worker_id: 'org.test.a' }), worker({ worker_id: 'org.test.b' })];
    expect(ask(input({ worker_id: 'org.test.b' }), openHall({ workers: list })).decision.worker_id).toBe('org.test.b');
  });
  test('an undeclared capability is flagged', () => {
    const { decision } = ask(input(), openHall({ workers: [worker({ capabilities: ['cap.other'] })] }));
    expect(decision.candidate_workers_ranked[0]).toMatchObject({ skip_reason: null, capability_declared: false });
    expect(decision.notes).toContain('capability_not_declared');
  });
  test('many workers of a species: each is looked at once', () => {
    const many = Array.from({ length: 40 }, (_, at) => worker({ worker_id: `org.test.w${at}` }, { online: false }));
    const demanding = rules(
      rule({ required_controls_suggested: ['ctrl.x'], preconditions: { deny_if_missing_required_controls: false } }),
    );
    const { facts } = ask(
      input(),
      hall({ rules: demanding, workers: many, settings: { enforce_required_controls: false } }),
    );
    expect(new Set(facts.workers).size).toBe(40);
    expect(facts.workers.length).toBe(40);
  });
});

describe('3.8 bans (check 34)', () => {
  const attested = worker({}, { registered_hash: CODE_HASH, reported_hash: OTHER_HASH });
  test.each<[string, Bans]>([
    ['worker', { workers: ['org.test.summarizer'] }],
    ['namespace', { namespaces: ['org.test'] }],
    ['registered hash', { artifacts: [CODE_HASH] }],
    ['reported hash', { artifacts: [OTHER_HASH] }],
  ])('by %s', (_, bans) => {
    expect(ask(input(), openHall({ workers: [attested], bans })).decision.deny_code).toBe('DENY_WORKER_BANNED');
  });
  test('one of two banned: the other; banned and unavailable: no worker', () => {
    const bans = { workers: ['org.test.summarizer'] };
    expect(ask(input(), hall({ rules: two(), workers: [worker(), second()], bans })).decision.worker_id).toBe(
      'org.test.second',
    );
    expect(ask(input(), hall({ rules: two(), workers: [worker()], bans })).decision.deny_code).toBe(
      'DENY_NO_AVAILABLE_WORKER',
    );
  });
  test('a stale feed denies before any candidate is looked at', () => {
    const { decision, facts } = ask(input(), openHall({ stale: true, bans: { workers: ['org.test.summarizer'] } }));
    expect([decision.deny_code, decision.deny_class, facts.workers.length]).toEqual([
      'DENY_BAN_FEED_STALE',
      'fault',
      0,
    ]);
    expect(decision.candidate_workers_ranked[0]).toMatchObject({ skip_reason: null, capability_declared: null });
  });
});
