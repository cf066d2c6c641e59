/**
 * The rules for the claims of a DPoP proof whose signature is good (RFC 9449 4.3): made just now, for this request and
 * this token. A nonce is not asked for: a proof is taken once, and only while it is fresh.
 */
import { toBase64Url } from '../bytes.ts';
import { sha256 } from '../hash.ts';
import type { JsonObject } from '../json.ts';
import { ok, type Result } from '../result.ts';
import { type Once, onceId } from './claims.ts';
import { fault, type TokenFault } from './fault.ts';

export const PROOF_TYP = 'dpop+jwt';
/** A proof may be so old, or so far ahead, of the clock here. */
const WINDOW_MS = 60_000;
const MAX_ID = 256;

/** The request as it came; `url` without query and fragment. */
export interface ProvenRequest {
  readonly method: string;
  readonly url: string;
}

/** `htu`: the claim in the same normal form as `request.url`, or null where it is no URL. */
export const judgeProof = (
  claims: JsonObject,
  htu: string | null,
  request: ProvenRequest,
  token: string,
  keyThumbprint: string,
  nowMs: number,
): Result<Once, TokenFault> => {
  const { jti, htm, iat, ath } = claims;
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_ID) return fault('proof_malformed', 'jti');
  if (typeof htm !== 'string') return fault('proof_malformed', 'htm');
  if (typeof iat !== 'number') return fault('proof_malformed', 'iat');
  if (htm !== request.method) return fault('proof_request_wrong', 'htm');
  if (htu === null || htu !== request.url) return fault('proof_request_wrong', 'htu');
  if (Math.abs(nowMs - iat * 1000) > WINDOW_MS) return fault('proof_time_wrong');
  if (ath !== toBase64Url(sha256(token))) return fault('proof_token_wrong');
  return ok({ id: onceId('proof', keyThumbprint, jti), forgetAtMs: Math.ceil(iat * 1000 + 2 * WINDOW_MS) });
};
