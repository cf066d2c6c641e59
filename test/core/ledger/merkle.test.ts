import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../src/core/bytes.ts';
import { leafHash, sha256 } from '../../../src/core/hash.ts';
import {
  consistencyPlan,
  EMPTY_ROOT,
  foldProof,
  foldRoot,
  inclusionPlan,
  type ProofPlan,
  rootOf,
  rootPlan,
  type Subtree,
  verifyConsistency,
  verifyInclusion,
} from '../../../src/core/ledger/merkle.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

/** The inputs and results that RFC 6962 implementations share. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  (hex) => leafHash(bytes(hex)),
);
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const N01 = '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7';
const N23 = '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e';
const N47 = '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4';
const L4 = 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b';
const N67 = 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0';
const N45 = '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a';
const ROOT1 = ROOTS[0] ?? '';
const ROOT2 = ROOTS[1] ?? '';
const ROOT4 = ROOTS[3] ?? '';

const subtreeOf = (leaves: readonly Uint8Array[], { level, index }: Subtree): Uint8Array =>
  rootOf(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level));
const prove = (leaves: readonly Uint8Array[], plan: ProofPlan): Uint8Array[] =>
  foldProof(
    plan,
    plan.flat().map((node) => subtreeOf(leaves, node)),
  );

/** RFC 6962 §2.1.1 and §2.1.2 word for word, to hold the plans against. */
const split = (n: number): number => 2 ** Math.floor(Math.log2(n - 1));
const path = (m: number, leaves: readonly Uint8Array[]): Uint8Array[] => {
  if (leaves.length <= 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...path(m, leaves.slice(0, k)), rootOf(leaves.slice(k))]
    : [...path(m - k, leaves.slice(k)), rootOf(leaves.slice(0, k))];
};
const subproof = (m: number, leaves: readonly Uint8Array[], whole: boolean): Uint8Array[] => {
  if (m === leaves.length) return whole ? [] : [rootOf(leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), whole), rootOf(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), rootOf(leaves.slice(0, k))];
};

const flipped = (hash: Uint8Array, bit: number): Uint8Array => {
  const copy = hash.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
};

