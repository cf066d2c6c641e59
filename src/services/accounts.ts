/**
 * People: signing up and in, sessions, lost passwords. Answers never tell whether an address has an account. Tries are
 * counted before they are judged, over all isolates, so no number of parallel ones is free.
 */

import { networkOf } from '../core/access/ip-range.ts';
import { permissionsOf, type Role } from '../core/access/roles.ts';
import { sha256Hex } from '../core/hash.ts';
import { parseTenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { deviceCookie, knownDevice } from '../keys/device-mark.ts';
import { forgetLinks } from '../registry/account-changes.ts';
import type {
  Account,
  AccountOptions,
  AccountRefusal,
  Client,
  Cookies,
  SignedIn,
} from '../registry/account-library.ts';
import { type Accounts, openAccounts } from '../registry/accounts.ts';
import { countAttempt, forgetAttempts, membershipsOf, roleIn } from '../registry/members.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { accountMail, passwordChangedMail } from './letters.ts';

export type { Account, Client, Cookies, SignedIn };

const MINUTE_MS = 60_000;
const WINDOW_MS = 15 * MINUTE_MS;
/**
 * Tries in a quarter of an hour: for one account from one network, for one account from all browsers that it was never
 * opened in, for all accounts from one network.
 */
const TRIES_FROM_ONE = 5;
const TRIES_FROM_ALL = 50;
const TRIES_AT_ALL = 100;
/** Mails that strangers can have sent to one address, and accounts made from one, in a quarter of an hour. */
const MAILS = 4;
const SIGN_UPS = 20;

export const accountOptions = (deps: Deps): AccountOptions => ({
  secret: deps.accountSecret,
  origin: deps.publicUrl,
  send: (mail) => deps.later(deps.mail.send(accountMail(deps.publicUrl, mail))),
});

export const library = (deps: Deps): Promise<Accounts> => openAccounts(deps.db, accountOptions(deps));

const REFUSALS: Readonly<Record<AccountRefusal, Refusal>> = {
  credentials: refusal('invalid_credentials'),
  unverified: refusal('email_not_verified'),
  token: refusal('link_invalid'),
  passkey: refusal('passkey_invalid'),
  stale: refusal('step_up_required'),
  provider: refusal('provider_unreachable'),
  password: refusal('invalid_body', 'password: too short or too long', [
    { field: '/password', message: 'too short or too long' },
  ]),
};

export const refusedAs = <T>(result: Result<T, AccountRefusal>): Result<T, Refusal> =>
  result.ok ? result : err(REFUSALS[result.error]);

/** Null: one more is allowed. Keys are hashed: the table names nobody. */
export const overLimit = async (deps: Deps, what: string, who: string, limit: number): Promise<Refusal | null> => {
  const nowMs = deps.nowMs();
  const { failures, until } = await countAttempt(deps.db, sha256Hex(`${what}:${who}`), WINDOW_MS, nowMs);
  if (failures <= limit) return null;
  return { ...refusal('rate_limited', 'too many tries; wait'), retryAfterMs: until - nowMs };
};

/** Mails to one address that somebody else asked for. */
export const tooManyMails = (deps: Deps, email: string): Promise<Refusal | null> =>
  overLimit(deps, 'mail', lower(email), MAILS);

const lower = (email: string): string => email.toLowerCase();
const placeOf = ({ address }: Client): string => (address === null ? '' : networkOf(address));
const tryKey = (email: string, client: Client): string => `${lower(email)}|${placeOf(client)}`;

/** A browser in which the owner signed in before counts for itself: what strangers try elsewhere locks nobody out. */
const tooManyTries = async (deps: Deps, email: string, client: Client): Promise<Refusal | null> => {
  const device = knownDevice(deps.accountSecret, email, deps.publicUrl, client.cookie);
  if (device !== null) return overLimit(deps, 'device', device, TRIES_FROM_ONE);
  // Where no address is known, everybody is at one place.
  const spraying = client.address === null ? null : await overLimit(deps, 'from', placeOf(client), TRIES_AT_ALL);
  return (
    spraying ??
    (await overLimit(deps, 'sign-in', tryKey(email, client), TRIES_FROM_ONE)) ??
    (await overLimit(deps, 'sign-in', lower(email), TRIES_FROM_ALL))
  );
};

const forgetTries = async (deps: Deps, email: string, client: Client): Promise<void> => {
  const device = knownDevice(deps.accountSecret, email, deps.publicUrl, client.cookie);
  const keys = [
    `sign-in:${tryKey(email, client)}`,
    `sign-in:${lower(email)}`,
    ...(device === null ? [] : [`device:${device}`]),
  ];
  for (const key of keys) await forgetAttempts(deps.db, sha256Hex(key));
};

export const signUp = async (
  deps: Deps,
  { email, password, name }: { readonly email: string; readonly password: string; readonly name: string },
  client: Client,
): Promise<Result<null, Refusal>> => {
  const limited =
    (await overLimit(deps, 'sign-up', placeOf(client), client.address === null ? MAILS * 100 : SIGN_UPS)) ??
    (await tooManyMails(deps, email));
  if (limited !== null) return err(limited);
  const made = refusedAs(await (await library(deps)).signUp(email, password, name));
  return made.ok ? ok(null) : made;
};

export const signIn = async (
  deps: Deps,
  email: string,
  password: string,
  client: Client,
): Promise<Result<{ readonly value: JsonObject; readonly cookies: Cookies }, Refusal>> => {
  const limited = await tooManyTries(deps, email, client);
  if (limited !== null) return err(limited);
  const signedIn = refusedAs(await (await library(deps)).signIn(email, password, client));
  if (!signedIn.ok) return signedIn;
  await forgetTries(deps, email, client);
  const { account, cookies } = signedIn.value;
  const mark = deviceCookie(deps.accountSecret, email, deps.publicUrl);
  return ok({ value: await describe(deps, account), cookies: [...cookies, mark] });
};

/** The account of a session, and what it may do where. */
export const describe = async (deps: Deps, account: Account): Promise<JsonObject> => ({
  user: { user_id: account.userId, email: account.email, name: account.name },
  tenants: (await membershipsOf(deps.db, account.userId)).map(({ tenantId, role }) => ({
    tenant: tenantId,
    role,
    permissions: [...permissionsOf(role)],
  })),
});

export const session = async (
  deps: Deps,
  client: Client,
): Promise<Result<{ readonly value: JsonObject; readonly cookies: Cookies }, Refusal>> => {
  const found = await (await library(deps)).session(client, true);
  if (found === null) return err(refusal('unauthorized'));
  return ok({ value: await describe(deps, found.account), cookies: found.cookies });
};

export const signOut = async (deps: Deps, client: Client): Promise<Cookies> => (await library(deps)).signOut(client);

export const verifyEmail = async (deps: Deps, token: string): Promise<Result<null, Refusal>> => {
  const verified = refusedAs(await (await library(deps)).verify(token));
  return verified.ok ? ok(null) : verified;
};

/** `again`: the mail that proves an address; `reset`: the one that opens a new password. Silent about unknown ones. */
export const mailAgain = async (deps: Deps, what: 'again' | 'reset', email: string): Promise<Result<null, Refusal>> => {
  const limited = await tooManyMails(deps, email);
  if (limited !== null) return err(limited);
  const accounts = await library(deps);
  await (what === 'reset' ? accounts.forgot(email) : accounts.sendVerification(email));
  return ok(null);
};

/** The browser in which it is set is one of the owner's: a door that strangers have closed opens for it. */
export const resetPassword = async (deps: Deps, token: string, password: string): Promise<Result<Cookies, Refusal>> => {
  const options = accountOptions(deps);
  const owners: string[] = [];
  const send: AccountOptions['send'] = (mail) => {
    owners.push(mail.to);
    options.send(mail);
  };
  const reset = refusedAs(await (await openAccounts(deps.db, { ...options, send })).reset(token, password));
  return reset.ok ? ok(owners.map((email) => deviceCookie(deps.accountSecret, email, deps.publicUrl))) : reset;
};

/** Guessing the password from a session that was left open is counted as guessing it at the door is. */
export const changePassword = async (
  deps: Deps,
  { userId, email }: SignedIn,
  current: string,
  wanted: string,
  client: Client,
): Promise<Result<Cookies, Refusal>> => {
  const wrong = await countedTry(deps, email, client, (accounts) => accounts.isPassword(userId, current));
  if (wrong !== null) return err(wrong);
  const changed = refusedAs(await (await library(deps)).changePassword(client, current, wanted));
  if (!changed.ok) return changed;
  await forgetLinks(deps.db, userId);
  deps.later(deps.mail.send(passwordChangedMail(deps.publicUrl, email)));
  return changed;
};

/** Null: the password that somebody gave beside their session is the right one. */
export const countedTry = async (
  deps: Deps,
  email: string,
  client: Client,
  isRight: (accounts: Accounts) => Promise<boolean>,
): Promise<Refusal | null> => {
  const limited = await overLimit(deps, 'sign-in', tryKey(email, client), TRIES_FROM_ONE);
  if (limited !== null) return limited;
  if (!(await isRight(await library(deps)))) return refusal('invalid_credentials');
  await forgetTries(deps, email, client);
  return null;
};

export const accountOf = async (deps: Deps, client: Client): Promise<Result<SignedIn, Refusal>> => {
  const found = await (await library(deps)).session(client, false);
  return found === null ? err(refusal('unauthorized')) : ok(found.account);
};

/** A person as a caller of one tenant: the one that the path names, or the only one they belong to. */
export const humanCaller = async (
  deps: Deps,
  client: Client,
  pathTenant: string | null,
): Promise<Result<Caller, Refusal>> => {
  const account = await accountOf(deps, client);
  if (!account.ok) return account;
  const { userId, signedInAtMs } = account.value;
  const all = pathTenant === null ? await membershipsOf(deps.db, userId) : [];
  if (all.length > 1) {
    return err(refusal('invalid_parameter', 'you belong to several tenants: name one in the path, /t/<tenant>/…'));
  }
  const named = parseTenantId(pathTenant ?? all[0]?.tenantId ?? '');
  const role: Role | null = named === null ? null : (all[0]?.role ?? (await roleIn(deps.db, named, userId)));
  if (named === null || role === null) return err(refusal('not_found'));
  return ok({ tenant: named, credential: { kind: 'human', userId, role, signedInAt: signedInAtMs * 1_000 } });
};
