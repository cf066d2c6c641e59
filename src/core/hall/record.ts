/**
 * The body of a `wcp.decision` entry (WCP 4.1): the protocol's seven members, what was decided, and under `seen` all
 * that a recomputation needs, contents by hash. Kept small: one is stored for every decision.
 * INVARIANT: integers, strings, booleans and null only; no payload, no credential, no code hash of a worker.
 */

import { z } from 'zod';
import { canonicalJson } from '../canonical.ts';
import { safeRead } from '../field-errors.ts';
import { sha256Hex } from '../hash.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { encodeText } from '../percent.ts';
import { recordVelocity } from '../policy/velocity.ts';
import { FIRST_CATALOG } from '../registry/catalog/version.ts';
import { factContent, type WorkerFact } from '../registry/worker.ts';
import type { Decided, DecisionFacts } from './decision.ts';
import type { RouteRequest, SignatoryEvidence } from './input.ts';
import {
  RecordedRequest,
  RecordedSignatory,
  recordRequest,
  recordSignatory,
  restoreRequest,
  restoreSignatory,
} from './recorded-request.ts';
import type { ApprovalSeen, ChainLink } from './snapshot.ts';

/** A document of the content store: the canonical JSON kept under its hash. */
export interface Content {
  readonly hash: string;
  readonly text: string;
}

export function decisionBody(request: RouteRequest, signatory: SignatoryEvidence, decided: Decided): JsonObject {
  const { decision, facts } = decided;
  const executes = decision.outcome === 'DISPATCH' && !decision.dry_run;
  // Members in canonical order, which spares the writer the sorting.
  return {
    artifact_hash: decision.request_hash,
    attestation: { checked: decision.worker_attestation_checked, valid: decision.worker_attestation_valid },
    blast: {
      chain: decision.blast_chain_sum,
      gate_passed: decision.blast_gate_passed,
      score: decision.blast_score,
      sum: decision.blast_sum,
    },
    capability_id: decision.capability_id,
    controls_verified: decision.controls_verified,
    correlation_id: decision.correlation_id,
    decision_id: decision.decision_id,
    deny_code: decision.deny_code ?? null,
    dispatched_at: executes ? decision.decided_at : null,
    matched_rule_id: decision.matched_rule_id,
    outcome: decision.outcome,
    policy_decision: decision.core_outcome,
    seen: seen(request, signatory, facts),
    stage: decision.stage,
    worker_id: executes ? (decision.worker_id ?? null) : null,
  };
}

type Writable = { [name: string]: JsonValue };

function seen(request: RouteRequest, signatory: SignatoryEvidence, facts: DecisionFacts): JsonObject {
  const out: Writable = {
    at: facts.now,
    ban_epoch: facts.ban_epoch,
    bans: facts.bans,
    request: recordRequest(request),
    route_input_hash: request.route_input_hash,
    settings: facts.settings,
  };
  if (facts.approval !== null) out.approval = approvalSeen(facts.approval);
  if (!facts.bans_fresh) out.bans_stale = true;
  if (facts.catalog.hash !== FIRST_CATALOG.hash) out.catalog = [encodeText(facts.catalog.version), facts.catalog.hash];
  if (facts.chain.length > 0) out.chain = chainSeen(facts.chain, request);
  if (facts.commanded) out.commanded = true;
  if (facts.in_catalog) out.in_catalog = true;
  if (facts.offline) out.offline = true;
  if (facts.policy !== null) out.policy = [encodeText(facts.policy.version), facts.policy.hash];
  if (facts.posture !== null) out.profiles = facts.posture;
  if (facts.rules !== null) out.rules = [encodeText(facts.rules.version), facts.rules.hash];
  const signed = recordSignatory(signatory);
  if (signed !== null) out.signatory = signed;
  if (facts.standing !== 'ok') out.standing = facts.standing;
  if (facts.velocity.length > 0) out.velocity = recordVelocity(facts.velocity);
  const workers = workersContent(facts);
  if (workers !== null) out.workers = workers.hash;
  return out;
}

function approvalSeen({ approval_id, answer, demand, constraints }: ApprovalSeen): JsonValue {
  if (demand === undefined) return [approval_id, answer];
  return [approval_id, answer, { ...(constraints === undefined ? {} : { constraints }), ...demand }];
}

