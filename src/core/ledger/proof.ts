/**
 * C2SP tlog-proof@v1: the self-contained file that goes out with a receipt. Format line, optional `extra`, index,
 * audit path from the leaf's sibling upward, empty line, checkpoint verbatim. One spelling; any other is refused.
 */
import { fromBase64, toBase64 } from '../bytes.ts';

export interface TlogProof {
  /** Zero-based: seq - 1. */
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
  /** The signed note. */
  readonly checkpoint: string;
  /** Opaque and not authenticated. */
  readonly extra?: Uint8Array;
}

const FORMAT = 'c2sp.org/tlog-proof@v1';
const INDEX = /^index (0|[1-9][0-9]*)$/;
const HASH_BYTES = 32;
/** Enough for a tree of 2^63 leaves. */
const MAX_HASHES = 63;

export function formatTlogProof({ index, hashes, checkpoint, extra }: TlogProof): string {
  const extraLine = extra === undefined ? '' : `extra ${toBase64(extra)}\n`;
  const path = hashes.map((hash) => `${toBase64(hash)}\n`).join('');
  return `${FORMAT}\n${extraLine}index ${index}\n${path}\n${checkpoint}`;
}

export function parseTlogProof(text: string): TlogProof | undefined {
  const split = text.indexOf('\n\n');
  if (split < 0) return undefined;
  const [format, ...lines] = text.slice(0, split).split('\n');
  const extra = lines[0]?.startsWith('extra ') ? fromBase64(lines.shift()?.slice('extra '.length) ?? '') : null;
  const [, indexText] = INDEX.exec(lines.shift() ?? '') ?? [];
  const index = Number(indexText);
  if (format !== FORMAT || extra === undefined || indexText === undefined) return undefined;
  if (!Number.isSafeInteger(index) || lines.length > MAX_HASHES) return undefined;
  const hashes: Uint8Array[] = [];
  for (const line of lines) {
    const hash = fromBase64(line);
    if (hash?.length !== HASH_BYTES) return undefined;
    hashes.push(hash);
  }
  const checkpoint = text.slice(split + 2);
  return extra === null ? { index, hashes, checkpoint } : { index, hashes, checkpoint, extra };
}
