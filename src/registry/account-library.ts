/**
 * The accounts library, set up: the only place that knows how. Its refusals become values here; anything else that it
 * throws is a fault and stays thrown. Mails are handed to `send`, which answers at once.
 *
 * It is loaded with the first request of a person: a Worker that serves machines starts without it.
 */
import type { IdentityProvider } from '../core/access/identity-provider.ts';
import { err, ok, type Result } from '../core/result.ts';
import { readToken } from '../core/signatory/token.ts';
import { forgetLinks } from './account-changes.ts';
import { logins, passkeys, sessions, users, verifications } from './account-tables.ts';
import type { Database } from './database.ts';

export interface Account {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
}

/** An account, by a session of it. */
export interface SignedIn extends Account {
  readonly sessionId: string;
  /** When they proved who they are, milliseconds since the epoch. */
  readonly signedInAtMs: number;
}

/** Headers `set-cookie` that go with an answer. */
export type Cookies = readonly string[];

export interface Client {
  readonly cookie: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
}

export interface AccountMail {
  readonly kind: 'verify' | 'reset' | 'already_registered' | 'password_changed';
  readonly to: string;
  /** Empty where nothing is to be proved. */
  readonly token: string;
}

export type AccountRefusal = 'credentials' | 'unverified' | 'token' | 'password' | 'passkey' | 'stale' | 'provider';

export interface AccountOptions {
  readonly secret: string;
  /** Scheme and host; cookies are `Secure` where it is https. */
  readonly origin: string;
  readonly send: (mail: AccountMail) => void;
  /** Asked for their discovery documents when the library is opened, so given only where they are needed. */
  readonly providers?: readonly IdentityProvider[];
}

export const MIN_PASSWORD = 12;
export const MAX_PASSWORD = 128;
const HOUR_S = 3600;
const SESSION_S = 7 * 24 * HOUR_S;

/** What the library says, in our words; anything else is a fault and stays thrown. */
const REFUSALS: Readonly<Record<string, AccountRefusal>> = {
  INVALID_EMAIL_OR_PASSWORD: 'credentials',
  INVALID_EMAIL: 'credentials',
  EMAIL_NOT_VERIFIED: 'unverified',
  INVALID_TOKEN: 'token',
  TOKEN_EXPIRED: 'token',
  USER_NOT_FOUND: 'token',
  INVALID_PASSWORD: 'credentials',
  CREDENTIAL_ACCOUNT_NOT_FOUND: 'credentials',
  CHALLENGE_NOT_FOUND: 'passkey',
  PASSKEY_NOT_FOUND: 'passkey',
  AUTHENTICATION_FAILED: 'passkey',
  FAILED_TO_VERIFY_REGISTRATION: 'passkey',
  PREVIOUSLY_REGISTERED: 'passkey',
  YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY: 'passkey',
  SESSION_NOT_FRESH: 'stale',
  PROVIDER_NOT_FOUND: 'provider',
  PASSWORD_TOO_SHORT: 'password',
  PASSWORD_TOO_LONG: 'password',
};

/** Who the provider says it is; null where it has not proved that the address is theirs. */
const proved = (idToken: string | undefined) => {
  // The library has verified it; without one it would ask elsewhere.
  const read = readToken(idToken ?? '');
  if (!read.ok) return null;
  const { sub, email, email_verified: verified, name } = read.value.claims;
  if (typeof sub !== 'string' || typeof email !== 'string' || verified !== true) return null;
  return { id: sub, sub, email, emailVerified: true, name: typeof name === 'string' ? name.slice(0, 200) : email };
};

const relying = ({ id, name, discovery, clientId, clientSecret }: IdentityProvider) => ({
  providerId: id,
  name,
  discoveryUrl: discovery,
  clientId,
  ...(clientSecret === '' ? { tokenEndpointAuth: { method: 'none' as const } } : { clientSecret }),
  scopes: ['openid', 'email', 'profile'],
  pkce: true,
  requireIdTokenVerification: true,
  accountSubject: ({ profile }: { readonly profile: Readonly<Record<string, unknown>> }) => String(profile.sub),
  getUserInfo: async ({ idToken }: { readonly idToken?: string | undefined }) => proved(idToken),
});

