/** Copies what ledgers say into the registry in D1: after a commit, and again by the cron for what was lost. */
import { NETWORK_LOG, parseTenantId, type TenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { projectedSeq, tenantsAfter } from '../registry/tenants.ts';
import { projectWorkers, type WorkerChange } from '../registry/workers.ts';
import type { Recorded } from '../tenant/commands.ts';
import type { Caller } from './caller.ts';
import { carryCatalog } from './catalog-courier.ts';
import { anchor, publishCheckpoint } from './checkpoints.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';

const PAGE = 500;

/** Brings the registry up to the end of one tenant's ledger. */
export const project = async (deps: Deps, tenant: TenantId): Promise<void> => {
  const caller: Caller = { tenant, credential: { kind: 'operator' } };
  for (let after = await projectedSeq(deps.db, tenant); ; ) {
    const answer = await ask(deps, caller, { kind: 'entries', from: after + 1, limit: PAGE });
    if (!answer.ok) return;
    const { records } = answer.value as unknown as { records: readonly Recorded[] };
    const last = records.at(-1);
    if (last === undefined) return;
    await projectWorkers(deps.db, tenant, records.flatMap(workerChanges), last.seq);
    after = last.seq;
  }
};

const workerChanges = ({ seq, text }: Recorded): WorkerChange[] => {
  if (!text.includes('"type":"wcp.worker.')) return [];
  const { type, ts, body } = JSON.parse(text) as { type: string; ts: number; body: JsonObject };
  const workerId = String(body.worker_id);
  if (type === 'wcp.worker.retired') return [{ workerId, seq, listing: null }];
  if (type !== 'wcp.worker.enrolled' && type !== 'wcp.worker.updated') return [];
  const listing = {
    speciesId: String(body.worker_species_id),
    recordHash: String(body.artifact_hash),
    enrolledAt: Math.floor(ts / 1000),
  };
  return [{ workerId, seq, listing }];
};

/**
 * The cron: what a Worker that died left undone. A tenant whose checkpoint is due gets one, an object that slept past
 * a deadline is anchored so that its alarm can commit, lost projections are caught up, and the catalog is
 * brought to those that have an older one.
 */
export const maintain = async (deps: Deps): Promise<void> => {
  await carryCatalog(deps, Number.POSITIVE_INFINITY);
  await maintainNetwork(deps);
  for (let after = ''; ; ) {
    const page = await tenantsAfter(deps.db, after, PAGE);
    for (const { id } of page) {
      const tenant = parseTenantId(id);
      if (tenant !== null) await maintainOne(deps, tenant);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.id;
  }
};

const maintainNetwork = async (deps: Deps): Promise<void> => {
  try {
    await anchor(deps, NETWORK_LOG);
    await publishCheckpoint(deps, NETWORK_LOG, []);
  } catch (error) {
    console.error(JSON.stringify({ level: 'error', at: 'maintain', log: NETWORK_LOG, error: String(error) }));
  }
};

const maintainOne = async (deps: Deps, tenant: TenantId): Promise<void> => {
  try {
    await anchor(deps, tenant);
    await publishCheckpoint(deps, tenant, []);
    await project(deps, tenant);
  } catch (error) {
    // One tenant's trouble is not the next one's; the cron comes again in a minute.
    console.error(JSON.stringify({ level: 'error', at: 'maintain', tenant, error: String(error) }));
  }
};
