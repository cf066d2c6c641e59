/** The Submit and Approval checks of CAP's acceptance list, by their numbers, and the announcement's three calls. */
import { afterEach, describe, expect, test } from 'vitest';
import { ANNOUNCED_POLICY } from '../../src/cli/demo-content.ts';
import {
  closeHalls,
  emptyHall,
  type HallClient,
  list,
  type Members,
  members,
  mustBe,
  type Reply,
  send,
  sleep,
  text,
} from '../support/hall-client.ts';
import { canonicalHash } from '../support/receipt-check.ts';

afterEach(closeHalls);

const GUARDED = `rules:
  - {id: guard, decision: require_approval, reason: look first, match: {topics: [job.guard.write]}, constraints: {max_retries: 3}}
  - {id: danger, decision: deny, reason: too dangerous, match: {topics: [job.guard.danger]}, remediations: [{id: use-safe, replacement_topic: job.guard.safe}]}
  - {id: safe, decision: allow, match: {topics: [job.guard.safe, "job.echo*"]}}
  - {id: slow, decision: throttle, match: {topics: ["job.slow.*"]}}
  - {id: brief, decision: require_approval, match: {topics: [job.brief]}, approval: {ttl_sec: 1}}
  - {id: two, decision: require_approval, match: {topics: [job.two]}, approval: {quorum: 2}}
  - {id: person, decision: require_approval, match: {topics: [job.person]}, approval: {supervisor_level: executor}}
`;
const APPROVER = ['hall:approve', 'hall:read'];

interface Fixture {
  readonly hall: HallClient;
  readonly approver: string;
}
const publish = async (hall: HallClient, policy: string): Promise<void> => {
  const headers = { 'content-type': 'application/yaml' };
  mustBe(200, await send('PUT', '/v1/policies', { key: hall.key, body: policy, headers }));
};
const under = async (policy = GUARDED): Promise<Fixture> => {
  const hall = await emptyHall();
  await publish(hall, policy);
  return { hall, approver: (await hall.newKey(APPROVER)).key };
};
const submit = (hall: HallClient, topic: string, more: Members = {}, headers: Record<string, string> = {}) =>
  send('POST', '/api/v1/jobs', { key: hall.key, body: { topic, ...more }, headers });
const submitted = async (hall: HallClient, topic: string, more: Members = {}): Promise<Members> =>
  mustBe(200, await submit(hall, topic, more));
const answer = (key: string, job: Members | string, verb: string, body: Members = {}): Promise<Reply> =>
  send('POST', `/api/v1/approvals/${typeof job === 'string' ? job : text(job.job_id)}/${verb}`, { key, body });
const refusedAs = ({ status, json }: Reply): unknown => [status, json.code];
const stateOf = async (hall: HallClient, job: Members): Promise<unknown> =>
  (await hall.get(`/api/v1/jobs/${text(job.job_id)}`)).state;
const dead = async (hall: HallClient): Promise<unknown> =>
  list((await hall.get('/api/v1/dlq/page')).items).map(({ job_id, reason_code }) => [job_id, reason_code]);
const types = async (hall: HallClient): Promise<string[]> =>
  (await hall.entries()).map(({ type }) => text(type)).filter((type) => !type.startsWith('hall.'));

