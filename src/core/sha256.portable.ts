/** SHA-256 in plain JavaScript, for the browser (chosen by `#sha256` in package.json). Same vectors as the native one. */
import { sha256 } from '@noble/hashes/sha2.js';
import { type Bytes, toHex, utf8 } from './bytes.ts';

export function digest(data: Uint8Array | string): Bytes {
  return sha256(typeof data === 'string' ? utf8(data) : data);
}

export function digestHex(data: Uint8Array | string): string {
  return toHex(digest(data));
}

export function startDigest(): { readonly update: (bytes: Uint8Array) => void; readonly hex: () => string } {
  const hash = sha256.create();
  return { update: (bytes) => void hash.update(bytes), hex: () => toHex(hash.digest()) };
}
