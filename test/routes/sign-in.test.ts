/** Signing in without a password: by passkey, and by an identity provider. Each lie of the other side is a test. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Authenticator } from '../support/authenticator.ts';
import {
  closeHalls,
  list,
  type Members,
  members,
  mustBe,
  ORIGIN,
  type Reply,
  send,
  text,
} from '../support/hall-client.ts';
import { type Identity, IdentityProvider, installed, PROVIDER } from '../support/identity-provider.ts';
import { mailTo, Person, person } from '../support/person.ts';

afterEach(closeHalls);

const code = (reply: Reply): readonly unknown[] => [reply.status, reply.json.code];

describe('passkeys', () => {
  const KEYS = '/v1/account/passkeys';
  const SIGN_IN = '/v1/account/sign-in/passkey';
  const challenge = async (who: Person, path: string): Promise<Members> =>
    mustBe(200, who.keep(await who.send('POST', `${path}/challenge`)));
  const withPasskey = async (who: Person): Promise<Authenticator> => {
    const device = await Authenticator.make(ORIGIN);
    const response = await device.create(await challenge(who, KEYS));
    mustBe(201, await who.send('POST', KEYS, { name: 'my laptop', response }));
    return device;
  };

  test('one is added, told by mail, signs in with no password, and is removed', async () => {
    const somebody = await person();
    const device = await withPasskey(somebody);
    expect(await mailTo(somebody.email)).toContain('my laptop');
    const [kept] = list((await somebody.get(KEYS)).passkeys);
    expect(kept).toMatchObject({ name: 'my laptop', backed_up: false });
    const browser = new Person();
    const asked = await challenge(browser, SIGN_IN);
    // Which accounts have passkeys is told to nobody.
    expect([asked.allowCredentials, asked.userVerification]).toEqual([undefined, 'required']);
    const signedIn = await browser.send('POST', SIGN_IN, { response: await device.sign(asked) });
    expect(mustBe(200, signedIn).user).toMatchObject({ user_id: somebody.userId });
    browser.keep(signedIn);
    expect((await browser.get('/v1/account/session')).user).toMatchObject({ email: somebody.email });
    for (const cookie of signedIn.headers.getSetCookie()) expect(cookie).toMatch(/HttpOnly.*SameSite=Lax/i);
    const path = `${KEYS}/${text(kept?.passkey_id)}`;
    expect(code(await (await person()).send('DELETE', path))).toEqual([404, 'not_found']);
    mustBe(200, await somebody.send('DELETE', path));
    const late = { response: await device.sign(await challenge(browser, SIGN_IN)) };
    expect(code(await browser.send('POST', SIGN_IN, late))).toEqual([401, 'passkey_invalid']);
  });

  test('nobody is signed in by what is stale, of another place, another kind, or of a device that asked nobody', async () => {
    const device = await withPasskey(await person());
    const browser = new Person();
    const attempt = async (sign: (asked: Members) => Promise<Members>): Promise<Reply> =>
      browser.send('POST', SIGN_IN, { response: await sign(await challenge(browser, SIGN_IN)) });
    const stranger = await Authenticator.make(ORIGIN);
    const lies: Readonly<Record<string, (asked: Members) => Promise<Members>>> = {
      'another origin': (asked) => device.sign(asked, { origin: 'https://evil.example' }),
      'another relying party': (asked) => device.sign(asked, { rpId: 'evil.example' }),
      'another challenge': (asked) => device.sign(asked, { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }),
      'another ceremony': (asked) => device.sign(asked, { type: 'webauthn.create' }),
      'no verified user': (asked) => device.sign(asked, { verified: false }),
      'a device that nobody knows': (asked) => stranger.sign(asked),
      'another device under its name': async (asked) => ({ ...(await stranger.sign(asked)), id: device.id }),
      nothing: async () => ({ id: device.id, rawId: device.id, type: 'public-key', response: {} }),
      garbage: async () => ({ id: 'x', rawId: 'y', type: 'z', response: { signature: 7, authenticatorData: [] } }),
    };
    for (const [name, lie] of Object.entries(lies)) {
      const refused = await attempt(lie);
      expect(code(refused), name).toEqual([401, 'passkey_invalid']);
      expect(
        refused.headers.getSetCookie().filter((one) => one.includes('session_token')),
        name,
      ).toEqual([]);
    }
    // A challenge is good once, and in the browser that asked only.
    const response = await device.sign(await challenge(browser, SIGN_IN));
    expect(code(await new Person().send('POST', SIGN_IN, { response }))).toEqual([401, 'passkey_invalid']);
    mustBe(200, await browser.send('POST', SIGN_IN, { response }));
    expect(code(await browser.send('POST', SIGN_IN, { response }))).toEqual([401, 'passkey_invalid']);
    const foreign = await send('POST', `${SIGN_IN}/challenge`, { headers: { origin: 'https://evil.example' } });
    expect(code(foreign)).toEqual([403, 'foreign_origin']);
  });

  test('none is added with what was signed for somebody else, by a device that asked nobody, or from an old session', async () => {
    const [somebody, other] = [await person(), await person()];
    const device = await Authenticator.make(ORIGIN);
    const asked = await challenge(somebody, KEYS);
    const stolen = new Person();
    stolen.cookie = [
      ...other.cookie.split('; '),
      ...somebody.cookie.split('; ').filter((one) => one.includes('passkey')),
    ].join('; ');
    const response = await device.create(asked);
    expect(code(await stolen.send('POST', KEYS, { name: 'x', response }))).toEqual([401, 'passkey_invalid']);
    const lax = await device.create(await challenge(somebody, KEYS), { verified: false });
    expect(code(await somebody.send('POST', KEYS, { name: 'x', response: lax }))).toEqual([401, 'passkey_invalid']);
    const made = { created_at: Date.now() - 25 * 3600 * 1000 };
    await env.DB.prepare('UPDATE sessions SET created_at = ? WHERE user_id = ?')
      .bind(made.created_at, somebody.userId)
      .run();
    expect(code(await somebody.send('POST', `${KEYS}/challenge`))).toEqual([403, 'step_up_required']);
    expect((await somebody.get(KEYS)).count).toBe(0);
  });
});

describe('an identity provider', () => {
  let acme: IdentityProvider;
  let undo: () => void;
  beforeEach(() => {
    acme = new IdentityProvider(PROVIDER);
    ({ undo } = installed(acme));
  });
  afterEach(() => undo());

  const someone = (): Identity => {
    const sub = crypto.randomUUID();
    return { sub, email: `${sub}@acme-people.com`, email_verified: true, name: 'Of Acme' };
  };
  /** Up to the address that the provider sends the browser back to. */
  const sent = async (browser: Person): Promise<URL> => {
    const begun = await browser.send('POST', '/v1/account/sign-in/provider', { provider: 'acme' });
    browser.keep(begun);
    const { url } = mustBe(200, begun);
    return new URL((await acme.answer(new Request(text(url)))).headers.get('location') ?? '');
  };
  const back = async (browser: Person, { pathname, search }: URL): Promise<string> => {
    const reply = await browser.send('GET', pathname + search, undefined, { 'sec-fetch-site': 'cross-site' });
    expect(reply.status).toBe(302);
    browser.keep(reply);
    return reply.headers.get('location') ?? '';
  };
  const signIn = async (browser: Person): Promise<string> => back(browser, await sent(browser));
  const isSignedIn = async (browser: Person): Promise<boolean> =>
    (await browser.send('GET', '/v1/account/session')).status === 200;

  test('signs somebody in whom nobody knew, and knows them again by their subject', async () => {
    acme.who = someone();
    const browser = new Person();
    expect(await signIn(browser)).toBe('/#signed-in=yes');
    const first = members((await browser.get('/v1/account/session')).user);
    expect(first).toMatchObject({ email: acme.who.email, name: 'Of Acme' });
    acme.who = { ...acme.who, email: `new-${acme.who.email}` };
    const again = new Person();
    expect(await signIn(again)).toBe('/#signed-in=yes');
    expect(members((await again.get('/v1/account/session')).user).user_id).toBe(first.user_id);
    // What it gave out to act for them is not kept.
    const rows = JSON.stringify((await env.DB.prepare('SELECT * FROM logins').all()).results);
    for (const secret of ['that nobody keeps', 'eyJ']) expect(rows).not.toContain(secret);
  });

  test('joins the account of an address that both have proved, and no other', async () => {
    const known = await person();
    acme.who = { ...someone(), email: known.email };
    const browser = new Person();
    expect(await signIn(browser)).toBe('/#signed-in=yes');
    expect(members((await browser.get('/v1/account/session')).user).user_id).toBe(known.userId);
    mustBe(200, await known.signIn());
    // Somebody waits at an address that is not theirs, with a password: they are not joined with its owner.
    const waiting = new Person();
    mustBe(202, await waiting.signUp());
    acme.who = { ...someone(), email: waiting.email };
    const owner = new Person();
    expect(await signIn(owner)).toBe('/sign-in?problem=not_joined');
    expect(await isSignedIn(owner)).toBe(false);
  });

  test.each<[string, IdentityProvider['lies'], string]>([
    ['an address that it has not proved', { claims: (said) => ({ ...said, email_verified: false }) }, 'unverified'],
    ['"true" as a text', { claims: (said) => ({ ...said, email_verified: 'true' }) }, 'unverified'],
    ['no address', { claims: ({ email: _, ...said }) => said }, 'unverified'],
    ['another audience', { claims: (said) => ({ ...said, aud: 'somebody-else' }) }, 'unverified'],
    ['another issuer', { claims: (said) => ({ ...said, iss: 'https://evil.example' }) }, 'unverified'],
    ['another nonce', { claims: (said) => ({ ...said, nonce: 'another' }) }, 'unverified'],
    ['no nonce', { claims: ({ nonce: _, ...said }) => said }, 'unverified'],
    ['a token that has run out', { claims: (said) => ({ ...said, exp: 1_000_000_000 }) }, 'unverified'],
    ['a key that it never published', { otherKey: true }, 'unverified'],
    ['no id token', { noIdToken: true }, 'unverified'],
    ['the answer of another provider', { otherIssuer: true }, 'failed'],
  ])('%s signs nobody in', async (_, lies, problem) => {
    acme.who = someone();
    acme.lies = lies;
    const browser = new Person();
    expect(await signIn(browser)).toBe(`/sign-in?problem=${problem}`);
    expect(await isSignedIn(browser)).toBe(false);
  });

  test('the way back is bound to the browser that began, is good once, and leads nowhere else', async () => {
    acme.who = someone();
    const [victim, attacker] = [new Person(), new Person()];
    // Signing a victim in as the attacker: the answer of one browser, brought to another.
    const planted = await sent(attacker);
    await sent(victim);
    expect(await back(victim, planted)).toBe('/sign-in?problem=failed');
    expect(await isSignedIn(victim)).toBe(false);
    const mine = await sent(attacker);
    expect(await back(attacker, mine)).toBe('/#signed-in=yes');
    const browser = new Person();
    browser.cookie = attacker.cookie;
    expect(await back(browser, mine)).toBe('/sign-in?problem=failed');
    const callback = '/v1/account/callback';
    for (const path of [
      `${callback}/acme`,
      `${callback}/acme?code=x`,
      `${callback}/acme?state=x&code=y`,
      `${callback}/acme?error=access_denied`,
      `${callback}/acme?state=x&code=y&callbackURL=https%3A%2F%2Fevil.example&errorURL=https%3A%2F%2Fevil.example`,
    ]) {
      expect(await back(new Person(), new URL(ORIGIN + path)), path).toBe('/sign-in?problem=failed');
    }
    expect((await send('GET', `${callback}/nobody?state=x&code=y`)).status).toBe(404);
    const declined = await sent(attacker);
    declined.searchParams.delete('code');
    declined.searchParams.set('error', 'access_denied');
    expect(await back(attacker, declined)).toBe('/sign-in?problem=declined');
  });

  test('one that nobody configured, or that cannot be asked, is said to be so', async () => {
    const ask = (provider: string) => new Person().send('POST', '/v1/account/sign-in/provider', { provider });
    expect(code(await ask('nobody'))).toEqual([404, 'not_found']);
    acme.answer = () => Promise.resolve(new Response('down', { status: 503 }));
    expect(code(await ask('acme'))).toEqual([409, 'provider_unreachable']);
    expect((await new Person().get('/v1/account/providers')).providers).toEqual([{ id: 'acme', name: 'Acme' }]);
  });
});
