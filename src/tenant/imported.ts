/** Decisions that were made elsewhere and reported here: an entry each, once, apart from the Hall's own stream. */
import type { Actor } from '../core/caller.ts';
import { seqOfId } from '../core/ids.ts';
import type { Ledger, Moment, Plan } from '../ledger/commit.ts';
import { entryTextAt } from '../ledger/entries.ts';
import type { Command, CommandReply } from './commands.ts';
import { entry, recorded, type TenantMemo } from './plan.ts';
import type { Usage } from './usage.ts';
import { isoMicros } from './workers.ts';

export class Imported {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #usage: Usage;

  constructor(ledger: Ledger<TenantMemo>, usage: Usage) {
    this.#ledger = ledger;
    this.#usage = usage;
  }

  planImport(
    { decision }: Command & { kind: 'decision.import' },
    actor: Actor,
    { now, newId }: Moment,
  ): Plan<CommandReply> {
    const decisionId = decision.decision_id ?? newId();
    if (this.#isKnown(decisionId))
      return { entries: [], reply: () => recorded({ decision_id: decisionId, repeated: true }, null) };
    const body = { ...decision, decision_id: decisionId, decided_at: decision.decided_at ?? isoMicros(now) };
    return {
      entries: [entry('hall.decision.imported', 'imported', actor, body)],
      apply: ([sealed]) => {
        this.#ledger.sql.exec('INSERT INTO imported (decision_id, seq) VALUES (?, ?)', decisionId, sealed?.seq ?? 0);
        this.#ledger.memo.imported++;
        this.#usage.count(decision.denied, now);
      },
      reply: ([sealed]) => recorded({ decision_id: decisionId, repeated: false }, sealed),
    };
  }

  /** Imported before, or a decision of this very Hall that comes back to it. */
  #isKnown(decisionId: string): boolean {
    const rows = this.#ledger.sql.exec('SELECT 1 FROM imported WHERE decision_id = ?', decisionId).toArray();
    if (rows.length > 0) return true;
    const seq = seqOfId(decisionId);
    return seq !== null && entryTextAt(this.#ledger.sql, seq)?.includes(`"decision_id":"${decisionId}"`) === true;
  }
}
