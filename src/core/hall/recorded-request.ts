/**
 * A RouteRequest as a ledger entry keeps it, and back. What can be derived is left out, what is at its default too.
 * INVARIANT: restoring gives the same RouteRequest, bit for bit, after any JSON round trip.
 * INVARIANT: integers and strings only (a fraction is its decimal text) and no control character anywhere: a text that
 * has one is kept clean, and beside it, percent-encoded, under `raw`.
 */
import { z } from 'zod';
import type { JsonObject, JsonValue } from '../json.ts';
import { decodeText, encodeText } from '../percent.ts';
import { readDataLabel, readEnv, readQosClass, readTenantRisk } from '../vocabulary.ts';
import { hasControlCharacters, ROUTE_FIELDS, type RouteRequest, type SignatoryEvidence } from './input.ts';
import { type BlastRadius, hasControl, isBlank, type PrivilegeContext } from './members.ts';
import { clean } from './text.ts';

const text = z.string();
const amount = z.union([z.number(), z.string().regex(/^\d+(\.\d+)?(e-\d+)?$/)]);
const list = z.array(text).nullable();

/** Absent: at its default. `null` among the texts: it was sent, and refused. */
export const RecordedRequest = z.strictObject({
  capability_id: text.optional(),
  env: text.optional(),
  data_label: text.optional(),
  tenant_risk: text.optional(),
  qos_class: text.optional(),
  tenant_id: text.optional(),
  correlation_id: text.nullable().optional(),
  dry_run: z.literal(true).optional(),
  worker_id: text.optional(),
  policy_version: text.optional(),
  blast_score: amount.optional(),
  blast_radius: z.tuple([amount, amount, amount, amount, amount]).optional(),
  privilege_context: z.tuple([list, list, list, list]).optional(),
  egress: z.literal(true).optional(),
  writes: z.literal(true).optional(),
  invalid_field: z.enum(ROUTE_FIELDS).optional(),
  refused_score: text.optional(),
  unknown_member: z.literal(true).optional(),
  raw: z.record(z.string(), text).optional(),
});
export type RecordedRequest = z.output<typeof RecordedRequest>;

const amountOut = (value: number): number | string => (Number.isInteger(value) ? value : String(value));

type Writable = { [name: string]: JsonValue };
type Texts = 'capability_id' | 'tenant_id' | 'correlation_id' | 'worker_id' | 'policy_version';

export function recordRequest(request: RouteRequest): JsonObject {
  const out: Writable = {};
  const keep = (name: string, value: JsonValue): void => {
    if (value !== null && value !== false) out[name] = value;
  };
  const keepText = (name: Texts): void => {
    const value = request[name];
    if (value === null) return;
    out[name] = clean(value);
    if (hasControl(value)) out.raw = { ...(out.raw as JsonObject | undefined), [name]: encodeText(value) };
  };
  keepText('capability_id');
  keep('env', request.env);
  keep('data_label', request.data_label);
  keep('tenant_risk', request.tenant_risk);
  keep('qos_class', request.qos_class);
  keepText('tenant_id');
  if (request.correlation !== 'absent' && request.correlation_id === null) out.correlation_id = null;
  else keepText('correlation_id');
  keep('dry_run', request.dry_run);
  keepText('worker_id');
  keepText('policy_version');
  if (request.blast_score !== null) out.blast_score = amountOut(request.blast_score);
  if (request.blast_radius !== null) out.blast_radius = radiusOut(request.blast_radius);
  if (request.privilege_context !== null) out.privilege_context = privilegesOut(request.privilege_context);
  keep('egress', request.egress);
  keep('writes', request.writes);
  keep('invalid_field', request.invalid_field);
  if (request.refused_score !== null) out.refused_score = encodeText(JSON.stringify(request.refused_score));
  keep('unknown_member', request.unknown_member);
  return out;
}

const radiusOut = ({ data, network, financial, time, reversibility }: BlastRadius): JsonValue =>
  [data, network, financial, time, reversibility].map(amountOut);

const privilegesOut = ({ egress, secrets, filesystem_writes, tools }: PrivilegeContext): JsonValue =>
  [egress, secrets, filesystem_writes, tools].map((items) => items?.map(encodeText) ?? null);

export interface Hashes {
  readonly request_hash: string;
  readonly route_input_hash: string;
}

