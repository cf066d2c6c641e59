/**
 * The wire form of a question and its answer, for documents and clients (OpenAPI, MCP). A RouteInput is *read* by
 * `input.ts`, which turns what this schema would refuse into a decision; RouteDecision is held to this by a test.
 */
import { z } from 'zod';
import { DATA_LABELS, ENVS, QOS_CLASSES, SUPERVISOR_LEVELS, TENANT_RISKS } from '../vocabulary.ts';
import { DENY_CODES } from './codes.ts';

const id = z.string().min(1).max(256);
const score = z.number().min(0).max(100);
const dimension = z.number().min(0).max(5);
const texts = z.array(z.string());
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const nullable = z.string().nullable();
const time = z.string().meta({ description: 'RFC 3339, UTC, milliseconds' });

export const RouteInputSchema = z
  .looseObject({
    capability_id: id.meta({ description: 'what is wanted, never who does it' }),
    env: z.enum([...ENVS, 'staging']).meta({ description: 'staging is read as stage' }),
    data_label: z.enum([...DATA_LABELS, 'CONFIDENTIAL', 'SECRET']).meta({
      description: 'CONFIDENTIAL and SECRET are evaluated as RESTRICTED',
    }),
    tenant_risk: z.enum([...TENANT_RISKS, 'critical']).meta({ description: 'critical is evaluated as high' }),
    qos_class: z.enum(QOS_CLASSES),
    tenant_id: id.meta({ description: 'the signatory inside the account' }),
    correlation_id: z.string().max(128).optional().meta({ description: 'generated when absent' }),
    request: z.record(z.string(), z.json()).optional().meta({ description: 'the payload; only its hash is kept' }),
    blast_score: score.optional().meta({ description: 'only raises the computed score' }),
    blast_radius: z
      .looseObject({
        data: dimension.optional(),
        network: dimension.optional(),
        financial: dimension.optional(),
        time: dimension.optional(),
        reversibility: z.union([dimension, z.enum(['reversible', 'partially-reversible', 'irreversible'])]).optional(),
      })
      .optional(),
    privilege_context: z
      .looseObject({
        egress: texts.optional(),
        secrets: texts.optional(),
        filesystem_writes: texts.optional(),
        tools: texts.optional(),
      })
      .optional()
      .meta({ description: 'what the caller permits; a list that is not given permits everything' }),
    policy_version: id.optional(),
    tenant_credential: z.string().min(1).optional().meta({ description: 'JWT of the signatory' }),
    dry_run: z.boolean().optional(),
    worker_id: id.optional().meta({ description: 'restricts the candidates to this worker' }),
  })
  .meta({ id: 'RouteInput' });

const RankedCandidate = z
  .strictObject({
    worker_species_id: nullable,
    worker_id: z.string().optional(),
    score_hint: z.number().nullable(),
    requires_controls_minimum: texts,
    skip_reason: z
      .enum([
        'missing_id',
        'banned',
        'revoked',
        'quarantined',
        'env_not_allowed',
        'data_label_not_allowed',
        'catalog_version_min',
        'required_controls_missing',
        'capability_not_declared',
        'unavailable',
        'already_selected',
      ])
      .nullable(),
    capability_declared: z.boolean().nullable(),
  })
  .meta({ id: 'RankedCandidate' });

const BlastDimensions = z.strictObject({
  data: z.number(),
  network: z.number(),
  financial: z.number(),
  time: z.number(),
  reversibility: z.number(),
});

const EscalationEffective = z.strictObject({
  policy_gate: z.boolean(),
  rationale: z.string(),
  human_required_if: z.array(z.record(z.string(), z.json())),
  human_required_default: z.boolean(),
  msavx_step_up: z.boolean(),
});

const PreconditionsChecked = z.strictObject({
  must_have_correlation_id: z.boolean(),
  must_attach_policy_version: z.boolean(),
  must_record_artifact_hash_if_executes: z.boolean(),
  deny_if_missing_required_controls: z.boolean(),
  deny_if_unsigned_artifact_in_prod: z.boolean(),
  deny_if_no_attestation_in_prod: z.boolean(),
});

