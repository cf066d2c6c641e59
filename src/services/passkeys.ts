/** Passkeys of somebody who is signed in, and signing in with one. */
import { networkOf } from '../core/access/ip-range.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { type Challenge, openPasskeys, type Passkey, passkeysOf, removePasskey } from '../registry/passkeys.ts';
import {
  accountOptions,
  type Client,
  type Cookies,
  describe,
  overLimit,
  refusedAs,
  type SignedIn,
} from './accounts.ts';
import type { Deps } from './deps.ts';
import { passkeyMail } from './letters.ts';

/** In a quarter of an hour: challenges for strangers at one address, tries with a passkey, passkeys of one account. */
const CHALLENGES = 60;
const TRIES = 30;
const REGISTRATIONS = 20;
/** Where no address is known, all strangers are one. */
const ALL = 100;

const passkeys = (deps: Deps) => openPasskeys(deps.db, accountOptions(deps));

const fromOne = (deps: Deps, what: string, { address }: Client, limit: number): Promise<Refusal | null> =>
  overLimit(deps, what, address === null ? '' : networkOf(address), address === null ? limit * ALL : limit);

const shown = ({ id, name, createdAt, backedUp }: Passkey): JsonObject => ({
  passkey_id: id,
  name: name ?? '',
  since: createdAt?.toISOString() ?? null,
  backed_up: backedUp,
});

export const listPasskeys = async (deps: Deps, { userId }: SignedIn): Promise<JsonObject> => {
  const all = (await passkeysOf(deps.db, userId)).map(shown);
  return { passkeys: all, count: all.length };
};

/** Asks for a session that is young: a page that was left open makes no new way in. */
export const beginPasskey = async (
  deps: Deps,
  { userId }: SignedIn,
  client: Client,
): Promise<Result<Challenge, Refusal>> => {
  const limited = await overLimit(deps, 'passkey', userId, REGISTRATIONS);
  return limited === null ? refusedAs(await (await passkeys(deps)).registration(client)) : err(limited);
};

export const addPasskey = async (
  deps: Deps,
  { email }: SignedIn,
  client: Client,
  name: string,
  response: JsonObject,
): Promise<Result<JsonObject, Refusal>> => {
  const made = refusedAs(await (await passkeys(deps)).register(client, name, response));
  if (!made.ok) return made;
  deps.later(deps.mail.send(passkeyMail(deps.publicUrl, email, name)));
  return ok(shown(made.value));
};

export const dropPasskey = async (deps: Deps, { userId }: SignedIn, id: string): Promise<Result<null, Refusal>> =>
  (await removePasskey(deps.db, userId, id)) ? ok(null) : err(refusal('not_found'));

export const challengeForPasskey = async (deps: Deps, client: Client): Promise<Result<Challenge, Refusal>> => {
  const limited = await fromOne(deps, 'passkey-challenge', client, CHALLENGES);
  return limited === null ? refusedAs(await (await passkeys(deps)).authentication(client)) : err(limited);
};

export const signInWithPasskey = async (
  deps: Deps,
  client: Client,
  response: JsonObject,
): Promise<Result<{ readonly value: JsonObject; readonly cookies: Cookies }, Refusal>> => {
  const limited = await fromOne(deps, 'passkey-try', client, TRIES);
  if (limited !== null) return err(limited);
  const signedIn = refusedAs(await (await passkeys(deps)).signIn(client, response));
  if (!signedIn.ok) return signedIn;
  const { account, cookies } = signedIn.value;
  return ok({ value: await describe(deps, account), cookies });
};
