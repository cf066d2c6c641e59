/** WCP 8, checks 20 to 23, 27 and 28: attested code, envelopes, what becomes of a dispatch, and the chain of it all. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  at,
  closeHalls,
  emptyHall,
  type HallClient,
  list,
  type Members,
  members,
  mustBe,
  openHall,
  question,
  radius,
  rule,
  SPECIES,
  send,
  skips,
  sleep,
  text,
  verdict,
  WORKER,
} from '../support/hall-client.ts';
import { checkEntries, faultOf } from '../support/receipt-check.ts';

afterEach(closeHalls);

const GOOD = 'a1'.repeat(32);
const OTHER = 'b2'.repeat(32);
const jwks = async (): Promise<readonly Members[]> => list((await send('GET', '/.well-known/jwks.json')).json.keys);

// Attesting over PUT .../attest, with its statement, comes with the attestation authority (check 32).
describe('check 20: attestation at dispatch', () => {
  const attested = (code_hash: string = GOOD, settings: Members = {}) =>
    openHall({
      workers: [{ attestation: { code_hash } }],
      settings: { require_worker_attestation: true, ...settings },
    });

  test('nothing registered, or nothing that is a hash', async () => {
    const hall = await openHall({ settings: { require_worker_attestation: true } });
    const expected = { worker_attestation_checked: true, worker_attestation_valid: false, stage: 'attestation' };
    expect(await hall.ask()).toMatchObject({ ...expected, deny_code: 'DENY_WORKER_ATTESTATION_MISSING' });
    await hall.enrol({ attestation: { code_hash: 'not a hash' } });
    expect(await hall.ask()).toMatchObject({ ...expected, deny_code: 'DENY_WORKER_ATTESTATION_INVALID_HASH' });
  });

  test('no report is UNAVAILABLE, one that is no hash too, a match is DISPATCH', async () => {
    const hall = await attested();
    expect(verdict(await hall.ask())).toBe('DENY_WORKER_HASH_UNAVAILABLE');
    await hall.heartbeat({ code_hash: 'not a hash' });
    expect(verdict(await hall.ask())).toBe('DENY_WORKER_HASH_UNAVAILABLE');
    await hall.heartbeat({ code_hash: GOOD });
    expect(await hall.ask()).toMatchObject({
      outcome: 'DISPATCH',
      worker_attestation_checked: true,
      worker_attestation_valid: true,
    });
  });

  test.each([`sha256:${GOOD}`, GOOD.toUpperCase(), `sha256:${GOOD.toUpperCase()}`])(
    '%s is the same hash',
    async (spelled) => {
      const hall = await attested(spelled);
      await hall.heartbeat({ code_hash: GOOD });
      expect(verdict(await hall.ask())).toBe('DISPATCH');
      await hall.enrol({ attestation: { code_hash: GOOD } });
      await hall.heartbeat({ code_hash: spelled });
      expect(verdict(await hall.ask())).toBe('DISPATCH');
    },
  );

  test('other code is TAMPERED, twice, until re-attested; no hash is shown', async () => {
    const hall = await attested();
    await hall.heartbeat({ code_hash: OTHER });
    const first = await hall.ask();
    expect(first).toMatchObject({
      deny_code: 'DENY_WORKER_TAMPERED',
      stage: 'attestation',
      worker_attestation_checked: true,
      worker_attestation_valid: false,
    });
    expect(at(first, 'deny_reason_if_denied', 'worker_species_id')).toBe(SPECIES);
    const second = await hall.ask();
    expect(second).toMatchObject({ deny_code: 'DENY_WORKER_TAMPERED', stage: 'candidates' });
    expect(skips(second)).toEqual(['quarantined']);
    await hall.heartbeat({ code_hash: GOOD });
    expect(verdict(await hall.ask())).toBe('DENY_WORKER_TAMPERED');
    for (const answer of [first, second]) {
      expect(JSON.stringify(answer)).not.toContain(GOOD);
      expect(JSON.stringify(answer)).not.toContain(OTHER);
    }
    const [mismatch] = await hall.entriesOf('wcp.attestation.mismatch');
    expect(mismatch?.body).toMatchObject({ worker_id: WORKER, registered_hash: GOOD, reported_hash: OTHER });
    expect(list((await hall.get('/alerts')).alerts)[0]).toMatchObject({ code: 'WORKER_TAMPERED', worker_id: WORKER });
    await hall.enrol({ attestation: { code_hash: OTHER } });
    await hall.heartbeat({ code_hash: OTHER });
    expect(verdict(await hall.ask())).toBe('DISPATCH');
  });

  test('a stale report is UNAVAILABLE', async () => {
    const hall = await attested(GOOD, { attestation_ttl_s: 1 });
    await hall.heartbeat({ code_hash: GOOD });
    expect(verdict(await hall.ask())).toBe('DISPATCH');
    await sleep(1_100);
    expect(verdict(await hall.ask())).toBe('DENY_WORKER_HASH_UNAVAILABLE');
    await hall.heartbeat({ code_hash: GOOD });
    expect(verdict(await hall.ask())).toBe('DISPATCH');
  });

  test('a worker that has fallen silent is unavailable', async () => {
    const hall = await openHall({ settings: { heartbeat_ttl_s: 1 } });
    expect(verdict(await hall.ask())).toBe('DISPATCH');
    await hall.heartbeat({});
    await sleep(1_100);
    expect(skips(await hall.ask())).toEqual(['unavailable']);
  });
});

describe('check 21: the privilege envelope', () => {
  const restricted = { env: 'prod', data_label: 'RESTRICTED' };
  const enveloped = (privilege_envelope: Members | null, egress: Members = {}) =>
    openHall({
      workers: [privilege_envelope === null ? {} : { privilege_envelope }],
      settings: { enforce_privilege_envelopes: true, egress_allowlist: egress },
    });
  const allowed = { prod: ['api.good.example'] };

  test.each([
    ['off the list', { egress: { allowlist: ['api.bad.example'] } }, 'egress_not_allowlisted:api.bad.example'],
    ['off the list, as a host', { network_egress: 'api.bad.example' }, 'egress_not_allowlisted:api.bad.example'],
    ['unrestricted', { network_egress: 'unrestricted' }, 'network_egress_unrestricted'],
    ['secrets', { secrets_access: ['DB_PASSWORD'] }, 'secrets_access_not_permitted'],
  ])('%s is VIOLATED in prod with restricted data only', async (_, envelope, reason) => {
    const hall = await enveloped(envelope as Members, allowed);
    const denied = await hall.ask(restricted);
    expect(denied).toMatchObject({
      deny_code: 'DENY_PRIVILEGE_ENVELOPE_VIOLATED',
      stage: 'envelope',
      privilege_envelope_ok: false,
    });
    expect(denied.deny_code_alias).toBe('DENY_PRIVILEGE_ENVELOPE_DENIED');
    expect(denied.deny_reason_if_denied).toMatchObject({ reason, worker_species_id: SPECIES });
    expect(verdict(await hall.ask({ ...restricted, env: 'dev' }))).toBe('DISPATCH');
    expect(verdict(await hall.ask({ env: 'prod', data_label: 'INTERNAL' }))).toBe('DISPATCH');
  });

  test('no list for the environment, and one that has it', async () => {
    const envelope = { egress: { allowlist: ['api.good.example'] } };
    const none = await (await enveloped(envelope)).ask(restricted);
    expect(at(none, 'deny_reason_if_denied', 'reason')).toBe('egress_denied_no_allowlist_configured');
    expect(await (await enveloped(envelope, allowed)).ask(restricted)).toMatchObject({
      outcome: 'DISPATCH',
      privilege_envelope_ok: true,
    });
    expect(verdict(await (await enveloped(envelope, allowed)).ask({ ...restricted, env: 'edge' }))).toBe(
      'DENY_PRIVILEGE_ENVELOPE_VIOLATED',
    );
  });

  test('none is UNCONFIGURED in prod and edge, a note elsewhere', async () => {
    const hall = await enveloped(null);
    for (const env of ['prod', 'edge'])
      expect(verdict(await hall.ask({ env }))).toBe('DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED');
    const passed = await hall.ask();
    expect(passed).toMatchObject({ outcome: 'DISPATCH', privilege_envelope_ok: true });
    expect(passed.notes).not.toEqual([]);
  });

  test('the control alone has it evaluated; without either nothing is', async () => {
    const control = 'ctrl.privilege-envelopes-required';
    const hall = await openHall({
      rules: [rule({ required_controls_suggested: [control] })],
      settings: { hall_controls: [control] },
    });
    expect(verdict(await hall.ask({ env: 'prod' }))).toBe('DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED');
    await hall.publish(rule());
    expect(await hall.ask({ env: 'prod' })).toMatchObject({ outcome: 'DISPATCH', privilege_envelope_ok: null });
  });

  test.each([
    ['egress', { egress: { allowlist: ['a.example'] } }, 'a.example'],
    ['secrets', { secrets_access: ['KEY'] }, 'KEY'],
    ['filesystem_writes', { filesystem_writes: ['/tmp'] }, '/tmp'],
    ['tools', { tools: ['browser'] }, 'browser'],
  ])('%s that the caller does not permit, in any environment', async (kind, envelope, item) => {
    const hall = await enveloped(envelope as Members);
    const denied = await hall.ask({ privilege_context: { [kind]: ['something else'] } });
    expect(at(denied, 'deny_reason_if_denied', 'reason')).toBe(`${kind}_not_permitted:${item}`);
    expect(verdict(await hall.ask({ privilege_context: { [kind]: [item] } }))).toBe('DISPATCH');
    expect(verdict(await hall.ask({ privilege_context: {} }))).toBe('DISPATCH');
  });
});

const dispatch = async (
  hall: HallClient,
  change: Members = {},
): Promise<{ readonly path: string; readonly grant: string; readonly decision: Members }> => {
  const decision = await hall.ask(change);
  expect(decision.outcome).toBe('DISPATCH');
  return { path: `/wcp/dispatches/${text(decision.decision_id)}`, grant: text(decision.dispatch_grant), decision };
};

/** The claims of a grant, after its signature was verified with the published key. */
const claimsOf = async (grant: string): Promise<Members> => {
  const [header = '', payload = '', signature = ''] = grant.split('.');
  const decoded = (part: string): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
  const { kid, alg } = JSON.parse(new TextDecoder().decode(decoded(header))) as { kid: string; alg: string };
  expect(alg).toBe('EdDSA');
  const jwk = (await jwks()).find((key) => key.kid === kid) ?? {};
  const key = await crypto.subtle.importKey(
    'jwk',
    { kty: 'OKP', crv: 'Ed25519', x: text(jwk.x) },
    { name: 'Ed25519' },
    false,
    ['verify'],
  );
  const signed = new TextEncoder().encode(`${header}.${payload}`);
  expect(await crypto.subtle.verify('Ed25519', key, decoded(signature), signed)).toBe(true);
  return JSON.parse(new TextDecoder().decode(decoded(payload))) as Members;
};