describe('examples', () => {
  test('4: submit without a prompt, list what waits, approve with a note', async () => {
    const { hall, approver } = await under(ANNOUNCED_POLICY);
    const job = mustBe(
      200,
      await send('POST', '/api/v1/jobs', {
        key: hall.key,
        body: {
          topic: 'job.mcp-bridge.write.update_ticket',
          tenant_id: 'default',
          risk_tags: ['prod'],
          labels: { 'mcp.action': 'write' },
        },
      }),
    );
    expect(job).toMatchObject({
      status: 'approval_required',
      state: 'APPROVAL_REQUIRED',
      decision: 'REQUIRE_APPROVAL',
      cap_decision: 'DECISION_TYPE_REQUIRE_HUMAN',
      rule_id: 'approval-prod-write',
      approval_ref: job.job_id,
    });
    const { items } = await hall.get('/api/v1/approvals?include_resolved=false');
    expect(list(items)).toMatchObject([
      {
        job_id: job.job_id,
        job: { id: job.job_id, topic: 'job.mcp-bridge.write.update_ticket', labels: { 'mcp.action': 'write' } },
        policy_snapshot: job.policy_snapshot,
        job_hash: job.job_hash,
        policy_rule_id: 'approval-prod-write',
        approval_status: 'pending',
        actionability: 'actionable',
      },
    ]);
    // One queue: WCP's clients see it, too.
    const { approvals } = await hall.get('/wcp/approvals/pending');
    expect(list(approvals)).toMatchObject([{ decision_id: job.job_id, kind: 'job', subject_hash: job.job_hash }]);
    expect(refusedAs(await answer(hall.key, job, 'approve'))).toEqual([403, 'self_approval_denied']);
    const note = 'approved in maintenance window';
    const approved = mustBe(200, await answer(approver, job, 'approve', { note }));
    expect(approved).toMatchObject({ job_id: job.job_id, state: 'SCHEDULED', refreshed: false });
    expect(await hall.get(`/api/v1/jobs/${text(job.job_id)}`)).toMatchObject({
      state: 'SCHEDULED',
      approval_note: note,
      approval_status: 'approved',
      labels: { 'mcp.action': 'write', approval_granted: 'true', approval_note: note },
    });
    expect(list((await hall.get('/api/v1/approvals?include_resolved=0')).items)).toEqual([]);
    expect(list((await hall.get('/api/v1/approvals')).items)).toMatchObject([
      { approval_status: 'approved', actionability: 'resolved', resolution_comment: note },
    ]);
    expect(await types(hall)).toEqual([
      'cap.decision',
      'cap.job_requested',
      'cap.approval_requested',
      'wcp.approval.refused',
      'cap.approval_resolved',
    ]);
  });
});

