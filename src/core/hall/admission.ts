/** Steps 0 to 3 of WCP 3.1: is the Hall open to this account, can the request be read, who signs for it. */
import type { JsonObject } from '../json.ts';
import { type Denial, deny, type Hearing, type Stop } from './hearing.ts';
import type { RouteField } from './input.ts';
import { isBlank } from './members.ts';
import { firstRefused } from './strict.ts';
import { clean } from './text.ts';

/** Step 0. */
export function judgeAccount(hearing: Hearing): Stop {
  if (hearing.snapshot.standing === 'suspended') return deny('DENY_ACCOUNT_SUSPENDED', 'account');
  if (hearing.snapshot.offline && !hearing.request.dry_run) return deny('DENY_HALL_OFFLINE', 'account');
  return null;
}

/** Step 1. What it lets pass has every required member, so it also puts the question that later steps ask. */
export function judgeInput(hearing: Hearing): Stop {
  const { request, settings } = hearing;
  const refused = settings.strict ? firstRefused(request) : request.invalid_field;
  if (refused !== null) return invalid(hearing, refused);
  const { capability_id, env_effective, data_label_effective, tenant_risk_effective, qos_class, tenant_id } = request;
  if (
    capability_id === null ||
    env_effective === null ||
    data_label_effective === null ||
    tenant_risk_effective === null ||
    qos_class === null ||
    tenant_id === null
  ) {
    return invalid(hearing, 'route_input');
  }
  hearing.query = {
    capability_id,
    env: env_effective,
    data_label: data_label_effective,
    tenant_risk: tenant_risk_effective,
    qos_class,
    tenant_id,
  };
  noteTolerances(hearing);
  return null;
}

function invalid(hearing: Hearing, field: RouteField): Denial {
  hearing.refusedField = field;
  const extras: JsonObject =
    field === 'blast_score'
      ? { field, blast_score: shownScore(hearing.request.refused_score ?? hearing.request.blast_score) }
      : { field };
  const alias = field === 'capability_id' ? 'MISSING_CAPABILITY_ID' : `INVALID_${field.toUpperCase()}`;
  return { ...deny('DENY_INVALID_INPUT', 'input', extras, alias), message: `${field} is missing or invalid` };
}

const shownScore = (score: number | string | boolean | null) => (typeof score === 'string' ? clean(score) : score);

function noteTolerances({ request, notes }: Hearing): void {
  if (request.env !== request.env_effective) notes.push(`alias:env:${request.env}=${request.env_effective}`);
  if (request.data_label !== request.data_label_effective) {
    notes.push(`alias:data_label:${request.data_label}=${request.data_label_effective}`);
  }
  if (request.tenant_risk !== request.tenant_risk_effective) {
    notes.push(`alias:tenant_risk:${request.tenant_risk}=${request.tenant_risk_effective}`);
  }
  if (request.correlation === 'absent') notes.push('correlation_id_generated');
  if (request.control_characters) notes.push('control_characters_removed');
  if (request.unknown_member) notes.push('unknown_members_ignored');
}

/** Steps 2 and 3 (WCP 4.3). */
export function judgeSignatory(hearing: Hearing): Stop {
  const { settings, request, production } = hearing;
  const tenantId = request.tenant_id ?? '';
  if (settings.require_signatory || settings.require_credential) {
    const reason = unknownBecause(hearing, tenantId);
    if (reason !== null) {
      const { signatory } = hearing;
      const shown = production ? '[redacted]' : clean(tenantId);
      const why = reason === 'credential_invalid' && signatory.kind === 'invalid' ? clean(signatory.reason) : null;
      const extras = { tenant_id: shown, reason };
      return deny('DENY_UNKNOWN_TENANT', 'signatory', why === null ? extras : { ...extras, credential_reason: why });
    }
  }
  return isBlank(tenantId) ? deny('DENY_MISSING_TENANT_ID', 'signatory') : null;
}

function unknownBecause({ settings, settingsView, signatory }: Hearing, tenantId: string): string | null {
  // The claim is the truth: a body that says otherwise does not pass, be it listed or not.
  if (signatory.kind === 'valid') return signatory.tenant_id === tenantId ? null : 'tenant_claim_mismatch';
  if (!settings.require_credential && settingsView.allowedTenants.has(tenantId)) return null;
  if (signatory.kind === 'invalid') return 'credential_invalid';
  return settings.require_credential ? 'credential_missing' : 'not_in_allow_list';
}
