/**
 * Step 13d of WCP 3.1: what profiles demand that no other step asks. And, for every denial, the profile behind it: what
 * a profile added is enforced where all floors are, and named when it is what stopped the request.
 */

import type { SettingFloor } from '../profile/floors.ts';
import type { Blame } from '../profile/stance.ts';
import { normalControl } from '../vocabulary.ts';
import { BLAST_CONTROL, HIGH_BLAST } from './blast.ts';
import { requires, rulePartEnforced } from './controls.ts';
import { EGRESS_DENIED } from './envelope.ts';
import { type Denial, deny, type Hearing, hold, type Stop, type Verdict } from './hearing.ts';
import { askHuman } from './human.ts';
import { PROFILE_MAXIMUM } from './limits.ts';
import { ENVELOPE_CONTROL } from './rule-view.ts';

export function judgeProfiles(hearing: Hearing): Stop {
  const { stance, query, selection, request, blastScore, notes } = hearing;
  if (stance.effective.length === 0 || query === null || selection === null) return null;
  const { data_label_effective: label } = request;
  if (stance.labels !== null && label !== null && !stance.labels.has(label)) {
    const extras = { reason: 'data_label_not_allowed', ...shown(stance.blame('data_labels', binding(label))) };
    return deny('DENY_POLICY_GATE', 'profile', extras);
  }
  const { worker_id: workerId, risk_tier: workerRisk } = selection.worker;
  const said = stance.oversight({ query, tenantId: query.tenant_id, blastScore, workerId, workerRisk });
  if (said === null) return null;
  if (said.kind === 'deny') {
    return deny('DENY_POLICY_GATE', 'profile', { reason: said.reason, ...shown(said.blame) });
  }
  const { profile_id: profile, mapping } = said.blame;
  notes.push(`held_by_profile:${profile}${mapping === null ? '' : `:${mapping}`}`);
  const { escalation, ...demand } = said.terms;
  return askHuman(hearing, hold('profile', said.reason, demand, { escalation }));
}

const binding =
  (label: string) =>
  ({ data_labels: allowed }: { readonly data_labels?: readonly string[] | undefined }): boolean =>
    allowed !== undefined && !allowed.includes(label);

const shown = (blame: Blame | null) => (blame === null ? {} : { profile_id: blame.profile_id, mapping: blame.mapping });

/** A denial with the profile that is behind it, where one is: without that profile this step would have let it pass. */
export function nameProfile(hearing: Hearing, verdict: Verdict): Verdict {
  if (verdict.kind !== 'deny' || hearing.stance.effective.length === 0) return verdict;
  const blame = blameFor(hearing, verdict);
  return blame === null ? verdict : { ...verdict, extras: { ...verdict.extras, ...shown(blame) } };
}

function blameFor(hearing: Hearing, denial: Denial): Blame | null {
  const { stance, rule } = hearing;
  const floor = (name: SettingFloor, ruleToo = false): Blame | null =>
    isAdded(hearing, name) && !ruleToo ? stance.blame(name) : null;
  switch (denial.code) {
    case 'DENY_INVALID_INPUT':
      return hearing.request.invalid_field === null ? floor('strict') : null;
    case 'DENY_UNKNOWN_TENANT':
      return floor('require_credential') ?? floor('require_signatory');
    case 'DENY_MISSING_CORRELATION_ID':
      return floor('enforce_correlation_id', rule?.preconditions.must_have_correlation_id) ?? floor('strict');
    case 'DENY_MISSING_REQUIRED_CONTROLS':
      return blameForControls(hearing, denial);
    case 'DENY_REQUIRES_HUMAN':
      return blameForBlast(hearing, denial);
    case 'DENY_POLICY_GATE':
    case 'DENY_THROTTLED':
    case 'DENY_POLICY_GATE_UNCONFIGURED':
    case 'DENY_POLICY_GATE_INVALID_RESPONSE':
      if (denial.stage !== 'gate') return null;
      if (denial.extras.reason === 'policy_version_mismatch') return floor('strict');
      return rule?.escalation.policy_gate === true ? null : stance.blame('policy_gate');
    case 'DENY_WORKER_ATTESTATION_MISSING':
    case 'DENY_WORKER_ATTESTATION_INVALID_HASH':
    case 'DENY_WORKER_HASH_UNAVAILABLE':
    case 'DENY_WORKER_TAMPERED':
      return denial.stage === 'preconditions' ? null : floor('require_worker_attestation');
    case 'DENY_WORKER_ARTIFACT_UNSIGNED':
      return denial.stage === 'profile' ? stance.blame('signed_manifest') : null;
    case 'DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED':
    case 'DENY_PRIVILEGE_ENVELOPE_VIOLATED':
      return blameForEnvelope(hearing, denial);
    default:
      return null;
  }
}

