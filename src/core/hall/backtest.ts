/**
 * A candidate policy over decisions that were made: each is decided again from its entry and the contents it names, with
 * the candidate in the place of the policy of then. Reads only what it is given, so it cannot have an effect.
 *
 * A decision that ended at the gate recorded nothing of what comes after it: where the candidate lets it pass, it counts
 * as allowed as far as the policy goes, and is counted as `beyond_gate` too. A counter that was not read then reads as
 * if nobody had been counted (`assumed_counters`); content that was not kept makes the answer `unknown`.
 */
import { z } from 'zod';
import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '../bytes.ts';
import { safeRead } from '../field-errors.ts';
import { type JsonObject, parseJson } from '../json.ts';
import { evaluateSafely } from '../policy/evaluate.ts';
import type { CompiledPolicy } from '../policy/gate.ts';
import { globMatches } from '../policy/glob.ts';
import { type Outcome, strictness } from '../policy/outcome.ts';
import { PolicyDecisionBody, restoreQuestion } from '../policy/record.ts';
import { restoreVelocity } from '../policy/velocity.ts';
import type { Replayer } from './replay.ts';
import type { InForce } from './snapshot.ts';

export type Standing = 'allow' | 'hold' | 'block';
export type Direction = 'escalated' | 'relaxed' | 'unchanged';

export const BacktestTotals = z.strictObject({
  decisions: z.int(),
  /** Those that the candidate had a word in. */
  asked: z.int(),
  /** Of these, those that one of its rules decided. */
  matched: z.int(),
  would_block: z.int(),
  would_allow: z.int(),
  would_hold: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  escalated: z.int(),
  relaxed: z.int(),
  beyond_gate: z.int(),
  assumed_counters: z.int(),
  unknown: z.int(),
});
export type BacktestTotals = z.output<typeof BacktestTotals>;

export const noTotals = (): BacktestTotals => ({
  decisions: 0,
  asked: 0,
  matched: 0,
  would_block: 0,
  would_allow: 0,
  would_hold: 0,
  changed: 0,
  unchanged: 0,
  escalated: 0,
  relaxed: 0,
  beyond_gate: 0,
  assumed_counters: 0,
  unknown: 0,
});

/** Where a backtest stands between two pages: the totals so far travel with it. Whoever forges one deceives himself. */
const Cursor = z.strictObject({
  from: z.int().min(1),
  next: z.int().min(1),
  to: z.int().min(0),
  /** Hash of the candidate. */
  policy: z.string(),
  totals: BacktestTotals,
  hits: z.record(z.string(), z.int()),
});
export type BacktestCursor = z.output<typeof Cursor>;

export const writeCursor = (cursor: BacktestCursor): string => toBase64Url(utf8(JSON.stringify(cursor)));

export const readCursor = (text: string): BacktestCursor | null => {
  const bytes = fromBase64Url(text);
  const json = bytes === undefined ? undefined : fromUtf8(bytes);
  const parsed = json === undefined ? undefined : parseJson(json);
  return parsed?.ok === true ? (safeRead(Cursor, parsed.value).data ?? null) : null;
};

/** One decision, then and under the candidate; null: it cannot be told. */
export interface Redecided {
  readonly asked: boolean;
  readonly before: Outcome;
  readonly after: Outcome;
  /** Empty where no rule of the candidate decided. */
  readonly ruleId: string;
  readonly reason: string;
  readonly beyondGate: boolean;
  readonly assumedCounters: boolean;
}

const STANDING: Readonly<Record<Outcome, Standing>> = {
  ALLOW: 'allow',
  ALLOW_WITH_CONSTRAINTS: 'allow',
  REQUIRE_APPROVAL: 'hold',
  THROTTLE: 'block',
  DENY: 'block',
};
export const standingOf = (outcome: Outcome): Standing => STANDING[outcome];

export const directionOf = (before: Outcome, after: Outcome): Direction => {
  const step = strictness(before) - strictness(after);
  return step === 0 ? 'unchanged' : step > 0 ? 'escalated' : 'relaxed';
};

