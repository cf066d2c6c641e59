/**
 * The life of a tenant: made by the operator of the service or by somebody who is signed in. Every act is an entry of
 * the tenant's ledger.
 */
import type { NewKey } from '../core/access/key-terms.ts';
import type { RateLimit } from '../core/access/token-bucket.ts';
import { type Actor, SCOPES } from '../core/caller.ts';
import { type Jurisdiction, parseTenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Account } from '../registry/account-library.ts';
import { openAccounts } from '../registry/accounts.ts';
import { membershipsOf, putMember, roleIn } from '../registry/members.ts';
import { forgetTenant, listTenant } from '../registry/tenants.ts';
import { archive } from './archive.ts';
import type { Caller } from './caller.ts';
import { carryCatalogTo } from './catalog-courier.ts';
import type { Deps } from './deps.ts';
import { newKey } from './keys.ts';
import { ask, exportLedger, ledgerOf } from './ledger.ts';
import { change } from './manage.ts';

export interface NewTenant {
  readonly name: string;
  readonly environment: 'live' | 'test';
  readonly rateLimit?: RateLimit | null;
  readonly jurisdiction?: Jurisdiction | null;
}

/** What a tenant that nobody has agreed anything with may ask. */
const OWN_LIMIT: RateLimit = { requests: 1_000, per_s: 10 };
/** So many tenants somebody may own before making another one. */
const MAX_OWN = 5;

/** In a jurisdiction the id begins with it, so that the name alone leads there. */
const placedId = (id: string, jurisdiction: Jurisdiction | null | undefined): string =>
  jurisdiction === null || jurisdiction === undefined ? id : `${jurisdiction}--${id}`;

const operatorIn = (id: string, by?: Actor): Caller | null => {
  const tenant = parseTenantId(id);
  return tenant === null ? null : { tenant, credential: { kind: 'operator', ...(by === undefined ? {} : { by }) } };
};

/** A tenant with its first key, which opens everything. */
export const createTenant = async (
  deps: Deps,
  id: string,
  asked: NewTenant,
  by?: Actor,
): Promise<Result<JsonObject, Refusal>> => {
  // The jurisdiction comes from its own member only: whoever writes it into the name has not chosen it.
  const caller = id.includes('--') ? null : operatorIn(placedId(id, asked.jurisdiction), by);
  if (caller === null) {
    const message = 'expected 3 to 40 of a-z 0-9 and single hyphens, starting and ending with a letter or digit';
    return err(refusal('invalid_body', `tenant: ${message}`, [{ field: 'tenant', message }]));
  }
  const { tenant } = caller;
  const { name, environment, rateLimit = null } = asked;
  const terms: NewKey = { name: 'first key', environment, scopes: [...SCOPES] };
  const { key, row } = newKey(deps, caller, terms);
  // Listed first: if we stop in between, the directory has a name with nothing behind it. The other way round the cron
  // and the registry would never hear of a tenant that exists.
  const isNew = await listTenant(deps.db, tenant, name, deps.nowMs());
  const created = await change(deps, caller, { kind: 'tenant.create', name, key: row, rateLimit });
  if (!created.ok) {
    // The name of a tenant that was erased: it is not given again, and is not listed again.
    if (isNew && !(await ask(deps, caller, { kind: 'administer' })).ok) await forgetTenant(deps.db, tenant);
    return created;
  }
  await carryCatalogTo(deps, tenant);
  return ok({ tenant, ...created.value, api_key: key });
};

export const limitTenant = async (
  deps: Deps,
  id: string,
  rateLimit: RateLimit | null,
): Promise<Result<JsonObject, Refusal>> => {
  const caller = operatorIn(id);
  if (caller === null) return err(refusal('not_found'));
  return change(deps, caller, { kind: 'tenant.limit', rateLimit });
};

/**
 * Somebody makes a tenant of their own. If we stop before they are written down as its owner, it has none: the operator
 * names one.
 */
export const createOwnTenant = async (
  deps: Deps,
  account: Account,
  id: string,
  name: string,
  jurisdiction: Jurisdiction | null,
): Promise<Result<JsonObject, Refusal>> => {
  const own = (await membershipsOf(deps.db, account.userId)).filter(({ role }) => role === 'owner');
  if (own.length >= MAX_OWN) return err(refusal('too_many_tenants'));
  const by: Actor = { kind: 'human', id: account.userId, role: 'owner' };
  const created = await createTenant(deps, id, { name, environment: 'live', rateLimit: OWN_LIMIT, jurisdiction }, by);
  if (created.ok) await putMember(deps.db, String(created.value.tenant), account.userId, 'owner', deps.nowMs());
  return created;
};

/** The operator names an owner, with an account made for them where there is none; an existing one stays as it is. */
export const nameOwner = async (
  deps: Deps,
  id: string,
  person: { readonly email: string; readonly name: string; readonly password: string },
): Promise<Result<JsonObject, Refusal>> => {
  const caller = operatorIn(id);
  if (caller === null) return err(refusal('not_found'));
  const exists = await ask(deps, caller, { kind: 'administer' });
  if (!exists.ok) return exists;
  const accounts = await openAccounts(deps.db, {
    secret: deps.accountSecret,
    origin: deps.publicUrl,
    send: () => undefined,
  });
  const { userId } = await accounts.ensure(person.email, person.name, person.password);
  const from = await roleIn(deps.db, caller.tenant, userId);
  const named = await change(deps, caller, {
    kind: 'member.change',
    change: 'joined',
    member: userId,
    from,
    to: 'owner',
  });
  if (!named.ok) return named;
  await putMember(deps.db, caller.tenant, userId, 'owner', deps.nowMs());
  return ok({ user_id: userId, ...named.value });
};

/**
 * The end of a tenant: closed, its ledger exported with a last proof of completeness, forgotten by the directory, and
 * erased. Wherever we stop, the same call goes on from there; nothing is erased that was not archived.
 */
export const deleteTenant = async (
  deps: Deps,
  id: string,
  reason: string,
  by?: Actor,
): Promise<Result<JsonObject, Refusal>> => {
  const caller = operatorIn(id, by);
  if (caller === null) return err(refusal('not_found'));
  const closed = await change(deps, caller, { kind: 'tenant.close', reason });
  if (!closed.ok) return closed;
  const ledger = await exportLedger(deps, ledgerOf(deps, caller));
  if (!ledger.ok) return ledger;
  const name = `tenants/${caller.tenant}/${deps.newId()}.ndjson`;
  const bytes = await archive(deps, name, ledger.value);
  await forgetTenant(deps.db, caller.tenant);
  const erased = await change(deps, caller, { kind: 'tenant.erase', archive: name });
  return erased.ok
    ? ok({
        tenant: caller.tenant,
        archive: name,
        bytes,
        ...closed.value,
        ...erased.value,
        evidence_receipt: closed.value.evidence_receipt ?? null,
      })
    : erased;
};

/** An owner ends a tenant of their own; to everybody else it is not there. */
export const deleteOwnTenant = async (
  deps: Deps,
  account: Account,
  id: string,
  reason: string,
): Promise<Result<JsonObject, Refusal>> => {
  if ((await roleIn(deps.db, id, account.userId)) !== 'owner') return err(refusal('not_found'));
  return deleteTenant(deps, id, reason, { kind: 'human', id: account.userId, role: 'owner' });
};
