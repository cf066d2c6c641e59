import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, toHex, utf8 } from '../../../src/core/bytes.ts';
import { leafHash, nodeHash, receiptAndLeaf, sha256, sha256Hex, sha256Stream } from '../../../src/core/hash.ts';
import * as native from '../../../src/core/sha256.native.ts';
import * as portable from '../../../src/core/sha256.portable.ts';
import { sha256Of } from '../../../src/core/sha256.ts';

const vectors: readonly (readonly [string, string])[] = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
];

describe.each([
  ['native', native],
  ['portable', portable],
])('FIPS 180-4 vectors: %s', (_name, implementation) => {
  it.each(vectors)('SHA-256(%j)', (text, hex) => {
    expect(implementation.digestHex(text)).toBe(hex);
    expect(toHex(implementation.digest(text))).toBe(hex);
    expect(toHex(implementation.digest(utf8(text)))).toBe(hex);
    expect(implementation.digest(text)).toHaveLength(32);
  });
});

it('ours is the hash of the runtime at every length around its blocks', () => {
  for (let length = 0; length <= 260; length++) {
    const bytes = Uint8Array.from({ length }, (_, at) => at * 7 + length);
    expect(toHex(sha256Of(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
  const long = new Uint8Array(1_000_000).fill(0x61);
  expect(toHex(sha256Of(long))).toBe('cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0');
});

it('portable and native agree on any bytes and any text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 100 }), (bytes, text) => {
      expect(portable.digest(bytes)).toEqual(native.digest(bytes));
      expect(portable.digestHex(bytes)).toBe(native.digestHex(bytes));
      expect(portable.digestHex(text)).toBe(native.digestHex(text));
    }),
  );
});

describe('RFC 6962 domain separation', () => {
  it('hashes a leaf as SHA-256(0x00 ‖ data), text or bytes alike', () => {
    expect(toHex(leafHash(''))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const expected = sha256(concat(Uint8Array.of(0), utf8(text)));
        expect(leafHash(text)).toEqual(expected);
        expect(leafHash(utf8(text))).toEqual(expected);
      }),
    );
  });

  it('hashes a node as SHA-256(0x01 ‖ left ‖ right)', () => {
    const left = sha256('left');
    const right = sha256('right');
    expect(nodeHash(left, right)).toEqual(sha256(concat(Uint8Array.of(1), left, right)));
    expect(nodeHash(left, right)).not.toEqual(nodeHash(right, left));
  });

  it('refuses children that are no hashes, so that one preimage has one reading', () => {
    expect(() => nodeHash(new Uint8Array(31), new Uint8Array(33))).toThrow(RangeError);
  });

  it('gives a hash that later calls leave alone', () => {
    const first = nodeHash(sha256('a'), sha256('b'));
    const copy = first.slice();
    nodeHash(sha256('c'), sha256('d'));
    expect(first).toEqual(copy);
    expect(sha256Hex('a')).toBe(toHex(sha256('a')));
  });
});

describe('hashing in pieces and in pairs', () => {
  const texts = fc.array(
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('é'.repeat(40_000), 'x'.repeat(65_536))),
    {
      maxLength: 6,
    },
  );
  it('a stream of text and bytes is the hash of all of it', () => {
    fc.assert(
      fc.property(texts, fc.infiniteStream(fc.boolean()), (pieces, asBytes) => {
        for (const implementation of [native, portable]) {
          const whole = implementation.startDigest();
          for (const piece of pieces) whole.update(utf8(piece));
          expect(whole.hex()).toBe(sha256Hex(pieces.join('')));
        }
        const stream = sha256Stream();
        for (const piece of pieces) stream.update(asBytes.next().value ? utf8(piece) : piece);
        expect(stream.hex()).toBe(sha256Hex(pieces.join('')));
      }),
    );
  });
  it('an entry is encoded once for both of its hashes, whatever its size', () => {
    for (const text of ['', 'é', 'x'.repeat(65_535), 'x'.repeat(65_536), '€'.repeat(30_000)]) {
      expect(receiptAndLeaf(text)).toEqual({ receiptHash: sha256Hex(text), leaf: leafHash(text) });
    }
  });
});
