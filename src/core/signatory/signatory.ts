/**
 * A signatory (WCP 4.3): an issuer of tokens that a tenant trusts to say who speaks. The document is stored as it is
 * registered, defaults filled in; its hash is what the ledger names.
 */
import { z } from 'zod';
import { SCOPES, type Scope } from '../caller.ts';
import { canonicalJson } from '../canonical.ts';
import { sha256Hex } from '../hash.ts';
import type { JsonObject } from '../json.ts';
import { RegisteredKeys } from './keys.ts';
import { ALGORITHMS } from './token.ts';

const text = z.string().min(1).max(256);
const Claim = z.string().min(1).max(256).meta({
  description: 'the name of a claim, or a JSON pointer into the claims where it begins with `/`',
});

/** The longest skew that can be asked for; used tokens are remembered for as long after they expire. */
export const MAX_SKEW_S = 300;

export const SignatoryTerms = z
  .strictObject({
    name: z.string().min(1).max(200),
    issuer: z.string().min(1).max(512).meta({ description: '`iss`, compared exactly; one signatory an issuer' }),
    jwks_url: z.string().min(1).max(2_048).optional().meta({
      description: 'where the keys are published: https, on the public internet, without redirects',
    }),
    jwks: RegisteredKeys.optional(),
    audiences: z.array(text).min(1).max(16).meta({ description: 'every `aud` of a token must be one of these' }),
    algorithms: z.array(z.enum(ALGORITHMS)).min(1),
    typ: z.string().min(1).max(64).nullable().default('JWT').meta({
      description: 'the `typ` every token must have; null: it must have none',
    }),
    tenant_claim: Claim.default('tenant_id'),
    tenant_ids: z.record(text, text).optional().meta({
      description: 'claim value → tenant_id, and no others; without it the claim is the tenant_id',
    }),
    scope_claim: Claim.default('scope'),
    scopes: z
      .record(text, z.array(z.enum(SCOPES)))
      .default({})
      .meta({
        description: 'what a scope of a token opens here, as a credential; nothing by default',
      }),
    clock_skew_s: z.int().min(0).max(MAX_SKEW_S).default(30),
    max_lifetime_s: z.int().min(1).max(86_400).default(3_600).meta({
      description: 'a token that is valid for longer from now on is refused',
    }),
    single_use: z.boolean().default(true).meta({ description: 'a token must have a `jti`, and is taken once' }),
    dpop_required: z.boolean().default(false).meta({ description: 'a token must be bound to a key (RFC 9449)' }),
  })
  .refine(({ jwks, jwks_url }) => (jwks === undefined) !== (jwks_url === undefined), {
    path: ['jwks'],
    error: 'expected either jwks or jwks_url',
  })
  .meta({ id: 'SignatoryTerms' });
export type SignatoryTerms = z.infer<typeof SignatoryTerms>;

export interface Signatory extends SignatoryTerms {
  readonly signatory_id: string;
}

/** Of one tenant. `version` names the content: what was judged by another version is judged again. */
export interface SignatorySet {
  readonly version: string;
  readonly list: readonly Signatory[];
}

/** Canonical JSON: what is stored, hashed, and shown, since a signatory has no secret. */
export const termsDocument = (terms: SignatoryTerms): string => canonicalJson(terms);
export const shownTerms = (document: string): JsonObject => JSON.parse(document) as JsonObject;

export const signatorySet = (list: readonly Signatory[]): SignatorySet => ({
  version: sha256Hex(canonicalJson(list)),
  list,
});

/** What a tenant begins with; a Worker that has not heard of a tenant's signatories supposes it. */
export const NO_SIGNATORIES = signatorySet([]);

export const byIssuer = ({ list }: SignatorySet, issuer: string): Signatory | null =>
  list.find((signatory) => signatory.issuer === issuer) ?? null;

export const scopesGiven = ({ scopes }: SignatoryTerms): readonly Scope[] => [...new Set(Object.values(scopes).flat())];
