/**
 * For each refusal of `decide`: the fact that decided, and the smallest change that takes it away, as the same inputs
 * with that one thing otherwise. Honest about what a record cannot say: a rule that is missing, a member that could not
 * be read and a score that is too high have no inputs to decide again with.
 */
import type { JsonObject, JsonValue } from '../json.ts';
import { compilePolicy } from '../policy/gate.ts';
import { NO_POSTURE } from '../profile/posture.ts';
import type { DenyCode } from './codes.ts';
import type { RouteDecision } from './decision.ts';
import type { RouteRequest } from './input.ts';
import { type DecisionInputs, type Find, given, inHall, type Remedy, withWorkers } from './remedy.ts';
import { attested, chosen, implementing, named, nobody, REACHES_NOTHING } from './worker-remedies.ts';

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
const list = (value: JsonValue | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
const said = ({ deny_reason_if_denied: denial }: RouteDecision): JsonObject => denial ?? {};

const asking = (inputs: DecisionInputs, request: Partial<RouteRequest>): DecisionInputs => ({
  ...inputs,
  request: { ...inputs.request, ...request },
});
const withYes = (inputs: DecisionInputs): DecisionInputs => ({
  ...inputs,
  counters: { ...inputs.counters, approval: { approval_id: 'supposed', answer: 'approved' } },
});

/** What a Hall without a word against it would say. */
const ALLOWING = compilePolicy({ policy_version: 'supposed', default: 'ALLOW', rules: [] });
const allowedByPolicy = (inputs: DecisionInputs): DecisionInputs =>
  inHall(inputs, { policy: { version: inputs.snapshot.policy?.version ?? 'supposed', hash: '', compiled: ALLOWING } });

const human: Find = (decision, inputs) =>
  given(
    decision.reason,
    `a person says yes (${decision.supervisor_level?.replaceAll('_', ' ') ?? 'gatekeeper'})`,
    withYes(inputs),
  );

const unheard: Find = ({ deny_code: code }, inputs) =>
  given(
    code === 'DENY_APPROVAL_REJECTED' ? 'a person said no' : 'nobody answered in time',
    'it is asked for again, and a person says yes',
    withYes(inputs),
  );

const REMEDIES: Partial<Record<DenyCode, Find>> = {
  DENY_ACCOUNT_SUSPENDED: (_, inputs) =>
    given('the account is suspended', 'the operator reinstates it', inHall(inputs, { standing: 'ok' })),
  DENY_HALL_OFFLINE: (_, inputs) =>
    given('the Hall was stopped', 'somebody opens it again', inHall(inputs, { offline: false })),
  DENY_INVALID_INPUT: (decision) =>
    given(`${text(said(decision).field)} is missing or invalid`, `a good ${text(said(decision).field)} is sent`),
  DENY_MISSING_TENANT_ID: () => given('tenant_id is blank', 'a tenant_id is sent'),
  DENY_UNKNOWN_TENANT: (decision, inputs) => {
    const isListed = said(decision).reason === 'not_in_allow_list';
    const tenantId = inputs.request.tenant_id ?? '';
    return given(
      `nobody vouches for the signatory (${text(said(decision).reason).replaceAll('_', ' ')})`,
      isListed ? 'it is listed among the allowed tenants, or a token vouches for it' : 'a good token vouches for it',
      { ...inputs, signatory: { kind: 'valid', tenant_id: tenantId } },
    );
  },
  DENY_SHADOW_RULES_DETECTED: (decision, inputs) => {
    const { rules } = inputs.snapshot;
    const ids = list(said(decision).shadowed_rule_ids).join(', ');
    return given(
      `rules that can never answer are in force: ${ids}`,
      'the rules are published without them',
      rules === null
        ? null
        : inHall(inputs, { rules: { ...rules, compiled: { ...rules.compiled, shadowedRuleIds: [] } } }),
    );
  },
  DENY_NO_MATCHING_RULE: (decision, inputs) => {
    const [meant] = list(said(decision).did_you_mean);
    const fact = `no rule is for ${inputs.request.capability_id ?? 'this'} under these labels`;
    return meant === undefined
      ? given(fact, 'a rule for it is published')
      : given(fact, `${meant} is asked for, if that was meant`, asking(inputs, { capability_id: meant }));
  },
  DENY_MISSING_CORRELATION_ID: (_, inputs) =>
    given(
      'no correlation_id was sent',
      'one is sent',
      asking(inputs, { correlation: 'sent', correlation_id: inputs.stamp.correlationId }),
    ),
  DENY_MISSING_REQUIRED_CONTROLS: (decision, inputs) => {
    const missing = list(said(decision).missing);
    const hasWorker = (inputs.snapshot.rules?.compiled.rules ?? []).some(({ candidates }) =>
      candidates.some(({ speciesId }) => speciesId !== null && inputs.snapshot.workersOf(speciesId).length > 0),
    );
    return given(
      `no worker that may do it implements ${missing.join(', ')}`,
      'one of them does, or the Hall supplies it',
      hasWorker ? withWorkers(inputs, undefined, implementing(missing)) : null,
    );
  },
  DENY_REQUIRES_HUMAN: (decision, inputs) => {
    const { reason, blast_score: score } = said(decision);
    const fact = `the blast radius is over a limit: score ${String(score)} (${text(reason).toLowerCase().replaceAll('_', ' ')})`;
    return decision.supervisor_required
      ? given(fact, 'a person says yes', withYes(inputs))
      : given(fact, 'it is asked for with a smaller blast radius, or of a worker that has one');
  },
  DENY_POLICY_GATE_UNCONFIGURED: (_, inputs) =>
    given(
      'the rule asks for a policy, and none is published',
      'one is published, and allows it',
      allowedByPolicy(inputs),
    ),
  DENY_POLICY_GATE: (decision, inputs) => {
    const reason = text(said(decision).reason);
    if (reason === 'policy_version_mismatch') {
      const active = text(said(decision).policy_version);
      return given(
        'another policy is in force than the question names',
        `${active} is named, or none`,
        asking(inputs, { policy_version: null }),
      );
    }
    if (decision.stage === 'profile') {
      const profile = text(said(decision).profile_id);
      return given(
        `the profile ${profile} says no: ${reason}`,
        'what it forbids is not asked for; without profiles',
        inHall(inputs, { posture: NO_POSTURE }),
      );
    }
    return given(`the policy says no: ${reason}`, 'the policy allows it', allowedByPolicy(inputs));
  },
  DENY_THROTTLED: (decision, inputs) =>
    given(
      'it was asked for too often',
      `it is asked for again in ${Math.ceil((decision.retry_after_ms ?? 0) / 1000)} s or later`,
      { ...inputs, counters: { ...inputs.counters, velocity: () => ({ count: 1, retryAfterMs: 0 }) } },
    ),
  DENY_REQUIRES_HUMAN_APPROVAL: human,
  DENY_APPROVAL_REJECTED: unheard,
  DENY_APPROVAL_EXPIRED: unheard,
  DENY_BAN_FEED_STALE: (_, inputs) =>
    given(
      'the ban list could not be brought up to date',
      'it can; with the bans that were known then',
      inHall(inputs, { bans: { ...inputs.snapshot.bans, fresh: true } }),
    ),
  DENY_WORKER_BANNED: (decision, inputs) =>
    given(
      `banned: ${decision.candidate_workers_ranked.map(({ worker_id }) => worker_id ?? '?').join(', ')}`,
      'the ban is lifted',
      inHall(inputs, {
        bans: { ...inputs.snapshot.bans, workers: new Set(), namespaces: new Set(), artifacts: new Set() },
      }),
    ),
  DENY_WORKER_TAMPERED: attested,
  DENY_NO_AVAILABLE_WORKER: nobody,
  DENY_WORKER_ATTESTATION_MISSING: attested,
  DENY_WORKER_ATTESTATION_INVALID_HASH: attested,
  DENY_WORKER_HASH_UNAVAILABLE: attested,
  DENY_WORKER_ARTIFACT_UNSIGNED: (decision, inputs) =>
    given(
      `${named(decision)} has no signed manifest`,
      'one is presented for the code it runs',
      withWorkers(inputs, chosen(decision)?.worker_id, () => ({ manifest_verified: true })),
    ),
  DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED: (decision, inputs) =>
    given(
      `${named(decision)} does not declare what it reaches`,
      'it declares an envelope; here an empty one',
      withWorkers(inputs, chosen(decision)?.worker_id, () => ({ privilege_envelope: REACHES_NOTHING })),
    ),
  DENY_PRIVILEGE_ENVELOPE_VIOLATED: (decision, inputs) =>
    given(
      `${named(decision)} reaches further than is permitted: ${text(said(decision).reason)}`,
      'it reaches nothing of that, or it is permitted',
      withWorkers(inputs, chosen(decision)?.worker_id, () => ({ privilege_envelope: REACHES_NOTHING })),
    ),
};

/** Null: dispatched, or a bug of ours that no change of the world takes away. */
export const remedyOf = (decision: RouteDecision, inputs: DecisionInputs): Remedy | null => {
  if (decision.outcome === 'DISPATCH') return null;
  if (decision.outcome === 'STEWARD_HOLD') return human(decision, inputs);
  return (decision.deny_code === undefined ? undefined : REMEDIES[decision.deny_code])?.(decision, inputs) ?? null;
};
