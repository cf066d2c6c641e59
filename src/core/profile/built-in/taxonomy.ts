/** The 33 profiles of the taxonomy (WCP 7.3): each adds the controls that the catalog names for it. */
import { nameOf } from '../../registry/catalog/entity.ts';
import { PROFILES } from '../../registry/catalog/starter-data.ts';
import type { ProfileContent } from '../document.ts';
import { NAMED } from './named.ts';
import { mappingRows } from './rows.ts';

const named = new Set(NAMED.map(({ profile_id }) => profile_id));

export const TAXONOMY: readonly ProfileContent[] = PROFILES.filter(({ id }) => !named.has(id)).map((entity) => ({
  profile_id: entity.id,
  version: '1.0.0',
  title: nameOf(entity),
  description: `For workers of ${(entity.recommended_for_risk_tiers ?? []).join(', ')} risk.`,
  controls_required: [...(entity.controls_required ?? [])],
  mappings: mappingRows(
    `wcp.taxonomy.${entity.id.slice('prof.'.length)} | the controls of ${entity.id} | E | controls_required | wcp.decision | that a worker does what it declares: controls are declared by its owner and checked as declarations`,
  ),
}));
