/** The keys of the service, as this browser believes them. */
import { getJson } from '../api/http.ts';

const KEYS_ARE_PINNED = 'guildhall.jwks';

/** The keys as this browser saw them last: a receipt can be judged with the service gone. */
export const trustedKeys = async (): Promise<unknown> => {
  try {
    const jwks = await getJson<unknown>('/.well-known/jwks.json');
    localStorage.setItem(KEYS_ARE_PINNED, JSON.stringify(jwks));
    return jwks;
  } catch (error) {
    const pinned = localStorage.getItem(KEYS_ARE_PINNED);
    if (pinned === null) throw error;
    return JSON.parse(pinned);
  }
};
