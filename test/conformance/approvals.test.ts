/** Checks 16 to 18 of WCP §8: what waits for a person, who may answer, and what comes of it. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  at,
  closeHalls,
  type HallClient,
  list,
  type Members,
  members,
  mustBe,
  openHall,
  type Reply,
  rule,
  send,
  sleep,
  text,
  verdict,
  WORKER,
} from '../support/hall-client.ts';

afterEach(closeHalls);

const APPROVER = ['hall:approve', 'hall:read'];

/** A Hall whose rule waits for a person, and another key that may answer. */
const heldHall = async (escalation: Members = { human_required_default: true }, policy: Members | null = null) => {
  const hall = await openHall({ rules: [rule({ escalation })] });
  if (policy !== null) await hall.policy('REQUIRE_HUMAN', policy);
  const { key: approver } = await hall.newKey(APPROVER);
  return { hall, approver };
};

const resolve = (key: string, held: Members, decision: string, more: Members = {}): Promise<Reply> =>
  send('POST', '/wcp/approvals/resolve', {
    key,
    body: { pending_approval_id: text(held.pending_approval_id), decision, ...more },
  });

const types = async (hall: HallClient): Promise<string[]> =>
  (await hall.entries()).map((entry) => text(entry.type)).filter((type) => type.startsWith('wcp.'));

