/**
 * How tiles and entry bundles are named and framed when served (C2SP tlog-tiles): `tile/<level>/<index>[.p/<width>]`,
 * the index in groups of three digits, all but the last with an `x`; bundles are entries with a big-endian uint16
 * length before each. A path has one spelling; any other is refused.
 */
import { type Bytes, concat, fromUtf8, utf8 } from '../bytes.ts';
import { TILE_WIDTH } from './tiles.ts';

export interface TileName {
  readonly level: number | 'entries';
  readonly index: number;
  /** 256 for a full tile, 1 to 255 for a partial one. */
  readonly width: number;
}

const MAX_LEVEL = 63;
const MAX_ENTRY_BYTES = 0xffff;
const PATH = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

export function tilePath({ level, index, width }: TileName): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? [];
  const spelled = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${spelled}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

export function parseTilePath(path: string): TileName | undefined {
  const [, level, spelled = '', width] = PATH.exec(path) ?? [];
  if (level === undefined) return undefined;
  const name: TileName = {
    level: level === 'entries' ? level : Number(level),
    index: Number(spelled.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  const inRange = Number.isSafeInteger(name.index) && (name.level === 'entries' || name.level <= MAX_LEVEL);
  return inRange && tilePath(name) === path && (width === undefined || name.width < TILE_WIDTH) ? name : undefined;
}

/** How many hashes of a tile exist in a tree of this size: 0 to 256. Bundles are as wide as the level-0 tile. */
export function widthInTree({ level, index }: Pick<TileName, 'level' | 'index'>, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** (level === 'entries' ? 0 : level));
  return Math.min(Math.max(hashes - index * TILE_WIDTH, 0), TILE_WIDTH);
}

/** Every tile of a tree of this size, partial ones last at each level. */
export function* tilesOf(size: number): Generator<TileName & { readonly level: number }> {
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
    for (let index = 0; index * TILE_WIDTH < hashes; index++) {
      yield { level, index, width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH) };
    }
  }
}

/** Undefined when an entry is longer than the format can carry. */
export function entryBundle(texts: readonly string[]): Bytes | undefined {
  const parts: Uint8Array[] = [];
  for (const text of texts) {
    const entry = utf8(text);
    if (entry.length > MAX_ENTRY_BYTES) return undefined;
    parts.push(Uint8Array.of(entry.length >> 8, entry.length & 255), entry);
  }
  return concat(...parts);
}

export function readEntryBundle(bundle: Uint8Array): string[] | undefined {
  const texts: string[] = [];
  for (let at = 0; at < bundle.length; ) {
    const [high, low] = bundle.subarray(at, at + 2);
    if (high === undefined || low === undefined) return undefined;
    const end = at + 2 + high * 256 + low;
    const text = end <= bundle.length ? fromUtf8(bundle.subarray(at + 2, end)) : undefined;
    if (text === undefined) return undefined;
    texts.push(text);
    at = end;
  }
  return texts;
}
