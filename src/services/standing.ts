/** How an account stands, and the kill switch of its Hall (WCP 3.1 step 0, 5.2, 5.3). */
import { parseTenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Standing } from '../core/standing.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';
import { change } from './manage.ts';

type Answer = Promise<Result<JsonObject, Refusal>>;

/** The operator's word on a tenant. */
export const setStanding = async (
  deps: Deps,
  id: string,
  terms: { readonly standing: Standing; readonly reason: string; readonly tierId: string | null },
): Answer => {
  const tenant = parseTenantId(id);
  if (tenant === null) return err(refusal('not_found'));
  return change(deps, { tenant, credential: { kind: 'operator' } }, { kind: 'tenant.standing', ...terms });
};

/** `github_login` belongs to a person who signed in; a key is nobody's. */
export const accountStanding = async (deps: Deps, caller: Caller): Answer => {
  const answer = await ask(deps, caller, { kind: 'standing' });
  return answer.ok ? ok({ ...answer.value, github_login: null }) : answer;
};

export const switchHall = async (deps: Deps, caller: Caller, to: 'online' | 'offline'): Answer => {
  const switched = await change(deps, caller, { kind: 'tenant.offline', offline: to === 'offline' });
  if (!switched.ok) return switched;
  const { offline: _, ...rest } = switched.value;
  return ok({ ok: true, ...rest });
};
