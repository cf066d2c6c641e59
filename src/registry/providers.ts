/**
 * Signing in by an OpenID provider: authorization code with PKCE, state and nonce bound to the browser that began, the id
 * token verified with the provider's published keys. Where the library would send the browser is read, never followed.
 */
import { err, ok, type Result } from '../core/result.ts';
import {
  type AccountOptions,
  type AccountRefusal,
  attempt,
  type Client,
  type Cookies,
  headersOf,
  library,
} from './account-library.ts';
import type { Database } from './database.ts';

/** Why nobody was signed in. */
export type ProviderFault = 'declined' | 'unverified' | 'not_joined' | 'failed';

const ARRIVED = '/#arrived';
const LOST = '/#lost';

/** By what the library calls it; all else is `failed`. */
const FAULTS: Readonly<Record<string, ProviderFault>> = {
  access_denied: 'declined',
  // It has proved no address, or could not be believed.
  unable_to_get_user_info: 'unverified',
  email_not_found: 'unverified',
  email_not_verified: 'unverified',
  account_not_linked: 'not_joined',
};

export interface ProviderAnswer {
  readonly code?: string | undefined;
  readonly state?: string | undefined;
  readonly error?: string | undefined;
  readonly iss?: string | undefined;
}

export interface Finished {
  readonly result: Result<null, ProviderFault>;
  readonly cookies: Cookies;
}

export const openProviders = async (db: Database, options: AccountOptions) => {
  const { api } = await library(db, options);
  const { origin } = options;
  return {
    /** Where to send the browser, and the cookie that its way back is bound to. */
    begin: (
      provider: string,
      client: Client,
    ): Promise<Result<{ readonly url: string; readonly cookies: Cookies }, AccountRefusal>> =>
      attempt(async () => {
        const body = {
          provider,
          callbackURL: origin + ARRIVED,
          errorCallbackURL: origin + LOST,
          disableRedirect: true,
        };
        const made = await api.signInSocial({ body, headers: headersOf(client), returnHeaders: true });
        return { url: String(made.response.url), cookies: made.headers.getSetCookie() };
      }),

    finish: async (provider: string, answer: ProviderAnswer, client: Client): Promise<Finished> => {
      const response = await api.callbackOAuth({
        method: 'GET',
        params: { id: provider },
        query: answer,
        headers: headersOf(client),
        asResponse: true,
      });
      const location = response.headers.get('location') ?? '';
      const cookies = response.headers.getSetCookie();
      if (location === origin + ARRIVED) return { result: ok(null), cookies };
      const named = /[?&]error=([a-z_]+)/i.exec(location)?.[1]?.toLowerCase() ?? '';
      return { result: err(FAULTS[named] ?? 'failed'), cookies };
    },
  };
};
