/** The network's list over HTTP: issue, read, lift, the signed feed, who may; and the ledger behind it. */

import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { fromBase64Url, utf8 } from '../../src/core/bytes.ts';
import { canonicalJson } from '../../src/core/canonical.ts';
import { sha256Hex } from '../../src/core/hash.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { type Entry, readEntry } from '../../src/core/ledger/entry.ts';
import { readKeySet } from '../../src/core/ledger/trust.ts';
import { LedgerVerifier } from '../../src/core/ledger/verifier.ts';
import { verifyEd25519 } from '../../src/keys/ring.ts';
import type { Network } from '../../src/network/network.ts';
import { OPERATOR_KEY, send } from '../support/hall-client.ts';

const operator = { key: OPERATOR_KEY };
const target = () => ({ worker_id: `org.bad.w-${crypto.randomUUID().slice(0, 8)}` });
const issue = async (body: JsonObject = {}): Promise<JsonObject> => {
  const reply = await send('POST', '/v1/network/bans', {
    ...operator,
    body: { target: target(), reason: 'r', ...body },
  });
  expect(reply.status).toBe(201);
  return reply.json as JsonObject;
};
const lift = (id: unknown) =>
  send('POST', `/v1/network/bans/${String(id)}/lift`, { ...operator, body: { reason: 'a mistake' } });

