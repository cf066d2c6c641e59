/** The outbox of a tenant in real objects: nothing told twice without need, nothing lost, nobody else's, nothing in the clear. */
import { Webhook } from 'standardwebhooks';
import { afterEach, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { NewWebhook } from '../../src/core/webhook/endpoint.ts';
import { ATTEMPTS } from '../../src/core/webhook/retry.ts';
import { outbound } from '../../src/keys/outbound.ts';
import { ask } from '../../src/services/ledger.ts';
import { change } from '../../src/services/manage.ts';
import { carryDeliveries } from '../../src/services/webhook-courier.ts';
import { createWebhook, rotateWebhook } from '../../src/services/webhooks.ts';
import type { DeliveryJob } from '../../src/tenant/commands.ts';
import { checkLedger } from '../support/check-ledger.ts';
import { OPERATOR, okValue, openTenant, question, type TestTenant } from '../support/tenant-client.ts';

interface Received {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly redirect: string | undefined;
}

/** A receiver at every address, and a tenant whose couriers come when the test says so. */
const setUp = async () => {
  const received: Received[] = [];
  const answers: (() => Response | Promise<Response>)[] = [];
  const calls: unknown[] = [];
  const receiver = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    received.push({
      url: String(url),
      body: String(init?.body),
      headers: Object.fromEntries(new Headers(init?.headers)),
      redirect: init?.redirect,
    });
    return (answers.shift() ?? (() => new Response('thanks')))();
  };
  const tenant = await openTenant('hooks', {
    outbound: outbound({ fetch: receiver as typeof fetch, loopback: false }),
    hookCalls: {
      send: async (call) => {
        calls.push(call);
      },
    },
  });
  const carry = async (): Promise<void> => {
    await carryDeliveries(tenant.deps, { tenant: tenant.id });
  };
  return { tenant, received, answers, calls, carry };
};

const made: TestTenant[] = [];
afterEach(async () => {
  for (const tenant of made.splice(0)) {
    await checkLedger(tenant);
    // Else the alarm goes on, and a courier with a real network comes.
    for (const { webhook_id } of await tenant.rows('SELECT webhook_id FROM webhooks')) {
      await tenant.submit({ kind: 'webhook.delete', webhookId: String(webhook_id) });
    }
  }
});

type Asked = Parameters<typeof NewWebhook.parse>[0];
const hook = async (tenant: TestTenant, asked: Partial<JsonObject> = {}) => {
  if (!made.includes(tenant)) made.push(tenant);
  const parsed = NewWebhook.parse({ url: 'https://receiver.example.com/in', ...asked } as Asked);
  const value = okValue(await createWebhook(tenant.deps, tenant.caller, parsed));
  return { id: String(value.webhook_id), secret: String(value.secret), value };
};

const deliveries = async (tenant: TestTenant, webhookId: string): Promise<readonly JsonObject[]> => {
  const query = { kind: 'webhook.deliveries', webhookId, filter: { state: null }, before: null, limit: 200 } as const;
  return okValue(await ask(tenant.deps, tenant.caller, query)).deliveries as readonly JsonObject[];
};
const status = async (tenant: TestTenant, webhookId: string): Promise<unknown> =>
  okValue(await ask(tenant.deps, tenant.caller, { kind: 'webhook', webhookId })).status;
/** As if its time had come. */
const ripen = (tenant: TestTenant) =>
  tenant.inside((_, { storage }) => {
    storage.sql.exec("UPDATE webhook_deliveries SET due_at = 0 WHERE state = 'pending'");
    storage.sql.exec('UPDATE webhooks SET paused_until = NULL');
  });
const ripened = async (tenant: TestTenant): Promise<void> => {
  await ripen(tenant);
  await tenant.evict();
};

