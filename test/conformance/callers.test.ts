/**
 * WCP 8, check 45, and the matrix of callers beyond plain keys, made from `/openapi.json`: every route against sessions,
 * bound, limited and leaked keys, and forged claims of all kinds. A new route enters it by being described.
 */

import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { permissionsOf, permits, ROLES } from '../../src/core/access/roles.ts';
import type { Permission, Scope } from '../../src/core/caller.ts';
import {
  closeHalls,
  type HallClient,
  mustBe,
  OPERATOR_KEY,
  ORIGIN,
  openHall,
  type Reply,
  send,
} from '../support/hall-client.ts';
import { joined, ownerOf, type Person, person } from '../support/person.ts';
import { benchOf, makeKeys, termsOf } from '../support/token-attacks.ts';
import { allRoutes, pathOf, type Route } from './routes.ts';

/** What a scope of keys includes and some roles have without the rest of it: there they may. */
const FINE: readonly (readonly [Permission, RegExp])[] = [['policy:write', /\/(?:policies|rules|policy)\b/]];

afterEach(closeHalls);

const SCOPES = ['hall:route', 'hall:read', 'hall:enroll', 'hall:admin', 'ledger:read', 'runtime:delivery'];
const IDS = {
  decision_id: '0b7f2a4c-6c1e-4d7e-9a55-000000000002',
  worker_id: 'org.test.summarizer',
  key_id: 'key_0b7f2a4c-6c1e-4d7e-9a55-2f1d3c4b5a69',
  id: '1',
};

let routes: readonly Route[] = [];
beforeAll(async () => {
  routes = await allRoutes();
});
const ofTenants = (): readonly Route[] => routes.filter(({ access }) => access === 'tenant');
const label = ({ method, path }: Route): string => `${method} ${path}`;

/** What is the same however often it is asked: not the request's own id. */
const answer = ({ status, json, headers }: Reply): readonly unknown[] => {
  const { instance: _, ...rest } = json;
  return [status, headers.get('content-type'), rest];
};

interface As {
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly prefix?: string;
  readonly query?: string;
}

const call = (route: Route, { key, headers, prefix = '', query = '' }: As): Promise<Reply> => {
  const path = pathOf(route, IDS);
  const more = query === '' ? '' : `${path.includes('?') ? '&' : '?'}${query}`;
  return send(route.method, prefix + path + more, {
    ...(key === undefined ? {} : { key }),
    ...(headers === undefined ? {} : { headers }),
    ...(route.hasBody ? { body: route.sample.body ?? {} } : {}),
  });
};

const bound = async (hall: HallClient, terms: Readonly<Record<string, unknown>>): Promise<string> => {
  const made = await hall.send('POST', '/v1/keys', { name: 'bound', scopes: SCOPES, ...terms } as never);
  return String(mustBe(201, made).api_key);
};
const browser = (somebody: Person): Readonly<Record<string, string>> => ({ cookie: somebody.cookie, origin: ORIGIN });

const base64 = (value: object): string =>
  btoa(JSON.stringify(value)).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_');
const CLAIMS = {
  sub: 'admin',
  role: 'owner',
  scopes: SCOPES,
  scope: SCOPES.join(' '),
  admin: true,
  exp: 4_000_000_000,
};

describe('keys that are good and may not', () => {
  test('bound to other addresses: 403 on every route, with no effect', async () => {
    const hall = await openHall();
    const key = await bound(hall, { allowed_ips: ['203.0.113.0/24'] });
    const size = await hall.ledgerSize();
    for (const route of ofTenants()) {
      for (const headers of [{}, { 'cf-connecting-ip': '198.51.100.7' }, { 'x-forwarded-for': '203.0.113.7' }]) {
        const reply = await call(route, { key, headers });
        expect([reply.status, reply.json.code], label(route)).toEqual([403, 'address_not_allowed']);
      }
    }
    expect(await hall.ledgerSize()).toBe(size);
  });

  test('at their limit: 429 on every route, with no effect', async () => {
    const hall = await openHall();
    const key = await bound(hall, { rate_limit: { requests: 1, per_s: 86_400 } });
    mustBe(200, await send('GET', '/wcp/workers', { key }));
    const size = await hall.ledgerSize();
    // What is refused before the object is asked is refused as ever.
    const early = [400, 404];
    for (const route of ofTenants()) {
      const reply = await call(route, { key });
      expect([429, ...early], `${label(route)}: ${reply.text}`).toContain(reply.status);
      if (reply.status === 429) expect(reply.headers.get('retry-after'), label(route)).toMatch(/^\d+$/);
    }
    expect(await hall.ledgerSize()).toBe(size);
  });

  test('leaked: 401 on every route, as nobody', async () => {
    const hall = await openHall();
    const key = await bound(hall, {});
    mustBe(202, await send('POST', '/v1/keys/leaked', { body: { api_key: key } }));
    const size = await hall.ledgerSize();
    for (const route of ofTenants()) {
      expect(answer(await call(route, { key })), label(route)).toEqual(answer(await call(route, {})));
    }
    expect(await hall.ledgerSize()).toBe(size);
  });
});

