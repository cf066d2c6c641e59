/** What can be asked of the network object: commands change it through the one write path, everybody may read. */
import type { Actor } from '../core/caller.ts';
import type { JsonObject } from '../core/json.ts';
import type { Refusal } from '../core/refusal.ts';
import type { BanChange, BanPosition, NewBan } from '../core/registry/ban.ts';
import type { Result } from '../core/result.ts';
import type { Idempotency } from '../ledger/commit.ts';
import type { Recorded } from '../ledger/reading.ts';

export type NetworkCommand =
  | { readonly kind: 'ban.issue'; readonly ban: NewBan }
  | { readonly kind: 'ban.lift'; readonly banId: string; readonly reason: string }
  /** Issues the ban that a report asked for. */
  | { readonly kind: 'report.confirm'; readonly reportId: string; readonly ban: NewBan }
  | { readonly kind: 'report.dismiss'; readonly reportId: string; readonly reason: string };

export interface NetworkEnvelope {
  readonly command: NetworkCommand;
  readonly actor: Actor;
  readonly idempotency: Idempotency | null;
  readonly signingKeyId: string;
}

/** What a command recorded. After a wake-up it is refused as `ledger_unwitnessed` until the witness's head was shown. */
export type NetworkOutcome = Result<{ readonly value: JsonObject; readonly record: Recorded }, Refusal>;

/** A stretch of the list. `complete`: it reaches the newest epoch, so that a lease may stand on it. */
export interface BanDelta {
  /** What the changes follow on. */
  readonly since: BanPosition;
  readonly epoch: number;
  readonly changes: readonly BanChange[];
  readonly complete: boolean;
}

export interface LeaseAnswer extends BanDelta {
  /** 0: none. */
  readonly leaseMs: number;
  /** False after a wake-up: no lease before the witness's head was shown to this object. */
  readonly anchored: boolean;
}

/** What a tenant said that it knows, when it was told. */
export interface Acknowledgement extends BanPosition {
  readonly tenant: string;
}
