/**
 * Receipts and their chain, checked from WCP 4.1 alone: RFC 8785 by the `canonicalize` package, SHA-256 and Ed25519 by
 * the platform. Shares no line with the code that made them. The first entry that does not hold is named by its seq.
 */
import canonicalize from 'canonicalize';
import type { Members } from './hall-client.ts';

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));

export const sha256Hex = async (text: string): Promise<string> => {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
};

export const canonicalHash = (value: unknown): Promise<string> => sha256Hex(canonicalize(value) ?? '');

const fromBase64Url = (text: string): Uint8Array<ArrayBuffer> => {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
};

const imported = new Map<string, Promise<CryptoKey>>();

const publicKey = (jwk: Members): Promise<CryptoKey> => {
  const x = String(jwk.x);
  const known = imported.get(x);
  if (known !== undefined) return known;
  const made = crypto.subtle.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x }, { name: 'Ed25519' }, false, [
    'verify',
  ]);
  imported.set(x, made);
  return made;
};

/** Null when the entry holds; else what does not. */
export const faultOf = async (entry: Members, keys: readonly Members[]): Promise<string | null> => {
  const { receipt_hash, signature, ...hashed } = entry;
  if ((await canonicalHash(hashed)) !== receipt_hash) return 'receipt_hash';
  const jwk = keys.find((key) => key.use === 'receipt' && key.kid === entry.signing_key_id);
  if (jwk === undefined) return 'signing_key_id';
  const key = await publicKey(jwk);
  const holds = await crypto.subtle.verify(
    'Ed25519',
    key,
    fromBase64Url(String(signature)),
    utf8(String(receipt_hash)),
  );
  return holds ? null : 'signature';
};

/** One gapless chain, and one in each stream; time never goes back. Throws with the seq of the first bad entry. */
export const checkEntries = async (
  entries: readonly Members[],
  keys: readonly Members[],
  tenant: string,
): Promise<void> => {
  let before: Members | null = null;
  const streams = new Map<string, { readonly seq: number; readonly hash: string }>();
  for (const [index, entry] of entries.entries()) {
    const bad = (what: string): never => {
      throw new Error(`entry ${index + 1} of ${tenant}: ${what}`);
    };
    const fault = await faultOf(entry, keys);
    if (fault !== null) bad(fault);
    if (entry.v !== 1 || entry.tenant !== tenant) bad('v or tenant');
    if (entry.seq !== index + 1) bad('seq');
    if (entry.prev_receipt_hash !== (before?.receipt_hash ?? null)) bad('prev_receipt_hash');
    if (before !== null && Number(entry.ts) < Number(before.ts)) bad('ts');
    const stream = String(entry.stream);
    const last = streams.get(stream) ?? { seq: 0, hash: null };
    if (entry.stream_seq !== last.seq + 1 || entry.prev_stream_hash !== last.hash) bad('stream');
    streams.set(stream, { seq: last.seq + 1, hash: String(entry.receipt_hash) });
    before = entry;
  }
};
