/**
 * Dispatch grants: a compact JWS (EdDSA, `typ: guildhall-grant+jwt`) that binds one decision, worker, capability and
 * request hash for a short time. A worker verifies it offline with `/.well-known/jwks.json` and redeems it once. Made
 * after the commit from the committed entry alone, so the same entry always gives the same grant (DESIGN §8).
 */
import { compactVerify, errors, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { toBase64Url, utf8 } from '../core/bytes.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { KeyRing } from './ring.ts';

export const GRANT_TYP = 'guildhall-grant+jwt';

const GrantClaims = z.object({
  iss: z.string(),
  /** The tenant whose Hall decided. */
  aud: z.string(),
  /** The worker that may run. */
  sub: z.string(),
  /** The decision. */
  jti: z.string(),
  iat: z.number().int(),
  exp: z.number().int(),
  cap: z.string(),
  request_hash: z.string(),
  receipt_hash: z.string(),
  constraints: z.unknown().optional(),
});
export type GrantClaims = z.infer<typeof GrantClaims>;

export type GrantError = { readonly reason: 'grant_malformed' | 'grant_signature_invalid' };

const headers = new Map<string, string>();

export const signGrant = (claims: GrantClaims, ring: KeyRing): string => {
  const key = ring.active('grant');
  let header = headers.get(key.kid);
  if (header === undefined) {
    header = toBase64Url(utf8(JSON.stringify({ alg: 'EdDSA', kid: key.kid, typ: GRANT_TYP })));
    headers.set(key.kid, header);
  }
  const input = `${header}.${toBase64Url(utf8(JSON.stringify(claims)))}`;
  return `${input}.${toBase64Url(key.sign(utf8(input)))}`;
};

/** Checks form and signature. Whether it has expired is for the tenant object, whose clock decides. */
export const readGrant = async (token: string, ring: KeyRing): Promise<Result<GrantClaims, GrantError>> => {
  try {
    const { payload, protectedHeader } = await compactVerify(
      token,
      async (header) => {
        const key = ring.byId('grant', header.kid ?? '');
        if (key === undefined) throw new errors.JWKSNoMatchingKey();
        const { kty, crv, x } = key.jwk;
        return importJWK({ kty, crv, x } satisfies JWK, 'EdDSA');
      },
      { algorithms: ['EdDSA'] },
    );
    if (protectedHeader.typ !== GRANT_TYP) return err({ reason: 'grant_malformed' });
    const claims = GrantClaims.safeParse(JSON.parse(new TextDecoder().decode(payload)));
    return claims.success ? ok(claims.data) : err({ reason: 'grant_malformed' });
  } catch (error) {
    const badSignature =
      error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey;
    return err({ reason: badSignature ? 'grant_signature_invalid' : 'grant_malformed' });
  }
};