describe('check 22: the grant and the outcome', () => {
  test('a grant is a signed token for this dispatch, redeemed once', async () => {
    const hall = await openHall();
    const { path, grant, decision } = await dispatch(hall);
    expect(await claimsOf(grant)).toMatchObject({ jti: decision.decision_id, sub: WORKER, aud: hall.tenant });
    const started = mustBe(200, await hall.send('POST', `${path}/start`, { grant }));
    expect(started.decision_id).toBe(decision.decision_id);
    expect(Date.parse(text(started.started_at))).toBeGreaterThan(0);
    expect(at(started, 'evidence_receipt', 'entry', 'type')).toBe('wcp.dispatch.started');
    const again = await hall.send('POST', `${path}/start`, { grant });
    expect(again.status).toBe(409);
    expect(again.json.code).toBe('grant_already_redeemed');
  });

  test('the grant alone is enough, for its own dispatch only', async () => {
    const hall = await openHall();
    const mine = await dispatch(hall);
    const other = await dispatch(hall);
    expect((await send('POST', `${other.path}/start`, { body: { grant: mine.grant } })).status).toBe(401);
    expect(
      (await send('POST', `${mine.path}/start`, { body: { grant: `${mine.grant.slice(0, -4)}AAAA` } })).status,
    ).toBe(401);
    expect((await send('POST', `${mine.path}/start`, { body: { grant: mine.grant } })).status).toBe(200);
    expect((await send('POST', `${mine.path}/complete`, { body: { grant: mine.grant } })).status).toBe(200);
    expect((await send('POST', `${other.path}/complete`, { body: { grant: mine.grant } })).status).toBe(401);
    expect((await send('POST', `${other.path}/complete`, { body: {} })).status).toBe(401);
  });

  test('a wrong code hash is refused and puts the worker in quarantine', async () => {
    const hall = await openHall({
      workers: [{ attestation: { code_hash: GOOD } }],
      settings: { require_worker_attestation: true },
    });
    await hall.heartbeat({ code_hash: GOOD });
    const { path, grant } = await dispatch(hall);
    const refused = await hall.send('POST', `${path}/start`, { grant, code_hash: OTHER });
    expect(refused.status).toBe(409);
    expect(refused.json.code).toBe('DENY_WORKER_TAMPERED');
    expect(refused.text).not.toContain(GOOD);
    expect(skips(await hall.ask())).toEqual(['quarantined']);
    expect(await hall.entriesOf('wcp.attestation.mismatch')).toHaveLength(1);
    expect(await hall.entriesOf('wcp.dispatch.started')).toEqual([]);
  });

  test('a quarantined worker redeems nothing it still holds, whatever it reports, until it is re-attested', async () => {
    const hall = await openHall({
      workers: [{ attestation: { code_hash: GOOD } }],
      settings: { require_worker_attestation: true },
    });
    await hall.heartbeat({ code_hash: GOOD });
    const [caught, held] = [await dispatch(hall), await dispatch(hall)];
    expect((await hall.send('POST', `${caught.path}/start`, { grant: caught.grant, code_hash: OTHER })).status).toBe(
      409,
    );
    for (const { path, grant } of [caught, held]) {
      const refused = await hall.send('POST', `${path}/start`, { grant, code_hash: GOOD });
      expect([refused.status, refused.json.code]).toEqual([409, 'DENY_WORKER_TAMPERED']);
    }
    await hall.enrol({ attestation: { code_hash: GOOD } });
    expect((await hall.send('POST', `${held.path}/start`, { grant: held.grant, code_hash: GOOD })).status).toBe(200);
  });

  test('a decision that relied on the attestation still does so at its start', async () => {
    const hall = await openHall({
      workers: [{ attestation: { code_hash: GOOD } }],
      rules: [rule({ preconditions: { deny_if_no_attestation_in_prod: true } })],
    });
    await hall.heartbeat({ code_hash: GOOD });
    const { path, grant } = await dispatch(hall, { env: 'prod' });
    await hall.heartbeat({ code_hash: OTHER });
    const refused = await hall.send('POST', `${path}/start`, { grant });
    expect([refused.status, refused.json.code]).toEqual([409, 'DENY_WORKER_TAMPERED']);
  });

  test('a retired worker redeems nothing', async () => {
    const hall = await openHall();
    const { path, grant } = await dispatch(hall);
    await hall.send('DELETE', `/v1/workers/${WORKER}`);
    const refused = await hall.send('POST', `${path}/start`, { grant });
    expect([refused.status, refused.json.code]).toEqual([409, 'worker_retired']);
  });

  test.each([
    [
      'complete',
      {
        result_hash: GOOD,
        result_ptr: 'r2://results/1',
        gen_ai: {
          'gen_ai.request.model': 'm',
          'gen_ai.usage.input_tokens': 3,
          'gen_ai.usage.output_tokens': 5,
          'gen_ai.tool.name': 'cap.doc.summarize',
        },
      },
      'wcp.dispatch.completed',
    ],
    ['fail', { error_code: 'TIMEOUT', message: 'took too long', retryable: true }, 'wcp.dispatch.failed'],
  ] as const)('%s is receipted; the same again is the same receipt, another is refused', async (verb, report, type) => {
    const hall = await openHall();
    const { path, grant, decision } = await dispatch(hall);
    mustBe(200, await hall.send('POST', `${path}/start`, { grant }));
    const done = mustBe(200, await hall.send('POST', `${path}/${verb}`, report));
    const entry = members(at(done, 'evidence_receipt', 'entry'));
    expect(entry).toMatchObject({
      type,
      trace_id: decision.correlation_id,
      cause: at(decision, 'evidence_receipt', 'receipt_id'),
    });
    expect(entry.body).toMatchObject({ decision_id: decision.decision_id, worker_id: WORKER, report });
    expect(await faultOf(entry, await jwks())).toBeNull();
    const again = mustBe(200, await hall.send('POST', `${path}/${verb}`, report));
    expect(at(again, 'evidence_receipt', 'receipt_hash')).toBe(entry.receipt_hash);
    const other = await hall.send(
      'POST',
      `${path}/${verb === 'fail' ? 'complete' : 'fail'}`,
      verb === 'fail' ? {} : { error_code: 'X' },
    );
    expect(other.status).toBe(409);
    expect(other.json.code).toBe('outcome_already_recorded');
    expect((await hall.entriesOf(type)).length).toBe(1);
  });

  test('what was not dispatched cannot end', async () => {
    const hall = await openHall();
    const denied = await hall.ask({ capability_id: 'cap.unheard.of' });
    expect((await hall.send('POST', `/wcp/dispatches/${text(denied.decision_id)}/complete`, {})).status).toBe(409);
    expect((await hall.send('POST', `/wcp/dispatches/${crypto.randomUUID()}/complete`, {})).status).toBe(404);
  });

  test('silence becomes outcome_missing and an alert; what comes after is late', async () => {
    const hall = await openHall({ settings: { outcome_deadline_s: 1 } });
    const { path, decision } = await dispatch(hall);
    let missing: readonly Members[] = [];
    for (let waited = 0; waited < 60_000 && missing.length === 0; waited += 250) {
      await sleep(250);
      missing = await hall.entriesOf('wcp.dispatch.outcome_missing');
    }
    expect(missing).toHaveLength(1);
    expect(missing[0]).toMatchObject({
      cause: at(decision, 'evidence_receipt', 'receipt_id'),
      body: { decision_id: decision.decision_id },
    });
    const alerts = await hall.get('/alerts');
    expect(list(alerts.alerts)[0]).toMatchObject({
      code: 'WORKER_NOT_RESPONDING',
      worker_id: WORKER,
      capability_id: decision.capability_id,
    });
    const late = mustBe(200, await hall.send('POST', `${path}/complete`, {}));
    expect(late.late).toBe(true);
    expect(at(late, 'evidence_receipt', 'entry', 'body', 'late')).toBe(true);
  });
});

