/**
 * What a tenant says about bans of the network: that an artifact should be banned (a report, which bans nothing by
 * itself), and that a ban that names something of its own is wrong (an appeal). Each is an entry here, and waits for the
 * operator in the registry; said twice it is the same one.
 */

import type { Actor } from '../core/caller.ts';
import type { JsonObject } from '../core/json.ts';
import { changeOf } from '../core/ledger/change.ts';
import { refusal } from '../core/refusal.ts';
import { type BanTarget, isBanned, setsOf } from '../core/registry/ban.ts';
import type { Ledger, Moment, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply } from './commands.ts';
import type { Namespaces } from './namespaces.ts';
import { act, recorded, refused, type TenantMemo } from './plan.ts';
import type { Workers } from './workers.ts';

const DAY_MS = 24 * 3600 * 1000;
/** Reports and appeals of one tenant in a day. */
export const CLAIMS_A_DAY = 50;

export class BanClaims {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #workers: Workers;
  readonly #namespaces: Namespaces;

  constructor(ledger: Ledger<TenantMemo>, workers: Workers, namespaces: Namespaces) {
    this.#ledger = ledger;
    this.#workers = workers;
    this.#namespaces = namespaces;
  }

  planReport(command: Command & { kind: 'ban.report' }, actor: Actor, moment: Moment): Plan<CommandReply> {
    const { sha256, reason, evidenceUrl } = command;
    return this.#plan('report', sha256, actor, moment, 'hall.ban.reported', {
      sha256,
      reason,
      evidence_url: evidenceUrl,
    });
  }

  planAppeal(command: Command & { kind: 'ban.appeal' }, actor: Actor, moment: Moment): Plan<CommandReply> {
    const { banId, target, isLifted, text } = command;
    if (target === null) return refused(refusal('not_found'));
    if (isLifted) return refused(refusal('ban_already_lifted'));
    if (!this.#concerns(target)) return refused(refusal('ban_of_others'));
    return this.#plan('appeal', banId, actor, moment, 'hall.ban.appealed', { ban_id: banId, text });
  }

  /** It names a worker that is or was enrolled here, or a namespace that is held here. */
  #concerns(target: BanTarget): boolean {
    if ('worker_id' in target) return this.#workers.lastFact(target.worker_id) !== null;
    if ('namespace' in target && this.#namespaces.holds(target.namespace)) return true;
    const banned = setsOf([target]);
    return this.#workers.all().some((fact) => isBanned(banned, fact));
  }

  #plan(
    kind: 'report' | 'appeal',
    subject: string,
    actor: Actor,
    moment: Moment,
    type: string,
    body: JsonObject,
  ): Plan<CommandReply> {
    const { sql } = this.#ledger;
    const said = sql
      .exec<{ id: string }>('SELECT id FROM ban_claims WHERE kind = ? AND subject = ?', kind, subject)
      .toArray()[0];
    if (said !== undefined) return { entries: [], reply: () => recorded({ id: said.id }, null) };
    const nowMs = this.#ledger.nowMs();
    const { count } = sql
      .exec<{ count: number }>('SELECT count(*) AS count FROM ban_claims WHERE made_at > ?', nowMs - DAY_MS)
      .one();
    if (count >= CLAIMS_A_DAY) return refused({ ...refusal('rate_limited'), retryAfterMs: DAY_MS });
    const id = `${kind}_${moment.newId()}`;
    return {
      entries: [act(type, actor, { [`${kind}_id`]: id, ...body }, changeOf(null, body), 'registry')],
      apply: () => {
        sql.exec('INSERT INTO ban_claims (kind, subject, id, made_at) VALUES (?, ?, ?, ?)', kind, subject, id, nowMs);
      },
      reply: ([sealed]) => recorded({ id }, sealed),
    };
  }
}
