/**
 * Public keys as verifiers meet them: a JWK Set that someone pinned, or the header of an export. A key is named by its
 * RFC 7638 thumbprint, so a name cannot point at another key.
 */
import { type Bytes, fromBase64Url, toBase64Url } from '../bytes.ts';
import { canonicalJson } from '../canonical.ts';
import { sha256 } from '../hash.ts';
import { COSIGNATURE, LOG_SIGNATURE, type NoteKey } from './checkpoint.ts';

export const VERIFYING_USES = ['receipt', 'log', 'witness'] as const;
export type VerifyingUse = (typeof VERIFYING_USES)[number];

export interface TrustedKey {
  readonly kid: string;
  readonly use: VerifyingUse;
  readonly publicKey: Bytes;
  /** The name a witness cosigns under; without one it is known by its public key. A log signs as its origin. */
  readonly name?: string;
}

export interface PublicKeyJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly use: VerifyingUse;
  readonly name?: string;
}

export function thumbprintOf(publicKey: Uint8Array): string {
  return toBase64Url(sha256(canonicalJson({ crv: 'Ed25519', kty: 'OKP', x: toBase64Url(publicKey) })));
}

/** Reads `{keys: [...]}`; keys for other purposes are passed over. Undefined when the set or one of ours is broken. */
export function readKeySet(jwks: unknown): readonly TrustedKey[] | undefined {
  const list = isRecord(jwks) ? jwks.keys : undefined;
  if (!Array.isArray(list)) return undefined;
  const keys: TrustedKey[] = [];
  for (const jwk of list as readonly unknown[]) {
    if (!isRecord(jwk)) return undefined;
    if (jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519' || !isVerifyingUse(jwk.use)) continue;
    const key = readKey(jwk, jwk.use);
    if (key === undefined) return undefined;
    keys.push(key);
  }
  return keys;
}

const HEADER_MEMBERS: ReadonlySet<string> = new Set(['crv', 'kid', 'kty', 'name', 'use', 'x']);

/** The keys of an export header: of our three uses only, nothing besides. Undefined when one is broken. */
export function readHeaderKeys(list: readonly unknown[]): readonly TrustedKey[] | undefined {
  const isStrict = list.every((jwk) => isRecord(jwk) && Object.keys(jwk).every((name) => HEADER_MEMBERS.has(name)));
  const keys = readKeySet({ keys: list });
  return isStrict && keys?.length === list.length ? keys : undefined;
}

export function publicKeyJwk(use: VerifyingUse, publicKey: Uint8Array, name?: string): PublicKeyJwk {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(publicKey), kid: thumbprintOf(publicKey), use } as const;
  return name === undefined ? jwk : { ...jwk, name };
}

export function keyFor(keys: readonly TrustedKey[], use: VerifyingUse, kid: string): TrustedKey | undefined {
  return keys.find((key) => key.use === use && key.kid === kid);
}

/** The log and witness keys among them, as a note is opened with. */
export function noteKeys(keys: readonly TrustedKey[]): NoteKey[] {
  return keys
    .filter((key) => key.use !== 'receipt')
    .map(({ use, publicKey, name }) => {
      if (use === 'log') return { type: LOG_SIGNATURE, publicKey };
      return name === undefined ? { type: COSIGNATURE, publicKey } : { type: COSIGNATURE, publicKey, name };
    });
}

function readKey(jwk: Readonly<Record<string, unknown>>, use: VerifyingUse): TrustedKey | undefined {
  const publicKey = typeof jwk.x === 'string' ? fromBase64Url(jwk.x) : undefined;
  if (publicKey?.length !== 32 || jwk.kid !== thumbprintOf(publicKey)) return undefined;
  if (jwk.name === undefined) return { kid: jwk.kid, use, publicKey };
  return typeof jwk.name === 'string' ? { kid: jwk.kid, use, publicKey, name: jwk.name } : undefined;
}

function isVerifyingUse(use: unknown): use is VerifyingUse {
  return VERIFYING_USES.some((known) => known === use);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
