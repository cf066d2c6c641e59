/** WCP 4.4: other attestation authorities. What they sign counts, what nobody signed does not, and no news comes twice. */
import { afterEach, describe, expect, test } from 'vitest';
import { toBase64Url } from '../../src/core/bytes.ts';
import { sha256Hex } from '../../src/core/hash.ts';
import { parseTenantId } from '../../src/core/ids.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { publicKeyJwk } from '../../src/core/ledger/trust.ts';
import { banFeedText } from '../../src/core/registry/ban-feed.ts';
import { statementText } from '../../src/core/registry/statement.ts';
import { outbound } from '../../src/keys/outbound.ts';
import { refresh } from '../../src/services/authorities.ts';
import {
  closeHalls,
  emptyHall,
  type HallClient,
  list,
  type Members,
  members,
  mustBe,
  openHall,
  type Reply,
  send,
  verdict,
  WORKER,
} from '../support/hall-client.ts';
import { okValue, testDeps } from '../support/tenant-client.ts';

afterEach(closeHalls);

const CODE = sha256Hex('code');
const OTHER = sha256Hex('other code');
const ID = 'registry.example';

/** An authority elsewhere: a key pair, and nothing of ours but the formats. */
const authority = async () => {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const raw = new Uint8Array((await crypto.subtle.exportKey('raw', pair.publicKey)) as ArrayBuffer);
  const { kid, x } = publicKeyJwk('receipt', raw);
  const sign = async (message: string): Promise<string> => {
    const bytes = new TextEncoder().encode(message);
    return toBase64Url(new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, bytes)));
  };
  let made = 0;
  const statement = async (change: Members = {}): Promise<Members> => {
    const terms = {
      manifest_id: `theirs-${++made}`,
      worker_id: WORKER,
      worker_species_id: null,
      code_hash: CODE,
      hash_method: 'file',
      attested_at: new Date(Date.now() - 60_000 + made).toISOString(),
      attested_by: 'org.registry',
      public_key_id: kid,
      ...change,
    };
    return { ...terms, signature: `ed25519:${await sign(statementText(terms as never))}` };
  };
  const feed = async (since: number, entries: readonly Members[], change: Members = {}): Promise<Members> => {
    const rest = { since, epoch: since + entries.length, complete: true, entries, note: 'x', ...change };
    return { ...rest, key_id: kid, signature: await sign(banFeedText(rest as unknown as JsonObject)) };
  };
  return { jwk: { kty: 'OKP', crv: 'Ed25519', x }, kid, statement, feed };
};

const issued = (epoch: number, target: Members, ban_id = `b${epoch}`): Members => ({
  kind: 'issued',
  epoch,
  ban: { ban_id, epoch, target, reason: 'theirs', evidence_url: null, issued_at: 1, expires_at: null },
});
const lifted = (epoch: number, ban_id: string): Members => ({ kind: 'lifted', epoch, ban_id });

const subscribe = (hall: HallClient, document: Members, id = ID): Promise<Reply> =>
  hall.send('PUT', `/v1/authorities/${id}`, document);
const news = (hall: HallClient, body: Members, id = ID): Promise<Reply> =>
  hall.send('POST', `/v1/authorities/${id}/news`, body);
const refusedAs = (reply: Reply): unknown => [reply.status, reply.json.code];

const subscribed = async (document: Members = {}) => {
  const them = await authority();
  const hall = await openHall({ settings: { require_worker_attestation: true } });
  mustBe(200, await subscribe(hall, { keys: [them.jwk], ...document }));
  return { hall, them };
};