describe('Submit', () => {
  test('7, 11, 12: allowed, denied and kept, throttled with no job', async () => {
    const { hall } = await under();
    expect(await submitted(hall, 'job.echo')).toMatchObject({ state: 'SCHEDULED', status: 'accepted' });
    const key = { 'idempotency-key': 'danger-1' };
    const denied = await submit(hall, 'job.guard.danger', {}, key);
    expect(refusedAs(denied)).toEqual([403, 'safety_denied']);
    expect(denied.json).toMatchObject({ rule_id: 'danger', remediations: [{ id: 'use-safe' }], state: 'DENIED' });
    expect(await stateOf(hall, denied.json)).toBe('DENIED');
    expect(await dead(hall)).toEqual([[denied.json.job_id, 'safety_denied']]);
    const replay = await submit(hall, 'job.guard.danger', {}, key);
    expect([replay.status, replay.headers.get('idempotency-replayed'), replay.json.job_id]).toEqual([
      403,
      'true',
      denied.json.job_id,
    ]);
    const slow = await submit(hall, 'job.slow.a', {}, { 'idempotency-key': 'slow' });
    expect(refusedAs(slow)).toEqual([429, 'throttled']);
    expect(Number(slow.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(list((await hall.get('/api/v1/jobs?topic=job.slow.*')).items)).toEqual([]);
    // The key was not used up.
    expect((await submit(hall, 'job.echo', {}, { 'idempotency-key': 'slow' })).status).toBe(200);
  });

  test('8-10: one key is one job, of one tenant, for one intent', async () => {
    const { hall } = await under();
    const { hall: other } = await under();
    const key = { 'x-idempotency-key': 'k1' };
    const once = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        n % 2 === 0 ? submit(hall, 'job.echo', {}, key) : submit(hall, 'job.echo', { idempotency_key: 'k1' }),
      ),
    );
    expect(new Set(once.map(({ json }) => json.job_id)).size).toBe(1);
    expect(once.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(19);
    expect(list((await hall.get('/api/v1/jobs')).items)).toHaveLength(1);
    const theirs = mustBe(200, await submit(other, 'job.echo', {}, key));
    expect(theirs.job_id).not.toBe(once[0]?.json.job_id);
    expect(refusedAs(await submit(hall, 'job.echo.more', {}, key))).toEqual([422, 'idempotency_key_reused']);
    expect(refusedAs(await submit(hall, 'job.echo', { idempotency_key: 'k2' }, key))).toEqual([
      400,
      'idempotency_key_mismatch',
    ]);
  });

  test('13-15: what is broken is refused, unknown members are named', async () => {
    const { hall } = await under();
    const send_ = (body: string) => send('POST', '/api/v1/jobs', { key: hall.key, body });
    for (const body of ['', '{', '[]', '"x"', `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`, '{"topic":3}']) {
      const { status } = await send_(body);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    expect((await submitted(hall, 'job.echo', { nonsense: 1 })).warnings).toEqual([
      '/nonsense: unknown member, ignored',
    ]);
    for (const topic of ['x', 'job.', 'job.a..b', 'job.../etc']) {
      expect(refusedAs(await submit(hall, topic))).toEqual([400, 'invalid_topic']);
    }
    const labels = { approval_granted: 'true' };
    expect(refusedAs(await submit(hall, 'job.echo', { labels }))).toEqual([400, 'reserved_label']);
    expect(refusedAs(await submit(hall, 'job.echo', { principal_id: 'somebody' }))).toEqual([
      403,
      'principal_mismatch',
    ]);
    expect(refusedAs(await submit(hall, 'job.echo', { tenant_id: 'other' }))).toEqual([403, 'tenant_mismatch']);
    // 30, 60: nothing published, nothing admitted.
    const none = await emptyHall();
    expect(refusedAs(await submit(none, 'job.echo'))).toEqual([503, 'policy_unavailable']);
    expect((await none.get('/api/v1/jobs')).items).toEqual([]);
    expect(await types(none)).toEqual(['cap.decision']);
  });

  test('the job hash can be recomputed from what was sent', async () => {
    const { hall } = await under();
    const job = await submitted(hall, 'job.echo', { risk_tags: ['B', 'a'], deadline_ms: 60_000, labels: { x: 'y' } });
    const { principal } = await hall.get(`/api/v1/jobs/${text(job.job_id)}`);
    expect(job.job_hash).toBe(
      await canonicalHash({
        job_id: text(job.job_id),
        topic: 'job.echo',
        tenant_id: hall.tenant,
        principal_id: text(principal),
        labels: { x: 'y' },
        budget: { deadline_ms: '60000' },
        meta: { tenant_id: hall.tenant, actor_id: text(principal), risk_tags: ['a', 'b'] },
      }),
    );
  });
});

describe('Approval', () => {
  test('16, 17: held it waits, approved it can be leased', async () => {
    const { hall, approver } = await under();
    const job = await submitted(hall, 'job.guard.write');
    expect(await stateOf(hall, job)).toBe('APPROVAL_REQUIRED');
    const constraints = { budgets: { max_retries: 9, max_runtime_ms: 1_000 } };
    mustBe(200, await answer(approver, job, 'approve', { constraints }));
    expect(await hall.get(`/api/v1/jobs/${text(job.job_id)}`)).toMatchObject({
      state: 'SCHEDULED',
      safety_constraints: { budgets: { max_retries: 3, max_runtime_ms: 1_000 } },
    });
  });

  test('18: another policy: judged anew, refused while it says no, bound to it where it still may run', async () => {
    const { hall, approver } = await under();
    const job = await submitted(hall, 'job.guard.write');
    await publish(hall, 'rules:\n  - {id: never, decision: deny, reason: not any more}\n');
    const stale = await answer(approver, job, 'approve');
    expect(refusedAs(stale)).toEqual([409, 'approval_stale_snapshot']);
    expect(stale.json).toMatchObject({ decision: 'DENY', rule_id: 'never' });
    expect(await stateOf(hall, job)).toBe('APPROVAL_REQUIRED');
    await publish(hall, `${GUARDED}  - {id: more, decision: allow, match: {topics: [job.other]}}\n`);
    const bySnapshot = await answer(approver, job, 'approve', { policy_snapshot: 'cfg:other' });
    expect(refusedAs(bySnapshot)).toEqual([409, 'approval_stale_snapshot']);
    const shown = { policy_snapshot: text(job.policy_snapshot), job_hash: text(job.job_hash) };
    const approved = mustBe(200, await answer(approver, job, 'approve', shown));
    expect(approved).toMatchObject({ refreshed: true, state: 'SCHEDULED' });
    expect(approved.policy_snapshot).not.toBe(job.policy_snapshot);
    const { items } = await hall.get(`/api/v1/jobs/${text(job.job_id)}/decisions`);
    expect(list(items).map(({ phase, decision }) => [phase, decision])).toEqual([
      ['submit', 'REQUIRE_APPROVAL'],
      ['approve', 'DENY'],
      ['approve', 'REQUIRE_APPROVAL'],
    ]);
    const refreshed = await hall.entriesOf('cap.approval_refreshed');
    expect(refreshed[0]?.body).toMatchObject({
      job_hash: job.job_hash,
      snapshot_before: job.policy_snapshot,
      snapshot_after: approved.policy_snapshot,
    });
  });

  test('19: twice is once; the opposite comes too late', async () => {
    const { hall, approver } = await under();
    const { key: other } = await hall.newKey(APPROVER);
    const job = await submitted(hall, 'job.guard.write');
    mustBe(200, await answer(approver, job, 'approve'));
    for (const key of [approver, other]) {
      expect(mustBe(200, await answer(key, job, 'approve'))).toMatchObject({ status: 'already_approved' });
    }
    expect(refusedAs(await answer(other, job, 'reject'))).toEqual([409, 'approval_already_resolved']);
    expect(await hall.entriesOf('cap.approval_resolved')).toHaveLength(1);
  });

  test('20: rejected it is denied, and dead', async () => {
    const { hall, approver } = await under();
    const job = await submitted(hall, 'job.guard.write');
    expect(mustBe(200, await answer(approver, job, 'reject', { reason: 'no' }))).toMatchObject({ state: 'DENIED' });
    expect(await dead(hall)).toEqual([[job.job_id, 'approval_rejected']]);
    expect(mustBe(200, await answer(approver, job, 'reject')).status).toBe('already_rejected');
  });

  test('21, 26: not by whoever submitted it, nor by a key that may not', async () => {
    const { hall } = await under();
    const job = await submitted(hall, 'job.guard.write');
    for (const verb of ['approve', 'reject']) {
      expect(refusedAs(await answer(hall.key, job, verb))).toEqual([403, 'self_approval_denied']);
    }
    const { key: worker } = await hall.newKey(['runtime:delivery', 'hall:route', 'hall:read']);
    expect(refusedAs(await answer(worker, job, 'approve'))).toEqual([403, 'insufficient_scope']);
    expect(await hall.entriesOf('wcp.approval.refused')).toHaveLength(2);
    expect(await stateOf(hall, job)).toBe('APPROVAL_REQUIRED');
  });

  test("22: another tenant's and a made-up one are the same 404", async () => {
    const { hall } = await under();
    const { hall: other, approver } = await under();
    const job = await submitted(hall, 'job.guard.write');
    const answers = await Promise.all([
      answer(approver, job, 'approve'),
      answer(approver, `apr_${text(job.job_id)}`, 'approve'),
      answer(approver, crypto.randomUUID(), 'approve'),
      send('GET', `/api/v1/jobs/${text(job.job_id)}`, { key: other.key }),
      send('GET', `/api/v1/jobs/${text(job.job_id)}/decisions`, { key: other.key }),
      send('GET', `/api/v1/approvals/${text(job.job_id)}/context`, { key: other.key }),
      send('GET', `/api/v1/traces/${text(job.trace_id)}`, { key: other.key }),
      send('POST', `/api/v1/jobs/${text(job.job_id)}/cancel`, { key: other.key, body: {} }),
    ]);
    expect(answers.map(refusedAs)).toEqual(answers.map(() => [404, 'not_found']));
    expect(list((await other.get('/api/v1/jobs')).items)).toEqual([]);
  });

  test('23: nobody answers: expired, dead, and never called rejected', async () => {
    const { hall, approver } = await under();
    const job = await submitted(hall, 'job.brief');
    const shorter = await submitted(hall, 'job.guard.write', { approval_ttl_seconds: 1 });
    await sleep(1_300);
    expect(refusedAs(await answer(approver, job, 'approve'))).toEqual([409, 'approval_expired']);
    await expect.poll(() => stateOf(hall, shorter), { timeout: 3_000 }).toBe('DENIED');
    expect(await stateOf(hall, job)).toBe('DENIED');
    expect(new Set(list((await hall.get('/api/v1/dlq/page')).items).map((one) => one.reason_code))).toEqual(
      new Set(['approval_expired']),
    );
    const detail = await hall.get(`/api/v1/jobs/${text(job.job_id)}`);
    expect(detail).toMatchObject({ approval_status: 'expired', failure_reason: 'approval_expired' });
  });

  test('24: two at once: one entry; a hundred, of both kinds: one wins', async () => {
    const { hall } = await under();
    const keys = await Promise.all(Array.from({ length: 10 }, async () => (await hall.newKey(APPROVER)).key));
    const job = await submitted(hall, 'job.guard.write');
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, n) => answer(keys[n % 10] ?? '', job, n % 2 === 0 ? 'approve' : 'reject')),
    );
    expect(await hall.entriesOf('cap.approval_resolved')).toHaveLength(1);
    expect(replies.filter(({ status, json }) => status === 200 && json.status === undefined)).toHaveLength(1);
    expect(replies.filter(({ json }) => json.code === 'approval_already_resolved')).toHaveLength(50);
  });

  test('25: another job hash than was shown is refused, with an entry', async () => {
    const { hall, approver } = await under();
    const [job, other] = [await submitted(hall, 'job.guard.write'), await submitted(hall, 'job.guard.write')];
    const shown = { job_hash: text(other.job_hash) };
    expect(refusedAs(await answer(approver, job, 'approve', shown))).toEqual([409, 'approval_stale_request']);
    expect(await stateOf(hall, job)).toBe('APPROVAL_REQUIRED');
    expect((await hall.entriesOf('wcp.approval.refused'))[0]?.body).toMatchObject({
      decision_id: job.job_id,
      said_subject_hash: other.job_hash,
    });
  });

  test('two people, one of them through WCP; a person who does it leaves nothing to lease', async () => {
    const { hall, approver } = await under();
    const { key: second } = await hall.newKey(APPROVER);
    const job = await submitted(hall, 'job.two');
    expect(mustBe(200, await answer(approver, job, 'approve'))).toMatchObject({ state: 'APPROVAL_REQUIRED', votes: 1 });
    const yes = { pending_approval_id: text(job.approval_id), decision: 'approve' };
    const last = mustBe(200, await send('POST', '/wcp/approvals/resolve', { key: second, body: yes }));
    expect(last).toMatchObject({ approval: { state: 'approved' }, decision: null, job: { state: 'SCHEDULED' } });
    expect(await hall.get(`/wcp/approvals/${text(job.approval_id)}`)).toMatchObject({
      decision: null,
      job: { id: job.job_id },
    });
    const done = await submitted(hall, 'job.person');
    expect(mustBe(200, await answer(approver, done, 'approve'))).toMatchObject({ state: 'CANCELLED' });
  });

  test('a routing question that waits is in the same list, and answered there', async () => {
    const { hall, approver } = await under();
    await hall.enrol();
    await hall.publish({
      rule_id: 'rr',
      match: { capability_id: 'cap.doc.summarize' },
      decision: {
        candidate_workers_ranked: [{ worker_species_id: 'wrk.doc.summarizer' }],
        escalation: { human_required_default: true },
      },
    });
    const held = await hall.ask();
    const { items } = await hall.get('/api/v1/approvals?include_resolved=false&kind=wcp.hold');
    expect(list(items)).toMatchObject([{ job_id: held.decision_id, job: { topic: 'job.cap.doc.summarize' } }]);
    const approved = mustBe(200, await answer(approver, text(held.decision_id), 'approve'));
    expect(approved).toMatchObject({ state: 'consumed', decision: { outcome: 'DISPATCH' } });
  });
});

