/**
 * May this worker be run? Asked by anybody, without a credential (WCP 5.3). A name in an owned namespace is public: the
 * network says who owns it, the owner's object what is known. What is in a sandbox, and a species, means something in one
 * tenant only: the one that path or credential select. No copy is read: a ban that was answered `effective` is known here
 * as it is to decisions, since the object answers under a ban lease.
 */
import type { TenantId } from '../core/ids.ts';
import { parseTenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { isSandbox, namespaceOf } from '../core/registry/namespace.ts';
import { unknownWorker } from '../core/registry/verification.ts';
import { err, ok, type Result } from '../core/result.ts';
import { isListed } from '../registry/tenants.ts';
import type { LeaseRequest } from '../tenant/lease.ts';
import type { Deps } from './deps.ts';
import { renewLease } from './leases.ts';

type Verified = Result<JsonObject, Refusal>;

/** `tenant`: selected by the credential, or named by the path; null: neither. */
export const verifyWorker = async (deps: Deps, tenant: string | null, id: string): Promise<Verified> => {
  const owner = await ownerOf(deps, id);
  if (owner !== null) {
    const known = await look(deps, owner, id, true);
    if (known.ok || known.error.code !== 'not_found') return known;
  }
  const selected = tenant === null ? null : parseTenantId(tenant);
  // Looked up first: a name that nobody has would otherwise make an object.
  if (selected === null || !(await isListed(deps.db, selected))) return err(refusal('not_found'));
  return look(deps, selected, id, false);
};

/** The same, with an answer for what is not known. */
export const verifyOrUnknown = async (deps: Deps, tenant: string | null, id: string): Promise<Verified> => {
  const verified = await verifyWorker(deps, tenant, id);
  return !verified.ok && verified.error.code === 'not_found' ? ok(unknownWorker(id)) : verified;
};

const ownerOf = async (deps: Deps, id: string): Promise<TenantId | null> => {
  const namespace = namespaceOf(id);
  if (namespace === null || isSandbox(namespace)) return null;
  const ownership = await deps.network().namespace(namespace);
  return ownership?.owner == null ? null : parseTenantId(ownership.owner);
};

const look = async (deps: Deps, tenant: TenantId, id: string, asOwner: boolean): Promise<Verified> => {
  const ask = () => deps.tenant(tenant).ask(null, { kind: 'verify', id, asOwner });
  let answer = await ask();
  const lease = leaseOf(answer);
  if (lease !== null && (await renewLease(deps, tenant, lease))) answer = await ask();
  if (!answer.ok) return answer;
  return leaseOf(answer) === null ? ok(answer.value.verification as JsonObject) : err(refusal('DENY_BAN_FEED_STALE'));
};

const leaseOf = (answer: Verified): LeaseRequest | null =>
  answer.ok ? (answer.value.lease as unknown as LeaseRequest | null) : null;
