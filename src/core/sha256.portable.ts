/** SHA-256 for the browser (chosen by `#sha256` in package.json). Same vectors as the native one. */
import { type Bytes, toHex, utf8 } from './bytes.ts';
import { Sha256, sha256Of } from './sha256.ts';

export function digest(data: Uint8Array | string): Bytes {
  return sha256Of(typeof data === 'string' ? utf8(data) : data);
}

export function digestHex(data: Uint8Array | string): string {
  return toHex(digest(data));
}

export const startDigest = (): Sha256 => new Sha256();
