/**
 * The signatures of package manifests. Each namespace of a tenant has a secret of its own, derived from the service's
 * secret: nothing is stored, it is shown to its owner on request, and a new generation makes the old one worthless.
 */
import { createHmac, createPrivateKey, sign as signEd25519, timingSafeEqual } from 'node:crypto';
import { fromBase64Url, fromHex, toBase64Url, utf8 } from '../core/bytes.ts';
import type { TenantId } from '../core/ids.ts';
import type { ManifestSignature } from '../core/registry/manifest.ts';
import { verifyEd25519 } from './ring.ts';

/** What a client signs with: `WCP_ATTEST_HMAC_KEY`. The tags of API keys are made over texts that begin otherwise. */
export const namespaceSecret = (
  serviceSecret: string,
  tenant: TenantId,
  namespace: string,
  generation: number,
): string =>
  createHmac('sha256', serviceSecret).update(`awp.v1 secret\n${tenant}\n${namespace}\n${generation}`).digest('hex');

export const hmacSignature = (text: string, secret: string): string =>
  createHmac('sha256', secret).update(utf8(text)).digest('hex');

/** The private key as a JWK; base64url. */
export const ed25519Signature = (text: string, jwk: Readonly<Record<string, string>>): string =>
  toBase64Url(signEd25519(null, utf8(text), createPrivateKey({ key: { ...jwk }, format: 'jwk' })));

export interface NamespaceTrust {
  readonly secret: string | null;
  /** Public keys: 32 bytes by thumbprint. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
}

export const verifiesManifest = (trust: NamespaceTrust, signature: ManifestSignature, text: string): boolean => {
  if (signature.kind === 'hmac') {
    const claimed = fromHex(signature.signature);
    if (trust.secret === null || claimed?.length !== 32) return false;
    return timingSafeEqual(claimed, createHmac('sha256', trust.secret).update(utf8(text)).digest());
  }
  const bytes = fromBase64Url(signature.signature);
  if (bytes === undefined) return false;
  const { keyId } = signature;
  const keys = keyId === null ? [...trust.keys.values()] : [trust.keys.get(keyId)];
  return keys.some((key) => key !== undefined && verifyEd25519(key, utf8(text), bytes));
};
