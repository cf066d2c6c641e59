/** WCP 8, checks 10 and 42: who may speak as a tenant_id, shown by tokens of registered signatories (WCP 4.3). */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  at,
  closeHalls,
  type HallClient,
  list,
  type Members,
  mustBe,
  openHall,
  question,
  type Reply,
  send,
  text,
  verdict,
} from '../support/hall-client.ts';
import {
  ATTACKS,
  type Bench,
  benchOf,
  GOOD,
  type Keys,
  makeKeys,
  otherTermsOf,
  termsOf,
} from '../support/token-attacks.ts';

afterEach(closeHalls);

let keys: Keys;
beforeAll(async () => {
  keys = await makeKeys();
});
const now = (): number => Math.floor(Date.now() / 1000);
const bench = (): Bench => benchOf(keys, now());

const register = async (hall: HallClient, terms: object): Promise<string> =>
  text(mustBe(201, await hall.send('POST', '/v1/signatories', terms as Members)).signatory_id);

/** A Hall that asks for a signatory; nothing is listed. */
const guardedHall = async (settings: Members = {}, terms: object = {}): Promise<HallClient> => {
  const hall = await openHall({ settings: { require_signatory: true, ...settings } });
  await register(hall, { ...termsOf(keys), ...terms });
  return hall;
};

const why = (decision: Members) => at(decision, 'deny_reason_if_denied', 'reason');
const credentialReason = (decision: Members) => at(decision, 'deny_reason_if_denied', 'credential_reason');

describe('check 10: blank, unlisted, invalid', () => {
  test('a blank tenant_id is missing, an unlisted one unknown before rules, and bad input wins', async () => {
    const hall = await openHall({ rules: [] });
    expect(verdict(await hall.ask({ tenant_id: '  ' }))).toBe('DENY_MISSING_TENANT_ID');
    await hall.settings({ require_signatory: true });
    expect(verdict(await hall.ask())).toBe('DENY_UNKNOWN_TENANT');
    expect(verdict(await hall.ask({ env: 'moon' }))).toBe('DENY_INVALID_INPUT');
    expect(verdict(await hall.ask({ env: 'moon', tenant_credential: 'garbage' }))).toBe('DENY_INVALID_INPUT');
  });
});

