/** The caller, made once in the middleware; the only way to a tenant object. */
import type { TenantId } from '../core/ids.ts';
import type { ProvenRequest } from '../core/signatory/proof.ts';
import type { Credential } from '../tenant/commands.ts';

/** A signatory's token as a credential, not verified yet: that takes the tenant's signatories and their keys. */
export interface TokenCredential {
  readonly kind: 'token';
  readonly token: string;
  readonly scheme: 'bearer' | 'dpop';
  /** Names this request. */
  readonly use: string;
  readonly counted?: true;
}

/** A DPoP header, and the request that it has to be about. */
export interface ProofOfPossession extends ProvenRequest {
  readonly proof: string;
}

export interface Caller {
  readonly tenant: TenantId;
  readonly credential: Credential | TokenCredential;
  readonly proof?: ProofOfPossession;
}

/** The caller for a second call of one request, which counts against the rate limits once. */
export const counted = (caller: Caller): Caller =>
  caller.credential.kind === 'api_key' || caller.credential.kind === 'human' || caller.credential.kind === 'token'
    ? { ...caller, credential: { ...caller.credential, counted: true } }
    : caller;
