/** WCP 8, check 29: every cell of WCP 6 that says what a strict tenant does otherwise, beside what the others do. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  at,
  closeHalls,
  type HallContents,
  type Json,
  type Members,
  openHall,
  question,
  radius,
  rule,
  skips,
  verdict,
  workerRecord,
} from '../support/hall-client.ts';

afterEach(closeHalls);

/** The same contents in a tolerant Hall and in a strict one. */
const both = async (contents: HallContents = {}) => ({
  tolerant: await openHall(contents),
  strict: await openHall({ ...contents, settings: { ...contents.settings, strict: true } }),
});

const anything = rule({}, { capability_id: { any: true } });

describe('check 29: invalid when strict', () => {
  test.each<[name: string, change: Members, field: string]>([
    ['data_label CONFIDENTIAL', { data_label: 'CONFIDENTIAL' }, 'data_label'],
    ['data_label SECRET', { data_label: 'SECRET' }, 'data_label'],
    ['tenant_risk critical', { tenant_risk: 'critical' }, 'tenant_risk'],
    ['env staging', { env: 'staging' }, 'env'],
    ['blast_score 84.5', { blast_score: 84.5 }, 'blast_score'],
    ['a correlation_id that is no UUID', { correlation_id: 'run-7' }, 'correlation_id'],
    ['a control character in capability_id', { capability_id: 'cap.doc\nsummarize' }, 'capability_id'],
    ['a control character in tenant_id', { tenant_id: 'acme\u0007' }, 'tenant_id'],
    ['a version in capability_id', { capability_id: 'cap.doc.summarize.v1' }, 'capability_id'],
    ['an unknown member', { color: 'red' }, 'route_input'],
  ])('%s', async (_, change, field) => {
    const { tolerant, strict } = await both({ rules: [anything] });
    expect((await tolerant.ask(change)).outcome).toBe('DISPATCH');
    const denied = await strict.ask(change);
    expect(verdict(denied)).toBe('DENY_INVALID_INPUT');
    expect(at(denied, 'deny_reason_if_denied', 'field')).toBe(field);
    if (field !== 'blast_score') expect(denied[field] ?? null).toBeNull();
    else expect(at(denied, 'deny_reason_if_denied', 'blast_score')).toBe(change.blast_score);
  });

  test('invalid for both: "50" and true as a score, an empty or absent tenant_id', async () => {
    const { tolerant, strict } = await both();
    const { tenant_id: _, ...nobody } = question();
    for (const hall of [tolerant, strict]) {
      for (const change of [{ blast_score: '50' }, { blast_score: true }, { tenant_id: '' }]) {
        expect(verdict(await hall.ask(change))).toBe('DENY_INVALID_INPUT');
      }
      expect(verdict(await hall.decide(nobody))).toBe('DENY_INVALID_INPUT');
      expect(verdict(await hall.ask({ tenant_id: ' ' }))).toBe('DENY_MISSING_TENANT_ID');
    }
  });

  test('`cap.*.v1` matches only itself', async () => {
    const { tolerant } = await both();
    expect(verdict(await tolerant.ask({ capability_id: 'cap.doc.summarize.v1' }))).toBe('DENY_NO_MATCHING_RULE');
  });
});