test('an event is told once, signed, from its entry; what nobody asked for is not told', async () => {
  const { tenant, received, calls, carry } = await setUp();
  const { id, secret, value } = await hook(tenant, { events: ['decision.denied'] });
  expect(value).toMatchObject({ status: 'active', format: 'standard', url: 'https://receiver.example.com/in' });
  await tenant.route();
  const { decision } = await tenant.route(question({ capability_id: 'cap.nobody' }));
  await tenant.route(question({ capability_id: 'cap.nobody', dry_run: true }));
  await tenant.settled();
  expect(calls).toEqual([{ tenant: tenant.id }]);
  await carry();
  await carry();
  expect(received).toHaveLength(1);
  const [message] = received;
  const told = new Webhook(secret).verify(String(message?.body), { ...message?.headers }) as JsonObject;
  expect(told).toMatchObject({
    type: 'decision.denied',
    data: { decision_id: decision.decision_id, deny_code: decision.deny_code, tenant: tenant.id },
  });
  expect(message?.redirect).toBe('manual');
  expect(await deliveries(tenant, id)).toMatchObject([
    {
      status: 'delivered',
      attempts: 1,
      tries: [{ status: 200, fault: null }],
      message_id: message?.headers['webhook-id'],
    },
  ]);
});

test('an approval is told with where to answer, in the form of a chat service', async () => {
  const { tenant, received, carry } = await setUp();
  await hook(tenant, {
    url: 'https://hooks.slack.com/services/T/B/x',
    format: 'slack',
    events: ['approval.requested'],
  });
  const held = question({
    capability_id: 'cap.db.migrate',
    data_label: 'RESTRICTED',
    tenant_risk: 'high',
    qos_class: 'P0',
  });
  const { decision } = await tenant.route(held);
  await carry();
  expect(decision.outcome).toBe('STEWARD_HOLD');
  const { blocks } = JSON.parse(String(received[0]?.body));
  expect(JSON.stringify(blocks)).toContain('cap.db.migrate');
  expect(JSON.stringify(blocks)).toContain(`https://guildhall.test/app/approvals/${decision.pending_approval_id}`);
});

test('what fails is tried again later with the same id, and given up in the end; the endpoint is said to be failing', async () => {
  const { tenant, received, answers, carry } = await setUp();
  const { id } = await hook(tenant, { events: ['key.created', 'webhook.failing'] });
  await tenant.submit({ kind: 'webhook.test', webhookId: id });
  const refusing = () => new Response('no', { status: 500, headers: { 'retry-after': '1' } });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    answers.push(attempt % 2 === 0 ? refusing : () => Promise.reject(new Error('reset')));
    await carry();
    // Not yet due: nobody is asked.
    await carry();
    expect(received).toHaveLength(attempt);
    await ripened(tenant);
  }
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  const [given] = (await deliveries(tenant, id)).filter((delivery) => delivery.event === 'webhook.test');
  expect(given).toMatchObject({ status: 'failed', attempts: ATTEMPTS, next_attempt_at: null });
  expect(given?.tries).toMatchObject(
    Array.from({ length: ATTEMPTS }, (_, at) => (at % 2 === 0 ? { fault: 'unreachable' } : { status: 500 })),
  );
  expect(await status(tenant, id)).toBe('failing');

  // By hand, mended: the same message, and all is well again.
  const failed = received.length;
  await change(tenant.deps, tenant.caller, { kind: 'webhook.replay', webhookId: id, seq: Number(given?.seq) });
  await carry();
  expect(received.slice(failed).map(({ headers }) => headers['webhook-id'])).toContain(
    received[0]?.headers['webhook-id'],
  );
  expect(await status(tenant, id)).toBe('active');
  const types = await tenant.rows("SELECT count(*) AS n FROM webhook_deliveries WHERE event = 'webhook.failing'");
  expect(types).toEqual([{ n: 1 }]);
});