const isOwn = ({ snapshot }: Hearing, floor: SettingFloor): boolean => snapshot.settings.compiled[floor];
const isAdded = (hearing: Hearing, floor: SettingFloor): boolean => hearing.settings[floor] && !isOwn(hearing, floor);

/** Demanded by profiles, and neither by the rule nor by the worker itself. */
const isFromProfile = ({ stance, rule, selection }: Hearing, control: string): boolean =>
  stance.controls.normal.includes(control) &&
  rule?.required.normal.includes(control) !== true &&
  !requires(selection?.worker.required_controls ?? [], control);

const blameForControl = ({ stance }: Hearing, control: string): Blame | null =>
  stance.blame('controls_required', (profile) => profile.controls_required.some((id) => normalControl(id) === control));

function blameForEnvelope(hearing: Hearing, { code, extras }: Denial): Blame | null {
  const { stance, selection, production } = hearing;
  const unknownReach = code === 'DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED' && !production;
  if (extras.reason === EGRESS_DENIED || unknownReach) return stance.blame('no_egress');
  if (isOwn(hearing, 'enforce_privilege_envelopes')) return null;
  const fromProfile = isFromProfile(hearing, ENVELOPE_CONTROL);
  if (selection !== null && requires(selection.required, ENVELOPE_CONTROL) && !fromProfile) return null;
  return (
    stance.blame('enforce_privilege_envelopes') ??
    (fromProfile ? blameForControl(hearing, ENVELOPE_CONTROL) : stance.blame('no_egress'))
  );
}

function blameForControls(hearing: Hearing, { extras }: Denial): Blame | null {
  const { stance, rule } = hearing;
  const missing = (Array.isArray(extras.missing) ? extras.missing : []).map((id) => normalControl(String(id)));
  const own = rulePartEnforced(hearing) ? (rule?.required.normal ?? []) : [];
  const added = missing.find((id) => stance.controls.normal.includes(id) && !own.includes(id));
  if (added !== undefined) return blameForControl(hearing, added);
  const byRule = rule?.preconditions.deny_if_missing_required_controls === true;
  return isAdded(hearing, 'enforce_required_controls') && !byRule ? stance.blame('enforce_required_controls') : null;
}

function blameForBlast(hearing: Hearing, { extras }: Denial): Blame | null {
  const { stance, production, blastScore, view, request } = hearing;
  const env = request.env_effective;
  if (env === null) return null;
  if (extras.reason === PROFILE_MAXIMUM) {
    return stance.blame('blast', ({ blast }) => (blast[env]?.max_score ?? 101) < blastScore);
  }
  if (extras.reason !== 'REQUIRE_HUMAN_HIGH_BLAST') return null;
  if (!production || blastScore < HIGH_BLAST) {
    return stance.blame('blast', ({ blast }) => (blast[env]?.escalate_at ?? 101) <= blastScore);
  }
  if (view?.requiresBlastScoring === true || isOwn(hearing, 'enforce_blast_scoring_in_prod')) return null;
  if (isAdded(hearing, 'enforce_blast_scoring_in_prod')) return stance.blame('enforce_blast_scoring_in_prod');
  return isFromProfile(hearing, BLAST_CONTROL) ? blameForControl(hearing, BLAST_CONTROL) : null;
}