test('check 23: five workers, one correlation_id: chain 4, five receipts and five outcomes', async () => {
  const SUMS = [1, 0, 1, 0, 2];
  const steps = SUMS.map((sum, index) => ({ name: `step-${index}`, sum }));
  const hall = await openHall({
    workers: steps.map(({ name, sum }) => ({
      worker_id: `org.test.${name}`,
      worker_species_id: `wrk.test.${name}`,
      capabilities: [`cap.test.${name}`],
      blast_radius: radius(sum),
    })),
    rules: steps.map(({ name }) =>
      rule(
        { candidate_workers_ranked: [{ worker_species_id: `wrk.test.${name}` }] },
        { capability_id: `cap.test.${name}` },
        `rr_${name}`,
      ),
    ),
  });
  const correlation_id = crypto.randomUUID();
  const sums: number[] = [];
  const receipts: string[] = [];
  for (const { name } of steps) {
    const { path, grant, decision } = await dispatch(hall, { capability_id: `cap.test.${name}`, correlation_id });
    sums.push(Number(decision.blast_chain_sum));
    receipts.push(text(at(decision, 'evidence_receipt', 'receipt_id')));
    mustBe(200, await hall.send('POST', `${path}/start`, { grant }));
    mustBe(200, await hall.send('POST', `${path}/complete`, { result_hash: GOOD }));
  }
  expect(sums).toEqual([1, 1, 2, 2, 4]);
  const traced = (await hall.entries()).filter((entry) => entry.trace_id === correlation_id);
  expect(traced.filter((entry) => entry.type === 'wcp.decision').map((entry) => entry.receipt_id)).toEqual(receipts);
  expect(traced.filter((entry) => entry.type === 'wcp.dispatch.completed').map((entry) => entry.cause)).toEqual(
    receipts,
  );
});

