/**
 * Signatures of tokens that signatories issued, and of the DPoP proofs that come with them. Only the signature is
 * checked here: `core/signatory` has read the token before, and judges its claims after.
 */
import { type CryptoKey, calculateJwkThumbprint, compactVerify, errors, importJWK, type JWK } from 'jose';
import { ok, type Result } from '../core/result.ts';
import { type FaultReason, fault, type TokenFault } from '../core/signatory/fault.ts';
import { type PublicKey, readKey, selectKey } from '../core/signatory/keys.ts';
import { PROOF_TYP } from '../core/signatory/proof.ts';
import { type Algorithm, type CompactToken, readToken, sameTyp } from '../core/signatory/token.ts';

/** Imported keys, for as long as the key set that holds them is kept. Finished imports only: requests share nothing. */
const imported = new WeakMap<PublicKey, Map<Algorithm, CryptoKey>>();

/** The key itself, without what is said about it. */
const bare = ({ kid: _, alg: __, use: ___, ...key }: PublicKey): JWK => key;

const importKey = async (key: PublicKey, algorithm: Algorithm): Promise<CryptoKey | null> => {
  const known = imported.get(key)?.get(algorithm);
  if (known !== undefined) return known;
  try {
    const made = await importJWK(bare(key), algorithm);
    if (made instanceof Uint8Array) return null;
    const byAlgorithm = imported.get(key) ?? new Map<Algorithm, CryptoKey>();
    imported.set(key, byAlgorithm.set(algorithm, made));
    return made;
  } catch {
    return null;
  }
};

/** Whether the runtime takes it as a key: a point on its curve, a modulus that is one. */
export const isUsable = async (key: PublicKey, algorithm: Algorithm): Promise<boolean> =>
  (await importKey(key, algorithm)) !== null;

const signatureBy = async (
  token: CompactToken,
  key: PublicKey,
  wrong: FaultReason,
): Promise<Result<null, TokenFault>> => {
  const usable = await importKey(key, token.algorithm);
  if (usable === null) return fault('key_unusable');
  try {
    await compactVerify(token.text, usable, { algorithms: [token.algorithm] });
    return ok(null);
  } catch (error) {
    return fault(error instanceof errors.JWSSignatureVerificationFailed ? wrong : 'key_unusable');
  }
};

export const verifyToken = async (
  token: CompactToken,
  keys: readonly PublicKey[],
): Promise<Result<null, TokenFault>> => {
  const key = selectKey(keys, token);
  return key.ok ? signatureBy(token, key.value, 'signature_invalid') : key;
};

export interface VerifiedProof {
  readonly claims: CompactToken['claims'];
  /** RFC 7638, of the key that the proof was made with. */
  readonly thumbprint: string;
  /** The `htu` claim without query and fragment, in normal form; null where it is no URL. */
  readonly url: string | null;
}

/** A URL as proofs name it: normalised, without query and fragment (RFC 9449 4.2). */
export const proofUrl = (text: string): string | null => {
  if (!URL.canParse(text)) return null;
  const { origin, pathname } = new URL(text);
  return origin + pathname;
};

export const verifyProof = async (text: string): Promise<Result<VerifiedProof, TokenFault>> => {
  const proof = readToken(text, true);
  if (!proof.ok) return fault('proof_malformed', proof.error.reason);
  const { typ, header, claims, algorithm } = proof.value;
  if (!sameTyp(typ, PROOF_TYP)) return fault('proof_malformed', 'typ');
  // A proof that shows its private key proves nothing any more: that is no key here.
  const key = readKey(header.jwk);
  if (key === null || !selectKey([key], { algorithm, keyId: null }).ok) return fault('proof_malformed', 'jwk');
  const signed = await signatureBy(proof.value, key, 'proof_signature_invalid');
  if (!signed.ok) return signed.error.reason === 'key_unusable' ? fault('proof_malformed', 'jwk') : signed;
  const url = typeof claims.htu === 'string' ? proofUrl(claims.htu) : null;
  return ok({ claims, thumbprint: await calculateJwkThumbprint(bare(key)), url });
};
