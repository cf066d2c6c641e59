/** WCP 8, check 45, and the matrix of callers: every route of the description against every credential that is not its own. */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  closeHalls,
  emptyHall,
  type HallClient,
  OPERATOR_KEY,
  openHall,
  type Reply,
  rule,
  send,
  sleep,
  text,
} from '../support/hall-client.ts';
import { allRoutes, pathOf, type Route } from './routes.ts';

afterEach(closeHalls);

const SCOPES = [
  'hall:route',
  'hall:read',
  'hall:enroll',
  'hall:admin',
  'hall:approve',
  'ledger:read',
  'runtime:delivery',
];
/** In the ids and texts of the one tenant, in none of the other. */
const MARK = 'only-of-a';

type Ids = Readonly<Record<string, string>>;
const ABSENT: Ids = {
  decision_id: '0b7f2a4c-6c1e-4d7e-9a55-000000000002',
  worker_id: 'org.test.nobody',
  approval_id: 'apr_0b7f2a4c-6c1e-4d7e-9a55-000000000002',
  key_id: 'key_0b7f2a4c-6c1e-4d7e-9a55-2f1d3c4b5a69',
  signatory_id: 'sig_0b7f2a4c-6c1e-4d7e-9a55-2f1d3c4b5a69',
  webhook_id: 'whk_0b7f2a4c-6c1e-4d7e-9a55-2f1d3c4b5a69',
  id: '0b7f2a4c-6c1e-4d7e-9a55-000000000002',
};

/** A tenant that has something behind every kind of id. */
const fullHall = async (): Promise<{ readonly hall: HallClient; readonly ids: Ids; readonly grant: string }> => {
  const worker_id = `org.test.${MARK}`;
  const hall = await openHall({
    workers: [{ worker_id, worker_species_id: `wrk.${MARK}` }],
    rules: [
      rule({ candidate_workers_ranked: [{ worker_species_id: `wrk.${MARK}` }] }, {}, `rr_${MARK}`),
      rule(
        {
          candidate_workers_ranked: [{ worker_species_id: `wrk.${MARK}` }],
          escalation: { human_required_default: true },
        },
        { capability_id: 'cap.held' },
        'rr_held',
      ),
    ],
  });
  await hall.policy('ALLOW');
  const decision = await hall.ask({ tenant_id: MARK });
  expect(decision.outcome).toBe('DISPATCH');
  const held = await hall.ask({ capability_id: 'cap.held', tenant_id: MARK });
  const { keyId } = await hall.newKey(['hall:read']);
  const signatory = await hall.send('POST', '/v1/signatories', {
    name: MARK,
    issuer: `https://${MARK}.com`,
    jwks_url: `https://${MARK}.com/jwks.json`,
    audiences: ['guildhall'],
    algorithms: ['ES256'],
  });
  const webhook = await hall.send('POST', '/v1/webhooks', { url: `https://${MARK}.com/`, events: ['key.leaked'] });
  const decision_id = text(decision.decision_id);
  return {
    hall,
    ids: {
      decision_id,
      worker_id,
      key_id: keyId,
      signatory_id: text(signatory.json.signatory_id),
      webhook_id: text(webhook.json.webhook_id),
      id: decision_id,
      approval_id: text(held.pending_approval_id),
    },
    grant: text(decision.dispatch_grant),
  };
};

/** What is the same however often it is asked: not the request's own id. */
const answer = ({ status, json, text: body, headers }: Reply): readonly unknown[] => {
  const { instance: _, ...rest } = json;
  return [status, headers.get('content-type'), Object.keys(json).length === 0 ? body : rest];
};

/** With the body of its sample; the one route whose path repeats a member of it gets the same there. */
const call = (route: Route, ids: Ids, key: string | null, prefix = ''): Promise<Reply> => {
  const named =
    route.method === 'PUT' && route.path === '/v1/workers/{worker_id}' ? { worker_id: ids.worker_id ?? '' } : {};
  const body = route.hasBody ? { body: { ...route.sample.body, ...named } } : {};
  return send(route.method, prefix + pathOf(route, ids), { key, ...body });
};

let routes: readonly Route[] = [];
beforeAll(async () => {
  routes = await allRoutes();
});
const ofTenants = (): readonly Route[] => routes.filter((route) => route.access === 'tenant');
const label = (route: Route): string => `${route.method} ${route.path}`;

