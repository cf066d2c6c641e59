/** The small vocabulary in which the modules of a tenant object plan a command. */
import type { Actor } from '../core/caller.ts';
import { noTally, type Tally } from '../core/hall/tally.ts';
import type { JsonObject } from '../core/json.ts';
import type { Change } from '../core/ledger/change.ts';
import type { EntryDraft, SealedEntry } from '../core/ledger/entry.ts';
import type { Refusal } from '../core/refusal.ts';
import type { Moment, Plan } from '../ledger/commit.ts';
import { recordOf } from '../ledger/reading.ts';
import type { CommandReply } from './commands.ts';

/** Counters that change with nearly every commit; they live in the head row. */
export interface TenantMemo {
  decisions: number;
  denials: number;
  /** UTC day (`2026-11-21`) that the two below count. */
  day: string;
  decisionsToday: number;
  denialsToday: number;
  /** Hours since 1970 that `thisHour` counts; 0: none was counted yet. */
  hour: number;
  thisHour: Tally;
  /** Of `decisions`: reported, not made here. */
  imported: number;
  /** Every dispatch up to this seq has an outcome, or its silence was recorded. */
  sweptTo: number;
  /** Why nothing commits any more, or null. */
  frozen: string | null;
}

export const newMemo = (): TenantMemo => ({
  decisions: 0,
  denials: 0,
  day: '',
  decisionsToday: 0,
  denialsToday: 0,
  hour: 0,
  thisHour: noTally(),
  imported: 0,
  sweptTo: 0,
  frozen: null,
});

export type Stream = 'wcp' | 'wcp.dry' | 'approval' | 'cap' | 'dispatch' | 'registry' | 'hall' | 'imported';

/** Who is behind somebody that acts here: a person, and whatever keys they made, are one. */
export type PersonOf = (actor: Actor) => string;

export const SYSTEM: Actor = { kind: 'system', id: 'guildhall' };

/** `hall.*` names what administrators do, and these two, which happen by themselves or elsewhere. */
type Happening<T extends string> = T extends 'hall.decision.imported' | 'hall.webhook.failing'
  ? T
  : T extends `hall.${string}`
    ? never
    : T;

export const entry = <T extends string>(
  type: Happening<T>,
  stream: Stream,
  actor: Actor,
  body: JsonObject,
  trace: { readonly traceId?: string | null; readonly cause?: string | null } = {},
): EntryDraft => ({ type, stream, actor, trace_id: trace.traceId ?? null, cause: trace.cause ?? null, body });

/** The one way to write down what an administrator did: who, what, and the document that it concerns, before and after. */
export const act = (
  type: string,
  actor: Actor,
  what: JsonObject,
  { before, after }: Change,
  stream: 'hall' | 'registry' = 'hall',
): EntryDraft => entry(type, stream, actor, { ...what, before, after });

export const recorded = (value: JsonObject, sealed: SealedEntry | null | undefined): CommandReply => ({
  kind: 'recorded',
  value,
  record: sealed ? recordOf(sealed) : null,
});

/** The place and the time of an entry that follows `entries` others of the same command: no two share a microsecond. */
export const after = (moment: Moment, entries: number): Moment => ({
  ...moment,
  now: moment.now + entries,
  seq: moment.seq + entries,
});

export const refused = (why: Refusal): Plan<CommandReply> => ({
  entries: [],
  reply: () => ({ kind: 'refused', refusal: why }),
});

/** The plan with something more to apply. */
export function alsoIn(plan: Plan<CommandReply>, apply: () => void): Plan<CommandReply> {
  return {
    ...plan,
    apply: (sealed) => {
      plan.apply?.(sealed);
      apply();
    },
  };
}
