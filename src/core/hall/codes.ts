/**
 * Every refusal `decide` can give: its class, its stage and the text a caller reads (WCP 3.1, 3.5, 3.6). Texts never
 * carry input, hashes or internals; what a caller may know beside them travels as extra members of the reason.
 */
export type Stage =
  | 'account'
  | 'input'
  | 'signatory'
  | 'rules'
  | 'match'
  | 'preconditions'
  | 'controls'
  | 'blast'
  | 'gate'
  | 'candidates'
  | 'attestation'
  | 'envelope'
  | 'human'
  | 'profile'
  | 'dispatch'
  /** A bug of ours. */
  | 'internal';

/** `fault`: the Hall could not evaluate (never to be read as a policy's no); `standing`: the account or kill switch. */
export type DenyClass = 'policy' | 'input' | 'fault' | 'standing';

interface CodeFacts {
  readonly denyClass: DenyClass;
  readonly message: string;
}

const facts = (denyClass: DenyClass, message: string): CodeFacts => ({ denyClass, message });

export const DENY_CODES = {
  DENY_ACCOUNT_SUSPENDED: facts('standing', 'the account is suspended'),
  DENY_HALL_OFFLINE: facts('standing', 'the Hall was taken offline'),
  DENY_INVALID_INPUT: facts('input', 'a member of the request is missing or invalid'),
  DENY_UNKNOWN_TENANT: facts('policy', 'the signatory is not known to this Hall'),
  DENY_MISSING_TENANT_ID: facts('input', 'tenant_id is blank'),
  DENY_SHADOW_RULES_DETECTED: facts('fault', 'the active rule set has rules that can never match'),
  DENY_NO_MATCHING_RULE: facts('policy', 'no routing rule matches'),
  DENY_MISSING_CORRELATION_ID: facts('input', 'a correlation_id is required'),
  DENY_MISSING_REQUIRED_CONTROLS: facts('policy', 'no candidate implements the required controls'),
  DENY_REQUIRES_HUMAN: facts('policy', 'the blast radius is over a limit'),
  DENY_POLICY_GATE_UNCONFIGURED: facts('fault', 'the rule asks for a policy gate and no policy is published'),
  DENY_INTERNAL_ERROR: facts('fault', 'the decision could not be computed'),
  DENY_POLICY_GATE: facts('policy', 'denied by policy'),
  DENY_THROTTLED: facts('policy', 'throttled by policy'),
  DENY_REQUIRES_HUMAN_APPROVAL: facts('policy', 'a human has to approve first'),
  DENY_APPROVAL_REJECTED: facts('policy', 'a human said no'),
  DENY_APPROVAL_EXPIRED: facts('policy', 'no human answered in time'),
  DENY_POLICY_GATE_INVALID_RESPONSE: facts('fault', 'the policy gate gave no usable answer'),
  DENY_BAN_FEED_STALE: facts('fault', 'the ban list could not be brought up to date'),
  DENY_WORKER_BANNED: facts('policy', 'every candidate is banned'),
  DENY_WORKER_TAMPERED: facts('policy', 'the code of the worker is not the code that was attested'),
  DENY_NO_AVAILABLE_WORKER: facts('policy', 'no candidate is available'),
  DENY_WORKER_ATTESTATION_MISSING: facts('policy', 'the worker is not attested'),
  DENY_WORKER_ATTESTATION_INVALID_HASH: facts('policy', 'the attested hash of the worker is malformed'),
  DENY_WORKER_HASH_UNAVAILABLE: facts('fault', 'the worker has not reported its code hash lately'),
  DENY_WORKER_ARTIFACT_UNSIGNED: facts('policy', 'the worker has no verified signed manifest'),
  DENY_PRIVILEGE_ENVELOPE_UNCONFIGURED: facts('policy', 'the worker declares no privilege envelope'),
  DENY_PRIVILEGE_ENVELOPE_VIOLATED: facts('policy', 'the privileges of the worker exceed what is allowed'),
} as const satisfies Record<string, CodeFacts>;

export type DenyCode = keyof typeof DENY_CODES;

const isDenyCode = (code: string): code is DenyCode => Object.hasOwn(DENY_CODES, code);

/** Of a code that a ledger names; null for none. */
export const denyClassOf = (code: unknown): DenyClass | null =>
  typeof code === 'string' && isDenyCode(code) ? DENY_CODES[code].denyClass : null;
