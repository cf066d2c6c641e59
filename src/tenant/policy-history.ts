/** Recorded decisions for a backtest: texts as they are, from a stretch of the ledger named by seqs or by times. */
import type { JsonObject } from '../core/json.ts';
import type { Ledger } from '../ledger/commit.ts';
import { entryTextsFrom } from '../ledger/entries.ts';
import type { TenantMemo } from './plan.ts';

/** Of texts in one answer; one call to an object carries 32 MB at the most. */
const CHARACTERS = 6_000_000;

// Canonical JSON has the members of an entry in one order, so its type and stream can be told without parsing it.
const isDecision = (text: string): boolean =>
  (text.includes('"type":"wcp.decision"') && text.includes('"stream":"wcp",')) ||
  text.includes('"type":"cap.decision"');

export const decisionTexts = (ledger: Ledger<TenantMemo>, from: number, to: number, limit: number): JsonObject => {
  const texts: string[] = [];
  let characters = 0;
  let next = from;
  for (const text of entryTextsFrom(ledger.sql, from, Math.min(limit, Math.max(0, to - from + 1)))) {
    if (isDecision(text)) {
      characters += text.length;
      if (characters > CHARACTERS && texts.length > 0) break;
      texts.push(text);
    }
    next++;
  }
  // Nothing there: the end.
  return { texts, next: next === from ? to + 1 : next };
};

export const rangeOf = (
  ledger: Ledger<TenantMemo>,
  asked: {
    readonly from: number | null;
    readonly to: number | null;
    readonly since: number | null;
    readonly until: number | null;
  },
): JsonObject => {
  const { size } = ledger.log.head;
  const since = asked.since === null ? 1 : firstAtOrAfter(ledger, asked.since);
  const until = asked.until === null ? size : firstAtOrAfter(ledger, asked.until + 1) - 1;
  return { from: Math.max(1, asked.from ?? 1, since), to: Math.min(size, asked.to ?? size, until) };
};

/** Times never go back along the ledger, so a search by halves finds the place in a few reads. */
const firstAtOrAfter = (ledger: Ledger<TenantMemo>, ts: number): number => {
  let low = 1;
  let high = ledger.log.head.size + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const text = ledger.log.recordAt(middle)?.text;
    const at = text === undefined ? Number.POSITIVE_INFINITY : Number((JSON.parse(text) as { ts: number }).ts);
    if (at < ts) low = middle + 1;
    else high = middle;
  }
  return low;
};
