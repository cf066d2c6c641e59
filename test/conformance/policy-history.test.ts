/** A candidate tried on history: its counts are those of deciding everything again, and nothing is left behind. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  closeHalls,
  emptyHall,
  type HallClient,
  list,
  type Members,
  members,
  mustBe,
  openHall,
  question,
  rule,
} from '../support/hall-client.ts';
import { candidateRules, expectedCounts, questionsOf, rulesInForce } from '../support/history.ts';

afterEach(closeHalls);

const CAP = '/api/v1/policy';
const gatedHall = () =>
  openHall({
    rules: [rule({ escalation: { policy_gate: true } })],
    settings: { enforce_blast_scoring_in_prod: false },
  });
const put = async (hall: HallClient, content: string): Promise<Members> =>
  mustBe(200, await hall.send('PUT', '/v1/policies', { content }));

const decideAll = async (hall: HallClient, questions: readonly Members[]): Promise<readonly Members[]> => {
  const decisions: Members[] = [];
  for (let at = 0; at < questions.length; at += 100) {
    const requests = questions.slice(at, at + 100);
    decisions.push(...list(mustBe(200, await hall.send('POST', '/wcp/route/batch', { requests })).decisions));
  }
  return decisions;
};

const backtest = async (
  hall: HallClient,
  body: Members,
): Promise<{ readonly last: Members; readonly percents: readonly number[]; readonly changes: readonly Members[] }> => {
  const percents: number[] = [];
  const changes: Members[] = [];
  let cursor: Members = {};
  for (;;) {
    const page = mustBe(200, await hall.send('POST', '/v1/policies/backtest', { ...body, ...cursor }));
    percents.push(Number(members(page.progress).percent));
    changes.push(...list(page.changes));
    if (page.done === true) return { last: page, percents, changes };
    cursor = { cursor: String(page.next_cursor) };
  }
};

describe('backtest', () => {
  it('in pages with progress; the counts are those of deciding all of it again, and nothing changes', async () => {
    const questions = questionsOf(420);
    const hall = await gatedHall();
    await put(hall, rulesInForce);
    const before = await decideAll(hall, questions);
    const again = await gatedHall();
    await put(again, candidateRules);
    const after = await decideAll(again, questions);

    const size = await hall.ledgerSize();
    const { last, percents, changes } = await backtest(hall, { content: candidateRules, limit: 100 });
    expect(percents.length).toBeGreaterThan(3);
    expect([...percents]).toEqual(percents.toSorted((a, b) => a - b));
    expect(percents.at(-1)).toBe(100);
    const totals = members(last.totals);
    expect(totals).toMatchObject({ decisions: 420, unknown: 0, ...expectedCounts(before, after) });
    expect(changes.length).toBe(totals.changed);
    for (const word of ['would_block', 'would_allow', 'would_hold'])
      expect(Number(totals[word]), word).toBeGreaterThan(0);
    expect(await hall.ledgerSize()).toBe(size);
    expect((await hall.get('/v1/policies')).hash).toBe((await hall.get('/v1/policies')).hash);
  });

  it('44: replay totals are right, over both kinds of decisions, filters and ranges', async () => {
    const hall = await gatedHall();
    await put(hall, 'rules: [{id: all, decision: allow}]\n');
    const started = new Date(Date.now() - 1).toISOString();
    for (const topic of ['job.a', 'job.a', 'job.b']) mustBe(200, await hall.send('POST', `${CAP}/evaluate`, { topic }));
    await hall.ask();
    const range = { from: started, to: new Date(Date.now() + 60_000).toISOString() };
    const candidate =
      'rules: [{id: no-a, decision: deny, match: {topics: [job.a]}}, {id: ask, decision: require_approval, match: {topics: [job.b]}}, {id: rest, decision: allow}]\n';
    const replayed = async (more: Members = {}): Promise<Members> =>
      mustBe(200, await hall.send('POST', `${CAP}/replay`, { ...range, candidate_content: candidate, ...more }));
    const whole = await replayed();
    expect(whole.summary).toEqual({ total_jobs: 4, evaluated: 4, escalated: 3, relaxed: 0, unchanged: 1, errored: 0 });
    expect(whole.rule_hits).toEqual(
      expect.arrayContaining([
        { rule_id: 'no-a', count: 2 },
        { rule_id: 'ask', count: 1 },
        { rule_id: 'rest', count: 1 },
      ]),
    );
    expect(list(whole.changes).map(({ topic, new_decision, direction }) => [topic, new_decision, direction])).toEqual([
      ['job.a', 'DENY', 'escalated'],
      ['job.a', 'DENY', 'escalated'],
      ['job.b', 'REQUIRE_APPROVAL', 'escalated'],
    ]);
    expect(members((await replayed({ filters: { topic_pattern: 'job.b' } })).summary)).toMatchObject({
      total_jobs: 1,
      escalated: 1,
    });
    expect(members((await replayed({ filters: { original_decision: 'deny' } })).summary)).toMatchObject({
      total_jobs: 0,
    });
    const { candidate_content: _, ...current } = { ...range, candidate_content: '', use_current_policy: true };
    expect(members(mustBe(200, await hall.send('POST', `${CAP}/replay`, current)).summary)).toMatchObject({
      total_jobs: 4,
      unchanged: 4,
    });
    const empty = { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' };
    expect(members((await replayed(empty)).summary)).toMatchObject({ total_jobs: 0 });
    mustBe(400, await hall.send('POST', `${CAP}/replay`, { from: 'yesterday', to: 'today' }));
  });

  it('45: a shadow reports where it differs, and never acts', async () => {
    const hall = await gatedHall();
    await put(hall, 'rules: [{id: all, decision: allow}]\n');
    mustBe(200, await hall.send('POST', `${CAP}/evaluate`, { topic: 'job.early' }));
    const shadow = `${CAP}/shadows/main`;
    const set = mustBe(
      200,
      await hall.send('PUT', shadow, { content: 'rules: [{id: dark, decision: deny}]\n', metadata: { why: 'trying' } }),
    );
    expect(await hall.get(shadow)).toMatchObject({
      shadow_bundle_id: set.shadow_bundle_id,
      metadata: { why: 'trying' },
    });
    expect(mustBe(200, await hall.send('POST', `${CAP}/evaluate`, { topic: 'job.a' })).decision).toBe('ALLOW');
    expect((await hall.ask()).outcome).toBe('DISPATCH');
    expect(await hall.get(`${shadow}/results/summary`)).toMatchObject({
      decisions: 2,
      diffs: { escalated: 2, relaxed: 0, approval_differ: 0, unchanged: 0 },
      done: true,
    });
    expect(list((await hall.get(`${shadow}/results/comparisons`)).items).map(({ new_rule_id }) => new_rule_id)).toEqual(
      ['dark', 'dark'],
    );
    mustBe(204, await hall.send('DELETE', shadow));
    mustBe(404, await hall.send('GET', shadow));
  });

  it('what a candidate cannot know is said', async () => {
    const hall = await emptyHall();
    await put(hall, 'rules: [{id: all, decision: allow}]\n');
    mustBe(200, await hall.send('POST', `${CAP}/evaluate`, { topic: 'job.a', prompt: 'mail a@b.com' }));
    const scanning =
      'input_rules: [{id: pii, decision: deny, match: {scanners: [pii]}}]\nrules: [{id: all, decision: allow}]\n';
    expect((await backtest(hall, { content: scanning })).last.totals).toMatchObject({ decisions: 1, unknown: 1 });
    const counting =
      'rules: [{id: v, decision: throttle, velocity: {max_requests: 1, window_seconds: 60, key: topic}}, {id: all, decision: allow}]\n';
    expect((await backtest(hall, { content: counting })).last.totals).toMatchObject({
      assumed_counters: 1,
      changed: 0,
    });
    const forged = await hall.send('POST', '/v1/policies/backtest', { cursor: 'bm9wZQ' });
    expect(mustBe(400, forged).code).toBe('invalid_body');
    const page = mustBe(200, await hall.send('POST', '/v1/policies/backtest', { content: counting }));
    expect(page.done).toBe(true);
  });
});

describe('throttling', () => {
  it('a routed capability: counted in the object, across an eviction of its memory, with the time to wait', async () => {
    const hall = await gatedHall();
    await put(
      hall,
      'rules:\n  - {id: v, decision: throttle, match: {labels: {env: dev}}, velocity: {max_requests: 5, window_seconds: 3600, key: "tenant:capability"}}\n  - {id: ok, decision: allow}\n',
    );
    const requests = Array.from({ length: 12 }, () => question());
    const decisions = list(mustBe(200, await hall.send('POST', '/wcp/route/batch', { requests })).decisions);
    expect(decisions.map(({ deny_code }) => deny_code ?? 'none')).toEqual([
      ...Array(5).fill('none'),
      ...Array(7).fill('DENY_THROTTLED'),
    ]);
    const wait = Number(decisions.at(-1)?.retry_after_ms);
    expect(wait).toBeGreaterThan(3_590_000);
    expect(wait).toBeLessThanOrEqual(3_600_000);
    expect(members(decisions.at(-1)?.deny_reason_if_denied)).toMatchObject({ retry_after_ms: wait });
    expect((await hall.ask({ dry_run: true })).deny_code).toBe('DENY_THROTTLED');
    expect((await hall.ask({ tenant_id: 'another' })).outcome).toBe('DISPATCH');
    const seen = (await hall.entriesOf('wcp.decision')).map((entry) => members(members(entry.body).seen).velocity);
    expect(seen.slice(0, 7)).toMatchObject([
      [['v', 1, 0]],
      [['v', 2, 0]],
      [['v', 3, 0]],
      [['v', 4, 0]],
      [['v', 5, 0]],
      [['v', 6, expect.any(Number)]],
      [['v', 6, expect.any(Number)]],
    ]);
  });
});
