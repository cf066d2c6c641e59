/**
 * What strict mode calls invalid although it is understood (WCP 6): aliases, correlation ids that are no UUID, scores
 * that are no integers, control characters, versioned capability ids, members outside the schema. Judged from the
 * recorded request alone.
 */
import { ROUTE_FIELDS, type RouteField, type RouteRequest } from './input.ts';
import { hasControl } from './members.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const VERSIONED = /^cap\..*\.v\d+$/;

const position = (field: RouteField): number => ROUTE_FIELDS.indexOf(field);

/** The first member in the order of WCP 2.2 that is refused, whether by everyone or by strict mode only. */
export function firstRefused(request: RouteRequest): RouteField | null {
  const found = firstTolerated(request);
  const { invalid_field: invalid } = request;
  if (found === null || invalid === null) return found ?? invalid;
  return position(found) < position(invalid) ? found : invalid;
}

function firstTolerated(request: RouteRequest): RouteField | null {
  const { capability_id: capability, correlation_id: correlation } = request;
  if (capability !== null && (hasControl(capability) || VERSIONED.test(capability))) return 'capability_id';
  if (request.env !== request.env_effective) return 'env';
  if (request.data_label !== request.data_label_effective) return 'data_label';
  if (request.tenant_risk !== request.tenant_risk_effective) return 'tenant_risk';
  if (request.tenant_id !== null && hasControl(request.tenant_id)) return 'tenant_id';
  // Absent and blank ones are missing, not malformed (step 6).
  if (request.correlation === 'sent' && correlation !== null && !UUID.test(correlation)) return 'correlation_id';
  if (request.blast_score !== null && !Number.isInteger(request.blast_score)) return 'blast_score';
  if (request.policy_version !== null && hasControl(request.policy_version)) return 'policy_version';
  if (request.worker_id !== null && hasControl(request.worker_id)) return 'worker_id';
  return request.unknown_member ? 'route_input' : null;
}
