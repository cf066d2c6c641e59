import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress, parseRange, rangeCovers } from '../../../src/core/access/ip-range.ts';
import { mayComeFrom, parseRanges } from '../../../src/core/access/key-terms.ts';

const holds = (range: string, address: string): boolean => mayComeFrom(parseRanges([range]), address);

describe('a range holds', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['10.0.0.0/9', '10.127.255.255', true],
    ['10.0.0.0/9', '10.128.0.0', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['203.0.113.0/24', '::ffff:203.0.113.9', true],
    ['203.0.113.0/24', '::ffff:cb00:7109', true],
    ['2001:db8::/32', '2001:0DB8:0:0:0:0:0:1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['2001:db8::1', '2001:db8::1', true],
    ['203.0.113.0/24', 'not an address', false],
  ])('%s and %s: %s', (range, address, expected) => {
    expect(holds(range, address)).toBe(expected);
  });

  test('nobody whose address was not seen, and everybody where there are no ranges', () => {
    expect(mayComeFrom(parseRanges(['0.0.0.0/0', '::/0']), null)).toBe(false);
    expect(mayComeFrom(null, null)).toBe(true);
  });
});

test.each([
  '',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '1.2.3.256',
  '1.2.3.4/33',
  '1.2.3.4/',
  '1.2.3.4/-1',
  '1.2.3.4/24',
  '1.2.3.4/24/24',
  '1.2.3.4:80',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7::8',
  '::1%eth0',
  '[::1]',
  '2001:db8::/129',
  '2001:db8::1/64',
  '1.2.3.4::',
  '::12345',
  ' ::1',
])('no range: %j', (text) => {
  expect(parseRange(text)).toBeNull();
});

test('no text makes it stumble', () => {
  fc.assert(fc.property(fc.string(), (text) => parseAddress(text) === null || parseAddress(text)?.length === 16));
});

test('what a range covers, it holds', () => {
  const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
  fc.assert(
    fc.property(octets, fc.nat(32), fc.nat(32), (address, a, b) => {
      const [wide, narrow] = [Math.min(a, b), Math.max(a, b)];
      const cut = (prefix: number): string => {
        const value = address.reduce((sum, octet) => sum * 256 + octet, 0);
        const kept = prefix === 0 ? 0 : Math.floor(value / 2 ** (32 - prefix)) * 2 ** (32 - prefix);
        return `${[24, 16, 8, 0].map((shift) => Math.floor(kept / 2 ** shift) % 256).join('.')}/${prefix}`;
      };
      const [outer, inner] = [parseRange(cut(wide)), parseRange(cut(narrow))];
      expect(outer !== null && inner !== null && rangeCovers(outer, inner)).toBe(true);
      if (outer !== null && inner !== null && wide < narrow) expect(rangeCovers(inner, outer)).toBe(false);
      expect(holds(cut(wide), address.join('.'))).toBe(true);
    }),
  );
});