test('a receiver that is gone is asked no more', async () => {
  const { tenant, received, answers, carry } = await setUp();
  const { id } = await hook(tenant, { events: ['decision.denied'] });
  await tenant.route(question({ capability_id: 'cap.nobody' }));
  answers.push(() => new Response(null, { status: 410 }));
  await carry();
  expect(await status(tenant, id)).toBe('disabled');
  await tenant.route(question({ capability_id: 'cap.nobody' }));
  await carry();
  expect(received).toHaveLength(1);
  const disabled = await change(tenant.deps, tenant.caller, { kind: 'webhook.test', webhookId: id });
  expect(disabled).toMatchObject({ ok: false, error: { code: 'webhook_disabled' } });
  okValue(
    await change(tenant.deps, tenant.caller, { kind: 'webhook.change', webhookId: id, patch: { enabled: true } }),
  );
  expect(await status(tenant, id)).toBe('active');
});

test('redirects are not followed, and huge answers are not read', async () => {
  const { tenant, received, answers, carry } = await setUp();
  const { id } = await hook(tenant, { events: ['decision.denied'] });
  let pulled = 0;
  answers.push(
    () => new Response(null, { status: 302, headers: { location: 'http://127.0.0.1/' } }),
    () =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            pulled++;
            controller.enqueue(new Uint8Array(65_536));
          },
        }),
      ),
  );
  await tenant.route(question({ capability_id: 'cap.nobody' }));
  await tenant.route(question({ capability_id: 'cap.nobody' }));
  await carry();
  expect(received).toHaveLength(2);
  expect(pulled).toBeLessThan(5);
  const tries = (await deliveries(tenant, id)).flatMap((delivery) => delivery.tries as JsonObject[]);
  expect(tries.map(({ status: code, fault }) => fault ?? code)).toEqual(expect.arrayContaining([200, 'redirected']));
});

test('a courier that dies costs an attempt and nothing else; one that comes late says nothing', async () => {
  const { tenant, received, carry } = await setUp();
  const { id } = await hook(tenant, { events: ['decision.denied'] });
  await tenant.route(question({ capability_id: 'cap.nobody' }));
  const operator = tenant.as(OPERATOR);
  const [claimed] = await operator.submit({ kind: 'webhook.claim' });
  const jobs = (claimed?.kind === 'recorded' ? claimed.value.jobs : []) as unknown as readonly DeliveryJob[];
  expect(jobs).toMatchObject([{ webhookId: id, attempt: 1 }]);
  await carry();
  expect(received).toHaveLength(0);
  await ripened(tenant);
  await carry();
  expect(received).toHaveLength(1);
  const late = {
    webhookId: id,
    seq: jobs[0]?.seq ?? 0,
    attempt: 1,
    status: 500,
    fault: null,
    latencyMs: 1,
    retryAfterMs: null,
  };
  await operator.submit({ kind: 'webhook.report', results: [late] });
  expect(await deliveries(tenant, id)).toMatchObject([{ status: 'delivered', attempts: 2 }]);
});

test('a dead endpoint is asked by one message at a time, and does not hold up the others', async () => {
  const { tenant, received, carry } = await setUp();
  const dead = await hook(tenant, { url: 'https://dead.example.com/', events: ['decision.denied'] });
  const live = await hook(tenant, { url: 'https://live.example.com/', events: ['decision.denied'] });
  const silent = tenant.with({
    outbound: outbound({
      fetch: (async (url: URL) => {
        received.push({ url: String(url), body: '', headers: {}, redirect: undefined });
        if (String(url).includes('dead')) throw new DOMException('too slow', 'TimeoutError');
        return new Response('ok');
      }) as unknown as typeof fetch,
      loopback: false,
    }),
  });
  const nobody = Array.from({ length: 100 }, () => question({ capability_id: 'cap.nobody' }));
  await Promise.all(nobody.map((one) => tenant.route(one)));
  const asked = (name: string) => received.filter(({ url }) => url.includes(name)).length;
  await carryDeliveries(silent.deps, { tenant: tenant.id });
  expect(asked('live')).toBe(100);
  const before = asked('dead');
  expect(before).toBeLessThanOrEqual(20);
  for (let round = 0; round < 3; round++) {
    await ripened(tenant);
    await carryDeliveries(silent.deps, { tenant: tenant.id });
  }
  expect(asked('dead') - before).toBeLessThanOrEqual(3 * 3);
  expect((await deliveries(tenant, live.id)).every(({ status: state }) => state === 'delivered')).toBe(true);
  expect((await deliveries(tenant, dead.id))[0]?.status).toBe('pending');
  const [faults] = await tenant.rows("SELECT count(*) AS n FROM webhook_deliveries WHERE tries LIKE '%timed_out%'");
  expect(Number(faults?.n)).toBeGreaterThan(0);
  await carry();
});

