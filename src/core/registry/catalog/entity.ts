/**
 * What a catalog says about one id (WCP 2.1, 7.1). Members beside those named here are the publisher's own: they are
 * kept, shown and compared, never read. The prefix of an id says its kind, whatever word the publisher has for it.
 */
import type { JsonValue } from '../../json.ts';

export const ENTITY_KINDS = ['capability', 'species', 'control', 'policy', 'profile', 'event'] as const;
export type EntityKind = (typeof ENTITY_KINDS)[number];
export const RISK_TIERS = ['low', 'medium', 'high', 'critical'] as const;
export type RiskTier = (typeof RISK_TIERS)[number];
export const ENFORCEMENT_POINTS = ['hall', 'platform', 'worker'] as const;
export type EnforcementPoint = (typeof ENFORCEMENT_POINTS)[number];

export interface CatalogEntity {
  readonly [member: string]: JsonValue | undefined;
  readonly id: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Of a capability or a species: how much harm it can do. */
  readonly risk_tier?: RiskTier | undefined;
  /** Of a control: who enforces it, and for which risk tiers it is required. */
  readonly enforcement_point?: EnforcementPoint | undefined;
  readonly required_for_risk_tiers?: readonly RiskTier[] | undefined;
  /** Of a profile: the controls it adds, and the risk tiers it is made for. */
  readonly controls_required?: readonly string[] | undefined;
  readonly recommended_for_risk_tiers?: readonly RiskTier[] | undefined;
  /** Absent: active. */
  readonly status?: 'active' | 'deprecated' | undefined;
  /** The rest of a tombstone. */
  readonly superseded_by?: string | undefined;
  readonly deprecated_catalog?: string | undefined;
  readonly sunset_catalog?: string | undefined;
}

const PREFIXES: Readonly<Record<EntityKind, string>> = {
  capability: 'cap.',
  species: 'wrk.',
  control: 'ctrl.',
  policy: 'pol.',
  profile: 'prof.',
  event: 'evt.',
};

const SEGMENTS = /^[a-z]+(?:\.[a-z0-9-]+){1,3}$/;
/** The published events have underscores in them, so that events alone may. */
const EVENT_SEGMENTS = /^evt(?:\.[a-z0-9_-]+){1,3}$/;
const MAX_ID = 64;

/** The kind whose prefix an id carries, or null: ids with these prefixes are reserved for the catalog. */
export const reservedKind = (id: string): EntityKind | null => {
  for (const kind of ENTITY_KINDS) if (id.startsWith(PREFIXES[kind])) return kind;
  return null;
};

/** Whether a catalog may publish this id: its prefix, and 2 to 4 segments of `[a-z0-9-]`, at most 64 characters. */
export const isCatalogId = (id: string): boolean => {
  const kind = reservedKind(id);
  if (kind === null || id.length > MAX_ID) return false;
  return (kind === 'event' ? EVENT_SEGMENTS : SEGMENTS).test(id);
};

/** The words in an id, for what was published without a name. */
const words = (id: string): string =>
  id
    .slice(id.indexOf('.') + 1)
    .replaceAll(/[._-]/g, ' ')
    .trim();

export const nameOf = ({ id, name }: CatalogEntity): string => name ?? words(id);
export const statusOf = ({ status }: CatalogEntity): 'active' | 'deprecated' => status ?? 'active';

/** Other names of catalog ids that published texts use. */
const ID_ALIASES: ReadonlyMap<string, string> = new Map([['rag_strict', 'prof.mem.rag-strict']]);
export const resolveId = (id: string): string => ID_ALIASES.get(id) ?? id;
