/**
 * A decision again, from its ledger entry and the contents that the entry names by hash (DESIGN 6): the same bytes in
 * Node, in the browser and in the Worker. With other contents under the same names it is a backtest.
 * INVARIANT: nothing is read but the entry and `contents`; what is missing or malformed is said, never guessed.
 */

import { z } from 'zod';
import { canonicalJson } from '../canonical.ts';
import { safeRead } from '../field-errors.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { decodeText } from '../percent.ts';
import type { Evaluation } from '../policy/evaluate.ts';
import { type CompiledPolicy, restorePolicy } from '../policy/gate.ts';
import { policyDecisionAgain } from '../policy/record.ts';
import { RecordedVelocity, restoreVelocity } from '../policy/velocity.ts';
import { readProfile } from '../profile/document.ts';
import { compilePosture, NO_POSTURE, type Posture, readPosture } from '../profile/posture.ts';
import { FIRST_CATALOG } from '../registry/catalog/version.ts';
import { restoreFact, type WorkerFact } from '../registry/worker.ts';
import { err, ok, type Result } from '../result.ts';
import { SUPERVISOR_LEVELS } from '../vocabulary.ts';
import { decide } from './decide.ts';
import type { Decided, RouteDecision } from './decision.ts';
import type { RouteRequest } from './input.ts';
import { decisionBody } from './record.ts';
import { RecordedRequest, RecordedSignatory, restoreRequest, restoreSignatory } from './recorded-request.ts';
import type { DecisionInputs } from './remedy.ts';
import { restoreRules } from './rules.ts';
import { Settings } from './settings.ts';
import type { ApprovalSeen, BanView, ChainLink, HallSnapshot, InForce } from './snapshot.ts';

export type ContentKind = 'settings' | 'rules' | 'policy' | 'posture' | 'profile' | 'bans' | 'workers' | 'worker';

export type ReplayError =
  | { readonly reason: 'malformed_entry' }
  | { readonly reason: 'missing_content'; readonly kind: ContentKind; readonly hash: string }
  | { readonly reason: 'malformed_content'; readonly kind: ContentKind; readonly hash: string };

/** Looks a content up by its hash; whether it has that hash is for the verifier of the export to say. */
export type Contents = (hash: string) => JsonValue | undefined;

export interface Replayed {
  readonly decision: RouteDecision;
  readonly decided: Decided;
  readonly body: JsonObject;
  /** The recomputed body has the bytes of the recorded one. */
  readonly same: boolean;
}

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const document = z.tuple([z.string(), hash]);
const Seen = z.strictObject({
  approval: z
    .tuple([
      z.string(),
      z.enum(['approved', 'rejected', 'expired']),
      z
        .strictObject({
          constraints: z.record(z.string(), z.json()).optional(),
          level: z.enum(SUPERVISOR_LEVELS),
          passkey: z.boolean(),
          quorum: z.int(),
          step_up: z.boolean(),
        })
        .optional(),
    ])
    .optional(),
  at: z.int(),
  ban_epoch: z.int(),
  bans: hash,
  bans_stale: z.literal(true).optional(),
  catalog: document.optional(),
  chain: z.strictObject({ sum: z.int(), own: z.array(z.tuple([z.string(), z.int()])).optional() }).optional(),
  commanded: z.literal(true).optional(),
  in_catalog: z.literal(true).optional(),
  offline: z.literal(true).optional(),
  policy: document.optional(),
  profiles: hash.optional(),
  request: RecordedRequest,
  route_input_hash: hash,
  rules: document.optional(),
  settings: hash,
  signatory: RecordedSignatory.optional(),
  standing: z.enum(['degraded', 'suspended']).optional(),
  velocity: RecordedVelocity.optional(),
  workers: hash.optional(),
});
type Seen = z.output<typeof Seen>;
const Body = z.looseObject({
  artifact_hash: hash,
  correlation_id: z.string().nullable(),
  decision_id: z.string(),
  seen: Seen,
});

const WorkersList = z.strictObject({ workers: z.array(hash), implemented: z.array(z.string()).optional() });
const BanSet = z.strictObject({
  artifacts: z.array(z.string()),
  namespaces: z.array(z.string()),
  workers: z.array(z.string()),
});

