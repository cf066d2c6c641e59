/**
 * What an API key may do, as it is asked for and as it is kept. INVARIANT: a key opens nothing that its maker could not
 * open: what is not named is the maker's own, and what is named must lie within it.
 */
import { z } from 'zod';
import { SCOPES, type Scope } from '../caller.ts';
import type { JsonObject } from '../json.ts';
import { type Refusal, refusal } from '../refusal.ts';
import { err, ok, type Result } from '../result.ts';
import { type IpRange, parseAddress, parseRange, rangeCovers, rangeHolds } from './ip-range.ts';
import { RateLimit } from './token-bucket.ts';

const Cidr = z
  .string()
  .max(49)
  .refine((text) => parseRange(text) !== null, { error: 'expected an address or a CIDR range with no host bits' })
  .meta({ examples: ['203.0.113.0/24', '2001:db8::/48'] });

export const NewKey = z
  .strictObject({
    name: z.string().min(1).max(200),
    scopes: z.array(z.enum(SCOPES)).min(1),
    environment: z.enum(['live', 'test']).optional(),
    expires_at: z.iso.datetime().optional(),
    allowed_ips: z.array(Cidr).min(1).max(64).optional(),
    rate_limit: RateLimit.optional(),
  })
  .meta({ id: 'NewKey' });
export type NewKey = Omit<z.infer<typeof NewKey>, 'scopes'> & { readonly scopes: readonly Scope[] };

export interface KeyTerms {
  readonly environment: 'live' | 'test';
  readonly scopes: readonly Scope[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | null;
  /** Null: from everywhere. */
  readonly allowedIps: readonly string[] | null;
  readonly rateLimit: RateLimit | null;
}

/** Terms that bind nothing but the scopes. */
export const openTerms = (scopes: readonly Scope[], environment: KeyTerms['environment'] = 'live'): KeyTerms => ({
  environment,
  scopes,
  expiresAt: null,
  allowedIps: null,
  rateLimit: null,
});

/** `environment`: of the key that is made, where it is not named. */
export const askedTerms = (asked: NewKey, environment: KeyTerms['environment']): KeyTerms => ({
  environment: asked.environment ?? environment,
  scopes: SCOPES.filter((scope) => asked.scopes.includes(scope)),
  expiresAt: asked.expires_at === undefined ? null : Date.parse(asked.expires_at),
  allowedIps: asked.allowed_ips ?? null,
  rateLimit: asked.rate_limit ?? null,
});

const beyond = (field: string, message: string): Result<never, Refusal> =>
  err(refusal('key_exceeds_maker', `${field}: ${message}`, [{ field, message }]));

const ranges = (texts: readonly string[]): IpRange[] => texts.flatMap((text) => parseRange(text) ?? []);

const isFaster = (asked: RateLimit, maker: RateLimit): boolean =>
  asked.requests > maker.requests || asked.requests * maker.per_s > maker.requests * asked.per_s;

/** The terms asked for, filled from the maker's, or the field that reaches beyond it. */
export const termsWithin = (maker: KeyTerms, asked: KeyTerms): Result<KeyTerms, Refusal> => {
  const more = asked.scopes.find((scope) => !maker.scopes.includes(scope));
  if (more !== undefined) return beyond('scopes', `the maker itself lacks ${more}`);
  if (maker.environment === 'test' && asked.environment === 'live') {
    return beyond('environment', 'a test key makes test keys');
  }
  if (maker.expiresAt !== null && asked.expiresAt !== null && asked.expiresAt > maker.expiresAt) {
    return beyond('expires_at', 'later than the maker itself expires');
  }
  if (maker.allowedIps !== null && asked.allowedIps !== null) {
    const outer = ranges(maker.allowedIps);
    const inside = ranges(asked.allowedIps).every((inner) => outer.some((range) => rangeCovers(range, inner)));
    if (!inside) return beyond('allowed_ips', 'outside the ranges of the maker');
  }
  if (maker.rateLimit !== null && asked.rateLimit !== null && isFaster(asked.rateLimit, maker.rateLimit)) {
    return beyond('rate_limit', 'more than the maker itself may ask');
  }
  return ok({
    ...asked,
    expiresAt: asked.expiresAt ?? maker.expiresAt,
    allowedIps: asked.allowedIps ?? maker.allowedIps,
    rateLimit: asked.rateLimit ?? maker.rateLimit,
  });
};

/** Whether a client at `address` may use the key; an address that nobody saw is in no range. */
export const mayComeFrom = (allowed: readonly IpRange[] | null, address: string | null): boolean => {
  if (allowed === null) return true;
  const bytes = address === null ? null : parseAddress(address);
  return bytes !== null && allowed.some((range) => rangeHolds(range, bytes));
};

export const parseRanges = (texts: readonly string[] | null): readonly IpRange[] | null =>
  texts === null ? null : ranges(texts);

/** Canonical form of the terms, which the ledger names by hash. */
export const termsDocument = (name: string, terms: KeyTerms): JsonObject => ({
  name,
  environment: terms.environment,
  scopes: [...terms.scopes],
  expires_at: terms.expiresAt,
  allowed_ips: terms.allowedIps === null ? null : [...terms.allowedIps],
  rate_limit: terms.rateLimit === null ? null : { ...terms.rateLimit },
});
