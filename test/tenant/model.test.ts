/**
 * Random lives of a tenant against a naive model of it: routing, workers that come and go, grants, outcomes, repeats,
 * sleeps and silences in any order. Every answer is as the model says, and the whole ledger holds after each life.
 */
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { DEMO_WORKERS } from '../../src/cli/demo-content.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { publishCheckpoint } from '../../src/services/checkpoints.ts';
import { finishDispatch, startDispatch } from '../../src/services/dispatches.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { enrol, OPERATOR, okValue, openTenant, question, type TestTenant } from '../support/tenant-client.ts';

afterEach(() => {
  vi.useRealTimers();
});

const RECORDS = DEMO_WORKERS.slice(0, 3) as readonly (JsonObject & { worker_id: string; capabilities: string[] })[];
const DEADLINE_S = 60;

interface ModelDispatch {
  readonly id: string;
  readonly grant: string;
  readonly worker: number;
  readonly grantUntil: number;
  readonly dueAt: number;
  started: boolean;
  missing: boolean;
  outcome: { kind: 'completed' | 'failed'; note: number; receipt: unknown } | null;
}

interface Model {
  readonly tenant: TestTenant;
  readonly workers: { enrolled: boolean; online: boolean }[];
  readonly dispatches: ModelDispatch[];
  readonly replies: Map<number, { about: number; text: string }>;
  decisions: number;
}