describe('the description', () => {
  test('names every route that a Hall is asked for, each with its problems', () => {
    expect(routes.length).toBeGreaterThan(35);
    for (const route of routes) {
      const needed = [
        ...(route.access === 'public' ? [] : ['401']),
        ...(route.hasBody && route.sample.tolerant !== true ? ['400', '413', '415'] : []),
      ];
      if (route.access === 'tenant') needed.push('403');
      if (route.parameters.length > 0) needed.push('404');
      for (const status of needed) expect(route.statuses, `${label(route)} ${status}`).toContain(status);
    }
  });

  test('every body is required, and every route that needs a caller is part of the matrix', () => {
    for (const route of routes) {
      expect(route.bodyRequired, label(route)).toBe(route.hasBody);
      if (route.hasBody) expect(route.sample.body, `no sample for ${label(route)}`).toBeDefined();
      if (route.access === 'tenant') expect(route.sample.scope, `no scope for ${label(route)}`).toBeDefined();
    }
  });
});

describe('who may not', () => {
  test('no credential, garbage, another scheme, revoked, expired: 401, one answer, no effect', async () => {
    const { hall, ids } = await fullHall();
    const revoked = await hall.newKey(SCOPES);
    expect((await hall.send('DELETE', `/v1/keys/${revoked.keyId}`)).status).toBe(200);
    const expired = await hall.newKey(SCOPES, new Date(Date.now() + 300).toISOString());
    await sleep(400);
    const forged = `${hall.key.slice(0, -8)}00000000`;
    const size = await hall.ledgerSize();
    for (const route of ofTenants()) {
      const nobody = await call(route, ids, null);
      expect(nobody.status, label(route)).toBe(401);
      expect(nobody.headers.get('www-authenticate'), label(route)).toContain('Bearer');
      for (const key of ['garbage', forged, revoked.key, expired.key, OPERATOR_KEY]) {
        expect(answer(await call(route, ids, key)), `${label(route)} with ${key.slice(0, 12)}`).toEqual(answer(nobody));
      }
      const basic = await send(route.method, pathOf(route, ids), {
        headers: { authorization: `Basic ${btoa(`a:${hall.key}`)}` },
        ...(route.hasBody ? { body: route.sample.body ?? {} } : {}),
      });
      expect(answer(basic), label(route)).toEqual(answer(nobody));
    }
    expect(await hall.ledgerSize()).toBe(size);
  });

  test('a public route is not opened further by a key that is not one', async () => {
    for (const route of routes.filter(
      ({ access, path, looksAtKey }) => access === 'public' && looksAtKey && path.startsWith('/wcp'),
    )) {
      expect((await call(route, ABSENT, 'garbage')).status, label(route)).toBe(401);
    }
  });

  test('an operator route is opened by the operator only', async () => {
    const { hall } = await fullHall();
    for (const route of routes.filter(({ access }) => access === 'operator')) {
      for (const key of [null, 'garbage', hall.key, `${OPERATOR_KEY}x`]) {
        expect((await call(route, ABSENT, key)).status, label(route)).toBe(401);
      }
    }
  });

  test('each scope opens its own routes and no other', async () => {
    const { hall, ids } = await fullHall();
    const keys = new Map<string, string>();
    for (const scope of SCOPES) keys.set(scope, (await hall.newKey([scope])).key);
    const size = await hall.ledgerSize();
    const scoped = routes.filter((route) => route.sample.scope !== undefined && !route.path.endsWith('/start'));
    for (const route of scoped) {
      for (const [scope, key] of keys) {
        if (route.sample.scope === 'any' || scope === route.sample.scope) continue;
        const refused = await call(route, ids, key);
        expect([refused.status, refused.json.code], `${label(route)} with ${scope}`).toEqual([
          403,
          'insufficient_scope',
        ]);
        expect(refused.text).not.toContain(MARK);
      }
    }
    expect(await hall.ledgerSize()).toBe(size);
    for (const route of scoped.filter(({ sample }) => sample.people !== true)) {
      for (const [scope, key] of keys) {
        if (route.sample.scope !== 'any' && scope !== route.sample.scope) continue;
        const opened = await call(route, ABSENT, key);
        expect([401, 403], `${label(route)} with ${scope}: ${opened.text}`).not.toContain(opened.status);
      }
    }
  });
});

