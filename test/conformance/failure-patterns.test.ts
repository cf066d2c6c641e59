/** The four failure patterns of WCP 1: each ends in a name that a person can look up, and in evidence. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  at,
  closeHalls,
  type HallClient,
  list,
  type Members,
  members,
  openHall,
  radius,
  rule,
  send,
  skips,
  sleep,
  text,
  verdict,
  WORKER,
} from '../support/hall-client.ts';
import { faultOf } from '../support/receipt-check.ts';

afterEach(closeHalls);

/** The receipt of a decision, as the ledger gives it later, verified. */
const evidence = async (hall: HallClient, decision: Members): Promise<Members> => {
  const entry = members((await hall.get(`/v1/ledger/receipts/${text(decision.decision_id)}`)).entry);
  expect(await faultOf(entry, list((await send('GET', '/.well-known/jwks.json')).json.keys))).toBeNull();
  return members(entry.body);
};

describe('a blast-radius accident', () => {
  const writer = { blast_radius: radius(5, 4, 4, 4, 'irreversible') };

  test('a writer whose spread is too wide stops before it runs', async () => {
    const hall = await openHall({ workers: [writer] });
    const denied = await hall.ask({ env: 'prod', request: { writes: true } });
    expect(denied).toMatchObject({
      deny_code: 'DENY_REQUIRES_HUMAN',
      dispatch_grant: null,
      supervisor_required: true,
      blast_sum: 22,
    });
    expect(at(denied, 'deny_reason_if_denied', 'reason')).toBe('REQUIRE_HUMAN_HIGH_BLAST');
    expect(await evidence(hall, denied)).toMatchObject({
      deny_code: 'DENY_REQUIRES_HUMAN',
      blast: { score: 88, sum: 22 },
      worker_id: null,
    });
  });

  test('so do small steps that add up', async () => {
    const hall = await openHall({
      workers: [{ blast_radius: radius(3) }],
      rules: [rule({ max_blast: { scale: 'sum25', dev: 8 } })],
    });
    const correlation_id = crypto.randomUUID();
    const steps: Members[] = [];
    for (let page = 1; page <= 3; page++) steps.push(await hall.ask({ correlation_id, request: { page } }));
    expect(steps.map(verdict)).toEqual(['DISPATCH', 'DISPATCH', 'DENY_REQUIRES_HUMAN']);
    expect(await evidence(hall, steps[2] ?? {})).toMatchObject({ blast: { chain: 9 } });
  });
});

test('a silent failure: no outcome by the deadline is an entry and an alert', async () => {
  const hall = await openHall({ settings: { outcome_deadline_s: 1 } });
  const dispatched = await hall.ask();
  await hall.send('POST', `/wcp/dispatches/${text(dispatched.decision_id)}/start`, {
    grant: text(dispatched.dispatch_grant),
  });
  let missing: readonly Members[] = [];
  for (let waited = 0; waited < 10_000 && missing.length === 0; waited += 250) {
    await sleep(250);
    missing = await hall.entriesOf('wcp.dispatch.outcome_missing');
  }
  expect(missing[0]?.body).toMatchObject({ decision_id: dispatched.decision_id, worker_id: WORKER });
  expect(list((await hall.get('/alerts')).alerts)[0]).toMatchObject({
    code: 'WORKER_NOT_RESPONDING',
    worker_id: WORKER,
  });
  expect(list((await hall.get('/v1/decisions')).decisions)[0]).toMatchObject({ dispatch: 'outcome_missing' });
});

test('a hallucinated capability: no match, receipted, with what may have been meant', async () => {
  const names = [
    'cap.doc.summarize',
    'cap.doc.summarise-pdf',
    'cap.doc.translate',
    'cap.doc.classify',
    'cap.web.fetch',
  ];
  const hall = await openHall({ rules: names.map((name) => rule({}, { capability_id: name }, `rr_${name}`)) });
  const denied = await hall.ask({ capability_id: 'cap.doc.summarise' });
  expect(verdict(denied)).toBe('DENY_NO_MATCHING_RULE');
  const meant = at(denied, 'deny_reason_if_denied', 'did_you_mean') as readonly string[];
  expect(meant[0]).toBe('cap.doc.summarize');
  expect(meant.length).toBeLessThanOrEqual(3);
  for (const id of meant) expect(names).toContain(id);
  expect(await evidence(hall, denied)).toMatchObject({
    deny_code: 'DENY_NO_MATCHING_RULE',
    matched_rule_id: 'NO_MATCH',
  });
  const nonsense = await hall.ask({ capability_id: 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz' });
  expect(at(nonsense, 'deny_reason_if_denied', 'did_you_mean')).toEqual([]);
});

test.each<[name: string, worker: Members, change: Members, settings: Members, code: string, skip: string | null]>([
  [
    'not for this label',
    { allowed_data_labels: ['PUBLIC'] },
    { data_label: 'SECRET' },
    {},
    'DENY_NO_AVAILABLE_WORKER',
    'data_label_not_allowed',
  ],
  [
    'not for this environment',
    { allowed_environments: ['dev'] },
    { env: 'prod' },
    {},
    'DENY_NO_AVAILABLE_WORKER',
    'env_not_allowed',
  ],
  [
    'without its own controls',
    { required_controls: ['ctrl.x'] },
    {},
    {},
    'DENY_NO_AVAILABLE_WORKER',
    'required_controls_missing',
  ],
  [
    'with too wide an envelope',
    { privilege_envelope: { secrets_access: ['K'] } },
    { env: 'prod', data_label: 'SECRET' },
    { enforce_privilege_envelopes: true },
    'DENY_PRIVILEGE_ENVELOPE_VIOLATED',
    null,
  ],
  ['not attested', {}, {}, { require_worker_attestation: true }, 'DENY_WORKER_ATTESTATION_MISSING', null],
])('an unqualified worker: %s', async (_, worker, change, settings, code, skip) => {
  const hall = await openHall({ workers: [worker], settings });
  const denied = await hall.ask(change);
  expect(verdict(denied)).toBe(code);
  expect(skips(denied)).toEqual([skip]);
  expect(denied.dispatch_grant).toBeNull();
  expect(await evidence(hall, denied)).toMatchObject({
    deny_code: code,
    outcome: 'DENY',
    worker_id: null,
    dispatched_at: null,
  });
});
