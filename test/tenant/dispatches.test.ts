/** The life of a dispatch: started once, closed once, and a silence past the deadline is recorded (WCP 3.6). */
import { runDurableObjectAlarm } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { publishCheckpoint } from '../../src/services/checkpoints.ts';
import { finishDispatch, startDispatch } from '../../src/services/dispatches.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { OPERATOR, okValue, openTenant, question, routeCommand, type TestTenant } from '../support/tenant-client.ts';

const SECOND = 1000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Time passes; nothing waits for a checkpoint meanwhile. */
const pass = async (tenant: TestTenant, ms: number): Promise<void> => {
  await tenant.settled();
  await publishCheckpoint(tenant.deps, tenant.id, []);
  vi.setSystemTime(Date.now() + ms);
};

interface Dispatch {
  readonly id: string;
  readonly grant: string;
  readonly seq: number;
}

const dispatch = async (tenant: TestTenant, change: JsonObject = {}): Promise<Dispatch> => {
  const { decision } = await tenant.route(question(change));
  const { entry } = decision.evidence_receipt as { entry: { seq: number } };
  return { id: String(decision.decision_id), grant: String(decision.dispatch_grant), seq: entry.seq };
};

const start = (tenant: TestTenant, { id, grant }: Dispatch, code_hash?: string) =>
  startDispatch(tenant.deps, tenant.caller, id, { grant, code_hash });

const finish = (
  tenant: TestTenant,
  { id }: Dispatch,
  outcome: 'completed' | 'failed' = 'completed',
  detail: JsonObject = {},
) => finishDispatch(tenant.deps, tenant.caller, id, outcome, detail);

const refused = (code: string) => ({ ok: false, error: { code } });

const types = async (tenant: TestTenant): Promise<string[]> =>
  (await checkLedger(tenant)).entries
    .filter(({ stream }) => stream === 'dispatch')
    .map(({ type }) => type.slice('wcp.dispatch.'.length));

const stateOf = async (tenant: TestTenant, { id }: Dispatch): Promise<unknown> =>
  okValue(await tenant.deps.tenant(tenant.id).ask(OPERATOR, { kind: 'decision', decisionId: id })).dispatch;

const setDeadline = (tenant: TestTenant, seconds: number) =>
  tenant.submit({ kind: 'settings.patch', patch: { outcome_deadline_s: seconds } });

const alarm = (tenant: TestTenant) => runDurableObjectAlarm(tenant.stub);

const alarmAt = (tenant: TestTenant): Promise<number | null> => tenant.inside((_, { storage }) => storage.getAlarm());

