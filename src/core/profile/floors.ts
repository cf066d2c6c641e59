/** Floors that a profile may switch on; those of the settings by their own names. Apart, because screens list them too. */
export const SETTING_FLOORS = [
  'enforce_correlation_id',
  'enforce_required_controls',
  'enforce_blast_scoring_in_prod',
  'require_signatory',
  'require_credential',
  'require_worker_attestation',
  'enforce_privilege_envelopes',
  'strict',
] as const;
export type SettingFloor = (typeof SETTING_FLOORS)[number];
/** And two of their own: every rule asks the policy gate; no worker has egress. */
export const HALL_FLOORS = [...SETTING_FLOORS, 'policy_gate', 'no_egress'] as const;
export type HallFloor = (typeof HALL_FLOORS)[number];