describe('check 42: tokens', () => {
  test('a good one passes, and its decision names who vouched, not the token', async () => {
    const hall = await guardedHall();
    const token = await bench().token();
    const decision = await hall.ask({ tenant_credential: token });
    expect(verdict(decision)).toBe('DISPATCH');
    const [entry] = (await hall.entriesOf('wcp.decision')).slice(-1);
    expect(at(entry, 'body', 'seen', 'signatory')).toEqual({
      kind: 'valid',
      tenant_id: 'acme-corp',
      signatory_id: expect.stringMatching(/^sig_/),
      token_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const entries = JSON.stringify(await hall.entries());
    for (const secret of [token, token.split('.')[1] ?? '', 'agent-7']) expect(entries).not.toContain(secret);
  });

  test.each(GOOD)('good by the route too: %s', async (_, make) => {
    const hall = await guardedHall();
    expect(verdict(await hall.ask({ tenant_credential: await make(bench()) }))).toBe('DISPATCH');
  });

  test.each<[string, string, (b: Bench) => string | Promise<string>]>([
    ['bad key', 'key_unknown', (b) => b.token({}, {}, b.foreign)],
    ['a key by another name', 'signature_invalid', (b) => b.token({}, {}, b.impostor)],
    ['aud', 'audience_wrong', (b) => b.token({ aud: 'billing' })],
    ['exp', 'expired', (b) => b.token({ exp: b.now - 60 })],
    ['nbf', 'not_yet_valid', (b) => b.token({ nbf: b.now + 60 })],
    ['alg none', 'algorithm_none', (b) => b.token({}, { alg: 'none' })],
    ['foreign subject', 'tenant_not_covered', (b) => b.token({ tenant_id: 'globex' })],
  ])('%s -> UNKNOWN_TENANT, %s', async (_, reason, make) => {
    const hall = await guardedHall();
    const decision = await hall.ask({ tenant_credential: await make(bench()) });
    expect(verdict(decision)).toBe('DENY_UNKNOWN_TENANT');
    expect(why(decision)).toBe('credential_invalid');
    expect(credentialReason(decision)).toBe(reason);
  });

  test('used twice', async () => {
    const hall = await guardedHall();
    const token = await bench().token();
    expect(verdict(await hall.ask({ tenant_credential: token }))).toBe('DISPATCH');
    const again = await hall.ask({ tenant_credential: token });
    expect([verdict(again), why(again), credentialReason(again)]).toEqual([
      'DENY_UNKNOWN_TENANT',
      'credential_invalid',
      'replayed',
    ]);
  });

  test('missing: not on the list, or demanded', async () => {
    const hall = await guardedHall();
    expect(why(await hall.ask())).toBe('not_in_allow_list');
    await hall.settings({ require_credential: true, allowed_tenants: ['acme-corp'] });
    expect(why(await hall.ask())).toBe('credential_missing');
    expect(verdict(await hall.ask({ tenant_credential: await bench().token() }))).toBe('DISPATCH');
  });

  test('body and claim disagree: the claim is the truth, for a listed name too', async () => {
    const hall = await guardedHall({ allowed_tenants: ['globex'] });
    expect(verdict(await hall.ask({ tenant_id: 'globex' }))).toBe('DISPATCH');
    const decision = await hall.ask({ tenant_id: 'globex', tenant_credential: await bench().token() });
    expect([verdict(decision), why(decision)]).toEqual(['DENY_UNKNOWN_TENANT', 'tenant_claim_mismatch']);
    expect(why(await hall.ask({ tenant_id: 'ACME-CORP', tenant_credential: await bench().token() }))).toBe(
      'tenant_claim_mismatch',
    );
  });

  test('in prod the name is not repeated', async () => {
    const hall = await guardedHall();
    const decision = await hall.ask({
      env: 'prod',
      tenant_id: 'hidden-name',
      tenant_credential: await bench().token(),
    });
    expect(JSON.stringify(decision.deny_reason_if_denied)).not.toMatch(/hidden-name|acme/);
  });

  test('a token of a signatory of another tenant is a token of nobody', async () => {
    const [ours, theirs] = [await guardedHall(), await openHall({ settings: { require_signatory: true } })];
    await register(theirs, otherTermsOf(keys));
    const decision = await theirs.ask({ tenant_credential: await bench().token() });
    expect(credentialReason(decision)).toBe('issuer_unknown');
    expect(verdict(await ours.ask({ tenant_credential: await bench().token() }))).toBe('DISPATCH');
  });
});

describe('the attack corpus', () => {
  test('none is taken by the route, each is refused with its reason and a receipt', async () => {
    const hall = await guardedHall({ allowed_tenants: [] });
    await register(hall, otherTermsOf(keys));
    const made: { readonly name: string; readonly reason: string; readonly token: string }[] = [];
    for (const [name, reason, make] of ATTACKS) made.push({ name, reason, token: await make(bench()) });
    // What is no text at all is invalid input, before anybody looks at it.
    const asked = made.filter(({ token }) => token !== '');
    for (let from = 0; from < asked.length; from += 25) {
      const page = asked.slice(from, from + 25);
      const requests = page.map(({ token }) => question({ tenant_credential: token }));
      const reply = mustBe(200, await hall.send('POST', '/wcp/route/batch', { requests }));
      list(reply.decisions).forEach((decision, index) => {
        const { name = '', reason = '' } = page[index] ?? {};
        expect([name, verdict(decision), credentialReason(decision)]).toEqual([name, 'DENY_UNKNOWN_TENANT', reason]);
        expect(at(decision, 'evidence_receipt', 'entry', 'body', 'seen', 'signatory')).toEqual({
          kind: 'invalid',
          reason,
        });
      });
    }
  });

  test('none opens a route as a credential, and all are answered alike', async () => {
    const hall = await guardedHall({}, { scopes: { any: ['hall:read'] } });
    const path = `/t/${hall.tenant}/wcp/workers`;
    const good = await bench().token({ scope: 'any' });
    expect((await send('GET', path, { key: good })).status).toBe(200);
    const nobody = await send('GET', path);
    const shown = ({ status, json: { instance: _, ...rest } }: Reply) => [status, rest];
    for (const [name, , make] of ATTACKS) {
      const key = await make(bench());
      if (/[^\x21-\x7e]/.test(key)) continue;
      expect(shown(await send('GET', path, { key })), name).toEqual(shown(nobody));
    }
    expect(await hall.ledgerSize()).toBeGreaterThan(0);
  });
});
