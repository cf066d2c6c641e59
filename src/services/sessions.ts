/** What somebody who is signed in does about their own sessions. */
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { endSession, endSessions, sessionsOf } from '../registry/sessions.ts';
import { type Client, type Cookies, type SignedIn, signOut } from './accounts.ts';
import type { Deps } from './deps.ts';

export const listSessions = async (deps: Deps, { userId, sessionId }: SignedIn): Promise<JsonObject> => {
  const open = await sessionsOf(deps.db, userId, deps.nowMs());
  const shown = open.map(({ id, createdAt, updatedAt, expiresAt, address, userAgent }) => ({
    session_id: id,
    current: id === sessionId,
    since: createdAt.toISOString(),
    renewed_at: updatedAt.toISOString(),
    expires_at: expiresAt.toISOString(),
    address: address === '' ? null : address,
    user_agent: userAgent === '' ? null : userAgent,
  }));
  return { sessions: shown, count: shown.length };
};

export const endOne = async (deps: Deps, { userId }: SignedIn, id: string): Promise<Result<null, Refusal>> =>
  (await endSession(deps.db, userId, id)) ? ok(null) : err(refusal('not_found'));

/** Everywhere, here too: from the next request on, no cookie of this account is good. */
export const signOutEverywhere = async (deps: Deps, { userId }: SignedIn, client: Client): Promise<Cookies> => {
  const cookies = await signOut(deps, client);
  await endSessions(deps.db, userId);
  return cookies;
};
