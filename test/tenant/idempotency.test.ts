/** `Idempotency-Key`: one key and body, one entry, the same bytes for ever; also all at once, and after a crash. */

import { abortAllDurableObjects } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { afterEach, expect, test, vi } from 'vitest';
import { SCOPES } from '../../src/core/caller.ts';
import { createKey } from '../../src/services/keys.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { okValue, openTenant, question, routeCommand, type TestTenant } from '../support/tenant-client.ts';

const HOUR = 3_600_000;

afterEach(() => {
  vi.useRealTimers();
});

const key = (name: string, digest = 'the body') => ({ idempotency: { key: name, digest } });

const decisions = async (tenant: TestTenant): Promise<number> =>
  (await checkLedger(tenant)).entries.filter(({ type }) => type === 'wcp.decision').length;

test('256 at once, and again after the object lost its memory: one entry, the same bytes', async () => {
  const tenant = await openTenant('idem');
  const answers = await Promise.all(Array.from({ length: 256 }, () => tenant.route(question(), key('k'))));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  await tenant.settled();
  await tenant.evict();
  const again = await tenant.route(question(), key('k'));
  expect(again).toEqual({ ...answers[0], replayed: true });
  expect(await decisions(tenant)).toBe(1);
});

test('40 keys, 16 callers each, all together: one entry for each key', async () => {
  const tenant = await openTenant('idem');
  const texts = new Map<number, Set<string>>();
  await Promise.all(
    Array.from({ length: 640 }, async (_, n) => {
      const { text } = await tenant.route(question({ request: { n: n % 40 } }), key(`k${n % 40}`));
      texts.set(n % 40, (texts.get(n % 40) ?? new Set()).add(text));
    }),
  );
  expect([...texts.values()].map(({ size }) => size)).toEqual(Array.from({ length: 40 }, () => 1));
  await tenant.settled();
  expect(await decisions(tenant)).toBe(40);
});

test('the object dies under 64 callers of one key: what any of them was told, all are told', async () => {
  for (let round = 0; round < 5; round++) {
    const tenant = await openTenant('idem');
    const running = Array.from({ length: 64 }, () => tenant.route(question(), key('k')));
    const settled = Promise.allSettled(running);
    if (round > 0) await scheduler.wait(2 * round);
    await abortAllDurableObjects();
    const told = (await settled).flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.text] : []));
    const after = await tenant.route(question(), key('k'));
    expect(new Set([...told, after.text]).size).toBe(1);
    await tenant.settled();
    expect(await decisions(tenant)).toBe(1);
  }
});

test('another body under the same key is refused, and changes nothing', async () => {
  const tenant = await openTenant('idem');
  const first = await tenant.route(question(), key('k'));
  const other = await tenant.tryRoute(question({ env: 'dev' }), key('k', 'another body'));
  expect(other).toMatchObject({ ok: false, error: { code: 'idempotency_mismatch' } });
  expect((await tenant.route(question(), key('k'))).text).toBe(first.text);
  await tenant.settled();
  expect(await decisions(tenant)).toBe(1);
});

test('of two bodies that arrive together one is taken and one refused', async () => {
  const tenant = await openTenant('idem');
  const answers = await Promise.all(
    Array.from({ length: 32 }, (_, n) => tenant.tryRoute(question(), key('k', `body ${n % 2}`))),
  );
  expect(answers.filter(({ ok }) => ok)).toHaveLength(16);
  await tenant.settled();
  expect(await decisions(tenant)).toBe(1);
});

test('a list of commands is remembered as a whole', async () => {
  const tenant = await openTenant('idem');
  const envelope = [routeCommand(), routeCommand(question({ env: 'dev' })), routeCommand()];
  const options = { idempotency: { key: 'k', digest: 'd' } };
  const [a, b] = await Promise.all([tenant.submitRaw(envelope, options), tenant.submitRaw(envelope, options)]);
  expect([a.kind === 'done' && a.replayed, b.kind === 'done' && b.replayed]).toEqual([false, true]);
  expect(b.kind === 'done' && b.replies).toEqual(a.kind === 'done' && a.replies);
  expect(await decisions(tenant)).toBe(3);
});

test('a key is forgotten after a day, not before', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  const tenant = await openTenant('idem');
  const first = await tenant.route(question(), key('k'));
  vi.setSystemTime(Date.now() + 24 * HOUR - 5000);
  expect((await tenant.route(question(), key('k'))).text).toBe(first.text);
  vi.setSystemTime(Date.now() + 10_000);
  const next = await tenant.route(question(), key('k'));
  expect(next.replayed).toBe(false);
  expect(next.text).not.toBe(first.text);
  await tenant.settled();
  expect(await decisions(tenant)).toBe(2);
});

test('what nobody can ask for any more is forgotten by the alarm', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  const tenant = await openTenant('idem');
  await tenant.route(question(), key('old'));
  vi.setSystemTime(Date.now() + 12 * HOUR);
  await tenant.route(question(), key('young'));
  await tenant.settled();
  vi.setSystemTime(Date.now() + 12 * HOUR + 1000);
  await tenant.inside((instance) => instance.alarm());
  expect(await tenant.rows("SELECT key FROM replies WHERE key IN ('old', 'young')")).toEqual([{ key: 'young' }]);
  await checkLedger(tenant);
});

test('a key belongs to one credential: the same key of another is another', async () => {
  const tenant = await openTenant('idem');
  const mint = async (name: string): Promise<string> => {
    const terms = { name, environment: 'test', scopes: SCOPES } as const;
    return String(okValue(await createKey(tenant.deps, tenant.caller, terms)).api_key);
  };
  const post = async (apiKey: string, body: object): Promise<Response> =>
    exports.default.fetch('https://guildhall.test/wcp/route', {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', 'idempotency-key': 'k' },
      body: JSON.stringify(body),
    });
  const [one, two] = [await mint('one'), await mint('two')];
  const first = await post(one, question());
  expect(first.status).toBe(200);
  const text = await first.text();
  const other = await post(two, question());
  expect(other.headers.get('idempotency-replayed')).toBeNull();
  expect(await other.text()).not.toBe(text);
  const again = await post(one, question());
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(await again.text()).toBe(text);
  expect((await post(one, question({ env: 'dev' }))).status).toBe(422);
  expect(await decisions(tenant)).toBe(2);
});