describe('check 27: one chain', () => {
  test('200 parallel calls make one chain that verifies', async () => {
    const hall = await openHall();
    const before = await hall.ledgerSize();
    const decisions = await Promise.all(Array.from({ length: 200 }, () => hall.ask()));
    const seqs = decisions
      .map((decision) => Number(at(decision, 'evidence_receipt', 'entry', 'seq')))
      .sort((a, b) => a - b);
    expect(seqs).toEqual(Array.from({ length: 200 }, (_, index) => before + 1 + index));
    const entries = await hall.entries();
    await checkEntries(entries, await jwks(), hall.tenant);
    const stored = new Map(entries.map((entry) => [entry.seq, entry]));
    for (const decision of decisions) {
      const entry = members(at(decision, 'evidence_receipt', 'entry'));
      expect(stored.get(entry.seq)).toEqual(entry);
    }
  });

  test('a flipped byte is named', async () => {
    const hall = await openHall();
    for (let i = 0; i < 8; i++) await hall.ask();
    const lines = (await hall.entries()).map((entry) => JSON.stringify(entry));
    const keys = await jwks();
    for (const bad of [0, 3, lines.length - 1]) {
      const line = lines[bad] ?? '';
      for (const place of [
        line.indexOf('"ts":') + 6,
        line.indexOf('"receipt_id":"') + 16,
        line.indexOf('"signature":"') + 15,
      ]) {
        const digit = line.charAt(place) === '7' ? '8' : '7';
        const flipped = lines
          .with(bad, line.slice(0, place) + digit + line.slice(place + 1))
          .map((text) => JSON.parse(text) as Members);
        await expect(checkEntries(flipped, keys, hall.tenant)).rejects.toThrow(`entry ${bad + 1} `);
      }
    }
  });
});

