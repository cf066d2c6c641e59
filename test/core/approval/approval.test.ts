/** Approvals as a machine (WCP 4.2, CAP 4.2, checks 16-18 and 19-25): who may answer what, and what is written of it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Approval, dueAt, storedApproval, subjectHash } from '../../../src/core/approval/approval.ts';
import { type ApprovalDemand, bothDemands, satisfies } from '../../../src/core/approval/demand.ts';
import { type Answer, judgeAnswer, judgeEscalation } from '../../../src/core/approval/judge.ts';
import { endedBody, escalatedBody, refusedBody, requestedBody, votedBody } from '../../../src/core/approval/record.ts';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import { refusal } from '../../../src/core/refusal.ts';
import { SUPERVISOR_LEVELS } from '../../../src/core/vocabulary.ts';

const NOW = 1_800_000_000_000_000;
const POLICY = 'ab'.repeat(32);
const SUBJECT = subjectHash({ capability_id: 'cap.x' });

const approval = (change: Partial<Approval> = {}): Approval => ({
  approval_id: 'apr_0b7f2a4c-6c1e-4d7e-9a55-000000000002',
  kind: 'hold',
  state: 'pending',
  decision_id: '0b7f2a4c-6c1e-4d7e-9a55-000000000002',
  correlation_id: 'c-1',
  level: 'gatekeeper',
  quorum: 1,
  step_up: false,
  passkey: false,
  reason: 'production',
  subject_hash: SUBJECT,
  policy_hash: POLICY,
  requested_by: { kind: 'service', id: 'key_1' },
  requested_person: 'key:key_1',
  created_at: NOW,
  expires_at: NOW + 1_000_000,
  escalation: [{ at: NOW + 500_000, to: 'executor' }],
  votes: [],
  context: {},
  resolution: null,
  ...change,
});
const said = (change: Partial<Answer> = {}): Answer => ({
  answer: 'approve',
  by: { kind: 'human', id: 'user_2', role: 'approver' },
  person: 'user_2',
  level: 'executor',
  reason: null,
  subjectHash: null,
  policySnapshot: null,
  constraints: null,
  freshAt: null,
  signed: null,
  ...change,
});
const judged = (of: Approval, by: Answer, now = NOW + 1, policy: string | null = POLICY): string => {
  const result = judgeAnswer(of, by, now, policy);
  return result.ok ? result.value : result.error.code;
};
const vote = (person: string) => ({
  by: { kind: 'human' as const, id: person },
  person,
  reason: null,
  constraints: null,
  at: NOW,
});
const resolved = (state: Approval['state'], answer: 'approve' | 'deny' | null, decision_id: string | null = 'd') =>
  approval({
    state,
    resolution: { answer, by: said().by, reason: null, constraints: null, at: NOW, decision_id },
  });

describe('an answer', () => {
  test.each<[string, Approval, Partial<Answer>, string]>([
    ['a yes', approval(), {}, 'resolve'],
    ['a no', approval(), { answer: 'deny' }, 'resolve'],
    ['of whoever asked', approval(), { person: 'key:key_1' }, 'self_approval_denied'],
    ['a no of whoever asked', approval(), { person: 'key:key_1', answer: 'deny' }, 'self_approval_denied'],
    ['of an agent', approval(), { by: { kind: 'agent', id: 'a' } }, 'insufficient_scope'],
    ['of a worker', approval(), { by: { kind: 'worker', id: 'w' } }, 'insufficient_scope'],
    ['of too low a level', approval({ level: 'incident_commander' }), {}, 'insufficient_scope'],
    ['to what was shown', approval(), { subjectHash: SUBJECT, policySnapshot: POLICY }, 'resolve'],
    ['to another question', approval(), { subjectHash: POLICY }, 'approval_stale_request'],
    ['under another policy than shown', approval(), { policySnapshot: SUBJECT }, 'approval_stale_snapshot'],
    ['not fresh', approval({ step_up: true }), {}, 'step_up_required'],
    ['fresh', approval({ step_up: true }), { freshAt: NOW - 1 }, 'resolve'],
    ['fresh five minutes ago', approval({ step_up: true }), { freshAt: NOW - 300_000_001 }, 'step_up_required'],
    ['a no needs no fresh sign-in', approval({ step_up: true }), { answer: 'deny' }, 'resolve'],
    ['the first of two', approval({ quorum: 2 }), {}, 'vote'],
    ['the second of two', approval({ quorum: 2, votes: [vote('user_3')] }), {}, 'resolve'],
    ['twice by one person', approval({ quorum: 2, votes: [vote('user_2')] }), {}, 'repeat'],
    ['a no after a yes', approval({ quorum: 2, votes: [vote('user_2')] }), { answer: 'deny' }, 'resolve'],
    ['the same again', resolved('consumed', 'approve'), {}, 'repeat'],
    [
      'the same by somebody else',
      resolved('consumed', 'approve'),
      { by: { kind: 'human', id: 'x' }, person: 'x' },
      'agreed',
    ],
    ['the opposite', resolved('consumed', 'approve'), { answer: 'deny' }, 'approval_already_resolved'],
    ['after it expired', resolved('expired', null), {}, 'approval_expired'],
    ['after the policy ended it', resolved('invalidated', 'approve', null), {}, 'approval_invalidated'],
  ])('%s', (_, of, change, expected) => expect(judged(of, said(change))).toBe(expected));

  test('too late, and under another policy', () => {
    expect(judged(approval(), said(), NOW + 1_000_000)).toBe('late');
    expect(judged(approval(), said(), NOW + 1, SUBJECT)).toBe('policy_changed');
    expect(judged(approval({ policy_hash: null }), said(), NOW + 1, null)).toBe('resolve');
    expect(judged(approval(), said({ answer: 'deny' }), NOW + 1, SUBJECT)).toBe('resolve');
  });

  test('escalation goes upward, while it waits', () => {
    const to = (level: (typeof SUPERVISOR_LEVELS)[number], of = approval()) => judgeEscalation(of, level, NOW + 1).ok;
    expect(SUPERVISOR_LEVELS.map((level) => to(level))).toEqual([false, false, true, true]);
    expect(to('executor', resolved('expired', null))).toBe(false);
  });
});

describe('how strong a yes is', () => {
  const demand = fc.record({
    level: fc.constantFrom(...SUPERVISOR_LEVELS),
    quorum: fc.integer({ min: 1, max: 5 }),
    step_up: fc.boolean(),
    passkey: fc.boolean(),
  });
  test('what satisfies two demands at once satisfies each, so nobody is asked for ever', () => {
    fc.assert(
      fc.property(demand, demand, (a: ApprovalDemand, b: ApprovalDemand) => {
        const both = bothDemands(a, b);
        expect([satisfies(both, a), satisfies(both, b), satisfies(a, a)]).toEqual([true, true, true]);
        if (satisfies(a, b)) expect(satisfies(bothDemands(a, b), b)).toBe(true);
      }),
    );
  });
});

test('the alarm looks at the next step, then at the end', () => {
  expect(dueAt(approval())).toBe(NOW + 500_000);
  expect(dueAt(approval({ escalation: [] }))).toBe(NOW + 1_000_000);
});

test('an approval that was stored before there were quorums is one for one person', () => {
  const { quorum, passkey, escalation, votes, requested_person, ...before } = approval();
  expect(storedApproval(JSON.stringify(before))).toMatchObject({
    quorum: 1,
    passkey: false,
    escalation: [],
    votes: [],
    requested_person: 'key_1',
  });
});

/** FORMATS 13. These bytes are in ledgers. */
test('the bodies of the entries', () => {
  const voted = approval({ quorum: 2, votes: [vote('user_2')] });
  const ended = resolved('consumed', 'approve');
  const texts = {
    requested: canonicalJson(requestedBody(approval())),
    voted: canonicalJson(votedBody(voted, said({ constraints: { budgets: { max_retries: 1 } } }))),
    ended: canonicalJson(endedBody(ended, said({ reason: 'fine' }))),
    expired: canonicalJson(endedBody(resolved('expired', null), null)),
    escalated: canonicalJson(escalatedBody(approval(), 'executor', null)),
    refused: canonicalJson(refusedBody(approval(), said({ subjectHash: POLICY }), refusal('approval_stale_request'))),
  };
  expect(texts.ended).toBe(
    `{"approval_id":"apr_0b7f2a4c-6c1e-4d7e-9a55-000000000002","decision_id":"0b7f2a4c-6c1e-4d7e-9a55-000000000002","expires_at":1800000001000000,"outcome_decision_id":"d","policy":"${POLICY}","reason":"fine","state":"consumed","subject_hash":"${SUBJECT}","verdict":"approve"}`,
  );
  expect(Object.fromEntries(Object.entries(texts).map(([name, body]) => [name, sha256Hex(body)]))).toEqual({
    requested: '28405a783d2167a774b2ffa924c52381f1f6de1f20512f1a0d0a1aa4effaffd6',
    voted: '450a084e78f0e02a583e9bb7c2726babb77087862dcbc6127ee969dc5df80d42',
    ended: 'f48f951b04ee59595051793bbe7e469f293afddeff4b875bb2e87ad516d29356',
    expired: 'd36ae0dcc3a35655ac72ae54fd02e25fa27a32717de5050b8306aa414e31b118',
    escalated: '9565960e487ec89e0ebf08a33945c940f53e33ce9d0839363267f4d6537d1693',
    refused: '34ca483c5095f32830cc24e2ba47deb930ed5294b49274f65db2ef3cdf940a7e',
  });
});
