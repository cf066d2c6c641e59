/**
 * Bytes to text and back: hex, base64 (RFC 4648 §4, padded), base64url (§5, unpadded), UTF-8.
 * The decoders are strict and answer `undefined` to anything an encoder here would not have written (hex may be
 * upper case): no whitespace, no missing or extra padding, no stray low bits. One byte string has one text.
 */
/** What our functions give back: never shared memory, so WebCrypto takes it as it is. */
export type Bytes = Uint8Array<ArrayBuffer>;

interface Encoder {
  encode(text: string): Bytes;
  encodeInto(text: string, target: Uint8Array): { readonly read: number; readonly written: number };
}
interface Decoder {
  decode(bytes: Uint8Array): string;
}
// Core compiles without the DOM or Node types; these two exist in every runtime it runs on.
declare const TextEncoder: new () => Encoder;
declare const TextDecoder: new (label: string, options: { fatal: boolean; ignoreBOM: boolean }) => Decoder;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenientDecoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const HEX = '0123456789abcdef';
const NOT_A_DIGIT = 255;

const hexOfByte = Array.from({ length: 256 }, (_, byte) => HEX.charAt(byte >> 4) + HEX.charAt(byte & 15));
const hexDigits = digitValues(`${HEX}ABCDEF`, (index) => (index < 16 ? index : index - 6));
const standardDigits = digitValues(STANDARD, (index) => index);
const urlSafeDigits = digitValues(URL_SAFE, (index) => index);

function digitValues(alphabet: string, valueAt: (index: number) => number): Uint8Array {
  const values = new Uint8Array(256).fill(NOT_A_DIGIT);
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = valueAt(i);
  return values;
}

function digitAt(values: Uint8Array, text: string, index: number): number {
  return values[text.charCodeAt(index)] ?? NOT_A_DIGIT;
}

/** UTF-8 bytes; a lone surrogate becomes U+FFFD, so check `isWellFormed()` first where that matters. */
export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

/** Writes the UTF-8 bytes at the start of `target`; how many, or undefined when they do not fit. */
export function utf8Into(text: string, target: Uint8Array): number | undefined {
  const { read, written } = encoder.encodeInto(text, target);
  return read === text.length ? written : undefined;
}

export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** For showing and guessing only: bytes that are no UTF-8 become U+FFFD. */
export function readableText(bytes: Uint8Array): string {
  return lenientDecoder.decode(bytes);
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Not constant in time: for public hashes, never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Runtimes that encode by themselves (Workers, browsers) do it some ten times faster than a loop can. */
interface SelfEncoding {
  toHex?(): string;
  toBase64?(form: { readonly alphabet: 'base64' | 'base64url'; readonly omitPadding: boolean }): string;
}
const PADDED = { alphabet: 'base64', omitPadding: false } as const;
const FOR_URLS = { alphabet: 'base64url', omitPadding: true } as const;

export function toHex(bytes: Uint8Array & SelfEncoding): string {
  if (bytes.toHex !== undefined) return bytes.toHex();
  let out = '';
  for (const byte of bytes) out += hexOfByte[byte];
  return out;
}

export function fromHex(text: string): Bytes | undefined {
  if (text.length % 2 !== 0) return undefined;
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) {
    const high = digitAt(hexDigits, text, 2 * i);
    const low = digitAt(hexDigits, text, 2 * i + 1);
    if (high === NOT_A_DIGIT || low === NOT_A_DIGIT) return undefined;
    out[i] = (high << 4) | low;
  }
  return out;
}

export function toBase64(bytes: Uint8Array & SelfEncoding): string {
  if (bytes.toBase64 !== undefined) return bytes.toBase64(PADDED);
  const bare = encode64(bytes, STANDARD);
  return bare + '='.repeat((4 - (bare.length % 4)) % 4);
}

export function fromBase64(text: string): Bytes | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return decode64(text, text.length - padding, standardDigits);
}

export function toBase64Url(bytes: Uint8Array & SelfEncoding): string {
  if (bytes.toBase64 !== undefined) return bytes.toBase64(FOR_URLS);
  return encode64(bytes, URL_SAFE);
}

export function fromBase64Url(text: string): Bytes | undefined {
  return decode64(text, text.length, urlSafeDigits);
}

function encode64(bytes: Uint8Array, alphabet: string): string {
  let out = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out += alphabet.charAt((held >> bits) & 63);
    }
  }
  return bits === 0 ? out : out + alphabet.charAt((held << (6 - bits)) & 63);
}

function decode64(text: string, length: number, digits: Uint8Array): Bytes | undefined {
  if (length % 4 === 1) return undefined;
  const out = new Uint8Array(Math.floor((length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < length; i++) {
    const digit = digitAt(digits, text, i);
    if (digit === NOT_A_DIGIT) return undefined;
    held = ((held << 6) | digit) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (held >> bits) & 255;
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? out : undefined;
}
