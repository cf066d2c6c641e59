/** What an id of the catalog means in this Hall: which workers have to do with it, and which rules, in their order. */
import type { CompiledRule } from '../core/hall/rules.ts';
import { clean } from '../core/hall/text.ts';
import type { JsonObject } from '../core/json.ts';
import { type EntityKind, reservedKind } from '../core/registry/catalog/entity.ts';
import type { WorkerFact } from '../core/registry/worker.ts';
import { normalControl } from '../core/vocabulary.ts';
import type { TenantCatalog } from './catalog.ts';
import type { Documents } from './documents.ts';
import type { Workers } from './workers.ts';

const MAX_LISTED = 100;

export class Explain {
  readonly #documents: Documents;
  readonly #workers: Workers;
  readonly #catalog: TenantCatalog;

  constructor(documents: Documents, workers: Workers, catalog: TenantCatalog) {
    this.#documents = documents;
    this.#workers = workers;
    this.#catalog = catalog;
  }

  of(id: string): JsonObject {
    const kind = reservedKind(id);
    const workers = this.#workers.all().filter((fact) => concernsWorker(kind, id, fact));
    const rules = (this.#documents.rules?.compiled.rules ?? []).flatMap((rule) => {
      const how = concernsRule(kind, id, rule);
      return how === null ? [] : [shownRule(rule, how)];
    });
    return {
      in_catalog: this.#catalog.lookup(id) !== null,
      catalog: { version: this.#catalog.view.version, hash: this.#catalog.hash },
      workers: workers.slice(0, MAX_LISTED).map((fact) => ({
        worker_id: fact.worker_id,
        worker_species_id: clean(fact.worker_species_id),
      })),
      workers_count: workers.length,
      rules: rules.slice(0, MAX_LISTED),
      rules_count: rules.length,
      rule_set_version: this.#documents.rules?.version ?? null,
    };
  }
}

/** Whoever can do it, is it, or implements it; an id outside the catalog may still be a capability. */
function concernsWorker(kind: EntityKind | null, id: string, fact: WorkerFact): boolean {
  if (kind === 'species') return fact.worker_species_id === id;
  if (kind === 'control') return fact.currently_implements.some((control) => normalControl(control) === id);
  return fact.capabilities.includes(id);
}

type How = 'routes' | 'routes_any' | 'candidate' | 'requires' | 'recommends';

function concernsRule(kind: EntityKind | null, id: string, rule: CompiledRule): How | null {
  switch (kind) {
    case 'species':
      return rule.candidates.some((candidate) => candidate.speciesId === id) ? 'candidate' : null;
    case 'control':
      return [rule.required, ...rule.candidates.map((candidate) => candidate.requires)].some((list) =>
        list.normal.includes(id),
      )
        ? 'requires'
        : null;
    case 'profile':
      return rule.recommendedProfiles.includes(id) ? 'recommends' : null;
    case 'policy':
    case 'event':
      return null;
    case 'capability':
    case null:
      if (rule.match.capabilities === null) return 'routes_any';
      return rule.match.capabilities.has(id) ? 'routes' : null;
  }
}

const shownRule = (rule: CompiledRule, how: How): JsonObject => ({
  rule_id: clean(rule.ruleId),
  how,
  worker_species_ids: rule.candidates.flatMap(({ speciesId }) => (speciesId === null ? [] : [clean(speciesId)])),
});
