/**
 * A catalog document as it is published: `{_meta{version, wcp_spec, total_entities, built}, entities[]}` (WCP 7.1).
 * What this Hall reads is judged strictly, and every fault names its entity; all other members are kept as they are.
 */
import { z } from 'zod';
import { jsonPointer, safeRead } from '../../field-errors.ts';
import type { JsonObject } from '../../json.ts';
import type { FieldError } from '../../refusal.ts';
import { err, ok, type Result } from '../../result.ts';
import {
  type CatalogEntity,
  ENFORCEMENT_POINTS,
  ENTITY_KINDS,
  type EntityKind,
  isCatalogId,
  RISK_TIERS,
  reservedKind,
} from './entity.ts';
import { CATALOG_VERSION_PATTERN, compareVersions, plainVersion } from './version.ts';

const MAX_ENTITIES = 10_000;
const MAX_ERRORS = 100;

const version = z.string().regex(CATALOG_VERSION_PATTERN, 'expected a version such as 1.0.0');
const id = z.string().refine(isCatalogId, {
  error: 'expected cap., wrk., ctrl., pol., prof. or evt. and 2 to 4 segments of a-z 0-9 -, 64 characters at most',
});
const tiers = z.array(z.enum(RISK_TIERS)).max(RISK_TIERS.length);

const Entity = z.looseObject({
  id,
  name: z.string().min(1).max(256).optional(),
  description: z.string().max(4_096).optional(),
  risk_tier: z.enum(RISK_TIERS).optional(),
  enforcement_point: z.enum(ENFORCEMENT_POINTS).optional(),
  required_for_risk_tiers: tiers.optional(),
  controls_required: z.array(id).max(256).optional(),
  recommended_for_risk_tiers: tiers.optional(),
  status: z.enum(['active', 'deprecated']).optional(),
  superseded_by: id.nullish(),
  deprecated_catalog: version.nullish(),
  sunset_catalog: version.nullish(),
});

const Meta = z.looseObject({
  version,
  wcp_spec: z.string().min(1).max(64),
  total_entities: z.int().min(0),
  built: z.string().max(64).optional(),
});

export const CatalogDocumentSchema = z
  .looseObject({ _meta: Meta, entities: z.array(Entity).max(MAX_ENTITIES) })
  .meta({ id: 'CatalogDocument', description: 'Members beside these are kept.' });

export interface CatalogDocument {
  readonly [member: string]: unknown;
  readonly _meta: JsonObject & {
    readonly version: string;
    readonly wcp_spec: string;
    readonly total_entities: number;
    readonly built?: string | undefined;
  };
  readonly entities: readonly CatalogEntity[];
}

/** The document as it was sent, with its version in the plain form; or everything that is wrong with it. */
export const readCatalogDocument = (content: JsonObject): Result<CatalogDocument, readonly FieldError[]> => {
  const read = safeRead(CatalogDocumentSchema, content);
  if (!read.success) return err(read.error.issues.slice(0, MAX_ERRORS).map((issue) => named(issue, content)));
  const entities = content.entities as readonly CatalogEntity[];
  const { _meta: meta } = read.data;
  const faults = [
    ...(meta.total_entities === entities.length
      ? []
      : [{ field: '/_meta/total_entities', message: `says ${meta.total_entities}, and there are ${entities.length}` }]),
    ...entities.flatMap(entityFaults),
    ...repeats(entities),
  ];
  if (faults.length > 0) return err(faults.slice(0, MAX_ERRORS));
  const document = { ...content, _meta: { ...(content._meta as JsonObject), version: plainVersion(meta.version) } };
  return ok(document as unknown as CatalogDocument);
};

/** Says which entity it is, since a number alone helps nobody in a list of hundreds. */
const named = (issue: z.core.$ZodIssue, content: JsonObject): FieldError => {
  const [first, index] = issue.path;
  const entity =
    first === 'entities' && typeof index === 'number' && Array.isArray(content.entities)
      ? (content.entities[index] as { id?: unknown } | null)?.id
      : undefined;
  const message = issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  return {
    field: jsonPointer(issue.path),
    message: typeof entity === 'string' ? `${shown(entity)}: ${message}` : message,
  };
};

const shown = (entityId: string): string => entityId.slice(0, 80);
const at = (index: number, ...path: readonly string[]): string => jsonPointer(['entities', index, ...path]);

const entityFaults = (entity: CatalogEntity, index: number): readonly FieldError[] => {
  const kind = reservedKind(entity.id);
  const fault = (member: string, message: string): FieldError => ({
    field: at(index, member),
    message: `${entity.id}: ${message}`,
  });
  return [
    ...['kind', 'type']
      .filter((member) => isOtherKind(entity[member], kind))
      .map((member) => fault(member, `its prefix says ${kind}`)),
    ...(entity.controls_required ?? [])
      .filter((control) => reservedKind(control) !== 'control')
      .map((control) => fault('controls_required', `${control} is no control`)),
    ...tombstoneFaults(entity, kind, fault),
  ];
};

const KIND_WORDS: readonly string[] = ENTITY_KINDS;
/** A word of our own for another kind; what other words mean is the publisher's business. */
const isOtherKind = (word: unknown, kind: EntityKind | null): boolean =>
  typeof word === 'string' && KIND_WORDS.includes(word) && word !== kind;

function tombstoneFaults(
  entity: CatalogEntity,
  kind: EntityKind | null,
  fault: (member: string, message: string) => FieldError,
): readonly FieldError[] {
  const { superseded_by: successor, deprecated_catalog: from, sunset_catalog: until } = entity;
  if (entity.status !== 'deprecated') {
    return ['superseded_by', 'deprecated_catalog', 'sunset_catalog']
      .filter((member) => entity[member] !== undefined && entity[member] !== null)
      .map((member) => fault(member, 'only what is deprecated has one'));
  }
  const faults: FieldError[] = [];
  if (successor === entity.id) faults.push(fault('superseded_by', 'it cannot succeed itself'));
  else if (typeof successor === 'string' && reservedKind(successor) !== kind) {
    faults.push(fault('superseded_by', `${successor} is no ${kind}`));
  }
  if (typeof from === 'string' && typeof until === 'string' && compareVersions(until, from) < 0) {
    faults.push(fault('sunset_catalog', 'comes before deprecated_catalog'));
  }
  return faults;
}

const repeats = (entities: readonly CatalogEntity[]): readonly FieldError[] => {
  const first = new Map<string, number>();
  return entities.flatMap((entity, index) => {
    const earlier = first.get(entity.id);
    if (earlier !== undefined)
      return [{ field: at(index, 'id'), message: `${entity.id}: is at ${at(earlier)} already` }];
    first.set(entity.id, index);
    return [];
  });
};
