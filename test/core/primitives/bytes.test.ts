import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concat,
  equalBytes,
  fromBase64,
  fromBase64Url,
  fromHex,
  fromUtf8,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
} from '../../../src/core/bytes.ts';

const bytes = fc.uint8Array({ maxLength: 100 });

describe('encoders agree with the platform, decoders undo them', () => {
  it('hex, base64, base64url, UTF-8', () => {
    fc.assert(
      fc.property(bytes, fc.string({ unit: 'binary' }), (data, text) => {
        const buffer = Buffer.from(data);
        expect(toHex(data)).toBe(buffer.toString('hex'));
        expect(toBase64(data)).toBe(buffer.toString('base64'));
        expect(toBase64Url(data)).toBe(buffer.toString('base64url'));
        expect(fromHex(toHex(data))).toEqual(data);
        expect(fromBase64(toBase64(data))).toEqual(data);
        expect(fromBase64Url(toBase64Url(data))).toEqual(data);
        expect(fromUtf8(utf8(text))).toBe(text);
      }),
    );
  });

  it('reads upper-case hex', () => {
    expect(fromHex('00FFaB')).toEqual(Uint8Array.of(0, 255, 0xab));
  });
});

describe('decoders are strict: a text that no encoder writes is refused', () => {
  it.each(['0', '0g', ' 00', '0x00', 'é0', '00\n'])('hex %j', (text) => expect(fromHex(text)).toBeUndefined());
  it.each(['A', 'AA', 'AAA', 'AB==', 'AAB=', 'A===', '====', 'AA==AA==', 'AA =', 'AAA_', 'QQ==\n'])(
    'base64 %j',
    (text) => expect(fromBase64(text)).toBeUndefined(),
  );
  it.each(['A', 'AB', 'AAB', 'AA==', 'AA+A', 'AA/A', 'AA A', 'AAé'])('base64url %j', (text) =>
    expect(fromBase64Url(text)).toBeUndefined(),
  );
  it('accepts no second text for the same bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ABQgwz09+/=-_ '), maxLength: 8 }), (text) => {
        const standard = fromBase64(text);
        if (standard !== undefined) expect(toBase64(standard)).toBe(text);
        const urlSafe = fromBase64Url(text);
        if (urlSafe !== undefined) expect(toBase64Url(urlSafe)).toBe(text);
      }),
    );
  });
  it.each([[[0xff]], [[0xc0, 0x80]], [[0xed, 0xa0, 0x80]], [[0xf4, 0x90, 0x80, 0x80]]])('UTF-8 %j', (data) =>
    expect(fromUtf8(Uint8Array.from(data))).toBeUndefined(),
  );
  it('keeps a byte order mark as the character it is', () => {
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf))).toBe('\ufeff');
  });
});

it('concatenates and compares', () => {
  expect(concat()).toEqual(new Uint8Array());
  expect(concat(Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 2))).toBe(false);
});
