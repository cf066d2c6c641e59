/** WCP 8, checks 1 to 5, 9 and 10: what is asked, how it is read, who asks. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  ANNOUNCED,
  at,
  CAPABILITY,
  closeHalls,
  EMPTY_HASH,
  emptyHall,
  type Json,
  list,
  type Members,
  members,
  openHall,
  question,
  rule,
  SPECIES,
  send,
  text,
  verdict,
} from '../support/hall-client.ts';
import { faultOf } from '../support/receipt-check.ts';

afterEach(closeHalls);

describe('check 1: the announced call', () => {
  test('works as printed, with four members and a receipt that verifies offline', async () => {
    const hall = await openHall({
      workers: [{ currently_implements: ['ctrl.obs.structured-logging'] }],
      rules: [rule({ required_controls_suggested: ['ctrl.obs.structured-logging'] })],
    });
    const decision = await hall.decide(ANNOUNCED);
    expect(decision.selected_worker_species_id).toBe(SPECIES);
    expect(decision.controls_verified).toEqual(['ctrl.obs.structured-logging']);
    expect(decision.blast_score).toBe(65);
    expect(at(decision, 'evidence_receipt', 'hash')).toBe(EMPTY_HASH);
    const { keys } = (await send('GET', '/.well-known/jwks.json')).json;
    expect(await faultOf(members(at(decision, 'evidence_receipt', 'entry')), list(keys))).toBeNull();
  });

  test('a denial carries the four members too', async () => {
    const decision = await (await emptyHall()).decide(ANNOUNCED);
    expect(decision.selected_worker_species_id).toBeNull();
    expect(decision.controls_verified).toEqual([]);
    expect(decision.blast_score).toBe(65);
    expect(at(decision, 'evidence_receipt', 'hash')).toBe(EMPTY_HASH);
  });
});

describe('check 2: nothing matches', () => {
  test('an unknown capability is denied, receipted, and told what it may have meant', async () => {
    const hall = await openHall();
    const decision = await hall.ask({ capability_id: 'cap.doc.sumarize' });
    expect(verdict(decision)).toBe('DENY_NO_MATCHING_RULE');
    expect(at(decision, 'deny_reason_if_denied', 'did_you_mean')).toEqual([CAPABILITY]);
    expect(decision.matched_rule_id).toBe('NO_MATCH');
    const receipt = await hall.get(`/v1/ledger/receipts/${text(decision.decision_id)}`);
    expect(receipt.receipt_hash).toBe(at(decision, 'evidence_receipt', 'receipt_hash'));
    expect(at(receipt, 'entry', 'body', 'outcome')).toBe('DENY');
  });

  test('with no rules at all everything is denied', async () => {
    const decision = await (await emptyHall()).ask();
    expect(verdict(decision)).toBe('DENY_NO_MATCHING_RULE');
    expect(at(decision, 'deny_reason_if_denied', 'did_you_mean')).toEqual([]);
    expect(decision.rule_set_version).toBeNull();
  });
});

/** Ids, times and the chain are a decision's own. */
const withoutIdentity = (decision: Members): Members => {
  const { decision_id, timestamp, decided_at, dispatch_grant, dispatch_grant_expires_at, ...rest } = decision;
  const { receipt_id, receipt_hash, prev_receipt_hash, signature, dispatched_at, entry, ...receipt } = members(
    rest.evidence_receipt,
  );
  const events = list(rest.telemetry_envelopes).map(({ timestamp: _, ...event }) => event);
  return { ...rest, evidence_receipt: receipt, telemetry_envelopes: events };
};

test('check 3: the same input 100 times gives the same decision', async () => {
  const hall = await openHall({
    workers: [{ blast_radius: { data: 2, network: 1, financial: 0, time: 0, reversibility: 0 } }],
  });
  const asked = question({ env: 'prod', request: { pages: [1, 2.5], writes: true } });
  const decisions: Members[] = [];
  for (let i = 0; i < 50; i++) decisions.push(await hall.decide(asked));
  decisions.push(...(await Promise.all(Array.from({ length: 50 }, () => hall.decide(asked)))));
  expect(new Set(decisions.map((decision) => decision.decision_id)).size).toBe(100);
  const first = withoutIdentity(decisions[0] ?? {});
  expect(first.outcome).toBe('DISPATCH');
  for (const decision of decisions) expect(withoutIdentity(decision)).toEqual(first);
});

