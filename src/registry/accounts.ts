/**
 * Accounts: people, their passwords and their sessions, kept by the accounts library on D1. This file is the only one
 * that knows the library; its refusals become values here. Mails are handed to `send`, which answers at once.
 *
 * The library is loaded with the first request of a person: a Worker that serves machines starts without it.
 */
import { err, ok, type Result } from '../core/result.ts';
import { logins, sessions, users, verifications } from './account-tables.ts';
import type { Database } from './database.ts';

export interface Account {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
}

/** An account, by a session of it. */
export interface SignedIn extends Account {
  readonly sessionId: string;
}

/** Headers `set-cookie` that go with an answer. */
export type Cookies = readonly string[];

export interface Client {
  readonly cookie: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
}

export interface AccountMail {
  readonly kind: 'verify' | 'reset' | 'already_registered';
  readonly to: string;
  /** Empty where nothing is to be proved. */
  readonly token: string;
}

export type AccountRefusal = 'credentials' | 'unverified' | 'token' | 'password';

export interface AccountOptions {
  readonly secret: string;
  /** Scheme and host; cookies are `Secure` where it is https. */
  readonly origin: string;
  readonly send: (mail: AccountMail) => void;
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
  PASSWORD_TOO_SHORT: 'password',
  PASSWORD_TOO_LONG: 'password',
};

const library = async (db: Database, { secret, origin, send }: AccountOptions) => {
  const { betterAuth } = await import('better-auth/minimal');
  const { drizzleAdapter } = await import('better-auth/adapters/drizzle');
  return betterAuth({
    secret,
    baseURL: origin,
    basePath: '/v1/account',
    trustedOrigins: [origin],
    database: drizzleAdapter(db, {
      provider: 'sqlite',
      schema: { user: users, session: sessions, account: logins, verification: verifications },
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
      onExistingUserSignUp: async ({ user }) => send({ kind: 'already_registered', to: user.email, token: '' }),
    },
    emailVerification: {
      sendOnSignUp: true,
      expiresIn: 24 * HOUR_S,
      sendVerificationEmail: async ({ user, token }) => send({ kind: 'verify', to: user.email, token }),
    },
    verification: { storeIdentifier: 'hashed' },
    session: { expiresIn: SESSION_S, updateAge: 24 * HOUR_S },
    // Tries are counted by us, by account and address, over all isolates.
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: 'guildhall',
      useSecureCookies: origin.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
    },
  });
};

const headersOf = ({ cookie, address, userAgent }: Client): Headers => {
  const headers = new Headers();
  if (cookie !== null) headers.set('cookie', cookie);
  if (address !== null) headers.set('x-forwarded-for', address);
  if (userAgent !== null) headers.set('user-agent', userAgent.slice(0, 300));
  return headers;
};

const attempt = async <T>(work: () => Promise<T>): Promise<Result<T, AccountRefusal>> => {
  try {
    return ok(await work());
  } catch (error) {
    const { isAPIError } = await import('better-auth/api');
    const known = isAPIError(error) ? REFUSALS[String(error.body?.code)] : undefined;
    if (known === undefined) throw error;
    return err(known);
  }
};

const accountOf = (user: { readonly id: string; readonly email: string; readonly name: string }): Account => ({
  userId: user.id,
  email: user.email,
  name: user.name,
});

export type Accounts = Awaited<ReturnType<typeof openAccounts>>;

export const openAccounts = async (db: Database, options: AccountOptions) => {
  const { api, $context } = await library(db, options);
  return {
    /** Answers alike whether the address has an account or not; its owner learns by mail. */
    signUp: (email: string, password: string, name: string): Promise<Result<unknown, AccountRefusal>> =>
      attempt(() => api.signUpEmail({ body: { email, password, name } })),

    signIn: (
      email: string,
      password: string,
      client: Client,
    ): Promise<Result<{ readonly account: Account; readonly cookies: Cookies }, AccountRefusal>> =>
      attempt(async () => {
        // Without the cookie that came: a session is never taken over, always made.
        const headers = headersOf({ ...client, cookie: null });
        const made = await api.signInEmail({ body: { email, password }, headers, returnHeaders: true });
        return { account: accountOf(made.response.user), cookies: made.headers.getSetCookie() };
      }),

    signOut: async (client: Client): Promise<Cookies> =>
      (await api.signOut({ headers: headersOf(client), returnHeaders: true })).headers.getSetCookie(),

    /** Who the session cookie stands for; `renew` lengthens a session that is old enough. */
    session: async (
      client: Client,
      renew: boolean,
    ): Promise<{ readonly account: SignedIn; readonly cookies: Cookies } | null> => {
      const found = await api.getSession({
        headers: headersOf(client),
        query: { disableRefresh: !renew },
        returnHeaders: true,
      });
      return found.response === null
        ? null
        : {
            account: { ...accountOf(found.response.user), sessionId: found.response.session.id },
            cookies: found.headers.getSetCookie(),
          };
    },

    verify: (token: string): Promise<Result<unknown, AccountRefusal>> =>
      attempt(() => api.verifyEmail({ query: { token } })),

    /** Sends the mail again; silent about addresses that have no account. */
    sendVerification: (email: string): Promise<Result<unknown, AccountRefusal>> =>
      attempt(() => api.sendVerificationEmail({ body: { email } })),

    forgot: (email: string): Promise<Result<unknown, AccountRefusal>> =>
      attempt(() => api.requestPasswordReset({ body: { email } })),

    reset: (token: string, password: string): Promise<Result<unknown, AccountRefusal>> =>
      attempt(() => api.resetPassword({ body: { token, newPassword: password } })),

    /** Every session ends; the cookies are those of a new one. */
    changePassword: (client: Client, current: string, wanted: string): Promise<Result<Cookies, AccountRefusal>> =>
      attempt(async () => {
        const made = await api.changePassword({
          body: { currentPassword: current, newPassword: wanted, revokeOtherSessions: true },
          headers: headersOf(client),
          returnHeaders: true,
        });
        return made.headers.getSetCookie();
      }),

    /** The account of this address, made and verified where there is none; an existing one keeps its password. */
    ensure: async (email: string, name: string, password: string): Promise<Account> => {
      const { internalAdapter, password: passwords } = await $context;
      const known = await internalAdapter.findUserByEmail(email.toLowerCase());
      if (known !== null) return accountOf(known.user);
      const hash = await passwords.hash(password);
      const made = await internalAdapter.createUser(
        { email: email.toLowerCase(), name, emailVerified: true },
        { method: 'email-password' },
      );
      if (made === null || made === undefined) throw new Error('the account could not be made');
      await internalAdapter.linkAccount({
        userId: made.id,
        providerId: 'credential',
        accountId: made.id,
        password: hash,
      });
      return accountOf(made);
    },
  };
};
