/**
 * RouteInput as sent -> RouteRequest, the plain-JSON form that crosses to the tenant object and is recorded (WCP 2.2).
 * INVARIANT: total; garbage becomes a request whose `invalid_field` says what is wrong, never a throw.
 * INVARIANT: the payload (`request`) and `tenant_credential` leave nothing behind but hashes.
 */
import { canonicalJson } from '../canonical.ts';
import { sha256Hex } from '../hash.ts';
import {
  type DataLabel,
  type HallEnv,
  type QosClass,
  readDataLabel,
  readEnv,
  readQosClass,
  readTenantRisk,
  type TenantRisk,
} from '../vocabulary.ts';
import {
  type BlastRadius,
  DIMENSIONS,
  hasControl,
  isBlank,
  isRecord,
  PRIVILEGE_KINDS,
  type PrivilegeContext,
  readBlastRadius,
  readCorrelationId,
  readPrivilegeContext,
  readScore,
  readText,
  type Sent,
  says,
} from './members.ts';

/** The members of a RouteInput in the order in which they are judged; `route_input`: it has no canonical form at all. */
export const ROUTE_FIELDS = [
  'capability_id',
  'env',
  'data_label',
  'tenant_risk',
  'qos_class',
  'tenant_id',
  'correlation_id',
  'blast_score',
  'blast_radius',
  'request',
  'privilege_context',
  'policy_version',
  'tenant_credential',
  'dry_run',
  'worker_id',
  'route_input',
] as const;
export type RouteField = (typeof ROUTE_FIELDS)[number];

export interface RouteRequest {
  /** As sent, null where absent or invalid. They may hold control characters: matched raw, emitted clean. */
  readonly capability_id: string | null;
  readonly env: string | null;
  readonly data_label: string | null;
  readonly tenant_risk: string | null;
  readonly qos_class: QosClass | null;
  readonly tenant_id: string | null;
  readonly correlation_id: string | null;
  readonly correlation: 'absent' | 'blank' | 'sent';
  readonly env_effective: HallEnv | null;
  readonly data_label_effective: DataLabel | null;
  readonly tenant_risk_effective: TenantRisk | null;
  readonly dry_run: boolean;
  /** Restricts the candidates to one worker. */
  readonly worker_id: string | null;
  readonly policy_version: string | null;
  readonly blast_score: number | null;
  readonly blast_radius: BlastRadius | null;
  readonly privilege_context: PrivilegeContext | null;
  /** What the payload says about itself: it reaches out of the Hall, it changes something (WCP 3.2). */
  readonly egress: boolean;
  readonly writes: boolean;
  readonly invalid_field: RouteField | null;
  /** A refused blast_score, to be shown back; null when it is not what was refused, or not a scalar. */
  readonly refused_score: number | string | boolean | null;
  /** Facts for strict mode (WCP 6): a member outside the schema, control characters in an id. */
  readonly unknown_member: boolean;
  readonly control_characters: boolean;
  /** Lower hex SHA-256 of RFC 8785 `request`, and of the RouteInput as sent. */
  readonly request_hash: string;
  readonly route_input_hash: string;
}

/** What is known about who signs for `tenant_id`: the JWT was verified, or not, before the decision (WCP 4.3). */
export type SignatoryEvidence =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'valid';
      readonly tenant_id: string;
      /** Who signed, and the lower-hex SHA-256 of what it signed. */
      readonly signatory_id?: string | undefined;
      readonly token_hash?: string | undefined;
    }
  | { readonly kind: 'invalid'; readonly reason: string };

/** SHA-256 of `{}`, the payload of a request that sends none. */
export const EMPTY_REQUEST_HASH = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
/** Stands where something has no canonical form, so that nothing could be hashed. */
export const NO_HASH = '0'.repeat(64);

/** Never throws. What is no JSON object at all is refused before this by the border (400); here it is invalid input. */
export function readRouteInput(raw: unknown): RouteRequest {
  const text = canonicalOf(raw);
  const unreadable = text === null || !isRecord(raw);
  return readSent(unreadable ? NOTHING : raw, text, unreadable);
}

const NOTHING: Sent = {};

function canonicalOf(value: unknown): string | null {
  try {
    return canonicalJson(value);
  } catch {
    return null;
  }
}

const hashOf = (text: string | null): string => (text === null ? NO_HASH : sha256Hex(text));

