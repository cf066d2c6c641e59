/** Policies as their authors meet them: text is read here, once, when it is written; the tenant object never parses one. */
import { canonicalJson } from '../core/canonical.ts';
import type { JsonObject } from '../core/json.ts';
import { readPolicyCheck } from '../core/policy/check.ts';
import { MAIN } from '../core/policy/gate.ts';
import type { ForceBundle } from '../core/policy/in-force.ts';
import { BUNDLE_ID } from '../core/policy/set.ts';
import { readBundle, type WrittenBundle } from '../core/policy/written.ts';
import { type FieldError, type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';
import { change } from './manage.ts';
import type { SubmitOptions } from './submit.ts';

type Answer = Promise<Result<JsonObject, Refusal>>;

const wrong = (field: string, message: string): Refusal =>
  refusal('invalid_body', `${field}: ${message}`, [{ field, message }]);

/** A policy that came as a text, or as the JSON it is. */
const written = (sent: JsonObject, strict: boolean): Result<WrittenBundle, Refusal> => {
  const { content, ...rest } = sent;
  if (typeof content === 'string' && Object.keys(rest).length === 0) return readBundle(content, strict);
  return readBundle(canonicalJson(sent), strict);
};

const asJson = (errors: readonly FieldError[]): JsonObject[] =>
  errors.map(({ field, message, line }) => ({ pointer: field, message, line: line ?? null }));

/** `PUT /v1/policies`: one policy, published whole. */
export const publishPolicy = async (
  deps: Deps,
  caller: Caller,
  sent: JsonObject,
  terms: { readonly version: string | null; readonly force: boolean; readonly strict: boolean },
  options: SubmitOptions,
): Answer => {
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

/** What publishing it under this name would mean, beside the bundles in force; publishes nothing. */
export const validatePolicy = async (
  deps: Deps,
  caller: Caller,
  sent: JsonObject,
  { bundleId, strict }: { readonly bundleId: string | null; readonly strict: boolean },
): Answer => {
  const read = written(sent, strict);
  if (!read.ok) return read;
  const { text, document, warnings } = read.value;
  const id = bundleId ?? MAIN;
  if (!BUNDLE_ID.test(id)) return err(wrong('bundle_id', 'expected the id of a bundle'));
  const bundles = [{ id, text, document }];
  const made = await ask(deps, caller, { kind: 'policy', query: { what: 'candidate', bundles, lint: true } });
  if (!made.ok) return made;
  const { policy_snapshot = null, rules = null, findings = null } = made.value;
  return ok({ valid: true, policy_snapshot, rules, findings, warnings: asJson(warnings) });
};

export const evaluatePolicy = async (
  deps: Deps,
  caller: Caller,
  sent: JsonObject,
  traceId: string | null,
  options: SubmitOptions,
): Answer => {
  const named = traceId ?? (typeof sent.trace_id === 'string' ? sent.trace_id : null);
  const { trace_id: _, ...question } = sent;
  if (named !== null && !/^[\x21-\x7e]{1,256}$/.test(named))
    return err(wrong('trace_id', 'expected 1 to 256 printable characters'));
  const check = readPolicyCheck(question);
  if (!check.ok) return check;
  const command = { kind: 'policy.evaluate', check: check.value, traceId: named ?? deps.newId() } as const;
  return change(deps, caller, command, options);
};

/** `bundleId` null: `content` stands in place of `main`. Else of that bundle, whose draft stands in where none is sent. */
export const simulatePolicy = async (
  deps: Deps,
  caller: Caller,
  sent: JsonObject,
  bundleId: string | null,
  explain: boolean,
): Answer => {
  const { content, ...rest } = sent;
  const asked = bundleId === null ? rest : rest.request;
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked))
    return err(wrong('/request', 'expected an object'));
  if (content !== undefined && typeof content !== 'string') return err(wrong('/content', 'expected a text'));
  const check = readPolicyCheck(asked as JsonObject);
  if (!check.ok) return check;
  const bundles = await candidateBundles(deps, caller, bundleId, content ?? null);
  if (!bundles.ok) return bundles;
  const query = { what: 'simulate', check: check.value, bundles: bundles.value, explain } as const;
  return ask(deps, caller, { kind: 'policy', query });
};

