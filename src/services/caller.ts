/** The caller, made once in the middleware; the only way to a tenant object. */
import type { TenantId } from '../core/ids.ts';
import type { Credential } from '../tenant/commands.ts';

export interface Caller {
  readonly tenant: TenantId;
  readonly credential: Credential;
}

/** The caller for a second call of one request, which counts against the rate limits once. */
export const counted = (caller: Caller): Caller =>
  caller.credential.kind === 'api_key' ? { ...caller, credential: { ...caller.credential, counted: true } } : caller;
