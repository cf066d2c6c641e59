/**
 * When a delivery that failed is tried again: 5 s, 20 s, 80 s, … up to 6 hours, each a fifth more or less, so that what
 * failed together does not come back together. After the last attempt it is given up; a person may send it again.
 */
import { sha256Hex } from '../hash.ts';

export const ATTEMPTS = 10;
/** What a courier says of what it claimed and had no time for: no attempt was made. */
export const NOT_SENT = 'not_sent';
const FIRST_MS = 5_000;
const FACTOR = 4;
const LONGEST_MS = 6 * 3_600_000;
const JITTER = 0.2;
/** What a receiver may ask for by `Retry-After`. */
const ASKED_AT_MOST_MS = 3_600_000;
/** An endpoint that fails is asked by one delivery at a time, after as many failures in a row, and at least so often. */
export const TROUBLE = 3;
const PAUSE_AT_MOST_MS = 600_000;

/** Between 0 and 1, always the same for the same text: nothing here is random, and no two deliveries are alike. */
const fraction = (text: string): number => Number.parseInt(sha256Hex(text).slice(0, 8), 16) / 0xffff_ffff;

const backoffMs = (step: number, longestMs: number): number => Math.min(FIRST_MS * FACTOR ** (step - 1), longestMs);

/** Milliseconds from the end of attempt `attempt` (from 1) to the next one. */
export const retryAfterMs = (attempt: number, delivery: string, askedMs: number | null = null): number => {
  const jitter = 1 + JITTER * (2 * fraction(`${delivery} ${attempt}`) - 1);
  return Math.max(
    Math.round(backoffMs(attempt, LONGEST_MS) * jitter),
    Math.min(Math.max(askedMs ?? 0, 0), ASKED_AT_MOST_MS),
  );
};

/** For how long an endpoint is left alone after so many rounds in which nothing got through. */
export const pauseMs = (failures: number): number =>
  failures < TROUBLE ? 0 : backoffMs(failures - TROUBLE + 1, PAUSE_AT_MOST_MS);
