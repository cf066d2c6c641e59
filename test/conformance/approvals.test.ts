/** Checks 16 to 18 of WCP §8: what waits for a person, who may answer, and what comes of it. */
import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
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
  question,
  type Reply,
  rule,
  send,
  sleep,
  text,
  verdict,
  WORKER,
} from '../support/hall-client.ts';
import { ownerOf } from '../support/person.ts';

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

  test('whoever asked gets what came of it: the same receipt and grant; nobody else does', async () => {
    const { hall, approver } = await heldHall();
    const agent = await hall.newKey(['hall:route']);
    const held = mustBe(200, await send('POST', '/wcp/route', { key: agent.key, body: question() }));
    const path = `/wcp/approvals/${text(held.pending_approval_id)}/outcome`;
    expect(mustBe(200, await send('GET', path, { key: agent.key }))).toMatchObject({
      approval: { state: 'pending' },
      decision: null,
    });
    const answer = mustBe(200, await resolve(approver, held, 'approve'));
    const before = (await hall.entries()).length;
    for (let time = 0; time < 2; time++) {
      const outcome = mustBe(200, await send('GET', path, { key: agent.key }));
      expect(outcome.approval).toMatchObject({ state: 'consumed' });
      expect(outcome.decision).toEqual(answer.decision);
      await evictDurableObject(env.TENANT.getByName(hall.tenant));
    }
    expect(await hall.entries()).toHaveLength(before);
    const { key: other } = await hall.newKey(['hall:route']);
    const { key: reader } = await hall.newKey(['hall:read']);
    for (const [key, status] of [
      [other, 404],
      [approver, 403],
      [reader, 403],
    ] as const) {
      expect((await send('GET', path, { key })).status).toBe(status);
    }
    const decision = members(answer.decision);
    const start = await hall.send('POST', `/wcp/dispatches/${text(decision.decision_id)}/start`, {
      grant: text(decision.dispatch_grant),
    });
    expect(start.status).toBe(200);
  });

  test('what was denied by a person comes out as that denial for whoever asked', async () => {
    const { hall, approver } = await heldHall();
    const held = await hall.ask();
    const answer = mustBe(200, await resolve(approver, held, 'deny', { reason: 'not today' }));
    const outcome = await hall.get(`/wcp/approvals/${text(held.pending_approval_id)}/outcome`);
    expect(outcome.approval).toMatchObject({ state: 'rejected' });
    expect(outcome.decision).toEqual(answer.decision);
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

    // Asking anew is offered, and done once.
    const again = mustBe(200, await send('POST', text(stale.json.reevaluate), { key: approver }));
    expect(again.decision).toMatchObject({ outcome: 'DISPATCH', correlation_id: held.correlation_id });
    const decisionId = text(at(again, 'decision', 'decision_id'));
    expect(at(await hall.get(`/v1/decisions/${decisionId}`), 'recomputed')).toBe('same');
    const twice = await send('POST', text(stale.json.reevaluate), { key: approver });
    expect([twice.status, twice.json.code]).toEqual([409, 'approval_not_actionable']);
  });

  test('a policy that still asks: the question is held again, under a new approval', async () => {
    const { hall, approver } = await heldHall({ policy_gate: true }, {});
    const held = await hall.ask();
    await hall.policy('REQUIRE_HUMAN', {}, 'policy.v2');
    const stale = await resolve(approver, held, 'approve');
    const again = mustBe(200, await send('POST', text(stale.json.reevaluate), { key: approver }));
    expect(again.decision).toMatchObject({ outcome: 'STEWARD_HOLD', policy_version: 'policy.v2' });
    expect(mustBe(200, await resolve(approver, members(again.decision), 'approve')).approval).toMatchObject({
      state: 'consumed',
      requested_by: at(again, 'approval', 'requested_by') ?? null,
    });
  });

  test('another subject than was shown: 409, and it still waits', async () => {
    const { hall, approver } = await heldHall();
    const held = await hall.ask();
    const stale = await resolve(approver, held, 'approve', { subject_hash: 'ab'.repeat(32) });
    expect([stale.status, stale.json.code]).toEqual([409, 'approval_stale_request']);
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

/** A rule of a policy that asks people, with these terms. */
const asking = (terms: string): string =>
  `rules:\n  - {id: ask, decision: require_approval, reason: ask, approval: ${terms}, constraints: {max_retries: 3}}\n`;
const askingHall = async (terms: string) => {
  const hall = await openHall({ rules: [rule({ escalation: { policy_gate: true } })] });
  const publish = async (text: string) =>
    mustBe(
      200,
      await send('PUT', '/v1/policies', { key: hall.key, body: text, headers: { 'content-type': 'application/yaml' } }),
    );
  await publish(asking(terms));
  const keys = await Promise.all([1, 2, 3].map(async () => (await hall.newKey(APPROVER)).key));
  return { hall, keys: keys as [string, string, string], publish };
};

describe('more than one person', () => {
  test('a quorum: each counts once, and the last one dispatches; what all tied it to holds', async () => {
    const { hall, keys } = await askingHall('{quorum: 3}');
    const [one, two, three] = keys;
    const held = await hall.ask();
    const first = mustBe(200, await resolve(one, held, 'approve', { constraints: { budgets: { max_retries: 2 } } }));
    expect(first).toMatchObject({ approval: { state: 'pending', quorum: 3 }, decision: null });
    expect(list(at(first, 'approval', 'votes'))).toHaveLength(1);
    const repeated = mustBe(200, await resolve(one, held, 'approve'));
    expect(list(at(repeated, 'approval', 'votes'))).toHaveLength(1);
    mustBe(200, await resolve(two, held, 'approve', { constraints: { budgets: { max_retries: 9 } } }));
    expect((await resolve(hall.key, held, 'approve')).json.code).toBe('self_approval_denied');
    const last = mustBe(200, await resolve(three, held, 'approve'));
    expect(last).toMatchObject({
      approval: { state: 'consumed', resolution: { constraints: { budgets: { max_retries: 2 } } } },
      decision: {
        outcome: 'DISPATCH',
        core_outcome: 'ALLOW_WITH_CONSTRAINTS',
        constraints: { budgets: { max_retries: 2 } },
      },
    });
    const decisionId = text(at(last, 'decision', 'decision_id'));
    expect(at(await hall.get(`/v1/decisions/${decisionId}`), 'recomputed')).toBe('same');
    expect(await types(hall)).toEqual([
      'wcp.worker.enrolled',
      'wcp.decision',
      'wcp.approval.requested',
      'wcp.approval.voted',
      'wcp.approval.voted',
      'wcp.approval.refused',
      'wcp.approval.approved',
      'wcp.decision',
    ]);
  });

  test('one no ends it, also after others said yes', async () => {
    const { hall, keys } = await askingHall('{quorum: 2}');
    const held = await hall.ask();
    mustBe(200, await resolve(keys[0], held, 'approve'));
    expect(mustBe(200, await resolve(keys[0], held, 'deny', { reason: 'on second thought' }))).toMatchObject({
      approval: { state: 'rejected' },
      decision: { deny_code: 'DENY_APPROVAL_REJECTED' },
    });
  });

  test('a key under another name is nobody else', async () => {
    const { hall, keys } = await askingHall('{quorum: 2}');
    const { key, keyId } = await hall.newKey(APPROVER);
    const held = await hall.ask();
    mustBe(200, await resolve(key, held, 'approve'));
    const rotated = mustBe(201, await hall.send('POST', `/v1/keys/${keyId}/rotate`, {}));
    const again = mustBe(200, await resolve(text(rotated.api_key), held, 'approve'));
    expect(at(again, 'approval', 'state')).toBe('pending');
    expect(at(mustBe(200, await resolve(keys[0], held, 'approve')), 'approval', 'state')).toBe('consumed');
  });

  test('a person and the keys that they made, and that those made, are one', async () => {
    const { hall, keys } = await askingHall('{quorum: 2}');
    const owner = await ownerOf(hall.tenant);
    const made = async (by: (body: Members) => Promise<Reply>, ...scopes: string[]) =>
      text(mustBe(201, await by({ name: 'theirs', scopes })).api_key);
    const theirs = await made(
      (body) => owner.send('POST', `/t/${hall.tenant}/v1/keys`, body),
      'hall:admin',
      'hall:route',
    );
    const below = await made((body) => send('POST', '/v1/keys', { key: theirs, body }), 'hall:route');
    const asks = await send('POST', '/wcp/route', { key: below, body: question() });
    const held = mustBe(200, asks);
    const yes = { pending_approval_id: text(held.pending_approval_id), decision: 'approve' };
    const own = await owner.send('POST', `/t/${hall.tenant}/wcp/approvals/resolve`, yes);
    expect([own.status, own.json.code]).toEqual([403, 'self_approval_denied']);
    // Somebody else's question: they count once, with whatever they answer.
    const other = await hall.ask();
    const answer = { ...yes, pending_approval_id: text(other.pending_approval_id) };
    mustBe(200, await owner.send('POST', `/t/${hall.tenant}/wcp/approvals/resolve`, answer));
    const approving = await made((body) => owner.send('POST', `/t/${hall.tenant}/v1/keys`, body), 'hall:approve');
    const again = mustBe(200, await resolve(approving, other, 'approve'));
    expect(at(again, 'approval', 'state')).toBe('pending');
    expect(at(mustBe(200, await resolve(keys[0], other, 'approve')), 'approval', 'state')).toBe('consumed');
  });

  test('a yes at the gate is not yet one to a profile that asks for two', async () => {
    const { hall, keys } = await askingHall('{ttl_sec: 600}');
    const profile = {
      profile_id: 'org.test.two',
      version: '1.0.0',
      title: 'Two',
      human_oversight: { worker_risk: { unknown: 'hold' }, quorum: 2 },
    };
    mustBe(201, await hall.send('POST', '/v1/profiles', profile));
    mustBe(200, await hall.send('POST', '/v1/profiles/org.test.two/activate', {}));
    const held = await hall.ask();
    const first = mustBe(200, await resolve(keys[0], held, 'approve'));
    expect(first).toMatchObject({ approval: { state: 'approved' }, decision: { outcome: 'STEWARD_HOLD' } });
    const again = members(first.decision);
    expect(again.pending_approval_id).not.toBe(held.pending_approval_id);
    mustBe(200, await resolve(keys[0], again, 'approve'));
    const last = mustBe(200, await resolve(keys[1], again, 'approve'));
    expect(last).toMatchObject({ approval: { state: 'consumed', quorum: 2 }, decision: { outcome: 'DISPATCH' } });
    expect(at(await hall.get(`/v1/decisions/${text(at(last, 'decision', 'decision_id'))}`), 'recomputed')).toBe('same');
  });
});

describe('what was shown for one question answers no other', () => {
  test('the hash of another question is refused with an entry, before and after this one is resolved', async () => {
    const { hall, approver } = await heldHall();
    const [one, other] = [await hall.ask(), await hall.ask({ request: { other: true } })];
    const shown = text((await hall.get(`/wcp/approvals/${text(one.pending_approval_id)}`)).subject_hash);
    const replayed = { subject_hash: shown };
    for (let n = 0; n < 2; n++) {
      const refused = await resolve(approver, other, 'approve', replayed);
      expect([refused.status, refused.json.code]).toEqual([409, 'approval_stale_request']);
    }
    mustBe(200, await resolve(approver, other, 'approve'));
    expect((await resolve(approver, other, 'approve', replayed)).json.code).toBe('approval_stale_request');
    const refusals = await hall.entriesOf('wcp.approval.refused');
    expect(refusals).toHaveLength(3);
    expect(refusals[0]?.body).toMatchObject({
      approval_id: other.pending_approval_id,
      code: 'approval_stale_request',
      said_subject_hash: shown,
    });
    expect((await hall.entries()).filter(({ type }) => type === 'wcp.dispatch.started')).toEqual([]);
  });
});

describe('nobody answers', () => {
  test('others are asked in turn, each with an entry, and at last it expires', async () => {
    const { hall, keys } = await askingHall(
      '{ttl_sec: 4, escalate: [{after_sec: 2, to: incident_commander}, {after_sec: 1, to: executor}]}',
    );
    const held = await hall.ask();
    const shown = () => hall.get(`/wcp/approvals/${text(held.pending_approval_id)}`);
    expect((await shown()).approval_expires_at).toBe(held.approval_expires_at);
    await expect.poll(async () => (await shown()).supervisor_level, { timeout: 3_000 }).toBe('executor');
    await expect.poll(async () => (await shown()).supervisor_level, { timeout: 3_000 }).toBe('incident_commander');
    expect((await resolve(keys[0], held, 'approve')).json.code).toBe('insufficient_scope');
    await expect.poll(async () => (await shown()).state, { timeout: 4_000 }).toBe('expired');
    const steps = await hall.entriesOf('wcp.approval.escalated');
    expect(steps.map(({ body, actor }) => [at(body, 'from'), at(body, 'to'), at(actor, 'kind')])).toEqual([
      ['gatekeeper', 'executor', 'system'],
      ['executor', 'incident_commander', 'system'],
    ]);
  });
});

describe('the object that waits was put to sleep', () => {
  test('others are asked and the time runs out all the same, with nobody calling', async () => {
    const { hall } = await askingHall('{ttl_sec: 4, escalate: [{after_sec: 2, to: executor}]}');
    const held = await hall.ask();
    await evictDurableObject(env.TENANT.getByName(hall.tenant));
    await sleep(5_000);
    const approval = await hall.get(`/wcp/approvals/${text(held.pending_approval_id)}`);
    expect(approval).toMatchObject({ state: 'expired', supervisor_level: 'executor' });
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
    const below = await resolve(approver, held, 'deny', { reason: 'not mine to end' });
    expect([below.status, below.json.code]).toEqual([403, 'insufficient_scope']);
    const { key: commander } = await hall.newKey([...APPROVER, 'hall:admin']);
    for (const one of [held, commanded]) mustBe(200, await resolve(commander, one, 'deny', { reason: 'stand down' }));
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
