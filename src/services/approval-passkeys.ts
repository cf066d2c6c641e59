/** Passkeys with which people sign their answers: theirs to register, at this site, while they have just signed in. */
import { type Passkey, type PasskeyAssertion, readSpki, registrationChallenge } from '../core/approval/passkey.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';
import { change } from './manage.ts';

const keyOf = (deps: Deps, credentialId: string, spki: string): Result<Passkey, Refusal> => {
  const key = readSpki(spki);
  if (key === null) {
    const message = 'expected the SubjectPublicKeyInfo of an ES256 or an Ed25519 key';
    return err(refusal('invalid_body', `public_key: ${message}`, [{ field: '/public_key', message }]));
  }
  return ok({ ...key, credential_id: credentialId, rp_id: new URL(deps.publicUrl).hostname });
};

/** What has to be signed with the new key to register it. */
export const passkeyChallenge = async (
  deps: Deps,
  caller: Caller,
  spki: string,
): Promise<Result<JsonObject, Refusal>> => {
  // That there is such a person here is for the tenant to say.
  const known = await myPasskeys(deps, caller);
  if (!known.ok) return known;
  const key = keyOf(deps, '-', spki);
  if (!key.ok) return key;
  return ok({
    challenge: registrationChallenge(caller.tenant, String(known.value.user_id), key.value.public_key),
    rp_id: key.value.rp_id,
    user_verification: 'required',
  });
};

export const registerPasskey = async (
  deps: Deps,
  caller: Caller,
  asked: { readonly name: string; readonly public_key: string; readonly assertion: PasskeyAssertion },
): Promise<Result<JsonObject, Refusal>> => {
  const key = keyOf(deps, asked.assertion.credential_id, asked.public_key);
  if (!key.ok) return key;
  return change(deps, caller, {
    kind: 'passkey.register',
    key: key.value,
    name: asked.name,
    assertion: asked.assertion,
  });
};

export const myPasskeys = (deps: Deps, caller: Caller): Promise<Result<JsonObject, Refusal>> => {
  const { credential } = caller;
  return ask(deps, caller, { kind: 'passkeys', userId: credential.kind === 'human' ? credential.userId : null });
};
