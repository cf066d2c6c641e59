/**
 * Secrets that have to be read again (an API key need not be, and is kept as a hash): AES-256-GCM under a key that is
 * derived from the service's own, bound to the place they are kept in. Who reads the storage alone reads nothing, and
 * what was moved to another place does not open.
 */
import { createCipheriv, createDecipheriv, getRandomValues } from 'node:crypto';
import { fromBase64Url, toBase64Url, utf8 } from '../core/bytes.ts';

const FORM = 's1.';
const IV_BYTES = 12;
const TAG_BYTES = 16;

export interface Sealer {
  readonly seal: (text: string, place: string) => string;
  /** Null: not sealed by this service, or for another place. */
  readonly open: (sealed: string, place: string) => string | null;
}

/** `secret`: 256 bits in base64url. */
export const sealer = (secret: string): Sealer => {
  const key = fromBase64Url(secret);
  if (key?.length !== 32) throw new Error('a sealing key has 256 bits');
  return {
    seal: (text, place) => {
      const iv = getRandomValues(new Uint8Array(IV_BYTES));
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      cipher.setAAD(utf8(place));
      const sealed = Buffer.concat([cipher.update(utf8(text)), cipher.final()]);
      return FORM + toBase64Url(Buffer.concat([iv, sealed, cipher.getAuthTag()]));
    },
    open: (sealed, place) => {
      const bytes = sealed.startsWith(FORM) ? fromBase64Url(sealed.slice(FORM.length)) : undefined;
      if (bytes === undefined || bytes.length < IV_BYTES + TAG_BYTES) return null;
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
        decipher.setAAD(utf8(place));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
        return text.toString('utf8');
      } catch {
        return null;
      }
    },
  };
};
