/**
 * What a reply must carry to be the decision of its receipt (FORMATS.md, section 8): all that a client acts on is there
 * and follows from the signed entry. That members which are there do not differ from it is `claims.ts`.
 */
import type { JsonObject, JsonValue } from '../json.ts';
import type { Claim } from './claims.ts';
import type { SignedEntry } from './entry.ts';

const RECEIPT_CARRIES = [
  'receipt_id',
  'receipt_hash',
  'prev_receipt_hash',
  'signing_key_id',
  'signature',
  'wcp_spec_version',
  'canon',
];

const DECISION_RECEIPT_CARRIES = [
  'correlation_id',
  'dispatched_at',
  'worker_id',
  'capability_id',
  'policy_decision',
  'controls_verified',
  'artifact_hash',
  'hash',
];

/** `deny_code` and `worker_id` may be left out where they are null. */
const DECISION_CARRIES = [
  'decision_id',
  'correlation_id',
  'capability_id',
  'outcome',
  'core_outcome',
  'allowed',
  'denied',
  'dry_run',
  'stage',
  'matched_rule_id',
  'controls_verified',
  'blast_score',
  'blast_gate_passed',
  'blast_sum',
  'blast_chain_sum',
  'request_hash',
  'artifact_hash',
];

const ONLY_DECISIONS_SAY = ['allowed', 'denied', 'core_outcome'];
const WAYS_TO_HOLD_RECEIPTS = ['decisions', 'entries', 'evidence_receipt', 'entry'];
const OUTCOME_TYPE = 'wcp.dispatch.';

/** Otherwise the receipt that is checked might not be the one that somebody reads, or it stands under a false decision. */
export const saysOneThing = (value: JsonValue): boolean => {
  if (!isObject(value)) return true;
  const ways = WAYS_TO_HOLD_RECEIPTS.filter((name) => Object.hasOwn(value, name));
  const says = [...ONLY_DECISIONS_SAY, 'outcome'].some((name) => Object.hasOwn(value, name));
  if (ways.length > 1 || (says && ways.length === 1 && ways[0] !== 'evidence_receipt')) return false;
  const { decisions } = value;
  return !Array.isArray(decisions) || (decisions as readonly JsonValue[]).every(saysOneThing);
};

/** Why the reply around the receipt is not what the entry says; null when it is, or when there is no reply. */
export const unboundBy = ({ reply, receipt }: Claim, entry: SignedEntry): string | null => {
  if (reply === undefined || receipt === undefined) return null;
  const isDecision = entry.type === 'wcp.decision';
  const lacking = missing(receipt, RECEIPT_CARRIES) ?? (isDecision ? missing(receipt, DECISION_RECEIPT_CARRIES) : null);
  if (lacking !== null) return `evidence_receipt.${lacking} is missing`;
  return isDecision ? notTheDecision(reply, entry) : passesForDecision(reply, entry);
};

const notTheDecision = (reply: JsonObject, { body, stream }: SignedEntry): string | null => {
  const lacking = missing(reply, DECISION_CARRIES);
  if (lacking !== null) return `the decision lacks ${lacking}`;
  if (reply.allowed !== (body.outcome === 'DISPATCH')) return 'allowed is not what was decided';
  if (reply.denied !== (body.outcome === 'DENY')) return 'denied is not what was decided';
  // A dry run names the worker it would have chosen; its entry names none.
  const namesWorker = stream !== 'wcp.dry' || body.worker_id !== null;
  if (namesWorker && (reply.worker_id ?? null) !== (body.worker_id ?? null)) return 'worker_id is not what was decided';
  return null;
};

/** A receipt of another type vouches for no decision, whatever is written around it. */
const passesForDecision = (reply: JsonObject, { type }: SignedEntry): string | null => {
  const said = ONLY_DECISIONS_SAY.find((name) => Object.hasOwn(reply, name));
  if (said !== undefined) return `the receipt is of ${type}, which has no ${said}`;
  if (Object.hasOwn(reply, 'outcome') && type !== `${OUTCOME_TYPE}${String(reply.outcome)}`)
    return `the receipt is of ${type}, which has another outcome`;
  return null;
};

const missing = (object: JsonObject, names: readonly string[]): string | null =>
  names.find((name) => !Object.hasOwn(object, name)) ?? null;

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
