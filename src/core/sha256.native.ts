/**
 * SHA-256 from `node:crypto`, for Node and the Workers runtime (chosen by `#sha256` in package.json).
 * Synchronous on purpose: nothing may wait between reading a ledger head and writing it. Which output form is
 * quickest differs by runtime (measured): Node pays dearly for a Buffer, the Workers runtime for a string.
 */
import * as nodeCrypto from 'node:crypto';
import type { Bytes } from './bytes.ts';

const { navigator } = globalThis as { navigator?: { userAgent?: string } };
const onWorkers = navigator?.userAgent === 'Cloudflare-Workers';
const oneShot = onWorkers ? undefined : nodeCrypto.hash;

export function digest(data: Uint8Array | string): Bytes {
  if (oneShot === undefined) {
    const made = nodeCrypto.createHash('sha256').update(data).digest();
    return new Uint8Array(made.buffer, made.byteOffset, 32);
  }
  const octets = oneShot('sha256', data, 'binary');
  const out = new Uint8Array(32);
  for (let i = 0; i < 32; i++) out[i] = octets.charCodeAt(i);
  return out;
}

export function digestHex(data: Uint8Array | string): string {
  return oneShot === undefined
    ? nodeCrypto.createHash('sha256').update(data).digest('hex')
    : oneShot('sha256', data, 'hex');
}

/** A hash over bytes that arrive in pieces; `hex` may be asked once, at the end. */
export function startDigest(): { readonly update: (bytes: Uint8Array) => void; readonly hex: () => string } {
  const hash = nodeCrypto.createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
}
