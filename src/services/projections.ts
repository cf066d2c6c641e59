/** Copies what ledgers say into the registry in D1: after a commit, again by the cron, and anew by a rebuild. */
import type { TenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Refusal } from '../core/refusal.ts';
import { ok, type Result } from '../core/result.ts';
import type { RegistryEntry, RegistryPage } from '../ledger/entries.ts';
import type { LedgerEntry } from '../registry/entry.ts';
import { type LedgerOwner, projectEntries, projectedSeq } from '../registry/projector.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';

/** Up to `through` everything was looked at, of `size`. */
type LedgerPage = RegistryPage & { readonly size: number };

/** How a projection run ended: at the end of the ledger, out of its budget, or at a ledger that does not answer. */
export interface Projected {
  readonly end: 'reached' | 'more' | 'unreadable';
  readonly entries: number;
  readonly pages: number;
}

/** What one request does of a ledger that is far ahead; the cron does the rest. */
const PAGES = 8;

/** Brings the registry up to the end of one tenant's ledger, or some pages nearer to it. */
export const project = (deps: Deps, tenant: TenantId, pages = PAGES): Promise<Projected> => {
  const caller: Caller = { tenant, credential: { kind: 'operator' } };
  return projectFrom(deps, tenant, pages, async (after) => {
    const answer = await ask(deps, caller, { kind: 'registry', after });
    return answer.ok ? ok(answer.value as unknown as LedgerPage) : answer;
  });
};

/** The same with the network's own. */
export const projectNetwork = (deps: Deps, pages = PAGES): Promise<Projected> =>
  projectFrom(deps, null, pages, async (after) => ok(await deps.network().registryAfter(after)));

const projectFrom = async (
  deps: Deps,
  owner: LedgerOwner,
  pages: number,
  read: (after: number) => Promise<Result<LedgerPage, Refusal>>,
): Promise<Projected> => {
  let entries = 0;
  let after = await projectedSeq(deps.db, owner);
  for (let turn = 1; turn <= pages; turn++) {
    const answer = await read(after);
    if (!answer.ok) return { end: 'unreadable', entries, pages: turn };
    const page = answer.value;
    // Where another projector came first, what it left is next.
    const isOurs = await projectEntries(deps.db, owner, after, page.entries.map(parsed), page.through);
    after = isOurs ? page.through : await projectedSeq(deps.db, owner);
    entries += page.entries.length;
    if (after >= page.size) return { end: 'reached', entries, pages: turn };
  }
  return { end: 'more', entries, pages };
};

const parsed = ({ seq, text, terms }: RegistryEntry): LedgerEntry => {
  const { type, ts, body } = JSON.parse(text) as { type: string; ts: number; body: JsonObject };
  const told = terms === undefined ? {} : (JSON.parse(terms) as JsonObject);
  return { seq, at: Math.floor(ts / 1000), type, body: { ...body, ...told } };
};
