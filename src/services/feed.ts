/**
 * Decisions as they are made, in order, resumed by seq. The Worker asks; the object is only ever asked, so a listener
 * holds nothing in it. While little happens it is asked less and less often, and can sleep in between.
 */
import type { JsonObject } from '../core/json.ts';
import type { Refusal } from '../core/refusal.ts';
import { ok, type Result } from '../core/result.ts';
import { type Caller, counted } from './caller.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';

export interface FeedPage {
  /** In order. */
  readonly decisions: readonly JsonObject[];
  /** Everything up to here was looked at. */
  readonly through: number;
}

/** How long to wait after so long without news, in milliseconds. An object sleeps after ten quiet seconds. */
const PACE: readonly (readonly [quietMs: number, waitMs: number])[] = [
  [10_000, 500],
  [120_000, 2_000],
  [Number.POSITIVE_INFINITY, 12_000],
];

const waitAfter = (quietMs: number): number => PACE.find(([until]) => quietMs < until)?.[1] ?? 0;

const page = async (deps: Deps, caller: Caller, after: number | null): Promise<Result<FeedPage, Refusal>> => {
  const answer = await ask(deps, caller, { kind: 'feed', after });
  return answer.ok ? ok(answer.value as unknown as FeedPage) : answer;
};

/** `after` null: from now on. The first page is asked for here, so that who may not listen is refused, not streamed to. */
export const openFeed = async (
  deps: Deps,
  caller: Caller,
  after: number | null,
  lifeMs: number,
): Promise<Result<AsyncGenerator<FeedPage>, Refusal>> => {
  const first = await page(deps, caller, after);
  return first.ok ? ok(follow(deps, counted(caller), first.value, lifeMs)) : first;
};

/** Ends when its time is over, or the caller may not listen any more; whoever listens comes back with the last seq. */
async function* follow(deps: Deps, caller: Caller, first: FeedPage, lifeMs: number): AsyncGenerator<FeedPage> {
  const endsAt = deps.nowMs() + lifeMs;
  let newsAt = deps.nowMs();
  let { through } = first;
  yield first;
  for (let more = first.decisions.length > 0; more || deps.nowMs() < endsAt; ) {
    if (!more) await deps.sleep(Math.min(waitAfter(deps.nowMs() - newsAt), Math.max(endsAt - deps.nowMs(), 0)));
    const next = await page(deps, caller, through);
    if (!next.ok) return;
    more = next.value.through > through;
    through = next.value.through;
    if (more) newsAt = deps.nowMs();
    yield next.value;
  }
}
