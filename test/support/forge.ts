/** Makes tokens, good and bad, with WebCrypto alone: nothing here refuses to sign what no library would. */
import { toBase64Url, utf8 } from '../../src/core/bytes.ts';
import { sha256 } from '../../src/core/hash.ts';
import type { JsonObject } from '../../src/core/json.ts';

type Signs = (input: string) => Promise<Uint8Array>;

export interface TestKey {
  readonly alg: string;
  readonly kid: string;
  /** Public, as registered. */
  readonly jwk: JsonObject;
  readonly secretJwk: JsonObject;
  readonly sign: Signs;
}

type Pair = { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey };

const TERMS: Readonly<Record<string, { readonly make: object; readonly sign: object }>> = {
  ES256: { make: { name: 'ECDSA', namedCurve: 'P-256' }, sign: { name: 'ECDSA', hash: 'SHA-256' } },
  ES384: { make: { name: 'ECDSA', namedCurve: 'P-384' }, sign: { name: 'ECDSA', hash: 'SHA-384' } },
  EdDSA: { make: { name: 'Ed25519' }, sign: { name: 'Ed25519' } },
  RS256: {
    make: { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
    sign: { name: 'RSASSA-PKCS1-v1_5' },
  },
  PS256: {
    make: { name: 'RSA-PSS', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
    sign: { name: 'RSA-PSS', saltLength: 32 },
  },
};

export const newKey = async (alg: string, kid: string, change: object = {}): Promise<TestKey> => {
  const terms = TERMS[alg];
  if (terms === undefined) throw new Error(`no key is made for ${alg}`);
  const pair = (await crypto.subtle.generateKey({ ...terms.make, ...change } as never, true, [
    'sign',
    'verify',
  ])) as Pair;
  const [made, secret] = (await Promise.all([
    crypto.subtle.exportKey('jwk', pair.publicKey),
    crypto.subtle.exportKey('jwk', pair.privateKey),
  ])) as unknown as [JsonObject, JsonObject];
  const { kty, crv, x, y, n, e } = made;
  const members = { kty, crv, x, y, n, e, kid, alg, use: 'sig' };
  const jwk = JSON.parse(JSON.stringify(members)) as JsonObject;
  return {
    alg,
    kid,
    jwk,
    secretJwk: secret,
    sign: async (input) => new Uint8Array(await crypto.subtle.sign(terms.sign as never, pair.privateKey, utf8(input))),
  };
};

/** HMAC under any bytes: what a verifier does that takes a public key for a secret. */
export const hmac =
  (secret: string | Uint8Array): Signs =>
  async (input) => {
    const bytes = typeof secret === 'string' ? utf8(secret) : Uint8Array.from(secret);
    const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    return new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(input)));
  };

export const part = (value: object | string): string =>
  toBase64Url(utf8(typeof value === 'string' ? value : JSON.stringify(value)));

/** A compact JWS of whatever header and claims, as JSON text where they are text. */
export const compact = async (header: object | string, claims: object | string, sign: Signs): Promise<string> => {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${toBase64Url(await sign(input))}`;
};

export const jwt = (key: TestKey, claims: object, header: object = {}): Promise<string> =>
  compact({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header }, claims, key.sign);

/** RFC 7638. */
export const thumbprintOf = ({ jwk }: TestKey): string => {
  const { kty, crv, x, y, n, e } = jwk;
  const members = kty === 'RSA' ? { e, kty, n } : kty === 'OKP' ? { crv, kty, x } : { crv, kty, x, y };
  return toBase64Url(sha256(JSON.stringify(members)));
};

export const proofOf = (key: TestKey, token: string, claims: object, header: object = {}): Promise<string> => {
  const { kty, crv, x, y, n, e } = key.jwk;
  const jwk = JSON.parse(JSON.stringify({ kty, crv, x, y, n, e })) as JsonObject;
  return compact(
    { typ: 'dpop+jwt', alg: key.alg, jwk, ...header },
    { jti: crypto.randomUUID(), iat: Math.floor(Date.now() / 1000), ath: toBase64Url(sha256(token)), ...claims },
    key.sign,
  );
};