describe('check 16: a hold', () => {
  test('is listed, and approved by another person it is dispatched with a grant that works', async () => {
    const { hall, approver } = await heldHall();
    const held = await hall.ask();
    expect(held).toMatchObject({ outcome: 'STEWARD_HOLD', denied: false, dispatch_grant: null });
    const { approvals } = await hall.get('/wcp/approvals/pending');
    expect(list(approvals)).toMatchObject([
      {
        pending_approval_id: held.pending_approval_id,
        decision_id: held.decision_id,
        supervisor_level: 'gatekeeper',
        state: 'pending',
        approval_expires_at: held.approval_expires_at,
      },
    ]);
    const shown = await hall.get(`/wcp/approvals/${text(held.pending_approval_id)}`);
    expect(at(shown, 'decision', 'outcome')).toBe('STEWARD_HOLD');

    const answer = mustBe(200, await resolve(approver, held, 'approve', { subject_hash: shown.subject_hash }));
    expect(answer.approval).toMatchObject({ state: 'consumed', resolution: { answer: 'approve' } });
    const decision = members(answer.decision);
    expect(decision).toMatchObject({
      outcome: 'DISPATCH',
      worker_id: WORKER,
      correlation_id: held.correlation_id,
      request_hash: held.request_hash,
    });
    expect(decision.decision_id).not.toBe(held.decision_id);
    const start = await hall.send('POST', `/wcp/dispatches/${text(decision.decision_id)}/start`, {
      grant: text(decision.dispatch_grant),
    });
    expect(start.status).toBe(200);
    expect(list((await hall.get('/wcp/approvals/pending')).approvals)).toEqual([]);
    expect(await types(hall)).toEqual([
      'wcp.worker.enrolled',
      'wcp.decision',
      'wcp.approval.requested',
      'wcp.approval.approved',
      'wcp.decision',
      'wcp.dispatch.started',
    ]);
    const again = await hall.get(`/v1/decisions/${text(decision.decision_id)}`);
    expect(again.recomputed).toBe('same');
  });

  test('on /api/route it is denied true', async () => {
    const { hall } = await heldHall();
    const { correlation_id: _, ...question } = await hall.ask();
    const reply = await hall.send('POST', '/api/route', {
      capability_id: question.capability_id,
      env: 'dev',
      data_label: 'PUBLIC',
      tenant_risk: 'low',
      qos_class: 'P2',
      tenant_id: 'acme-corp',
    });
    expect(reply.json).toMatchObject({ denied: true, deny_code: 'DENY_REQUIRES_HUMAN_APPROVAL' });
  });

  test('denied by a person it is DENY_APPROVAL_REJECTED; a reason is demanded', async () => {
    const { hall, approver } = await heldHall();
    const held = await hall.ask();
    const bare = await resolve(approver, held, 'deny');
    expect([bare.status, bare.json.code]).toEqual([400, 'invalid_body']);
    const answer = mustBe(200, await resolve(approver, held, 'deny', { reason: 'not today' }));
    expect(answer).toMatchObject({
      approval: { state: 'rejected', resolution: { reason: 'not today' } },
      decision: { outcome: 'DENY', deny_code: 'DENY_APPROVAL_REJECTED', dispatch_grant: null },
    });
    expect(at(await hall.get(`/v1/decisions/${text(at(answer, 'decision', 'decision_id'))}`), 'recomputed')).toBe(
      'same',
    );
  });

  test('nobody answers in time: expired, never called rejected, and decided so by the alarm', async () => {
    const { hall, approver } = await heldHall();
    await hall.settings({ approval_ttl_s: 1 });
    const held = await hall.ask();
    await sleep(1_100);
    const late = await resolve(approver, held, 'approve');
    expect([late.status, late.json.code]).toEqual([409, 'approval_expired']);
    const approval = await hall.get(`/wcp/approvals/${text(held.pending_approval_id)}`);
    expect(approval).toMatchObject({ state: 'expired', resolution: { answer: null, by: null } });
    const outcome = await hall.get(`/v1/decisions/${text(at(approval, 'resolution', 'decision_id'))}`);
    expect(outcome).toMatchObject({ recomputed: 'same', summary: { deny_code: 'DENY_APPROVAL_EXPIRED' } });
  });

  test('the alarm alone ends it too', async () => {
    const { hall } = await heldHall();
    await hall.settings({ approval_ttl_s: 1 });
    const held = await hall.ask();
    await sleep(2_500);
    const approval = await hall.get(`/wcp/approvals/${text(held.pending_approval_id)}`);
    expect(approval.state).toBe('expired');
    expect(await hall.entriesOf('wcp.approval.expired')).toHaveLength(1);
  });

  test('whoever asked does not answer; a key without the scope does not either', async () => {
    const { hall } = await heldHall();
    const held = await hall.ask();
    const own = await resolve(hall.key, held, 'approve');
    expect([own.status, own.json.code]).toEqual([403, 'self_approval_denied']);
    const { key: reader } = await hall.newKey(['hall:read', 'hall:route', 'runtime:delivery', 'hall:enroll']);
    const weak = await resolve(reader, held, 'approve');
    expect([weak.status, weak.json.code]).toEqual([403, 'insufficient_scope']);
    expect(at(await hall.get(`/wcp/approvals/${text(held.pending_approval_id)}`), 'state')).toBe('pending');
  });

  test('the same person may say the same again; another answer comes too late', async () => {
    const { hall, approver } = await heldHall();
    const { key: other } = await hall.newKey(APPROVER);
    const held = await hall.ask();
    mustBe(200, await resolve(approver, held, 'approve'));
    expect((await resolve(approver, held, 'approve')).status).toBe(200);
    for (const [key, answer] of [
      [approver, 'deny'],
      [other, 'approve'],
      [other, 'deny'],
    ] as const) {
      const late = await resolve(key, held, answer, { reason: 'x' });
      expect([late.status, late.json.code]).toEqual([409, 'approval_already_resolved']);
    }
    expect(await hall.entriesOf('wcp.approval.approved')).toHaveLength(1);
  });

  test('100 answers at once: exactly one wins, one dispatch', async () => {
    const { hall } = await heldHall();
    const keys = await Promise.all(Array.from({ length: 10 }, async () => (await hall.newKey(APPROVER)).key));
    const held = await hall.ask();
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        resolve(keys[n % 10] ?? '', held, n % 2 === 0 ? 'approve' : 'deny', { reason: 'r' }),
      ),
    );
    const resolved = await hall.entries();
    const ends = resolved.filter(({ type }) => type === 'wcp.approval.approved' || type === 'wcp.approval.rejected');
    expect(ends).toHaveLength(1);
    // The winner said the same thing ten times; everybody else is told that it is over.
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(10);
    expect(replies.filter(({ json }) => json.code === 'approval_already_resolved')).toHaveLength(90);
    expect(replies.filter(({ json }) => at(json, 'decision', 'dispatch_grant') != null).length).toBeLessThanOrEqual(1);
  });

  test('a ban or a retirement of the meantime wins over the yes', async () => {
    const { hall, approver } = await heldHall();
    const held = await hall.ask();
    mustBe(201, await hall.send('POST', '/v1/bans', { target: { worker_id: WORKER }, reason: 'meanwhile' }));
    const answer = mustBe(200, await resolve(approver, held, 'approve'));
    expect(answer).toMatchObject({
      approval: { state: 'invalidated' },
      decision: { outcome: 'DENY', deny_code: 'DENY_WORKER_BANNED', dispatch_grant: null },
    });
  });

  test('a policy of the meantime: 409, and the question has to be asked again', async () => {
    const { hall, approver } = await heldHall({ policy_gate: true }, {});
    const held = await hall.ask();
    await hall.policy('ALLOW', {}, 'policy.v2');
    const stale = await resolve(approver, held, 'approve');
    expect([stale.status, stale.json.code]).toEqual([409, 'approval_invalidated']);
    expect(at(await hall.get(`/wcp/approvals/${text(held.pending_approval_id)}`), 'state')).toBe('invalidated');
    expect(await hall.entriesOf('wcp.approval.invalidated')).toHaveLength(1);
    expect(verdict(await hall.ask())).toBe('DISPATCH');
  });

  test('another subject than was shown: 409, and it still waits', async () => {
    const { hall, approver } = await heldHall();
    const held = await hall.ask();
    const stale = await resolve(approver, held, 'approve', { subject_hash: 'ab'.repeat(32) });
    expect([stale.status, stale.json.code]).toEqual([409, 'approval_stale']);
    expect(mustBe(200, await resolve(approver, held, 'approve')).approval).toMatchObject({ state: 'consumed' });
  });

  test('of another tenant, or made up: 404 alike', async () => {
    const { hall } = await heldHall();
    const { hall: other, approver } = await heldHall();
    const held = await hall.ask();
    const foreign = await resolve(approver, held, 'approve');
    const absent = await resolve(approver, { pending_approval_id: 'apr_nothing' }, 'approve');
    expect([foreign.status, foreign.json.code]).toEqual([404, 'not_found']);
    expect([absent.status, absent.json.code]).toEqual([404, 'not_found']);
    expect((await other.send('GET', `/wcp/approvals/${text(held.pending_approval_id)}`)).status).toBe(404);
  });

  test('the Idempotency-Key of an answer gives the same bytes, grant and all', async () => {
    const { hall, approver } = await heldHall();
    const held = await hall.ask();
    const body = { pending_approval_id: text(held.pending_approval_id), decision: 'approve' };
    const once = { key: approver, body, headers: { 'idempotency-key': 'answer-1' } };
    const first = await send('POST', '/wcp/approvals/resolve', once);
    const second = await send('POST', '/wcp/approvals/resolve', once);
    expect(at(first.json, 'decision', 'dispatch_grant')).toEqual(expect.any(String));
    expect(second.text).toBe(first.text);
  });

  test('a blast denial is one that a person may still turn', async () => {
    const hall = await openHall();
    const { key: approver } = await hall.newKey(APPROVER);
    const denied = await hall.ask({ env: 'prod', blast_score: 90 });
    expect(denied).toMatchObject({ denied: true, deny_code: 'DENY_REQUIRES_HUMAN', supervisor_required: true });
    const answer = mustBe(200, await resolve(approver, denied, 'approve'));
    expect(answer.decision).toMatchObject({ outcome: 'DISPATCH', blast_score: 90 });
  });
});

