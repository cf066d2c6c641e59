/** Policies as their authors meet them: text is read here, once, when it is written; the tenant object never parses one. */
import { canonicalJson } from '../core/canonical.ts';
import type { JsonObject } from '../core/json.ts';
import type { ForceBundle } from '../core/policy/in-force.ts';
import { readBundle, type WrittenBundle } from '../core/policy/written.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { change } from './manage.ts';
import type { SubmitOptions } from './submit.ts';

/** A policy that came as a text, or as the JSON it is. */
const written = (sent: JsonObject, strict: boolean): Result<WrittenBundle, Refusal> => {
  const { content, ...rest } = sent;
  if (typeof content === 'string' && Object.keys(rest).length === 0) return readBundle(content, strict);
  return readBundle(canonicalJson(sent), strict);
};

/** `PUT /v1/policies`: one policy, published whole. */
export const publishPolicy = async (
  deps: Deps,
  caller: Caller,
  sent: JsonObject,
  terms: { readonly version: string | null; readonly force: boolean; readonly strict: boolean },
  options: SubmitOptions,
): Promise<Result<JsonObject, Refusal>> => {
  const read = written(sent, terms.strict);
  if (!read.ok) return read;
  const { text, document, warnings } = read.value;
  const isGate = typeof document.policy_version === 'string';
  if (!isGate && terms.version !== null) {
    const message = 'a policy of rules is named by its snapshot hash';
    return err(refusal('invalid_parameter', `version: ${message}`, [{ field: 'version', message }]));
  }
  const version = terms.version ?? (isGate ? String(document.policy_version) : null);
  const { force } = terms;
  const command = { kind: 'document.publish', document: 'policy', version, content: document, text, force } as const;
  const published = await change(deps, caller, command, options);
  if (!published.ok) return published;
  const own = (published.value.warnings ?? []) as readonly string[];
  return ok({
    ...published.value,
    warnings: [...warnings.map(({ field, message }) => `${field}: ${message}`), ...own],
  });
};

export type { ForceBundle };
