/** Secrets that are drawn, and secrets that come from others. */
import { createHmac, getRandomValues } from 'node:crypto';
import { toBase64Url } from '../core/bytes.ts';

/** For a link: 256 bits from the system, in base64url. */
export const randomToken = (): string => toBase64Url(getRandomValues(new Uint8Array(32)));

/** A secret for one purpose from another one, which it does not give away. */
export const derivedSecret = (secret: string, purpose: string): string =>
  createHmac('sha256', secret).update(`guildhall ${purpose} v1`).digest('base64url');
