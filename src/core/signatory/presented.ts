/** What a Worker found of a token, as it tells the tenant object: plain data, and nothing of the token itself. */
import type { Scope } from '../caller.ts';
import type { Once } from './claims.ts';
import type { FaultReason } from './fault.ts';

export interface Vouched {
  readonly kind: 'vouched';
  readonly signatoryId: string;
  readonly tenantId: string;
  /** `sub`, for a name under which the ledger knows the caller; it is not kept. */
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly endsAtMs: number;
  /** What may be used once: the token, the proof that came with it. */
  readonly once: readonly Once[];
  /** Names the request it came with: within one request it is one use. */
  readonly use: string;
  /** Lower-hex SHA-256 of the token. */
  readonly tokenHash: string;
}

export interface NotVouched {
  readonly kind: 'refused';
  readonly reason: FaultReason;
}

export type Presented = { readonly kind: 'none' } | NotVouched | Vouched;