describe('start and outcome', () => {
  test('once each, in this order, each with its cause and its worker', async () => {
    const tenant = await openTenant('life');
    const one = await dispatch(tenant);
    expect(await stateOf(tenant, one)).toBe('open');
    expect(await start(tenant, one)).toMatchObject({ ok: true, value: { decision_id: one.id } });
    expect(await stateOf(tenant, one)).toBe('started');
    expect(await start(tenant, one)).toMatchObject(refused('grant_already_redeemed'));
    expect(await finish(tenant, one)).toMatchObject({ ok: true, value: { outcome: 'completed', late: false } });
    expect(await stateOf(tenant, one)).toBe('completed');
    expect(await finish(tenant, one, 'failed')).toMatchObject(refused('outcome_already_recorded'));
    expect(await start(tenant, one)).toMatchObject(refused('grant_already_redeemed'));
    await tenant.settled();
    const { entries } = await checkLedger(tenant);
    const decided = entries.find(({ seq }) => seq === one.seq);
    const after = entries.filter(({ stream }) => stream === 'dispatch');
    expect(after.map(({ type }) => type)).toEqual(['wcp.dispatch.started', 'wcp.dispatch.completed']);
    for (const entry of after) {
      expect(entry).toMatchObject({
        cause: decided?.receipt_id,
        trace_id: decided?.trace_id,
        body: { decision_id: one.id, worker_id: 'org.example.summarizer', capability_id: 'cap.doc.summarize' },
      });
    }
  });

  test('the same outcome again is answered with its first receipt; another one, or another detail, is refused', async () => {
    const tenant = await openTenant('life');
    const one = await dispatch(tenant);
    const first = okValue(await finish(tenant, one, 'failed', { reason: 'disk' }));
    await tenant.settled();
    await tenant.evict();
    await pass(tenant, 30 * SECOND);
    expect(okValue(await finish(tenant, one, 'failed', { reason: 'disk' }))).toEqual(first);
    expect(await finish(tenant, one, 'failed', { reason: 'network' })).toMatchObject(
      refused('outcome_already_recorded'),
    );
    expect(await finish(tenant, one, 'completed', { reason: 'disk' })).toMatchObject(
      refused('outcome_already_recorded'),
    );
    expect(await types(tenant)).toEqual(['failed']);
  });

  test('64 reports of the same outcome at once: one entry, and all are answered with it', async () => {
    const tenant = await openTenant('life');
    const one = await dispatch(tenant);
    const answers = await Promise.all(Array.from({ length: 64 }, () => finish(tenant, one, 'completed', { n: 1 })));
    expect(new Set(answers.map((answer) => JSON.stringify(okValue(answer)))).size).toBe(1);
    expect(await types(tenant)).toEqual(['completed']);
  });

  test('the same outcome twice in one commit: the second is answered with the entry of the first', async () => {
    const tenant = await openTenant('life');
    const one = await dispatch(tenant);
    const report = { outcome: 'completed', detail: {}, digest: 'd'.repeat(64) } as const;
    const envelope = tenant.envelope([{ kind: 'dispatch.finish', decisionId: one.id, report }]);
    const [first, second] = await tenant.inside((instance) =>
      Promise.all([instance.submit(envelope), instance.submit(envelope)]),
    );
    expect(first).toMatchObject({ kind: 'done', replies: [{ kind: 'recorded', value: { outcome: 'completed' } }] });
    expect(second.kind === 'done' && second.replies).toEqual(first.kind === 'done' && first.replies);
    expect(await types(tenant)).toEqual(['completed']);
  });

  test('of 32 completions and 32 failures at once the first one holds', async () => {
    const tenant = await openTenant('life');
    const one = await dispatch(tenant);
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, n) => finish(tenant, one, n % 2 ? 'failed' : 'completed')),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(32);
    for (const answer of answers) if (!answer.ok) expect(answer).toMatchObject(refused('outcome_already_recorded'));
    expect(await types(tenant)).toHaveLength(1);
  });

  test('64 redemptions of one grant at once: one holds', async () => {
    const tenant = await openTenant('life');
    const one = await dispatch(tenant);
    const answers = await Promise.all(Array.from({ length: 64 }, () => start(tenant, one)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    for (const answer of answers) if (!answer.ok) expect(answer).toMatchObject(refused('grant_already_redeemed'));
    expect(await types(tenant)).toEqual(['started']);
  });

  test('what was never dispatched cannot be started or closed', async () => {
    const tenant = await openTenant('life');
    const [denied, dry, held, good] = [
      await dispatch(tenant, { capability_id: 'cap.no.such' }),
      await dispatch(tenant, { dry_run: true }),
      await dispatch(tenant, { capability_id: 'cap.db.migrate' }),
      await dispatch(tenant),
    ];
    for (const other of [denied, dry, held])
      expect(await finish(tenant, other)).toMatchObject(refused('not_dispatched'));
    // An id that names a place in the ledger, but not the decision that is there.
    const guessed = { ...good, id: `00000000-0000-4000-8000-${good.id.slice(24)}` };
    expect(await finish(tenant, guessed)).toMatchObject(refused('not_found'));
    expect(await finish(tenant, { ...good, id: 'nonsense' })).toMatchObject(refused('not_found'));
    expect(await start(tenant, { ...good, grant: denied.grant })).toMatchObject(refused('grant_invalid'));
    const other = await dispatch(tenant);
    expect(await start(tenant, { ...good, grant: other.grant })).toMatchObject(refused('grant_invalid'));
    expect(await types(tenant)).toEqual([]);
  });

  test('a grant ends after its time, and a worker that left cannot start', async () => {
    const tenant = await openTenant('life');
    const [late, gone] = [await dispatch(tenant), await dispatch(tenant)];
    await tenant.submit({ kind: 'worker.retire', workerId: 'org.example.summarizer' });
    expect(await start(tenant, gone)).toMatchObject(refused('worker_retired'));
    await pass(tenant, 301 * SECOND);
    expect(await start(tenant, late)).toMatchObject(refused('grant_expired'));
    expect(await types(tenant)).toEqual([]);
  });
});

