/**
 * SHA-256 and the two domain-separated hashes of an RFC 6962 tree. A string means its UTF-8 bytes.
 * INVARIANT: the 0x00 and 0x01 prefixes are written here and nowhere else.
 * The scratch buffers are shared by all calls, which is safe because nothing here waits.
 */
import { digest, digestHex, startDigest } from '#sha256';
import { type Bytes, concat, utf8, utf8Into } from './bytes.ts';

const LEAF = Uint8Array.of(0);
const SCRATCH_BYTES = 65_536;

export const sha256: (data: Uint8Array | string) => Bytes = digest;
export const sha256Hex: (data: Uint8Array | string) => string = digestHex;

/** SHA-256(0x00 ‖ data). U+0000 is the single UTF-8 byte 0x00, so text needs no copy into bytes. */
export function leafHash(data: Uint8Array | string): Bytes {
  return digest(typeof data === 'string' ? `\0${data}` : concat(LEAF, data));
}

const nodeInput = new Uint8Array(65);
nodeInput[0] = 1;

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Bytes {
  if (left.length !== 32 || right.length !== 32) throw new RangeError('a tree node has two 32-byte children');
  nodeInput.set(left, 1);
  nodeInput.set(right, 33);
  return digest(nodeInput);
}

const leafInput = new Uint8Array(SCRATCH_BYTES);
const leafText = leafInput.subarray(1);

/** Both hashes of an entry's text, encoded once: hex SHA-256(text) and SHA-256(0x00 ‖ text). */
export function receiptAndLeaf(text: string): { readonly receiptHash: string; readonly leaf: Bytes } {
  const length = utf8Into(text, leafText);
  if (length === undefined) return { receiptHash: digestHex(text), leaf: leafHash(text) };
  return { receiptHash: digestHex(leafText.subarray(0, length)), leaf: digest(leafInput.subarray(0, length + 1)) };
}

export interface Sha256Stream {
  readonly update: (piece: string | Uint8Array) => void;
  /** Lower hex; asked once, at the end. */
  readonly hex: () => string;
}

/** The hash of what arrives in pieces; each piece of text must be well formed by itself. */
export function sha256Stream(): Sha256Stream {
  const hash = startDigest();
  const pending = new Uint8Array(SCRATCH_BYTES);
  let filled = 0;
  const flush = (): void => {
    hash.update(pending.subarray(0, filled));
    filled = 0;
  };
  const fits = (piece: string | Uint8Array): boolean => {
    const written = writeInto(piece, pending.subarray(filled));
    filled += written ?? 0;
    return written !== undefined;
  };
  return {
    update: (piece) => {
      if (fits(piece)) return;
      flush();
      if (!fits(piece)) hash.update(typeof piece === 'string' ? utf8(piece) : piece);
    },
    hex: () => {
      flush();
      return hash.hex();
    },
  };
}

function writeInto(piece: string | Uint8Array, target: Uint8Array): number | undefined {
  if (typeof piece === 'string') return utf8Into(piece, target);
  if (piece.length > target.length) return undefined;
  target.set(piece);
  return piece.length;
}
