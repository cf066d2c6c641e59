import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leafHash } from '../../../src/core/hash.ts';
import {
  consistencyPlan,
  EMPTY_ROOT,
  foldProof,
  inclusionPlan,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from '../../../src/core/ledger/merkle.ts';
import {
  entryBundle,
  parseTilePath,
  readEntryBundle,
  tilePath,
  tilesOf,
  widthInTree,
} from '../../../src/core/ledger/tile-path.ts';
import { MissingTile, type ReadTile, TileTree } from '../../../src/core/ledger/tiles.ts';

/** Storage as the object keeps it: only what `append` said to write. */
class Store {
  readonly tree = TileTree.empty();
  readonly rows = new Map<string, Uint8Array>();
  readonly leaves: Uint8Array[] = [];
  reads = 0;

  readonly read: ReadTile = (level, index) => {
    this.reads++;
    return this.rows.get(`${level}/${index}`);
  };

  grow(size: number): void {
    while (this.leaves.length < size) {
      const leaf = leafHash(`leaf ${this.leaves.length}`);
      this.leaves.push(leaf);
      for (const { level, index, hashes } of this.tree.append(leaf)) this.rows.set(`${level}/${index}`, hashes);
    }
  }

  /** What a restart finds: higher tiles in rows, the level-0 partial from the entries after the last full tile. */
  restart(): TileTree | undefined {
    const { size } = this.tree;
    const partials: Uint8Array[] = [];
    const tail = this.leaves.slice(size - (size % 256));
    partials.push(Uint8Array.from(tail.flatMap((leaf) => [...leaf])));
    for (let level = 1, hashes = Math.floor(size / 256); hashes > 0; level++, hashes = Math.floor(hashes / 256)) {
      partials.push(
        hashes % 256 === 0
          ? new Uint8Array()
          : (this.rows.get(`${level}/${Math.floor(hashes / 256)}`) ?? new Uint8Array()),
      );
    }
    return TileTree.restore(size, partials);
  }
}

describe('the tree in tiles', () => {
  it('has the RFC root at every size to 1,100, also after a restart', () => {
    const store = new Store();
    expect(store.tree.root()).toEqual(EMPTY_ROOT);
    expect(TileTree.restore(0, [])?.root()).toEqual(EMPTY_ROOT);
    for (let size = 1; size <= 1100; size++) {
      store.grow(size);
      if (size > 300 && size % 37 !== 0 && size % 256 > 1) continue;
      const expected = rootOf(store.leaves);
      expect(store.tree.root()).toEqual(expected);
      const restored = store.restart();
      expect(restored?.root()).toEqual(expected);
      expect(restored?.partials()).toEqual(store.tree.partials());
    }
  });

  it('proves every leaf and every growth at 300 and at random sizes, as the plans say', () => {
    const store = new Store();
    store.grow(70_000);
    const restored = store.restart() ?? TileTree.empty();
    const size = fc.integer({ min: 1, max: 70_000 });
    fc.assert(
      fc.property(size, size, fc.nat(), (a, b, at) => {
        const [oldSize, newSize] = a < b ? [a, b] : [b, a];
        const index = at % newSize;
        for (const tree of [store.tree, restored]) {
          const newRoot = tree.rootAt(newSize, store.read);
          const oldRoot = tree.rootAt(oldSize, store.read);
          const inclusion = tree.inclusionProof(newSize, index, store.read);
          const leaf = store.leaves[index] ?? EMPTY_ROOT;
          expect(verifyInclusion(leaf, index, newSize, newRoot, inclusion)).toBe(true);
          const growth = tree.consistencyProof(oldSize, newSize, store.read);
          expect(verifyConsistency(oldSize, newSize, oldRoot, newRoot, growth)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
    expect(store.tree.rootAt(70_000, store.read)).toEqual(store.tree.root());
    expect(store.tree.rootAt(0, store.read)).toEqual(EMPTY_ROOT);
    expect(store.tree.rootAt(777, store.read)).toEqual(rootOf(store.leaves.slice(0, 777)));
  });

  it('agrees with proofs made from the leaves alone', () => {
    const store = new Store();
    store.grow(300);
    const hashOf = ({ level, index }: { level: number; index: number }) =>
      rootOf(store.leaves.slice(index * 2 ** level, (index + 1) * 2 ** level));
    for (let index = 0; index < 300; index++) {
      const plan = inclusionPlan(300, index);
      expect(store.tree.inclusionProof(300, index, store.read)).toEqual(foldProof(plan, plan.flat().map(hashOf)));
    }
    for (let oldSize = 1; oldSize <= 300; oldSize++) {
      const plan = consistencyPlan(oldSize, 300);
      expect(store.tree.consistencyProof(oldSize, 300, store.read)).toEqual(foldProof(plan, plan.flat().map(hashOf)));
    }
  });

  it('reads few rows: none for recent entries, at most one each level for the others', () => {
    const store = new Store();
    store.grow(70_000);
    store.reads = 0;
    for (let index = 69_400; index < 70_000; index += 7) store.tree.inclusionProof(70_000, index, store.read);
    expect(store.reads).toBe(0);
    store.reads = 0;
    store.tree.inclusionProof(70_000, 12_345, store.read);
    expect(store.reads).toBeLessThanOrEqual(3);
    store.reads = 0;
    store.tree.consistencyProof(12_345, 70_000, store.read);
    expect(store.reads).toBeLessThanOrEqual(4);
    store.reads = 0;
    store.tree.root();
    expect(store.reads).toBe(0);
  });

  it('writes each level-0 tile once, when full, and the tiles above as they grow', () => {
    const tree = TileTree.empty();
    const written: string[] = [];
    for (let i = 0; i < 256 * 257; i++) {
      for (const { level, index, hashes } of tree.append(leafHash(`${i}`)))
        written.push(`${level}/${index}:${hashes.length / 32}`);
    }
    expect(written.filter((row) => row.startsWith('0/'))).toEqual(Array.from({ length: 257 }, (_, i) => `0/${i}:256`));
    expect(written.filter((row) => row.startsWith('1/'))).toEqual([
      ...Array.from({ length: 256 }, (_, i) => `1/0:${i + 1}`),
      '1/1:1',
    ]);
    expect(written.filter((row) => row.startsWith('2/'))).toEqual(['2/0:1']);
  });

  it('refuses to restore from hashes of another number', () => {
    const hash = leafHash('x');
    expect(TileTree.restore(2, [hash])).toBeUndefined();
    expect(TileTree.restore(1, [])).toBeUndefined();
    expect(TileTree.restore(256, [hash, hash])).toBeUndefined();
    expect(TileTree.restore(1, [hash, hash])).toBeUndefined();
    expect(TileTree.restore(256, [new Uint8Array(), hash])?.size).toBe(256);
  });

  it('says when storage lacks a tile, and does not answer beyond its end', () => {
    const store = new Store();
    store.grow(1000);
    // After a restart nothing but the right edge is in memory.
    const restored = store.restart() ?? TileTree.empty();
    expect(() => restored.inclusionProof(1000, 5, () => undefined)).toThrow(MissingTile);
    expect(() => restored.inclusionProof(1000, 5, () => new Uint8Array(32))).toThrow(MissingTile);
    expect(() => store.tree.rootAt(1001, store.read)).toThrow(RangeError);
    expect(() => store.tree.inclusionProof(1001, 5, store.read)).toThrow(RangeError);
  });
});

describe('C2SP tlog-tiles names', () => {
  it.each([
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 0, index: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 1, index: 999, width: 17 }, 'tile/1/999.p/17'],
    [{ level: 2, index: 1000, width: 1 }, 'tile/2/x001/000.p/1'],
    [{ level: 'entries', index: 273, width: 112 }, 'tile/entries/273.p/112'],
    [{ level: 63, index: 5, width: 255 }, 'tile/63/005.p/255'],
  ] as const)('%j is %s', (name, path) => {
    expect(tilePath(name)).toBe(path);
    expect(parseTilePath(path)).toEqual(name);
  });
  it.each([
    'tile/0/0',
    'tile/0/0000',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/x000/001',
    'tile/0/001/000',
    'tile/0/x001/x000',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000.p/',
    'tile/0/000/',
    '/tile/0/000',
    'tile/data/000',
    'tile/0/x999/x999/x999/x999/x999/999',
    'tile/0/00a',
    'tile/0/000\n',
  ])('%j is refused', (path) => expect(parseTilePath(path)).toBeUndefined());

  it('lists the tiles of the specification’s example, a tree of 70,000', () => {
    const tiles = [...tilesOf(70_000)];
    const partial = tiles.filter((tile) => tile.width < 256);
    expect(tiles.filter((tile) => tile.level === 0 && tile.width === 256)).toHaveLength(273);
    expect(partial).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
    for (const tile of tiles) expect(widthInTree(tile, 70_000)).toBe(tile.width);
    expect(widthInTree({ level: 0, index: 274 }, 70_000)).toBe(0);
    expect(widthInTree({ level: 'entries', index: 273 }, 70_000)).toBe(112);
    expect([...tilesOf(256)]).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ]);
  });

  it('frames entry bundles with a big-endian uint16', () => {
    expect(entryBundle(['a', '', 'é'])).toEqual(Uint8Array.of(0, 1, 0x61, 0, 0, 0, 2, 0xc3, 0xa9));
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
        expect(readEntryBundle(entryBundle(texts) ?? new Uint8Array())).toEqual(texts);
      }),
    );
    expect(entryBundle(['x'.repeat(65_535)])).toHaveLength(65_537);
    expect(entryBundle(['x'.repeat(65_536)])).toBeUndefined();
    for (const torn of [[0], [0, 2, 0x61], [0, 1, 0xff]])
      expect(readEntryBundle(Uint8Array.from(torn))).toBeUndefined();
  });
});
