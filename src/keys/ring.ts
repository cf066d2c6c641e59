/**
 * The service's signing keys, from one secret: a JSON array of `{use, jwk}` with private Ed25519 JWKs. The first key
 * of a use signs; the later ones, rotated out, still verify and can still re-derive a signature that was made before.
 * Keys are named by their RFC 7638 thumbprint. Ed25519 is deterministic: signing again gives the same bytes.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { toBase64Url } from '../core/bytes.ts';
import { canonicalJson } from '../core/canonical.ts';
import { sha256 } from '../core/hash.ts';

export const KEY_USES = ['receipt', 'grant', 'log', 'witness'] as const;
export type KeyUse = (typeof KEY_USES)[number];

const RingSchema = z
  .array(
    z.object({
      use: z.enum(KEY_USES),
      jwk: z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), d: z.string() }),
    }),
  )
  .min(1);

/**
 * A public key as published at `/.well-known/jwks.json` and in exports. Grants are JWS, so their key is a `sig` key to
 * every JOSE library; the others sign texts that are no JWS, and their `use` keeps those libraries from taking them.
 */
export interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly use: Exclude<KeyUse, 'grant'> | 'sig';
  readonly alg: 'EdDSA';
}

export interface SigningKey {
  readonly kid: string;
  readonly jwk: PublicJwk;
  readonly rawPublic: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

export const thumbprint = (jwk: { readonly kty: string; readonly crv: string; readonly x: string }): string =>
  toBase64Url(sha256(canonicalJson({ crv: jwk.crv, kty: jwk.kty, x: jwk.x })));

const rawPublicKey = (x: string): Uint8Array => new Uint8Array(Buffer.from(x, 'base64url'));

const signingKey = (use: KeyUse, jwk: { kty: 'OKP'; crv: 'Ed25519'; x: string; d: string }): SigningKey => {
  const key: KeyObject = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
  const kid = thumbprint(jwk);
  return {
    kid,
    jwk: { kty: 'OKP', crv: 'Ed25519', x: jwk.x, kid, use: use === 'grant' ? 'sig' : use, alg: 'EdDSA' },
    rawPublic: rawPublicKey(jwk.x),
    sign: (message) => sign(null, message, key),
  };
};

export interface KeyRing {
  /** The key that signs now. */
  readonly active: (use: KeyUse) => SigningKey;
  /** The key of that name, also when it was rotated out. */
  readonly byId: (use: KeyUse, kid: string) => SigningKey | undefined;
  readonly jwks: { readonly keys: readonly PublicJwk[] };
}

export const loadKeyRing = (secret: string): KeyRing => {
  const keys = RingSchema.parse(JSON.parse(secret)).map(({ use, jwk }) => ({ use, key: signingKey(use, jwk) }));
  const active = new Map<KeyUse, SigningKey>();
  for (const { use, key } of keys) if (!active.has(use)) active.set(use, key);
  return {
    active: (use) => {
      const key = active.get(use);
      if (key === undefined) throw new Error(`the key ring holds no ${use} key`);
      return key;
    },
    byId: (use, kid) => keys.find((entry) => entry.use === use && entry.key.kid === kid)?.key,
    jwks: { keys: keys.map(({ key }) => key.jwk) },
  };
};

const SPKI_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);
const publicKeys = new Map<string, KeyObject>();

/** Verifies with a raw 32-byte public key. False, never a throw, for a key or signature of the wrong shape. */
export const verifyEd25519 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const name = toBase64Url(publicKey);
  let key = publicKeys.get(name);
  if (key === undefined) {
    const der = new Uint8Array(44);
    der.set(SPKI_PREFIX);
    der.set(publicKey, 12);
    key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    if (publicKeys.size > 64) publicKeys.clear();
    publicKeys.set(name, key);
  }
  return verify(null, message, key, signature);
};
