/**
 * A profile (WCP 7.4): a named posture. What it demands is added to the floors of a Hall, never taken from them, and
 * each row of `mappings` says which control of which framework a demand or a mechanism of this Hall stands for, what
 * shows it, and what it does not show. Immutable per version, named by the hash of its canonical JSON.
 * INVARIANT: closed. A demand that this Hall cannot enforce is refused, not kept as decoration.
 */
import { z } from 'zod';
import { fieldErrors, safeRead } from '../field-errors.ts';
import { HumanCondition } from '../hall/condition.ts';
import { JURISDICTIONS } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { FieldError } from '../refusal.ts';
import { reservedKind } from '../registry/catalog/entity.ts';
import { STARTER_CATALOG } from '../registry/catalog/in-force.ts';
import { RISK_TIERS } from '../registry/record-document.ts';
import { err, ok, type Result } from '../result.ts';
import { DATA_LABELS, ENVS } from '../vocabulary.ts';
import { HALL_FLOORS } from './floors.ts';

/** Everything a profile can demand, by the member that demands it. */
export const DEMANDS = [
  ...HALL_FLOORS,
  'controls_required',
  'blast',
  'data_labels',
  'human_oversight',
  'signed_manifest',
] as const;
export type Demand = (typeof DEMANDS)[number];

/** What every Hall does, whatever profile it has: named in mappings, demanded by none. */
export const MECHANISMS = [
  'accounts',
  'api_keys',
  'approvals',
  'alerts',
  'bans',
  'blast_scoring',
  'catalog',
  'decisions',
  'dispatch_grants',
  'export',
  'fail_closed',
  'grants_expire',
  'input_validation',
  'kill_switch',
  'ledger',
  'outcomes',
  'payload_hashes',
  'policies',
  'privilege_envelopes',
  'receipts',
  'replay',
  'rules',
  'tenant_isolation',
  'witness',
  'worker_registry',
] as const;

export const RESPONSIBILITIES = ['enforced', 'evidence', 'customer'] as const;

const VERSION = /^\d{1,6}\.\d{1,6}\.\d{1,6}$/;
const PROFILE_ID = /^(?:prof|org|x)(?:\.[a-z0-9-]+){1,3}$/;

const version = z.string().regex(VERSION, 'expected a version such as 1.0.0');
export const ProfileId = z.string().max(64).regex(PROFILE_ID, 'expected prof., org. or x. and segments of a-z 0-9 -');
const control = z.string().refine((id) => reservedKind(id) === 'control', { error: 'expected the id of a control' });
const event = z.string().refine((id) => reservedKind(id) === 'event' && STARTER_CATALOG.byId.has(id), {
  error: 'expected an event that decisions emit',
});
const text = z.string().min(1).max(2_000);
const risk = z.enum(['proceed', 'hold', 'deny']);

export const Mapping = z.strictObject({
  framework_control: z.string().min(1).max(64),
  title: z.string().min(1).max(200),
  responsibility: z.array(z.enum(RESPONSIBILITIES)).min(1).max(3),
  /** Demands of this profile, and mechanisms of every Hall. */
  enforced_by: z.array(z.enum([...DEMANDS, ...MECHANISMS])).max(32),
  /** Types of ledger entries, and routes, that show it. */
  evidence: z.array(z.string().min(1).max(128)).max(32),
  not_shown: text,
  test_id: z.string().max(64).optional(),
});
export type Mapping = z.output<typeof Mapping>;

