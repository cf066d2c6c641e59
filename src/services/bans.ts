/**
 * Carries bans (DESIGN §7): leases from the network to tenants, changes to all who hold one, and their word back. The
 * objects never call one another, and nothing here is trusted with the truth: a Worker that dies leaves the network
 * counting leases, and the ban becomes effective by itself when the last of them has run out.
 */

import { toBase64Url, utf8 } from '../core/bytes.ts';
import type { Actor } from '../core/caller.ts';
import { canonicalJson } from '../core/canonical.ts';
import { sha256Hex } from '../core/hash.ts';
import type { TenantId } from '../core/ids.ts';
import { parseTenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import type { NewBan } from '../core/registry/ban.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { BanDelta } from '../network/network.ts';
import type { LeaseRequest } from '../tenant/lease.ts';
import type { Deps } from './deps.ts';

const OPERATOR: Actor = { kind: 'operator', id: 'operator' };
/** Pages of a long list that one renewal fetches. */
const PAGES = 64;
const PUSH_AGAIN_MS = 1000;

/** Brings a tenant a lease and what it has to learn first. False: there is none to be had now. */
export const renewLease = async (deps: Deps, tenant: TenantId, request: LeaseRequest): Promise<boolean> => {
  try {
    let { since } = request;
    for (let page = 0; page < PAGES; page++) {
      const answer = await deps.network().grant(tenant, since);
      const known = await deps.tenant(tenant).learnBans(answer, request.nonce);
      if (answer.complete) return known >= answer.epoch;
      // Nothing to learn, and yet no lease: the network's list is older than what it gave out before.
      if (answer.changes.length === 0) return false;
      since = known;
    }
  } catch (error) {
    console.error(JSON.stringify({ level: 'error', at: 'lease', error: String(error) }));
  }
  return false;
};

export interface Spread {
  /** Holders that have said that they know. */
  readonly acknowledged: number;
  /** Holders whose lease ran out instead. */
  readonly expired: number;
}

/**
 * Pushes the newest changes to every holder, and answers only when nobody can dispatch without knowing `epoch`. Who is
 * not reached is tried again while its lease runs; durations only, and the network says how long.
 */
const spread = async (deps: Deps, epoch: number): Promise<Spread> => {
  const network = deps.network();
  const news = await network.delta(epoch - 1);
  const holders = new Set<string>();
  const heard = new Set<string>();
  for (;;) {
    const { behind, waitMs } = await network.standing(epoch);
    if (behind.length === 0) return { acknowledged: heard.size, expired: holders.size - heard.size };
    const pushed = behind.map(async (tenant) => {
      holders.add(tenant);
      if (await push(deps, tenant, epoch, news)) heard.add(tenant);
    });
    const rest = deps.sleep(Math.min(waitMs, PUSH_AGAIN_MS));
    await Promise.race([Promise.all(pushed), rest]);
    if (heard.size > 0) await network.acknowledged([...heard], epoch);
    if (behind.some((tenant) => !heard.has(tenant))) await rest;
  }
};

/** True when the tenant has said that it knows `epoch`. */
const push = async (deps: Deps, name: string, epoch: number, newest: BanDelta): Promise<boolean> => {
  const tenant = parseTenantId(name);
  if (tenant === null) return false;
  let news = newest;
  try {
    for (let page = 0; page < PAGES; page++) {
      const known = await deps.tenant(tenant).learnBans({ ...news, leaseMs: 0 }, null);
      if (known >= epoch) return true;
      // It is further behind, and gets all that it misses.
      news = await deps.network().delta(known);
    }
  } catch (error) {
    console.error(JSON.stringify({ level: 'error', at: 'push', tenant, error: String(error) }));
  }
  return false;
};

/** From its answer on, no Hall of the network dispatches the target. */
export const issueNetworkBan = async (deps: Deps, asked: NewBan): Promise<Result<JsonObject, Refusal>> => {
  const issued = await deps.network().issue(`ban_${deps.newId()}`, asked, OPERATOR, deps.ring.active('receipt').kid);
  if (!issued.ok) return issued;
  const { ban, epoch } = issued.value;
  const counts = await spread(deps, epoch);
  const effectiveAt = await deps.network().markEffective(ban.ban_id);
  return ok({
    ban_id: ban.ban_id,
    epoch,
    target: { ...ban.target },
    status: 'effective',
    effective_at: new Date(effectiveAt).toISOString(),
    ...counts,
  });
};

/** Lifting needs no wait: a Hall that has not heard of it yet is only stricter. */
export const liftNetworkBan = async (
  deps: Deps,
  banId: string,
  reason: string,
): Promise<Result<JsonObject, Refusal>> => {
  const lifted = await deps.network().lift(banId, reason, OPERATOR, deps.ring.active('receipt').kid);
  if (!lifted.ok) return lifted;
  deps.later(spread(deps, lifted.value.epoch));
  return ok({ ban_id: banId, status: 'lifted', epoch: lifted.value.epoch });
};

export const networkBan = async (deps: Deps, banId: string): Promise<Result<JsonObject, Refusal>> => {
  const ban = await deps.network().one(banId);
  return ban === null ? err(refusal('not_found')) : ok(ban);
};

/** The list since an epoch, signed: Ed25519 over `guildhall-ban-feed/v1 <hex SHA-256 of the canonical rest>`. */
export const banFeed = async (deps: Deps, since: number): Promise<JsonObject> => {
  const { epoch, changes, complete } = await deps.network().delta(since);
  const feed = { since, epoch, complete, entries: changes as unknown as JsonObject[] };
  const key = deps.ring.active('receipt');
  const signature = key.sign(utf8(`guildhall-ban-feed/v1 ${sha256Hex(canonicalJson(feed))}`));
  return { ...feed, key_id: key.kid, signature: toBase64Url(signature) };
};
