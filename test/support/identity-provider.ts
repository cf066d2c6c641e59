/**
 * A small OpenID provider: discovery, authorization code with PKCE, tokens signed with jose. Whoever is sent to it is
 * `who`, without a question. It can be told to lie, each lie by itself.
 */
import { createHash, randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface Identity {
  readonly sub: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly name?: string;
}

type Claims = Readonly<Record<string, unknown>>;

export interface Lies {
  /** Changes what the id token says. */
  readonly claims?: (claims: Claims) => Claims;
  /** Signs with a key that was never published. */
  readonly otherKey?: boolean;
  readonly noIdToken?: boolean;
  readonly otherIssuer?: boolean;
}

/** Of the tests inside the runtime, where `installed` answers for it. */
export const PROVIDER = 'https://id.acme-people.com';

const CLIENT = { id: 'guildhall', secret: 'a secret of the client' } as const;

interface Grant {
  readonly redirect: string;
  readonly challenge: string;
  readonly nonce: string | null;
  readonly who: Identity;
}

const json = (body: unknown, status = 200): Response => Response.json(body, { status });

export class IdentityProvider {
  readonly issuer: string;
  who: Identity = { sub: 'somebody', email: 'somebody@example.com', email_verified: true, name: 'Some Body' };
  lies: Lies = {};
  readonly #grants = new Map<string, Grant>();
  readonly #keys = Promise.all([generateKeyPair('RS256', { extractable: true }), generateKeyPair('RS256')]);

  constructor(issuer: string) {
    this.issuer = issuer;
  }

  /** What the service is told of it. */
  get settings(): { readonly OIDC_PROVIDERS: string; readonly OIDC_SECRETS: string } {
    const discovery = `${this.issuer}/.well-known/openid-configuration`;
    return {
      OIDC_PROVIDERS: JSON.stringify([{ id: 'acme', name: 'Acme', discovery, client_id: CLIENT.id }]),
      OIDC_SECRETS: JSON.stringify({ acme: CLIENT.secret }),
    };
  }

  async answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json({
          issuer: this.issuer,
          authorization_endpoint: `${this.issuer}/authorize`,
          token_endpoint: `${this.issuer}/token`,
          jwks_uri: `${this.issuer}/jwks`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        });
      case '/jwks': {
        const [published] = await this.#keys;
        return json({ keys: [{ ...(await exportJWK(published.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] });
      }
      case '/authorize':
        return this.#authorize(url.searchParams);
      case '/token':
        return this.#token(
          new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer())),
          request.headers.get('authorization'),
        );
      default:
        return json({ error: 'not_found' }, 404);
    }
  }

  #authorize(asked: URLSearchParams): Response {
    const redirect = asked.get('redirect_uri') ?? '';
    if (asked.get('client_id') !== CLIENT.id || asked.get('code_challenge_method') !== 'S256') {
      return json({ error: 'invalid_request' }, 400);
    }
    const code = randomBytes(16).toString('hex');
    const challenge = asked.get('code_challenge') ?? '';
    this.#grants.set(code, { redirect, challenge, nonce: asked.get('nonce'), who: this.who });
    const back = new URL(redirect);
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.get('state') ?? '');
    back.searchParams.set('iss', this.lies.otherIssuer === true ? 'https://elsewhere.example' : this.issuer);
    return new Response(null, { status: 302, headers: { location: back.toString() } });
  }

  async #token(asked: URLSearchParams, authorization: string | null): Promise<Response> {
    const grant = this.#grants.get(asked.get('code') ?? '');
    this.#grants.delete(asked.get('code') ?? '');
    const basic = `Basic ${btoa(`${encodeURIComponent(CLIENT.id)}:${encodeURIComponent(CLIENT.secret)}`)}`;
    const isClient =
      authorization === basic || (asked.get('client_id') === CLIENT.id && asked.get('client_secret') === CLIENT.secret);
    const proof = createHash('sha256')
      .update(asked.get('code_verifier') ?? '')
      .digest('base64url');
    if (grant === undefined || !isClient || proof !== grant.challenge || asked.get('redirect_uri') !== grant.redirect) {
      return json({ error: 'invalid_grant' }, 400);
    }
    const [published, other] = await this.#keys;
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, aud: CLIENT.id, iat: now, exp: now + 300, nonce: grant.nonce, ...grant.who };
    const said = this.lies.claims?.(claims) ?? claims;
    const token = await new SignJWT({ ...said })
      .setProtectedHeader({ alg: 'RS256', kid: 'one', typ: 'JWT' })
      .sign((this.lies.otherKey === true ? other : published).privateKey);
    return json({
      access_token: 'an access token that nobody keeps',
      refresh_token: 'a refresh token that nobody keeps',
      token_type: 'Bearer',
      expires_in: 300,
      ...(this.lies.noIdToken === true ? {} : { id_token: token }),
    });
  }
}

/** Answers for the provider's address in this isolate, where there is no network; `undo` takes it away again. */
export const installed = (provider: IdentityProvider): { readonly undo: () => void } => {
  const before = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    return request.url.startsWith(provider.issuer) ? provider.answer(request) : before(request);
  };
  return {
    undo: () => {
      globalThis.fetch = before;
    },
  };
};