describe("check 45: another tenant's ids", () => {
  test('under B the ids of A answer as absent ones do, and nothing of A is shown or changed', async () => {
    const { hall: a, ids } = await fullHall();
    const b = await openHall();
    const size = await a.ledgerSize();
    for (const route of routes.filter(({ parameters }) => parameters.length > 0)) {
      // Enrolling is B's own business: the name of a worker of A in a sandbox is as free as any other; so is a bundle's.
      if (route.sample.makes === true || (route.sample.scope === 'hall:enroll' && route.method === 'PUT')) continue;
      if (route.sample.saysUnknown === true || route.sample.ownName === true) continue;
      const foreign = await call(route, ids, b.key);
      const absent = await call(route, ABSENT, b.key);
      expect(answer(foreign), label(route)).toEqual(answer(absent));
      expect(foreign.status, label(route)).toBeGreaterThanOrEqual(400);
      if (route.access === 'operator' || route.access === 'account') expect(foreign.status, label(route)).toBe(401);
      else if (route.method === 'GET' || route.method === 'DELETE') expect(foreign.status, label(route)).toBe(404);
    }
    for (const route of routes.filter(({ access, parameters }) => access === 'tenant' && parameters.length === 0)) {
      expect((await call(route, {}, b.key)).text, label(route)).not.toContain(MARK);
    }
    expect(await a.ledgerSize()).toBe(size);
  });

  test('a grant, a version and a cursor of A mean nothing to B', async () => {
    const { hall: a, ids, grant } = await fullHall();
    const b = await emptyHall();
    const size = await a.ledgerSize();
    const start = (id: string) => b.send('POST', `/wcp/dispatches/${id}/start`, { grant });
    expect(answer(await start(ids.decision_id ?? ''))).toEqual(answer(await start(ABSENT.decision_id ?? '')));
    expect((await b.send('POST', `/wcp/dispatches/${ids.decision_id}/complete`, {})).status).toBe(404);
    expect((await b.send('POST', '/v1/rules/rollback', { version: 'v1' })).status).toBe(404);
    for (const cursor of [`org.test.${MARK}`, 'wrk', '3']) {
      expect((await b.send('GET', `/wcp/workers?cursor=${cursor}`)).text).not.toContain(MARK);
    }
    expect((await b.send('GET', `/v1/decisions?worker_id=org.test.${MARK}`)).json.count).toBe(0);
    expect(await a.ledgerSize()).toBe(size);
  });

  test('the same worker_id and capability live in both, apart', async () => {
    const [a, b] = [await openHall(), await openHall()];
    await a.heartbeat({ status: 'offline' });
    expect((await a.ask()).outcome).toBe('DENY');
    expect((await b.ask()).outcome).toBe('DISPATCH');
  });
});

describe('the prefix /t/:tenant', () => {
  test("a tenant that the credential does not cover: 404 on every route, absent and another's alike", async () => {
    const { hall: a, ids } = await fullHall();
    const b = await openHall();
    const size = await a.ledgerSize();
    for (const route of routes.filter(
      ({ access, path, looksAtKey }) => access === 'tenant' || (looksAtKey && path.startsWith('/wcp')),
    )) {
      const foreign = await call(route, ids, b.key, `/t/${a.tenant}`);
      expect(foreign.status, label(route)).toBe(404);
      expect(answer(await call(route, ids, b.key, '/t/no-such-tenant')), label(route)).toEqual(answer(foreign));
      if (route.access === 'tenant')
        expect((await call(route, ids, null, `/t/${a.tenant}`)).status, label(route)).toBe(401);
    }
    expect(await a.ledgerSize()).toBe(size);
  });

  test("one's own tenant in the path changes nothing", async () => {
    const { hall: a, ids } = await fullHall();
    for (const route of ofTenants().filter(({ method }) => method === 'GET')) {
      const [plain, prefixed] = [await call(route, ids, a.key), await call(route, ids, a.key, `/t/${a.tenant}`)];
      expect(prefixed.status, label(route)).toBe(plain.status);
    }
  });

  test.each([
    '/t/',
    '/t//wcp/health',
    '/t/%00/wcp/health',
    '/t/A B/wcp/health',
    '/t/%2F/wcp/health',
    '/t/%zz/wcp/health',
    `/t/${'a'.repeat(300)}/wcp/health`,
  ])('%s finds nothing', async (path) => {
    const b = await emptyHall();
    expect((await send('GET', path, { key: b.key })).status).toBe(404);
  });
});