describe('RFC 6962 shared vectors', () => {
  it('the empty tree', () => {
    expect(toHex(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(rootOf([])).toEqual(EMPTY_ROOT);
    expect(foldRoot([])).toEqual(EMPTY_ROOT);
    expect(rootPlan(0)).toEqual([]);
  });
  it.each(ROOTS.map((root, i) => [i + 1, root] as const))('root of %i leaves', (size, root) => {
    expect(toHex(rootOf(LEAVES.slice(0, size)))).toBe(root);
    expect(toHex(foldRoot(rootPlan(size).map((node) => subtreeOf(LEAVES, node))))).toBe(root);
  });
  it.each([
    [0, 1, []],
    [0, 8, [N01, N23, N47]],
    [5, 8, [L4, N67, ROOT4]],
    [2, 3, [ROOT2]],
    [1, 5, [ROOT1, N23, L4]],
  ] as const)('inclusion of leaf %i in %i', (index, size, expected) => {
    const proof = prove(LEAVES, inclusionPlan(size, index));
    expect(proof.map(toHex)).toEqual(expected);
    const root = bytes(ROOTS[size - 1] ?? '');
    expect(verifyInclusion(LEAVES[index] ?? root, index, size, root, proof)).toBe(true);
  });
  it.each([
    [1, 1, []],
    [1, 8, [N01, N23, N47]],
    [6, 8, [N45, N67, ROOT4]],
    [2, 5, [N23, L4]],
  ] as const)('consistency of %i and %i', (oldSize, newSize, expected) => {
    const proof = prove(LEAVES, consistencyPlan(oldSize, newSize));
    expect(proof.map(toHex)).toEqual(expected);
    const oldRoot = bytes(ROOTS[oldSize - 1] ?? '');
    const newRoot = bytes(ROOTS[newSize - 1] ?? '');
    expect(verifyConsistency(oldSize, newSize, oldRoot, newRoot, proof)).toBe(true);
  });
});

const many = Array.from({ length: 300 }, (_, i) => leafHash(`leaf ${i}`));
const rootsOfMany = Array.from({ length: 301 }, (_, size) => rootOf(many.slice(0, size)));
const rootAt = (size: number): Uint8Array => rootsOfMany[size] ?? EMPTY_ROOT;

describe('every size to 300', () => {
  it('every inclusion proof is the one of the RFC, is as short as promised, and verifies only as it is', () => {
    for (let size = 1; size <= 300; size++) {
      const step = size <= 40 || size % 64 <= 1 || size === 300 ? 1 : 17;
      for (let index = 0; index < size; index += step) {
        const leaf = many[index] ?? EMPTY_ROOT;
        const proof = prove(many, inclusionPlan(size, index));
        if (size <= 70) expect(proof).toEqual(path(index, many.slice(0, size)));
        expect(proof.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
        expect(verifyInclusion(leaf, index, size, rootAt(size), proof)).toBe(true);
        expect(verifyInclusion(leaf, index + 1, size, rootAt(size), proof)).toBe(false);
        expect(verifyInclusion(leaf, index, size, rootAt(size - 1), proof)).toBe(false);
        expect(verifyInclusion(leaf, index, size, rootAt(size), [...proof, leaf])).toBe(false);
        if (proof.length > 0) {
          expect(verifyInclusion(leaf, index, size, rootAt(size), proof.slice(1))).toBe(false);
          expect(verifyInclusion(leaf, index, size, rootAt(size), proof.slice(0, -1))).toBe(false);
        }
      }
    }
  });

  it('every consistency proof verifies only as it is', () => {
    for (let newSize = 1; newSize <= 300; newSize++) {
      const step = newSize <= 40 || newSize % 64 <= 1 || newSize === 300 ? 1 : 13;
      for (let oldSize = 1; oldSize <= newSize; oldSize += step) {
        const proof = prove(many, consistencyPlan(oldSize, newSize));
        if (newSize <= 70) expect(proof).toEqual(subproof(oldSize, many.slice(0, newSize), true));
        const check = (from: number, to: number, p: readonly Uint8Array[]): boolean =>
          verifyConsistency(from, to, rootAt(from), rootAt(to), p);
        expect(check(oldSize, newSize, proof)).toBe(true);
        expect(check(oldSize, newSize, [...proof, EMPTY_ROOT])).toBe(false);
        if (proof.length > 0) {
          expect(check(oldSize, newSize, proof.slice(1))).toBe(false);
          expect(check(oldSize, newSize, proof.slice(0, -1))).toBe(false);
        }
        expect(verifyConsistency(oldSize, newSize, rootAt(oldSize - 1), rootAt(newSize), proof)).toBe(false);
        expect(verifyConsistency(oldSize, newSize, rootAt(oldSize), rootAt(newSize - 1), proof)).toBe(false);
      }
    }
  });

  it('any flipped bit fails: in the leaf, in the root, in any hash of the proof', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(), fc.nat(), fc.nat(255), (size, at, which, bit) => {
        const index = at % size;
        const leaf = many[index] ?? EMPTY_ROOT;
        const proof = prove(many, inclusionPlan(size, index));
        const bent = proof.with(which % proof.length, flipped(proof[which % proof.length] ?? leaf, bit));
        expect(verifyInclusion(leaf, index, size, rootAt(size), bent)).toBe(false);
        expect(verifyInclusion(flipped(leaf, bit), index, size, rootAt(size), proof)).toBe(false);
        expect(verifyInclusion(leaf, index, size, flipped(rootAt(size), bit), proof)).toBe(false);

        const oldSize = 1 + (at % (size - 1));
        const growth = prove(many, consistencyPlan(oldSize, size));
        const bentGrowth = growth.with(which % growth.length, flipped(growth[which % growth.length] ?? leaf, bit));
        expect(verifyConsistency(oldSize, size, rootAt(oldSize), rootAt(size), bentGrowth)).toBe(false);
        expect(verifyConsistency(oldSize, size, flipped(rootAt(oldSize), bit), rootAt(size), growth)).toBe(false);
        expect(verifyConsistency(oldSize, size, rootAt(oldSize), flipped(rootAt(size), bit), growth)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('a fork has no consistency proof', () => {
    const forked = many.with(3, leafHash('another'));
    for (let size = 5; size <= 64; size++) {
      const proof = prove(forked, consistencyPlan(4, size));
      expect(verifyConsistency(4, size, rootAt(4), rootOf(forked.slice(0, size)), proof)).toBe(false);
    }
  });
});

describe('degenerate claims are refused', () => {
  const leaf = many[0] ?? EMPTY_ROOT;
  const root = rootAt(8);
  const inclusion = prove(many, inclusionPlan(8, 0));
  it.each([
    ['size 0', 0, 0],
    ['index = size', 8, 8],
    ['index > size', 9, 8],
    ['negative index', -1, 8],
    ['fractional index', 0.5, 8],
    ['unsafe size', 0, 2 ** 53],
    ['NaN', Number.NaN, 8],
  ])('inclusion: %s', (_name, index, size) => {
    expect(verifyInclusion(leaf, index, size, root, inclusion)).toBe(false);
    expect(verifyInclusion(leaf, index, size, leaf, [])).toBe(false);
  });
  it('inclusion: hashes of another length', () => {
    expect(verifyInclusion(leaf.slice(1), 0, 1, leaf.slice(1), [])).toBe(false);
    expect(verifyInclusion(leaf, 0, 2, root, [leaf.slice(1)])).toBe(false);
  });
  it('a node is not a leaf', () => {
    const left = rootAt(2);
    expect(verifyInclusion(left, 0, 2, rootAt(4), [rootOf(many.slice(2, 4))])).toBe(true); // a tree of two such leaves
    expect(verifyInclusion(left, 0, 4, rootAt(4), [rootOf(many.slice(2, 4))])).toBe(false);
  });

  const growth = prove(many, consistencyPlan(3, 8));
  it.each([
    ['from the empty tree', 0, 8, growth],
    ['from the empty tree, nothing to prove', 0, 8, []],
    ['old > new', 8, 3, growth],
    ['equal sizes, other roots', 8, 8, []],
    ['negative', -3, 8, growth],
    ['fractional', 2.5, 8, growth],
    ['unsafe', 3, 2 ** 53, growth],
    ['empty proof', 3, 8, []],
  ])('consistency: %s', (_name, oldSize, newSize, proof) => {
    expect(verifyConsistency(oldSize, newSize, rootAt(3), root, proof)).toBe(false);
  });
  it('consistency: equal sizes take an empty proof and one root', () => {
    expect(verifyConsistency(8, 8, root, root, [])).toBe(true);
    expect(verifyConsistency(8, 8, root, root, growth)).toBe(false);
  });
  it('plans refuse what has no proof', () => {
    expect(() => inclusionPlan(0, 0)).toThrow(RangeError);
    expect(() => inclusionPlan(4, 4)).toThrow(RangeError);
    expect(() => consistencyPlan(5, 4)).toThrow(RangeError);
    expect(() => foldProof(inclusionPlan(4, 0), [root])).toThrow(RangeError);
    expect(consistencyPlan(0, 5)).toEqual([]);
    expect(consistencyPlan(5, 5)).toEqual([]);
  });
});

it('works beyond 32 bits: a proof at 2^45 leaves', () => {
  const size = 2 ** 45 + 5;
  const index = 2 ** 44 + 3;
  const hashAt = ({ level, index: at }: Subtree): Uint8Array => sha256(`${level}/${at}`);
  const plan = inclusionPlan(size, index);
  const proof = foldProof(plan, plan.flat().map(hashAt));
  expect(proof.length).toBeLessThanOrEqual(46);
  for (const { level, index: at } of plan.flat()) expect((at + 1) * 2 ** level).toBeLessThanOrEqual(size);
  expect(verifyInclusion(sha256('leaf'), index, size, sha256('not the root'), proof)).toBe(false);
});
