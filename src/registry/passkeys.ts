/**
 * Passkeys: made by somebody who has signed in lately, good for signing in without a password. Challenges are kept by the
 * library, named by a signed cookie, and good once.
 */
import { and, asc, eq } from 'drizzle-orm';
import type { JsonObject } from '../core/json.ts';
import { ok, type Result } from '../core/result.ts';
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
} from './account-library.ts';
import { passkeys } from './account-tables.ts';
import type { Database } from './database.ts';

/** What the browser is asked to sign, and the cookie that names it. */
export interface Challenge {
  readonly options: JsonObject;
  readonly cookies: Cookies;
}

export interface Passkey {
  readonly id: string;
  readonly name: string | null;
  readonly createdAt: Date | null;
  readonly backedUp: boolean;
}

/** The passkeys of an account, as rows. */
export const passkeysOf = (db: Database, userId: string): Promise<Passkey[]> =>
  db
    .select({ id: passkeys.id, name: passkeys.name, createdAt: passkeys.createdAt, backedUp: passkeys.backedUp })
    .from(passkeys)
    .where(eq(passkeys.userId, userId))
    .orderBy(asc(passkeys.createdAt));

/** False: this account has no such passkey. */
export const removePasskey = async (db: Database, userId: string, id: string): Promise<boolean> => {
  const removed = await db
    .delete(passkeys)
    .where(and(eq(passkeys.userId, userId), eq(passkeys.id, id)))
    .returning({ id: passkeys.id });
  return removed.length > 0;
};

export const openPasskeys = async (db: Database, options: AccountOptions) => {
  const { api } = await library(db, options);
  return {
    registration: (client: Client): Promise<Result<Challenge, AccountRefusal>> =>
      attempt(async () => {
        const made = await api.generatePasskeyRegistrationOptions({
          headers: headersOf(client),
          query: {},
          returnHeaders: true,
        });
        return { options: asJson(made.response), cookies: made.headers.getSetCookie() };
      }),

    register: (client: Client, name: string, response: JsonObject): Promise<Result<Passkey, AccountRefusal>> =>
      attempt(async () => {
        const { id, createdAt, backedUp } = await api.verifyPasskeyRegistration({
          headers: headersOf(client),
          body: { name, response },
        });
        return { id, name, createdAt, backedUp };
      }),

    authentication: async (client: Client): Promise<Result<Challenge, AccountRefusal>> => {
      // Without a cookie: the passkeys of nobody are named, so the browser offers those that it has.
      const headers = headersOf({ ...client, cookie: null });
      const made = await api.generatePasskeyAuthenticationOptions({ headers, returnHeaders: true });
      const asked = { ...asJson(made.response), userVerification: 'required' };
      return ok({ options: asked, cookies: made.headers.getSetCookie() });
    },

    /** Always a new session, whatever cookies came. */
    signIn: (
      client: Client,
      response: JsonObject,
    ): Promise<Result<{ readonly account: Account; readonly cookies: Cookies }, AccountRefusal>> =>
      attempt(async () => {
        const made = await api.verifyPasskeyAuthentication({
          headers: headersOf(client),
          // Judged by the library: what is missing of it is no proof.
          body: { response: response as unknown as Signed },
          returnHeaders: true,
        });
        return { account: accountOf(made.response.user), cookies: made.headers.getSetCookie() };
      }),
  };
};

type Api = Awaited<ReturnType<typeof library>>['api'];
type Signed = NonNullable<Parameters<Api['verifyPasskeyAuthentication']>[0]>['body']['response'];

const asJson = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;