describe('a ban of the network over HTTP', () => {
  test('is issued, shown to everybody, lifted once, and then shown as lifted', async () => {
    const ban = await issue({ evidence_url: 'https://example.com/report' });
    expect(ban).toMatchObject({ status: 'effective', acknowledged: 0, expired: 0 });
    const path = `/v1/network/bans/${String(ban.ban_id)}`;
    expect((await send('GET', path)).json).toMatchObject({
      ban_id: ban.ban_id,
      status: 'effective',
      reason: 'r',
      evidence_url: 'https://example.com/report',
      effective_at: ban.effective_at,
      lifted_at: null,
    });
    expect(await lift(ban.ban_id)).toMatchObject({ status: 200, json: { status: 'lifted' } });
    expect(await lift(ban.ban_id)).toMatchObject({ status: 409, json: { code: 'ban_already_lifted' } });
    expect((await send('GET', path)).json).toMatchObject({ status: 'lifted', lifted_at: expect.any(String) });
  });

  test('is for operators to issue and lift', async () => {
    const body = { target: target(), reason: 'r' };
    expect((await send('POST', '/v1/network/bans', { body })).status).toBe(401);
    const ban = await issue();
    expect((await send('POST', `/v1/network/bans/${String(ban.ban_id)}/lift`, { body: { reason: 'r' } })).status).toBe(
      401,
    );
    expect((await send('GET', '/v1/network/bans/ban_nobody')).status).toBe(404);
    expect((await lift('ban_nobody')).status).toBe(404);
  });

  test.each([
    ['no target', { target: {} }],
    ['two targets', { target: { worker_id: 'org.bad.w', namespace: 'org.bad' } }],
    ['a name that is no worker', { target: { worker_id: 'summarizer' } }],
    ['a name that is no namespace', { target: { namespace: 'com.bad' } }],
    ['half a hash', { target: { sha256: 'ab' } }],
    ['no reason', { reason: '' }],
    ['evidence in the clear', { evidence_url: 'http://example.com' }],
    ['a time without a zone', { expires_at: '2030-01-01T00:00:00' }],
    ['a time that is over', { expires_at: '2020-01-01T00:00:00Z' }],
    ['more than is known', { colour: 'red' }],
  ])('is refused with %s', async (_, change) => {
    const reply = await send('POST', '/v1/network/bans', {
      ...operator,
      body: { target: target(), reason: 'r', ...change },
    });
    expect(reply.status).toBe(400);
  });

  test('is issued and lifted once under an Idempotency-Key, however often that is asked', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const body = { target: target(), reason: 'r' };
    const [first, second] = [
      await send('POST', '/v1/network/bans', { ...operator, body, headers }),
      await send('POST', '/v1/network/bans', { ...operator, body, headers }),
    ];
    expect(second).toMatchObject({ status: 201, text: first.text });
    const other = await send('POST', '/v1/network/bans', { ...operator, body: { ...body, reason: 's' }, headers });
    expect(other).toMatchObject({ status: 422, json: { code: 'idempotency_mismatch' } });
    const path = `/v1/network/bans/${String(first.json.ban_id)}/lift`;
    const anew = { 'idempotency-key': crypto.randomUUID() };
    const lifted = [0, 1].map(() => send('POST', path, { ...operator, body: { reason: 'r' }, headers: anew }));
    const [one, again] = await Promise.all(lifted);
    expect([one?.status, again?.status]).toEqual([200, 200]);
    expect(again?.text).toBe(one?.text);
  });

  test('is listed newest first, page by page', async () => {
    const made: unknown[] = [];
    for (let n = 0; n < 5; n++) made.unshift((await issue()).ban_id);
    const seen: unknown[] = [];
    let cursor = '';
    do {
      const { json } = await send('GET', `/v1/network/bans?limit=2${cursor}`);
      const page = json as unknown as { bans: { ban_id: string }[]; next_cursor: string | null };
      seen.push(...page.bans.map(({ ban_id }) => ban_id));
      cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`;
    } while (cursor !== '' && seen.length < 100);
    expect(seen.slice(0, 5)).toEqual(made);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('the feed', () => {
  test('verifies offline with a published key, and not with a byte changed', async () => {
    const ban = await issue();
    const { json } = await send('GET', '/v1/network/bans/feed');
    const { key_id, signature, ...feed } = json as JsonObject & { entries: JsonObject[] };
    const { json: jwks } = await send('GET', '/.well-known/jwks.json');
    const key = (jwks as unknown as { keys: { kid: string; x: string }[] }).keys.find(({ kid }) => kid === key_id);
    const verify = (value: JsonObject) =>
      verifyEd25519(
        fromBase64Url(key?.x ?? '') ?? new Uint8Array(),
        utf8(`guildhall-ban-feed/v1 ${sha256Hex(canonicalJson(value))}`),
        fromBase64Url(String(signature)) ?? new Uint8Array(),
      );
    expect(verify(feed)).toBe(true);
    expect(verify({ ...feed, epoch: Number(feed.epoch) + 1 })).toBe(false);
    expect(verify({ ...feed, entries: feed.entries.slice(1) })).toBe(false);
    const since = await send('GET', `/v1/network/bans/feed?since=${Number(feed.epoch) - 1}`);
    expect(since.json).toMatchObject({ entries: [{ kind: 'issued', ban: { ban_id: ban.ban_id } }], complete: true });
  });
});

test('the ledger is public: its export verifies offline, and the feed names its checkpoint and its receipts', async () => {
  const ban = await issue();
  const { json: feed } = await send('GET', '/v1/network/bans/feed');
  const change = (feed.entries as unknown as { ban: { ban_id: string }; receipt_hash: string; seq: number }[]).at(-1);
  const { json: receipt } = await send('GET', `/v1/network/ledger/receipts/${change?.seq}`);
  expect(receipt).toMatchObject({ receipt_hash: change?.receipt_hash, entry: { body: { ban_id: ban.ban_id } } });
  expect(receipt.tlog_proof).toEqual(expect.any(String));
  const { text: latest } = await send('GET', '/v1/network/ledger/checkpoint');
  expect(feed.checkpoint).toBe(latest);
  const { json: jwks } = await send('GET', '/.well-known/jwks.json');
  const verifier = new LedgerVerifier({ verifyEd25519, keys: readKeySet(jwks as never) ?? [] });
  verifier.feed(utf8((await send('GET', '/v1/network/ledger/export')).text));
  expect(verifier.finish()).toMatchObject({ ok: true });
});

test.each(['network', 'witness'])('no tenant may be called %s', async (tenant) => {
  const body = { tenant, name: 'A forger' };
  expect((await send('POST', '/v1/tenants', { ...operator, body })).status).toBe(400);
});

test('the ledger behind the list: an unbroken chain that says what the list says', async () => {
  const ban = await issue();
  await lift(ban.ban_id);
  const stub = env.NETWORK.getByName('network') as unknown as DurableObjectStub<Network>;
  const { texts, changes } = await runInDurableObject(stub, (_, { storage }) => ({
    texts: storage.sql
      .exec<{ entries: string }>('SELECT entries FROM bundles ORDER BY first_seq')
      .toArray()
      .flatMap(({ entries }) => entries.split('\n')),
    changes: storage.sql
      .exec<{ change: string }>('SELECT change FROM changes ORDER BY epoch')
      .toArray()
      .map(({ change }) => JSON.parse(change) as { kind: string; epoch: number }),
  }));
  let previous: string | null = null;
  const entries = texts.map((text, index) => {
    const entry = JSON.parse(text) as Entry;
    expect(readEntry(entry as never)).toMatchObject({ ok: true });
    expect(canonicalJson(entry as never)).toBe(text);
    expect(entry).toMatchObject({ tenant: 'network', seq: index + 1, prev_receipt_hash: previous });
    previous = sha256Hex(text);
    return entry;
  });
  expect(entries.map(({ type, body }) => [type.slice('hall.ban.'.length), body.epoch])).toEqual(
    changes.map(({ kind, epoch }) => [kind, epoch]),
  );
  expect(changes.map(({ epoch }) => epoch)).toEqual(changes.map((_, index) => index + 1));
});
