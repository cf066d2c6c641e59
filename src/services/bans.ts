/** Bans of the network: issued, spread, lifted, and the list as a signed feed (WCP 3.8, DESIGN §7). */
import { toBase64Url, utf8 } from '../core/bytes.ts';
import { NETWORK_LOG } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import type { NewBan } from '../core/registry/ban.ts';
import { banFeedText } from '../core/registry/ban-feed.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Idempotency } from '../ledger/commit.ts';
import { anchor, publishCheckpoint } from './checkpoints.ts';
import type { Deps } from './deps.ts';
import { changeNetwork } from './network.ts';
import { spread } from './spread.ts';

/**
 * Once it answers `effective`, no Hall of the network dispatches the target. `pending`: the ban is committed, and
 * becomes effective when the last lease has run out, whatever becomes of this Worker.
 */
export const issueNetworkBan = async (
  deps: Deps,
  ban: NewBan,
  idempotency: Idempotency | null = null,
): Promise<Result<JsonObject, Refusal>> => {
  const issued = await changeNetwork(deps, { kind: 'ban.issue', ban }, idempotency);
  if (!issued.ok) return issued;
  const { ban_id, epoch, target, evidence_receipt } = issued.value;
  const { status, effective_at, acknowledged, expired } = await enforced(deps, String(ban_id), Number(epoch));
  return ok({ ban_id, epoch, target, status, effective_at, acknowledged, expired, evidence_receipt } as JsonObject);
};

const PENDING = { status: 'pending', effective_at: null, acknowledged: null, expired: null };

/** Nothing that fails here takes the ban back: it is said as far as it is known. */
const enforced = async (deps: Deps, banId: string, epoch: number): Promise<JsonObject> => {
  try {
    // A repeated request finds it effective.
    const before = await deps.network().settle(banId);
    if (before !== null && before.status !== 'pending') return before;
    await Promise.all([publishCheckpoint(deps, NETWORK_LOG, []), spread(deps, epoch)]);
    return (await settled(deps, banId)) ?? PENDING;
  } catch (error) {
    console.error(JSON.stringify({ level: 'error', at: 'spread', epoch, error: String(error) }));
    return PENDING;
  }
};

/** A ban as it stands. Where only the witness is waited for (a Worker died, the network woke up), it is shown it. */
const settled = async (deps: Deps, banId: string): Promise<JsonObject | null> => {
  const ban = await deps.network().settle(banId);
  if (ban?.status !== 'pending' || !(await anchor(deps, NETWORK_LOG))) return ban;
  await publishCheckpoint(deps, NETWORK_LOG, []);
  return deps.network().settle(banId);
};

/** Lifting needs no wait: a Hall that has not heard of it yet is only stricter. */
export const liftNetworkBan = async (
  deps: Deps,
  banId: string,
  reason: string,
  idempotency: Idempotency | null = null,
): Promise<Result<JsonObject, Refusal>> => {
  const lifted = await changeNetwork(deps, { kind: 'ban.lift', banId, reason }, idempotency);
  if (!lifted.ok) return lifted;
  deps.later(Promise.all([publishCheckpoint(deps, NETWORK_LOG, []), spread(deps, Number(lifted.value.epoch))]));
  return lifted;
};

export const networkBan = async (deps: Deps, banId: string): Promise<Result<JsonObject, Refusal>> => {
  const ban = await settled(deps, banId);
  return ban === null ? err(refusal('not_found')) : ok(ban);
};

/**
 * The list since an epoch, signed: Ed25519 over `guildhall-ban-feed/v1 <hex SHA-256 of the canonical rest>`. `checkpoint`
 * is the latest of the ledger whose entries the changes name by their receipt_hash; null while there is none.
 */
export const banFeed = async (deps: Deps, since: number): Promise<JsonObject> => {
  const { epoch, changes, complete } = await deps.network().delta(since);
  const latest = await deps.network().read({ kind: 'checkpoint' });
  const checkpoint = latest.ok ? (latest.value.note ?? null) : null;
  const feed = { since, epoch, complete, entries: changes as unknown as JsonObject[], checkpoint };
  const key = deps.ring.active('receipt');
  const signature = key.sign(utf8(banFeedText(feed)));
  return { ...feed, key_id: key.kid, signature: toBase64Url(signature) };
};
