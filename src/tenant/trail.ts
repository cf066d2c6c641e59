/**
 * The ledger by type: what administrators changed, and how many entries there are of each type, which is what a
 * compliance profile counts as evidence. Read from the ledger itself, newest first, so many entries a call; most are
 * told apart by their last members, unparsed.
 */
import type { JsonObject } from '../core/json.ts';
import type { Ledger } from '../ledger/commit.ts';
import { walkBack } from '../ledger/entries.ts';
import { isoMicros } from './workers.ts';

const PAGE_SCAN = 5_000;

/** Members of an entry are sorted: it ends with its time, its type and the version of its form. */
const LAST_MEMBERS = /"ts":(\d+),"type":"([a-z0-9_.]+)","v":\d+\}$/;

export interface TrailFilter {
  /** A type, or how one begins. */
  readonly type?: string | undefined;
  readonly actor?: string | undefined;
}

/** What people and keys do to a Hall, as told from what workers and callers do in it. */
const isChange = (type: string): boolean =>
  type.startsWith('hall.')
    ? type !== 'hall.decision.imported'
    : /^(?:cap\.(?:bundle|policy)_|wcp\.(?:worker\.(?:enrolled|updated|retired|attested)|approval\.(?:approved|rejected|escalated)$))/.test(
        type,
      );

export class Trail {
  readonly #ledger: Ledger<object>;

  constructor(ledger: Ledger<object>) {
    this.#ledger = ledger;
  }

  /** Changes by administrators. A page may be short, and `next_cursor` goes on. */
  changes(filter: TrailFilter, before: number | null, limit: number): JsonObject {
    const changes: JsonObject[] = [];
    const stoppedAt = walkBack(this.#ledger.sql, before ?? this.#ledger.log.head.size + 1, PAGE_SCAN, (text) => {
      const type = LAST_MEMBERS.exec(text)?.[2] ?? '';
      if (!isChange(type) || !type.startsWith(filter.type ?? '')) return 'more';
      const entry = JSON.parse(text) as JsonObject;
      const actor = entry.actor as JsonObject;
      if (filter.actor !== undefined && actor.id !== filter.actor) return 'more';
      changes.push({
        seq: entry.seq ?? null,
        receipt_id: entry.receipt_id ?? null,
        recorded_at: isoMicros(Number(entry.ts)),
        type,
        actor,
        body: entry.body ?? null,
      });
      return changes.length === limit ? 'stop' : 'more';
    });
    return {
      changes,
      count: changes.length,
      size: this.#ledger.log.head.size,
      next_cursor: stoppedAt > 1 ? String(stoppedAt) : null,
    };
  }

  /** Of the entries before `before`, newest first: how many of each type, and when the last one was. */
  types(before: number | null): JsonObject {
    const found = new Map<string, { count: number; last: number }>();
    const start = before ?? this.#ledger.log.head.size + 1;
    const stoppedAt = walkBack(this.#ledger.sql, start, PAGE_SCAN, (text) => {
      const [, ts = '0', type = ''] = LAST_MEMBERS.exec(text) ?? [];
      const known = found.get(type);
      if (known === undefined) found.set(type, { count: 1, last: Number(ts) });
      else known.count++;
      return 'more';
    });
    return {
      types: [...found]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([type, { count, last }]) => ({ type, count, last_at: isoMicros(last) })),
      scanned: start - Math.max(stoppedAt, 1),
      size: this.#ledger.log.head.size,
      next_cursor: stoppedAt > 1 ? String(stoppedAt) : null,
    };
  }
}
