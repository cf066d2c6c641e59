/**
 * Members of a tenant. The tenant object judges who may, and keeps the entry; then the directory is changed. If we stop
 * in between, the ledger names an act that did not come about, and the act can be asked for again; likewise where two owners
 * remove each other at once: one stays, and the keys of both have ended.
 */
import { mayChangeMember, type Role } from '../core/access/roles.ts';
import { sha256Hex } from '../core/hash.ts';
import { parseTenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { randomToken } from '../keys/secrets.ts';
import type { Account } from '../registry/account-library.ts';
import {
  changeRole,
  invitationByToken,
  invitationsOf,
  type Member,
  membersOf,
  ownerCount,
  putInvitation,
  putMember,
  removeMember,
  roleIn,
  takeInvitation,
} from '../registry/members.ts';
import { overLimit, tooManyMails } from './accounts.ts';
import { type Caller, counted } from './caller.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';
import { invitationMail } from './letters.ts';
import { change } from './manage.ts';

/** In a quarter of an hour. */
const INVITATIONS = 100;
const WEEK_MS = 7 * 24 * 3600 * 1000;

const shown = ({ userId, email, name, role, since }: Member): JsonObject => ({
  user_id: userId,
  email,
  name,
  role,
  since: since.toISOString(),
});

/** Whoever may read the Hall may see who works in it. */
export const listMembers = async (
  deps: Deps,
  caller: Caller,
  after: string | null,
  limit: number,
): Promise<Result<JsonObject, Refusal>> => {
  const allowed = await ask(deps, caller, { kind: 'settings' });
  if (!allowed.ok) return allowed;
  const rows = await membersOf(deps.db, caller.tenant, after ?? '', limit + 1);
  const page = rows.slice(0, limit);
  return ok({
    members: page.map(shown),
    count: page.length,
    next_cursor: rows.length > limit ? (page.at(-1)?.userId ?? null) : null,
  });
};

export const invite = async (
  deps: Deps,
  caller: Caller,
  email: string,
  role: Role,
): Promise<Result<JsonObject, Refusal>> => {
  const allowed = await ask(deps, caller, { kind: 'administer' });
  if (!allowed.ok) return allowed;
  // Whoever makes a tenant could otherwise have as many mails sent to strangers as they like.
  const limited =
    (await overLimit(deps, 'invitations', caller.tenant, INVITATIONS)) ?? (await tooManyMails(deps, email));
  if (limited !== null) return err(limited);
  const id = `inv_${deps.newId()}`;
  const recorded = await change(deps, counted(caller), {
    kind: 'member.change',
    change: 'invited',
    member: id,
    from: null,
    to: role,
  });
  if (!recorded.ok) return recorded;
  const token = randomToken();
  const expiresAt = new Date(deps.nowMs() + WEEK_MS);
  const { tenant } = caller;
  const invitedBy = String(recorded.value.by);
  const invitation = { id, tenantId: tenant, email: email.toLowerCase(), role, invitedBy, expiresAt };
  await putInvitation(deps.db, invitation, sha256Hex(token));
  deps.later(deps.mail.send(invitationMail(deps.publicUrl, email, tenant, role, token)));
  const { evidence_receipt = null } = recorded.value;
  return ok({
    invitation_id: id,
    email: invitation.email,
    role,
    expires_at: expiresAt.toISOString(),
    evidence_receipt,
  });
};

export const listInvitations = async (deps: Deps, caller: Caller): Promise<Result<JsonObject, Refusal>> => {
  const allowed = await ask(deps, caller, { kind: 'settings' });
  if (!allowed.ok) return allowed;
  const found = await invitationsOf(deps.db, caller.tenant, deps.nowMs());
  const invitations = found.map(({ id, email, role, expiresAt }) => ({
    invitation_id: id,
    email,
    role,
    expires_at: expiresAt.toISOString(),
  }));
  return ok({ invitations, count: invitations.length });
};

export const uninvite = async (deps: Deps, caller: Caller, id: string): Promise<Result<JsonObject, Refusal>> => {
  // Whether there is one is told to those only who could withdraw it.
  const allowed = await ask(deps, caller, { kind: 'administer' });
  if (!allowed.ok) return allowed;
  const known = (await invitationsOf(deps.db, caller.tenant, deps.nowMs())).find((one) => one.id === id);
  if (known === undefined) return err(refusal('not_found'));
  const terms = { kind: 'member.change', change: 'uninvited', member: id, from: known.role, to: null } as const;
  const recorded = await change(deps, counted(caller), terms);
  if (recorded.ok) await takeInvitation(deps.db, caller.tenant, id);
  return recorded;
};

/** The account whose address was invited, and nobody else, joins; once. */
export const acceptInvitation = async (
  deps: Deps,
  account: Account,
  token: string,
): Promise<Result<JsonObject, Refusal>> => {
  const invitation = await invitationByToken(deps.db, sha256Hex(token), deps.nowMs());
  const tenant = parseTenantId(invitation?.tenantId ?? '');
  if (invitation === null || tenant === null || invitation.email !== account.email.toLowerCase()) {
    return err(refusal('link_invalid'));
  }
  const { userId } = account;
  const from = await roleIn(deps.db, tenant, userId);
  // Who is in it already keeps the role that they have: an old invitation takes nothing away.
  if (from !== null) return err(refusal('already_exists'));
  if (!(await takeInvitation(deps.db, tenant, invitation.id))) return err(refusal('link_invalid'));
  const { role } = invitation;
  const joined = await change(deps, joining(tenant, userId), {
    kind: 'member.change',
    change: 'joined',
    member: userId,
    from: null,
    to: role,
    invitation: invitation.id,
  });
  if (!joined.ok) return joined;
  await putMember(deps.db, tenant, userId, role, deps.nowMs());
  return ok({ tenant, ...joined.value });
};

/** The service acts for somebody who is no member yet. */
const joining = (tenant: Caller['tenant'], userId: string): Caller => ({
  tenant,
  credential: { kind: 'operator', by: { kind: 'human', id: userId } },
});

export const setRole = async (
  deps: Deps,
  caller: Caller,
  userId: string,
  to: Role,
  keepKeys: boolean,
): Promise<Result<JsonObject, Refusal>> => {
  const from = await known(deps, caller, userId);
  if (!from.ok) return from;
  if (from.value === 'owner' && to !== 'owner' && (await ownerCount(deps.db, caller.tenant)) < 2) {
    return err(refusal('last_owner'));
  }
  const terms = { kind: 'member.change', change: 'changed', member: userId, from: from.value, to, keepKeys } as const;
  const recorded = await change(deps, counted(caller), terms);
  if (!recorded.ok) return recorded;
  await withdrawOf(deps, counted(caller), userId, to, recorded.value);
  return (await changeRole(deps.db, caller.tenant, userId, to)) ? recorded : err(refusal('last_owner'));
};

/** Somebody is removed, or leaves. */
export const dismiss = async (
  deps: Deps,
  caller: Caller,
  userId: string,
  keepKeys: boolean,
): Promise<Result<JsonObject, Refusal>> => {
  const { credential, tenant } = caller;
  const leaves = credential.kind === 'human' && credential.userId === userId;
  const from = leaves ? ok(credential.role) : await known(deps, caller, userId);
  if (!from.ok) return from;
  if (from.value === 'owner' && (await ownerCount(deps.db, tenant)) < 2) return err(refusal('last_owner'));
  const terms = {
    kind: 'member.change',
    change: 'removed',
    member: userId,
    from: from.value,
    to: null,
    keepKeys,
  } as const;
  const by = leaves ? joining(tenant, userId) : counted(caller);
  const recorded = await change(deps, by, terms);
  if (!recorded.ok) return recorded;
  await withdrawOf(deps, by, userId, null, recorded.value);
  return (await removeMember(deps.db, tenant, userId)) ? recorded : err(refusal('last_owner'));
};

/**
 * Nobody is let in by the word of somebody who may say it no more, be it said with a key of theirs that has ended. Before
 * the directory changes: if we stop in between, the act is asked for again.
 */
const withdrawOf = async (
  deps: Deps,
  by: Caller,
  userId: string,
  role: Role | null,
  { keys_revoked: ended = null }: JsonObject,
): Promise<void> => {
  const keys = Array.isArray(ended) ? ended : [];
  for (const { id, role: offered, invitedBy } of await invitationsOf(deps.db, by.tenant, deps.nowMs())) {
    const isTheirs = invitedBy === userId && (role === null || !mayChangeMember(role, null, offered));
    if (!isTheirs && !keys.includes(invitedBy)) continue;
    const terms = { kind: 'member.change', change: 'uninvited', member: id, from: offered, to: null } as const;
    if ((await change(deps, by, terms)).ok) await takeInvitation(deps.db, by.tenant, id);
  }
};

/** The role of a member, for those who may change it. */
const known = async (deps: Deps, caller: Caller, userId: string): Promise<Result<Role, Refusal>> => {
  const allowed = await ask(deps, caller, { kind: 'administer' });
  if (!allowed.ok) return allowed;
  const role = await roleIn(deps.db, caller.tenant, userId);
  return role === null ? err(refusal('not_found')) : ok(role);
};
