/**
 * What a namespace signs its package manifests with: a secret, which is derived from the service's own and stored nowhere,
 * and public keys of its own. Setting either, and showing the secret, are entries of the tenant's ledger.
 */
import { fromBase64Url } from '../core/bytes.ts';
import type { JsonObject } from '../core/json.ts';
import { thumbprintOf } from '../core/ledger/trust.ts';
import type { Refusal } from '../core/refusal.ts';
import { ok, type Result } from '../core/result.ts';
import { namespaceSecret } from '../keys/manifest.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';
import { change } from './manage.ts';
import type { SubmitOptions } from './submit.ts';

/** Shows the secret; with `rotate` a new one, and nothing that was signed with the old one is accepted any more. */
export const showSecret = async (
  deps: Deps,
  caller: Caller,
  namespace: string,
  rotate: boolean,
  options: SubmitOptions,
): Promise<Result<JsonObject, Refusal>> => {
  const shown = await change(deps, caller, { kind: 'attestation.secret', namespace, rotate }, options);
  if (!shown.ok) return shown;
  const secret = namespaceSecret(deps.keyTagSecret, caller.tenant, namespace, Number(shown.value.generation));
  return ok({ ...shown.value, secret });
};

/** Replaces the keys of a namespace. `xs`: base64url of the 32 bytes of each. */
export const setKeys = async (
  deps: Deps,
  caller: Caller,
  namespace: string,
  xs: readonly string[],
  options: SubmitOptions,
): Promise<Result<JsonObject, Refusal>> => {
  const keys = Object.fromEntries(xs.map((x) => [thumbprintOf(fromBase64Url(x) ?? new Uint8Array()), x] as const));
  return change(deps, caller, { kind: 'attestation.keys', namespace, keys }, options);
};

export const keysOf = async (deps: Deps, caller: Caller, namespace: string): Promise<Result<JsonObject, Refusal>> => {
  const answer = await ask(deps, caller, { kind: 'attestation.trust', namespace });
  if (!answer.ok) return answer;
  const { generation, keys } = answer.value as unknown as {
    readonly generation: number;
    readonly keys: Readonly<Record<string, string>>;
  };
  const jwks = Object.entries(keys).map(([kid, x]) => ({ kty: 'OKP', crv: 'Ed25519', x, kid }));
  return ok({ namespace, generation, keys: jwks });
};
