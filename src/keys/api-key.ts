/**
 * API keys: `guild_(live|test)_<tenant>_<26 secret><10 tag><6 checksum>`, the last three in base 62.
 *
 * The checksum (CRC-32) lets a scanner recognise a key offline. The tag is an HMAC of everything before it under a
 * service secret: a forged or mistyped key is refused here, before any tenant object is woken. The object then judges
 * the SHA-256 of the key, the only form that is stored.
 */
import { createHmac, createSecretKey, getRandomValues, type KeyObject, timingSafeEqual } from 'node:crypto';
import { utf8 } from '../core/bytes.ts';
import { sha256Hex } from '../core/hash.ts';
import { parseTenantId, type TenantId } from '../core/ids.ts';

export type KeyEnvironment = 'live' | 'test';

export interface ParsedApiKey {
  readonly tenant: TenantId;
  readonly environment: KeyEnvironment;
  /** Lower-hex SHA-256 of the whole key. */
  readonly hash: string;
}

const API_KEY_PATTERN = /^guild_(live|test)_([a-z0-9-]{3,40})_([0-9A-Za-z]{26})([0-9A-Za-z]{10})([0-9A-Za-z]{6})$/;

/** The same wherever it stands in a text, for scanners; published, so it only ever grows. */
export const API_KEY_SEARCH = '\\bguild_(?:live|test)_[a-z0-9-]{3,40}_[0-9A-Za-z]{42}\\b';
const SEARCH = new RegExp(API_KEY_SEARCH.replaceAll('\\b', ''), 'g');

/** For text that strangers write and that is kept: what looks like a key is taken out of it. */
export const redactApiKeys = (text: string): string => text.replaceAll(SEARCH, 'guild_…');

const TAG_LENGTH = 10;
const CHECKSUM_LENGTH = 6;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const base62 = (bytes: Iterable<number>): string => {
  let text = '';
  for (const byte of bytes) text += ALPHABET[byte % 62];
  return text;
};

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let crc = n;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

const checksum = (text: string): string => {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ text.charCodeAt(i)) & 0xff] ?? 0);
  let rest = (crc ^ 0xffffffff) >>> 0;
  let digits = '';
  for (let i = 0; i < 6; i++) {
    digits = ALPHABET[rest % 62] + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
};

const keyOf = new Map<string, KeyObject>();

/** The secret as a key, imported once: there is one secret a service. */
const tagKey = (secret: string): KeyObject => {
  const known = keyOf.get(secret);
  if (known !== undefined) return known;
  const key = createSecretKey(secret, 'utf8');
  keyOf.clear();
  keyOf.set(secret, key);
  return key;
};

const tag = (stem: Uint8Array, secret: string): string =>
  base62(createHmac('sha256', tagKey(secret)).update(stem).digest().subarray(0, TAG_LENGTH));

/** A random letter each from 26 bytes below 248, so that every letter is equally likely. */
const randomSecret = (): string => {
  const letters: number[] = [];
  while (letters.length < 26) {
    for (const byte of getRandomValues(new Uint8Array(40))) if (byte < 248 && letters.length < 26) letters.push(byte);
  }
  return base62(letters);
};

/** Makes a key. Its text is shown once and kept nowhere; `hash` is what the tenant object stores. */
export const mintApiKey = (
  tenant: TenantId,
  environment: KeyEnvironment,
  tagSecret: string,
): { readonly key: string; readonly hash: string } => {
  const stem = `guild_${environment}_${tenant}_${randomSecret()}`;
  const tagged = stem + tag(utf8(stem), tagSecret);
  const key = tagged + checksum(tagged);
  return { key, hash: sha256Hex(key) };
};

/** Keys that this isolate has judged to be ours: a caller sends the same one again and again. */
const seen = new Map<string, ParsedApiKey>();
const SEEN_LIMIT = 1_000;
let seenUnder = '';

/** Null for anything that we did not mint, with no read of any storage. Whether it still opens anything is not said. */
export const parseApiKey = (text: string, tagSecret: string): ParsedApiKey | null => {
  const known = seen.get(text);
  if (known !== undefined && tagSecret === seenUnder) return known;
  const judged = judgeApiKey(text, tagSecret);
  if (judged === null) return null;
  if (tagSecret !== seenUnder || seen.size >= SEEN_LIMIT) seen.clear();
  seenUnder = tagSecret;
  seen.set(text, judged);
  return judged;
};

/** The same for a key never seen before: pattern, checksum, tag. */
export const judgeApiKey = (text: string, tagSecret: string): ParsedApiKey | null => {
  const match = API_KEY_PATTERN.exec(text);
  if (match === null) return null;
  if (checksum(text.slice(0, -CHECKSUM_LENGTH)) !== match[5]) return null;
  // The pattern is ASCII: characters are bytes, and one encoding serves the tag and the hash.
  const bytes = utf8(text);
  const expected = tag(bytes.subarray(0, -TAG_LENGTH - CHECKSUM_LENGTH), tagSecret);
  if (!timingSafeEqual(utf8(expected), utf8(match[4] ?? ''))) return null;
  const tenant = parseTenantId(match[2] ?? '');
  if (tenant === null) return null;
  return { tenant, environment: match[1] === 'live' ? 'live' : 'test', hash: sha256Hex(bytes) };
};