/** Longer than most: its order is the order in which a refusal is named (WCP 2.2). */
function readSent(sent: Sent, text: string | null, unreadable: boolean): RouteRequest {
  let invalid: RouteField | null = null;

  const capabilityId = readText(sent.capability_id);
  if (capabilityId === null) invalid = 'capability_id';

  const env = typeof sent.env === 'string' ? readEnv(sent.env) : null;
  if (env === null) invalid ??= 'env';
  const label = typeof sent.data_label === 'string' ? readDataLabel(sent.data_label) : null;
  if (label === null) invalid ??= 'data_label';
  const risk = typeof sent.tenant_risk === 'string' ? readTenantRisk(sent.tenant_risk) : null;
  if (risk === null) invalid ??= 'tenant_risk';
  const qos = typeof sent.qos_class === 'string' ? readQosClass(sent.qos_class) : null;
  if (qos === null) invalid ??= 'qos_class';

  const tenantId = readText(sent.tenant_id);
  if (tenantId === null) invalid ??= 'tenant_id';

  const correlationId = sent.correlation_id === undefined ? undefined : readCorrelationId(sent.correlation_id);
  if (correlationId === null) invalid ??= 'correlation_id';

  const score = sent.blast_score === undefined ? undefined : readScore(sent.blast_score);
  if (score === null) invalid ??= 'blast_score';
  const radius = sent.blast_radius === undefined ? undefined : readBlastRadius(sent.blast_radius);
  if (radius === null) invalid ??= 'blast_radius';

  const payload = sent.request;
  if (payload !== undefined && !isRecord(payload)) invalid ??= 'request';
  const privileges = sent.privilege_context === undefined ? undefined : readPrivilegeContext(sent.privilege_context);
  if (privileges === null) invalid ??= 'privilege_context';
  const policyVersion = sent.policy_version === undefined ? undefined : readText(sent.policy_version);
  if (policyVersion === null) invalid ??= 'policy_version';
  const credential = sent.tenant_credential;
  if (credential !== undefined && (typeof credential !== 'string' || credential === ''))
    invalid ??= 'tenant_credential';
  const dryRun = sent.dry_run;
  if (dryRun !== undefined && typeof dryRun !== 'boolean') invalid ??= 'dry_run';
  const workerId = sent.worker_id === undefined ? undefined : readText(sent.worker_id);
  if (workerId === null) invalid ??= 'worker_id';
  if (unreadable) invalid = 'route_input';

  return {
    capability_id: capabilityId,
    env: env === null ? null : (sent.env as string),
    data_label: label === null ? null : (sent.data_label as string),
    tenant_risk: risk === null ? null : (sent.tenant_risk as string),
    qos_class: qos,
    tenant_id: tenantId,
    correlation_id: correlationId ?? null,
    correlation:
      correlationId === undefined ? 'absent' : correlationId !== null && isBlank(correlationId) ? 'blank' : 'sent',
    env_effective: env,
    data_label_effective: label,
    tenant_risk_effective: risk,
    dry_run: dryRun === true,
    worker_id: workerId ?? null,
    policy_version: policyVersion ?? null,
    blast_score: score ?? null,
    blast_radius: radius ?? null,
    privilege_context: privileges ?? null,
    egress: isRecord(payload) && (says(payload.egress) || says(payload.external_call)),
    writes: isRecord(payload) && (says(payload.writes) || says(payload.mutates_state)),
    invalid_field: invalid,
    refused_score: invalid === 'blast_score' ? shown(sent.blast_score) : null,
    unknown_member: hasUnknownMember(sent),
    control_characters: hasControlCharacters(capabilityId, tenantId, correlationId, workerId, policyVersion),
    request_hash:
      payload === undefined ? EMPTY_REQUEST_HASH : isRecord(payload) ? hashOf(canonicalOf(payload)) : NO_HASH,
    route_input_hash: hashOf(text),
  };
}

type Text = string | null | undefined;
const controlIn = (text: Text): boolean => typeof text === 'string' && hasControl(text);

export const hasControlCharacters = (capability: Text, tenant: Text, correlation: Text, worker: Text, policy: Text) =>
  controlIn(capability) || controlIn(tenant) || controlIn(correlation) || controlIn(worker) || controlIn(policy);

const MAX_SHOWN = 64;

function shown(value: unknown): number | string | boolean | null {
  if (typeof value === 'string') return value.slice(0, MAX_SHOWN).toWellFormed();
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)) ? value : null;
}

const MEMBERS: ReadonlySet<string> = new Set(ROUTE_FIELDS.filter((field) => field !== 'route_input'));

/** Also one level down, where a misspelt list or dimension would silently say nothing. */
function hasUnknownMember(sent: Sent): boolean {
  for (const name of Object.keys(sent)) if (!MEMBERS.has(name)) return true;
  return hasOther(sent.blast_radius, DIMENSIONS) || hasOther(sent.privilege_context, PRIVILEGE_KINDS);
}

function hasOther(value: unknown, known: readonly string[]): boolean {
  return isRecord(value) && Object.keys(value).some((name) => !known.includes(name));
}
