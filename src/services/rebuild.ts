/**
 * Makes the registry again from the ledgers: the network's first, then each tenant's, some a call. A call answers where
 * it has come to, and the next goes on from there. Rows of the ledger that is under way are missing meanwhile; what is
 * broken off, the cron finishes; beginning again is harmless.
 */
import { parseTenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { forgetProjection, type LedgerOwner, ledgerName } from '../registry/projector.ts';
import { tenantsAfter } from '../registry/tenants.ts';
import { forgetOrphans } from '../registry/workers.ts';
import type { Deps } from './deps.ts';
import { project, projectNetwork } from './projections.ts';

export interface RebuildBudget {
  readonly ledgers: number;
  /** Of ledgers, as one question reads them. */
  readonly pages: number;
}

/** A few calls for each ledger and each page: a request may make a thousand. */
const BUDGET: RebuildBudget = { ledgers: 50, pages: 100 };

/** `cursor`: the ledger that is under way; null: from the start. */
export const rebuildRegistry = async (
  deps: Deps,
  cursor: string | null,
  budget: RebuildBudget = BUDGET,
): Promise<Result<JsonObject, Refusal>> => {
  const start = cursor === null ? null : ownerNamed(cursor);
  if (start === undefined) return err(invalidCursor);
  let owner: LedgerOwner = start;
  let [entries, ledgers, pages] = [0, 0, 0];
  const unreadable: string[] = [];
  if (cursor === null) {
    await forgetOrphans(deps.db);
    await forgetProjection(deps.db, null);
  }
  for (;;) {
    const done = await run(deps, owner, budget.pages - pages);
    entries += done.entries;
    pages += done.pages;
    if (done.end === 'unreadable') unreadable.push(ledgerName(owner));
    if (done.end !== 'more') {
      ledgers++;
      const [next] = await tenantsAfter(deps.db, owner ?? '', 1);
      if (next === undefined) return ok({ done: true, cursor: null, ledgers, entries, unreadable });
      owner = next.id;
      await forgetProjection(deps.db, owner);
    }
    if (ledgers >= budget.ledgers || pages >= budget.pages) {
      return ok({ done: false, cursor: ledgerName(owner), ledgers, entries, unreadable });
    }
  }
};

const run = (deps: Deps, owner: LedgerOwner, pages: number) => {
  if (owner === null) return projectNetwork(deps, pages);
  const tenant = parseTenantId(owner);
  if (tenant === null) return { end: 'unreadable' as const, entries: 0, pages: 1 };
  return project(deps, tenant, pages).catch((error: unknown) => {
    console.error(JSON.stringify({ level: 'error', at: 'rebuild', tenant, error: String(error) }));
    return { end: 'unreadable' as const, entries: 0, pages: 1 };
  });
};

/** Undefined: it names no ledger. */
const ownerNamed = (cursor: string): LedgerOwner | undefined => {
  if (cursor === ledgerName(null)) return null;
  const tenant = cursor.startsWith('tenant/') ? parseTenantId(cursor.slice('tenant/'.length)) : null;
  return tenant ?? undefined;
};

const MESSAGE = 'expected the cursor of the last answer, or none';
const invalidCursor = refusal('invalid_body', `/cursor: ${MESSAGE}`, [{ field: '/cursor', message: MESSAGE }]);