/** What stands in for a bundle: the text that was sent, else its draft; nothing where neither is meant. */
export const candidateBundles = async (
  deps: Deps,
  caller: Caller,
  bundleId: string | null,
  content: string | null,
): Promise<Result<readonly ForceBundle[], Refusal>> => {
  let text = content;
  if (text === null) {
    if (bundleId === null) return ok([]);
    const saved = await ask(deps, caller, { kind: 'policy', query: { what: 'bundle', bundleId } });
    if (!saved.ok) return saved;
    text = String(saved.value.content);
  }
  const id = bundleId ?? MAIN;
  if (!BUNDLE_ID.test(id)) return err(refusal('not_found'));
  const read = readBundle(text);
  return read.ok ? ok([{ id, text: read.value.text, document: read.value.document }]) : read;
};

export interface BundleToSave {
  readonly id: string;
  readonly content: string;
  readonly enabled: boolean;
  readonly author: string;
  readonly message: string;
  readonly revision: number | null;
  readonly strict: boolean;
}

export const saveBundle = async (deps: Deps, caller: Caller, bundle: BundleToSave, options: SubmitOptions): Answer => {
  const { id, content, strict, ...terms } = bundle;
  if (!BUNDLE_ID.test(id)) {
    const message = 'expected segments of a-z 0-9 . _ - joined by /, at most 128 characters';
    return err(refusal('invalid_parameter', `bundle_id: ${message}`, [{ field: 'bundle_id', message }]));
  }
  const read = readBundle(content, strict);
  if (!read.ok) return read;
  const { text, document, warnings } = read.value;
  const command = { kind: 'policy.save', bundleId: id, text, document, warnings: asJson(warnings), ...terms } as const;
  return change(deps, caller, command, options);
};

export const deleteBundle = (deps: Deps, caller: Caller, bundleId: string): Answer =>
  change(deps, caller, { kind: 'policy.delete', bundleId });

export const publishBundles = (
  deps: Deps,
  caller: Caller,
  asked: {
    readonly bundle_ids: readonly string[];
    readonly author?: string | undefined;
    readonly message?: string | undefined;
    readonly note?: string | undefined;
    readonly expected_snapshot?: string | undefined;
  },
  options: SubmitOptions,
): Answer => {
  const {
    bundle_ids: bundleIds,
    author = '',
    message = '',
    note = '',
    expected_snapshot: expectedSnapshot = null,
  } = asked;
  return change(deps, caller, { kind: 'policy.publish', bundleIds, author, message, note, expectedSnapshot }, options);
};

export const rollBackPolicy = (
  deps: Deps,
  caller: Caller,
  snapshot: string,
  message: string,
  options: SubmitOptions,
): Answer => change(deps, caller, { kind: 'policy.rollback', snapshot, message }, options);

export const snapshotPolicy = (
  deps: Deps,
  caller: Caller,
  { note, author }: { readonly note: string; readonly author: string },
  options: SubmitOptions,
): Answer => change(deps, caller, { kind: 'policy.snapshot', note, author }, options);

export const putShadow = async (
  deps: Deps,
  caller: Caller,
  { id, content, metadata }: { readonly id: string; readonly content: string; readonly metadata: JsonObject },
  options: SubmitOptions,
): Answer => {
  if (!BUNDLE_ID.test(id)) return err(refusal('not_found'));
  const read = readBundle(content);
  if (!read.ok) return read;
  const { text, document } = read.value;
  return change(deps, caller, { kind: 'policy.shadow', bundleId: id, text, document, metadata }, options);
};

export const deleteShadow = (deps: Deps, caller: Caller, bundleId: string): Answer =>
  change(deps, caller, { kind: 'policy.unshadow', bundleId });

/** A shadow as a candidate: what it says, and from which entry on it is asked. */
export const shadowCandidate = async (
  deps: Deps,
  caller: Caller,
  bundleId: string,
): Promise<Result<{ readonly bundle: ForceBundle; readonly fromSeq: number }, Refusal>> => {
  const found = await ask(deps, caller, { kind: 'policy', query: { what: 'shadow', bundleId } });
  if (!found.ok) return found;
  const { content, document, from_seq } = found.value;
  return ok({
    bundle: { id: bundleId, text: String(content), document: document as JsonObject },
    fromSeq: Number(from_seq),
  });
};