describe('forged claims of being somebody', () => {
  test('tokens, headers, cookies and parameters that say so: as nobody, on every route that asks who it is', async () => {
    const hall = await openHall();
    const size = await hall.ledgerSize();
    const token = (alg: string, signature: string) =>
      `${base64({ alg, typ: 'JWT' })}.${base64({ ...CLAIMS, tenant_id: hall.tenant })}.${signature}`;
    const cookie = (value: string) => ({
      cookie: `__Secure-guildhall.session_token=${value}; guildhall.session_token=${value}`,
      origin: ORIGIN,
    });
    const session = btoa(JSON.stringify({ session: { user: { role: 'owner' } }, expiresAt: 4_000_000_000_000 }));
    const forged: readonly As[] = [
      { key: token('none', '') },
      { key: token('HS256', 'c2lnbmF0dXJl') },
      { key: hall.key.replace(hall.tenant, 'another-tenant') },
      {
        headers: {
          'x-guildhall-role': 'owner',
          'x-user-id': 'admin',
          'x-forwarded-user': 'admin',
          'x-tenant': hall.tenant,
        },
      },
      { headers: { 'cf-access-jwt-assertion': token('none', '') } },
      { headers: cookie('admin.c2lnbmF0dXJl') },
      { headers: cookie(token('none', '')) },
      {
        headers: {
          cookie: `__Secure-guildhall.session_data=${session}; guildhall.session_data=${session}`,
          origin: ORIGIN,
        },
      },
      { query: `role=owner&tenant=${hall.tenant}&api_key=${hall.key}&access_token=${hall.key}` },
      { headers: { authorization: `Basic ${btoa(`operator:${OPERATOR_KEY}`)}` } },
    ];
    for (const route of routes.filter(({ access }) => access !== 'public')) {
      const nobody = answer(await call(route, {}));
      expect(nobody[0], label(route)).toBe(401);
      for (const as of forged)
        expect(answer(await call(route, as)), `${label(route)} ${JSON.stringify(as)}`).toEqual(nobody);
    }
    expect(await hall.ledgerSize()).toBe(size);
  });

  test('no key opens what is for people who are signed in', async () => {
    const hall = await openHall();
    for (const route of routes.filter(({ access }) => access === 'account')) {
      for (const key of [hall.key, OPERATOR_KEY]) expect((await call(route, { key })).status, label(route)).toBe(401);
    }
  });
});

