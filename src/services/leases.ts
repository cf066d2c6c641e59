/** Carries ban leases from the network to tenants (DESIGN §7). */
import { NETWORK_LOG, type TenantId } from '../core/ids.ts';
import type { LeaseRequest } from '../tenant/lease.ts';
import { anchor } from './checkpoints.ts';
import type { Deps } from './deps.ts';

/** Pages of a long list that one renewal fetches. */
const PAGES = 64;

/** Brings a tenant a lease and what it has to learn first. False: there is none to be had now. */
export const renewLease = async (deps: Deps, tenant: TenantId, request: LeaseRequest): Promise<boolean> => {
  try {
    let { since } = request;
    for (let page = 0; page < PAGES; page++) {
      const answer = await deps.network().grant(tenant, since);
      if (!answer.anchored) {
        if (!(await anchor(deps, NETWORK_LOG))) return false;
        continue;
      }
      const known = await deps.tenant(tenant).learnBans(answer, request.nonce);
      if (answer.complete) return known.epoch >= answer.epoch;
      // Nothing to learn, and yet no lease: the network's list is not the one that this copy was made from.
      if (answer.changes.length === 0) return false;
      since = known;
    }
  } catch (error) {
    console.error(JSON.stringify({ level: 'error', at: 'lease', error: String(error) }));
  }
  return false;
};
