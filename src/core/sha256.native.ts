/**
 * SHA-256 for Node and the Workers runtime (chosen by `#sha256` in package.json), from `node:crypto`.
 * Synchronous on purpose: nothing may wait between reading a ledger head and writing it.
 * What is quickest differs by runtime (measured). Node hashes in one call into a string, where a Buffer costs dearly.
 * On Workers a hash is a stream object that lives until it is collected: a short message is hashed without one.
 */
import * as nodeCrypto from 'node:crypto';
import { type Bytes, toHex, utf8, utf8Into } from './bytes.ts';
import { sha256Of } from './sha256.ts';

const { navigator } = globalThis as { navigator?: { userAgent?: string } };
const onWorkers = navigator?.userAgent === 'Cloudflare-Workers';
const oneShot = onWorkers ? undefined : nodeCrypto.hash;

export function digest(data: Uint8Array | string): Bytes {
  if (oneShot === undefined) return shortDigest(data) ?? streamDigest(data);
  const octets = oneShot('sha256', data, 'binary');
  const out = new Uint8Array(32);
  for (let i = 0; i < 32; i++) out[i] = octets.charCodeAt(i);
  return out;
}

export function digestHex(data: Uint8Array | string): string {
  return oneShot === undefined ? toHex(digest(data)) : oneShot('sha256', data, 'hex');
}

const SHORT = 256;
const encoded = new Uint8Array(SHORT);

function shortDigest(data: Uint8Array | string): Bytes | undefined {
  if (data.length > SHORT) return undefined;
  if (typeof data !== 'string') return sha256Of(data);
  const length = utf8Into(data, encoded);
  return length === undefined ? undefined : sha256Of(encoded, length);
}

function streamDigest(data: Uint8Array | string): Bytes {
  const made = nodeCrypto
    .createHash('sha256')
    .update(typeof data === 'string' ? utf8(data) : data)
    .digest();
  return new Uint8Array(made.buffer, made.byteOffset, 32);
}

/** A hash over bytes that arrive in pieces; `hex` may be asked once, at the end. */
export function startDigest(): { readonly update: (bytes: Uint8Array) => void; readonly hex: () => string } {
  const hash = nodeCrypto.createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
}
