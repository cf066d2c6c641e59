/** Signing in by an identity provider of the operator's configuration. */
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Cookies } from '../registry/account-library.ts';
import { type Finished, openProviders, type ProviderAnswer } from '../registry/providers.ts';
import { accountOptions, type Client, overLimit, refusedAs } from './accounts.ts';
import type { Deps } from './deps.ts';

/** Beginnings from one address in a quarter of an hour; where none is known, of all together. */
const BEGINNINGS = 60;
const ALL = 100;

export const listProviders = (deps: Deps): JsonObject => ({
  providers: deps.providers.map(({ id, name }) => ({ id, name })),
});

/** Only the one that is meant is asked for its discovery document. */
const opened = (deps: Deps, id: string) =>
  openProviders(deps.db, { ...accountOptions(deps), providers: deps.providers.filter((one) => one.id === id) });

export const beginSignIn = async (
  deps: Deps,
  id: string,
  client: Client,
): Promise<Result<{ readonly value: JsonObject; readonly cookies: Cookies }, Refusal>> => {
  if (!deps.providers.some((one) => one.id === id)) return err(refusal('not_found'));
  const { address } = client;
  const limited = await overLimit(deps, 'provider', address ?? '', address === null ? BEGINNINGS * ALL : BEGINNINGS);
  if (limited !== null) return err(limited);
  const begun = refusedAs(await (await opened(deps, id)).begin(id, client));
  if (!begun.ok) return begun;
  const { url, cookies } = begun.value;
  return ok({ value: { url }, cookies });
};

/** The way back. Whatever comes along, the browser goes to one of our own pages. */
export const finishSignIn = async (
  deps: Deps,
  id: string,
  answer: ProviderAnswer,
  client: Client,
): Promise<Result<Finished, Refusal>> =>
  deps.providers.some((one) => one.id === id)
    ? ok(await (await opened(deps, id)).finish(id, answer, client))
    : err(refusal('not_found'));
