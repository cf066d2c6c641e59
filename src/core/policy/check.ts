/**
 * A job's question to the policy as it was sent (CAP 2.2, 4.3), read within bounds, and made into the question that is
 * evaluated (5.4): tenant label, effective risk tags, secrets found, content looked at. Server-owned labels are dropped
 * with a warning; members nobody knows are ignored with one.
 */
import { z } from 'zod';
import { fromBase64, readableText, utf8 } from '../bytes.ts';
import { fieldErrors, safeRead } from '../field-errors.ts';
import { type JsonObject, type JsonValue, parseJson } from '../json.ts';
import { type Refusal, refusal } from '../refusal.ts';
import { err, ok, type Result } from '../result.ts';
import { inputFindings } from './content.ts';
import { deriveTags } from './derive.ts';
import { globMatches } from './glob.ts';
import { McpLists } from './mcp.ts';
import { type EffectiveSafety, type PolicyQuestion, wordsOfLabels } from './question.ts';
import { holdsSecret } from './scan.ts';
import type { CompiledSet } from './set.ts';

const NO_CONTROL = /^[^\u0000-\u001f\u007f]*$/;
const id = z.string().max(256).regex(NO_CONTROL, 'control characters are not allowed');
const tags = z.array(z.string().min(1).max(128).regex(NO_CONTROL, 'control characters are not allowed')).max(50);
const labels = z
  .record(z.string().min(1).max(256), z.string().max(4_096))
  .refine((all) => Object.keys(all).length <= 50, { error: 'more than 50 labels' });
const safety = z.looseObject({
  allowed_topics: z.array(z.string().max(256)).max(1_000).default([]),
  denied_topics: z.array(z.string().max(256)).max(1_000).default([]),
  mcp: McpLists.nullable().default(null),
});

const own = {
  actor_id: id,
  actor_type: id,
  capability: id,
  pack_id: id,
  risk_tags: tags,
  requires: tags,
  labels,
  tenant_id: id,
};
const Meta = z.strictObject({ ...own, idempotency_key: id }).partial();

export const PROMPT = 100_000;

export const PolicyCheckRequest = z
  .strictObject({
    ...own,
    topic: z.string().max(256),
    tenant: id,
    job_id: id,
    workflow_id: id,
    session_id: id,
    step_id: id,
    org_id: id,
    team_id: id,
    principal_id: id,
    memory_id: id,
    priority: z.union([id, z.int()]),
    estimated_cost: z.number(),
    budget: z.looseObject({}),
    meta: Meta,
    effective_config: z.union([z.looseObject({ safety: safety.optional() }), z.string().max(1_500_000)]),
    prompt: z.string().max(PROMPT, 'a prompt has at most 100000 characters'),
    context: z.unknown(),
    input_content: z.string().max(2_796_204),
    input_content_type: z.string().max(256),
    input_size_bytes: z.int().min(0),
  })
  .partial()
  .meta({ id: 'PolicyCheckRequest' });

/** Plain data, so that it can be sent to the object that evaluates it. */
export interface PolicyCheck {
  /** null: none was named. */
  readonly tenant: string | null;
  readonly topic: string;
  readonly facts: Readonly<
    Record<'capability' | 'pack_id' | 'actor_id' | 'actor_type' | 'job_id' | 'workflow_id' | 'session_id', string>
  >;
  readonly risk_tags: readonly string[];
  readonly requires: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly secrets: boolean;
  readonly safety: EffectiveSafety | null;
  readonly content: { readonly text: string; readonly size: number; readonly type: string } | null;
  /** JSON text of the context, where one was sent. */
  readonly context: string | null;
  readonly warnings: readonly string[];
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Known members in lowerCamelCase are read as their own; what is known under neither name is left out. */
const knownMembers = (
  sent: JsonObject,
  known: Readonly<Record<string, unknown>>,
  warnings: string[],
  at = '',
): JsonObject => {
  const out: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(sent)) {
    const read = Object.hasOwn(known, name) ? name : snake(name);
    if (value === null) continue;
    if (Object.hasOwn(known, read)) out[read] = value;
    else warnings.push(`${at}/${name}: unknown member, ignored`);
  }
  return out;
};

