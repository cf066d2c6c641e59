/**
 * The rules for the claims of a token whose signature is good (RFC 7519 4.1, RFC 8725 3.8-3.12): for whom, when, about
 * whom, and what it opens here. Synchronous, the clock an argument (milliseconds).
 */
import type { Scope } from '../caller.ts';
import { canonicalJson } from '../canonical.ts';
import { sha256Hex } from '../hash.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { ok, type Result } from '../result.ts';
import { fault, type TokenFault } from './fault.ts';
import { MAX_SKEW_S, type SignatoryTerms } from './signatory.ts';

/** Something that may be used once. It is remembered until `forgetAtMs`, when it could not be used any more anyway. */
export interface Once {
  readonly id: string;
  readonly forgetAtMs: number;
}

export interface JudgedClaims {
  readonly tenantId: string;
  readonly subject: string;
  readonly scopes: readonly Scope[];
  /** Skew included: from then on it is not taken. */
  readonly endsAtMs: number;
  /** RFC 7638 thumbprint of the key that the token is bound to, or null. */
  readonly boundTo: string | null;
  readonly once: Once | null;
}

const SECOND = 1000;
const MAX_NAME = 256;
const MAX_AUDIENCES = 16;

const isText = (value: JsonValue | undefined): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_NAME;
/** Seconds since the epoch (NumericDate); a fraction is fine, anything that is no time is not. */
const isDate = (value: JsonValue | undefined): value is number =>
  typeof value === 'number' && value >= 0 && value <= 8_640_000_000_000;

export const judgeClaims = (
  terms: SignatoryTerms,
  claims: JsonObject,
  nowMs: number,
): Result<JudgedClaims, TokenFault> => {
  const audience = judgeAudience(terms, claims.aud);
  if (audience !== null) return audience;
  const expiry = judgeTimes(terms, claims, nowMs);
  if (!expiry.ok) return expiry;
  const exp = expiry.value;
  const { sub, jti, cnf } = claims;
  if (sub === undefined) return fault('subject_missing');
  if (!isText(sub)) return fault('claim_malformed', 'sub');
  if (jti !== undefined && !isText(jti)) return fault('claim_malformed', 'jti');
  if (terms.single_use && jti === undefined) return fault('token_id_missing');
  const bound = judgeBinding(terms, cnf);
  if (!bound.ok) return bound;
  const tenant = tenantOf(terms, claims);
  if (!tenant.ok) return tenant;
  const scopes = scopesOf(terms, claims);
  if (!scopes.ok) return scopes;
  const once =
    terms.single_use && jti !== undefined
      ? { id: onceId('token', terms.issuer, jti), forgetAtMs: Math.ceil((exp + MAX_SKEW_S) * SECOND) }
      : null;
  return ok({
    tenantId: tenant.value,
    subject: sub,
    scopes: scopes.value,
    endsAtMs: Math.floor((exp + terms.clock_skew_s) * SECOND),
    boundTo: bound.value,
    once,
  });
};

/** The name under which a use is remembered: by who named it, so that no issuer can use up another's names. */
export const onceId = (kind: 'token' | 'proof', by: string, id: string): string =>
  sha256Hex(canonicalJson([kind, by, id]));

type Fault = ReturnType<typeof fault>;

/** Every audience must be one of ours: a token that others take too could be used here by them (RFC 8725 3.9). */
const judgeAudience = ({ audiences }: SignatoryTerms, aud: JsonValue | undefined): Fault | null => {
  if (aud === undefined) return fault('audience_missing');
  const named: readonly JsonValue[] = typeof aud === 'string' ? [aud] : Array.isArray(aud) ? aud : [];
  if (named.length > MAX_AUDIENCES || !named.every((one) => typeof one === 'string')) {
    return fault('claim_malformed', 'aud');
  }
  if (named.length === 0) return typeof aud === 'object' ? fault('audience_missing') : fault('claim_malformed', 'aud');
  const foreign = named.filter((one) => !audiences.includes(one));
  if (foreign.length === named.length) return fault('audience_wrong');
  return foreign.length === 0 ? null : fault('audience_shared', foreign[0]);
};

