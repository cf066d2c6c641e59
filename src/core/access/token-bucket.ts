/**
 * Rate limits as token buckets: `requests` at once, refilled evenly over `per_s` seconds. All integers: the debt is
 * counted in tokens × milliseconds, so nothing is rounded and exactly `requests` pass, however many ask together.
 */
import { z } from 'zod';

export const RateLimit = z
  .strictObject({
    requests: z.int().min(1).max(1_000_000).meta({ description: 'so many at once' }),
    per_s: z.int().min(1).max(86_400).meta({ description: 'seconds in which an empty allowance is full again' }),
  })
  .meta({ id: 'RateLimit' });
export type RateLimit = z.infer<typeof RateLimit>;

/** What was taken and has not been refilled yet, as of `at` (ms). A new bucket owes nothing. */
export interface Bucket {
  readonly debt: number;
  readonly at: number;
}

const MS = 1000;
const windowMs = (limit: RateLimit): number => limit.per_s * MS;
/** The debt of an empty bucket. */
const most = (limit: RateLimit): number => limit.requests * windowMs(limit);

/** The bucket as it is now. A clock that went back refills nothing, and keeps nobody waiting longer for it. */
export const refilled = (bucket: Bucket, limit: RateLimit, nowMs: number): Bucket => ({
  debt: Math.min(most(limit), Math.max(0, bucket.debt - Math.max(0, nowMs - bucket.at) * limit.requests)),
  at: nowMs,
});

/**
 * Milliseconds until `count` may be taken from a bucket as it is now; 0: at once. More than the whole allowance may be
 * taken when it is full: the bucket then owes the rest.
 */
export const waitFor = (bucket: Bucket, limit: RateLimit, count: number): number => {
  const needed = Math.min(count, limit.requests) * windowMs(limit);
  return Math.max(0, Math.ceil((bucket.debt + needed - most(limit)) / limit.requests));
};

export const taken = (bucket: Bucket, limit: RateLimit, count: number): Bucket => ({
  debt: bucket.debt + count * windowMs(limit),
  at: bucket.at,
});

export const remaining = (bucket: Bucket, limit: RateLimit): number =>
  Math.max(0, Math.floor((most(limit) - bucket.debt) / windowMs(limit)));

/** How much is stored ahead: a tenth of the allowance, so a restart costs at most that much and gives nothing. */
export const reserve = (limit: RateLimit): number => Math.ceil(limit.requests / 10);
