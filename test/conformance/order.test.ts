/** WCP 8, checks 6 to 8, 11 to 15 and 19: the steps of a decision, each with what passes and what does not. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  at,
  CAPABILITY,
  closeHalls,
  type HallClient,
  type Json,
  list,
  type Members,
  openHall,
  question,
  radius,
  rule,
  SPECIES,
  skips,
  text,
  verdict,
  WORKER,
  workerRecord,
} from '../support/hall-client.ts';

afterEach(closeHalls);

const CONTROL = 'ctrl.obs.structured-logging';
const candidates = (...species: readonly (string | Members)[]): Members => ({
  candidate_workers_ranked: species.map((one) => (typeof one === 'string' ? { worker_species_id: one } : one)),
});

describe('check 6: the blast gate', () => {
  test.each(['prod', 'edge'])('%s: 84 and 84.5 pass, 85 is denied', async (env) => {
    const hall = await openHall();
    for (const score of [84, 84.5]) {
      const passed = await hall.ask({ env, blast_score: score });
      expect(passed).toMatchObject({ outcome: 'DISPATCH', blast_score: 84, blast_gate_passed: true });
    }
    const denied = await hall.ask({ env, blast_score: 85 });
    expect(denied).toMatchObject({
      denied: true,
      deny_code: 'DENY_REQUIRES_HUMAN',
      blast_gate_passed: false,
      stage: 'blast',
    });
    expect(denied.deny_reason_if_denied).toMatchObject({ blast_score: 85, reason: 'REQUIRE_HUMAN_HIGH_BLAST' });
    expect(denied.escalation_effective).toMatchObject({
      human_required_default: true,
      rationale: 'REQUIRE_HUMAN_HIGH_BLAST',
    });
  });

  test.each(['dev', 'stage', 'staging'])('%s passes 100', async (env) => {
    expect(await (await openHall()).ask({ env, blast_score: 100 })).toMatchObject({
      outcome: 'DISPATCH',
      blast_gate_passed: null,
    });
  });

  test('the floor off and no control: 85 passes; the control alone evaluates the gate, in either spelling', async () => {
    const hall = await openHall({
      settings: { enforce_blast_scoring_in_prod: false, hall_controls: ['ctrl.blast-radius-scoring'] },
    });
    expect(await hall.ask({ env: 'prod', blast_score: 85 })).toMatchObject({
      outcome: 'DISPATCH',
      blast_gate_passed: null,
    });
    for (const control of ['ctrl.blast-radius-scoring', 'ctrl.blast_radius_scoring']) {
      await hall.publish(rule({ required_controls_suggested: [control] }));
      expect(verdict(await hall.ask({ env: 'prod', blast_score: 85 }))).toBe('DENY_REQUIRES_HUMAN');
      expect(await hall.ask({ env: 'dev', blast_score: 100 })).toMatchObject({
        outcome: 'DISPATCH',
        blast_gate_passed: true,
      });
    }
  });

  test('a caller only raises: 0 against a computed 95 is denied', async () => {
    const hall = await openHall();
    const asked = { env: 'prod', data_label: 'RESTRICTED', request: { egress: true, writes: true }, blast_score: 0 };
    const denied = await hall.ask(asked);
    expect(denied).toMatchObject({ deny_code: 'DENY_REQUIRES_HUMAN', blast_score: 95 });
    expect(verdict(await hall.ask({ env: 'prod', blast_radius: radius(5, 5, 5, 5, 2) }))).toBe('DENY_REQUIRES_HUMAN');
  });

  test.each([
    [{}, 10],
    [{ data_label: 'INTERNAL' }, 30],
    [{ data_label: 'RESTRICTED' }, 50],
    [{ data_label: 'SECRET' }, 50],
    [{ env: 'prod' }, 25],
    [{ env: 'edge' }, 25],
    [{ qos_class: 'P0' }, 20],
    [{ request: { egress: 'https://x' } }, 25],
    [{ request: { external_call: 1 } }, 25],
    [{ request: { egress: true, external_call: true } }, 25],
    [{ request: { writes: ['a'] } }, 25],
    [{ request: { mutates_state: { a: 1 } } }, 25],
    [{ request: { egress: null, external_call: false, writes: 0, mutates_state: '' } }, 10],
    [{ request: { egress: [], writes: {} } }, 10],
    [{ env: 'stage', data_label: 'RESTRICTED', qos_class: 'P0', request: { egress: true, writes: true } }, 90],
    [{ blast_radius: { data: 5 } }, 20],
    [{ blast_radius: { reversibility: 'partially-reversible', data: 5, network: 3 } }, 40],
  ] as const)('%j scores %i', async (change, score) => {
    expect((await (await openHall()).ask(change as Members)).blast_score).toBe(score);
  });

  test('the cap is 100', async () => {
    const decision = await (await openHall()).ask({
      env: 'prod',
      data_label: 'RESTRICTED',
      qos_class: 'P0',
      request: { egress: true, writes: true },
    });
    expect(decision.blast_score).toBe(100);
  });
});

describe('check 7: the blast radius of the worker', () => {
  test('5,5,5,5,5 is denied in prod and dispatched in dev', async () => {
    const hall = await openHall({ workers: [{ blast_radius: radius(5, 5, 5, 5, 5) }] });
    const denied = await hall.ask({ env: 'prod' });
    expect(denied).toMatchObject({
      deny_code: 'DENY_REQUIRES_HUMAN',
      blast_score: 100,
      blast_sum: 25,
      selected_worker_species_id: null,
    });
    expect(denied).not.toHaveProperty('worker_id');
    expect(await hall.ask()).toMatchObject({ outcome: 'DISPATCH', blast_score: 100, blast_sum: 25 });
  });

  test.each([
    ['reversible', 0],
    ['partially-reversible', 2],
    ['irreversible', 5],
  ])('reversibility "%s" is %i', async (word, number) => {
    const hall = await openHall({ workers: [{ blast_radius: radius(1, 1, 1, 1, word) }] });
    const decision = await hall.ask();
    expect(decision.blast_sum).toBe(4 + number);
    expect(decision.blast_dimensions).toEqual(radius(1, 1, 1, 1, number));
  });

  test.each([6, -1, 'maybe', '3', null, true])('a dimension of %j is refused at enrolment', async (bad) => {
    const hall = await openHall();
    for (const dimension of ['data', 'reversibility']) {
      const reply = await hall.send(
        'POST',
        '/v1/workers',
        workerRecord({ blast_radius: { ...radius(1), [dimension]: bad as Json } }),
      );
      expect(reply.status).toBe(400);
      expect(JSON.stringify(reply.json.errors)).toContain(dimension);
    }
  });
});

describe('check 8: the chain of one correlation_id', () => {
  const READER = {
    worker_id: 'org.test.reader',
    worker_species_id: 'wrk.test.reader',
    capabilities: ['cap.test.read'],
    blast_radius: radius(3),
  };
  const WRITER = {
    worker_id: 'org.test.writer',
    worker_species_id: 'wrk.test.writer',
    capabilities: ['cap.test.write'],
    blast_radius: radius(4),
  };
  const chainRule = (name: 'read' | 'write', decision: Members = {}): Members =>
    rule(
      { ...candidates(`wrk.test.${name}er`.replace('writeer', 'writer')), ...decision },
      { capability_id: `cap.test.${name}` },
      `rr_${name}`,
    );
  const chainHall = (decision: Members = {}) =>
    openHall({ workers: [READER, WRITER], rules: [chainRule('read', decision), chainRule('write', decision)] });
  const id = (): string => crypto.randomUUID();

  test('sums 3 and 4 make 7, a repeat adds nothing, another id or tenant begins anew', async () => {
    const hall = await chainHall();
    const correlation_id = id();
    const read = { capability_id: 'cap.test.read', correlation_id };
    const write = { capability_id: 'cap.test.write', correlation_id };
    expect((await hall.ask(read)).blast_chain_sum).toBe(3);
    expect((await hall.ask(write)).blast_chain_sum).toBe(7);
    expect((await hall.ask(write)).blast_chain_sum).toBe(7);
    expect((await hall.ask(read)).blast_chain_sum).toBe(7);
    expect((await hall.ask({ ...read, request: { page: 2 } })).blast_chain_sum).toBe(10);
    expect((await hall.ask({ ...write, tenant_id: 'globex' })).blast_chain_sum).toBe(4);
    expect((await hall.ask({ ...write, correlation_id: id() })).blast_chain_sum).toBe(4);
  });

  test('a generated correlation_id can be taken up', async () => {
    const hall = await chainHall();
    const { correlation_id: _, ...first } = question({ capability_id: 'cap.test.read' });
    const begun = await hall.decide(first);
    const next = await hall.ask({ capability_id: 'cap.test.write', correlation_id: text(begun.correlation_id) });
    expect(next.blast_chain_sum).toBe(7);
  });

  test.each([
    ['escalate', true],
    ['deny', false],
  ])('a sum25 limit of 6 that says %s stops the second', async (on_exceed, supervised) => {
    const hall = await chainHall({ max_blast: { scale: 'sum25', dev: 6, on_exceed } });
    const correlation_id = id();
    expect(verdict(await hall.ask({ capability_id: 'cap.test.read', correlation_id }))).toBe('DISPATCH');
    const stopped = await hall.ask({ capability_id: 'cap.test.write', correlation_id });
    expect(stopped).toMatchObject({
      denied: true,
      deny_code: 'DENY_REQUIRES_HUMAN',
      deny_code_alias: 'DENY_BLAST_SCORE_EXCEEDED',
    });
    expect(stopped).toMatchObject({ blast_chain_sum: 7, supervisor_required: supervised });
    expect(at(stopped, 'deny_reason_if_denied', 'reason')).toBe('RULE_MAX_BLAST_EXCEEDED');
    expect(verdict(await hall.ask({ capability_id: 'cap.test.read', correlation_id }))).toBe('DISPATCH');
    expect(verdict(await hall.ask({ capability_id: 'cap.test.write', correlation_id: id() }))).toBe('DISPATCH');
  });

  test('a score100 limit is on the other scale, and names its environments', async () => {
    const hall = await chainHall({ max_blast: { scale: 'score100', dev: 20, on_exceed: 'deny' } });
    expect(verdict(await hall.ask({ capability_id: 'cap.test.read', blast_score: 20 }))).toBe('DISPATCH');
    expect(verdict(await hall.ask({ capability_id: 'cap.test.read', blast_score: 20.5 }))).toBe('DENY_REQUIRES_HUMAN');
    expect(verdict(await hall.ask({ capability_id: 'cap.test.read', blast_score: 90, env: 'stage' }))).toBe('DISPATCH');
  });
});

describe('check 11: required controls', () => {
  const demand = rule({ required_controls_suggested: [CONTROL] });

  test('an absent one is named; a present one is verified, in either spelling', async () => {
    const hall = await openHall({ rules: [demand] });
    const denied = await hall.ask();
    expect(denied).toMatchObject({
      deny_code: 'DENY_MISSING_REQUIRED_CONTROLS',
      stage: 'controls',
      controls_verified: [],
    });
    expect(at(denied, 'deny_reason_if_denied', 'missing')).toEqual([CONTROL]);
    for (const spelling of [CONTROL, 'ctrl.obs.structured_logging']) {
      await hall.enrol({ currently_implements: [spelling] });
      const verified = {
        outcome: 'DISPATCH',
        controls_verified: [CONTROL],
        controls_applied: [CONTROL],
        required_controls_effective: [CONTROL],
      };
      expect(await hall.ask()).toMatchObject(verified);
    }
    await hall.publish(rule({ required_controls_suggested: ['ctrl.obs.structured_logging'] }));
    expect((await hall.ask()).controls_verified).toEqual(['ctrl.obs.structured_logging']);
  });

  test('missing is sorted, and is what the first enrolled candidate lacks', async () => {
    const hall = await openHall({
      workers: [
        { currently_implements: ['ctrl.b'] },
        { worker_id: 'org.test.zz', worker_species_id: 'wrk.other', currently_implements: ['ctrl.c'] },
      ],
      rules: [rule({ required_controls_suggested: ['ctrl.c', 'ctrl.b', 'ctrl.a'] })],
    });
    expect(at(await hall.ask(), 'deny_reason_if_denied', 'missing')).toEqual(['ctrl.a', 'ctrl.c']);
  });

  test('where no candidate is enrolled it is what all workers and the Hall lack', async () => {
    const hall = await openHall({
      workers: [{ currently_implements: ['ctrl.b'] }],
      rules: [rule({ ...candidates('wrk.nobody'), required_controls_suggested: ['ctrl.c', 'ctrl.b'] })],
    });
    expect(at(await hall.ask(), 'deny_reason_if_denied', 'missing')).toEqual(['ctrl.c']);
  });

  test('only the second candidate has it: the second runs', async () => {
    const hall = await openHall({
      workers: [{}, { worker_id: 'org.test.second', worker_species_id: 'wrk.second', currently_implements: [CONTROL] }],
      rules: [rule({ ...candidates(SPECIES, 'wrk.second'), required_controls_suggested: [CONTROL] })],
    });
    const decision = await hall.ask();
    expect(decision).toMatchObject({
      outcome: 'DISPATCH',
      worker_id: 'org.test.second',
      selected_worker_species_id: 'wrk.second',
    });
    expect(skips(decision)).toEqual(['required_controls_missing', null]);
  });

  test("another worker's control never satisfies; the Hall's does", async () => {
    const hall = await openHall({
      workers: [
        {},
        {
          worker_id: 'org.test.other',
          worker_species_id: 'wrk.other',
          currently_implements: ['ctrl.os.routing-rules'],
        },
      ],
      rules: [rule({ required_controls_suggested: ['ctrl.os.routing-rules'] })],
    });
    expect(verdict(await hall.ask())).toBe('DENY_MISSING_REQUIRED_CONTROLS');
    await hall.settings({ hall_controls: ['ctrl.os.routing-rules'] });
    expect(await hall.ask()).toMatchObject({ outcome: 'DISPATCH', hall_controls: ['ctrl.os.routing-rules'] });
  });

  test("a candidate's minimum and the worker's own requirements count too", async () => {
    const hall = await openHall({ workers: [{ required_controls: ['ctrl.own'] }] });
    expect(skips(await hall.ask())).toEqual(['required_controls_missing']);
    await hall.enrol({ required_controls: ['ctrl.own'], currently_implements: ['ctrl.own'] });
    expect((await hall.ask()).required_controls_effective).toEqual(['ctrl.own']);
    await hall.publish(rule(candidates({ worker_species_id: SPECIES, requires_controls_minimum: ['ctrl.more'] })));
    expect(skips(await hall.ask())).toEqual(['required_controls_missing']);
  });

  test('either demand enforces the part of the rule; with both off it is enforced nowhere', async () => {
    const relaxed = rule({
      required_controls_suggested: [CONTROL],
      preconditions: { deny_if_missing_required_controls: false },
    });
    const hall = await openHall({ rules: [relaxed] });
    expect(verdict(await hall.ask())).toBe('DENY_MISSING_REQUIRED_CONTROLS');
    await hall.settings({ enforce_required_controls: false });
    expect(await hall.ask()).toMatchObject({ outcome: 'DISPATCH', controls_verified: [] });
    await hall.publish(demand);
    expect(verdict(await hall.ask())).toBe('DENY_MISSING_REQUIRED_CONTROLS');
  });
});

describe('check 12: candidates', () => {
  test.each([
    [{ allowed_environments: ['stage', 'prod'] }, 'env_not_allowed'],
    [{ allowed_environments: [] }, 'env_not_allowed'],
    [{ allowed_data_labels: ['INTERNAL'] }, 'data_label_not_allowed'],
    [{ catalog_version_min: '99.0.0' }, 'catalog_version_min'],
  ])('%j leaves nobody: %s', async (terms, reason) => {
    const decision = await (await openHall({ workers: [terms] })).ask();
    expect(verdict(decision)).toBe('DENY_NO_AVAILABLE_WORKER');
    expect(decision.deny_code_alias).toBe('NO_AVAILABLE_WORKER');
    expect(skips(decision)).toEqual([reason]);
  });

  test.each<[Members, Members]>([
    [{ allowed_environments: ['staging'] }, { env: 'stage' }],
    [{ allowed_environments: ['stage'] }, { env: 'staging' }],
    [{ allowed_data_labels: ['SECRET'] }, { data_label: 'RESTRICTED' }],
    [{ allowed_data_labels: ['RESTRICTED'] }, { data_label: 'CONFIDENTIAL' }],
  ])('%j allows %j', async (terms, asked) => {
    expect(verdict(await (await openHall({ workers: [terms] })).ask(asked))).toBe('DISPATCH');
  });

  test('a rule that says staging or SECRET means stage and RESTRICTED', async () => {
    const hall = await openHall({
      rules: [rule({}, { env: { in: ['staging'] }, data_label: 'SECRET', tenant_risk: 'critical' })],
    });
    expect(verdict(await hall.ask({ env: 'stage', data_label: 'RESTRICTED', tenant_risk: 'high' }))).toBe('DISPATCH');
    expect(verdict(await hall.ask({ env: 'staging', data_label: 'CONFIDENTIAL', tenant_risk: 'critical' }))).toBe(
      'DISPATCH',
    );
    expect(verdict(await hall.ask({ env: 'dev', data_label: 'SECRET', tenant_risk: 'high' }))).toBe(
      'DENY_NO_MATCHING_RULE',
    );
  });

  test('a species shows the reason of its worker that got furthest', async () => {
    const hall = await openHall({
      workers: [
        { worker_id: 'org.test.a', allowed_environments: ['prod'] },
        { worker_id: 'org.test.b', required_controls: ['ctrl.x'] },
        { worker_id: 'org.test.c', allowed_data_labels: ['SECRET'] },
      ],
    });
    const decision = await hall.ask();
    expect(skips(decision)).toEqual(['required_controls_missing']);
    expect(at(decision, 'candidate_workers_ranked', 0, 'worker_id')).toBe('org.test.b');
  });

  test('none listed and none enrolled have names of their own', async () => {
    const hall = await openHall({ rules: [rule({ candidate_workers_ranked: [] })] });
    expect(await hall.ask()).toMatchObject({
      deny_code: 'DENY_NO_AVAILABLE_WORKER',
      deny_code_alias: 'NO_WORKER_FOR_CAPABILITY',
    });
    await hall.publish(rule(candidates('wrk.nobody', {})));
    expect(skips(await hall.ask())).toEqual(['unavailable', 'missing_id']);
  });

  const three = () =>
    openHall({
      workers: ['first', 'second', 'third'].map((name) => ({
        worker_id: `org.test.${name}`,
        worker_species_id: `wrk.${name}`,
      })),
      rules: [rule(candidates('wrk.first', 'wrk.second', 'wrk.third'))],
    });

  test('the first is offline: the second runs and the third reads already_selected', async () => {
    const hall = await three();
    expect(skips(await hall.ask())).toEqual([null, 'already_selected', 'already_selected']);
    await hall.heartbeat({ status: 'offline' }, 'org.test.first');
    const decision = await hall.ask();
    expect(decision.worker_id).toBe('org.test.second');
    expect(skips(decision)).toEqual(['unavailable', null, 'already_selected']);
    await hall.heartbeat({ status: 'online' }, 'org.test.first');
    expect((await hall.ask()).worker_id).toBe('org.test.first');
  });

  test('score_hint never reorders; within a species the bytewise first worker runs', async () => {
    const hall = await openHall({
      workers: [
        { worker_id: 'org.test.b' },
        { worker_id: 'org.test.a' },
        { worker_id: 'org.test.Z' },
        { worker_id: 'org.test.high', worker_species_id: 'wrk.high' },
      ],
      rules: [
        rule(
          candidates(
            { worker_species_id: SPECIES, score_hint: 0.1 },
            { worker_species_id: 'wrk.high', score_hint: 0.9 },
          ),
        ),
      ],
    });
    expect((await hall.ask()).worker_id).toBe('org.test.Z');
    expect((await hall.ask({ worker_id: 'org.test.b' })).worker_id).toBe('org.test.b');
    expect(verdict(await hall.ask({ worker_id: 'org.test.nobody' }))).toBe('DENY_NO_AVAILABLE_WORKER');
  });

  test('one that does not list the capability runs, flagged', async () => {
    const decision = await (await openHall({ workers: [{ capabilities: ['cap.other'] }] })).ask();
    expect(decision.outcome).toBe('DISPATCH');
    expect(at(decision, 'candidate_workers_ranked', 0, 'capability_declared')).toBe(false);
    expect(decision.notes).not.toEqual([]);
  });
});

describe('check 13: shadowed rules', () => {
  const general = rule({}, {}, 'rr_general');
  const covered = rule({}, { env: 'prod' }, 'rr_covered');
  const put = (hall: HallClient, rules: readonly Json[], force = false) =>
    hall.send('PUT', `/v1/rules${force ? '?force=1' : ''}`, { rules });

  test('a covered rule is refused with both ids; forced, it denies in prod and is noted in dev', async () => {
    const hall = await openHall({ rules: [] });
    const refused = await put(hall, [general, covered]);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('rr_general');
    expect(refused.text).toContain('rr_covered');
    expect((await put(hall, [general, covered], true)).status).toBe(200);
    for (const env of ['prod', 'edge']) {
      const denied = await hall.ask({ env });
      expect(verdict(denied)).toBe('DENY_SHADOW_RULES_DETECTED');
      expect(denied.deny_reason_if_denied).toMatchObject({ shadowed_rule_ids: ['rr_covered'], shadow_count: 1 });
    }
    const decided = await hall.ask();
    expect(decided.outcome).toBe('DISPATCH');
    expect(JSON.stringify(decided.notes)).toContain('shadow');
  });

  test.each([
    ['one word inside a list', { env: { in: ['dev', 'prod'] } }, { env: 'prod' }],
    ['a list inside a list', { env: { in: ['dev', 'stage', 'prod'] } }, { env: { in: ['prod', 'dev'] } }],
    ['any', { env: { any: true } }, { env: 'edge' }],
    ['an alias of the same word', { env: 'stage' }, { env: 'staging' }],
    ['twins', { env: 'dev' }, { env: 'dev' }],
  ])('%s is covered', async (_, earlier, later) => {
    const refused = await put(await openHall({ rules: [] }), [rule({}, earlier, 'rr_a'), rule({}, later, 'rr_b')]);
    expect(refused.status).toBe(400);
    expect(refused.text).toMatch(/rr_a[\s\S]*rr_b|rr_b[\s\S]*rr_a/);
  });

  test('specific first and catch-all last is fine', async () => {
    const hall = await openHall({ rules: [] });
    const rules = [covered, general, rule({}, { capability_id: { any: true } }, 'rr_last')];
    expect((await put(hall, rules)).status).toBe(200);
    expect((await hall.ask({ env: 'prod' })).matched_rule_id).toBe('rr_covered');
    expect((await hall.ask({ capability_id: 'cap.unheard.of' })).matched_rule_id).toBe('rr_last');
  });

  test('the same id twice is refused unless forced', async () => {
    const hall = await openHall({ rules: [] });
    const twice = [rule({}, { env: 'dev' }), rule({}, { env: 'prod' })];
    const refused = await put(hall, twice);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('rr_summarize');
    expect((await put(hall, twice, true)).status).toBe(200);
  });

  test.each([
    ['no rule_id', { match: {}, decision: {} }, '/rules/0'],
    ['eq', rule({}, { env: { eq: 'prod' } }), '/rules/0/match/env'],
    ['null', rule({}, { env: null }), '/rules/0/match/env'],
    ['an empty list', rule({}, { env: { in: [] } }), '/rules/0/match/env'],
    ['an unknown key', rule({}, { tenant_id: 'acme' }), '/rules/0/match'],
    ['an unknown word', rule({}, { env: 'moon' }), '/rules/0/match/env'],
    ['an unknown precondition', rule({ preconditions: { must_be_nice: true } }), '/rules/0/decision/preconditions'],
    [
      'an unknown condition',
      rule({ escalation: { human_required_if: [{ phase: 'full' }] } }),
      '/rules/0/decision/escalation/human_required_if/0',
    ],
    ['an unknown member', rule({ candidates: [] }), '/rules/0/decision'],
    ['a maximum with no scale', rule({ max_blast: { dev: 3 } }), '/rules/0/decision/max_blast'],
  ] as const)('%s is refused, also forced, naming rule and path', async (_, bad, path) => {
    const hall = await openHall({ rules: [] });
    for (const force of [false, true]) {
      const refused = await put(hall, [bad as Json], force);
      expect(refused.status).toBe(400);
      const fields = list(refused.json.errors).map((error) => text(error.field));
      expect(
        fields.some((field) => field.startsWith(path)),
        `${fields} lacks ${path}`,
      ).toBe(true);
      if ('rule_id' in bad) expect(refused.text).toContain('rr_summarize');
    }
  });

  test('a document without rules is refused', async () => {
    const hall = await openHall({ rules: [] });
    for (const body of [{}, { rules: {} }, { rules: null }, []]) {
      expect((await hall.send('PUT', '/v1/rules', body as Json)).status).toBe(400);
    }
  });
});

// What a human answers to a hold, and the holds of 2.6, come with approvals (checks 16 to 18).
describe('check 14: the policy gate', () => {
  const gated = rule({ escalation: { policy_gate: true } });

  test.each([
    ['ALLOW', { outcome: 'DISPATCH', core_outcome: 'ALLOW' }],
    [
      'ALLOW_WITH_CONSTRAINTS',
      { outcome: 'DISPATCH', core_outcome: 'ALLOW_WITH_CONSTRAINTS', constraints: { max_pages: 3 } },
    ],
    [
      'DENY',
      { outcome: 'DENY', deny_code: 'DENY_POLICY_GATE', deny_code_alias: 'POLICY_GATE_DENIED', core_outcome: 'DENY' },
    ],
    ['THROTTLE', { outcome: 'DENY', deny_code: 'DENY_THROTTLED', core_outcome: 'THROTTLE' }],
    [
      'REQUIRE_HUMAN',
      { outcome: 'STEWARD_HOLD', denied: false, supervisor_required: true, core_outcome: 'REQUIRE_APPROVAL' },
    ],
    [
      'REQUIRE_APPROVAL',
      { outcome: 'STEWARD_HOLD', denied: false, supervisor_required: true, core_outcome: 'REQUIRE_APPROVAL' },
    ],
  ])('%s', async (word, expected) => {
    const hall = await openHall({ rules: [gated] });
    const constraints = word === 'ALLOW_WITH_CONSTRAINTS' ? { constraints: { max_pages: 3 } } : {};
    await hall.policy(word, { reason: 'because', ...constraints });
    const decision = await hall.ask();
    expect(decision).toMatchObject({ ...expected, policy_version: 'policy.v1' });
    expect(decision.allowed).toBe(decision.outcome === 'DISPATCH');
    if (decision.denied === true) {
      expect(decision.deny_reason_if_denied).toMatchObject({ reason: 'because', policy_version: 'policy.v1' });
    }
    if (word === 'THROTTLE') {
      expect(decision.retry_after_ms).toBeGreaterThan(0);
      expect(at(decision, 'deny_reason_if_denied', 'retry_after_ms')).toBe(decision.retry_after_ms);
    }
  });

  test('is ignored by a rule that does not ask for it, and UNCONFIGURED where none is published', async () => {
    const hall = await openHall({ rules: [gated] });
    const denied = await hall.ask();
    expect(denied).toMatchObject({ deny_code: 'DENY_POLICY_GATE_UNCONFIGURED', policy_version: 'policy.v0' });
    await hall.policy('DENY');
    await hall.publish(rule());
    expect(verdict(await hall.ask())).toBe('DISPATCH');
  });

  test('the first rule that matches decides, on tenant_id too; else the default', async () => {
    const hall = await openHall({ rules: [gated] });
    const rules = [
      { id: 'globex', match: { tenant_id: 'globex' }, decision: 'DENY', reason: 'not them' },
      { id: 'public', match: { data_label: { in: ['PUBLIC', 'INTERNAL'] } }, decision: 'ALLOW' },
    ];
    expect((await hall.send('PUT', '/v1/policies', { policy_version: 'p', default: 'DENY', rules })).status).toBe(200);
    expect(verdict(await hall.ask())).toBe('DISPATCH');
    expect(verdict(await hall.ask({ tenant_id: 'globex' }))).toBe('DENY_POLICY_GATE');
    expect(verdict(await hall.ask({ data_label: 'SECRET' }))).toBe('DENY_POLICY_GATE');
  });

  test('another word is refused when published', async () => {
    const refused = await (await openHall()).send('PUT', '/v1/policies', {
      policy_version: 'p',
      default: 'MAYBE',
      rules: [],
    });
    expect(refused.status).toBe(400);
    expect(refused.json.code).toBe('policy_invalid');
  });

  test('a policy_version that is not active is noted, and the active one returned', async () => {
    const decision = await (await openHall()).ask({ policy_version: 'policy.v7' });
    expect(decision).toMatchObject({ outcome: 'DISPATCH', policy_version: 'policy.v0' });
    expect(decision.notes).not.toEqual([]);
  });
});

test('check 15: controls, blast, gate, no worker, attestation, envelope win in this order', async () => {
  const species = { privilege_envelope: { network_egress: 'unrestricted' } };
  const needs = 'ctrl.privilege-envelopes-required';
  const hall = await openHall({
    workers: [species],
    rules: [rule({ required_controls_suggested: [CONTROL, needs], escalation: { policy_gate: true } })],
    settings: { require_worker_attestation: true, hall_controls: [needs] },
  });
  await hall.policy('DENY');
  await hall.heartbeat({ status: 'offline' });
  const asked = { env: 'prod', data_label: 'RESTRICTED', blast_score: 99 };
  const seen: Json[] = [verdict(await hall.ask(asked))];
  await hall.enrol({ ...species, currently_implements: [CONTROL] });
  await hall.heartbeat({ status: 'offline' });
  seen.push(verdict(await hall.ask(asked)));
  const calm = { ...asked, blast_score: 0 };
  seen.push(verdict(await hall.ask(calm)));
  await hall.policy('ALLOW', {}, 'policy.v2');
  seen.push(verdict(await hall.ask(calm)));
  await hall.heartbeat({ status: 'online' });
  seen.push(verdict(await hall.ask(calm)));
  const code_hash = 'a'.repeat(64);
  await hall.enrol({ ...species, currently_implements: [CONTROL], attestation: { code_hash } });
  await hall.heartbeat({ code_hash });
  seen.push(verdict(await hall.ask(calm)));
  await hall.enrol({ currently_implements: [CONTROL], attestation: { code_hash }, privilege_envelope: {} });
  seen.push(verdict(await hall.ask(calm)));
  expect(seen).toEqual([
    'DENY_MISSING_REQUIRED_CONTROLS',
    'DENY_REQUIRES_HUMAN',
    'DENY_POLICY_GATE',
    'DENY_NO_AVAILABLE_WORKER',
    'DENY_WORKER_ATTESTATION_MISSING',
    'DENY_PRIVILEGE_ENVELOPE_VIOLATED',
    'DISPATCH',
  ]);
});

// A manifest that is signed and verified comes with the attestation authority (4.4).
describe('check 19: preconditions of provenance', () => {
  test.each([
    ['deny_if_unsigned_artifact_in_prod', 'DENY_WORKER_ARTIFACT_UNSIGNED'],
    ['deny_if_no_attestation_in_prod', 'DENY_WORKER_ATTESTATION_MISSING'],
  ])('%s: prod and edge denied, dev and stage pass', async (precondition, code) => {
    const hall = await openHall({ rules: [rule({ preconditions: { [precondition]: true } })] });
    for (const env of ['prod', 'edge']) {
      expect(await hall.ask({ env })).toMatchObject({
        deny_code: code,
        stage: 'preconditions',
        preconditions_checked: { [precondition]: true },
      });
    }
    for (const env of ['dev', 'stage']) expect(verdict(await hall.ask({ env }))).toBe('DISPATCH');
  });

  test('a worker that reports the attested hash passes deny_if_no_attestation_in_prod', async () => {
    const code_hash = 'c'.repeat(64);
    const hall = await openHall({
      workers: [{ attestation: { code_hash } }],
      rules: [rule({ preconditions: { deny_if_no_attestation_in_prod: true } })],
    });
    expect(verdict(await hall.ask({ env: 'prod' }))).toBe('DENY_WORKER_ATTESTATION_MISSING');
    await hall.heartbeat({ code_hash }, WORKER);
    expect(await hall.ask({ env: 'prod', capability_id: CAPABILITY })).toMatchObject({
      outcome: 'DISPATCH',
      worker_attestation_valid: true,
    });
  });
});
