/**
 * HallConfig: the floors of one tenant (WCP 2.5). Floors only add: nothing a rule, a profile or a caller says lowers
 * one. A PATCH replaces the members it names and refuses members it does not know.
 */
import { z } from 'zod';
import { HALL_CONTROL_IDS } from '../registry/catalog/starter.ts';
import { ENVS, normalControl } from '../vocabulary.ts';

const seconds = z.int().min(1).max(31_536_000);
const text = z.string().min(1).max(256);

const HallControl = z
  .string()
  .refine((id) => HALL_CONTROL_IDS.has(normalControl(id)), { error: 'not a control that a Hall can supply' });

export const Settings = z
  .strictObject({
    enforce_correlation_id: z.boolean(),
    enforce_required_controls: z.boolean(),
    enforce_blast_scoring_in_prod: z.boolean(),
    require_signatory: z.boolean(),
    require_credential: z.boolean(),
    require_worker_attestation: z.boolean(),
    enforce_privilege_envelopes: z.boolean(),
    strict: z.boolean(),
    allowed_tenants: z.array(text).max(10_000),
    hall_controls: z.array(HallControl).max(64),
    /** A list that is missing or empty for an environment means that none is configured there. */
    egress_allowlist: z.partialRecord(z.enum(ENVS), z.array(text).max(1_000)),
    attestation_ttl_s: seconds,
    heartbeat_ttl_s: seconds,
    approval_ttl_s: seconds,
    outcome_deadline_s: seconds,
    /** Whoever saved a policy bundle does not publish it. Absent: off, as in every Hall before there was the choice. */
    policy_second_person: z.boolean().exactOptional(),
  })
  .meta({ id: 'HallSettings' });
export type Settings = z.infer<typeof Settings>;

export const SettingsPatch = Settings.partial().meta({ id: 'HallSettingsPatch' });
export type SettingsPatch = z.infer<typeof SettingsPatch>;

export const defaultSettings: Settings = {
  enforce_correlation_id: true,
  enforce_required_controls: true,
  enforce_blast_scoring_in_prod: true,
  require_signatory: false,
  require_credential: false,
  require_worker_attestation: false,
  enforce_privilege_envelopes: false,
  strict: false,
  allowed_tenants: [],
  hall_controls: [],
  egress_allowlist: {},
  attestation_ttl_s: 300,
  heartbeat_ttl_s: 300,
  approval_ttl_s: 3_600,
  outcome_deadline_s: 900,
};

export const patchSettings = (settings: Settings, patch: SettingsPatch): Settings =>
  Settings.parse({ ...settings, ...patch });
