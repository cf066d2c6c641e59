/**
 * Rate limits of the tenant and of its keys, exact: one object counts, synchronously, before any decision work.
 *
 * INVARIANT: what is stored owes at least what memory owes. A bucket is stored with a tenth of its allowance taken
 * ahead, so most requests write nothing, and a restart gives nothing: the part of that tenth not used yet is lost.
 */
import {
  type Bucket,
  type RateLimit,
  refilled,
  remaining,
  reserve,
  taken,
  waitFor,
} from '../core/access/token-bucket.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import type { Ledger } from '../ledger/commit.ts';
import type { TenantMemo } from './plan.ts';

/** A limit that a request falls under. `bucket` names what is counted together: a key and those it was rotated to. */
export interface Limited {
  readonly policy: 'tenant' | 'key';
  readonly bucket: string;
  readonly limit: RateLimit;
}

interface BucketRow {
  readonly [column: string]: SqlStorageValue;
  readonly bucket: string;
  readonly debt: number;
  readonly at: number;
}

interface Counted {
  readonly now: Bucket;
  readonly stored: Bucket;
}

const NEW: Bucket = { debt: 0, at: 0 };

export class Limits {
  readonly #ledger: Ledger<TenantMemo>;
  #buckets = new Map<string, Counted>();

  constructor(ledger: Ledger<TenantMemo>) {
    this.#ledger = ledger;
  }

  reload(): void {
    const rows = this.#ledger.sql.exec<BucketRow>('SELECT bucket, debt, at FROM rate_buckets').toArray();
    this.#buckets = new Map(
      rows.map(({ bucket, debt, at }) => [bucket, { now: { debt, at }, stored: { debt, at } }] as const),
    );
  }

  /** Takes `count` from every bucket or from none. */
  take(limits: readonly Limited[], count: number, nowMs: number): Refusal | null {
    if (count === 0 || limits.length === 0) return null;
    const before = limits.map((limited) => ({ limited, bucket: this.#nowOf(limited, nowMs) }));
    const waits = before.map(({ limited, bucket }) => waitFor(bucket, limited.limit, count));
    const retryAfterMs = Math.max(...waits);
    if (retryAfterMs > 0) {
      const met = before[waits.indexOf(retryAfterMs)];
      if (met !== undefined) return limitReached(met.limited, met.bucket, retryAfterMs);
    }
    for (const { limited, bucket } of before) this.#put(limited, taken(bucket, limited.limit, count), nowMs);
    return null;
  }

  #nowOf({ bucket, limit }: Limited, nowMs: number): Bucket {
    return refilled(this.#buckets.get(bucket)?.now ?? NEW, limit, nowMs);
  }

  #put({ bucket, limit }: Limited, now: Bucket, nowMs: number): void {
    const stored = refilled(this.#buckets.get(bucket)?.stored ?? NEW, limit, nowMs);
    if (now.debt <= stored.debt) {
      this.#buckets.set(bucket, { now, stored });
      return;
    }
    const ahead = taken(now, limit, reserve(limit));
    // If we stop after this write, the request has taken its tokens and was not served: the safe side.
    this.#ledger.note(() => {
      this.#ledger.sql.exec(
        'INSERT OR REPLACE INTO rate_buckets (bucket, debt, at) VALUES (?, ?, ?)',
        bucket,
        ahead.debt,
        ahead.at,
      );
    });
    this.#buckets.set(bucket, { now, stored: ahead });
  }
}

const limitReached = ({ policy, limit }: Limited, bucket: Bucket, retryAfterMs: number): Refusal => ({
  ...refusal('rate_limited', `the limit of this ${policy} is ${limit.requests} requests in ${limit.per_s} s`),
  retryAfterMs,
  limit: { policy, requests: limit.requests, perSeconds: limit.per_s, remaining: remaining(bucket, limit) },
});
