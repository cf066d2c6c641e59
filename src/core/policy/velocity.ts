/**
 * How often something was asked for lately (CAP 5.7): a sliding window per rule and key value, counted exactly by whoever
 * evaluates with effects, only read by everybody else. What was read is named in the decision, so a replay reads it there.
 */
import { z } from 'zod';
import type { JsonValue } from '../json.ts';
import type { PolicyQuestion } from './question.ts';
import type { Velocity } from './terms.ts';

export interface VelocityAsked {
  readonly ruleId: string;
  /** The values of its key for this question, joined. */
  readonly key: string;
  readonly terms: Velocity;
}

export interface VelocityCount {
  /** Of this window with this request in it; beyond `max_requests` + 1 nobody counts on. */
  readonly count: number;
  /** Until the window has room for one more, where it is full. */
  readonly retryAfterMs: number;
}

/** Null: the counter could not be read, and the rule matches. */
export type ReadVelocity = (asked: VelocityAsked) => VelocityCount | null;

export interface VelocitySeen {
  readonly asked: VelocityAsked;
  readonly count: VelocityCount | null;
}

/** A separator that no value holds unescaped, so that no two lists of values give one key. */
export const velocityKey = ({ key }: Velocity, question: PolicyQuestion): string =>
  JSON.stringify(key.split(':').map((part) => keyPart(part, question)));

const keyPart = (part: string, question: PolicyQuestion): string => {
  switch (part) {
    case 'tenant':
      return question.tenantNames[0] ?? '';
    case 'actor_id':
    case 'actor_type':
    case 'topic':
    case 'pack_id':
    case 'capability':
      return question[part];
    default:
      return question.labels.get(part.slice('labels.'.length)) ?? '';
  }
};

export const exceeds = ({ terms }: VelocityAsked, count: VelocityCount | null): boolean =>
  count === null || count.count > terms.max_requests;

/** As an entry names what was read: rule, count, time until there is room; a counter that could not be read has none. */
export const recordVelocity = (seen: readonly VelocitySeen[]): JsonValue =>
  seen.map(({ asked, count }) => (count === null ? [asked.ruleId] : [asked.ruleId, count.count, count.retryAfterMs]));

export const RecordedVelocity = z.array(z.union([z.tuple([z.string(), z.int(), z.int()]), z.tuple([z.string()])]));

/** The counters as the entry names them. Others read as empty: what a candidate would have counted, nobody knows. */
export const restoreVelocity = (recorded: z.output<typeof RecordedVelocity> | undefined): ReadVelocity => {
  const known = new Map((recorded ?? []).map((one) => [one[0], one] as const));
  return ({ ruleId }) => {
    const one = known.get(ruleId);
    if (one === undefined) return { count: 1, retryAfterMs: 0 };
    return one.length === 1 ? null : { count: one[1], retryAfterMs: one[2] };
  };
};
