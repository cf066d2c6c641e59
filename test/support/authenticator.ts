/** An authenticator in software, as WebAuthn describes one: what a device makes of a challenge, and what a bad one would. */
import { fromBase64Url, toBase64Url } from '../../src/core/bytes.ts';
import { sha256 } from '../../src/core/hash.ts';
import type { Members } from './hall-client.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const join = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const length = (major: number, size: number): number[] =>
  size < 24 ? [major | size] : size < 256 ? [major | 24, size] : [major | 25, size >> 8, size & 255];
const cborBytes = (bytes: Uint8Array): Uint8Array => join(length(0x40, bytes.length), bytes);
const cborText = (text: string): Uint8Array => join(length(0x60, text.length), utf8(text));

/** A WebCrypto signature (r and s, each 32 bytes) as ASN.1, which authenticators send. */
const asn1 = (raw: Uint8Array): Uint8Array => {
  const integer = (part: Uint8Array): Uint8Array => {
    const start = part.findIndex((byte) => byte !== 0);
    const bare = part.slice(start < 0 ? 31 : start);
    const padded = (bare[0] ?? 0) > 127 ? join([0], bare) : bare;
    return join([2, padded.length], padded);
  };
  const body = join(integer(raw.slice(0, 32)), integer(raw.slice(32)));
  return join([0x30, body.length], body);
};

export interface Manner {
  readonly origin?: string;
  readonly rpId?: string;
  /** Whether it asked its user for a finger or a PIN. */
  readonly verified?: boolean;
  readonly challenge?: string;
  readonly type?: string;
}

export class Authenticator {
  readonly #keys: CryptoKeyPair;
  readonly #credential = crypto.getRandomValues(new Uint8Array(16));
  readonly #origin: string;
  #counter = 0;

  private constructor(keys: CryptoKeyPair, origin: string) {
    this.#keys = keys;
    this.#origin = origin;
  }

  static async make(origin: string): Promise<Authenticator> {
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    return new Authenticator(keys as CryptoKeyPair, origin);
  }

  get id(): string {
    return toBase64Url(this.#credential);
  }

  #clientData(type: string, challenge: string, { origin = this.#origin, ...manner }: Manner): Uint8Array {
    return utf8(
      JSON.stringify({
        type: manner.type ?? type,
        challenge: manner.challenge ?? challenge,
        origin,
        crossOrigin: false,
      }),
    );
  }

  #data(flags: number, { rpId = new URL(this.#origin).hostname, verified = true }: Manner): Uint8Array {
    this.#counter += 1;
    return join(sha256(rpId), [flags | 1 | (verified ? 4 : 0), 0, 0, 0, this.#counter]);
  }

  async create(options: Members, manner: Manner = {}): Promise<Members> {
    const { x, y } = (await crypto.subtle.exportKey('jwk', this.#keys.publicKey)) as JsonWebKey;
    const point = (text: string | undefined): Uint8Array => cborBytes(fromBase64Url(text ?? '') ?? new Uint8Array());
    // {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
    const key = join([0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21], point(x), [0x22], point(y));
    const data = join(this.#data(0x40, manner), new Uint8Array(16), [0, 16], this.#credential, key);
    const attestation = join(
      [0xa3],
      cborText('fmt'),
      cborText('none'),
      cborText('attStmt'),
      [0xa0],
      cborText('authData'),
      cborBytes(data),
    );
    return {
      id: this.id,
      rawId: this.id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: toBase64Url(this.#clientData('webauthn.create', String(options.challenge), manner)),
        attestationObject: toBase64Url(attestation),
        transports: ['internal'],
      },
    };
  }

  async sign(options: Members, manner: Manner = {}): Promise<Members> {
    const data = this.#data(0, manner);
    const client = this.#clientData('webauthn.get', String(options.challenge), manner);
    const signed = join(data, sha256(client));
    const raw = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, this.#keys.privateKey, signed);
    return {
      id: this.id,
      rawId: this.id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        authenticatorData: toBase64Url(data),
        clientDataJSON: toBase64Url(client),
        signature: toBase64Url(asn1(new Uint8Array(raw))),
      },
    };
  }
}
