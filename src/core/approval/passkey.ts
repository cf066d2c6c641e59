/**
 * Answers that are signed with a passkey: a WebAuthn assertion (Level 3, 7.2) whose challenge is what is answered, so
 * that the signature says who said what about which question, under which policy, until when; and says it to anybody
 * who has the entry and the key. Synchronous and portable: the same check in the object, the verifier and a browser.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { z } from 'zod';
import { concat, equalBytes, fromBase64Url, fromUtf8, toBase64Url, utf8 } from '../bytes.ts';
import { canonicalJson } from '../canonical.ts';
import { sha256 } from '../hash.ts';
import { type JsonObject, parseJson } from '../json.ts';

const base64url = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[A-Za-z0-9_-]+$/, 'expected base64url');

export const PasskeyAssertion = z
  .strictObject({
    credential_id: base64url(1_400),
    authenticator_data: base64url(4_096),
    client_data_json: base64url(4_096),
    signature: base64url(512),
  })
  .meta({ id: 'PasskeyAssertion', description: 'what navigator.credentials.get() answers, each part as base64url' });
export type PasskeyAssertion = z.output<typeof PasskeyAssertion>;

/** `public_key`: base64url of 65 bytes (ES256, uncompressed point) or of 32 (EdDSA). */
export const Passkey = z.strictObject({
  algorithm: z.enum(['ES256', 'EdDSA']),
  credential_id: base64url(1_400),
  public_key: base64url(128),
  rp_id: z.string().min(1).max(253),
});
export type Passkey = z.output<typeof Passkey>;

/** As an entry holds it: the key that was registered, and what was signed with it. */
export const SignedWith = z.strictObject({ ...Passkey.shape, ...PasskeyAssertion.shape });
export type SignedWith = z.output<typeof SignedWith>;

export interface AnswerTerms {
  readonly subject_hash: string;
  readonly policy: string | null;
  /** Microseconds since the epoch. */
  readonly expires_at: number;
  readonly verdict: 'approve' | 'deny';
}

const challengeOf = (document: JsonObject): string => toBase64Url(sha256(canonicalJson(document)));

/** What is signed, as base64url: a yes, or a no, to exactly this. */
export const answerChallenge = ({ subject_hash, policy, expires_at, verdict }: AnswerTerms): string =>
  challengeOf({ expires_at, policy, subject_hash, verdict });

/** What is signed to register a key: whoever does holds it, and means this tenant and this person. */
export const registrationChallenge = (tenant: string, userId: string, publicKey: string): string =>
  challengeOf({ public_key: publicKey, register: 'approval-passkey', tenant, user_id: userId });

const P256_SPKI = '3059301306072a8648ce3d020106082a8648ce3d030107034200';
const ED25519_SPKI = '302a300506032b6570032100';
const hexOf = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The key out of a SubjectPublicKeyInfo (`getPublicKey()` of a browser); null for any other kind of key. */
export const readSpki = (spki: string): Pick<Passkey, 'algorithm' | 'public_key'> | null => {
  const der = fromBase64Url(spki);
  if (der === undefined) return null;
  const start = hexOf(der.subarray(0, 26));
  if (der.length === 91 && start === P256_SPKI && der[26] === 4) {
    return { algorithm: 'ES256', public_key: toBase64Url(der.slice(26)) };
  }
  if (der.length === 44 && start.startsWith(ED25519_SPKI)) {
    return { algorithm: 'EdDSA', public_key: toBase64Url(der.slice(12)) };
  }
  return null;
};

const PRESENT_AND_VERIFIED = 0b101;

/** Null: it holds. Else what does not. Never throws. */
export const assertionFault = (key: Passkey, assertion: PasskeyAssertion, challenge: string): string | null => {
  if (assertion.credential_id !== key.credential_id) return 'signed with another passkey';
  const [data, client, signature, publicKey] = [
    assertion.authenticator_data,
    assertion.client_data_json,
    assertion.signature,
    key.public_key,
  ].map((text) => fromBase64Url(text));
  if (data === undefined || client === undefined || signature === undefined || publicKey === undefined) {
    return 'a part is not base64url';
  }
  const wrong = clientFault(client, challenge, key.rp_id);
  if (wrong !== null) return wrong;
  if (data.length < 37) return 'the authenticator data are too short';
  if (!equalBytes(data.subarray(0, 32), sha256(key.rp_id))) return 'signed for another site';
  if (((data[32] ?? 0) & PRESENT_AND_VERIFIED) !== PRESENT_AND_VERIFIED) return 'the person was not verified';
  return isSigned(key.algorithm, publicKey, concat(data, sha256(client)), signature)
    ? null
    : 'the signature does not hold';
};

const clientFault = (bytes: Uint8Array, challenge: string, rpId: string): string | null => {
  const parsed = parseJson(fromUtf8(bytes) ?? '');
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value)) {
    return 'the client data are not JSON';
  }
  const { type, challenge: signed, origin, crossOrigin } = parsed.value as JsonObject;
  if (type !== 'webauthn.get') return 'the client data are of something else';
  if (signed !== challenge) return 'signed for another answer';
  if (crossOrigin === true) return 'signed within the page of somebody else';
  return typeof origin === 'string' && isOf(origin, rpId) ? null : 'signed on another site';
};

/** `https` wherever it is not the machine itself. */
const isOf = (origin: string, rpId: string): boolean => {
  const host =
    /^https:\/\/([^/:@?#]+)(?::\d+)?$/.exec(origin)?.[1] ?? /^http:\/\/(localhost)(?::\d+)?$/.exec(origin)?.[1];
  return host === rpId || host?.endsWith(`.${rpId}`) === true;
};

const isSigned = (
  algorithm: Passkey['algorithm'],
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean => {
  try {
    if (algorithm === 'EdDSA') return ed25519.verify(signature, message, publicKey, { zip215: false });
    return p256.verify(signature, message, publicKey, { format: 'der', lowS: false });
  } catch {
    return false;
  }
};

export const isGoodKey = ({ algorithm, public_key }: Pick<Passkey, 'algorithm' | 'public_key'>): boolean => {
  const bytes = fromBase64Url(public_key);
  if (bytes === undefined) return false;
  try {
    (algorithm === 'EdDSA' ? ed25519 : p256).Point.fromBytes(bytes).assertValidity();
    return true;
  } catch {
    return false;
  }
};

export const clientDataOf = (challenge: string, origin: string): string =>
  toBase64Url(utf8(JSON.stringify({ type: 'webauthn.get', challenge, origin, crossOrigin: false })));
