/** A passkey in software: a key pair, and the assertions that a browser would answer with it. */
import { concat, fromBase64Url, toBase64Url, utf8 } from '../../src/core/bytes.ts';
import { sha256 } from '../../src/core/hash.ts';

export interface Assertion {
  readonly credential_id: string;
  readonly authenticator_data: string;
  readonly client_data_json: string;
  readonly signature: string;
  readonly [name: string]: string;
}

export interface Asked {
  readonly origin?: string;
  readonly rpId?: string;
  readonly flags?: number;
  readonly type?: string;
}

/** DER as WebAuthn has it; WebCrypto signs r ‖ s. */
const der = (raw: Uint8Array): Uint8Array => {
  const integer = (bytes: Uint8Array): number[] => {
    let start = 0;
    while (start < bytes.length - 1 && bytes[start] === 0) start++;
    const body = [...bytes.subarray(start)];
    const signed = (body[0] ?? 0) >= 0x80 ? [0, ...body] : body;
    return [2, signed.length, ...signed];
  };
  const both = [...integer(raw.subarray(0, 32)), ...integer(raw.subarray(32))];
  return new Uint8Array([0x30, both.length, ...both]);
};

export class ApprovalKey {
  readonly credentialId = toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
  readonly #pair: CryptoKeyPair;
  readonly #algorithm: 'ES256' | 'EdDSA';
  /** As `getPublicKey()` answers it. */
  readonly publicKey: string;

  private constructor(pair: CryptoKeyPair, algorithm: 'ES256' | 'EdDSA', publicKey: string) {
    this.#pair = pair;
    this.#algorithm = algorithm;
    this.publicKey = publicKey;
  }

  static async make(algorithm: 'ES256' | 'EdDSA' = 'ES256'): Promise<ApprovalKey> {
    const named = algorithm === 'ES256' ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'Ed25519' };
    const pair = (await crypto.subtle.generateKey(named, true, ['sign', 'verify'])) as CryptoKeyPair;
    const spki = (await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer;
    return new ApprovalKey(pair, algorithm, toBase64Url(new Uint8Array(spki)));
  }

  async sign(challenge: string, asked: Asked = {}): Promise<Assertion> {
    const { origin = 'https://hall.test', rpId = 'hall.test', flags = 0b101, type = 'webauthn.get' } = asked;
    const client = utf8(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
    const data = concat(sha256(rpId), new Uint8Array([flags, 0, 0, 0, 1]));
    const message = concat(data, sha256(client));
    const named = this.#algorithm === 'ES256' ? { name: 'ECDSA', hash: 'SHA-256' } : { name: 'Ed25519' };
    const raw = new Uint8Array(await crypto.subtle.sign(named, this.#pair.privateKey, message));
    return {
      credential_id: this.credentialId,
      authenticator_data: toBase64Url(data),
      client_data_json: toBase64Url(client),
      signature: toBase64Url(this.#algorithm === 'ES256' ? der(raw) : raw),
    };
  }
}

/** The same bytes but for one bit. */
export const flipped = (text: string): string => {
  const bytes = fromBase64Url(text) ?? new Uint8Array();
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
  return toBase64Url(bytes);
};
