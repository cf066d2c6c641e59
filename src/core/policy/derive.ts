/**
 * Risk tags that are read from the job's own context, not taken from its sender (CAP 5.4): for a topic that a deriver
 * covers, the tags it owns are thrown away and made anew from what the context says. Text is data here.
 */
import type { JsonValue } from '../json.ts';

export const DERIVER_OPERATIONS = ['gte', 'lt', 'eq', 'in', 'exists'] as const;
type Operation = (typeof DERIVER_OPERATIONS)[number];
type Scalar = string | number | boolean;

export interface TagCondition {
  readonly path: string;
  readonly op: Operation;
  readonly value?: Scalar | readonly Scalar[] | undefined;
  readonly add_tags: readonly string[];
}

export interface TagDeriver {
  readonly owns: readonly string[];
  readonly when: readonly TagCondition[];
  readonly on_missing: readonly string[];
}

const own = (value: JsonValue, name: string): JsonValue | undefined => {
  if (Array.isArray(value)) return /^(?:0|[1-9]\d{0,8})$/.test(name) ? (value[Number(name)] as JsonValue) : undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as { readonly [member: string]: JsonValue })[name];
};

export const atPointer = (value: JsonValue | undefined, pointer: string): JsonValue | undefined => {
  let here = value;
  for (const step of pointer.split('/').slice(1)) {
    if (here === undefined) return undefined;
    here = own(here, step.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return here;
};

const holds = ({ op, value }: TagCondition, found: JsonValue): boolean => {
  switch (op) {
    case 'gte':
      return typeof found === 'number' && typeof value === 'number' && found >= value;
    case 'lt':
      return typeof found === 'number' && typeof value === 'number' && found < value;
    case 'eq':
      return found === value;
    case 'in':
      return Array.isArray(value) && value.some((one) => one === found);
    case 'exists':
      return true;
  }
};

/** A path that leads nowhere, or to another type than its operation compares, is a missing fact. */
const isMissing = ({ op, value }: TagCondition, found: JsonValue | undefined): boolean => {
  if (found === undefined || found === null) return op !== 'exists';
  return (op === 'gte' || op === 'lt') && typeof found !== typeof value;
};

/** `tags`: lower case. `context`: undefined where none was sent. */
export const deriveTags = (
  tags: readonly string[],
  derivers: readonly TagDeriver[],
  context: JsonValue | undefined,
): readonly string[] => {
  const kept = new Set(tags);
  for (const deriver of derivers) for (const tag of deriver.owns) kept.delete(tag.toLowerCase());
  for (const deriver of derivers) {
    for (const condition of deriver.when) {
      const found = atPointer(context, condition.path);
      const added = isMissing(condition, found)
        ? deriver.on_missing
        : found !== undefined && found !== null && holds(condition, found)
          ? condition.add_tags
          : [];
      for (const tag of added) kept.add(tag.toLowerCase());
    }
  }
  return [...kept].sort();
};
