/**
 * The tree of one log as C2SP tlog-tiles: rows of 256 hashes, eight tree levels to a tile level. Memory holds only the
 * right edge, with every inner node of its tiles, so an append costs one hash on average at any size and proofs of
 * recent entries read nothing.
 * INVARIANT: what is not in memory is in full tiles that never change. Storage keeps each level-0 tile once it is
 * complete and one row, written again as it grows, for each tile above.
 */
import { type Bytes, concat } from '../bytes.ts';
import { nodeHash } from '../hash.ts';
import {
  consistencyPlan,
  foldProof,
  foldRoot,
  inclusionPlan,
  type ProofPlan,
  rootPlan,
  type Subtree,
} from './merkle.ts';

export const TILE_WIDTH = 256;
export const HASH_BYTES = 32;
const LEVELS_IN_TILE = 8;
/** Enough for several of the largest commits; a tile with its inner nodes is 16 KB of hashes. */
const RECENT_TILES = 16;

/** A tile to store: complete at level 0, complete or still growing above. */
export interface TileWrite {
  readonly level: number;
  readonly index: number;
  readonly hashes: Bytes;
}

/** The 8,192 bytes of a full tile, or undefined when storage does not have it. */
export type ReadTile = (level: number, index: number) => Uint8Array | undefined;

/** One tile expanded: nodes[0] are its own hashes, nodes[n] the inner nodes over 2^n of them, as far as complete. */
interface Expanded {
  readonly index: number;
  readonly nodes: Uint8Array[][];
}

const NOTHING: readonly TileWrite[] = [];

/** A full tile was asked for that storage does not have: the log's own data is damaged. */
export class MissingTile extends Error {
  override readonly name = 'MissingTile';
}

export class TileTree {
  /** The growing tile of each tile level; index = number of full tiles before it. */
  readonly #edge: Expanded[] = [];
  /** The last tiles of each level that became full, newest first: proofs of recent entries need no hashing again. */
  readonly #recent: Expanded[][] = [];
  #size = 0;

  static empty(): TileTree {
    return new TileTree();
  }

  /** `partials[l]`: the hashes of the partial tile at level l, floor(size / 256^l) mod 256 of them; else undefined. */
  static restore(size: number, partials: readonly Uint8Array[]): TileTree | undefined {
    const tree = new TileTree();
    let above = size;
    let level = 0;
    for (; above > 0; level++) {
      const hashes = partials[level] ?? new Uint8Array();
      if (hashes.length !== (above % TILE_WIDTH) * HASH_BYTES) return undefined;
      const index = Math.floor(above / TILE_WIDTH);
      tree.#edge[level] = expand(index, hashes);
      above = index;
    }
    tree.#size = size;
    return partials.slice(level).every((hashes) => hashes.length === 0) ? tree : undefined;
  }

  get size(): number {
    return this.#size;
  }

  /** The tiles that storage must now write; none for most leaves. */
  append(leaf: Uint8Array): readonly TileWrite[] {
    this.#size++;
    let writes: TileWrite[] | undefined;
    let carried: Uint8Array | undefined = leaf;
    for (let level = 0; carried !== undefined; level++) {
      const tile = this.#tileAt(level);
      const root = push(tile.nodes, carried);
      if (level > 0 || root !== undefined) {
        writes ??= [];
        writes.push({ level, index: tile.index, hashes: concat(...(tile.nodes[0] ?? [])) });
      }
      if (root !== undefined) {
        this.#remember(level, tile);
        this.#edge[level] = { index: tile.index + 1, nodes: [] };
      }
      carried = root;
    }
    return writes ?? NOTHING;
  }

