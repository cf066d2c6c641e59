/**
 * The match language of rules, policies and human conditions (WCP 2.4): exact string, `{"in":[..]}`, `{"any":true}`,
 * absent = any. Each of the four closed keys becomes one bit a word plus one bit for "unconstrained" in a single mask,
 * so that "does this match" and "does this cover that" are one AND each.
 * INVARIANT: words are refused, not ignored, when no request could ever carry them.
 */
import { z } from 'zod';
import {
  DATA_LABELS,
  ENVS,
  type MatchKey,
  QOS_CLASSES,
  type RouteQuery,
  readWord,
  TENANT_RISKS,
  type WordKey,
} from '../vocabulary.ts';

const anything = z.strictObject({ any: z.literal(true) });
const operator = <T extends z.ZodType>(value: T) =>
  z.union([value, z.strictObject({ in: z.array(value).min(1).max(1_000) }), anything], {
    error: 'expected a known value, {"in":[..]} or {"any":true}',
  });
const word = (key: WordKey) => z.string().refine((text) => readWord[key](text) !== null);
const anyText = z.string().min(1).max(256);

export const matchShape = {
  capability_id: operator(anyText).optional(),
  env: operator(word('env')).optional(),
  data_label: operator(word('data_label')).optional(),
  tenant_risk: operator(word('tenant_risk')).optional(),
  qos_class: operator(word('qos_class')).optional(),
};
export const tenantShape = { tenant_id: operator(anyText).optional() };

export type MatchOperator = string | { readonly in: readonly string[] } | { readonly any: true };
export type MatchDocument = { readonly [key in MatchKey | 'tenant_id']?: MatchOperator | undefined };

/** The values an operator names, each once and in its canonical spelling; null = unconstrained. */
const namedValues = (operator: MatchOperator | undefined): ReadonlySet<string> | null => {
  if (operator === undefined) return null;
  if (typeof operator === 'string') return new Set([operator]);
  return 'in' in operator ? new Set(operator.in) : null;
};

/** Bits of one key: its words from `shift` on, then the bit that says "unconstrained". */
interface KeyBits {
  readonly key: WordKey;
  readonly bitOf: ReadonlyMap<string, number>;
  readonly all: number;
}

const layOut = (): readonly KeyBits[] => {
  let shift = 0;
  const lay = (key: WordKey, own: readonly string[]): KeyBits => {
    const bitOf = new Map(own.map((text, index) => [text, 1 << (shift + index)] as const));
    const all = ((1 << (own.length + 1)) - 1) << shift;
    shift += own.length + 1;
    return { key, bitOf, all };
  };
  return [
    lay('env', ENVS),
    lay('data_label', DATA_LABELS),
    lay('tenant_risk', TENANT_RISKS),
    lay('qos_class', QOS_CLASSES),
  ];
};
const LAYOUT = layOut();

/** A match in the form in which it is evaluated. */
export interface Match {
  /** null = any capability. */
  readonly capabilities: ReadonlySet<string> | null;
  readonly mask: number;
  /** null = any signatory; always null in a routing rule. */
  readonly tenants: ReadonlySet<string> | null;
}

const keyMask = ({ key, bitOf, all }: KeyBits, document: MatchDocument): number => {
  const named = namedValues(document[key]);
  if (named === null) return all;
  let bits = 0;
  for (const text of named) bits |= bitOf.get(readWord[key](text) ?? '') ?? 0;
  return bits;
};

export const readMatch = (document: MatchDocument): Match => ({
  capabilities: namedValues(document.capability_id),
  mask: LAYOUT.reduce((mask, key) => mask | keyMask(key, document), 0),
  tenants: namedValues(document.tenant_id),
});

/** The words that a match admits of each closed key. */
export const wordsOf = ({ mask }: Match): Readonly<Record<WordKey, readonly string[]>> => {
  const admitted = LAYOUT.map(({ key, bitOf }) => [
    key,
    [...bitOf].filter(([, bit]) => (mask & bit) !== 0).map(([word]) => word),
  ]);
  return Object.fromEntries(admitted) as Record<WordKey, readonly string[]>;
};

/** Set in no mask: a question with a word outside the vocabulary matches nothing, not even a catch-all. */
const NEVER = 1 << 30;

/** The four words of a question as the bits of a mask: a match holds when its mask has all of them. */
export const wordBits = (query: RouteQuery): number => {
  let bits = 0;
  for (const { key, bitOf } of LAYOUT) bits |= bitOf.get(query[key]) ?? NEVER;
  return bits;
};

/** The same where some of the words are not said: a key without one is matched by "unconstrained" only. */
export const partialBits = (words: Readonly<Record<WordKey, string | null>>): number => {
  let bits = 0;
  for (const { key, bitOf, all } of LAYOUT) {
    const word = words[key];
    // The bit above the words of its key says "unconstrained".
    bits |= word === null ? (all + (all & -all)) >> 1 : (bitOf.get(word) ?? NEVER);
  }
  return bits;
};

export const matches = (match: Match, query: RouteQuery, tenantId: string): boolean => {
  const bits = wordBits(query);
  return (
    (match.mask & bits) === bits &&
    (match.capabilities === null || match.capabilities.has(query.capability_id)) &&
    (match.tenants === null || match.tenants.has(tenantId))
  );
};
