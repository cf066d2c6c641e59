import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Bucket,
  type RateLimit,
  refilled,
  remaining,
  taken,
  waitFor,
} from '../../../src/core/access/token-bucket.ts';

const NEW: Bucket = { debt: 0, at: 0 };
const take = (bucket: Bucket, limit: RateLimit, count: number, nowMs: number): { bucket: Bucket; wait: number } => {
  const now = refilled(bucket, limit, nowMs);
  const wait = waitFor(now, limit, count);
  return { bucket: wait === 0 ? taken(now, limit, count) : now, wait };
};

const limits = fc.record({ requests: fc.integer({ min: 1, max: 5_000 }), per_s: fc.integer({ min: 1, max: 86_400 }) });

describe('a token bucket', () => {
  test('lets exactly its allowance through at one moment, whatever the numbers', () => {
    fc.assert(
      fc.property(limits, fc.nat(), (limit, nowMs) => {
        let bucket = NEW;
        let passed = 0;
        for (let asked = 0; asked < limit.requests + 3; asked++) {
          const step = take(bucket, limit, 1, nowMs);
          bucket = step.bucket;
          if (step.wait === 0) passed++;
        }
        expect(passed).toBe(limit.requests);
        expect(remaining(bucket, limit)).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test('passes again after just the wait it names, and not a millisecond before', () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 1, max: 200 }), (limit, count) => {
        const full = take(NEW, limit, limit.requests, 0).bucket;
        const { wait } = take(full, limit, count, 0);
        expect(take(full, limit, count, wait).wait).toBe(0);
        expect(take(full, limit, count, wait - 1).wait).toBeGreaterThan(0);
      }),
    );
  });

  test('never lets more through than the allowance and what was refilled, whenever it is asked', () => {
    const steps = fc.array(fc.tuple(fc.nat(5_000), fc.integer({ min: 1, max: 9 })), { maxLength: 60 });
    fc.assert(
      fc.property(limits, steps, (limit, asked) => {
        let [bucket, nowMs, passed] = [NEW, 0, 0];
        for (const [after, count] of asked) {
          nowMs += after;
          const step = take(bucket, limit, count, nowMs);
          bucket = step.bucket;
          if (step.wait === 0) passed += count;
        }
        // A batch larger than the allowance is let through by a full bucket, which owes the rest.
        expect(passed).toBeLessThanOrEqual(limit.requests + (nowMs * limit.requests) / (limit.per_s * 1000) + 9);
      }),
    );
  });

  test('a clock that goes back gives nothing and locks nobody out', () => {
    const limit = { requests: 2, per_s: 10 };
    const empty = take(NEW, limit, 2, 1_000_000).bucket;
    const back = take(empty, limit, 1, 10);
    expect(back.wait).toBe(5_000);
    expect(take(back.bucket, limit, 1, 5_010).wait).toBe(0);
  });

  test('more than the whole allowance passes a full bucket and is paid back', () => {
    const limit = { requests: 10, per_s: 10 };
    const { bucket, wait } = take(NEW, limit, 100, 0);
    expect(wait).toBe(0);
    expect(waitFor(refilled(bucket, limit, 0), limit, 1)).toBeGreaterThan(0);
  });
});
