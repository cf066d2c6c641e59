/** A ledger entry, as far as the registry reads it. */
import type { JsonObject } from '../core/json.ts';

export interface LedgerEntry {
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly type: string;
  readonly body: JsonObject;
}