const TOPIC = /^job\.[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/;
export const isTopic = (topic: string): boolean => TOPIC.test(topic) && !topic.includes('..');

const RESERVED = /^(?:approval_|_governance\.|_ma\.)/;
const SERVER_OWNED = /^(?:_|retry|remediation_|saga_|dlq_entry$|is_compensation$|compensates$|cordum\.bus_msg_id$)/;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const readPolicyCheck = (sent: JsonObject): Result<PolicyCheck, Refusal> => {
  const warnings: string[] = [];
  const members = knownMembers(sent, PolicyCheckRequest.shape, warnings);
  const meta = isObject(members.meta) ? knownMembers(members.meta, Meta.shape, warnings, '/meta') : members.meta;
  const read = safeRead(PolicyCheckRequest, meta === undefined ? members : { ...members, meta });
  if (!read.success) {
    const errors = fieldErrors(read.error);
    return err(refusal('invalid_body', errors[0] && `${errors[0].field}: ${errors[0].message}`, errors));
  }
  const asked = read.data;
  const topic = asked.topic ?? '';
  if (topic !== '' && !isTopic(topic))
    return err(refusal('invalid_topic', `topic: ${topic.replace(/[\u0000-\u001f\u007f]/g, '')}`));
  const merged = ownLabels({ ...asked.meta?.labels, ...asked.labels }, warnings);
  if (!merged.ok) return merged;
  const content = contentOf(asked);
  if (content === undefined)
    return err(
      refusal('invalid_body', 'input_content: expected base64', [
        { field: '/input_content', message: 'expected base64' },
      ]),
    );
  const config = safetyOf(asked.effective_config);
  if (config === undefined)
    return err(
      refusal('invalid_body', 'effective_config: not readable', [
        { field: '/effective_config', message: 'not readable' },
      ]),
    );
  const { context } = asked;
  const context_ = context === undefined ? null : JSON.stringify(context);
  const secrets =
    merged.value.secrets_present === 'true' ||
    [content?.text, context_].some((text) => text != null && holdsSecret(text));
  const fact = (name: 'capability' | 'pack_id' | 'actor_id' | 'actor_type'): string =>
    asked[name] ?? asked.meta?.[name] ?? '';
  const { secrets_present: _, ...rest } = merged.value;
  return ok({
    tenant: asked.tenant ?? asked.tenant_id ?? asked.meta?.tenant_id ?? null,
    topic,
    facts: {
      capability: fact('capability'),
      pack_id: fact('pack_id'),
      actor_id: fact('actor_id'),
      actor_type: fact('actor_type'),
      job_id: asked.job_id ?? '',
      workflow_id: asked.workflow_id ?? '',
      session_id: asked.session_id ?? '',
    },
    risk_tags: asked.risk_tags ?? asked.meta?.risk_tags ?? [],
    requires: asked.requires ?? asked.meta?.requires ?? [],
    labels: { ...rest, ...(secrets ? { secrets_present: 'true' } : {}) },
    secrets,
    safety: config,
    content,
    context: context_,
    warnings,
  });
};

const ownLabels = (
  all: Readonly<Record<string, string>>,
  warnings: string[],
): Result<Record<string, string>, Refusal> => {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(all)) {
    if (RESERVED.test(name)) return err(refusal('reserved_label', `label ${name} is set by the server`));
    if (SERVER_OWNED.test(name)) warnings.push(`/labels/${name}: set by the server, ignored`);
    else out[name] = value;
  }
  return ok(out);
};

const contentOf = (asked: z.output<typeof PolicyCheckRequest>): PolicyCheck['content'] | undefined => {
  const { prompt, input_content, input_content_type: type = 'text/plain', input_size_bytes: size } = asked;
  if (input_content === undefined && prompt === undefined) return size === undefined ? null : { text: '', size, type };
  let text = prompt ?? '';
  if (input_content !== undefined) {
    const bytes = fromAnyBase64(input_content);
    if (bytes === undefined) return undefined;
    text += readableText(bytes);
  }
  return { text, size: Math.max(size ?? 0, utf8(text).length), type };
};

const fromAnyBase64 = (text: string): Uint8Array | undefined =>
  fromBase64(
    text
      .replaceAll('-', '+')
      .replaceAll('_', '/')
      .replace(/=+$/, '')
      .padEnd(Math.ceil(text.replace(/=+$/, '').length / 4) * 4, '='),
  );

/** Undefined: not readable, which must not be taken for "nothing to tighten". */
const safetyOf = (
  config: z.output<typeof PolicyCheckRequest>['effective_config'],
): EffectiveSafety | null | undefined => {
  if (config === undefined) return null;
  if (typeof config !== 'string') return config.safety ?? null;
  const bytes = fromAnyBase64(config);
  if (bytes === undefined) return undefined;
  const parsed = parseJson(readableText(bytes));
  if (!parsed.ok) return undefined;
  const read = safeRead(z.looseObject({ safety: safety.optional() }), parsed.value);
  return read.success ? (read.data.safety ?? null) : undefined;
};

/** `set` null: nothing is published. `slug`: the tenant whose policy this is; `default` is another name of it. */
export const questionOfCheck = (check: PolicyCheck, set: CompiledSet | null, slug: string): PolicyQuestion => {
  const tenant = check.tenant ?? set?.defaultTenant ?? 'default';
  const name = tenant.trim().toLowerCase();
  const isOwn = name === 'default' || name === slug;
  const lower = [...check.risk_tags.map((tag) => tag.trim().toLowerCase()), ...(check.secrets ? ['secrets'] : [])];
  const sent = [...new Set(lower)].sort();
  const derivers = (set?.derivers ?? []).filter(({ globs }) => globs.some((glob) => globMatches(glob, check.topic)));
  const context = check.context === null ? undefined : (JSON.parse(check.context) as JsonValue);
  const labels_ = new Map(Object.entries(check.labels)).set('_source', 'api');
  const question: PolicyQuestion = {
    tenant,
    tenantNames: isOwn ? ['default', slug] : [name],
    topic: check.topic,
    ...check.facts,
    risk_tags: derivers.length === 0 ? sent : deriveTags(sent, derivers, context),
    requires: check.requires,
    labels: labels_,
    secrets_present: check.secrets,
    words: wordsOfLabels(labels_),
    safety: check.safety,
    content: null,
  };
  const { content } = check;
  return content === null || set === null ? question : { ...question, content: inputFindings(set, content) };
};