describe('POST /wcp/route/batch', () => {
  const batch = (hall: HallClient, requests: readonly Members[]) => hall.send('POST', '/wcp/route/batch', { requests });

  test('each question has a decision and a receipt of its own, in order', async () => {
    const hall = await openHall();
    const asked = [
      question(),
      question({ capability_id: 'cap.unheard.of' }),
      question({ env: 'moon' }),
      question({ dry_run: true }),
    ];
    const decisions = list(mustBe(200, await batch(hall, asked)).decisions);
    expect(decisions.map(verdict)).toEqual(['DISPATCH', 'DENY_NO_MATCHING_RULE', 'DENY_INVALID_INPUT', 'DISPATCH']);
    const receipts = decisions.map((decision) => at(decision, 'evidence_receipt', 'receipt_id'));
    expect((await hall.entriesOf('wcp.decision')).map((entry) => entry.receipt_id)).toEqual(receipts);
  });

  test('a later question sees what an earlier one did', async () => {
    const hall = await openHall({ workers: [{ blast_radius: radius(3) }] });
    const correlation_id = crypto.randomUUID();
    const asked = [1, 2, 3].map((page) => question({ correlation_id, request: { page } }));
    const decisions = list(mustBe(200, await batch(hall, asked)).decisions);
    expect(decisions.map((decision) => decision.blast_chain_sum)).toEqual([3, 6, 9]);
  });

  test.each([0, 101])('%i questions are refused', async (count) => {
    const hall = await openHall();
    const refused = await batch(
      hall,
      Array.from({ length: count }, () => question()),
    );
    expect([refused.status, refused.json.code]).toEqual([400, 'invalid_body']);
    expect(JSON.stringify(refused.json.errors)).toContain('requests');
    expect(await hall.entriesOf('wcp.decision')).toEqual([]);
  });

  test('100 questions are answered', async () => {
    const hall = await openHall();
    expect(
      mustBe(
        200,
        await batch(
          hall,
          Array.from({ length: 100 }, () => question()),
        ),
      ).count,
    ).toBe(100);
  });
});

