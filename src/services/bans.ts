/** Bans of the network: issued, spread, lifted, and the list as a signed feed (WCP 3.8, DESIGN §7). */
import { toBase64Url, utf8 } from '../core/bytes.ts';
import { NETWORK_LOG } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import type { BanTarget, NewBan } from '../core/registry/ban.ts';
import { banFeedText } from '../core/registry/ban-feed.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Idempotency } from '../ledger/commit.ts';
import type { NetworkCommand } from '../network/commands.ts';
import { bannedHashes } from '../registry/bans.ts';
import { type Caller, counted } from './caller.ts';
import { anchor, publishCheckpoint } from './checkpoints.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';
import { changeNetwork } from './network.ts';
import { projectNetwork } from './projections.ts';
import { spread } from './spread.ts';

/**
 * Once it answers `effective`, no Hall of the network dispatches the target. `pending`: the ban is committed, and
 * becomes effective when the last lease has run out, whatever becomes of this Worker.
 */
export const issueNetworkBan = (
  deps: Deps,
  ban: NewBan,
  idempotency: Idempotency | null = null,
): Promise<Result<JsonObject, Refusal>> => issueVia(deps, { kind: 'ban.issue', ban }, idempotency);

/** The same by any command that issues one. */
export const issueVia = async (
  deps: Deps,
  command: NetworkCommand & { kind: 'ban.issue' | 'report.confirm' },
  idempotency: Idempotency | null,
): Promise<Result<JsonObject, Refusal>> => {
  const issued = await changeNetwork(deps, command, idempotency);
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
    await Promise.all([publishCheckpoint(deps, NETWORK_LOG, []), spread(deps, epoch), listed(deps)]);
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

/** Brings the list that the public reads up to the network's own. Where that fails now, the cron does it. */
export const listed = async (deps: Deps): Promise<void> => {
  await projectNetwork(deps).catch((error: unknown) => {
    console.error(JSON.stringify({ level: 'error', at: 'project', log: NETWORK_LOG, error: String(error) }));
  });
};

const LISTED = 10_000;

/** What published clients read: confirmed hashes, newest first. */
export const bannedArtifacts = async (deps: Deps, limit: number = LISTED): Promise<JsonObject[]> => {
  const rows = await bannedHashes(deps.db, deps.nowMs(), Math.min(Math.max(limit, 1), LISTED));
  return rows.map(({ sha256, reason, issuedAt, source }) => ({
    sha256,
    reason,
    reported_at: new Date(issuedAt).toISOString(),
    source,
    review_status: 'confirmed',
  }));
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
  await listed(deps);
  deps.later(Promise.all([publishCheckpoint(deps, NETWORK_LOG, []), spread(deps, Number(lifted.value.epoch))]));
  return lifted;
};

export const networkBan = async (deps: Deps, banId: string): Promise<Result<JsonObject, Refusal>> => {
  const ban = await settled(deps, banId);
  return ban === null ? err(refusal('not_found')) : ok(ban);
};

/** The receipts of the caller's tenant that used what the ban names; never another's. */
export const networkBanImpact = async (
  deps: Deps,
  caller: Caller,
  banId: string,
  page: ImpactPage,
): Promise<Result<JsonObject, Refusal>> => {
  // The key is judged first: who may not ask is answered alike whatever the ban.
  const judged = await ask(deps, caller, { kind: 'ban', banId });
  if (!judged.ok && judged.error.code !== 'not_found') return judged;
  const ban = await deps.network().one(banId);
  return ban === null ? err(refusal('not_found')) : impactOf(deps, counted(caller), ban, page);
};

/** The same of a ban of the tenant's own. */
export const ownBanImpact = async (
  deps: Deps,
  caller: Caller,
  banId: string,
  page: ImpactPage,
): Promise<Result<JsonObject, Refusal>> => {
  const ban = await ask(deps, caller, { kind: 'ban', banId });
  return ban.ok ? impactOf(deps, counted(caller), ban.value, page) : ban;
};

export interface ImpactPage {
  readonly before: number | null;
  readonly limit: number;
}

const impactOf = async (
  deps: Deps,
  caller: Caller,
  { ban_id, target }: JsonObject,
  page: ImpactPage,
): Promise<Result<JsonObject, Refusal>> => {
  const found = await ask(deps, caller, { kind: 'impact', target: target as unknown as BanTarget, ...page });
  return found.ok ? ok({ ban_id: ban_id ?? null, target: target ?? null, ...found.value }) : found;
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
