/**
 * Ranges of addresses in CIDR form, v4 and v6, as a key may be bound to them. Every address is 16 bytes, an IPv4 one in
 * its mapped form (::ffff:a.b.c.d, RFC 4291 2.5.5.2), so the same client matches however its address is written.
 */
export interface IpRange {
  readonly bytes: readonly number[];
  /** Leading bits that count, of 128. */
  readonly prefix: number;
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
const OCTET = /^(?:0|[1-9]\d{0,2})$/;

const parseV4 = (text: string): number[] | null => {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => OCTET.test(part))) return null;
  const octets = parts.map(Number);
  return octets.every((octet) => octet <= 255) ? octets : null;
};

/** Groups of one side of `::` as bytes; the last one may be an IPv4 address. */
const parseGroups = (text: string): number[] | null => {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [at, group] of groups.entries()) {
    if (at === groups.length - 1 && group.includes('.')) {
      const v4 = parseV4(group);
      if (v4 === null) return null;
      bytes.push(...v4);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else return null;
  }
  return bytes;
};

const parseV6 = (text: string): number[] | null => {
  const sides = text.split('::');
  if (sides.length > 2) return null;
  const head = parseGroups(sides[0] ?? '');
  if (head === null) return null;
  if (sides.length === 1) return head.length === 16 ? head : null;
  if (sides[0]?.includes('.')) return null;
  const tail = parseGroups(sides[1] ?? '');
  // `::` stands for at least one group.
  if (tail === null || head.length + tail.length > 14) return null;
  return [...head, ...Array<number>(16 - head.length - tail.length).fill(0), ...tail];
};

/** The 16 bytes of an address, or null for anything else (zones and ports included). */
export const parseAddress = (text: string): readonly number[] | null => {
  if (text.length > 45) return null;
  if (text.includes(':')) return parseV6(text);
  const v4 = parseV4(text);
  return v4 === null ? null : [...MAPPED, ...v4];
};

/** Whoever has an address has all of the network: in IPv6 a customer is given a /64, and picks addresses at will. */
export const networkOf = (address: string): string => {
  const bytes = parseAddress(address);
  if (bytes === null) return address;
  const isV4 = MAPPED.every((byte, at) => bytes[at] === byte);
  return bytes.slice(0, isV4 ? 16 : 8).join('.');
};

const bitsOf = (value: number, keep: number): number => value & (0xff << (8 - keep)) & 0xff;

const agree = (a: readonly number[], b: readonly number[], bits: number): boolean => {
  const whole = bits >> 3;
  for (let at = 0; at < whole; at++) if (a[at] !== b[at]) return false;
  const rest = bits & 7;
  return rest === 0 || bitsOf(a[whole] ?? 0, rest) === bitsOf(b[whole] ?? 0, rest);
};

/** An address or `address/prefix`. Bits beyond the prefix must be zero: `10.0.0.1/8` is somebody's mistake. */
export const parseRange = (text: string): IpRange | null => {
  const [address = '', suffix, more] = text.split('/');
  const bytes = parseAddress(address);
  if (bytes === null || more !== undefined) return null;
  if (suffix === undefined) return { bytes, prefix: 128 };
  const isV4 = !address.includes(':');
  if (!OCTET.test(suffix) || Number(suffix) > (isV4 ? 32 : 128)) return null;
  const prefix = Number(suffix) + (isV4 ? 96 : 0);
  const lowest = bytes.map((byte, at) => bitsOf(byte, Math.max(0, Math.min(8, prefix - at * 8))));
  return agree(bytes, lowest, 128) ? { bytes, prefix } : null;
};

export const rangeHolds = (range: IpRange, address: readonly number[]): boolean =>
  agree(range.bytes, address, range.prefix);

export const rangeCovers = (outer: IpRange, inner: IpRange): boolean =>
  outer.prefix <= inner.prefix && rangeHolds(outer, inner.bytes);