describe('an outcome that never comes', () => {
  test('is recorded by the alarm, once, with an alert; a late report is recorded as late', async () => {
    const tenant = await openTenant('life');
    await setDeadline(tenant, 60);
    const [silent, good] = [await dispatch(tenant), await dispatch(tenant)];
    await finish(tenant, good);
    expect(await alarmAt(tenant)).toBeLessThanOrEqual(Date.now() + 60 * SECOND);
    await pass(tenant, 61 * SECOND);
    expect(await alarm(tenant)).toBe(true);
    expect(await stateOf(tenant, silent)).toBe('outcome_missing');
    expect(await types(tenant)).toEqual(['completed', 'outcome_missing']);
    const alerts = await tenant.deps.tenant(tenant.id).ask(OPERATOR, { kind: 'alerts', limit: 5 });
    expect(okValue(alerts)).toMatchObject({
      count: 1,
      alerts: [{ level: 'sev3', code: 'WORKER_NOT_RESPONDING', worker_id: 'org.example.summarizer' }],
    });
    expect(await finish(tenant, silent)).toMatchObject({ ok: true, value: { late: true } });
    expect(await stateOf(tenant, silent)).toBe('completed');
    await pass(tenant, 600 * SECOND);
    await alarm(tenant);
    expect(await types(tenant)).toEqual(['completed', 'outcome_missing', 'completed']);
  });

  test('started and then silent is missing as well', async () => {
    const tenant = await openTenant('life');
    await setDeadline(tenant, 60);
    const one = await dispatch(tenant);
    await start(tenant, one);
    await pass(tenant, 61 * SECOND);
    await alarm(tenant);
    expect(await types(tenant)).toEqual(['started', 'outcome_missing']);
  });

  test('an alarm that comes early, twice, or ten times does no harm', async () => {
    const tenant = await openTenant('life');
    await setDeadline(tenant, 60);
    const one = await dispatch(tenant);
    for (let n = 0; n < 10; n++) await tenant.inside((instance) => instance.alarm());
    expect(await types(tenant)).toEqual([]);
    expect(await alarmAt(tenant)).not.toBeNull();
    await pass(tenant, 61 * SECOND);
    await Promise.all(Array.from({ length: 10 }, () => tenant.inside((instance) => instance.alarm())));
    expect(await types(tenant)).toEqual(['outcome_missing']);
    expect(await stateOf(tenant, one)).toBe('outcome_missing');
  });

  test('an alarm in the same commit as a new dispatch does not forget that dispatch', async () => {
    const tenant = await openTenant('life');
    await setDeadline(tenant, 60);
    const envelope = tenant.envelope([routeCommand()]);
    await tenant.inside((instance) => Promise.all([instance.submit(envelope), instance.alarm()]).then(() => null));
    await pass(tenant, 61 * SECOND);
    expect(await alarm(tenant)).toBe(true);
    expect(await types(tenant)).toEqual(['outcome_missing']);
  });

  test('after a sleep the alarm finds that nothing can commit, and looks again', async () => {
    const tenant = await openTenant('life');
    await setDeadline(tenant, 60);
    const one = await dispatch(tenant);
    await tenant.settled();
    await tenant.evict();
    await pass(tenant, 61 * SECOND);
    await alarm(tenant);
    expect(await types(tenant)).toEqual([]);
    expect(await alarmAt(tenant)).toBeLessThanOrEqual(Date.now() + 30 * SECOND);
    await tenant.route(question({ dry_run: true }));
    await pass(tenant, 31 * SECOND);
    expect(await alarm(tenant)).toBe(true);
    expect(await stateOf(tenant, one)).toBe('outcome_missing');
  });

  test('a sweep that fails is tried again, not given up', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const tenant = await openTenant('life');
    await setDeadline(tenant, 60);
    await dispatch(tenant);
    await tenant.submit({ kind: 'worker.retire', workerId: 'org.example.hasher' });
    await pass(tenant, 61 * SECOND);
    // The stored entry cannot be read: whatever the reason, the silence is still to be recorded.
    const damage = (from: string, to: string) =>
      tenant.rows('UPDATE bundles SET entries = replace(entries, ?, ?)', from, to);
    await damage('"type":"wcp.decision"', '"type":"wcp.decision"?');
    await alarm(tenant);
    expect(await alarmAt(tenant)).not.toBeNull();
    await damage('"type":"wcp.decision"?', '"type":"wcp.decision"');
    expect(await alarm(tenant)).toBe(true);
    expect(await types(tenant)).toEqual(['outcome_missing']);
  });

  test('a deadline that was shortened holds for what is open already', async () => {
    const tenant = await openTenant('life');
    await setDeadline(tenant, 3600);
    const one = await dispatch(tenant);
    await setDeadline(tenant, 60);
    expect(await alarmAt(tenant)).toBeLessThanOrEqual(Date.now() + 60 * SECOND);
    await pass(tenant, 61 * SECOND);
    expect(await alarm(tenant)).toBe(true);
    expect(await stateOf(tenant, one)).toBe('outcome_missing');
  });

  test('a deadline that was lengthened is kept: the alarm of the old one finds nothing', async () => {
    const tenant = await openTenant('life');
    await setDeadline(tenant, 60);
    const one = await dispatch(tenant);
    await setDeadline(tenant, 600);
    await pass(tenant, 61 * SECOND);
    await alarm(tenant);
    expect(await stateOf(tenant, one)).toBe('open');
    await pass(tenant, 540 * SECOND);
    expect(await alarm(tenant)).toBe(true);
    expect(await stateOf(tenant, one)).toBe('outcome_missing');
  });

  test('1,200 silences are all found, 500 at a time, across a sleep', async () => {
    const tenant = await openTenant('life');
    await setDeadline(tenant, 60);
    for (let n = 0; n < 12; n++) await tenant.submit(...Array.from({ length: 100 }, () => routeCommand()));
    await pass(tenant, 61 * SECOND);
    await tenant.settled();
    expect(await alarm(tenant)).toBe(true);
    await tenant.evict();
    await tenant.route(question({ dry_run: true }));
    for (let n = 0; n < 20 && (await alarmAt(tenant)) !== null; n++) await alarm(tenant);
    expect((await types(tenant)).filter((type) => type === 'outcome_missing')).toHaveLength(1200);
  });
});