describe('check 28: Idempotency-Key', () => {
  const ask = (hall: HallClient, body: Members, key: string, path = '/wcp/route') =>
    hall.send('POST', path, body, { 'idempotency-key': key });

  test('the same bytes again, also when many come together; another body is 422', async () => {
    const hall = await openHall();
    const body = question({ env: 'prod' });
    const replies = await Promise.all(Array.from({ length: 50 }, () => ask(hall, body, 'one')));
    expect(new Set(replies.map((reply) => reply.text)).size).toBe(1);
    expect(replies.every((reply) => reply.status === 200)).toBe(true);
    expect((await ask(hall, body, 'one')).text).toBe(replies[0]?.text);
    expect(await hall.entriesOf('wcp.decision')).toHaveLength(1);
    const other = await ask(hall, { ...body, env: 'dev' }, 'one');
    expect(other.status).toBe(422);
    expect(other.json.code).toBe('idempotency_mismatch');
    expect((await ask(hall, body, 'two')).text).not.toBe(replies[0]?.text);
  });

  test('a batch, a denial and a change of state repeat in the same way', async () => {
    const hall = await openHall();
    const batch = { requests: [question(), question({ capability_id: 'cap.unheard.of' })] };
    const first = await ask(hall, batch, 'batch', '/wcp/route/batch');
    expect(list(first.json.decisions).map(verdict)).toEqual(['DISPATCH', 'DENY_NO_MATCHING_RULE']);
    expect((await ask(hall, batch, 'batch', '/wcp/route/batch')).text).toBe(first.text);
    const size = await hall.ledgerSize();
    const beat = () =>
      hall.send('POST', `/v1/workers/${WORKER}/heartbeat`, { status: 'offline' }, { 'idempotency-key': 'beat' });
    const once = await beat();
    expect((await beat()).text).toBe(once.text);
    expect(await hall.ledgerSize()).toBe(size + 1);
  });

  test('a revoked key repeats nothing', async () => {
    const hall = await openHall();
    const { key, keyId } = await hall.newKey(['hall:route']);
    const once = () => send('POST', '/wcp/route', { key, body: asked, headers: { 'idempotency-key': 'one' } });
    const asked = question();
    expect((await once()).status).toBe(200);
    await hall.send('DELETE', `/v1/keys/${keyId}`);
    expect((await once()).status).toBe(401);
  });

  test("a key is its caller's own", async () => {
    const hall = await openHall();
    const other = await emptyHall();
    const body = question();
    const mine = await ask(hall, body, 'same');
    const theirs = await ask(other, body, 'same');
    expect(theirs.status).toBe(200);
    expect(theirs.json.decision_id).not.toBe(mine.json.decision_id);
  });
});
