/** What holds in each environment: the floors of the Hall and what profiles add, for people to read. */
import type { Settings } from '../hall/settings.ts';
import type { JsonObject } from '../json.ts';
import { ENVS } from '../vocabulary.ts';
import { type HallFloor, SETTING_FLOORS } from './floors.ts';
import type { Posture } from './posture.ts';
import type { Stance } from './stance.ts';

export const effectiveFloors = (posture: Posture, own: Settings): JsonObject =>
  Object.fromEntries(ENVS.map((env) => [env, describe(posture.stanceIn(env), own)]));

const describe = (stance: Stance, own: Settings): JsonObject => {
  const settings = stance.strengthen(own);
  const floor = (name: HallFloor, isOn: boolean, isOwn: boolean): JsonObject => ({
    on: isOn,
    profile_id: isOn && !isOwn ? (stance.blame(name)?.profile_id ?? null) : null,
  });
  return {
    profiles: stance.effective.map((profile) => ({ ...profile })),
    floors: {
      ...Object.fromEntries(SETTING_FLOORS.map((name) => [name, floor(name, settings[name], own[name])])),
      policy_gate: floor('policy_gate', stance.policyGate, false),
      no_egress: floor('no_egress', stance.noEgress, false),
    },
    controls_required: [...stance.controls.asWritten],
    signed_manifest_required: stance.signedManifest,
    blast: { escalate_at: stance.escalateAt, max_score: stance.maxScore },
    data_labels: stance.labels === null ? null : [...stance.labels],
    approval_ttl_s: settings.approval_ttl_s,
  };
};
