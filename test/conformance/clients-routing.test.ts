/** WCP 4.2 and 5.2: routing for clients that read only whether it was denied. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  CAPABILITY,
  closeHalls,
  type HallClient,
  type Members,
  members,
  mustBe,
  openHall,
  question,
  rule,
  text,
  WORKER,
} from '../support/hall-client.ts';

afterEach(closeHalls);

const prefixes = (hall: HallClient): readonly string[] => ['', `/t/${hall.tenant}`];

const PRINTED: Members = { ...question(), env: 'dev' };
const without = (name: string): Members =>
  Object.fromEntries(Object.entries(PRINTED).filter(([each]) => each !== name));

describe('POST /api/route', () => {
  test('the whole decision, with the grant', async () => {
    const hall = await openHall();
    for (const prefix of prefixes(hall)) {
      const decision = mustBe(200, await hall.send('POST', `${prefix}/api/route`, question()));
      expect(decision).toMatchObject({ outcome: 'DISPATCH', denied: false, worker_id: WORKER });
      expect(text(decision.dispatch_grant)).toContain('.');
      expect(members(decision.evidence_receipt).entry).toBeDefined();
    }
  });

  test('a hold is denied, with the supervisor fields and no grant; on /wcp/route it is not', async () => {
    const hall = await openHall({ rules: [rule({ escalation: { policy_gate: true } })] });
    await hall.policy('REQUIRE_HUMAN', { reason: 'look first' });
    const held = await hall.ask();
    expect([held.denied, held.outcome]).toEqual([false, 'STEWARD_HOLD']);
    const told = mustBe(200, await hall.send('POST', '/api/route', question()));
    expect(told).toMatchObject({
      denied: true,
      allowed: false,
      outcome: 'STEWARD_HOLD',
      deny_code: 'DENY_REQUIRES_HUMAN_APPROVAL',
      deny_reason_if_denied: { code: 'DENY_REQUIRES_HUMAN_APPROVAL', supervisor_required: true },
      supervisor_required: true,
      supervisor_level: 'gatekeeper',
      selected_worker_species_id: null,
      dispatch_grant: null,
    });
    for (const name of Object.keys(held)) expect(Object.keys(told)).toContain(name);
  });

  test.each(['capability_id', 'env', 'data_label', 'tenant_risk', 'qos_class', 'tenant_id'])(
    'without %s: 400 that names it, with the decision',
    async (name) => {
      const hall = await openHall();
      const reply = await hall.send('POST', '/api/route', without(name));
      expect(reply.status).toBe(400);
      expect(reply.json).toMatchObject({
        error: `missing field ${name}`,
        denied: true,
        deny_code: 'DENY_INVALID_INPUT',
        deny_reason_if_denied: { field: name },
      });
      expect(members(reply.json.evidence_receipt).receipt_id).toBeTruthy();
      expect((await hall.entriesOf('wcp.decision')).length).toBe(1);
    },
  );

  test('the first absent one is named; wrong, null or empty is a decision; correlation_id may be left out', async () => {
    const hall = await openHall();
    const reply = await hall.send('POST', '/api/route', { env: 'dev', tenant_id: 'x' });
    expect(reply.json.error).toBe('missing field capability_id');
    for (const env of [null, '', 7, 'nowhere']) {
      const wrong = mustBe(200, await hall.send('POST', '/api/route', { ...PRINTED, env }));
      expect(wrong.deny_code).toBe('DENY_INVALID_INPUT');
    }
    expect(mustBe(200, await hall.send('POST', '/api/route', without('correlation_id'))).outcome).toBe('DISPATCH');
  });

  test('Idempotency-Key: the same bytes', async () => {
    const hall = await openHall();
    const headers = { 'idempotency-key': 'once' };
    const [first, again] = [
      await hall.send('POST', '/api/route', PRINTED, headers),
      await hall.send('POST', '/api/route', PRINTED, headers),
    ];
    expect(again.text).toBe(first.text);
    expect((await hall.send('POST', '/api/route', question(), headers)).status).toBe(422);
  });
});

describe('POST /api/v1/dispatch', () => {
  const asked = (context: Members = {}, more: Members = {}): Members => ({
    namespace: 'org.test',
    capability: CAPABILITY,
    worker_id: WORKER,
    context: { risk_tier: 'low', correlation_id: 'c-1', env: 'dev', data_label: 'PUBLIC', ...context },
    ...more,
  });

  test('allow, with the published members and the superset', async () => {
    const hall = await openHall();
    for (const prefix of prefixes(hall)) {
      const told = mustBe(200, await hall.send('POST', `${prefix}/api/v1/dispatch`, asked()));
      expect(told).toMatchObject({
        outcome: 'allow',
        worker_id: WORKER,
        capability: CAPABILITY,
        correlation_id: 'c-1',
        tenant_id: 'org.test',
        tenant_risk: 'low',
        qos_class: 'P2',
        env: 'dev',
        denied: false,
      });
      expect(told).not.toHaveProperty('deny_code');
      expect(text(told.dispatch_grant)).toContain('.');
      expect(text(told.decision_id)).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('defaults: prod, INTERNAL, P2; the risk_tier is the tenant_risk', async () => {
    const hall = await openHall();
    const body = { namespace: 'org.test', capability: CAPABILITY, context: { risk_tier: 'critical' } };
    const told = mustBe(200, await hall.send('POST', '/api/v1/dispatch', body));
    expect(told).toMatchObject({
      env: 'prod',
      data_label: 'INTERNAL',
      qos_class: 'P2',
      tenant_risk: 'critical',
      tenant_risk_effective: 'high',
      correlation_id_generated: true,
    });
  });

  test('deny: another worker is never chosen in the place of the named one', async () => {
    const hall = await openHall();
    const told = mustBe(200, await hall.send('POST', '/api/v1/dispatch', asked({}, { worker_id: 'org.test.other' })));
    expect(told).toMatchObject({
      outcome: 'deny',
      worker_id: 'org.test.other',
      capability: CAPABILITY,
      deny_code: 'DENY_NO_AVAILABLE_WORKER',
      selected_worker_species_id: null,
    });
    expect(text(told.reason).length).toBeGreaterThan(0);
  });

  test('a hold is deny, with the supervisor fields', async () => {
    const hall = await openHall({ rules: [rule({ escalation: { policy_gate: true } })] });
    await hall.policy('REQUIRE_HUMAN');
    expect(mustBe(200, await hall.send('POST', '/api/v1/dispatch', asked()))).toMatchObject({
      outcome: 'deny',
      denied: true,
      deny_code: 'DENY_REQUIRES_HUMAN_APPROVAL',
      supervisor_required: true,
      dispatch_grant: null,
    });
  });

  test.each([
    ['nothing', {}, 'capability_id'],
    ['no context', { namespace: 'a', capability: CAPABILITY }, 'tenant_risk'],
    ['a context that is none', { namespace: 'a', capability: CAPABILITY, context: 'x' }, 'tenant_risk'],
    ['no namespace', { capability: CAPABILITY, context: { risk_tier: 'low' } }, 'tenant_id'],
    ['no such risk', { namespace: 'a', capability: CAPABILITY, context: { risk_tier: 'extreme' } }, 'tenant_risk'],
  ])('%s is a decision that names the member', async (_, body, field) => {
    const hall = await openHall();
    expect(mustBe(200, await hall.send('POST', '/api/v1/dispatch', body as Members))).toMatchObject({
      outcome: 'deny',
      deny_code: 'DENY_INVALID_INPUT',
      deny_reason_if_denied: { field },
    });
  });
});
