/**
 * The mark of a browser in which the owner of an account has signed in, or has set its password by mail. It opens nothing:
 * wrong passwords that come from elsewhere just do not count against it, so that no stranger locks an owner out.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { utf8 } from '../core/bytes.ts';
import { randomToken } from './secrets.ts';

const NAME = 'guildhall.device';
const YEAR_S = 365 * 24 * 3600;

const nameAt = (origin: string): string => (origin.startsWith('https:') ? `__Secure-${NAME}` : NAME);

const sealOf = (secret: string, email: string, device: string): string =>
  createHmac('sha256', secret).update(`device\n${device}\n${email.toLowerCase()}`).digest('base64url');

/** A `set-cookie` for the pages of people. */
export const deviceCookie = (secret: string, email: string, origin: string): string => {
  const device = randomToken();
  const flags = `Max-Age=${YEAR_S}; Path=/v1/account; HttpOnly; SameSite=Lax${origin.startsWith('https:') ? '; Secure' : ''}`;
  return `${nameAt(origin)}=${device}.${sealOf(secret, email, device)}; ${flags}`;
};

/** Which browser it is; null: none in which this account was opened before. */
export const knownDevice = (secret: string, email: string, origin: string, cookies: string | null): string | null => {
  const named = (cookies ?? '').split('; ').find((cookie) => cookie.startsWith(`${nameAt(origin)}=`));
  const [device = '', seal = ''] = named?.slice(nameAt(origin).length + 1).split('.') ?? [];
  const [claimed, due] = [utf8(seal), utf8(sealOf(secret, email, device))];
  return claimed.length === due.length && timingSafeEqual(claimed, due) ? device : null;
};