describe('check 29: the other cells', () => {
  test('correlation_id absent: generated, or missing when strict', async () => {
    const { tolerant, strict } = await both();
    const { correlation_id: _, ...absent } = question();
    expect(await tolerant.decide(absent)).toMatchObject({ outcome: 'DISPATCH', correlation_id_generated: true });
    expect(verdict(await strict.decide(absent))).toBe('DENY_MISSING_CORRELATION_ID');
  });

  test('correlation_id blank: missing when strict, whatever is off', async () => {
    const { tolerant, strict } = await both({
      rules: [rule({ preconditions: { must_have_correlation_id: false } })],
      settings: { enforce_correlation_id: false },
    });
    for (const blank of ['', '  ']) {
      expect(verdict(await tolerant.ask({ correlation_id: blank }))).toBe('DISPATCH');
      expect(verdict(await strict.ask({ correlation_id: blank }))).toBe('DENY_MISSING_CORRELATION_ID');
    }
  });

  test('control ids with _ or - are equal and echoed; strict warns', async () => {
    const { tolerant, strict } = await both({
      workers: [{ currently_implements: ['ctrl.obs.structured-logging'] }],
      rules: [rule({ required_controls_suggested: ['ctrl.obs.structured_logging'] })],
    });
    const [calm, warned] = [await tolerant.ask(), await strict.ask()];
    for (const decision of [calm, warned]) {
      expect(decision).toMatchObject({ outcome: 'DISPATCH', controls_verified: ['ctrl.obs.structured_logging'] });
    }
    expect(calm.notes).toEqual([]);
    expect(warned.notes).not.toEqual([]);
  });

  test('a worker that does not list the capability: flagged, or skipped', async () => {
    const { tolerant, strict } = await both({ workers: [{ capabilities: ['cap.other'] }] });
    expect(at(await tolerant.ask(), 'candidate_workers_ranked', 0, 'capability_declared')).toBe(false);
    const denied = await strict.ask();
    expect(verdict(denied)).toBe('DENY_NO_AVAILABLE_WORKER');
    expect(skips(denied)).toEqual(['capability_not_declared']);
  });

  test('shadowed rules may be forced, or not', async () => {
    const { tolerant, strict } = await both({ rules: [] });
    const rules = [rule({}, {}, 'rr_general'), rule({}, { env: 'prod' }, 'rr_covered')];
    const twice = [rule({}, { env: 'dev' }), rule({}, { env: 'prod' })];
    for (const body of [{ rules }, { rules: twice }]) {
      expect((await tolerant.send('PUT', '/v1/rules?force=1', body)).status).toBe(200);
      const refused = await strict.send('PUT', '/v1/rules?force=1', body);
      expect(refused.status).toBe(400);
      expect(refused.json.code).toBe('rules_shadowed');
    }
  });

  test('a set that was forced before decides as before: prod denied', async () => {
    const { tolerant } = await both({ rules: [] });
    const rules = [rule({}, {}, 'rr_general'), rule({}, { env: 'prod' }, 'rr_covered')];
    await tolerant.send('PUT', '/v1/rules?force=1', { rules });
    await tolerant.settings({ strict: true });
    expect(verdict(await tolerant.ask({ env: 'prod' }))).toBe('DENY_SHADOW_RULES_DETECTED');
    expect(verdict(await tolerant.ask())).toBe('DISPATCH');
  });

  test('policy_version not the active one: noted, or denied', async () => {
    const { tolerant, strict } = await both();
    const asked = { policy_version: 'policy.v7' };
    expect(await tolerant.ask(asked)).toMatchObject({ outcome: 'DISPATCH', policy_version: 'policy.v0' });
    const denied = await strict.ask(asked);
    expect(verdict(denied)).toBe('DENY_POLICY_GATE');
    expect(at(denied, 'deny_reason_if_denied', 'reason')).toBe('policy_version_mismatch');
    expect(verdict(await strict.ask({ policy_version: 'policy.v0' }))).toBe('DISPATCH');
  });
});

describe('check 29: the same for both', () => {
  test('worker ids: `x.` and `org.` enrol, other prefixes do not and are not found', async () => {
    const { tolerant, strict } = await both();
    for (const hall of [tolerant, strict]) {
      for (const worker_id of ['x.test.mine', 'org.test.ours', 'x.example.a.b']) {
        expect((await hall.send('POST', '/v1/workers', workerRecord({ worker_id }))).status).toBe(201);
      }
      for (const worker_id of [
        'wrk.doc.summarizer',
        'com.test.a',
        'summarizer',
        'org.test',
        'org..a',
        'org.test.a.b.c',
        'ORG.test.a',
      ]) {
        const refused = await hall.send('POST', '/v1/workers', workerRecord({ worker_id }));
        expect(refused.status, worker_id).toBe(400);
        expect(refused.json.code, worker_id).toBe('invalid_worker_id');
        expect((await hall.send('GET', `/v1/workers/${worker_id}`)).status, worker_id).toBe(404);
      }
    }
  });

  test.each([
    ['reversibility as a number and as text', { blast_radius: radius(1, 0, 0, 0, 'irreversible') }, { blast_sum: 6 }],
    ['determinism words', { determinism: 'non-deterministic' }, { outcome: 'DISPATCH' }],
    ['captured-deterministic', { determinism: 'captured-deterministic' }, { outcome: 'DISPATCH' }],
    [
      'an envelope with both egress shapes',
      { privilege_envelope: { network_egress: 'none', egress: { allowlist: [] } } },
      { outcome: 'DISPATCH' },
    ],
  ])('%s', async (_, record, expected) => {
    const { tolerant, strict } = await both({ workers: [record as Members] });
    for (const hall of [tolerant, strict]) expect(await hall.ask()).toMatchObject(expected);
  });

  test('invalid input wins over an unknown signatory; a caller lowers no score', async () => {
    const { tolerant, strict } = await both({ settings: { require_signatory: true, allowed_tenants: ['acme-corp'] } });
    for (const hall of [tolerant, strict]) {
      expect(verdict(await hall.ask({ tenant_id: 'globex', env: 'moon' as Json }))).toBe('DENY_INVALID_INPUT');
      expect(verdict(await hall.ask({ tenant_id: 'globex' }))).toBe('DENY_UNKNOWN_TENANT');
      const high = { env: 'prod', data_label: 'RESTRICTED', request: { egress: true, writes: true }, blast_score: 0 };
      expect(verdict(await hall.ask(high))).toBe('DENY_REQUIRES_HUMAN');
    }
  });

  test('an id that is in no catalog is routed', async () => {
    const { tolerant, strict } = await both({ workers: [{ capabilities: ['Any thing'] }], rules: [anything] });
    for (const hall of [tolerant, strict]) {
      expect(await hall.ask({ capability_id: 'Any thing' })).toMatchObject({ outcome: 'DISPATCH', in_catalog: false });
    }
  });
});
