/** Step 9 of WCP 3.1: the tenant's published policy, where the rule asks for it (3.7). */
import type { JsonObject } from '../json.ts';
import { askGate, type GateVerdict } from '../policy/gate.ts';
import { deny, type Hearing, hold, type Stop } from './hearing.ts';
import { askHuman } from './human.ts';
import { clean } from './text.ts';

export const NO_POLICY = 'policy.v0';
const GATE_ALIAS = 'POLICY_GATE_DENIED';

export function judgeGate(hearing: Hearing): Stop {
  const { request, snapshot, settings, stance, rule, notes } = hearing;
  const active = snapshot.policy?.version ?? NO_POLICY;
  if (request.policy_version !== null && request.policy_version !== active) {
    if (settings.strict) {
      const extras = { reason: 'policy_version_mismatch', policy_version: clean(active) };
      return deny('DENY_POLICY_GATE', 'gate', extras, GATE_ALIAS);
    }
    notes.push('policy_version_not_active');
  }
  if (rule?.escalation.policy_gate !== true && !stance.policyGate) return null;
  if (snapshot.policy === null) return deny('DENY_POLICY_GATE_UNCONFIGURED', 'gate');
  const answer = ask(hearing);
  return answer === null ? deny('DENY_INTERNAL_ERROR', 'gate') : follow(hearing, answer);
}

/** Null: the gate failed. What failed is nobody's business outside (9b). */
function ask(hearing: Hearing): GateVerdict | null {
  const { snapshot, query, counters } = hearing;
  if (snapshot.policy === null || query === null) return null;
  try {
    const { verdict, seen } = askGate(snapshot.policy.compiled, query, counters.velocity);
    hearing.velocity = seen;
    return verdict;
  } catch {
    return null;
  }
}

function follow(hearing: Hearing, answer: GateVerdict): Stop {
  const attach = hearing.rule?.preconditions.must_attach_policy_version === true;
  if (attach && answer.policy_version.trim() === '') return deny('DENY_POLICY_GATE_INVALID_RESPONSE', 'gate');
  hearing.gate = answer;
  const reason = clean(answer.reason);
  const extras: JsonObject = { reason, policy_version: clean(answer.policy_version) };
  switch (answer.decision) {
    case 'ALLOW':
    case 'ALLOW_WITH_CONSTRAINTS':
      return null;
    case 'DENY':
      return deny('DENY_POLICY_GATE', 'gate', extras, GATE_ALIAS);
    case 'THROTTLE':
      return deny('DENY_THROTTLED', 'gate', { ...extras, retry_after_ms: answer.retry_after_ms });
    case 'REQUIRE_HUMAN': {
      const level = answer.supervisor_level ?? 'gatekeeper';
      if (level !== 'advisory') {
        const { quorum = 1, passkey = false, ttl_sec, escalate = [] } = answer.approval ?? {};
        const escalation = escalate.map(({ after_sec, to }) => ({ after_s: after_sec, to }));
        return askHuman(
          hearing,
          hold('gate', reason, { level, quorum, passkey }, { ttl_s: ttl_sec ?? null, escalation }),
        );
      }
      hearing.advisory = reason;
      hearing.notes.push('supervisor_advised');
      return null;
    }
    default:
      hearing.gate = null;
      return deny('DENY_POLICY_GATE_INVALID_RESPONSE', 'gate');
  }
}