export const ProfileDocument = z
  .strictObject({
    profile_id: ProfileId,
    version,
    title: z.string().min(1).max(200),
    description: text.optional(),
    status: z.enum(['active', 'deprecated']).default('active'),
    /** `id@version`: what these demand is demanded, too. */
    extends: z
      .array(z.string().regex(/^[a-z0-9.-]{3,64}@\d{1,6}\.\d{1,6}\.\d{1,6}$/, 'expected id@version'))
      .max(8)
      .default([]),
    framework: z
      .strictObject({
        name: z.string().min(1).max(200),
        version: z.string().min(1).max(100),
        source_url: z.url({ protocol: /^https$/ }).max(500),
        as_of: z.iso.date(),
      })
      .optional(),
    hall_floors: z.partialRecord(z.enum(HALL_FLOORS), z.literal(true)).default({}),
    controls_required: z.array(control).max(256).default([]),
    /** Scores of 0-100. From `escalate_at` on a human is asked; above `max_score` nobody can say yes. */
    blast: z
      .partialRecord(
        z.enum(ENVS),
        z.strictObject({
          escalate_at: z.number().min(0).max(85).optional(),
          max_score: z.number().min(0).max(100).optional(),
        }),
      )
      .default({}),
    /** The labels that may be processed at all. */
    data_labels: z.array(z.enum(DATA_LABELS)).min(1).optional(),
    human_oversight: z
      .strictObject({
        when: z.array(HumanCondition).max(64).default([]),
        worker_risk: z.partialRecord(z.enum(RISK_TIERS), risk).default({}),
        supervisor_level: z.enum(['gatekeeper', 'executor', 'incident_commander']).default('gatekeeper'),
        quorum: z.int().min(1).max(5).default(1),
        /** Who asks is never among those who say yes; this says so where a framework wants it said. */
        four_eyes: z.boolean().default(false),
        /** They sign with a passkey, over what they were shown. */
        passkey: z.literal(true).optional(),
        escalation: z
          .array(
            z.strictObject({
              after_s: z.int().min(1).max(31_536_000),
              to: z.enum(['executor', 'incident_commander']),
            }),
          )
          .max(8)
          .optional(),
        ttl_s: z.int().min(1).max(31_536_000).optional(),
      })
      .optional(),
    /** Where the tenant has to be kept; one that is kept elsewhere cannot activate it. */
    residency: z.strictObject({ jurisdiction: z.enum(JURISDICTIONS) }).optional(),
    attestation: z.strictObject({ signed_manifest_required: z.boolean().default(false) }).optional(),
    ban_lists: z.array(z.enum(['network', 'own'])).default([]),
    receipts: z
      .strictObject({ retention_days: z.int().min(1).max(36_500), legal_hold: z.boolean().default(false) })
      .optional(),
    telemetry_required: z.array(event).max(32).default([]),
    mappings: z.array(Mapping).max(500).default([]),
  })
  .meta({ id: 'ProfileDocument' });
export type ProfileDocument = z.output<typeof ProfileDocument>;
/** As it is written: what has a default may be left out. */
export type ProfileContent = z.input<typeof ProfileDocument>;

/** Reads a profile as it was sent; the errors name each member that is wrong. */
export const readProfile = (content: unknown): Result<ProfileDocument, readonly FieldError[]> => {
  const read = safeRead(ProfileDocument, content);
  return read.success ? ok(read.data) : err(fieldErrors(read.error));
};

/** Ids under these are ours to publish. */
export const isOwnAuthority = (profileId: string): boolean =>
  profileId.startsWith('prof.') || profileId.startsWith('org.guildhall.');

/** Whether the document itself demands this. */
export const demands = (profile: ProfileDocument, demand: Demand): boolean => {
  switch (demand) {
    case 'controls_required':
      return profile.controls_required.length > 0;
    case 'blast':
      return Object.keys(profile.blast).length > 0;
    case 'data_labels':
      return profile.data_labels !== undefined;
    case 'human_oversight':
      return profile.human_oversight !== undefined;
    case 'signed_manifest':
      return profile.attestation?.signed_manifest_required === true;
    default:
      return profile.hall_floors[demand] === true;
  }
};

/** The row that says what a demand stands for; null where the profile says nothing of it. */
export const mappingOf = (profile: ProfileDocument, demand: Demand): Mapping | null =>
  profile.mappings.find((row) => row.enforced_by.includes(demand)) ?? null;

export const asJson = (profile: ProfileContent): JsonObject => profile as unknown as JsonObject;
