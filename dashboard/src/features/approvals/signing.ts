/**
 * Answers that are signed. The passkeys are of this tenant and apart from those that somebody signs in with: what they
 * sign is a hash of what was shown, under which policy and until when, so the ledger proves it without us.
 */
import { getJson, sendJson } from '../../api/http.ts';
import { ceremony } from '../../session/passkey.ts';

export interface SigningKey {
  readonly credential_id: string;
  readonly name: string;
  readonly registered_at: string;
  readonly revoked_at: string | null;
}

export interface Assertion {
  readonly credential_id: string;
  readonly authenticator_data: string;
  readonly client_data_json: string;
  readonly signature: string;
}

export const SIGNING_KEYS = ['approval-passkeys'] as const;
const PATH = '/v1/approval-passkeys';

export const mySigningKeys = async (signal: AbortSignal): Promise<readonly SigningKey[]> => {
  const { passkeys } = await getJson<{ passkeys: readonly SigningKey[] }>(PATH, {}, signal);
  return passkeys.filter(({ revoked_at }) => revoked_at === null);
};

const bytesOf = (base64url: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));

/** `challenge` in base64url; by one of these passkeys, of somebody whom the device has verified. */
export const sign = (challenge: string, credentialIds: readonly string[]): Promise<Assertion> =>
  ceremony(async () => {
    const credential = await navigator.credentials.get({
      publicKey: {
        challenge: bytesOf(challenge),
        rpId: location.hostname,
        userVerification: 'required',
        allowCredentials: credentialIds.map((id) => ({ type: 'public-key', id: bytesOf(id) })),
      },
    });
    if (!(credential instanceof PublicKeyCredential)) throw new Error('The browser gave no signature.');
    const { id, response } = credential.toJSON() as AuthenticationResponseJSON;
    return {
      credential_id: id,
      authenticator_data: response.authenticatorData,
      client_data_json: response.clientDataJSON,
      signature: response.signature,
    };
  });

/** Makes one and registers it, which is a first signature: that whoever registers it holds it. */
export const addSigningKey = async (name: string, who: string, known: readonly SigningKey[]): Promise<unknown> => {
  const made = await ceremony(() =>
    navigator.credentials.create({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        rp: { id: location.hostname, name: 'Guildhall' },
        // A handle of its own: a device that keeps one passkey a person would replace the one that signs in.
        user: {
          id: crypto.getRandomValues(new Uint8Array(32)),
          name: `${who} (approvals)`,
          displayName: `${who} (approvals)`,
        },
        pubKeyCredParams: [
          { type: 'public-key', alg: -7 },
          { type: 'public-key', alg: -8 },
        ],
        authenticatorSelection: { userVerification: 'required', residentKey: 'discouraged' },
        excludeCredentials: known.map(({ credential_id }) => ({ type: 'public-key', id: bytesOf(credential_id) })),
      },
    }),
  );
  if (!(made instanceof PublicKeyCredential)) throw new Error('The browser gave no passkey.');
  const { id, response } = made.toJSON() as RegistrationResponseJSON;
  const { publicKey } = response;
  if (publicKey === undefined) throw new Error('This passkey is of a kind that cannot sign answers.');
  const asked = await sendJson<{ challenge: string }>('POST', `${PATH}/challenge`, { public_key: publicKey });
  const assertion = await sign(asked.challenge, [id]);
  return sendJson('POST', PATH, { name, public_key: publicKey, assertion });
};

export const removeSigningKey = (credentialId: string): Promise<unknown> =>
  sendJson('DELETE', `${PATH}/${encodeURIComponent(credentialId)}`);
