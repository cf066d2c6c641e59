/** What a Hall offers and how it is: capabilities, workers, health. All from memory. */

import type { Settings } from '../core/hall/settings.ts';
import { clean, cleanAll } from '../core/hall/text.ts';
import type { JsonObject } from '../core/json.ts';
import { nameOf, statusOf } from '../core/registry/catalog/entity.ts';
import type { WorkerFact } from '../core/registry/worker.ts';
import type { Ledger } from '../ledger/commit.ts';
import type { Bans } from './bans.ts';
import type { TenantCatalog } from './catalog.ts';
import type { Documents } from './documents.ts';
import type { TenantInfo } from './info.ts';
import type { TenantMemo } from './plan.ts';
import type { Profiles } from './profiles.ts';
import { bytewise, isoMicros, type Workers } from './workers.ts';

export class Discovery {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #documents: Documents;
  readonly #workers: Workers;
  readonly #bans: Bans;
  readonly #info: TenantInfo;
  readonly #catalog: TenantCatalog;
  readonly #profiles: Profiles;

  constructor(
    ledger: Ledger<TenantMemo>,
    documents: Documents,
    workers: Workers,
    bans: Bans,
    info: TenantInfo,
    catalog: TenantCatalog,
    profiles: Profiles,
  ) {
    this.#ledger = ledger;
    this.#documents = documents;
    this.#workers = workers;
    this.#bans = bans;
    this.#info = info;
    this.#catalog = catalog;
    this.#profiles = profiles;
  }

  capabilities(search: string | null, after: string | null, limit: number): JsonObject {
    const species = new Map<string, Map<string, number>>();
    for (const fact of this.#workers.all()) {
      for (const capability of fact.capabilities) {
        const counts = species.get(capability) ?? new Map<string, number>();
        counts.set(fact.worker_species_id, (counts.get(fact.worker_species_id) ?? 0) + (this.#isUp(fact) ? 1 : 0));
        species.set(capability, counts);
      }
    }
    const ids = [...species.keys()].filter((id) => search === null || id.includes(search)).sort(bytewise);
    return page(ids, after, limit, 'capabilities', (id) => {
      const counts = species.get(id) ?? new Map<string, number>();
      const known = this.#catalog.lookup(id);
      return {
        capability_id: clean(id),
        name: known === null ? clean(id) : nameOf(known),
        risk_tier: known?.risk_tier ?? null,
        in_catalog: known !== null,
        status: known === null ? 'active' : statusOf(known),
        ...(known?.superseded_by == null ? {} : { superseded_by: known.superseded_by }),
        worker_species_ids: cleanAll([...counts.keys()].sort(bytewise)),
        workers_available: [...counts.values()].reduce((sum, count) => sum + count, 0),
      };
    });
  }

  /** Whether a decision would find the worker available now (WCP 3.4). */
  #isUp(fact: WorkerFact): boolean {
    const { require_worker_attestation } = this.#effective();
    if (!fact.online || fact.revoked || (require_worker_attestation && fact.quarantined !== null)) return false;
    return !this.#isSilent(fact) && !this.#bans.bansOn(fact, this.#ledger.nowMs());
  }

  /** It sent heartbeats, and then none for too long; a worker that never sent any is not silent. */
  #isSilent({ last_heartbeat_at: seenAt }: WorkerFact): boolean {
    const { heartbeat_ttl_s } = this.#documents.settings.compiled;
    return seenAt !== null && this.#ledger.now() - seenAt > heartbeat_ttl_s * 1_000_000;
  }

  #status(fact: WorkerFact): string {
    if (this.#bans.bansOn(fact, this.#ledger.nowMs())) return 'banned';
    if (fact.revoked) return 'revoked';
    if (fact.quarantined !== null) return 'quarantined';
    if (!fact.online) return 'offline';
    return this.#isSilent(fact) ? 'silent' : 'active';
  }

  workers(search: string | null, after: string | null, limit: number): JsonObject {
    const asked =
      search === null ? this.#workers.all() : this.#workers.all().filter((fact) => this.#holds(fact, search));
    const facts = new Map(asked.map((fact) => [fact.worker_id, fact]));
    return page([...facts.keys()], after, limit, 'workers', (id) => {
      const fact = facts.get(id);
      return fact === undefined ? {} : this.#summary(fact);
    });
  }

  /** Every word is in its id, its species, a capability, or how it is. */
  #holds(fact: WorkerFact, search: string): boolean {
    const text = [fact.worker_id, fact.worker_species_id, ...fact.capabilities, this.#status(fact)]
      .join(' ')
      .toLowerCase();
    return search
      .toLowerCase()
      .split(/\s+/)
      .every((word) => text.includes(word));
  }

  workersIn(namespace: string): number {
    return this.#workers.all().filter((fact) => fact.namespace === namespace && !fact.revoked).length;
  }

  worker(workerId: string): JsonObject | null {
    const fact = this.#workers.fact(workerId);
    const record = this.#workers.record(workerId);
    return fact === null || record === null ? null : { ...this.#summary(fact), record };
  }

  #summary(fact: WorkerFact): JsonObject {
    return {
      worker_id: fact.worker_id,
      worker_species_id: clean(fact.worker_species_id),
      namespace: fact.namespace,
      capabilities: cleanAll(fact.capabilities),
      currently_implements: cleanAll(fact.currently_implements),
      allowed_environments: fact.allowed_environments,
      risk_tier: fact.risk_tier,
      blast_sum: fact.blast_sum,
      enrolled_at: isoMicros(fact.enrolled_at),
      status: this.#status(fact),
      attested: fact.registered_hash !== null && fact.registered_hash === fact.reported_hash,
      last_seen: fact.last_heartbeat_at === null ? null : isoMicros(fact.last_heartbeat_at),
    };
  }

  /** The settings, with what profiles add everywhere. */
  #effective(): Settings {
    return this.#profiles.posture.everywhere.strengthen(this.#documents.settings.compiled);
  }

  health(): JsonObject {
    const { rules, policy } = this.#documents;
    const { size, receiptHash } = this.#ledger.log.head;
    return {
      settings: this.#effective(),
      standing: this.#info.standing,
      online: !this.#info.offline,
      frozen: this.#ledger.memo.frozen,
      catalog_version: this.#catalog.view.version,
      policy_version: policy?.version ?? null,
      rule_set_version: rules?.version ?? null,
      ban_feed: this.#bans.feed(this.#ledger.nowMs()),
      ledger: { size, head: receiptHash },
    };
  }
}

const page = (
  ids: readonly string[],
  after: string | null,
  limit: number,
  member: string,
  show: (id: string) => JsonObject,
): JsonObject => {
  const rest = after === null ? ids : ids.filter((id) => bytewise(id, after) > 0);
  const shown = rest.slice(0, limit);
  return {
    [member]: shown.map(show),
    count: shown.length,
    next_cursor: rest.length > limit ? (shown.at(-1) ?? null) : null,
  };
};
