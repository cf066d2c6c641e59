/**
 * A compact JWS taken apart and read strictly, before anything of it is believed (RFC 7515, RFC 8725). What two readers
 * could read differently is refused: repeated members, sloppy base64url, extensions, keys that a token brings along.
 */
import { fromBase64Url, fromUtf8 } from '../bytes.ts';
import { type JsonObject, parseJson } from '../json.ts';
import { ok, type Result } from '../result.ts';
import { fault, type TokenFault } from './fault.ts';

/** Asymmetric only, and only these. */
export const ALGORITHMS = [
  'EdDSA',
  'Ed25519',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
] as const;
export type Algorithm = (typeof ALGORITHMS)[number];
const KNOWN: ReadonlySet<unknown> = new Set(ALGORITHMS);
export const isAlgorithm = (value: unknown): value is Algorithm => KNOWN.has(value);

export const MAX_TOKEN = 8_192;
const MAX_KEY_ID = 256;
const MAX_DEPTH = 8;

export interface CompactToken {
  readonly text: string;
  readonly algorithm: Algorithm;
  readonly keyId: string | null;
  /** As sent; null where the header has none. */
  readonly typ: string | null;
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/** Whether it is worth reading as a token at all: three base64url parts of a sane length. */
export const looksLikeToken = (text: string): boolean =>
  text.length <= MAX_TOKEN && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text);

/** Members by which a token would choose its own key or its own rules. */
const NOT_ALLOWED = ['crit', 'b64', 'zip', 'enc', 'jku', 'x5u', 'x5c', 'jwk'] as const;

/** `ownKey`: the header holds the public key (`jwk`), as that of a DPoP proof does. */
export const readToken = (text: string, ownKey = false): Result<CompactToken, TokenFault> => {
  if (text.length > MAX_TOKEN) return fault('too_large');
  const parts = text.split('.');
  if (parts.length === 5) return fault('encrypted');
  const [headerPart, claimsPart, signaturePart] = parts;
  if (parts.length !== 3 || headerPart === undefined || claimsPart === undefined || signaturePart === undefined) {
    return fault('malformed');
  }
  const headerBytes = fromBase64Url(headerPart);
  const claimsBytes = fromBase64Url(claimsPart);
  if (headerBytes === undefined || claimsBytes === undefined || fromBase64Url(signaturePart) === undefined) {
    return fault('malformed');
  }
  const header = readObject(headerBytes);
  if (header === null) return fault('header_malformed');
  const judged = readHeader(header, ownKey);
  if (!judged.ok) return judged;
  const claims = readObject(claimsBytes);
  return claims === null ? fault('payload_malformed') : ok({ ...judged.value, text, header, claims });
};

const readObject = (bytes: Uint8Array): JsonObject | null => {
  const text = fromUtf8(bytes);
  const parsed = text === undefined ? null : parseJson(text, { maxDepth: MAX_DEPTH });
  if (parsed === null || !parsed.ok) return null;
  const { value } = parsed;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
};

type Header = Pick<CompactToken, 'algorithm' | 'keyId' | 'typ'>;

const readHeader = (header: JsonObject, ownKey: boolean): Result<Header, TokenFault> => {
  const { alg, kid, typ, cty } = header;
  const brought = NOT_ALLOWED.find((name) => Object.hasOwn(header, name) && !(ownKey && name === 'jwk'));
  if (brought !== undefined) return fault('header_not_allowed', brought);
  if (alg === undefined) return fault('algorithm_missing');
  if (typeof alg === 'string' && alg.toLowerCase() === 'none') return fault('algorithm_none', alg);
  if (!isAlgorithm(alg)) return fault('algorithm_not_allowed', String(alg));
  if (cty !== undefined) return fault('nested');
  if (typ !== undefined && typeof typ !== 'string') return fault('header_malformed');
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > MAX_KEY_ID)) {
    return fault('key_id_malformed');
  }
  return ok({ algorithm: alg, keyId: kid ?? null, typ: typ ?? null });
};

/** RFC 7515 4.1.9: `application/` is left out as a rule, and case says nothing. */
export const sameTyp = (sent: string | null, wanted: string | null): boolean => {
  const bare = (typ: string | null) => typ?.toLowerCase().replace(/^application\/(?=[^/]+$)/, '') ?? null;
  return bare(sent) === bare(wanted);
};