const which = fc.nat({ max: RECORDS.length - 1 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('route' as const), worker: which, dry: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('repeat' as const), key: fc.nat({ max: 3 }), about: fc.nat({ max: 1 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('enrol' as const), worker: which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retire' as const), worker: which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('beat' as const), worker: which, online: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('start' as const), at: fc.nat() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('finish' as const),
      at: fc.nat(),
      failed: fc.boolean(),
      note: fc.nat({ max: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sleep' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 200 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const pick = (model: Model, at: number): ModelDispatch | undefined =>
  model.dispatches[at % (model.dispatches.length || 1)];

const take = async (model: Model, made: Step): Promise<void> => {
  const { tenant } = model;
  switch (made.do) {
    case 'route': {
      const known = model.workers[made.worker];
      const capability_id = RECORDS[made.worker]?.capabilities[0] ?? '';
      const { decision } = await tenant.route(question({ capability_id, env: 'dev', dry_run: made.dry }));
      model.decisions++;
      const goes = known?.enrolled === true && known.online;
      expect(decision.outcome).toBe(goes ? 'DISPATCH' : 'DENY');
      if (!goes || made.dry) return expect(decision.dispatch_grant).toBeNull();
      // Entries of one millisecond differ by microseconds, so a deadline can fall just after a whole millisecond.
      const { entry } = decision.evidence_receipt as { entry: { ts: number } };
      const recordedAt = entry.ts / 1000;
      model.dispatches.push({
        id: String(decision.decision_id),
        grant: String(decision.dispatch_grant),
        worker: made.worker,
        grantUntil: recordedAt + 300_000,
        dueAt: recordedAt + DEADLINE_S * 1000,
        started: false,
        missing: false,
        outcome: null,
      });
      return;
    }
    case 'repeat': {
      const before = model.replies.get(made.key);
      const idempotency = { key: String(made.key), digest: String(made.about) };
      const answer = await tenant.tryRoute(question({ capability_id: 'cap.no.such', request: { n: made.about } }), {
        idempotency,
      });
      if (before === undefined) {
        model.decisions++;
        model.replies.set(made.key, { about: made.about, text: okValue(answer).text });
      } else if (before.about === made.about)
        expect(okValue(answer)).toMatchObject({ text: before.text, replayed: true });
      else expect(answer).toMatchObject({ ok: false, error: { code: 'idempotency_mismatch' } });
      return;
    }
    case 'enrol': {
      const known = model.workers[made.worker];
      const record = RECORDS[made.worker];
      if (known === undefined || record === undefined) return;
      const [reply] = await tenant.submit(enrol(record));
      expect(reply).toMatchObject({ kind: 'recorded', value: { updated: known.enrolled } });
      if (!known.enrolled) known.online = true;
      known.enrolled = true;
      return;
    }
    case 'retire': {
      const known = model.workers[made.worker];
      if (known === undefined) return;
      const [reply] = await tenant.submit({ kind: 'worker.retire', workerId: RECORDS[made.worker]?.worker_id ?? '' });
      expect(reply?.kind).toBe(known.enrolled ? 'recorded' : 'refused');
      known.enrolled = false;
      return;
    }
    case 'beat': {
      const known = model.workers[made.worker];
      if (known === undefined) return;
      const workerId = RECORDS[made.worker]?.worker_id ?? '';
      const status = made.online ? 'online' : 'offline';
      const [reply] = await tenant.submit({ kind: 'worker.heartbeat', workerId, codeHash: null, status });
      expect(reply?.kind).toBe(known.enrolled ? 'recorded' : 'refused');
      if (!known.enrolled) return;
      // It is an entry only when it says something new.
      expect(reply?.kind === 'recorded' && reply.record !== null).toBe(known.online !== made.online);
      known.online = made.online;
      return;
    }
    case 'start': {
      const one = pick(model, made.at);
      if (one === undefined) return;
      const answer = await startDispatch(tenant.deps, tenant.caller, one.id, { grant: one.grant });
      const expected = one.started
        ? 'grant_already_redeemed'
        : one.outcome !== null
          ? 'outcome_already_recorded'
          : Date.now() >= Math.floor(one.grantUntil / 1000) * 1000
            ? 'grant_expired'
            : model.workers[one.worker]?.enrolled === true
              ? 'ok'
              : 'worker_retired';
      expect(answer.ok ? 'ok' : answer.error.code).toBe(expected);
      if (answer.ok) one.started = true;
      return;
    }
    case 'finish': {
      const one = pick(model, made.at);
      if (one === undefined) return;
      const kind = made.failed ? 'failed' : 'completed';
      const answer = await finishDispatch(tenant.deps, tenant.caller, one.id, kind, { note: made.note });
      if (one.outcome === null) {
        expect(okValue(answer)).toMatchObject({ outcome: kind, late: one.missing });
        one.outcome = { kind, note: made.note, receipt: okValue(answer) };
      } else if (one.outcome.kind === kind && one.outcome.note === made.note) {
        expect(okValue(answer)).toEqual(one.outcome.receipt);
      } else expect(answer).toMatchObject({ ok: false, error: { code: 'outcome_already_recorded' } });
      return;
    }
    case 'sleep':
      await tenant.settled();
      return tenant.evict();
    case 'wait': {
      await tenant.settled();
      await publishCheckpoint(tenant.deps, tenant.id, []);
      vi.setSystemTime(Date.now() + made.seconds * 1000);
      await tenant.as(OPERATOR).submit({ kind: 'tick' });
      for (const one of model.dispatches) if (one.outcome === null && one.dueAt <= Date.now()) one.missing = true;
    }
  }
};

const stateOf = ({ outcome, missing, started }: ModelDispatch): string =>
  outcome?.kind ?? (missing ? 'outcome_missing' : started ? 'started' : 'open');

test('20 random lives of 60 steps', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 60, size: 'max' }), async (steps) => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
      const tenant = await openTenant('model');
      await tenant.submit({
        kind: 'settings.patch',
        patch: { outcome_deadline_s: DEADLINE_S, heartbeat_ttl_s: 1_000_000 },
      });
      const workers = RECORDS.map(() => ({ enrolled: true, online: true }));
      const model: Model = { tenant, workers, dispatches: [], replies: new Map(), decisions: 0 };
      for (const made of steps) await take(model, made);
      await tenant.settled();
      const { entries } = await checkLedger(tenant);
      expect(entries.filter(({ type }) => type === 'wcp.decision')).toHaveLength(model.decisions);
      for (const one of model.dispatches) {
        const query = { kind: 'decision', decisionId: one.id } as const;
        const { dispatch } = okValue(await tenant.deps.tenant(tenant.id).ask(OPERATOR, query));
        expect(dispatch).toBe(stateOf(one));
      }
      vi.useRealTimers();
    }),
    { numRuns: 20, endOnFailure: true },
  );
});