test('while a secret is replaced both sign, and afterwards only the new one', async () => {
  const { tenant, received, carry } = await setUp();
  const { id, secret } = await hook(tenant);
  const rotated = okValue(await rotateWebhook(tenant.deps, tenant.caller, id, 3_600));
  const next = String(rotated.secret);
  await tenant.submit({ kind: 'webhook.test', webhookId: id });
  await carry();
  const verified = (by: string) =>
    new Webhook(by).verify(String(received.at(-1)?.body), { ...received.at(-1)?.headers });
  expect(verified(secret)).toEqual(verified(next));
  const last = okValue(await rotateWebhook(tenant.deps, tenant.caller, id, 0));
  await tenant.submit({ kind: 'webhook.test', webhookId: id });
  await carry();
  expect(() => verified(next)).toThrow();
  expect(verified(String(last.secret))).toMatchObject({ type: 'webhook.test' });
});

test('neither address nor secret is stored or recorded in the clear', async () => {
  const { tenant } = await setUp();
  const { secret } = await hook(tenant, { url: 'https://hooks.slack.com/services/T0/B0/topsecret', format: 'slack' });
  const tables = await tenant.inside((_, { storage }) => {
    const names = storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
    return names
      .filter(({ name }) => !name.startsWith('_cf_'))
      .map(({ name }) => JSON.stringify(storage.sql.exec(`SELECT * FROM ${name}`).toArray()))
      .join('\n');
  });
  expect(tables).not.toContain('topsecret');
  expect(tables).not.toContain(secret.slice('whsec_'.length, 30));
});

test('the address is judged when it is given; of events there are none but those described', async () => {
  const { tenant } = await setUp();
  for (const url of [
    'http://receiver.example.com/',
    'https://127.0.0.1/',
    'https://10.1.2.3/',
    'https://u:p@a.example.com/',
    'nothing',
    'https://[::1]/',
    'https://a.internal/',
  ]) {
    const refused = await createWebhook(tenant.deps, tenant.caller, NewWebhook.parse({ url }));
    expect(refused, url).toMatchObject({ ok: false, error: { code: 'invalid_body', errors: [{ field: '/url' }] } });
  }
  expect(NewWebhook.safeParse({ url: 'https://a.example.com', events: ['nothing'] }).success).toBe(false);
  expect(NewWebhook.safeParse({ url: 'https://a.example.com', events: [] }).success).toBe(false);
});

test('there are at most twenty, and what one is told goes with it', async () => {
  const { tenant, received, carry } = await setUp();
  const hooks = [];
  for (let at = 0; at < 20; at++) hooks.push(await hook(tenant));
  const parsed = NewWebhook.parse({ url: 'https://receiver.example.com/' });
  expect(await createWebhook(tenant.deps, tenant.caller, parsed)).toMatchObject({
    ok: false,
    error: { code: 'too_many_webhooks' },
  });
  const [first] = hooks;
  await tenant.submit({ kind: 'webhook.test', webhookId: first?.id ?? '' });
  okValue(await change(tenant.deps, tenant.caller, { kind: 'webhook.delete', webhookId: first?.id ?? '' }));
  await carry();
  expect(received).toEqual([]);
  const gone = await change(tenant.deps, tenant.caller, { kind: 'webhook.replay', webhookId: first?.id ?? '', seq: 1 });
  expect(gone).toMatchObject({ ok: false, error: { code: 'not_found' } });
});
