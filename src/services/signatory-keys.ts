/**
 * The keys of a signatory: its own, or those that it publishes. Published ones are fetched when they are first needed,
 * when they have grown old, and when a token names one that is not among them (rotation), but not at any token's bidding.
 */
import type { TenantId } from '../core/ids.ts';
import { parseJson } from '../core/json.ts';
import { ok, type Result } from '../core/result.ts';
import { fault, type TokenFault } from '../core/signatory/fault.ts';
import { fetchedKeys, type PublicKey, selectKey } from '../core/signatory/keys.ts';
import type { SignatoryTerms } from '../core/signatory/signatory.ts';
import type { CompactToken } from '../core/signatory/token.ts';
import type { Deps } from './deps.ts';
import type { KnownKeys } from './issuer-cache.ts';

/** Fetched again when so old; */
const FRESH_MS = 10 * 60_000;
/** used for so long when that fails: a key that was taken back is trusted no longer than this. */
const USABLE_MS = 60 * 60_000;
/** Between two tries, whether because they failed or because of keys that are not there. */
const BETWEEN_TRIES_MS = 30_000;

export const keysFor = async (
  deps: Pick<Deps, 'issuers' | 'outbound' | 'nowMs'>,
  tenant: TenantId,
  terms: SignatoryTerms,
  token: CompactToken,
): Promise<Result<readonly PublicKey[], TokenFault>> => {
  if (terms.jwks !== undefined) return ok(terms.jwks.keys);
  const url = terms.jwks_url;
  if (url === undefined) return fault('keys_unavailable');
  const nowMs = deps.nowMs();
  const known = deps.issuers.keysOf(tenant, url);
  const fits = known !== undefined && selectKey(known.keys, token).ok;
  const isDue = known === undefined || !fits || nowMs - known.at >= FRESH_MS;
  const mayTry = known === undefined || nowMs - known.triedAt >= BETWEEN_TRIES_MS;
  const now = isDue && mayTry ? await fetchKeys(deps, tenant, url, known) : known;
  return now === undefined || nowMs - now.at >= USABLE_MS ? fault('keys_unavailable') : ok(now.keys);
};

const fetchKeys = async (
  deps: Pick<Deps, 'issuers' | 'outbound' | 'nowMs'>,
  tenant: TenantId,
  url: string,
  known: KnownKeys | undefined,
): Promise<KnownKeys> => {
  const answer = await deps.outbound.ask(url, { headers: { accept: 'application/jwk-set+json, application/json' } });
  const parsed = answer.ok && answer.value.status === 200 ? parseJson(answer.value.text) : null;
  const keys = parsed?.ok ? fetchedKeys(parsed.value) : null;
  const nowMs = deps.nowMs();
  const now =
    keys === null
      ? { keys: known?.keys ?? [], at: known?.at ?? Number.NEGATIVE_INFINITY, triedAt: nowMs }
      : { keys, at: nowMs, triedAt: nowMs };
  deps.issuers.keepKeys(tenant, url, now);
  return now;
};
