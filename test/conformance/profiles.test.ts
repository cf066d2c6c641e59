/** Check 43 and profiles over HTTP (WCP 3.1 step 13d, 7.3-7.5): activation, what it changes, and how it is taken out. */
import { afterEach, describe, expect, test } from 'vitest';
import { parseTenantId } from '../../src/core/ids.ts';
import {
  at,
  closeHalls,
  type HallClient,
  list,
  type Members,
  mustBe,
  OPERATOR_KEY,
  openHall,
  rule,
  send,
  text,
  verdict,
  WORKER,
} from '../support/hall-client.ts';
import { ownerOf } from '../support/person.ts';
import { OPERATOR, TestTenant, testDeps } from '../support/tenant-client.ts';

afterEach(closeHalls);

const activate = async (hall: HallClient, id: string, terms: Members = {}): Promise<Members> =>
  mustBe(200, await hall.send('POST', `/v1/profiles/${id}/activate`, terms));
const denial = (decision: Members) => decision.deny_reason_if_denied;

describe('check 43: a profile changes the posture, and nothing else', () => {
  test('dev.permissive to prod.strict changes the outcome of the same request, and the denial names its mapping', async () => {
    const hall = await openHall();
    await activate(hall, 'prof.dev.permissive');
    const before = await hall.ask();
    expect(before).toMatchObject({
      outcome: 'DISPATCH',
      profiles_effective: [{ profile_id: 'prof.dev.permissive', version: '1.0.0' }],
    });
    const activated = await activate(hall, 'prof.prod.strict');
    expect(at(activated, 'evidence_receipt', 'entry', 'type')).toBe('hall.profile.activated');
    const after = await hall.ask();
    expect(after).toMatchObject({
      outcome: 'DENY',
      deny_code: 'DENY_UNKNOWN_TENANT',
      deny_reason_if_denied: { profile_id: 'prof.prod.strict', mapping: 'wcp.full.require-signatory' },
    });
    expect(list(after.profiles_effective).map(({ profile_id }) => profile_id)).toEqual([
      'prof.dev.permissive',
      'prof.prod.strict',
    ]);
    // Vouched for, the next floor speaks: the worker's code is not attested.
    await hall.settings({ allowed_tenants: ['acme-corp'] });
    expect(await hall.ask()).toMatchObject({
      deny_code: 'DENY_WORKER_ATTESTATION_MISSING',
      deny_reason_if_denied: { profile_id: 'prof.prod.strict', mapping: 'wcp.full.require-worker-attestation' },
    });
    for (const decision of [before, after]) {
      const again = await hall.get(`/v1/decisions/${decision.decision_id}`);
      expect(again).toMatchObject({ recomputed: 'same' });
    }
  });

  test('a floor of the Hall itself is not the profile’s', async () => {
    const hall = await openHall({ settings: { require_signatory: true } });
    await activate(hall, 'prof.prod.strict');
    expect(denial(await hall.ask())).not.toHaveProperty('profile_id');
  });

  test('it holds where it was activated, from the next decision, and after a restart', async () => {
    const hall = await openHall();
    await activate(hall, 'prof.prod.strict', { envs: ['prod', 'edge'] });
    expect(verdict(await hall.ask({ env: 'prod' }))).toBe('DENY_UNKNOWN_TENANT');
    const dev = await hall.ask({ env: 'dev' });
    expect(dev).toMatchObject({ outcome: 'DISPATCH', profiles_effective: [] });
    const tenant = parseTenantId(hall.tenant);
    if (tenant === null) throw new Error('not the name of a tenant');
    await new TestTenant(tenant, { tenant, credential: OPERATOR }, testDeps().deps, []).evict();
    expect(verdict(await hall.ask({ env: 'prod' }))).toBe('DENY_UNKNOWN_TENANT');
    expect(await hall.ask({ env: 'dev' })).toMatchObject({ outcome: 'DISPATCH', profiles_effective: [] });
  });

  test.each<readonly [string, Members, Members, Members]>([
    [
      'controls',
      { controls_required: ['ctrl.obs.tracing_distributed'] },
      {},
      {
        code: 'DENY_MISSING_REQUIRED_CONTROLS',
        missing: ['ctrl.obs.tracing_distributed'],
        mapping: 'X-controls_required',
      },
    ],
    [
      'a lower blast limit, also in dev',
      { blast: { dev: { escalate_at: 40 } } },
      { env: 'dev', blast_score: 60 },
      { code: 'DENY_REQUIRES_HUMAN', reason: 'REQUIRE_HUMAN_HIGH_BLAST', mapping: 'X-blast' },
    ],
    [
      'a blast maximum',
      { blast: { prod: { max_score: 60 } } },
      { blast_score: 80 },
      { code: 'DENY_REQUIRES_HUMAN', reason: 'PROFILE_MAX_BLAST_EXCEEDED', mapping: 'X-blast' },
    ],
    [
      'the policy gate',
      { hall_floors: { policy_gate: true } },
      {},
      { code: 'DENY_POLICY_GATE_UNCONFIGURED', mapping: 'X-policy_gate' },
    ],
    [
      'no egress',
      { hall_floors: { no_egress: true } },
      {},
      { code: 'DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED', mapping: 'X-no_egress' },
    ],
    [
      'signed manifests',
      { attestation: { signed_manifest_required: true } },
      {},
      { code: 'DENY_WORKER_ARTIFACT_UNSIGNED', mapping: 'X-signed_manifest' },
    ],
    [
      'data labels',
      { data_labels: ['INTERNAL'] },
      {},
      { code: 'DENY_POLICY_GATE', reason: 'data_label_not_allowed', mapping: 'X-data_labels' },
    ],
    [
      'the risk of a worker',
      { human_oversight: { worker_risk: { unknown: 'deny' } } },
      {},
      { code: 'DENY_POLICY_GATE', reason: 'worker_risk_unknown', mapping: 'X-human_oversight' },
    ],
    [
      'strictness',
      { hall_floors: { strict: true } },
      { env: 'staging' },
      { code: 'DENY_INVALID_INPUT', mapping: 'X-strict' },
    ],
  ])('a profile may demand %s', async (_, demand, change, reason) => {
    const hall = await openHall();
    const asked = { env: 'prod', ...change };
    expect(await hall.ask(asked)).toMatchObject({ outcome: 'DISPATCH' });
    const mappings = [
      'controls_required',
      'blast',
      'policy_gate',
      'no_egress',
      'signed_manifest',
      'data_labels',
      'human_oversight',
      'strict',
    ].map((name) => ({
      framework_control: `X-${name}`,
      title: name,
      responsibility: ['enforced'],
      enforced_by: [name],
      evidence: ['wcp.decision'],
      not_shown: 'everything else',
    }));
    const document = { profile_id: 'org.acme.own', version: '1.0.0', title: 'Own', mappings, ...demand };
    mustBe(201, await hall.send('POST', '/v1/profiles', document as Members));
    await activate(hall, 'org.acme.own');
    const decision = await hall.ask(asked);
    expect(denial(decision)).toMatchObject({ ...reason, profile_id: 'org.acme.own' });
    expect(await hall.get(`/v1/decisions/${decision.decision_id}`)).toMatchObject({ recomputed: 'same' });
  });

  test('a worker of high risk waits for a human, with the profile named', async () => {
    const hall = await openHall({ workers: [{ risk_tier: 'high' }] });
    mustBe(
      201,
      await hall.send('POST', '/v1/profiles/prof.prod.strict/copy', {
        profile_id: 'org.acme.risk',
        version: '1.0.0',
        changes: { hall_floors: {} },
      }),
    );
    await activate(hall, 'org.acme.risk');
    expect(await hall.ask()).toMatchObject({
      outcome: 'STEWARD_HOLD',
      denied: false,
      stage: 'profile',
      reason: 'worker_risk_high',
      supervisor_required: true,
      notes: expect.arrayContaining(['held_by_profile:org.acme.risk:wcp.risk.oversight']),
    });
  });
});