test('check 4: a version names one content, and a roll-back restores its hash', async () => {
  const hall = await openHall({ rules: [] });
  const put = (version: string, ...rules: Members[]) => hall.send('PUT', `/v1/rules?version=${version}`, { rules });
  const first = await put('1.0.0', rule());
  expect(first.status).toBe(200);
  expect((await put('1.0.0', rule())).status).toBe(200);
  const reused = await put('1.0.0', rule({}, {}, 'rr_other'));
  expect(reused.status).toBe(409);
  expect(reused.json.code).toBe('rule_version_reused');
  expect((await hall.ask()).matched_rule_id).toBe('rr_summarize');
  const second = await put('1.1.0', rule({}, {}, 'rr_other'));
  expect(second.json.hash).not.toBe(first.json.hash);
  expect(await hall.ask()).toMatchObject({ matched_rule_id: 'rr_other', rule_set_version: '1.1.0' });
  const back = await hall.send('POST', '/v1/rules/rollback', { version: '1.0.0' });
  expect(back.json.hash).toBe(first.json.hash);
  expect((await hall.get('/v1/rules')).hash).toBe(first.json.hash);
  expect(await hall.ask()).toMatchObject({ matched_rule_id: 'rr_summarize', rule_set_version: '1.0.0' });
});

describe('check 5: invalid input', () => {
  const WORDS = ['env', 'data_label', 'tenant_risk', 'qos_class'] as const;
  const REQUIRED = ['capability_id', ...WORDS, 'tenant_id'] as const;
  const ORDER = [...REQUIRED, 'correlation_id', 'blast_score'] as const;
  const BAD: readonly Json[] = [null, 7, true, [], {}, ''];
  const ALIAS: Readonly<Record<string, string>> = { capability_id: 'MISSING_CAPABILITY_ID' };

  test('each required member: absent, null, of a wrong type, empty, or no known word', async () => {
    const hall = await openHall();
    for (const field of REQUIRED) {
      const { [field]: _, ...without } = question();
      const others = (WORDS as readonly string[]).includes(field) ? ['PROD', 'none', ' dev'] : ['x'.repeat(257)];
      const asked = [without, ...[...BAD, ...others].map((bad) => question({ [field]: bad }))];
      for (const body of asked) {
        const decision = await hall.decide(body);
        const because = `${field}: ${JSON.stringify(body[field])}`;
        expect(verdict(decision), because).toBe('DENY_INVALID_INPUT');
        expect(at(decision, 'deny_reason_if_denied', 'field'), because).toBe(field);
        expect(decision.deny_code_alias, because).toBe(ALIAS[field] ?? `INVALID_${field.toUpperCase()}`);
        expect(decision.deny_class, because).toBe('input');
        expect(decision[field], because).toBeNull();
      }
    }
  });

  test('the first in the published order is named', async () => {
    const hall = await openHall();
    for (const [index, field] of ORDER.entries()) {
      const bad = Object.fromEntries(ORDER.slice(index).map((name) => [name, null]));
      const decision = await hall.ask(bad);
      expect(at(decision, 'deny_reason_if_denied', 'field')).toBe(field);
    }
  });

  test.each([-1, 101, -0.1, 100.1, '50', true, null, [], {}, 9007199254740992])(
    'blast_score %j is invalid',
    async (score) => {
      const hall = await openHall();
      const decision = await hall.ask({ blast_score: score as Json });
      expect(verdict(decision)).toBe('DENY_INVALID_INPUT');
      expect(at(decision, 'deny_reason_if_denied', 'field')).toBe('blast_score');
      expect(decision.deny_code_alias).toBe('INVALID_BLAST_SCORE');
      if (typeof score !== 'object') expect(at(decision, 'deny_reason_if_denied', 'blast_score')).toBe(score);
    },
  );

  test.each([0, 100, 0.5, 84.5])('blast_score %j is dispatched in dev', async (score) => {
    const decision = await (await openHall()).ask({ blast_score: score });
    expect(verdict(decision)).toBe('DISPATCH');
    expect(decision.blast_score).toBe(Math.max(10, Math.floor(score)));
  });

  test.each([null, 7, 'x'.repeat(129), 'a\nb', 'a\u007fb'])('correlation_id %j is invalid', async (id) => {
    const decision = await (await openHall()).ask({ correlation_id: id });
    expect(at(decision, 'deny_reason_if_denied', 'field')).toBe('correlation_id');
    expect(decision.correlation_id).toBeNull();
  });

  test.each([
    ['request', []],
    ['request', null],
    ['request', 'text'],
    ['privilege_context', { egress: 'all' }],
    ['policy_version', ''],
    ['dry_run', 'true'],
    ['worker_id', 7],
    ['blast_radius', { data: 6 }],
  ] as const)('%s %j is invalid', async (field, bad) => {
    const decision = await (await openHall()).ask({ [field]: bad as Json });
    expect(at(decision, 'deny_reason_if_denied', 'field')).toBe(field);
  });

  test('256 characters are enough for anyone, and an id is whatever it is', async () => {
    const long = 'ä'.repeat(256);
    const hall = await openHall({ rules: [rule({}, { capability_id: { any: true } })] });
    expect(verdict(await hall.ask({ capability_id: long, tenant_id: long }))).toBe('DISPATCH');
    expect(await hall.ask({ capability_id: 'Not a published id!' })).toMatchObject({
      in_catalog: false,
      outcome: 'DISPATCH',
    });
  });
});

