/**
 * A catalog document of the shape and the counts of the published taxonomy 0.1.0 (WCP 7.1): its members, also those that
 * this Hall never reads, its tiers, its controls and profiles by their published ids. The texts are made up.
 */
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { CONTROLS, PROFILES } from '../../src/core/registry/catalog/starter-data.ts';

/** 127 capabilities. */
export const TIER_COUNTS = { low: 22, medium: 50, high: 47, critical: 8 } as const;
export const TAXONOMY_COUNTS = { capability: 127, species: 48, control: 33, policy: 4, profile: 33, event: 0 } as const;

/** Built in beside the taxonomy's own. */
const NAMED = ['prof.dev.permissive', 'prof.prod.strict', 'prof.edge.isolated', 'prof.mem.rag-strict'];

const AREAS = ['mount', 'net', 'fs', 'exec', 'secrets', 'obs', 'dlq', 'cost', 'doc', 'notify', 'scan', 'chaos'];

const common = (index: number): JsonObject => ({
  pack_id: `pack.${String((index % 27) + 1).padStart(2, '0')}`,
  tags: ['published', AREAS[index % AREAS.length] ?? ''],
  wcp_namespace: 'reserved',
});

const BLAST = { data: 1, network: 0, financial: 0, time: 1, reversibility: 'partially-reversible' };

const capabilities = (): JsonObject[] =>
  Object.entries(TIER_COUNTS)
    .flatMap(([tier, count]) => Array.from({ length: count }, () => tier))
    .map((risk_tier, index) => ({
      id: index === 0 ? 'cap.doc.summarize' : `cap.${AREAS[index % AREAS.length]}.published-${index}`,
      type: 'capability',
      name: `Published Capability ${index}`,
      description: `what number ${index} does`,
      risk_tier,
      blast_radius_hint: BLAST,
      typical_controls: ['ctrl.sandbox.workspace-mounts-only'],
      idempotency: 'full',
      determinism: 'captured-deterministic',
      ...common(index),
    }));

const species = (): JsonObject[] =>
  Array.from({ length: TAXONOMY_COUNTS.species }, (_, index) => ({
    id: `wrk.${AREAS[index % AREAS.length]}.published-${index}.worker`,
    type: 'worker_species',
    name: `Published Worker ${index}`,
    risk_tier: 'medium',
    level: 'L4',
    guarantee: 'at-least-once',
    blast_score: null,
    required_controls: ['ctrl.obs.structured-logging'],
    // As published: one list in an older spelling, one in the right one.
    handles_capabilities: ['cap.notify.send_email'],
    serves_capabilities: ['cap.notify.send-email'],
    ...common(index),
  }));

const controls = (): JsonObject[] =>
  CONTROLS.map(({ id, enforcement_point, required_for_risk_tiers }, index) => ({
    id,
    type: 'control',
    name: `Published Control ${index}`,
    description: `what control ${index} asks`,
    enforcement_point: enforcement_point ?? 'hall',
    required_for_risk_tiers: [...(required_for_risk_tiers ?? [])],
    ...common(index),
  }));

const profiles = (): JsonObject[] =>
  PROFILES.filter(({ id }) => !NAMED.includes(id)).map(
    ({ id, controls_required, recommended_for_risk_tiers }, index) => ({
      id,
      type: 'profile',
      name: `Published Profile ${index}`,
      description: `what posture ${index} is for`,
      controls_required: [...(controls_required ?? [])],
      recommended_for_risk_tiers: [...(recommended_for_risk_tiers ?? [])],
      ...common(index),
    }),
  );

const policies = (): JsonObject[] =>
  Array.from({ length: TAXONOMY_COUNTS.policy }, (_, index) => ({
    id: `pol.published.rule-${index}`,
    type: 'policy',
    name: `Published Policy ${index}`,
    ...common(index),
  }));

export const catalogDocument = (
  version: string,
  entities: readonly JsonObject[],
  meta: JsonObject = {},
): JsonObject & { readonly _meta: JsonObject; readonly entities: readonly JsonObject[] } => ({
  _meta: { version, wcp_spec: '0.1-DRAFT', total_entities: entities.length, built: '2026-02-26', ...meta },
  entities,
});

export const taxonomy = (version = '0.1.0', extra: readonly JsonObject[] = []) => {
  const entities = [...capabilities(), ...species(), ...controls(), ...policies(), ...profiles(), ...extra];
  const packs: JsonValue = Array.from({ length: 27 }, (_, index) => ({ id: `pack.${index + 1}`, entity_count: 9 }));
  return { ...catalogDocument(version, entities, { packs: 27, generated_from: 'taxonomy/src/pack_*.py' }), packs };
};

/** The tombstone of an id, as WCP 2.1 spells it. */
export const tombstone = (id: string, successor: string | null = null, change: JsonObject = {}): JsonObject => ({
  id,
  status: 'deprecated',
  ...(successor === null ? {} : { superseded_by: successor }),
  deprecated_catalog: '1.1.0',
  sunset_catalog: '2.0.0',
  ...change,
});