describe('profiles', () => {
  test('are listed, shown with their mappings, and found by their other name', async () => {
    const hall = await openHall();
    const { profiles } = await hall.get('/v1/profiles');
    expect(list(profiles)).toHaveLength(42);
    const strict = await hall.get('/v1/profiles/rag_strict');
    expect(strict).toMatchObject({ profile_id: 'prof.mem.rag-strict' });
    const fedramp = await hall.get('/v1/profiles/org.guildhall.fedramp-moderate');
    expect(list(at(fedramp, 'document', 'mappings')).length).toBeGreaterThan(40);
    expect((await hall.send('GET', '/v1/profiles/org.nobody.x')).status).toBe(404);
    expect((await hall.send('GET', '/v1/profiles/prof.prod.strict?version=9.9.9')).status).toBe(404);
  });

  test('what mappings name as evidence is there: routes that answer, types that ledgers have', async () => {
    const { paths } = (await send('GET', '/openapi.json')).json;
    const hall = await openHall();
    const { profiles } = await hall.get('/v1/profiles');
    for (const { profile_id: id } of list(profiles)) {
      const { document } = await hall.get(`/v1/profiles/${text(id)}`);
      for (const row of list(at(document, 'mappings') ?? [])) {
        for (const shown of row.evidence as readonly string[]) {
          if (shown.startsWith('/')) expect(paths, `${text(id)} ${shown}`).toHaveProperty([shown]);
          else expect(shown).toMatch(/^(?:wcp|hall)\.[a-z_.*]+$/);
        }
      }
    }
  });

  test('a version names one content; ids of ours are not for others; bases have to exist', async () => {
    const hall = await openHall();
    const own = { profile_id: 'org.acme.own', version: '1.0.0', title: 'Own' };
    const publish = (document: Members) => hall.send('POST', '/v1/profiles', document);
    mustBe(201, await publish(own));
    expect(mustBe(201, await publish(own)).evidence_receipt).toBeNull();
    expect((await publish({ ...own, title: 'Other' })).json).toMatchObject({
      status: 409,
      code: 'profile_version_reused',
    });
    for (const profile_id of ['prof.acme.own', 'org.guildhall.own']) {
      expect((await publish({ ...own, profile_id })).json).toMatchObject({ status: 400, code: 'profile_invalid' });
    }
    const dangling = await publish({ ...own, version: '1.1.0', extends: ['org.acme.nobody@1.0.0'] });
    expect(dangling.json).toMatchObject({ status: 400, errors: [{ field: '/extends' }] });
    // What it extends comes with it.
    mustBe(201, await publish({ ...own, version: '2.0.0', extends: ['prof.prod.strict@1.0.0'] }));
    await activate(hall, 'org.acme.own', { version: '2.0.0' });
    expect(denial(await hall.ask())).toMatchObject({ profile_id: 'prof.prod.strict' });
  });

  test('one with residency is for tenants that are kept there', async () => {
    const hall = await openHall();
    const profile = { profile_id: 'org.test.eu', version: '1.0.0', title: 'Here', residency: { jurisdiction: 'eu' } };
    mustBe(201, await hall.send('POST', '/v1/profiles', profile));
    for (const verb of ['preview', 'activate']) {
      const refused = await hall.send('POST', `/v1/profiles/org.test.eu/${verb}`, {});
      expect(refused.json).toMatchObject({ status: 409, code: 'tenant_elsewhere' });
    }
    const above = { profile_id: 'org.test.above', version: '1.0.0', title: 'x', extends: ['org.test.eu@1.0.0'] };
    mustBe(201, await hall.send('POST', '/v1/profiles', above));
    expect((await hall.send('POST', '/v1/profiles/org.test.above/activate', {})).json.code).toBe('tenant_elsewhere');
    const made = mustBe(
      201,
      await send('POST', '/v1/tenants', {
        key: OPERATOR_KEY,
        body: { tenant: `t${crypto.randomUUID().slice(0, 8)}`, name: 'x', jurisdiction: 'eu' },
      }),
    );
    const key = text(made.api_key);
    mustBe(201, await send('POST', '/v1/profiles', { key, body: profile }));
    expect(mustBe(200, await send('POST', '/v1/profiles/org.test.eu/activate', { key, body: {} }))).toMatchObject({
      status: 'active',
    });
  });

  test('removal takes two people, within the posture it was asked for', async () => {
    const hall = await openHall();
    await activate(hall, 'prof.prod.strict');
    const remove = (key: string) => send('POST', '/v1/profiles/prof.prod.strict/deactivate', { key, body: {} });
    expect(mustBe(200, await remove(hall.key))).toMatchObject({ status: 'removal_requested' });
    expect(verdict(await hall.ask())).toBe('DENY_UNKNOWN_TENANT');
    const alone = await remove(hall.key);
    expect(alone.json).toMatchObject({ status: 403, code: 'second_person_required' });
    expect(list((await hall.get('/v1/profiles/active')).removals)).toHaveLength(1);
    const second = await hall.newKey(['hall:admin']);
    expect(mustBe(200, await remove(second.key))).toMatchObject({ status: 'inactive' });
    expect(await hall.ask()).toMatchObject({ outcome: 'DISPATCH', profiles_effective: [] });
    const [gone] = await hall.entriesOf('hall.profile.deactivated');
    expect(at(gone, 'body', 'requested_by', 'id')).not.toBe(at(gone, 'actor', 'id'));
    expect((await remove(hall.key)).status).toBe(404);
    // Activating again forgets a request.
    await activate(hall, 'prof.prod.strict');
    mustBe(200, await remove(hall.key));
    await activate(hall, 'prof.prod.strict');
    await activate(hall, 'prof.prod.strict', { envs: ['prod'] });
    expect((await remove(second.key)).json).toMatchObject({ status: 'removal_requested' });
  });

  test('a person and the keys that they made are one', async () => {
    const hall = await openHall();
    const owner = await ownerOf(hall.tenant);
    const path = `/t/${hall.tenant}/v1/profiles/prof.prod.strict/deactivate`;
    const made = mustBe(
      201,
      await owner.send('POST', `/t/${hall.tenant}/v1/keys`, { name: 'x', scopes: ['hall:admin'] }),
    );
    await activate(hall, 'prof.prod.strict');
    expect(mustBe(200, await owner.send('POST', path, {}))).toMatchObject({ status: 'removal_requested' });
    const alone = await send('POST', path, { key: text(made.api_key), body: {} });
    expect(alone.json).toMatchObject({ status: 403, code: 'second_person_required' });
    expect(mustBe(200, await hall.send('POST', path, {}))).toMatchObject({ status: 'inactive' });
  });

  test('the same person cannot weaken it in place', async () => {
    const hall = await openHall();
    await activate(hall, 'prof.prod.strict');
    const weaker = await hall.send('POST', '/v1/profiles/prof.prod.strict/activate', { overrides: [WORKER] });
    expect(weaker.json).toMatchObject({ status: 409, code: 'profile_active' });
  });

  test('the preview says what would be stopped, and changes nothing', async () => {
    const hall = await openHall({
      workers: [{}, { worker_id: 'org.test.attested', risk_tier: 'low' }],
      rules: [rule(), rule({}, { capability_id: 'cap.other', env: 'dev' }, 'rr_dev')],
    });
    const size = await hall.ledgerSize();
    const preview = mustBe(
      200,
      await hall.send('POST', '/v1/profiles/prof.edge.isolated/preview', { envs: ['prod', 'edge'] }),
    );
    expect(preview).toMatchObject({ complete: true, profile_id: 'prof.edge.isolated' });
    expect(list(preview.rules)).toMatchObject([
      {
        rule_id: 'rr_summarize',
        env: 'prod',
        verdict: 'stopped',
        profile_id: 'prof.edge.isolated',
        mapping: 'edge.egress-control',
      },
      { rule_id: 'rr_summarize', env: 'edge', verdict: 'stopped' },
    ]);
    expect(list(preview.workers)).toHaveLength(4);
    expect(await hall.ledgerSize()).toBe(size);
    expect((await hall.get('/v1/profiles/active')).posture).toBeNull();
    const permissive = mustBe(200, await hall.send('POST', '/v1/profiles/prof.dev.permissive/preview', {}));
    expect(permissive).toMatchObject({ rules: [], workers: [], signatory: { assumed: true, stopped_without: 0 } });
    // What the lack of a signatory's token would stop is said apart.
    const vouched = {
      profile_id: 'org.test.vouched',
      version: '1.0.0',
      title: 'x',
      hall_floors: { require_signatory: true },
    };
    mustBe(201, await hall.send('POST', '/v1/profiles', vouched));
    const asked = mustBe(200, await hall.send('POST', '/v1/profiles/org.test.vouched/preview', { envs: ['dev'] }));
    expect(asked).toMatchObject({ workers: [], signatory: { assumed: true, stopped_without: 4, envs: ['dev'] } });
  });

  test('the level of a Hall counts what profiles add everywhere', async () => {
    const hall = await openHall();
    const level = async () => at(await hall.get('/wcp/health'), 'compliance', '0.1', 'level');
    expect(await level()).toBe('WCP-Standard');
    await activate(hall, 'prof.prod.strict', { envs: ['prod', 'edge'] });
    expect(await level()).toBe('WCP-Standard');
    await activate(hall, 'prof.prod.strict');
    expect(await level()).toBe('WCP-Full');
  });

  test('what holds is shown by environment, with the profile behind each floor', async () => {
    const hall = await openHall({ settings: { require_worker_attestation: true } });
    await activate(hall, 'prof.prod.strict', { envs: ['prod'] });
    const { effective } = await hall.get('/v1/profiles/active');
    expect(at(effective, 'prod', 'floors')).toMatchObject({
      require_signatory: { on: true, profile_id: 'prof.prod.strict' },
      require_worker_attestation: { on: true, profile_id: null },
    });
    expect(at(effective, 'dev', 'floors', 'require_signatory')).toEqual({ on: false, profile_id: null });
  });

  test('one tenant’s profiles are nobody else’s', async () => {
    const [hall, other] = [await openHall(), await openHall()];
    mustBe(
      201,
      await hall.send('POST', '/v1/profiles', { profile_id: 'org.acme.own', version: '1.0.0', title: 'Own' }),
    );
    const reply = await other.send('GET', '/v1/profiles/org.acme.own');
    const nobody = await other.send('GET', '/v1/profiles/org.acme.nobody');
    expect([reply.status, reply.json.code]).toEqual([nobody.status, nobody.json.code]);
    await activate(hall, 'prof.prod.strict');
    expect(await other.ask()).toMatchObject({ outcome: 'DISPATCH' });
  });
});
