/** WebAuthn's two ceremonies, in the JSON that browsers speak themselves. */
import { sendJson } from '../api/http.ts';
import { openAs, type Person } from './session.ts';

type Challenge = Readonly<Record<string, unknown>>;

/** Also where the address is no name, such as 127.0.0.1: there is nothing to bind a passkey to. */
export const canUsePasskeys = (): boolean =>
  typeof PublicKeyCredential !== 'undefined' &&
  'parseRequestOptionsFromJSON' in PublicKeyCredential &&
  !/^[\d.]+$|:/.test(location.hostname);

const madeBy = (credential: Credential | null): unknown => {
  if (!(credential instanceof PublicKeyCredential)) throw new Error('The browser gave no passkey.');
  return credential.toJSON();
};

/** A person who turns away is not told what the specification calls it. */
export const ceremony = async <T>(perform: () => Promise<T>): Promise<T> => {
  try {
    return await perform();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (error.name === 'InvalidStateError') throw new Error('This device has a passkey for this account already.');
    throw new Error('No passkey was used: it was not allowed, or took too long.');
  }
};

export const signInWithPasskey = async (): Promise<void> => {
  const options = await sendJson<Challenge>('POST', '/v1/account/sign-in/passkey/challenge');
  const response = await ceremony(async () => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
      options as unknown as PublicKeyCredentialRequestOptionsJSON,
    );
    return madeBy(await navigator.credentials.get({ publicKey }));
  });
  openAs(await sendJson<Person>('POST', '/v1/account/sign-in/passkey', { response }));
};

export const addPasskey = async (name: string): Promise<unknown> => {
  const options = await sendJson<Challenge>('POST', '/v1/account/passkeys/challenge');
  const response = await ceremony(async () => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
      options as unknown as PublicKeyCredentialCreationOptionsJSON,
    );
    return madeBy(await navigator.credentials.create({ publicKey }));
  });
  return sendJson('POST', '/v1/account/passkeys', { name, response });
};
