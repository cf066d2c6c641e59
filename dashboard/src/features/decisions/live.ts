/** New decisions as they are made, put before those that were listed; paused, they wait at the service. */
import { useEffect, useState } from 'react';
import { follow, type StreamState } from '../../api/stream.ts';
import type { DecisionSummary } from '../../api/types.ts';
import type { Filters } from './filters.ts';

export interface Live {
  /** Newest first. */
  readonly decisions: readonly DecisionSummary[];
  readonly state: StreamState;
}

/** More are still in the ledger, and are found by the list when it is asked anew. */
const MOST_KEPT = 20_000;

const passes = (decision: DecisionSummary, filters: Filters): boolean =>
  (Object.keys(filters) as (keyof Filters)[]).every((name) => decision[name] === filters[name]);

const isSummary = (value: unknown): value is DecisionSummary =>
  typeof value === 'object' && value !== null && 'decision_id' in value;

/** `since`: the seq of the newest that is listed; null: not known yet. */
export const useLive = (since: number | null, filters: Filters, isPaused: boolean): Live => {
  const key = JSON.stringify(filters);
  const [kept, setKept] = useState<{ readonly key: string; readonly decisions: readonly DecisionSummary[] }>({
    key,
    decisions: [],
  });
  const [state, setState] = useState<StreamState>('waiting');
  const own = kept.key === key ? kept.decisions : [];
  const from = own[0]?.seq ?? since;
  useEffect(() => {
    if (from === null || isPaused) return;
    const wanted = JSON.parse(key) as Filters;
    const end = new AbortController();
    void follow('/v1/events', from, end.signal, {
      onState: setState,
      onEvents: (events) => {
        const fresh = events
          .map(({ data }): unknown => JSON.parse(data))
          .filter(isSummary)
          .filter((decision) => passes(decision, wanted))
          .reverse();
        if (fresh.length === 0) return;
        setKept((before) => ({
          key,
          decisions: [...fresh, ...(before.key === key ? before.decisions : [])].slice(0, MOST_KEPT),
        }));
      },
    });
    return () => end.abort();
  }, [key, isPaused, from === null]);
  return { decisions: own, state };
};
