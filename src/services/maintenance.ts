/**
 * The cron: what a Worker that died left undone. Each run takes the next page of tenants and is done, so that a run is as
 * long with a million of them as with a hundred, and every tenant's turn comes.
 */
import { NETWORK_LOG, parseTenantId } from '../core/ids.ts';
import { moveCursor, positionOf } from '../registry/cursors.ts';
import { forgetExpired } from '../registry/members.ts';
import { type TenantListing, tenantsAfter } from '../registry/tenants.ts';
import { catalogCarrier } from './catalog-courier.ts';
import { anchor, publishCheckpoint } from './checkpoints.ts';
import type { Deps } from './deps.ts';
import { settleNamespaces } from './namespaces.ts';
import { project, projectNetwork } from './projections.ts';

/** Tenants a run, about ten calls each: a request may make a thousand. */
const PAGE = 80;
/** Tenants at a time: one that hangs holds up itself, and a fraction of its page. */
const LANES = 8;
const ROUND = 'maintenance';

export const maintain = async (deps: Deps, page = PAGE): Promise<void> => {
  await tidyAccounts(deps);
  await maintainNetwork(deps);
  const carryCatalog = await catalogCarrier(deps);
  const tenants = [...(await nextPage(deps, page))];
  const lane = async (): Promise<void> => {
    for (let next = tenants.shift(); next !== undefined; next = tenants.shift()) {
      await maintainTenant(deps, next, carryCatalog);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
};

/**
 * The tenants whose turn it is. The cursor moves before they are looked at: a page that brings a run down is passed by
 * the next one, and looked at again when the round comes back. A run beside this one gets another page.
 */
const nextPage = async (deps: Deps, limit: number): Promise<readonly TenantListing[]> => {
  const after = await positionOf(deps.db, ROUND);
  const page = await tenantsAfter(deps.db, after, limit);
  const last = page.at(-1);
  const next = last === undefined || page.length < limit ? '' : last.id;
  return (await moveCursor(deps.db, ROUND, after, next)) ? page : [];
};

/** Sessions, links and counted tries that have run out. */
const tidyAccounts = async (deps: Deps): Promise<void> => {
  try {
    await forgetExpired(deps.db, deps.nowMs());
  } catch (error) {
    console.error(JSON.stringify({ level: 'error', at: 'maintain', error: String(error) }));
  }
};

const maintainNetwork = async (deps: Deps): Promise<void> => {
  try {
    await anchor(deps, NETWORK_LOG);
    await publishCheckpoint(deps, NETWORK_LOG, []);
    await projectNetwork(deps);
    await settleNamespaces(deps);
  } catch (error) {
    report(NETWORK_LOG, error);
  }
};

/**
 * A tenant whose checkpoint is due gets one, an object that slept past a deadline is anchored so that its alarm can
 * commit, lost projections are caught up, and the catalog is brought to those that have an older one.
 */
const maintainTenant = async (
  deps: Deps,
  listing: TenantListing,
  carryCatalog: (tenant: TenantListing) => Promise<void>,
): Promise<void> => {
  const tenant = parseTenantId(listing.id);
  if (tenant === null) return;
  try {
    await anchor(deps, tenant);
    await publishCheckpoint(deps, tenant, []);
    await project(deps, tenant);
    await carryCatalog(listing);
  } catch (error) {
    report(tenant, error);
  }
};

/** The trouble of one is not that of the next; the cron comes again. */
const report = (log: string, error: unknown): void => {
  console.error(JSON.stringify({ level: 'error', at: 'maintain', log, error: String(error) }));
};