describe('a job that is over otherwise', () => {
  test('cancelled with its children: nobody need answer', async () => {
    const { hall, approver } = await under();
    const job = await submitted(hall, 'job.guard.write');
    const child = await submitted(hall, 'job.guard.write', { parent_job_id: text(job.job_id) });
    const cancelled = await hall.send('POST', `/api/v1/jobs/${text(job.job_id)}/cancel`, { reason: 'enough' });
    expect(mustBe(200, cancelled)).toMatchObject({ id: job.job_id, state: 'CANCELLED' });
    expect(await stateOf(hall, child)).toBe('CANCELLED');
    expect(refusedAs(await answer(approver, child, 'approve'))).toEqual([409, 'approval_terminal_job']);
    const again = await hall.send('POST', `/api/v1/jobs/${text(job.job_id)}/cancel`, {});
    expect(mustBe(200, again)).toMatchObject({ state: 'CANCELLED', reason: 'job already terminal' });
    expect(await dead(hall)).toEqual([]);
    expect(list((await hall.get('/api/v1/approvals?include_resolved=false')).items)).toEqual([]);
  });

  test('53: out of its own time, also while it waits for people', async () => {
    const { hall } = await under();
    const jobs = [
      await submitted(hall, 'job.guard.write', { deadline_ms: 600 }),
      await submitted(hall, 'job.echo', { deadline_ms: 600 }),
    ];
    for (const job of jobs) await expect.poll(() => stateOf(hall, job), { timeout: 3_000 }).toBe('TIMEOUT');
    expect(list((await hall.get('/api/v1/dlq/page')).items).map((one) => one.reason_code)).toEqual([
      'job_timeout',
      'job_timeout',
    ]);
  });
});

test('what a person looks at before they answer', async () => {
  const { hall, approver } = await under();
  const first = await submitted(hall, 'job.guard.write');
  mustBe(200, await answer(approver, first, 'approve'));
  const job = await submitted(hall, 'job.guard.write', { labels: { 'mcp.server': 'jira', 'mcp.tool': 'update' } });
  const context = await hall.get(`/api/v1/approvals/${text(job.job_id)}/context`);
  expect(context).toMatchObject({
    approval: { job_id: job.job_id },
    blast_radius: { systems: ['jira'], resources: ['update'] },
    policy_snapshot_summary: { rule_count: 7, matched_rule: 'guard' },
    stale_reasons: [],
  });
  expect(list(context.prior_approvals).map(({ job_id }) => job_id)).toEqual([first.job_id]);
  await publish(hall, 'rules:\n  - {id: never, decision: deny}\n');
  expect(list((await hall.get(`/api/v1/approvals/${text(job.job_id)}/context`)).stale_reasons)).toHaveLength(1);
  expect(members(context.approval).actionability).toBe('actionable');
});
