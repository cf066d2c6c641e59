/** People over HTTP: accounts and sessions, and what strangers try with them. One test for each attack. */
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../src/core/hash.ts';
import {
  closeHalls,
  emptyHall,
  list,
  members,
  mustBe,
  ORIGIN,
  openHall,
  type Reply,
  send,
  text,
} from '../support/hall-client.ts';
import { joined, mailTo, ownerOf, PASSWORD, Person, person, tokenIn } from '../support/person.ts';

afterEach(closeHalls);

const sessionStatus = async (cookie: string): Promise<number> =>
  (await send('GET', '/v1/account/session', { headers: { cookie } })).status;

describe('an account', () => {
  test('signs up, proves its address, signs in, and out again', async () => {
    const somebody = new Person();
    mustBe(202, await somebody.signUp());
    const early = await somebody.signIn();
    expect([early.status, early.json.code]).toEqual([403, 'email_not_verified']);
    mustBe(200, await somebody.verify());
    const signedIn = mustBe(200, await somebody.signIn());
    expect(signedIn).toMatchObject({ user: { email: somebody.email, name: 'A person' }, tenants: [] });
    expect((await somebody.get('/v1/account/session')).user).toEqual(signedIn.user);
    mustBe(200, await somebody.send('POST', '/v1/account/sign-out'));
    expect(await sessionStatus(somebody.cookie)).toBe(401);
  });

  test('resets a lost password by mail, once, and every session ends', async () => {
    const somebody = await person();
    mustBe(202, await somebody.send('POST', '/v1/account/password/forgot', { email: somebody.email }));
    const token = tokenIn(await mailTo(somebody.email), 'reset');
    const reset = { token, password: 'another long password' };
    mustBe(200, await somebody.send('POST', '/v1/account/password/reset', reset));
    expect((await somebody.send('POST', '/v1/account/password/reset', reset)).json.code).toBe('link_invalid');
    expect(await sessionStatus(somebody.cookie)).toBe(401);
    expect((await somebody.signIn()).json.code).toBe('invalid_credentials');
    expect(await mailTo(somebody.email)).toContain('Your password was changed');
    mustBe(200, await somebody.signIn('another long password'));
  });

  test('sees where it is signed in, ends one session, all others by a new password, or all', async () => {
    const somebody = await person();
    const [second, third] = [new Person(somebody.email), new Person(somebody.email)];
    for (const one of [second, third]) mustBe(200, await one.signIn());
    const of = async (who: Person) => list((await who.get('/v1/account/sessions')).sessions);
    const seen = await of(somebody);
    expect(seen.length).toBe(3);
    expect(seen.filter(({ current }) => current === true).length).toBe(1);
    expect(JSON.stringify(seen)).not.toContain(decodeURIComponent(somebody.cookie.split('=')[1] ?? '?').split('.')[0]);
    const newest = (await of(third)).find(({ current }) => current === true);
    const path = `/v1/account/sessions/${text(newest?.session_id)}`;
    // Somebody else's session is as absent as one that never was.
    const stranger = await person();
    const refused = await stranger.send('DELETE', path);
    expect([refused.status, refused.json.code]).toEqual([404, 'not_found']);
    expect(await sessionStatus(third.cookie)).toBe(200);
    mustBe(200, await somebody.send('DELETE', path));
    expect(await sessionStatus(third.cookie)).toBe(401);
    const change = (current_password: string) =>
      somebody.send('POST', '/v1/account/password', { current_password, password: 'another long password' });
    const wrong = await change('not the password');
    expect([wrong.status, wrong.json.code]).toEqual([401, 'invalid_credentials']);
    const changed = await change(PASSWORD);
    mustBe(200, changed);
    expect([await sessionStatus(somebody.cookie), await sessionStatus(second.cookie)]).toEqual([401, 401]);
    somebody.cookie = (changed.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
    mustBe(200, await second.signIn('another long password'));
    mustBe(200, await somebody.send('POST', '/v1/account/sign-out-everywhere'));
    expect([await sessionStatus(somebody.cookie), await sessionStatus(second.cookie)]).toEqual([401, 401]);
  });

  test('a password is not guessed from a session that was left open either', async () => {
    const somebody = await person();
    const guess = () =>
      somebody.send('POST', '/v1/account/password', { current_password: 'a guess', password: 'another long password' });
    const tries = await Promise.all(Array.from({ length: 7 }, guess));
    expect(tries.map(({ status }) => status).sort()).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  test('makes a tenant of its own, owns it, and the ledger says who made it', async () => {
    const somebody = await person();
    const tenant = `own-${crypto.randomUUID().slice(0, 8)}`;
    const made = mustBe(201, await somebody.send('POST', '/v1/account/tenants', { tenant, name: 'Own' }));
    expect(made.api_key).toMatch(/^guild_live_/);
    const page = await somebody.get('/v1/ledger/entries?limit=5');
    expect(page).toMatchObject({
      entries: [{ type: 'hall.tenant.created', actor: { kind: 'human', id: somebody.userId } }, {}],
    });
    const again = await (await person()).send('POST', '/v1/account/tenants', { tenant, name: 'Mine' });
    expect([again.status, again.json.code]).toEqual([409, 'already_exists']);
  });

  test('no password, token or cookie is kept where it could be read', async () => {
    const somebody = await person();
    mustBe(202, await somebody.send('POST', '/v1/account/password/forgot', { email: somebody.email }));
    const reset = tokenIn(await mailTo(somebody.email), 'reset');
    const rows: unknown[] = [];
    for (const table of ['users', 'sessions', 'logins', 'verifications', 'attempts', 'invitations']) {
      rows.push((await env.DB.prepare(`SELECT * FROM ${table}`).all()).results);
    }
    const all = JSON.stringify(rows);
    for (const secret of [PASSWORD, reset, decodeURIComponent(somebody.cookie.split('=')[1] ?? '?')]) {
      expect(all).not.toContain(secret);
    }
  });
});

describe('a change of the account', () => {
  test('a name; an address, once its link proved it, and every link to the old one is void', async () => {
    const somebody = await person();
    mustBe(200, await somebody.send('PATCH', '/v1/account', { name: ' Ada ' }));
    expect((await somebody.get('/v1/account/session')).user).toMatchObject({ name: 'Ada' });

    const [old, wanted] = [somebody.email, `person-${crypto.randomUUID().slice(0, 8)}@Example.com`];
    mustBe(202, await somebody.send('POST', '/v1/account/password/forgot', { email: old }));
    const reset = tokenIn(await mailTo(old), 'reset');
    const ask = (password: string | null, email = wanted) =>
      somebody.send('POST', '/v1/account/email', { email, ...(password === null ? {} : { password }) });
    expect((await ask('not the password')).json.code).toBe('invalid_credentials');
    mustBe(202, await ask(PASSWORD));
    expect((await somebody.get('/v1/account/session')).user).toMatchObject({ email: old });
    const token = tokenIn(await mailTo(wanted.toLowerCase()), 'email');
    // Whoever reads the mail need not be signed in; it counts once, also for several at a time.
    const take = () => new Person().send('POST', '/v1/account/email/verify', { token });
    const taken = await Promise.all([take(), take(), take()]);
    expect(taken.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    expect((await somebody.get('/v1/account/session')).user).toMatchObject({ email: wanted.toLowerCase() });
    expect(await mailTo(old)).toContain('was changed');
    const late = await somebody.send('POST', '/v1/account/password/reset', { token: reset, password: PASSWORD });
    expect(late.json.code).toBe('link_invalid');
    // The old address is free, and opens nothing of the account.
    expect((await new Person(old).signIn()).json.code).toBe('invalid_credentials');
    const stranger = new Person(old);
    mustBe(202, await stranger.signUp());
    mustBe(200, await stranger.verify());
    mustBe(200, await new Person(wanted).signIn());
  });

  test('an address that somebody has is answered alike, told to them by mail, and never taken', async () => {
    const [somebody, other] = [await person(), await person()];
    const ask = (email: string) => somebody.send('POST', '/v1/account/email', { email, password: PASSWORD });
    const free = `person-${crypto.randomUUID().slice(0, 8)}@example.com`;
    const [known, unknown] = [await ask(other.email), await ask(free)];
    expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
    expect(await mailTo(other.email)).toContain('it has one');
    // Free when it was asked for, taken when it was proved.
    const first = new Person(free);
    mustBe(202, await first.signUp());
    const token = tokenIn((await send('GET', '/outbox')).text, 'email');
    expect((await somebody.send('POST', '/v1/account/email/verify', { token })).json.code).toBe('link_invalid');
    expect((await somebody.get('/v1/account/session')).user).toMatchObject({ email: somebody.email });
  });

  test('its end: not while somebody depends on it; then nothing is left but an id in ledgers', async () => {
    const hall = await openHall();
    const owner = await ownerOf(hall.tenant);
    const admin = await joined(owner, hall.tenant, 'admin');
    const made = mustBe(201, await admin.send('POST', '/v1/keys', { name: 'mine', scopes: ['hall:read'] }));
    const end = (who: Person, password?: string) =>
      who.send('POST', '/v1/account/delete', password === undefined ? {} : { password });
    expect((await end(owner, PASSWORD)).json).toMatchObject({
      code: 'last_owner',
      detail: expect.stringContaining(hall.tenant),
    });
    expect((await end(admin, 'not the password')).json.code).toBe('invalid_credentials');
    const ended = mustBe(200, await end(admin));
    expect(ended).toEqual({ ok: true });
    expect((await admin.send('GET', '/v1/account/session')).status).toBe(401);
    expect((await send('GET', '/v1/workers', { key: text(made.api_key) })).status).toBe(401);
    expect((await admin.signIn()).json.code).toBe('invalid_credentials');
    const left = await env.DB.batch(
      ['users', 'sessions', 'logins', 'passkeys', 'verifications', 'members', 'invitations', 'attempts'].map((table) =>
        env.DB.prepare(`SELECT * FROM ${table}`),
      ),
    );
    const rows = JSON.stringify(left.map(({ results }) => results));
    for (const trace of [admin.email, admin.userId]) expect(rows).not.toContain(trace);
    expect((await hall.entriesOf('hall.member.removed')).at(-1)).toMatchObject({
      actor: { kind: 'human', id: admin.userId },
      body: { member: admin.userId, keys_revoked: [made.key_id] },
    });
    expect(await mailTo(admin.email)).toContain('is deleted');
    mustBe(202, await admin.signUp());
  });

  test('without the password only a session that is minutes old may end or move it', async () => {
    const somebody = await person();
    await env.DB.prepare('UPDATE sessions SET created_at = created_at - 300000 WHERE user_id = ?')
      .bind(somebody.userId)
      .run();
    for (const [path, body] of [
      ['/v1/account/delete', {}],
      ['/v1/account/email', { email: 'person-00000000@example.com' }],
    ] as const) {
      expect((await somebody.send('POST', path, body)).json.code, path).toBe('step_up_required');
    }
    mustBe(200, await somebody.send('POST', '/v1/account/delete', { password: PASSWORD }));
  });

  test('a link that somebody asked for before the password was changed or reset opens nothing', async () => {
    const somebody = await person();
    const asked = async (): Promise<string> => {
      const email = `person-${crypto.randomUUID().slice(0, 8)}@example.com`;
      mustBe(202, await somebody.send('POST', '/v1/account/email', { email, password: PASSWORD }));
      return tokenIn(await mailTo(email), 'email');
    };
    const first = await asked();
    const change = { current_password: PASSWORD, password: PASSWORD };
    somebody.keep(await somebody.send('POST', '/v1/account/password', change));
    const second = await asked();
    mustBe(202, await somebody.send('POST', '/v1/account/password/forgot', { email: somebody.email }));
    const token = tokenIn(await mailTo(somebody.email), 'reset');
    mustBe(200, await somebody.send('POST', '/v1/account/password/reset', { token, password: PASSWORD }));
    for (const link of [first, second]) {
      expect((await somebody.send('POST', '/v1/account/email/verify', { token: link })).json.code).toBe('link_invalid');
    }
  });
});

describe('attacks on accounts', () => {
  test('session fixation: a session that somebody brings along is never taken over', async () => {
    const attacker = await person();
    const victim = await person();
    const planted = attacker.cookie;
    victim.cookie = planted;
    mustBe(200, await victim.signIn());
    expect(victim.cookie).not.toBe(planted);
    const seen = await send('GET', '/v1/account/session', { headers: { cookie: planted } });
    expect(members(seen.json.user).email).toBe(attacker.email);
    // A token with a signature that is not ours is no session, and is never made one.
    victim.cookie = 'guildhall.session_token=chosen.by-attacker';
    mustBe(200, await victim.signIn());
    expect(victim.cookie).not.toContain('chosen');
  });

  test('CSRF: what a session may change, it changes from our own pages only', async () => {
    const hall = await openHall();
    const owner = await ownerOf(hall.tenant);
    const size = await hall.ledgerSize();
    const patch = (headers: Readonly<Record<string, string>>) =>
      send('PATCH', `/t/${hall.tenant}/v1/settings`, {
        headers: { cookie: owner.cookie, ...headers },
        body: { strict: true },
      });
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${ORIGIN}.evil.example` },
      { origin: ORIGIN.replace('https', 'http') },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'none' },
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    ] as Readonly<Record<string, string>>[]) {
      const refused = await patch(headers);
      expect([refused.status, refused.json.code], JSON.stringify(headers)).toEqual([403, 'foreign_origin']);
    }
    expect(await hall.ledgerSize()).toBe(size);
    const signIn = await send('POST', '/v1/account/sign-in', {
      headers: { origin: 'https://evil.example' },
      body: { email: owner.email, password: PASSWORD },
    });
    expect([signIn.status, signIn.headers.getSetCookie()]).toEqual([403, []]);
    expect((await patch({ origin: ORIGIN })).status).toBe(200);
    // And no other origin is ever told that it may read with credentials.
    const asked = await send('GET', '/v1/account/session', {
      headers: { cookie: owner.cookie, origin: 'https://evil.example' },
    });
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('cookie flags: no script reads it, no plain connection carries it, no other site sends it along', async () => {
    const somebody = await person();
    const reply = await somebody.signIn();
    const cookies = reply.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Secure-guildhall\./);
      for (const flag of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/']) expect(cookie).toContain(flag);
      expect(cookie).not.toMatch(/domain=/i);
    }
    expect(reply.headers.get('cache-control')).toBe('no-store');
  });

  test('open redirects: no answer leads elsewhere, whatever address a request names', async () => {
    const somebody = await person();
    const evil = 'https://evil.example/';
    const bodies = {
      '/v1/account/sign-in': { email: somebody.email, password: PASSWORD },
      '/v1/account/sign-up': { email: `x${somebody.email}`, password: PASSWORD, name: 'X' },
      '/v1/account/password/forgot': { email: somebody.email },
      '/v1/account/verify': { token: 'x' },
    };
    for (const [path, body] of Object.entries(bodies)) {
      for (const name of ['callbackURL', 'redirectTo', 'redirect', 'next']) {
        const refused = await somebody.send('POST', path, { ...body, [name]: evil });
        expect([refused.status, refused.json.code], `${path} ${name}`).toEqual([400, 'invalid_body']);
        const query = await somebody.send('POST', `${path}?${name}=${encodeURIComponent(evil)}`, { token: 'x' });
        expect(query.headers.get('location')).toBeNull();
      }
    }
    mustBe(
      202,
      await send('POST', '/v1/account/password/forgot', {
        body: { email: somebody.email },
        headers: { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example', 'x-forwarded-proto': 'http' },
      }),
    );
    const mail = await mailTo(somebody.email);
    expect(mail).toContain(`${ORIGIN}/#reset=`);
    expect(mail).not.toContain('evil');
  });

  test('account enumeration: known and unknown addresses are answered alike', async () => {
    const known = await person();
    const unknown = new Person();
    const shape = (reply: Awaited<ReturnType<Person['send']>>): readonly unknown[] => {
      const { instance: _, ...rest } = reply.json;
      return [reply.status, rest, reply.headers.getSetCookie().length];
    };
    const ask = (path: string, more: Readonly<Record<string, string>>) => async (who: Person) =>
      shape(await send('POST', path, { body: { email: who.email, ...more } }));
    for (const asked of [
      ask('/v1/account/sign-up', { password: 'yet another password', name: 'X' }),
      ask('/v1/account/password/forgot', {}),
      ask('/v1/account/verification', {}),
      ask('/v1/account/sign-in', { password: 'a wrong password' }),
    ]) {
      expect(await asked(known)).toEqual(await asked(unknown));
    }
    // Signing up again changed nothing, and told the owner.
    expect(await mailTo(known.email)).not.toBe('');
    mustBe(200, await known.signIn());
  });

  test('brute force: a few wrong passwords close the door for a while, also to many at once and to strangers', async () => {
    const somebody = await person();
    const from = (address: string, password: string) =>
      send('POST', '/v1/account/sign-in', {
        body: { email: somebody.email, password },
        headers: { 'cf-connecting-ip': address },
      });
    const tries = await Promise.all(
      Array.from({ length: 12 }, (_, at) => from('198.51.100.1', `wrong password ${at}`)),
    );
    expect(tries.filter(({ status }) => status === 401).length).toBe(5);
    const locked = tries.filter(({ status }) => status === 429);
    expect(locked.length).toBe(7);
    expect(Number(locked[0]?.headers.get('retry-after'))).toBeGreaterThan(60);
    // The right password does not help who guessed, and does help its owner elsewhere.
    expect((await from('198.51.100.1', PASSWORD)).status).toBe(429);
    expect((await from('203.0.113.1', PASSWORD)).status).toBe(200);
    // A whole IPv6 network is one place.
    const network = await Promise.all(Array.from({ length: 7 }, (_, at) => from(`2001:db8:1:2::${at + 1}`, 'wrong')));
    expect(network.map(({ status }) => status).sort()).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const nobody = new Person();
    const same = await Promise.all(Array.from({ length: 7 }, () => nobody.signIn('wrong password')));
    expect(same.map(({ status }) => status).sort()).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });
});

test('no number of strangers locks an owner out, of the browser that they used before or of a new password', async () => {
  const somebody = await person();
  const deviceOf = (reply: Reply): string =>
    reply.headers
      .getSetCookie()
      .find((one) => one.includes('guildhall.device='))
      ?.split(';')[0] ?? '';
  const known = deviceOf(await somebody.signIn());
  const from = (password: string, cookie = '') =>
    send('POST', '/v1/account/sign-in', {
      body: { email: somebody.email, password },
      headers: { 'cf-connecting-ip': '198.51.100.9', cookie },
    });
  // As many wrong passwords, from as many places, as close the door.
  const close = () =>
    env.DB.prepare('INSERT OR REPLACE INTO attempts (key, failures, until) VALUES (?, 50, ?)')
      .bind(sha256Hex(`sign-in:${somebody.email}`), Date.now() + 900_000)
      .run();
  await close();
  expect((await from(PASSWORD)).status).toBe(429);
  // A mark of another account, and one that somebody made up, are none.
  const other = deviceOf(await (await person()).signIn());
  for (const mark of [other, '__Secure-guildhall.device=a.b', known.slice(0, -2), `${known}x`]) {
    expect((await from(PASSWORD, mark)).status, mark).toBe(429);
  }
  mustBe(200, await from(PASSWORD, known));
  await close();
  mustBe(202, await send('POST', '/v1/account/password/forgot', { body: { email: somebody.email } }));
  const body = { token: tokenIn(await mailTo(somebody.email), 'reset'), password: 'another long password' };
  const reset = await send('POST', '/v1/account/password/reset', { body });
  mustBe(200, await from(body.password, deviceOf(reset)));
  // A marked browser guesses no better than any other.
  const guesses = await Promise.all(Array.from({ length: 7 }, () => from('a wrong password', deviceOf(reset))));
  expect(guesses.map(({ status }) => status).sort()).toEqual([401, 401, 401, 401, 401, 429, 429]);
});

test('a tenant that has no owner gets one from the operator; who has an account keeps the password', async () => {
  const hall = await emptyHall();
  const owner = await ownerOf(hall.tenant);
  const other = await emptyHall();
  const body = { email: owner.email, password: 'not the password at all', name: 'X' };
  mustBe(201, await send('POST', `/v1/tenants/${other.tenant}/owners`, { key: env.OPERATOR_KEY, body }));
  expect((await owner.signIn('not the password at all')).status).toBe(401);
  const signedIn = mustBe(200, await owner.signIn());
  expect((signedIn.tenants as unknown[]).length).toBe(2);
  // In more than one tenant: the path says which.
  expect((await owner.send('GET', '/v1/settings')).json.code).toBe('invalid_parameter');
  expect((await owner.send('GET', `/t/${other.tenant}/v1/settings`)).status).toBe(200);
});
