/**
 * Carries the catalog in force from D1 to the tenants, whose decisions read no more than what they hold themselves. Whoever
 * could not be reached is brought it by the cron; until then it decides under the catalog it has, and says so.
 */
import { parseTenantId, type TenantId } from '../core/ids.ts';
import {
  type CatalogRevision,
  catalogContent,
  latestRevision,
  tenantHasRevision,
  tenantsBehind,
} from '../registry/catalog.ts';
import type { TenantListing } from '../registry/tenants.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { submitOne } from './submit.ts';

const PAGE = 200;
const TOGETHER = 20;

export const inForceText = async (deps: Deps, { inForceHash }: CatalogRevision): Promise<string> => {
  const text = await catalogContent(deps.db, inForceHash);
  if (text === null) throw new Error('a revision of the catalog has no content');
  return text;
};

/** Brings it to the tenants that do not have it, up to so many pages of them. */
export const carryCatalog = async (deps: Deps, pages: number): Promise<void> => {
  const latest = await latestRevision(deps.db);
  if (latest === null) return;
  let text: string | null = null;
  for (let page = 0, after = ''; page < pages; page++) {
    const behind = await tenantsBehind(deps.db, latest.revision, after, PAGE);
    const last = behind.at(-1);
    if (last === undefined) return;
    text ??= await inForceText(deps, latest);
    for (let from = 0; from < behind.length; from += TOGETHER) {
      await Promise.all(
        behind.slice(from, from + TOGETHER).map((id) => bring(deps, parseTenantId(id), latest, text ?? '')),
      );
    }
    after = last;
  }
};

/** For the cron, which passes by every tenant in turn: brings the catalog to one that has an older one. */
export const catalogCarrier = async (deps: Deps): Promise<(tenant: TenantListing) => Promise<void>> => {
  const latest = await latestRevision(deps.db);
  let text: Promise<string> | null = null;
  return async ({ id, catalogRevision }) => {
    if (latest === null || catalogRevision >= latest.revision) return;
    text ??= inForceText(deps, latest);
    await bring(deps, parseTenantId(id), latest, await text);
  };
};

/** A new tenant begins with the starter catalog and goes over at once to the one in force. */
export const carryCatalogTo = async (deps: Deps, tenant: TenantId): Promise<void> => {
  const latest = await latestRevision(deps.db);
  if (latest !== null) await bring(deps, tenant, latest, await inForceText(deps, latest));
};

const bring = async (deps: Deps, tenant: TenantId | null, latest: CatalogRevision, text: string): Promise<void> => {
  if (tenant === null) return;
  try {
    const { revision, inForceHash: hash } = latest;
    const caller: Caller = { tenant, credential: { kind: 'operator' } };
    const adopted = await submitOne(deps, caller, { kind: 'catalog.adopt', revision, hash, text });
    // Written after the commit: a crash in between has it brought once more, which changes nothing.
    if (adopted.ok) await tenantHasRevision(deps.db, tenant, revision);
  } catch (error) {
    console.error(JSON.stringify({ level: 'error', at: 'catalog', tenant, error: String(error) }));
  }
};
