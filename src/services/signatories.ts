/** Registering signatories, and trying a token on one: what would become of it, with no effect. */
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { FAULTS, type FaultReason, type TokenFault } from '../core/signatory/fault.ts';
import { type PublicKey, selectKey } from '../core/signatory/keys.ts';
import { type Signatory, type SignatoryTerms, signatorySet } from '../core/signatory/signatory.ts';
import { isUsable, proofUrl } from '../keys/signatory-jwt.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';
import { type Change, change } from './manage.ts';
import type { SubmitOptions } from './submit.ts';
import { judgeToken } from './vouching.ts';

const wrong = (field: string, message: string): Result<never, Refusal> =>
  err(refusal('invalid_body', `${field}: ${message}`, [{ field, message }]));

/** What the schema cannot see: whether the URL may be asked, and whether the keys are keys. */
const judgeTerms = async (deps: Deps, terms: SignatoryTerms): Promise<Result<null, Refusal>> => {
  if (terms.jwks_url !== undefined) {
    const url = deps.outbound.permits(terms.jwks_url);
    if (!url.ok) return wrong('/jwks_url', `it may not be fetched: ${url.error.replaceAll('_', ' ')}`);
  }
  for (const [index, key] of (terms.jwks?.keys ?? []).entries()) {
    const fault = await keyFault(key, terms);
    if (fault !== null) return wrong(`/jwks/keys/${index}`, fault);
  }
  return ok(null);
};

const keyFault = async (key: PublicKey, { algorithms }: SignatoryTerms): Promise<string | null> => {
  const algorithm = algorithms.find((one) => selectKey([key], { algorithm: one, keyId: null }).ok);
  if (algorithm === undefined) return 'it fits none of the algorithms';
  return (await isUsable(key, algorithm)) ? null : 'it is no key';
};

const put = async (
  deps: Deps,
  caller: Caller,
  command: Change & { readonly terms: SignatoryTerms },
  options: SubmitOptions,
): Promise<Result<JsonObject, Refusal>> => {
  const judged = await judgeTerms(deps, command.terms);
  return judged.ok ? changeSignatories(deps, caller, command, options) : judged;
};

/** This isolate reads the tenant's signatories again, with the next token. */
const changeSignatories = async (
  deps: Deps,
  caller: Caller,
  command: Change,
  options: SubmitOptions,
): Promise<Result<JsonObject, Refusal>> => {
  const changed = await change(deps, caller, command, options);
  deps.issuers.forgetSet(caller.tenant);
  return changed;
};

export const registerSignatory = (deps: Deps, caller: Caller, terms: SignatoryTerms, options: SubmitOptions) =>
  put(deps, caller, { kind: 'signatory.register', terms }, options);

export const replaceSignatory = (
  deps: Deps,
  caller: Caller,
  signatoryId: string,
  terms: SignatoryTerms,
  options: SubmitOptions,
) => put(deps, caller, { kind: 'signatory.replace', signatoryId, terms }, options);

export const removeSignatory = (deps: Deps, caller: Caller, signatoryId: string, options: SubmitOptions) =>
  changeSignatories(deps, caller, { kind: 'signatory.remove', signatoryId }, options);

export interface Trial {
  readonly token: string;
  readonly proof?: { readonly jwt: string; readonly method: string; readonly url: string } | undefined;
}

/** As if the token came now in the body of a question: judged by this one signatory, and not used up. */
export const tryToken = async (
  deps: Deps,
  caller: Caller,
  signatoryId: string,
  { token, proof }: Trial,
): Promise<Result<JsonObject, Refusal>> => {
  const known = await ask(deps, caller, { kind: 'signatory', signatoryId });
  if (!known.ok) return known;
  const set = signatorySet([known.value as unknown as Signatory]);
  const judged = await judgeToken(deps, caller.tenant, set, {
    token,
    scheme: null,
    proof: proof === undefined ? null : { proof: proof.jwt, method: proof.method, url: proofUrl(proof.url) ?? '' },
    use: deps.newId(),
  });
  if (!judged.ok) return ok(refusedToken(judged.error));
  const vouched = judged.value;
  const answer = await ask(deps, caller, { kind: 'signatory.evidence', presented: vouched });
  if (!answer.ok) return answer;
  const evidence = answer.value.evidence as unknown as { readonly kind: string; readonly reason?: FaultReason };
  if (evidence.reason !== undefined) return ok(refusedToken({ reason: evidence.reason }));
  return ok({
    accepted: true,
    tenant_id: vouched.tenantId,
    scopes: [...vouched.scopes],
    subject: vouched.subject,
    expires_at: new Date(vouched.endsAtMs).toISOString(),
    used_up_by_use: vouched.once.length > 0,
  });
};

const refusedToken = ({ reason, detail }: TokenFault): JsonObject => ({
  accepted: false,
  reason,
  explanation: FAULTS[reason],
  detail: detail ?? null,
});