/** A key that anybody who holds the device could use proves nothing about who it is. */
const mustBeVerified = async (
  verified: boolean | undefined,
  code: 'AUTHENTICATION_FAILED' | 'FAILED_TO_VERIFY_REGISTRATION',
): Promise<void> => {
  if (verified === true) return;
  const { APIError } = await import('better-auth/api');
  throw new APIError('UNAUTHORIZED', { code, message: 'the authenticator has not verified its user' });
};

export const library = async (db: Database, { secret, origin, send, providers = [] }: AccountOptions) => {
  const { betterAuth } = await import('better-auth/minimal');
  const { drizzleAdapter } = await import('better-auth/adapters/drizzle');
  const { genericOAuth } = await import('better-auth/plugins/generic-oauth');
  const { passkey } = await import('@better-auth/passkey');
  return betterAuth({
    secret,
    baseURL: origin,
    basePath: '/v1/account',
    trustedOrigins: [origin],
    database: drizzleAdapter(db, {
      provider: 'sqlite',
      schema: { user: users, session: sessions, account: logins, verification: verifications, passkey: passkeys },
    }),
    // It would write addresses of people into the log.
    logger: { disabled: true },
    telemetry: { enabled: false },
    emailAndPassword: {
      enabled: true,
      // So that signing up answers the same for an address that has an account.
      requireEmailVerification: true,
      minPasswordLength: MIN_PASSWORD,
      maxPasswordLength: MAX_PASSWORD,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: HOUR_S,
      sendResetPassword: async ({ user, token }) => send({ kind: 'reset', to: user.email, token }),
      onPasswordReset: async ({ user }) => {
        await forgetLinks(db, user.id);
        send({ kind: 'password_changed', to: user.email, token: '' });
      },
      onExistingUserSignUp: async ({ user }) => send({ kind: 'already_registered', to: user.email, token: '' }),
    },
    emailVerification: {
      sendOnSignUp: true,
      expiresIn: 24 * HOUR_S,
      sendVerificationEmail: async ({ user, token }) => send({ kind: 'verify', to: user.email, token }),
    },
    verification: { storeIdentifier: 'hashed' },
    session: { expiresIn: SESSION_S, updateAge: 24 * HOUR_S },
    account: {
      updateAccountOnSignIn: false,
      // An account is joined with a provider's only where both have proved the address.
      accountLinking: { enabled: true, trustedProviders: [], requireLocalEmailVerified: true },
    },
    databaseHooks: {
      account: {
        // What a provider gives out to act for somebody there is not needed here, and so is not kept.
        create: {
          before: async (login) => ({
            data: { ...login, accessToken: null, refreshToken: null, idToken: null },
          }),
        },
      },
    },
    plugins: [
      passkey({
        rpID: new URL(origin).hostname,
        rpName: 'Guildhall',
        origin,
        advanced: { webAuthnChallengeCookie: 'passkey' },
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        registration: {
          afterVerification: ({ verification }) =>
            mustBeVerified(verification.registrationInfo?.userVerified, 'FAILED_TO_VERIFY_REGISTRATION'),
        },
        authentication: {
          afterVerification: ({ verification }) =>
            mustBeVerified(verification.authenticationInfo.userVerified, 'AUTHENTICATION_FAILED'),
        },
      }),
      genericOAuth({ config: providers.map(relying) }),
    ],
    // Tries are counted by us, by account and address, over all isolates.
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: 'guildhall',
      useSecureCookies: origin.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
    },
  });
};

export const headersOf = ({ cookie, address, userAgent }: Client): Headers => {
  const headers = new Headers();
  if (cookie !== null) headers.set('cookie', cookie);
  if (address !== null) headers.set('x-forwarded-for', address);
  if (userAgent !== null) headers.set('user-agent', userAgent.slice(0, 300));
  return headers;
};

export const attempt = async <T>(work: () => Promise<T>): Promise<Result<T, AccountRefusal>> => {
  try {
    return ok(await work());
  } catch (error) {
    const { isAPIError } = await import('better-auth/api');
    const known = isAPIError(error) ? REFUSALS[String(error.body?.code)] : undefined;
    if (known === undefined) throw error;
    return err(known);
  }
};

export const accountOf = (user: { readonly id: string; readonly email: string; readonly name: string }): Account => ({
  userId: user.id,
  email: user.email,
  name: user.name,
});
