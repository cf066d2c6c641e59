/** Step 12 of WCP 3.1: what the worker may reach against what the Hall and the caller permit (3.6). */
import type { EnvelopeTerms } from '../registry/worker.ts';
import { requires } from './controls.ts';
import { deny, type Hearing, type Stop } from './hearing.ts';
import { PRIVILEGE_KINDS, type PrivilegeContext } from './members.ts';
import { ENVELOPE_CONTROL } from './rule-view.ts';
import { clean } from './text.ts';

export function judgeEnvelope(hearing: Hearing): Stop {
  const { settings, selection, request, notes, stance } = hearing;
  if (selection === null) return null;
  const isAsked = settings.enforce_privilege_envelopes || requires(selection.required, ENVELOPE_CONTROL);
  if (!isAsked && !stance.noEgress) {
    if (request.privilege_context !== null) notes.push('privilege_context_not_evaluated');
    return null;
  }
  const envelope = selection.worker.privilege_envelope;
  if (envelope === null) return withoutEnvelope(hearing);
  const reason =
    violationOfProfile(hearing, envelope) ??
    violationOfHall(hearing, envelope) ??
    violationOfCaller(request.privilege_context, envelope);
  hearing.envelopeOk = reason === null;
  if (reason === null) return null;
  const extras = { reason: clean(reason), worker_species_id: selection.speciesId };
  return deny('DENY_PRIVILEGE_ENVELOPE_VIOLATED', 'envelope', extras, 'DENY_PRIVILEGE_ENVELOPE_DENIED');
}

function withoutEnvelope(hearing: Hearing): Stop {
  // Without an envelope nobody knows where a worker goes.
  const denied = hearing.production || hearing.stance.noEgress;
  hearing.envelopeOk = !denied;
  if (denied) return deny('DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED', 'envelope');
  hearing.notes.push('privilege_envelope_missing');
  return null;
}

export const EGRESS_DENIED = 'egress_denied_by_profile';

const violationOfProfile = ({ stance }: Hearing, envelope: EnvelopeTerms): string | null =>
  stance.noEgress && (envelope.egress.length > 0 || envelope.egress_unrestricted) ? EGRESS_DENIED : null;

/** Only restricted data in prod and edge is held to the Hall's own lists. */
function violationOfHall({ production, request, settingsView }: Hearing, envelope: EnvelopeTerms): string | null {
  const { env_effective: env, data_label_effective: label } = request;
  if (!production || env === null || label !== 'RESTRICTED') return null;
  const allowed = settingsView.egress[env];
  for (const destination of envelope.egress) {
    if (allowed === null) return 'egress_denied_no_allowlist_configured';
    if (!allowed.has(destination)) return `egress_not_allowlisted:${destination}`;
  }
  if (envelope.egress_unrestricted) return 'network_egress_unrestricted';
  return envelope.secrets.length > 0 ? 'secrets_access_not_permitted' : null;
}

/** A list that the caller gave is all it permits; a list it did not give permits everything. */
function violationOfCaller(permitted: PrivilegeContext | null, envelope: EnvelopeTerms): string | null {
  if (permitted === null) return null;
  for (const kind of PRIVILEGE_KINDS) {
    const list = permitted[kind];
    if (list === null) continue;
    const outside = envelope[kind].find((item) => !list.includes(item));
    if (outside !== undefined) return `${kind}_not_permitted:${outside}`;
    if (kind === 'egress' && envelope.egress_unrestricted) return 'egress_not_permitted:unrestricted';
  }
  return null;
}
