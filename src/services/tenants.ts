/** The life of a tenant, in the hands of the operator of the service. Every act is an entry of the tenant's ledger. */
import type { NewKey } from '../core/access/key-terms.ts';
import type { RateLimit } from '../core/access/token-bucket.ts';
import { SCOPES } from '../core/caller.ts';
import { parseTenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { listTenant } from '../registry/tenants.ts';
import type { Caller } from './caller.ts';
import { carryCatalogTo } from './catalog-courier.ts';
import type { Deps } from './deps.ts';
import { newKey } from './keys.ts';
import { change } from './manage.ts';

export interface NewTenant {
  readonly name: string;
  readonly environment: 'live' | 'test';
  readonly rateLimit?: RateLimit | null;
}

const operatorIn = (id: string): Caller | null => {
  const tenant = parseTenantId(id);
  return tenant === null ? null : { tenant, credential: { kind: 'operator' } };
};

/** A tenant with its first key, which opens everything. */
export const createTenant = async (deps: Deps, id: string, asked: NewTenant): Promise<Result<JsonObject, Refusal>> => {
  const caller = operatorIn(id);
  if (caller === null) {
    const message = 'expected 3 to 40 of a-z 0-9 and single hyphens, starting and ending with a letter or digit';
    return err(refusal('invalid_body', `tenant: ${message}`, [{ field: 'tenant', message }]));
  }
  const { tenant } = caller;
  const { name, environment, rateLimit = null } = asked;
  const terms: NewKey = { name: 'first key', environment, scopes: [...SCOPES] };
  const { key, row } = newKey(deps, tenant, terms);
  // Listed first: if we stop in between, the directory has a name with nothing behind it. The other way round the cron
  // and the registry would never hear of a tenant that exists.
  await listTenant(deps.db, tenant, name, deps.nowMs());
  const created = await change(deps, caller, { kind: 'tenant.create', name, key: row, rateLimit });
  if (!created.ok) return created;
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
