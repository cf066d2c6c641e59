/**
 * The operator's word on what the community reported: confirmed, which issues the ban, or dismissed; once. The ledger
 * here is public and names the report, never who made it.
 */
import type { Actor } from '../core/caller.ts';
import type { SealedEntry } from '../core/ledger/entry.ts';
import { refusal } from '../core/refusal.ts';
import type { Moment, Plan } from '../ledger/commit.ts';
import { type BanList, entry, recorded, refused } from './bans.ts';
import type { NetworkCommand, NetworkOutcome } from './commands.ts';

export class Reviews {
  readonly #sql: SqlStorage;
  readonly #bans: BanList;

  constructor(sql: SqlStorage, bans: BanList) {
    this.#sql = sql;
    this.#bans = bans;
  }

  planConfirm(
    command: NetworkCommand & { kind: 'report.confirm' },
    actor: Actor,
    moment: Moment,
  ): Plan<NetworkOutcome> {
    const { reportId, ban } = command;
    if (this.#isReviewed(reportId)) return refused(refusal('report_already_reviewed'));
    const plan = this.#bans.planIssue({ kind: 'ban.issue', ban }, actor, moment, reportId);
    if (plan.entries.length === 0) return plan;
    return {
      ...plan,
      entries: [...plan.entries, entry('hall.report.confirmed', actor, { report_id: reportId })],
      apply: (sealed) => {
        plan.apply?.(sealed);
        this.#note(reportId, sealed);
      },
    };
  }

  planDismiss(command: NetworkCommand & { kind: 'report.dismiss' }, actor: Actor): Plan<NetworkOutcome> {
    const { reportId, reason } = command;
    if (this.#isReviewed(reportId)) return refused(refusal('report_already_reviewed'));
    return {
      entries: [entry('hall.report.dismissed', actor, { report_id: reportId, reason })],
      apply: (sealed) => this.#note(reportId, sealed),
      reply: recorded({ report_id: reportId, review_status: 'dismissed' }),
    };
  }

  #isReviewed(reportId: string): boolean {
    return this.#sql.exec('SELECT 1 FROM reviews WHERE report_id = ?', reportId).toArray().length > 0;
  }

  #note(reportId: string, sealed: readonly SealedEntry[]): void {
    this.#sql.exec('INSERT INTO reviews (report_id, seq) VALUES (?, ?)', reportId, sealed.at(-1)?.seq ?? 0);
  }
}