describe('check 17: levels', () => {
  test('advisory proceeds', async () => {
    const { hall } = await heldHall({ policy_gate: true }, { supervisor_level: 'advisory' });
    expect(await hall.ask()).toMatchObject({ outcome: 'DISPATCH', supervisor_required: false });
    expect(list((await hall.get('/wcp/approvals/pending')).approvals)).toEqual([]);
  });

  test('an incident commander holds the correlation_id until it is answered', async () => {
    const { hall, approver } = await heldHall({ policy_gate: true }, { supervisor_level: 'incident_commander' });
    const held = await hall.ask();
    expect(held.supervisor_level).toBe('incident_commander');
    // Another capability that nobody would hold, on the same correlation id.
    await hall.enrol({ worker_id: 'org.test.other', worker_species_id: 'wrk.other', capabilities: ['cap.other'] });
    await hall.publish(rule({ escalation: { policy_gate: true } }), {
      rule_id: 'rr_other',
      match: { capability_id: 'cap.other' },
      decision: { candidate_workers_ranked: [{ worker_species_id: 'wrk.other' }] },
    });
    const free = { capability_id: 'cap.other' };
    expect(verdict(await hall.ask(free))).toBe('DISPATCH');
    const commanded = await hall.ask({ ...free, correlation_id: held.correlation_id });
    expect(commanded).toMatchObject({ outcome: 'STEWARD_HOLD', supervisor_level: 'incident_commander' });
    expect(at(await hall.get(`/v1/decisions/${text(commanded.decision_id)}`), 'recomputed')).toBe('same');
    for (const one of [held, commanded]) mustBe(200, await resolve(approver, one, 'deny', { reason: 'stand down' }));
    expect(verdict(await hall.ask({ ...free, correlation_id: held.correlation_id }))).toBe('DISPATCH');
  });

  test('an executor does it: approved, and no grant', async () => {
    const { hall, approver } = await heldHall({ policy_gate: true }, { supervisor_level: 'executor' });
    const answer = mustBe(200, await resolve(approver, await hall.ask(), 'approve'));
    expect(answer).toMatchObject({ approval: { state: 'approved' }, decision: null });
  });

  test('escalation goes upward only', async () => {
    const { hall, approver } = await heldHall();
    const held = await hall.ask();
    const raise = (to_level: string) =>
      send('POST', '/wcp/approvals/escalate', {
        key: approver,
        body: { pending_approval_id: text(held.pending_approval_id), to_level },
      });
    expect(mustBe(200, await raise('executor')).approval).toMatchObject({ supervisor_level: 'executor' });
    const same = await raise('executor');
    expect([same.status, same.json.code]).toEqual([409, 'escalation_not_upward']);
    expect(mustBe(200, await resolve(approver, held, 'escalate')).approval).toMatchObject({
      supervisor_level: 'incident_commander',
      state: 'pending',
    });
    expect(await hall.entriesOf('wcp.approval.escalated')).toHaveLength(2);
  });
});

describe('check 18: the conditions of a rule', () => {
  test('human_required_default holds without a gate, and not after the gate allowed', async () => {
    const { hall } = await heldHall();
    expect(verdict(await hall.ask())).toBe('STEWARD_HOLD');
    await hall.publish(rule({ escalation: { human_required_default: true, policy_gate: true } }));
    await hall.policy('ALLOW');
    expect(verdict(await hall.ask())).toBe('DISPATCH');
  });

  test('human_required_if holds those it matches', async () => {
    const { hall } = await heldHall({ human_required_if: [{ qos_class: 'P0' }] });
    expect(verdict(await hall.ask({ qos_class: 'P0' }))).toBe('STEWARD_HOLD');
    expect(verdict(await hall.ask({ qos_class: 'P2' }))).toBe('DISPATCH');
  });

  test('msavx_step_up is answered by nobody who has not just signed in', async () => {
    const { hall, approver } = await heldHall({ msavx_step_up: true });
    const held = await hall.ask();
    const typed = await resolve(approver, held, 'approve');
    expect([typed.status, typed.json.code]).toEqual([403, 'step_up_required']);
    mustBe(200, await resolve(approver, held, 'deny', { reason: 'nobody is here' }));
  });
});
