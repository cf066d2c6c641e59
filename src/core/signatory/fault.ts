/**
 * Why a token is not taken: a closed list, one reason for each cause (RFC 8725). The reason goes into the ledger and to
 * whoever may manage signatories; a caller who is nobody yet hears only that its credential is not valid.
 */
export const FAULTS = {
  // the form
  too_large: 'the token is longer than any of ours',
  malformed: 'not a compact JWS: three base64url parts',
  encrypted: 'an encrypted token (JWE) cannot be read here',
  header_malformed: 'the header is not one strict JSON object',
  payload_malformed: 'the claims are not one strict JSON object',
  header_not_allowed: 'the header brings its own key or extension',
  nested: 'a token inside a token',
  algorithm_missing: 'the header names no algorithm',
  algorithm_none: 'the token is not signed',
  algorithm_not_allowed: 'the signatory does not sign with this algorithm',
  typ_wrong: 'the header has another typ than the signatory uses',
  key_id_malformed: 'kid is not a short text',
  // who signed
  issuer_missing: 'the token names no issuer',
  issuer_unknown: 'no signatory has this issuer',
  keys_unavailable: 'the keys of the signatory cannot be fetched',
  key_unknown: 'the signatory has no such key for this algorithm',
  key_ambiguous: 'several keys fit: the token must name one by kid',
  key_unusable: 'the key cannot be used with this algorithm',
  signature_invalid: 'the signature is not by the key of the signatory',
  // what it says
  claim_malformed: 'a claim has the wrong type',
  audience_missing: 'the token is for nobody in particular',
  audience_wrong: 'the token is for somebody else',
  audience_shared: 'the token is also for an audience that is not registered',
  expiry_missing: 'the token never expires',
  expired: 'the token has expired',
  not_yet_valid: 'the token is not valid yet',
  issued_in_future: 'the token was issued in the future',
  lifetime_too_long: 'the token is valid for longer than the signatory may ask',
  subject_missing: 'the token is about nobody',
  token_id_missing: 'the token has no jti, and may be used once only',
  tenant_missing: 'the token names no tenant_id',
  tenant_not_covered: 'the signatory may not speak for this subject',
  // who holds it
  confirmation_unsupported: 'the token is bound by other means than DPoP',
  not_bound: 'the token is not bound to a key by DPoP, as it has to be',
  scheme_wrong: 'a bound token is sent as DPoP, any other as Bearer',
  proof_missing: 'the token is bound to a key, and no DPoP proof came with it',
  proof_malformed: 'the DPoP proof is not a signed token of type dpop+jwt with its key',
  proof_key_wrong: 'the DPoP proof is by another key than the token is bound to',
  proof_signature_invalid: 'the DPoP proof is not signed by its key',
  proof_request_wrong: 'the DPoP proof is for another request',
  proof_time_wrong: 'the DPoP proof was not made just now',
  proof_token_wrong: 'the DPoP proof is for another token',
  // what it did before
  replayed: 'the token, or its proof, was used before',
  memory_full: 'more tokens are in use than can be remembered',
} as const;
export type FaultReason = keyof typeof FAULTS;

/** `detail`: the member, claim or word that is meant, as the token spells it. */
export interface TokenFault {
  readonly reason: FaultReason;
  readonly detail?: string;
}

const SHOWN = 64;

export const fault = (reason: FaultReason, detail?: string): { readonly ok: false; readonly error: TokenFault } => ({
  ok: false,
  error: detail === undefined ? { reason } : { reason, detail: detail.slice(0, SHOWN).toWellFormed() },
});
