/**
 * What the network's bans mean for this tenant. They come from outside and are no commands, so nothing in its ledger would
 * say that its workers were stopped: the alarm makes an entry of each one that names any of them, for whoever looks later
 * or waits to be told.
 */
import type { EntryDraft } from '../core/ledger/entry.ts';
import { type Ban, isBanned, setsOf, targetText } from '../core/registry/ban.ts';
import type { WorkerFact } from '../core/registry/worker.ts';
import type { Ledger, Plan } from '../ledger/commit.ts';
import type { CommandReply } from './commands.ts';
import { entry, recorded, SYSTEM, type TenantMemo } from './plan.ts';

const DEADLINE = 'ban_notices';
const AT_ONCE = 64;
/** Of those that a ban names; how many they are is said beside. */
const NAMED = 100;

interface NoticeRow {
  readonly [column: string]: SqlStorageValue;
  readonly id: number;
  readonly type: string;
  readonly body: string;
}

export class BanNotices {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #workers: () => readonly WorkerFact[];

  constructor(ledger: Ledger<TenantMemo>, workers: () => readonly WorkerFact[]) {
    this.#ledger = ledger;
    this.#workers = workers;
  }

  /** In the transaction that learns of them. Bans that name nobody here are no news. */
  note(issued: readonly Ban[], lifted: readonly Ban[]): void {
    const all = setsOf([...issued, ...lifted].map(({ target }) => target));
    const concerned = this.#workers().filter((fact) => isBanned(all, fact));
    if (concerned.length === 0) return;
    for (const ban of issued) this.#keep('wcp.ban.arrived', ban, concerned);
    for (const ban of lifted) this.#keep('wcp.ban.withdrawn', ban, concerned);
    this.#ledger.deadline(DEADLINE, this.#ledger.nowMs());
  }

  #keep(type: string, { ban_id, epoch, reason, target }: Ban, concerned: readonly WorkerFact[]): void {
    const sets = setsOf([target]);
    const workers = concerned.filter((fact) => isBanned(sets, fact)).map(({ worker_id }) => worker_id);
    if (workers.length === 0) return;
    const body = {
      ban_id,
      epoch,
      reason,
      target: targetText(target),
      workers: workers.slice(0, NAMED),
      named: workers.length,
    };
    this.#ledger.sql.exec('INSERT INTO ban_notices (type, body) VALUES (?, ?)', type, JSON.stringify(body));
  }

  /** The alarm; null: there is nothing to say. */
  planDue(): Plan<CommandReply> | null {
    const rows = this.#ledger.sql
      .exec<NoticeRow>('SELECT id, type, body FROM ban_notices ORDER BY id LIMIT ?', AT_ONCE)
      .toArray();
    const last = rows.at(-1);
    if (last === undefined) return null;
    const entries = rows.map(({ type, body }): EntryDraft => entry(type, 'registry', SYSTEM, JSON.parse(body)));
    return {
      entries,
      apply: () => {
        this.#ledger.sql.exec('DELETE FROM ban_notices WHERE id <= ?', last.id);
        this.#ledger.deadline(DEADLINE, rows.length < AT_ONCE ? null : this.#ledger.nowMs());
      },
      reply: () => recorded({ told: rows.length }, null),
    };
  }
}