export interface ReplayedPolicy {
  readonly evaluation: Evaluation;
  readonly body: JsonObject;
  readonly same: boolean;
}

export const replay = (entry: { readonly body: JsonValue }, contents: Contents): Result<Replayed, ReplayError> =>
  new Replayer(contents).replay(entry);

class Unusable extends Error {
  readonly error: ReplayError;
  constructor(error: ReplayError) {
    super(error.reason);
    this.error = error;
  }
}

/** For many entries over the same contents: each content is read and compiled once. */
export class Replayer {
  readonly #contents: Contents;
  readonly #read = new Map<string, unknown>();

  constructor(contents: Contents) {
    this.#contents = contents;
  }

  /** `candidate`: in the place of the policy of then. */
  replay(
    entry: { readonly body: JsonValue },
    candidate: InForce<CompiledPolicy> | null = null,
  ): Result<Replayed, ReplayError> {
    const read = safeRead(Body, entry.body);
    if (!read.success) return err({ reason: 'malformed_entry' });
    try {
      return ok(this.#again(entry.body as JsonObject, read.data, candidate));
    } catch (error) {
      if (error instanceof Unusable) return err(error.error);
      throw error;
    }
  }

  /** The same for a `cap.decision`: what the policy answered to a job's question. */
  replayPolicy(entry: { readonly body: JsonValue }): Result<ReplayedPolicy, ReplayError> {
    try {
      const again = policyDecisionAgain(entry.body, (hash) => this.#content('policy', hash, readGate).set);
      if (again === null) return err({ reason: 'malformed_entry' });
      return ok({ ...again, same: canonicalJson(again.body) === canonicalJson(entry.body) });
    } catch (error) {
      if (error instanceof Unusable) return err(error.error);
      throw error;
    }
  }

  /** What was decided with; to decide with something else. */
  inputs(entry: { readonly body: JsonValue }): Result<DecisionInputs, ReplayError> {
    const read = safeRead(Body, entry.body);
    if (!read.success) return err({ reason: 'malformed_entry' });
    try {
      return ok(this.#inputs(read.data, null));
    } catch (error) {
      if (error instanceof Unusable) return err(error.error);
      throw error;
    }
  }

  #inputs(
    { artifact_hash, correlation_id, decision_id, seen }: z.output<typeof Body>,
    candidate: InForce<CompiledPolicy> | null,
  ): DecisionInputs {
    const hashes = { request_hash: artifact_hash, route_input_hash: seen.route_input_hash };
    const request = restoreRequest(seen.request, hashes);
    const signatory = restoreSignatory(seen.signatory);
    const stamp = { now: seen.at, decisionId: decision_id, correlationId: correlation_id ?? '' };
    const counters = {
      chain: chainOf(seen, request),
      velocity: restoreVelocity(seen.velocity),
      approval: approvalOf(seen),
      commanded: seen.commanded ?? false,
    };
    return { request, signatory, snapshot: this.#snapshot(seen, candidate), counters, stamp };
  }

  #again(recorded: JsonObject, read: z.output<typeof Body>, candidate: InForce<CompiledPolicy> | null): Replayed {
    const { request, signatory, snapshot, counters, stamp } = this.#inputs(read, candidate);
    const decided = decide(request, signatory, snapshot, counters, stamp);
    const body = decisionBody(request, signatory, decided);
    return { decision: decided.decision, decided, body, same: canonicalJson(body) === canonicalJson(recorded) };
  }

  #snapshot(seen: Seen, candidate: InForce<CompiledPolicy> | null): HallSnapshot {
    const { workers, implemented } = this.#workers(seen.workers);
    return {
      standing: seen.standing ?? 'ok',
      offline: seen.offline ?? false,
      settings: this.#document('settings', ['', seen.settings], readSettings),
      rules: seen.rules === undefined ? null : this.#document('rules', seen.rules, readRules),
      policy: candidate ?? (seen.policy === undefined ? null : this.#document('policy', seen.policy, readGate)),
      bans: {
        ...this.#content('bans', seen.bans, readBans),
        hash: seen.bans,
        epoch: seen.ban_epoch,
        fresh: !seen.bans_stale,
      },
      workersOf: (speciesId) => workers.filter((worker) => worker.worker_species_id === speciesId),
      implementedByAny: () => implemented,
      posture: seen.profiles === undefined ? NO_POSTURE : this.#posture(seen.profiles),
      catalog: { ...catalogSeen(seen), has: () => seen.in_catalog ?? false },
    };
  }

  #posture(of: string): Posture {
    const read = (content: JsonValue): Posture | undefined => {
      const document = readPosture(content);
      return document && compilePosture(of, document, (hash) => this.#content('profile', hash, readProfileContent));
    };
    return this.#content('posture', of, read);
  }

  #workers(listHash: string | undefined): { workers: readonly WorkerFact[]; implemented: ReadonlySet<string> } {
    if (listHash === undefined) return { workers: [], implemented: new Set() };
    const list = this.#content('workers', listHash, (content) => safeRead(WorkersList, content).data);
    return {
      workers: list.workers.map((factHash) => this.#content('worker', factHash, readFact)),
      implemented: new Set(list.implemented ?? []),
    };
  }

  #document<T>(
    kind: ContentKind,
    [version, of]: [string, string],
    read: (content: JsonValue) => T | undefined,
  ): InForce<T> {
    return { version: decodeText(version), hash: of, compiled: this.#content(kind, of, read) };
  }

  #content<T>(kind: ContentKind, of: string, read: (content: JsonValue) => T | undefined): T {
    const key = `${kind}:${of}`;
    // The reader of a kind is always the same, so what is kept under a key has its type.
    const known = this.#read.get(key) as T | undefined;
    if (known !== undefined) return known;
    const content = this.#contents(of);
    if (content === undefined) throw new Unusable({ reason: 'missing_content', kind, hash: of });
    const value = read(content);
    if (value === undefined) throw new Unusable({ reason: 'malformed_content', kind, hash: of });
    this.#read.set(key, value);
    return value;
  }
}

function approvalOf({ approval }: Seen): ApprovalSeen | undefined {
  if (approval === undefined) return undefined;
  const [approval_id, answer, terms] = approval;
  if (terms === undefined) return { approval_id, answer };
  const { constraints, ...demand } = terms;
  return { approval_id, answer, demand, constraints: constraints as JsonObject | undefined };
}

const catalogSeen = ({ catalog }: Seen): { readonly version: string; readonly hash: string } =>
  catalog === undefined ? FIRST_CATALOG : { version: decodeText(catalog[0]), hash: catalog[1] };

const valueIn = <T>(result: Result<T, unknown>): T | undefined => (result.ok ? result.value : undefined);

const readSettings = (content: JsonValue): Settings | undefined => safeRead(Settings, content).data;
const readRules = (content: JsonValue) => valueIn(restoreRules(content));
const readProfileContent = (content: JsonValue) => valueIn(readProfile(content));
const readFact = (content: JsonValue) => valueIn(restoreFact(content));

const readGate = (content: JsonValue) => valueIn(restorePolicy(content));

function readBans(content: JsonValue): Pick<BanView, 'workers' | 'namespaces' | 'artifacts'> | undefined {
  const read = safeRead(BanSet, content).data;
  return (
    read && { workers: new Set(read.workers), namespaces: new Set(read.namespaces), artifacts: new Set(read.artifacts) }
  );
}

/** A chain that gives the same sum and holds the same links of this request; the others need no name. */
function chainOf({ chain }: Seen, request: RouteRequest): readonly ChainLink[] {
  if (chain === undefined) return [];
  const own = (chain.own ?? []).map(([worker, sum]) => ({
    capability_id: request.capability_id ?? '',
    request_hash: request.request_hash,
    worker_id: decodeText(worker),
    blast_sum: sum,
  }));
  const rest = own.reduce((left, link) => left - link.blast_sum, chain.sum);
  return [...own, { capability_id: '', request_hash: '', worker_id: '', blast_sum: rest }];
}
