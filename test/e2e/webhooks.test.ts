/**
 * Webhooks over real HTTP: a receiver that is well, slow, broken, or leads elsewhere; thousands of events; and a server
 * that is killed between the commit and the sending. Everything that was answered is told, with the same id each time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../../src/cli/demo.ts';
import { type Crashable, startCrashable } from '../support/crashable.ts';

type Members = Readonly<Record<string, unknown>>;

interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let dir: string;
let hall: Crashable;
let receiver: Server;
let base: string;
const received: Received[] = [];
let broken = false;

const answers: Readonly<
  Record<string, (attempt: number) => { status: number; location?: string; endless?: boolean } | null>
> = {
  '/well': () => ({ status: 200 }),
  '/slow': () => null,
  '/away': () => ({ status: 307, location: '/secret' }),
  '/flaky': (attempt) => ({ status: attempt === 1 ? 503 : 204 }),
  '/huge': () => ({ status: 200, endless: true }),
  '/many': () => ({ status: 200 }),
  '/crash': () => ({ status: broken ? 500 : 200 }),
};

const at = (path: string): readonly Received[] => received.filter((one) => one.path === path);

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const path = request.url ?? '';
      received.push({ path, body, headers: request.headers as Record<string, string> });
      const answer = answers[path]?.(at(path).length);
      if (answer == null) return;
      response.writeHead(answer.status, answer.location === undefined ? {} : { location: answer.location });
      if (answer.endless !== true) {
        response.end();
        return;
      }
      const more = (): void => {
        if (!response.destroyed) response.write('x'.repeat(65_536), () => setImmediate(more));
      };
      more();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  dir = mkdtempSync(join(tmpdir(), 'guildhall-hooks-'));
  hall = await startCrashable(dir);
});
afterAll(async () => {
  await hall.stop();
  receiver.closeAllConnections();
  receiver.close();
  rmSync(dir, { recursive: true, force: true });
});

const api = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Members> =>
  call(`${hall.url}${path}`, method, hall.key, body);

const hook = async (
  path: string,
  events: readonly string[] = ['decision.denied'],
): Promise<{ id: string; secret: string }> => {
  const made = await api('POST', '/v1/webhooks', { url: `${base}${path}`, events });
  return { id: String(made.webhook_id), secret: String(made.secret) };
};

const denied = async (): Promise<string> => {
  const decision = await api('POST', '/wcp/route', {
    capability_id: 'cap.nobody',
    env: 'dev',
    data_label: 'PUBLIC',
    tenant_risk: 'low',
    qos_class: 'P2',
    tenant_id: 'acme-corp',
  });
  return String(decision.decision_id);
};

const until = async (what: () => boolean | Promise<boolean>, withinMs: number): Promise<void> => {
  for (const end = Date.now() + withinMs; !(await what()); ) {
    if (Date.now() > end) throw new Error('it did not happen in time');
    await sleep(50);
  }
};

const deliveries = async (id: string): Promise<readonly Members[]> =>
  (await api('GET', `/v1/webhooks/${id}/deliveries?limit=200`)).deliveries as readonly Members[];
const idsOf = (messages: readonly Received[]): Set<string> =>
  new Set(messages.map(({ body }) => String(JSON.parse(body).data.decision_id)));

test('each kind of receiver gets what it can bear', async () => {
  const hooks = {
    well: await hook('/well'),
    slow: await hook('/slow'),
    away: await hook('/away'),
    flaky: await hook('/flaky'),
    huge: await hook('/huge'),
  };
  const decision = await denied();
  await until(() => at('/well').length === 1 && at('/huge').length === 1, 5_000);
  const [message] = at('/well');
  const told = new Webhook(hooks.well.secret).verify(message?.body ?? '', { ...message?.headers });
  expect(told).toMatchObject({ type: 'decision.denied', data: { decision_id: decision } });

  await until(() => at('/flaky').length === 2, 20_000);
  const [first, second] = at('/flaky');
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  expect(second?.body).toBe(first?.body);
  expect(second?.headers['webhook-timestamp']).not.toBe(first?.headers['webhook-timestamp']);

  const outcome = async (id: string): Promise<Members | undefined> => (await deliveries(id))[0];
  await until(async () => JSON.stringify(await outcome(hooks.slow.id)).includes('"at"'), 20_000);
  expect((await outcome(hooks.slow.id))?.tries).toMatchObject([{ fault: 'timed_out', status: null }]);
  expect(await outcome(hooks.huge.id)).toMatchObject({ status: 'delivered', tries: [{ status: 200 }] });
  expect(JSON.stringify((await outcome(hooks.away.id))?.tries)).toContain('"fault":"redirected"');
  expect(at('/secret')).toEqual([]);

  const replayed = await api('POST', `/v1/webhooks/${hooks.well.id}/replay`, {
    seq: Number((await outcome(hooks.well.id))?.seq),
  });
  expect(replayed.evidence_receipt).toBeTruthy();
  await until(() => at('/well').length === 2, 5_000);
  expect(at('/well')[1]?.headers['webhook-id']).toBe(message?.headers['webhook-id']);
  for (const { id } of Object.values(hooks)) await api('DELETE', `/v1/webhooks/${id}`);
});

test('hundreds of events arrive, each once', async () => {
  const { id } = await hook('/many');
  const wanted = new Set<string>();
  // Told as it happens: the alarm, which is for when somebody died, would take two seconds.
  let quickest = Number.POSITIVE_INFINITY;
  for (let event = 0; event < 3; event++) {
    wanted.add(await denied());
    const answered = Date.now();
    await until(() => at('/many').length === wanted.size, 5_000);
    quickest = Math.min(quickest, Date.now() - answered);
  }
  expect(quickest).toBeLessThan(1_500);
  const lane = async (): Promise<void> => {
    while (wanted.size < 300) wanted.add(await denied());
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  await until(() => idsOf(at('/many')).size >= wanted.size, 60_000);
  expect(idsOf(at('/many'))).toEqual(wanted);
  expect(at('/many').length).toBe(wanted.size);
  await api('DELETE', `/v1/webhooks/${id}`);
});

test('what was answered is told after a kill -9 between commit and sending', async () => {
  const { secret } = await hook('/crash');
  broken = true;
  const wanted = new Set<string>();
  for (let at = 0; at < 10; at++) wanted.add(await denied());
  await hall.kill('runtime');
  broken = false;
  received.length = 0;
  hall = await startCrashable(dir);
  await until(() => [...wanted].every((id) => idsOf(at('/crash')).has(id)), 60_000);
  const byDecision = Map.groupBy(at('/crash'), ({ body }) => String(JSON.parse(body).data.decision_id));
  for (const messages of byDecision.values()) {
    expect(new Set(messages.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  }
  const [message] = at('/crash');
  new Webhook(secret).verify(message?.body ?? '', { ...message?.headers });
});