const EscalationContext = z.strictObject({
  capability_id: nullable,
  blast_score: z.int(),
  tenant_risk: nullable,
  data_label: nullable,
  policy_version: z.string(),
});

const TelemetryEvent = z
  .object({ event_id: z.string(), timestamp: time, correlation_id: nullable, tenant_id: nullable })
  .catchall(z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .meta({ id: 'TelemetryEvent' });

const codes = Object.keys(DENY_CODES) as (keyof typeof DENY_CODES)[];
const DenyCode = z.enum(codes).meta({ id: 'DenyCode' });

/** As it leaves the Hall: with the receipt and, on a dispatch that will run, its grant. */
export const RouteDecisionSchema = z
  .strictObject({
    decision_id: z.string(),
    timestamp: time,
    decided_at: time,
    correlation_id: nullable,
    correlation_id_generated: z.boolean(),
    tenant_id: nullable,
    capability_id: nullable,
    env: nullable,
    env_effective: z.enum(ENVS).nullable(),
    data_label: nullable,
    data_label_effective: z.enum(DATA_LABELS).nullable(),
    tenant_risk: nullable,
    tenant_risk_effective: z.enum(TENANT_RISKS).nullable(),
    qos_class: z.enum(QOS_CLASSES).nullable(),
    dry_run: z.boolean(),
    in_catalog: z.boolean(),
    outcome: z.enum(['DISPATCH', 'DENY', 'STEWARD_HOLD']),
    core_outcome: z.enum(['ALLOW', 'DENY', 'REQUIRE_APPROVAL', 'THROTTLE', 'ALLOW_WITH_CONSTRAINTS']),
    denied: z.boolean(),
    allowed: z.boolean(),
    deny_reason_if_denied: z.object({ code: DenyCode, message: z.string() }).catchall(z.json()).nullable(),
    deny_code: DenyCode.optional(),
    deny_code_alias: z.string().optional(),
    deny_class: z.enum(['policy', 'input', 'fault', 'standing']).optional(),
    stage: z.string(),
    reason: z.string(),
    matched_rule_id: z.string(),
    selected_worker_species_id: nullable,
    worker_id: z.string().optional(),
    candidate_workers_ranked: z.array(RankedCandidate),
    required_controls_effective: texts,
    controls_verified: texts,
    controls_applied: texts,
    hall_controls: texts,
    recommended_profiles_effective: z.array(z.json()),
    profiles_effective: z.array(z.strictObject({ profile_id: z.string(), version: z.string(), hash: sha256 })),
    escalation_effective: EscalationEffective,
    preconditions_checked: PreconditionsChecked,
    policy_version: z.string(),
    rule_set_version: nullable,
    constraints: z.record(z.string(), z.json()).optional(),
    retry_after_ms: z.int().optional(),
    blast_score: z.int().min(0).max(100),
    blast_gate_passed: z.boolean().nullable(),
    blast_dimensions: BlastDimensions.nullable(),
    blast_sum: z.int().min(0).max(25).nullable(),
    blast_chain_sum: z.int(),
    privilege_envelope_ok: z.boolean().nullable(),
    supervisor_required: z.boolean(),
    supervisor_level: z.enum(SUPERVISOR_LEVELS).optional(),
    pending_approval_id: nullable.optional(),
    approval_expires_at: nullable.optional(),
    escalation_context: EscalationContext.optional(),
    artifact_hash: sha256,
    request_hash: sha256,
    worker_attestation_checked: z.boolean(),
    worker_attestation_valid: z.boolean().nullable(),
    telemetry_envelopes: z.array(TelemetryEvent),
    notes: texts,
    evidence_receipt: z.record(z.string(), z.json()).optional(),
    dispatch_grant: nullable.optional(),
    dispatch_grant_expires_at: nullable.optional(),
  })
  .meta({ id: 'RouteDecision' });
