/** What publishing a document would mean: its size and warnings, or the refusal that names rules and paths (WCP 2.4). */
import type { JsonObject, JsonValue } from '../json.ts';
import { readPolicyDocument } from '../policy/document.ts';
import { readPolicy } from '../policy/gate.ts';
import { type FieldError, type Refusal, refusal } from '../refusal.ts';
import { err, ok, type Result } from '../result.ts';
import { lintRules } from './rule-lint.ts';

const at = (path: string, message: string): FieldError => ({ field: path, message });

/** What a rule set would do if it were published; the refusal names rules and paths. */
export const judgeRules = (content: JsonValue, force: boolean): Result<JsonObject, Refusal> => {
  const lint = lintRules(content);
  if (!lint.readable) {
    const errors = lint.errors.map((error) =>
      at(error.path, error.rule_id === null ? error.message : `${error.rule_id}: ${error.message}`),
    );
    return err(refusal('rules_invalid', errors[0] && `${errors[0].field} ${errors[0].message}`, errors));
  }
  const shadowed = lint.shadowed.map((pair) =>
    at(pair.path, `${pair.rule_id} can never match: ${pair.shadowed_by} at ${pair.shadowed_by_path} comes first`),
  );
  const duplicates = lint.duplicates.map((twin) => at(twin.paths.join(' '), `${twin.rule_id} names several rules`));
  const found = [...shadowed, ...duplicates];
  if (found.length > 0 && !force) return err(refusal('rules_shadowed', found[0]?.message, found));
  return ok({ rules: lint.compiled.rules.length, warnings: found.map((error) => error.message) });
};

/** Whether a policy, of either form, may be published; what it would do its bundle says (`policy/in-force.ts`). */
export const judgePolicy = (content: JsonValue): Result<null, Refusal> => {
  const isGate = typeof content === 'object' && content !== null && 'policy_version' in content;
  const read: Result<unknown, readonly FieldError[]> = isGate ? readPolicy(content) : readPolicyDocument(content);
  if (read.ok) return ok(null);
  const [first] = read.error;
  return err(refusal('policy_invalid', first && `${first.field}: ${first.message}`, read.error));
};