describe('statements', () => {
  test('register a hash, and end a quarantine', async () => {
    const { hall, them } = await subscribed();
    const statement = await them.statement();
    expect(mustBe(200, await news(hall, { statements: [statement] }))).toMatchObject({ attested: 1, ignored: [] });
    await hall.heartbeat({ code_hash: OTHER });
    expect(verdict(await hall.ask())).toBe('DENY_WORKER_TAMPERED');
    const next = await them.statement({ code_hash: OTHER });
    mustBe(200, await news(hall, { statements: [next] }));
    expect(verdict(await hall.ask())).toBe('DISPATCH');
    const [first] = await hall.entriesOf('wcp.worker.attested');
    expect(first?.body).toMatchObject({ source: 'authority', authority_id: ID, attested_by: 'org.registry' });
    expect(await hall.get(`/v1/workers/${WORKER}/attestation`)).toMatchObject({ authority_id: ID, manifest: next });
  });

  test('changed, unsigned, or by a stranger: nothing of the news is taken', async () => {
    const { hall, them } = await subscribed();
    const good = await them.statement();
    const stranger = await authority();
    const bad = [
      { ...good, code_hash: OTHER },
      { ...good, worker_id: 'org.test.other' },
      await stranger.statement(),
      await stranger.statement({ public_key_id: them.kid }),
    ];
    for (const statement of bad) {
      expect(refusedAs(await news(hall, { statements: [good, statement] }))).toEqual([400, 'authority_untrusted']);
    }
    expect(refusedAs(await news(hall, { statements: [good] }, 'somebody'))).toEqual([404, 'not_found']);
    expect(await hall.entriesOf('wcp.worker.attested')).toEqual([]);
  });

  test('an older one, a foreign namespace, another species, the future: ignored, with the reason', async () => {
    const { hall, them } = await subscribed({ namespaces: ['org.test', 'org.example'] });
    const old = await them.statement();
    mustBe(200, await news(hall, { statements: [await them.statement({ code_hash: OTHER })] }));
    const cases: readonly (readonly [Members, string])[] = [
      [old, 'not_newer'],
      [await them.statement({ worker_id: 'org.nobody-has-this.worker' }), 'namespace_not_owned'],
      [await them.statement({ worker_id: 'x.test.worker' }), 'namespace_not_subscribed'],
      [await them.statement({ worker_species_id: 'wrk.other' }), 'other_species'],
      [await them.statement({ attested_at: '2999-01-01T00:00:00.000Z' }), 'from_the_future'],
    ];
    for (const [statement, reason] of cases) {
      const answer = mustBe(200, await news(hall, { statements: [statement] }));
      expect(answer).toMatchObject({ attested: 0, ignored: [{ manifest_id: statement.manifest_id, reason }] });
    }
    // What the tenant attested itself, later, stands as well.
    mustBe(200, await hall.send('PUT', `/api/v1/workers/${WORKER}/attest`, { sha256: CODE }));
    expect(mustBe(200, await news(hall, { statements: [await them.statement()] })).attested).toBe(0);
  });

  test('of several on one worker the newest counts, in whatever order they come', async () => {
    const { hall, them } = await subscribed();
    const [a, b, c] = [await them.statement(), await them.statement({ code_hash: OTHER }), await them.statement()];
    const answer = mustBe(200, await news(hall, { statements: [b, c, a] }));
    expect([answer.attested, list(answer.ignored).length]).toEqual([1, 2]);
    expect((await hall.get(`/v1/workers/${WORKER}/attestation`)).id).toBe(c.manifest_id);
  });
});

describe('ban lists', () => {
  test('their bans are this tenant’s, until they lift them', async () => {
    const { hall, them } = await subscribed();
    await hall.settings({ require_worker_attestation: false });
    expect(verdict(await hall.ask())).toBe('DISPATCH');
    const first = await them.feed(0, [issued(1, { worker_id: WORKER }), issued(2, { sha256: OTHER })]);
    expect(mustBe(200, await news(hall, { ban_feed: first })).ban_epoch).toBe(2);
    expect(verdict(await hall.ask())).toBe('DENY_WORKER_BANNED');
    expect(list((await hall.get('/v1/bans')).bans)).toMatchObject([{ authority_id: ID }, { authority_id: ID }]);
    const verified = await send('GET', `/t/${hall.tenant}/api/v1/verify/${WORKER}`);
    expect(verified.json).toMatchObject({ status: 'banned', ban_reason: 'theirs' });
    const other = await openHall();
    expect(verdict(await other.ask())).toBe('DISPATCH');

    mustBe(200, await news(hall, { ban_feed: await them.feed(2, [lifted(3, 'b1')]) }));
    expect(verdict(await hall.ask())).toBe('DISPATCH');
    const entries = await hall.entriesOf('hall.ban.imported');
    expect(entries.map((entry) => members(entry.body).epoch)).toEqual([2, 3]);
  });

  test('an old stretch lifts nothing and bans nothing, one with a gap is refused', async () => {
    const { hall, them } = await subscribed();
    const first = await them.feed(0, [issued(1, { worker_id: WORKER }), lifted(2, 'b1'), issued(3, { sha256: OTHER })]);
    mustBe(200, await news(hall, { ban_feed: first }));
    const size = await hall.ledgerSize();
    expect(
      mustBe(200, await news(hall, { ban_feed: await them.feed(0, [issued(1, { sha256: CODE })]) })).ban_epoch,
    ).toBe(3);
    expect(await hall.ledgerSize()).toBe(size);
    expect(refusedAs(await news(hall, { ban_feed: await them.feed(7, []) }))).toEqual([409, 'authority_feed_gap']);
    expect(list((await hall.get('/v1/bans')).bans).map(({ ban_id }) => ban_id)).toEqual(['b3']);
  });

  test('a feed that was changed, or leaves a change out, is refused', async () => {
    const { hall, them } = await subscribed();
    const good = await them.feed(0, [issued(1, { worker_id: WORKER })]);
    const cases: readonly Members[] = [
      { ...good, note: 'y' },
      { ...good, entries: [] },
      { ...good, entries: [issued(1, { worker_id: 'org.test.other' })] },
      await them.feed(0, [issued(2, { worker_id: WORKER })]),
      await them.feed(0, [issued(1, { worker_id: WORKER })], { epoch: 9 }),
      await (await authority()).feed(0, []),
    ];
    for (const ban_feed of cases) {
      expect(refusedAs(await news(hall, { ban_feed }))).toEqual([400, 'authority_untrusted']);
    }
    expect((await hall.get('/v1/bans')).count).toBe(0);
  });

  test('to unsubscribe takes the bans away, also after the object slept', async () => {
    const { hall, them } = await subscribed();
    mustBe(200, await news(hall, { ban_feed: await them.feed(0, [issued(1, { namespace: 'org.test' })]) }));
    expect(verdict(await hall.ask())).toBe('DENY_WORKER_BANNED');
    mustBe(200, await hall.send('DELETE', `/v1/authorities/${ID}`));
    expect((await hall.get('/v1/authorities')).count).toBe(0);
    expect((await hall.get('/v1/bans')).count).toBe(0);
    expect((await hall.send('DELETE', `/v1/authorities/${ID}`)).status).toBe(404);
  });

  test('the network’s own feed is of the same form', async () => {
    const hall = await emptyHall();
    const jwks = list((await send('GET', '/.well-known/jwks.json')).json.keys);
    const keys = jwks.filter(({ use }) => use === 'receipt').map(({ kty, crv, x }) => ({ kty, crv, x }));
    mustBe(200, await subscribe(hall, { keys }));
    const ban_feed = (await send('GET', '/v1/network/bans/feed')).json;
    expect(mustBe(200, await news(hall, { ban_feed })).ban_epoch).toBe(ban_feed.epoch);
    expect(list((await hall.get('/wcp/health')).authorities)[0]).toMatchObject({ external: false });
  });
});

