/**
 * RFC 6962 Merkle trees: roots, inclusion and consistency proofs (RFC 9162 §2.1 for the algorithms of verification).
 * Plan, then assemble: a plan lists coordinates of complete subtrees, which never change once they exist; the caller
 * fetches their hashes in one go and `foldProof` makes the proof. Arithmetic is on safe integers, not on 32-bit ones.
 */
import { type Bytes, equalBytes } from '../bytes.ts';
import { nodeHash, sha256 } from '../hash.ts';

/** The complete subtree over leaves [index * 2^level, (index + 1) * 2^level). */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

/** For each hash of the proof, the complete subtrees that it folds, left to right. */
export type ProofPlan = readonly (readonly Subtree[])[];

export const EMPTY_ROOT: Bytes = sha256('');

/** Root of the leaves' hashes, all in memory: the definition, for tests and small trees. */
export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return EMPTY_ROOT;
  if (leaves.length === 1) return only;
  const left = splitPoint(leaves.length);
  return nodeHash(rootOf(leaves.slice(0, left)), rootOf(leaves.slice(left)));
}

/** The complete subtrees whose fold is the root of a tree of this size. */
export function rootPlan(size: number): readonly Subtree[] {
  return size === 0 ? [] : cover(0, size);
}

/** Audit path, leaf's sibling first. Throws RangeError unless 0 <= index < size. */
export function inclusionPlan(size: number, index: number): ProofPlan {
  if (!isSize(size) || !isSize(index) || index >= size) throw new RangeError('no such leaf in a tree of this size');
  const plan: (readonly Subtree[])[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      plan.push(cover(middle, end));
      end = middle;
    } else {
      plan.push(cover(start, middle));
      start = middle;
    }
  }
  return plan.reverse();
}

/** Empty for equal sizes and from the empty tree. Throws RangeError unless 0 <= oldSize <= newSize. */
export function consistencyPlan(oldSize: number, newSize: number): ProofPlan {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) throw new RangeError('a tree grows');
  if (oldSize === 0 || oldSize === newSize) return [];
  const plan: (readonly Subtree[])[] = [];
  let start = 0;
  let end = newSize;
  while (end !== oldSize) {
    const middle = start + splitPoint(end - start);
    if (oldSize <= middle) {
      plan.push(cover(middle, end));
      end = middle;
    } else {
      plan.push(cover(start, middle));
      start = middle;
    }
  }
  // The verifier knows the old root; it needs the last piece only when that piece is not the whole old tree.
  if (start > 0) plan.push(cover(start, end));
  return plan.reverse();
}

/** `hashes` in the order of the plan, flattened. */
export function foldProof(plan: ProofPlan, hashes: readonly Uint8Array[]): Uint8Array[] {
  let at = 0;
  const proof = plan.map((parts) => {
    const folded = foldRoot(hashes.slice(at, at + parts.length));
    at += parts.length;
    return folded;
  });
  if (at !== hashes.length) throw new RangeError('the plan asks for another number of hashes');
  return proof;
}

/** Root over complete subtrees of falling size, left to right; that of the empty tree for none. */
export function foldRoot(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 0 ? EMPTY_ROOT : parts.reduceRight((right, left) => nodeHash(left, right));
}

/** RFC 9162 §2.1.3.2. False for any proof that is not exactly the one for this leaf, position, size and root. */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  root: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isSize(index) || !isSize(size) || index >= size || leaf.length !== 32 || !areHashes(proof)) return false;
  let position = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(position) || position === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(position) && position !== 0) {
        position /= 2;
        last = half(last);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && equalBytes(hash, root);
}

/**
 * RFC 9162 §2.1.4.2. Equal sizes: the proof is empty and the roots are one. From the empty tree there is nothing to
 * prove, and so nothing is accepted: who starts at size 0 decides by its own rule.
 */
export function verifyConsistency(
  oldSize: number,
  newSize: number,
  oldRoot: Uint8Array,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize < 1 || oldSize > newSize || !areHashes(proof)) return false;
  if (oldRoot.length !== 32 || newRoot.length !== 32) return false;
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot);
  const [first, ...rest] = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  if (first === undefined || proof.length === 0) return false;
  let position = oldSize - 1;
  let last = newSize - 1;
  while (isOdd(position)) {
    position = half(position);
    last = half(last);
  }
  let older = first;
  let newer = first;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (isOdd(position) || position === last) {
      older = nodeHash(sibling, older);
      newer = nodeHash(sibling, newer);
      while (!isOdd(position) && position !== 0) {
        position /= 2;
        last = half(last);
      }
    } else {
      newer = nodeHash(newer, sibling);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && equalBytes(older, oldRoot) && equalBytes(newer, newRoot);
}

/** Complete subtrees of [start, end), left to right; `start` is aligned to the largest of them. */
function cover(start: number, end: number): readonly Subtree[] {
  const parts: Subtree[] = [];
  let at = start;
  while (at < end) {
    let level = 0;
    let width = 1;
    while (width * 2 <= end - at) {
      width *= 2;
      level++;
    }
    parts.push({ level, index: at / width });
    at += width;
  }
  return parts;
}

/** The largest power of two below n, for n > 1. */
function splitPoint(n: number): number {
  let width = 1;
  while (width * 2 < n) width *= 2;
  return width;
}

function isPowerOfTwo(n: number): boolean {
  let rest = n;
  while (!isOdd(rest)) rest /= 2;
  return rest === 1;
}

const half = (n: number): number => Math.floor(n / 2);
const isOdd = (n: number): boolean => n % 2 === 1;
const isSize = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
const areHashes = (proof: readonly Uint8Array[]): boolean => proof.every((hash) => hash.length === 32);