const WcpBody = z.looseObject({
  policy_decision: z.enum(['DENY', 'REQUIRE_APPROVAL', 'THROTTLE', 'ALLOW_WITH_CONSTRAINTS', 'ALLOW']),
  stage: z.string(),
  seen: z.looseObject({ velocity: z.array(z.array(z.unknown())).optional() }),
});

/** `entry`: of type wcp.decision or cap.decision. */
export const redecide = (
  entry: JsonObject,
  candidate: InForce<CompiledPolicy>,
  replayer: Replayer,
): Redecided | null =>
  entry.type === 'cap.decision' ? answerAgain(entry, candidate) : routeAgain(entry, candidate, replayer);

const routeAgain = (entry: JsonObject, candidate: InForce<CompiledPolicy>, replayer: Replayer): Redecided | null => {
  const read = safeRead(WcpBody, entry.body);
  const again = replayer.replay({ body: entry.body ?? null }, candidate);
  if (!read.success || !again.ok) return null;
  const { policy_decision: before, stage, seen } = read.data;
  const { gate, decision, facts } = again.value.decided;
  const passes = gate !== null && decision.stage !== 'gate';
  const beyondGate = stage === 'gate' && passes;
  const constrained = gate?.decision === 'ALLOW_WITH_CONSTRAINTS';
  const known = new Set((seen.velocity ?? []).map(([ruleId]) => ruleId));
  return {
    asked: gate !== null,
    before,
    after: beyondGate ? (constrained ? 'ALLOW_WITH_CONSTRAINTS' : 'ALLOW') : decision.core_outcome,
    ruleId: gate?.rule_id ?? '',
    reason: gate?.reason ?? decision.reason,
    beyondGate,
    assumedCounters: facts.velocity.some(({ asked }) => !known.has(asked.ruleId)),
  };
};

const answerAgain = (entry: JsonObject, { compiled }: InForce<CompiledPolicy>): Redecided | null => {
  const read = safeRead(PolicyDecisionBody, entry.body);
  if (!read.success) return null;
  const { decision: before, seen } = read.data;
  const question = restoreQuestion(seen.question);
  const { set } = compiled;
  const derives = set?.derivers.some(({ globs }) => globs.some((glob) => globMatches(glob, question.topic))) === true;
  if (derives || (set?.scansInput === true && question.content !== null)) return null;
  const evaluation = evaluateSafely(set, question, restoreVelocity(seen.velocity));
  const known = new Set((seen.velocity ?? []).map(([ruleId]) => ruleId));
  return {
    asked: true,
    before,
    after: evaluation.outcome,
    ruleId: evaluation.ruleId,
    reason: evaluation.reason,
    beyondGate: false,
    assumedCounters: evaluation.seen.some(({ asked }) => !known.has(asked.ruleId)),
  };
};

const one = (holds: boolean): number => (holds ? 1 : 0);

/** The totals with one more decision in them; `redecided` null: what the candidate would say cannot be told. */
export const tally = (totals: BacktestTotals, redecided: Redecided | null): BacktestTotals => {
  if (redecided === null) return { ...totals, decisions: totals.decisions + 1, unknown: totals.unknown + 1 };
  const { before, after } = redecided;
  const [was, is] = [standingOf(before), standingOf(after)];
  const moved = was !== is;
  const direction = directionOf(before, after);
  return {
    decisions: totals.decisions + 1,
    asked: totals.asked + one(redecided.asked),
    matched: totals.matched + one(redecided.ruleId !== ''),
    would_block: totals.would_block + one(moved && is === 'block'),
    would_allow: totals.would_allow + one(moved && is === 'allow'),
    would_hold: totals.would_hold + one(moved && is === 'hold'),
    changed: totals.changed + one(before !== after),
    unchanged: totals.unchanged + one(before === after),
    escalated: totals.escalated + one(direction === 'escalated'),
    relaxed: totals.relaxed + one(direction === 'relaxed'),
    beyond_gate: totals.beyond_gate + one(redecided.beyondGate),
    assumed_counters: totals.assumed_counters + one(redecided.assumedCounters),
    unknown: totals.unknown,
  };
};