describe('subscriptions', () => {
  test.each([
    [{}, '/keys'],
    [{ keys: [] }, '/keys'],
    [{ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'short' }] }, '/keys/0/x'],
    [{ keys: [{ kty: 'RSA', crv: 'Ed25519', x: 'short' }] }, '/keys/0/kty'],
    [{ statements_url: 'http://registry.example.com/' }, '/statements_url'],
    [{ statements_url: 'https://169.254.169.254/latest' }, '/statements_url'],
    [{ ban_feed_url: 'https://localhost/feed' }, '/ban_feed_url'],
    [{ namespaces: ['nobody'] }, '/namespaces/0'],
  ])('%j is refused and named', async (document, field) => {
    const hall = await emptyHall();
    const them = await authority();
    const isAboutKeys = Object.hasOwn(document, 'keys') || Object.keys(document).length === 0;
    const refused = await subscribe(hall, isAboutKeys ? document : { keys: [them.jwk], ...document });
    expect(refusedAs(refused)).toEqual([400, 'invalid_body']);
    expect(list(refused.json.errors)[0]?.field).toBe(field);
  });

  test('check 30: an external authority is what WCP-Full 0.2 asks for', async () => {
    const them = await authority();
    const hall = await openHall({ settings: { require_signatory: true, require_worker_attestation: true } });
    const levels = async (): Promise<unknown[]> => {
      const { compliance } = await hall.get('/wcp/health');
      return ['0.1', '0.2'].map((version) => members(members(compliance)[version]).level);
    };
    expect(await levels()).toEqual(['WCP-Full', 'WCP-Standard']);
    mustBe(200, await subscribe(hall, { keys: [them.jwk], name: 'Their registry' }));
    expect(await levels()).toEqual(['WCP-Full', 'WCP-Full']);
    expect((await hall.get('/wcp/health')).authorities).toEqual([
      { authority_id: ID, name: 'Their registry', key_ids: [them.kid], ban_epoch: 0, external: true },
    ]);
  });

  test('refresh asks the addresses of the subscription, and takes only what is signed', async () => {
    const { hall, them } = await subscribed({
      statements_url: 'https://registry.example.com/statements',
      ban_feed_url: 'https://registry.example.com/bans?list=all',
    });
    const tenant = parseTenantId(hall.tenant);
    if (tenant === null) throw new Error('no tenant');
    const asked: string[] = [];
    const answers: Record<string, unknown> = {
      '/statements': { statements: [await them.statement()] },
      '/bans': await them.feed(0, [issued(1, { sha256: OTHER })]),
    };
    const guarded = outbound({
      loopback: false,
      fetch: async (input) => {
        const url = new URL(String(input));
        asked.push(url.pathname + url.search);
        return Response.json(answers[url.pathname]);
      },
    });
    const caller = { tenant, credential: { kind: 'operator' } } as const;
    const deps = { ...testDeps().deps, outbound: guarded };
    expect(okValue(await refresh(deps, caller, ID, {}))).toMatchObject({ attested: 1, ban_epoch: 1 });
    expect(asked).toEqual(['/statements', '/bans?list=all&since=0']);
    answers['/statements'] = { statements: [{ ...(await them.statement()), code_hash: OTHER }] };
    const untrusted = await refresh(deps, caller, ID, {});
    expect(!untrusted.ok && untrusted.error.code).toBe('authority_untrusted');
    answers['/statements'] = [];
    const broken = await refresh(deps, caller, ID, {});
    expect(!broken.ok && broken.error).toMatchObject({
      code: 'authority_unreachable',
      detail: 'it answered no JSON object',
    });
  });
});
