/** Accounts: people, their passwords and their sessions, kept by the accounts library on D1. */
import type { Result } from '../core/result.ts';
import { emailChange, readEmailChange } from './account-changes.ts';
import {
  type Account,
  type AccountOptions,
  type AccountRefusal,
  accountOf,
  attempt,
  type Client,
  type Cookies,
  headersOf,
  library,
  type SignedIn,
} from './account-library.ts';
import type { Database } from './database.ts';

const emailLink = (token: string): string => `change-email:${token}`;

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
            account: {
              ...accountOf(found.response.user),
              sessionId: found.response.session.id,
              signedInAtMs: new Date(found.response.session.createdAt).getTime(),
            },
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

    /** Whether this is the password of the account; false too where it has none. */
    isPassword: async (userId: string, password: string): Promise<boolean> => {
      const { internalAdapter, password: passwords } = await $context;
      const hash = (await internalAdapter.findCredentialAccount(userId))?.password ?? null;
      return hash !== null && (await passwords.verify({ hash, password }));
    },

    /**
     * Keeps that a link proves this address as the new one of an account; false: somebody has it, so that no link will.
     * Bound to the account and good once, unlike a signed text that says one address and another.
     */
    beginEmailChange: async (userId: string, email: string, token: string, expiresAtMs: number): Promise<boolean> => {
      const { internalAdapter } = await $context;
      if ((await internalAdapter.findUserByEmail(email)) !== null) return false;
      await internalAdapter.createVerificationValue({
        identifier: emailLink(token),
        value: emailChange(userId, email),
        expiresAt: new Date(expiresAtMs),
      });
      return true;
    },

    /** What the link stands for, and the address as it is; null: nothing any more. */
    endEmailChange: async (
      token: string,
    ): Promise<{ readonly userId: string; readonly from: string; readonly email: string } | null> => {
      const { internalAdapter } = await $context;
      const kept = await internalAdapter.consumeVerificationValue(emailLink(token));
      const change = readEmailChange(kept?.value ?? '');
      const user = change === null ? null : await internalAdapter.findUserById(change.userId);
      return change === null || user === null ? null : { ...change, from: user.email };
    },

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
