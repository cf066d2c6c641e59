/**
 * Receipts in the forms that people have them: a decision or another reply, an evidence receipt, a signed entry, a list of
 * these. Only the signed entry is signed; what is written around it must say the same (FORMATS.md, section 8).
 */
import { canonicalJson } from '../canonical.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { SignedEntry } from './entry.ts';

export interface Claim {
  /** What should be a signed entry. */
  readonly entry: JsonValue;
  readonly proof: string | undefined;
  /** The evidence receipt around the entry, and the reply around that. */
  readonly receipt: JsonObject | undefined;
  readonly reply: JsonObject | undefined;
}

/** Undefined when there is no receipt in it. */
export const claimsIn = (value: JsonValue): readonly Claim[] | undefined => {
  if (!isObject(value)) return undefined;
  for (const list of [value.decisions, value.entries]) {
    if (!Array.isArray(list)) continue;
    const claims = (list as readonly JsonValue[]).map(claimIn);
    return claims.length > 0 && claims.every((claim) => claim !== undefined) ? claims : undefined;
  }
  const claim = claimIn(value);
  return claim && [claim];
};

const claimIn = (value: JsonValue): Claim | undefined => {
  if (!isObject(value)) return undefined;
  const { evidence_receipt: receipt, entry } = value;
  if (isObject(receipt) && isObject(receipt.entry)) return around(receipt, value);
  if (isObject(entry)) return around(value, undefined);
  const isEntry = ['receipt_hash', 'signature', 'seq', 'body'].some((name) => Object.hasOwn(value, name));
  return isEntry ? { entry: value, proof: undefined, receipt: undefined, reply: undefined } : undefined;
};

const around = (receipt: JsonObject, reply: JsonObject | undefined): Claim => ({
  entry: receipt.entry ?? null,
  proof: typeof receipt.tlog_proof === 'string' ? receipt.tlog_proof : undefined,
  receipt,
  reply,
});

/** The first member around the entry that repeats it and differs; null when all agree. */
export const disagreement = ({ receipt, reply }: Claim, entry: SignedEntry): string | null => {
  const inReceipt = differing(receipt, repeatedByReceipt(entry));
  if (inReceipt !== null) return `evidence_receipt.${inReceipt}`;
  const inReply = differing(reply, repeatedByReply(entry));
  return (
    inReply ?? (reply !== undefined && isDecision(entry) && contradicts(reply, entry.body) ? 'allowed or denied' : null)
  );
};

const isDecision = (entry: SignedEntry): boolean => entry.type === 'wcp.decision';

const repeatedByReceipt = (entry: SignedEntry): JsonObject => {
  const { receipt_hash, receipt_id, prev_receipt_hash, signing_key_id, signature, spec, body } = entry;
  const flat = {
    receipt_hash,
    receipt_id,
    prev_receipt_hash,
    signing_key_id,
    signature,
    wcp_spec_version: spec.wcp,
    canon: spec.canon,
  };
  if (!isDecision(entry)) return flat;
  const names = [
    'correlation_id',
    'dispatched_at',
    'worker_id',
    'capability_id',
    'policy_decision',
    'controls_verified',
    'artifact_hash',
  ];
  return { ...flat, ...picked(body, names), hash: body.artifact_hash ?? null };
};

const repeatedByReply = (entry: SignedEntry): JsonObject => {
  const { body } = entry;
  if (!isDecision(entry)) return picked(body, ['decision_id']);
  const blast = isObject(body.blast) ? body.blast : {};
  const seen = isObject(body.seen) ? body.seen : {};
  const names = [
    'decision_id',
    'correlation_id',
    'capability_id',
    'outcome',
    'stage',
    'matched_rule_id',
    'controls_verified',
  ];
  return {
    ...picked(body, names),
    deny_code: body.deny_code ?? null,
    core_outcome: body.policy_decision ?? null,
    blast_score: blast.score ?? null,
    blast_gate_passed: blast.gate_passed ?? null,
    blast_sum: blast.sum ?? null,
    blast_chain_sum: blast.chain ?? null,
    request_hash: body.artifact_hash ?? null,
    artifact_hash: seen.route_input_hash ?? null,
    dry_run: entry.stream === 'wcp.dry',
    // A dry run names the worker it would have chosen; its entry names none.
    ...(body.worker_id === null ? {} : picked(body, ['worker_id'])),
  };
};

/** What a client acts on. */
const contradicts = ({ allowed, denied }: JsonObject, { outcome }: JsonObject): boolean =>
  (allowed === true && outcome !== 'DISPATCH') || (denied === false && outcome === 'DENY');

const picked = (from: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.map((name) => [name, from[name] ?? null]));

const differing = (claimed: JsonObject | undefined, repeated: JsonObject): string | null => {
  for (const [name, value] of Object.entries(repeated)) {
    const said = claimed?.[name];
    if (said !== undefined && canonicalJson(said) !== canonicalJson(value)) return name;
  }
  // Absent means null for the code of a denial, so a denial cannot be made an approval by leaving it out.
  return claimed !== undefined && repeated.deny_code !== undefined && (claimed.deny_code ?? null) !== repeated.deny_code
    ? 'deny_code'
    : null;
};

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