export function restoreRequest(recorded: RecordedRequest, hashes: Hashes): RouteRequest {
  const textOf = (name: Texts): string | null => {
    const encoded = recorded.raw?.[name];
    return encoded === undefined ? (recorded[name] ?? null) : decodeText(encoded);
  };
  const capability_id = textOf('capability_id');
  const tenant_id = textOf('tenant_id');
  const correlation_id = textOf('correlation_id');
  const worker_id = textOf('worker_id');
  const policy_version = textOf('policy_version');
  return {
    capability_id,
    env: recorded.env ?? null,
    data_label: recorded.data_label ?? null,
    tenant_risk: recorded.tenant_risk ?? null,
    qos_class: readQosClass(recorded.qos_class ?? ''),
    tenant_id,
    correlation_id,
    correlation:
      recorded.correlation_id === undefined
        ? 'absent'
        : correlation_id !== null && isBlank(correlation_id)
          ? 'blank'
          : 'sent',
    env_effective: readEnv(recorded.env ?? ''),
    data_label_effective: readDataLabel(recorded.data_label ?? ''),
    tenant_risk_effective: readTenantRisk(recorded.tenant_risk ?? ''),
    dry_run: recorded.dry_run ?? false,
    worker_id,
    policy_version,
    blast_score: recorded.blast_score === undefined ? null : Number(recorded.blast_score),
    blast_radius: radiusIn(recorded.blast_radius),
    privilege_context: privilegesIn(recorded.privilege_context),
    egress: recorded.egress ?? false,
    writes: recorded.writes ?? false,
    invalid_field: recorded.invalid_field ?? null,
    refused_score: scoreIn(recorded.refused_score),
    unknown_member: recorded.unknown_member ?? false,
    control_characters: hasControlCharacters(capability_id, tenant_id, correlation_id, worker_id, policy_version),
    request_hash: hashes.request_hash,
    route_input_hash: hashes.route_input_hash,
  };
}

function radiusIn(recorded: RecordedRequest['blast_radius']): BlastRadius | null {
  if (recorded === undefined) return null;
  const [data, network, financial, time, reversibility] = recorded;
  return {
    data: Number(data),
    network: Number(network),
    financial: Number(financial),
    time: Number(time),
    reversibility: Number(reversibility),
  };
}

function privilegesIn(recorded: RecordedRequest['privilege_context']): PrivilegeContext | null {
  if (recorded === undefined) return null;
  const [egress, secrets, writes, tools] = recorded;
  const decoded = (items: readonly string[] | null) => items?.map(decodeText) ?? null;
  return {
    egress: decoded(egress),
    secrets: decoded(secrets),
    filesystem_writes: decoded(writes),
    tools: decoded(tools),
  };
}

function scoreIn(recorded: string | undefined): RouteRequest['refused_score'] {
  if (recorded === undefined) return null;
  try {
    const value: unknown = JSON.parse(decodeText(recorded));
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
  } catch {
    return null;
  }
}

export const RecordedSignatory = z.union([
  z.strictObject({
    kind: z.literal('valid'),
    tenant_id: text,
    signatory_id: text.optional(),
    token_hash: text.optional(),
  }),
  z.strictObject({ kind: z.literal('invalid'), reason: text }),
]);
export type RecordedSignatory = z.output<typeof RecordedSignatory>;

/** Null: nobody signed. */
export function recordSignatory(evidence: SignatoryEvidence): JsonObject | null {
  if (evidence.kind === 'none') return null;
  if (evidence.kind === 'invalid') return { kind: 'invalid', reason: encodeText(evidence.reason) };
  const { tenant_id, signatory_id, token_hash } = evidence;
  return {
    kind: 'valid',
    ...(signatory_id === undefined ? {} : { signatory_id: encodeText(signatory_id) }),
    tenant_id: encodeText(tenant_id),
    ...(token_hash === undefined ? {} : { token_hash: encodeText(token_hash) }),
  };
}

export function restoreSignatory(recorded: RecordedSignatory | undefined): SignatoryEvidence {
  if (recorded === undefined) return { kind: 'none' };
  if (recorded.kind === 'invalid') return { kind: 'invalid', reason: decodeText(recorded.reason) };
  const { tenant_id, signatory_id, token_hash } = recorded;
  return {
    kind: 'valid',
    tenant_id: decodeText(tenant_id),
    ...(signatory_id === undefined ? {} : { signatory_id: decodeText(signatory_id) }),
    ...(token_hash === undefined ? {} : { token_hash: decodeText(token_hash) }),
  };
}
