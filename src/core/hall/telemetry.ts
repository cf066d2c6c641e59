/**
 * The events that go with a decision (WCP 3.9). Ids exactly as published, without a version suffix. Each event is one
 * literal, written out: they are made for every dispatch, and one shape per kind is several times faster than a merge.
 */
import type { RouteDecision, TelemetryEvent } from './decision.ts';
import type { Hearing, Verdict } from './hearing.ts';
import { clean } from './text.ts';

type Shown = Omit<RouteDecision, 'telemetry_envelopes'>;

export function telemetry(hearing: Hearing, verdict: Verdict, decision: Shown): readonly TelemetryEvent[] {
  const events = verdict.kind === 'dispatch' ? dispatched(hearing, decision) : stopped(hearing, decision);
  return decision.dry_run ? events.map((event) => ({ ...event, dry_run: true })) : events;
}

function stopped(hearing: Hearing, decision: Shown): TelemetryEvent[] {
  const events = hearing.gate === null ? [] : [gated(hearing, decision)];
  if (decision.denied) events.push(refused(decision));
  return events;
}

function dispatched(hearing: Hearing, decision: Shown): TelemetryEvent[] {
  const events = [routed(decision), selected(decision), gated(hearing, decision)];
  if (decision.blast_gate_passed !== null) events.push(blastScored(decision));
  if (decision.privilege_envelope_ok !== null) events.push(envelopeChecked(decision));
  if (hearing.production && decision.worker_attestation_valid !== true) events.push(unattested(decision));
  return events;
}

const routed = (decision: Shown): TelemetryEvent => ({
  event_id: 'evt.os.task.routed',
  timestamp: decision.timestamp,
  correlation_id: decision.correlation_id,
  tenant_id: decision.tenant_id,
  task_id: 'task_default',
  capability_id: decision.capability_id,
  matched_rule_id: decision.matched_rule_id,
  selected_worker_species_id: decision.selected_worker_species_id,
  policy_version: decision.policy_version,
  qos_class: decision.qos_class,
});

const selected = (decision: Shown): TelemetryEvent => ({
  event_id: 'evt.os.worker.selected',
  timestamp: decision.timestamp,
  correlation_id: decision.correlation_id,
  tenant_id: decision.tenant_id,
  capability_id: decision.capability_id,
  selected_worker_species_id: decision.selected_worker_species_id,
  reason: 'first_available_candidate',
});

const gated = ({ gate }: Hearing, decision: Shown): TelemetryEvent => ({
  event_id: 'evt.os.policy.gated',
  timestamp: decision.timestamp,
  correlation_id: decision.correlation_id,
  tenant_id: decision.tenant_id,
  capability_id: decision.capability_id,
  decision: gate?.decision ?? 'ALLOW',
  policy_version: decision.policy_version,
  reason: gate === null ? 'no_gate_required' : gate.decision === 'ALLOW' ? 'policy_gate_allow' : clean(gate.reason),
});

const refused = (decision: Shown): TelemetryEvent => ({
  event_id: 'evt.os.task.denied',
  timestamp: decision.timestamp,
  correlation_id: decision.correlation_id,
  tenant_id: decision.tenant_id,
  capability_id: decision.capability_id,
  deny_code: decision.deny_reason_if_denied?.code ?? null,
  deny_message: decision.deny_reason_if_denied?.message ?? null,
  matched_rule_id: decision.matched_rule_id,
});

const blastScored = (decision: Shown): TelemetryEvent => ({
  event_id: 'evt.gov.blast_scored',
  timestamp: decision.timestamp,
  correlation_id: decision.correlation_id,
  tenant_id: decision.tenant_id,
  env: decision.env,
  data_label: decision.data_label,
  policy_version: decision.policy_version,
  blast_score: decision.blast_score,
  decision: 'ALLOW',
});

const envelopeChecked = (decision: Shown): TelemetryEvent => ({
  event_id: 'evt.gov.privilege_envelope.checked',
  timestamp: decision.timestamp,
  correlation_id: decision.correlation_id,
  tenant_id: decision.tenant_id,
  env: decision.env,
  data_label: decision.data_label,
  policy_version: decision.policy_version,
  worker_species_id: decision.selected_worker_species_id,
  decision: 'ALLOW',
});

const unattested = (decision: Shown): TelemetryEvent => ({
  event_id: 'evt.os.worker.attestation_skipped',
  timestamp: decision.timestamp,
  correlation_id: decision.correlation_id,
  tenant_id: decision.tenant_id,
  worker_species_id: decision.selected_worker_species_id,
  env: decision.env,
  reason: 'attestation_not_required',
  severity: 'warn',
});
