/**
 * What somebody changes about their own account: name, address, its end. Whoever finds a page left open takes no account
 * over: the address and the end ask for the password, or for a session that is minutes old where the account has none.
 */
import { parseTenantId } from '../core/ids.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { randomToken } from '../keys/secrets.ts';
import { forgetAccount, renameAccount, setEmail } from '../registry/account-changes.ts';
import type { Account } from '../registry/account-library.ts';
import { membershipsOf, ownerCount } from '../registry/members.ts';
import {
  type Client,
  type Cookies,
  countedTry,
  library,
  overLimit,
  type SignedIn,
  signOut,
  tooManyMails,
} from './accounts.ts';
import type { Deps } from './deps.ts';
import { addressChangedMail, deletedMail, newAddressMail, registeredMail } from './letters.ts';
import { dismiss } from './members.ts';

/** A session that is as young proves as much as a password does. */
const FRESH_MS = 5 * 60_000;
const LINK_MS = 3_600_000;
/** To new addresses, in a quarter of an hour. */
const MAILS = 10;

export const rename = async (deps: Deps, { userId }: Account, name: string): Promise<null> => {
  await renameAccount(deps.db, userId, name, deps.nowMs());
  return null;
};

/** Null: it is they. Tries are counted as those at the door are. */
const proved = async (
  deps: Deps,
  { userId, email, signedInAtMs }: SignedIn,
  password: string | null,
  client: Client,
): Promise<Refusal | null> => {
  if (password === null) {
    return deps.nowMs() - signedInAtMs < FRESH_MS ? null : refusal('step_up_required');
  }
  return countedTry(deps, email, client, async (accounts) => accounts.isPassword(userId, password));
};

/** Answers alike whether the new address is free or not; whoever has it is told by mail. */
export const askForEmail = async (
  deps: Deps,
  account: SignedIn,
  email: string,
  password: string | null,
  client: Client,
): Promise<Result<null, Refusal>> => {
  const unproved =
    (await proved(deps, account, password, client)) ??
    (await overLimit(deps, 'email-change', account.userId, MAILS)) ??
    (await tooManyMails(deps, email));
  if (unproved !== null) return err(unproved);
  const wanted = email.toLowerCase();
  const token = randomToken();
  const isFree = await (await library(deps)).beginEmailChange(account.userId, wanted, token, deps.nowMs() + LINK_MS);
  const mail = isFree ? newAddressMail(deps.publicUrl, wanted, token) : registeredMail(deps.publicUrl, wanted);
  deps.later(deps.mail.send(mail));
  return ok(null);
};

/** By the link that went to the new address; the old one is told. */
export const takeEmail = async (deps: Deps, token: string): Promise<Result<null, Refusal>> => {
  const change = await (await library(deps)).endEmailChange(token);
  if (change === null || !(await setEmail(deps.db, change.userId, change.email, deps.nowMs()))) {
    return err(refusal('link_invalid'));
  }
  deps.later(deps.mail.send(addressChangedMail(change.from, change.email)));
  return ok(null);
};

/**
 * The end of an account. Its memberships end first, each with an entry of the tenant's ledger; if we stop in between, the
 * account is still there, and the same call goes on.
 */
export const endAccount = async (
  deps: Deps,
  account: SignedIn,
  password: string | null,
  client: Client,
  keepKeys: boolean,
): Promise<Result<Cookies, Refusal>> => {
  const unproved = await proved(deps, account, password, client);
  if (unproved !== null) return err(unproved);
  const { userId, email } = account;
  const memberships = await membershipsOf(deps.db, userId);
  for (const { tenantId, role } of memberships) {
    if (role === 'owner' && (await ownerCount(deps.db, tenantId)) < 2) {
      return err(refusal('last_owner', `you are the only owner of ${tenantId}: name another one, or end it first`));
    }
  }
  for (const { tenantId, role } of memberships) {
    const tenant = parseTenantId(tenantId);
    if (tenant === null) continue;
    const left = await dismiss(deps, { tenant, credential: { kind: 'human', userId, role } }, userId, keepKeys);
    if (!left.ok) return left;
  }
  const cookies = await signOut(deps, client);
  await forgetAccount(deps.db, userId);
  deps.later(deps.mail.send(deletedMail(email)));
  return ok(cookies);
};
