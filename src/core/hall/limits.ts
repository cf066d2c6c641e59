/** Steps 8 and 10e of WCP 3.1: the blast gate and the rule's maximum, before and after a worker is known (3.2). */
import { BLAST_CONTROL, blastRefusal, chainWith, exceedsMaximum, HIGH_BLAST, scoreOfSum, sumOf } from './blast.ts';
import { requires } from './controls.ts';
import { type Denial, deny, type Hearing, type Stop } from './hearing.ts';
import { askHuman } from './human.ts';

/** Above the maximum of a profile nobody can say yes. */
export const PROFILE_MAXIMUM = 'PROFILE_MAX_BLAST_EXCEEDED';

/** Step 8: what the request says of itself. */
export function judgeBlast(hearing: Hearing): Stop {
  const { request, view } = hearing;
  const { stance } = hearing;
  evaluateGate(hearing, view?.requiresBlastScoring === true || stance.controls.normal.includes(BLAST_CONTROL));
  return overLimit(hearing, request.blast_radius === null ? 0 : sumOf(request.blast_radius));
}

/** Step 10e: with the dimensions of the chosen worker, and with all that this correlation id has set off already. */
export function judgeWorkerBlast(hearing: Hearing): Stop {
  const { request, counters, selection } = hearing;
  if (selection === null) return null;
  const { worker, required } = selection;
  const chain = chainWith(counters.chain, request, worker.worker_id, worker.blast_sum ?? 0);
  hearing.chainSum = chain.sum;
  hearing.linkRepeated = chain.repeated;
  hearing.blastScore = Math.max(hearing.blastScore, scoreOfSum(worker.blast_sum ?? 0));
  evaluateGate(hearing, hearing.blastGatePassed !== null || requires(required, BLAST_CONTROL));
  return overLimit(hearing, chain.sum);
}

function evaluateGate(hearing: Hearing, required: boolean): void {
  const { production, settings, stance, blastScore } = hearing;
  if (!required && !(production && settings.enforce_blast_scoring_in_prod) && stance.escalateAt === null) return;
  const limit = production ? Math.min(HIGH_BLAST, stance.escalateAt ?? HIGH_BLAST) : stance.escalateAt;
  hearing.blastGatePassed = limit === null || blastScore < limit;
}

function overLimit(hearing: Hearing, sum: number): Denial | null {
  const { request, rule, stance, blastScore, blastGatePassed } = hearing;
  if (stance.maxScore !== null && blastScore > stance.maxScore) {
    const said = { blast_score: Math.floor(blastScore), reason: PROFILE_MAXIMUM };
    return deny('DENY_REQUIRES_HUMAN', 'blast', said, 'DENY_BLAST_SCORE_EXCEEDED');
  }
  const maximum = rule?.maxBlast ?? null;
  const exceeded = exceedsMaximum(maximum, request, blastScore, sum);
  const reason = blastRefusal(blastGatePassed, exceeded, maximum);
  if (reason === null) return null;
  const ofRule = reason === 'RULE_MAX_BLAST_EXCEEDED';
  const extras = { blast_score: Math.floor(blastScore), reason };
  const denial = deny('DENY_REQUIRES_HUMAN', 'blast', extras, ofRule ? 'DENY_BLAST_SCORE_EXCEEDED' : null);
  return ofRule && maximum?.on_exceed === 'deny' ? denial : askHuman(hearing, { ...denial, appeal: reason });
}
