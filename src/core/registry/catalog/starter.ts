/**
 * The catalog that every Hall begins with, `wcp-catalog@1.0.0` (WCP 7.1): the published controls and profiles, the
 * events of 3.9, and a starting set of capabilities, species and policies of our own.
 * INVARIANT: the meaning of an id never changes once published; an entity is only ever tombstoned.
 */
import type { CatalogDocument } from './document.ts';
import { CAPABILITIES, CONTROLS, EVENTS, POLICIES, PROFILES, SPECIES } from './starter-data.ts';
import { published } from './unite.ts';

const entities = [...CAPABILITIES, ...SPECIES, ...CONTROLS, ...POLICIES, ...PROFILES, ...EVENTS];

const document: CatalogDocument = {
  _meta: { version: '1.0.0', wcp_spec: '0.2', total_entities: entities.length, built: '2026-11-21' },
  entities,
};

export const STARTER = published(document);

/** Controls that a Hall itself can supply, each only while its feature is active (WCP 7.2). */
export const HALL_CONTROL_IDS: ReadonlySet<string> = new Set([
  ...CONTROLS.filter((control) => control.enforcement_point === 'hall').map((control) => control.id),
  'ctrl.obs.audit-log-append-only',
  'ctrl.obs.slo-alerting',
  'ctrl.pol.policy-engine-runtime',
  'ctrl.os.global-kill-switches',
]);