/** Of the chain only two things matter: its sum, and which workers this very request was dispatched to already. */
function chainSeen(chain: readonly ChainLink[], request: RouteRequest): JsonObject {
  let sum = 0;
  const own: JsonValue[] = [];
  for (const link of chain) {
    sum += link.blast_sum;
    if (link.request_hash === request.request_hash && link.capability_id === request.capability_id) {
      own.push([encodeText(link.worker_id), link.blast_sum]);
    }
  }
  return own.length === 0 ? { sum } : { own, sum };
}

const factTexts = new WeakMap<WorkerFact, Content>();

function factText(fact: WorkerFact): Content {
  const known = factTexts.get(fact);
  if (known !== undefined) return known;
  const content = { hash: fact.hash, text: canonicalJson(factContent(fact)) };
  factTexts.set(fact, content);
  return content;
}

/** Lists recur: the same workers are looked at for every request of a kind. Bounded, and cleared when full. */
const lists = new Map<string, Content>();
const MAX_LISTS = 256;

/** The workers that were looked at and, where it was asked, what all workers implement; null when neither was. */
export function workersContent(facts: DecisionFacts): Content | null {
  const { workers, implemented_by_any: implemented } = facts;
  const only = workers.length === 1 && implemented === null ? workers[0] : undefined;
  if (only !== undefined) return listOf(only.hash, [only.hash], null);
  if (workers.length === 0 && implemented === null) return null;
  const hashes = workers.map((worker) => worker.hash);
  return listOf(JSON.stringify([hashes, implemented]), hashes, implemented);
}

function listOf(key: string, hashes: readonly string[], implemented: readonly string[] | null): Content {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const text = canonicalJson(implemented === null ? { workers: hashes } : { implemented, workers: hashes });
  const content = { hash: sha256Hex(text), text };
  if (lists.size >= MAX_LISTS) lists.clear();
  lists.set(key, content);
  return content;
}

/** What has to be kept so that this decision can be recomputed, beside the documents that were kept when published. */
export function decisionContents({ facts }: Decided): readonly Content[] {
  const list = workersContent(facts);
  return list === null ? [] : [...facts.workers.map(factText), list];
}

/** The blast link that a recorded decision stands for, when it was dispatched for this tenant_id. */
export function dispatchedLink(body: JsonObject, tenantId: string): ChainLink | null {
  const read = safeRead(Dispatched, body);
  if (!read.success) return null;
  const { artifact_hash, blast, seen: saw, worker_id } = read.data;
  const request = restoreRequest(saw.request, { request_hash: artifact_hash, route_input_hash: saw.route_input_hash });
  if (request.tenant_id !== tenantId || request.capability_id === null) return null;
  return { capability_id: request.capability_id, request_hash: artifact_hash, worker_id, blast_sum: blast.sum ?? 0 };
}

export interface RecordedQuestion {
  readonly request: RouteRequest;
  readonly signatory: SignatoryEvidence;
  readonly correlationId: string;
}

/** The question as it was asked, from the decision that it came to; null when the body is no such record. */
export function recordedQuestion(body: JsonObject): RecordedQuestion | null {
  const read = safeRead(Question, body);
  if (!read.success) return null;
  const { artifact_hash: request_hash, correlation_id, seen: saw } = read.data;
  const { route_input_hash } = saw;
  return {
    request: restoreRequest(saw.request, { request_hash, route_input_hash }),
    signatory: restoreSignatory(saw.signatory),
    correlationId: correlation_id ?? '',
  };
}

const Question = z.looseObject({
  artifact_hash: z.string(),
  correlation_id: z.string().nullable(),
  seen: z.looseObject({
    request: RecordedRequest,
    route_input_hash: z.string(),
    signatory: RecordedSignatory.optional(),
  }),
});

const Dispatched = z.looseObject({
  artifact_hash: z.string(),
  blast: z.looseObject({ sum: z.int().nullable() }),
  seen: z.looseObject({ request: RecordedRequest, route_input_hash: z.string() }),
  worker_id: z.string(),
});