/** The expiry of a token that is good now, in seconds. */
const judgeTimes = (
  terms: SignatoryTerms,
  { exp, nbf, iat }: JsonObject,
  nowMs: number,
): Result<number, TokenFault> => {
  const skewMs = terms.clock_skew_s * SECOND;
  for (const [name, value] of [
    ['exp', exp],
    ['nbf', nbf],
    ['iat', iat],
  ] as const) {
    if (value !== undefined && !isDate(value)) return fault('claim_malformed', name);
  }
  if (!isDate(exp)) return fault('expiry_missing');
  // A token ends at `exp` (on or after which it is not taken), and begins at `nbf`.
  if (nowMs >= exp * SECOND + skewMs) return fault('expired');
  if (isDate(nbf) && nowMs < nbf * SECOND - skewMs) return fault('not_yet_valid');
  if (isDate(iat) && nowMs < iat * SECOND - skewMs) return fault('issued_in_future');
  const longest = terms.max_lifetime_s * SECOND;
  if (exp * SECOND - nowMs > longest + skewMs) return fault('lifetime_too_long');
  return isDate(iat) && (exp - iat) * SECOND > longest ? fault('lifetime_too_long') : ok(exp);
};

const judgeBinding = (terms: SignatoryTerms, cnf: JsonValue | undefined): Result<string | null, TokenFault> => {
  if (cnf === undefined) return terms.dpop_required ? fault('not_bound') : ok(null);
  if (typeof cnf !== 'object' || cnf === null || Array.isArray(cnf)) return fault('claim_malformed', 'cnf');
  const { jkt, ...other } = cnf as JsonObject;
  const unknown = Object.keys(other)[0];
  if (jkt === undefined || unknown !== undefined) return fault('confirmation_unsupported', unknown);
  return typeof jkt === 'string' && /^[\w-]{43}$/.test(jkt) ? ok(jkt) : fault('claim_malformed', 'cnf.jkt');
};

const tenantOf = (terms: SignatoryTerms, claims: JsonObject): Result<string, TokenFault> => {
  const value = claimAt(claims, terms.tenant_claim);
  if (value === undefined) return fault('tenant_missing', terms.tenant_claim);
  if (!isText(value)) return fault('claim_malformed', terms.tenant_claim);
  if (terms.tenant_ids === undefined) return ok(value);
  const covered = Object.hasOwn(terms.tenant_ids, value) ? terms.tenant_ids[value] : undefined;
  return covered === undefined ? fault('tenant_not_covered', value) : ok(covered);
};

/** A text with spaces (RFC 8693 4.2) or a list of texts; what has no meaning here opens nothing. */
const scopesOf = (terms: SignatoryTerms, claims: JsonObject): Result<readonly Scope[], TokenFault> => {
  const value = claimAt(claims, terms.scope_claim);
  if (value === undefined) return ok([]);
  const named = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? (value as JsonValue[]) : null;
  if (named === null || !named.every((one) => typeof one === 'string')) {
    return fault('claim_malformed', terms.scope_claim);
  }
  const open = named.flatMap((name) => (Object.hasOwn(terms.scopes, name) ? (terms.scopes[name] ?? []) : []));
  return ok([...new Set(open)].sort());
};

/** A claim by name, or by JSON pointer; own members only. */
const claimAt = (claims: JsonObject, where: string): JsonValue | undefined => {
  if (!where.startsWith('/')) return memberOf(claims, where);
  let here: JsonValue | undefined = claims;
  for (const step of where.slice(1).split('/')) {
    here = memberOf(here, step.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return here;
};

const memberOf = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as JsonObject)[name]
    : undefined;
