/**
 * What a publish must be told about a rule set (WCP 2.4): errors refuse it always; shadowed rules and repeated ids
 * refuse it unless it is forced.
 */
import { fieldErrors, safeRead } from '../field-errors.ts';
import { RuleSetDocument } from './rule-document.ts';
import { type CompiledRule, type CompiledRules, compileRules } from './rules.ts';
import { findShadows } from './shadows.ts';

export interface RuleError {
  /** null where the rule has no readable id, or the error is not about one rule. */
  readonly rule_id: string | null;
  /** JSON pointer. */
  readonly path: string;
  readonly message: string;
}

export interface ShadowPair {
  readonly rule_id: string;
  readonly path: string;
  readonly shadowed_by: string;
  readonly shadowed_by_path: string;
}

export interface DuplicateId {
  readonly rule_id: string;
  readonly paths: readonly string[];
}

export type RuleLint =
  | { readonly readable: false; readonly errors: readonly RuleError[] }
  | {
      readonly readable: true;
      /** With its defaults filled in. */
      readonly document: RuleSetDocument;
      readonly compiled: CompiledRules;
      readonly shadowed: readonly ShadowPair[];
      readonly duplicates: readonly DuplicateId[];
    };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const ruleIdAt = (document: unknown, pointer: string): string | null => {
  const position = /^\/rules\/(\d+)/.exec(pointer)?.[1];
  if (position === undefined || !isRecord(document) || !Array.isArray(document.rules)) return null;
  const rule: unknown = document.rules[Number(position)];
  return isRecord(rule) && typeof rule.rule_id === 'string' ? rule.rule_id : null;
};

const pathOf = (rule: CompiledRule): string => `/rules/${rule.position}`;

const duplicatesIn = (rules: readonly CompiledRule[]): readonly DuplicateId[] => {
  const paths = new Map<string, string[]>();
  for (const rule of rules) {
    const known = paths.get(rule.ruleId);
    if (known === undefined) paths.set(rule.ruleId, [pathOf(rule)]);
    else known.push(pathOf(rule));
  }
  return [...paths].filter(([, at]) => at.length > 1).map(([rule_id, at]) => ({ rule_id, paths: at }));
};

/** `document`: the JSON as it was sent. Total: whatever it is, it is either compiled or explained. */
export const lintRules = (document: unknown): RuleLint => {
  const read = safeRead(RuleSetDocument, document);
  if (!read.success) {
    const errors = fieldErrors(read.error).map(({ field, message }) => ({
      rule_id: ruleIdAt(document, field),
      path: field,
      message,
    }));
    return { readable: false, errors };
  }
  const compiled = compileRules(read.data);
  const shadowed = findShadows(compiled.rules).map(({ shadowed: rule, by }) => ({
    rule_id: rule.ruleId,
    path: pathOf(rule),
    shadowed_by: by.ruleId,
    shadowed_by_path: pathOf(by),
  }));
  return { readable: true, document: read.data, compiled, shadowed, duplicates: duplicatesIn(compiled.rules) };
};