describe('check 9: a blank correlation_id', () => {
  const off = rule({ preconditions: { must_have_correlation_id: false } });

  test.each(['', '   ', '\t'])('%j is denied, also with the precondition alone off', async (blank) => {
    const hall = await openHall();
    const decision = await hall.ask({ correlation_id: blank });
    expect(verdict(decision)).toBe('DENY_MISSING_CORRELATION_ID');
    expect(decision.deny_code_alias).toBe('MISSING_CORRELATION_ID');
    await hall.publish(off);
    expect(verdict(await hall.ask({ correlation_id: blank }))).toBe('DENY_MISSING_CORRELATION_ID');
  });

  test('with the floor alone off the precondition still denies; with both off it passes', async () => {
    const hall = await openHall({ settings: { enforce_correlation_id: false } });
    expect(verdict(await hall.ask({ correlation_id: '' }))).toBe('DENY_MISSING_CORRELATION_ID');
    await hall.publish(off);
    expect(verdict(await hall.ask({ correlation_id: '' }))).toBe('DISPATCH');
  });

  test('an absent one is generated and flagged', async () => {
    const { correlation_id: _, ...absent } = question();
    const decision = await (await openHall()).decide(absent);
    expect(decision.correlation_id_generated).toBe(true);
    expect(decision.correlation_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(at(decision, 'evidence_receipt', 'entry', 'trace_id')).toBe(decision.correlation_id);
  });
});

// The parts of check 10 that need a signatory's JWT come with registered issuers (4.3).
describe('check 10: the signatory', () => {
  test.each([' ', '\t ', '\u00a0'])('a tenant_id of only whitespace (%j) is missing', async (blank) => {
    expect(verdict(await (await openHall()).ask({ tenant_id: blank }))).toBe('DENY_MISSING_TENANT_ID');
  });

  test('one that is not listed is unknown, before rules are looked at', async () => {
    const hall = await openHall({ rules: [], settings: { require_signatory: true, allowed_tenants: ['acme-corp'] } });
    const unlisted = await hall.ask({ tenant_id: 'globex' });
    expect(verdict(unlisted)).toBe('DENY_UNKNOWN_TENANT');
    expect(unlisted.deny_reason_if_denied).toMatchObject({ tenant_id: 'globex', reason: 'not_in_allow_list' });
    expect(verdict(await hall.ask())).toBe('DENY_NO_MATCHING_RULE');
    expect(verdict(await hall.ask({ tenant_id: 'ACME-CORP' }))).toBe('DENY_UNKNOWN_TENANT');
    for (const env of ['prod', 'edge']) {
      const redacted = await hall.ask({ tenant_id: 'globex', env });
      expect(JSON.stringify(redacted.deny_reason_if_denied)).not.toContain('globex');
    }
  });

  test('invalid input wins over an unknown signatory', async () => {
    const hall = await openHall({ settings: { require_signatory: true } });
    expect(verdict(await hall.ask({ tenant_id: 'globex', env: 'moon' }))).toBe('DENY_INVALID_INPUT');
  });

  test('with require_credential the list alone is not enough', async () => {
    const settings = { require_signatory: true, require_credential: true, allowed_tenants: ['acme-corp'] };
    const decision = await (await openHall({ settings })).ask();
    expect(verdict(decision)).toBe('DENY_UNKNOWN_TENANT');
    expect(at(decision, 'deny_reason_if_denied', 'reason')).toBe('credential_missing');
  });
});
