/**
 * What is in force, as bundles, and back: a policy that was published whole in its smallest form stands by itself and is
 * named as its author named it; everything else is a set, named by its snapshot hash (CAP 5.9).
 */
import { canonicalJson } from '../canonical.ts';
import { sha256Hex } from '../hash.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { type Refusal, refusal } from '../refusal.ts';
import { err, ok, type Result } from '../result.ts';
import { type CompiledPolicy, MAIN, restorePolicy } from './gate.ts';
import { asJson, lintSet } from './lint.ts';
import { byId, compileSet, PolicySet, snapshotOf } from './set.ts';

export interface ForceBundle {
  readonly id: string;
  /** The exact text. */
  readonly text: string;
  readonly document: JsonObject;
}

export interface MadePolicy {
  /** null: of the smallest form, which its author names. */
  readonly version: string | null;
  readonly content: JsonObject;
  readonly snapshot: string;
  readonly compiled: CompiledPolicy;
  readonly rules: number;
  /** Looked for when it is asked: nobody who only tries a policy waits for it. */
  readonly findings: () => readonly JsonObject[];
}

/** A text is kept as a JSON string, so it has the name of one. */
export const sourceContent = (text: string): { readonly hash: string; readonly text: string } => {
  const kept = canonicalJson(text);
  return { hash: sha256Hex(kept), text: kept };
};

const standsAlone = (bundles: readonly ForceBundle[]): ForceBundle | null => {
  const [only] = bundles;
  if (bundles.length !== 1 || only === undefined || only.id !== MAIN || !('policy_version' in only.document))
    return null;
  return only.text === canonicalJson(only.document) ? only : null;
};

/** `whole`: one document of the smallest form may stand by itself, under the name that its author gave it. */
export const makePolicy = (unordered: readonly ForceBundle[], whole = false): Result<MadePolicy, Refusal> => {
  const bundles = unordered.toSorted(byId);
  const snapshot = snapshotOf(bundles);
  const alone = whole ? standsAlone(bundles) : null;
  const content: JsonObject = alone?.document ?? {
    snapshot,
    bundles: bundles.map(({ id, text, document }) => ({ id, source: sourceContent(text).hash, document })),
  };
  const compiled = restorePolicy(content);
  if (!compiled.ok) return err(conflictOf(content));
  const { set } = compiled.value;
  return ok({
    version: alone === null ? snapshot : null,
    content,
    snapshot,
    compiled: compiled.value,
    rules: set?.rules.length ?? 0,
    findings: () => (set === null ? [] : asJson(lintSet(set))),
  });
};

/** Each bundle was read before, so what is wrong is between them. */
const conflictOf = (content: JsonObject): Refusal => {
  const set = PolicySet.safeParse(content);
  const compiled = set.success ? compileSet(set.data) : null;
  const errors = compiled === null || compiled.ok ? [] : compiled.error;
  return refusal('rule_id_conflict', errors[0] && `${errors[0].field}: ${errors[0].message}`, errors);
};

/** The bundles of a policy in force; `textOf` finds the kept text of a source. */
export const bundlesOf = (content: JsonValue, textOf: (source: string) => string | null): readonly ForceBundle[] => {
  const set = PolicySet.safeParse(content);
  if (!set.success) return [{ id: MAIN, text: canonicalJson(content), document: content as JsonObject }];
  const documents = (content as { readonly bundles: readonly { readonly document: JsonObject }[] }).bundles;
  return set.data.bundles.map(({ id, source }, index) => {
    const kept = textOf(source);
    return {
      id,
      text: kept === null ? '' : (JSON.parse(kept) as string),
      document: documents[index]?.document ?? {},
    };
  });
};