  /** Reads nothing: the fold of the right edge. */
  root(): Uint8Array {
    return foldRoot(rootPlan(this.#size).map((node) => this.#node(node, readNothing)));
  }

  rootAt(size: number, read: ReadTile): Uint8Array {
    this.#mustCover(size);
    return this.#fetch([rootPlan(size)], read)[0] ?? foldRoot([]);
  }

  inclusionProof(size: number, index: number, read: ReadTile): Uint8Array[] {
    this.#mustCover(size);
    return this.#fetch(inclusionPlan(size, index), read);
  }

  consistencyProof(oldSize: number, newSize: number, read: ReadTile): Uint8Array[] {
    this.#mustCover(newSize);
    return this.#fetch(consistencyPlan(oldSize, newSize), read);
  }

  /** The partial tiles as `restore` takes them, level 0 first. */
  partials(): Bytes[] {
    return this.#edge.map((tile) => concat(...(tile.nodes[0] ?? [])));
  }

  #fetch(plan: ProofPlan, read: ReadTile): Uint8Array[] {
    const once = readEachOnce(read);
    return foldProof(
      plan,
      plan.flat().map((node) => this.#node(node, once)),
    );
  }

  #node({ level, index }: Subtree, read: ReadTile): Uint8Array {
    const tileLevel = Math.floor(level / LEVELS_IN_TILE);
    const height = level % LEVELS_IN_TILE;
    const perTile = TILE_WIDTH >> height;
    const tileIndex = Math.floor(index / perTile);
    const offset = index % perTile;
    const edge = this.#edge[tileLevel];
    const inMemory =
      edge?.index === tileIndex ? edge : this.#recent[tileLevel]?.find((tile) => tile.index === tileIndex);
    const known = inMemory?.nodes[height]?.[offset];
    if (known !== undefined) return known;
    const hashes = read(tileLevel, tileIndex);
    if (hashes?.length !== TILE_WIDTH * HASH_BYTES)
      throw new MissingTile(`tile ${tileLevel}/${tileIndex} is not there`);
    const from = (offset << height) * HASH_BYTES;
    return subtreeRoot(hashes, from, from + (HASH_BYTES << height));
  }

  #remember(level: number, tile: Expanded): void {
    const recent = this.#recent[level] ?? [];
    this.#recent[level] = [tile, ...recent.slice(0, RECENT_TILES - 1)];
  }

  #tileAt(level: number): Expanded {
    const known = this.#edge[level];
    if (known !== undefined) return known;
    const fresh: Expanded = { index: 0, nodes: [] };
    this.#edge[level] = fresh;
    return fresh;
  }

  #mustCover(size: number): void {
    if (!Number.isSafeInteger(size) || size < 0 || size > this.#size)
      throw new RangeError('beyond the end of this tree');
  }
}

/** Adds a hash and the inner nodes that it completes; the tile's own root when it is the 256th. */
function push(nodes: Uint8Array[][], hash: Uint8Array): Uint8Array | undefined {
  let node = hash;
  for (let height = 0; height < LEVELS_IN_TILE; height++) {
    let row = nodes[height];
    if (row === undefined) {
      row = [];
      nodes[height] = row;
    }
    row.push(node);
    const left = row.length % 2 === 0 ? row[row.length - 2] : undefined;
    if (left === undefined) return undefined;
    node = nodeHash(left, node);
  }
  return node;
}

function expand(index: number, hashes: Uint8Array): Expanded {
  const nodes: Uint8Array[][] = [];
  for (let at = 0; at < hashes.length; at += HASH_BYTES) push(nodes, hashes.slice(at, at + HASH_BYTES));
  return { index, nodes };
}

function subtreeRoot(hashes: Uint8Array, from: number, to: number): Uint8Array {
  if (to - from === HASH_BYTES) return hashes.slice(from, to);
  const middle = (from + to) / 2;
  return nodeHash(subtreeRoot(hashes, from, middle), subtreeRoot(hashes, middle, to));
}

function readEachOnce(read: ReadTile): ReadTile {
  const seen = new Map<string, Uint8Array | undefined>();
  return (level, index) => {
    const key = `${level}/${index}`;
    if (!seen.has(key)) seen.set(key, read(level, index));
    return seen.get(key);
  };
}

const readNothing: ReadTile = () => undefined;
