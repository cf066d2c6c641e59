/** The caller, made once in the middleware; the only way to a tenant object. */
import type { TenantId } from '../core/ids.ts';
import type { Credential } from '../tenant/commands.ts';

export interface Caller {
  readonly tenant: TenantId;
  readonly credential: Credential;
}