describe('somebody who is signed in', () => {
  test('in another tenant: 404 on every route, absent and not yours alike', async () => {
    const [mine, theirs] = [await openHall(), await openHall()];
    const headers = browser(await ownerOf(mine.tenant));
    const size = await theirs.ledgerSize();
    for (const route of ofTenants()) {
      const foreign = await call(route, { headers, prefix: `/t/${theirs.tenant}` });
      const absent = await call(route, { headers, prefix: '/t/no-such-tenant' });
      expect(foreign.status, label(route)).toBe(404);
      expect(answer(foreign), label(route)).toEqual(answer(absent));
    }
    expect(await theirs.ledgerSize()).toBe(size);
  });

  test('where a credential may be shown and need not, a session counts for the tenant that the path names', async () => {
    const [mine, theirs] = [await openHall(), await openHall()];
    const { cookie } = await ownerOf(mine.tenant);
    const health = (path: string) => send('GET', path, { headers: { cookie } });
    const full = await health(`/t/${mine.tenant}/wcp/health`);
    expect([full.status, full.json.compliance === undefined]).toEqual([200, false]);
    expect((await health('/wcp/health')).json.compliance).toBeUndefined();
    const foreign = await health(`/t/${theirs.tenant}/wcp/health`);
    expect(foreign.status).toBe(404);
    expect(answer(foreign)).toEqual(answer(await health('/t/no-such-tenant/wcp/health')));
  });

  test('in no tenant: 404; as an operator of the service: 401', async () => {
    const headers = browser(await person());
    for (const route of ofTenants()) expect((await call(route, { headers })).status, label(route)).toBe(404);
    for (const route of routes.filter(({ access }) => access === 'operator')) {
      expect((await call(route, { headers })).status, label(route)).toBe(401);
    }
  });

  test('from a page that is not ours: no route that changes something', async () => {
    const hall = await openHall();
    const { cookie } = await ownerOf(hall.tenant);
    const size = await hall.ledgerSize();
    for (const route of routes.filter(
      ({ access, method }) => access !== 'public' && access !== 'operator' && method !== 'GET',
    )) {
      const reply = await call(route, { headers: { cookie, origin: 'https://evil.example' } });
      expect([reply.status, reply.json.code], label(route)).toEqual([403, 'foreign_origin']);
    }
    expect(await hall.ledgerSize()).toBe(size);
  });

  test.each(ROLES.filter((role) => !permissionsOf(role).includes('hall:admin')))(
    'as %s: 403 on every route beyond the role, with no effect',
    async (role) => {
      const hall = await openHall();
      const headers = browser(await joined(await ownerOf(hall.tenant), hall.tenant, role));
      const size = await hall.ledgerSize();
      const held = permissionsOf(role);
      const finer = FINE.filter(([permission]) => held.includes(permission)).map(([, paths]) => paths);
      const beyond = ofTenants().filter(
        ({ path, sample: { scope } }) =>
          scope !== undefined &&
          scope !== 'any' &&
          !permits(held, scope as Scope) &&
          !finer.some((paths) => paths.test(path)),
      );
      expect(beyond.length).toBeGreaterThan(10);
      for (const route of beyond) {
        const reply = await call(route, { headers });
        expect([reply.status, reply.json.code], `${label(route)}: ${reply.text}`).toEqual([403, 'insufficient_scope']);
      }
      expect(await hall.ledgerSize()).toBe(size);
    },
  );

  test('once signed out, run out or removed: as nobody, or as in no tenant, on every route', async () => {
    const hall = await openHall();
    const owner = await ownerOf(hall.tenant);
    const [out, old, gone] = [
      await joined(owner, hall.tenant, 'admin'),
      await person(),
      await joined(owner, hall.tenant, 'admin'),
    ];
    mustBe(200, await out.send('POST', '/v1/account/sign-out'));
    await env.DB.prepare('UPDATE sessions SET expires_at = 1 WHERE user_id = ?').bind(old.userId).run();
    mustBe(200, await owner.send('DELETE', `/t/${hall.tenant}/v1/members/${gone.userId}`));
    const size = await hall.ledgerSize();
    const prefix = `/t/${hall.tenant}`;
    for (const route of ofTenants()) {
      const nobody = answer(await call(route, { prefix }));
      for (const who of [out, old]) {
        expect(answer(await call(route, { headers: browser(who), prefix })), label(route)).toEqual(nobody);
      }
      const removed = await call(route, { headers: browser(gone), prefix });
      expect(removed.status, label(route)).toBe(404);
      expect(answer(removed), label(route)).toEqual(
        answer(await call(route, { headers: browser(gone), prefix: '/t/no-such-tenant' })),
      );
    }
    for (const route of routes.filter(({ access }) => access === 'account')) {
      for (const who of [out, old]) {
        expect((await call(route, { headers: browser(who) })).status, label(route)).toBe(401);
      }
    }
    expect(await hall.ledgerSize()).toBe(size);
  });
});

describe('a token of a signatory of another tenant', () => {
  test('is a token of nobody: 401 on every route, absent and not yours alike', async () => {
    const [mine, theirs] = [await openHall(), await openHall()];
    const keys = await makeKeys();
    const terms = { ...termsOf(keys), scopes: { any: SCOPES } };
    mustBe(201, await mine.send('POST', '/v1/signatories', terms as never));
    const key = await benchOf(keys, Math.floor(Date.now() / 1000)).token({ scope: 'any' });
    mustBe(200, await send('GET', `/t/${mine.tenant}/wcp/workers`, { key }));
    const size = await theirs.ledgerSize();
    for (const route of ofTenants()) {
      const nobody = answer(await call(route, { prefix: `/t/${theirs.tenant}` }));
      for (const prefix of [`/t/${theirs.tenant}`, '/t/no-such-tenant', '']) {
        expect(answer(await call(route, { key, prefix })), `${label(route)} under ${prefix}`).toEqual(nobody);
      }
    }
    expect(await theirs.ledgerSize()).toBe(size);
  });
});
