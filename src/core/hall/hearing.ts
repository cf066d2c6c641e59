/**
 * One decision while it is being made: what is given, what has been found so far. The steps of WCP 3.1 read and extend
 * it in order; each gives a verdict to stop with, or null to go on. Nobody sees it before it is rendered.
 */

import { type ApprovalDemand, type EscalationStep, PLAIN_DEMAND } from '../approval/demand.ts';
import type { JsonObject } from '../json.ts';
import type { GateContext, GateVerdict } from '../policy/gate.ts';
import type { VelocitySeen } from '../policy/velocity.ts';
import type { Stance } from '../profile/stance.ts';
import type { WorkerFact } from '../registry/worker.ts';
import { isProduction } from '../vocabulary.ts';
import { requestScore } from './blast.ts';
import type { DenyCode, Stage } from './codes.ts';
import type { QuarantineEffect, RankedCandidate } from './decision.ts';
import type { RouteField, RouteRequest, SignatoryEvidence } from './input.ts';
import { type RuleView, viewOfRule } from './rule-view.ts';
import type { CompiledRule } from './rules.ts';
import type { Settings } from './settings.ts';
import { type SettingsView, viewOfSettings } from './settings-view.ts';
import type { HallCounters, HallSnapshot, Stamp } from './snapshot.ts';

export interface Denial {
  readonly kind: 'deny';
  readonly code: DenyCode;
  readonly stage: Stage;
  readonly alias: string | null;
  /** Null: the text that belongs to the code. */
  readonly message: string | null;
  readonly extras: JsonObject;
  /** Why a human may still turn this denial; null when nobody is asked. */
  readonly appeal: string | null;
}

export interface Hold {
  readonly kind: 'hold';
  readonly stage: Stage;
  readonly reason: string;
  readonly demand: ApprovalDemand;
  readonly terms: WaitingTerms;
}

/** How long is waited at most, and who is asked meanwhile; null: as long as the Hall waits. */
export interface WaitingTerms {
  readonly ttl_s: number | null;
  readonly escalation: readonly EscalationStep[];
}

const AS_THE_HALL: WaitingTerms = { ttl_s: null, escalation: [] };

export const hold = (
  stage: Stage,
  reason: string,
  demand: Partial<ApprovalDemand> = {},
  terms: Partial<WaitingTerms> = {},
): Hold => ({
  kind: 'hold',
  stage,
  reason,
  demand: { ...PLAIN_DEMAND, ...demand },
  terms: { ...AS_THE_HALL, ...terms },
});

export interface Dispatch {
  readonly kind: 'dispatch';
}

export type Verdict = Denial | Hold | Dispatch;
/** What a step says: stop with this, or null to go on. */
export type Stop = Denial | Hold | null;

const NO_EXTRAS: JsonObject = {};
export const DISPATCH: Dispatch = { kind: 'dispatch' };

export const deny = (
  code: DenyCode,
  stage: Stage,
  extras: JsonObject = NO_EXTRAS,
  alias: string | null = null,
): Denial => ({ kind: 'deny', code, stage, alias, message: null, extras, appeal: null });

export interface Selection {
  readonly worker: WorkerFact;
  readonly speciesId: string;
  /** Rule's, candidate's and worker's own, as spelled and sorted. */
  readonly required: readonly string[];
}

const NONE_SEEN: readonly never[] = [];

/** Up to here a search through the list beats a set. */
const FEW = 16;

export class Hearing {
  readonly request: RouteRequest;
  readonly signatory: SignatoryEvidence;
  readonly snapshot: HallSnapshot;
  readonly counters: HallCounters;
  readonly stamp: Stamp;
  /** What the profiles that are active here demand. */
  readonly stance: Stance;
  /** With the floors that these add. */
  readonly settings: Settings;
  readonly settingsView: SettingsView;
  /** prod or edge; false while the environment is not known. */
  readonly production: boolean;
  readonly notes: string[] = [];
  /** Workers looked at, in the order of their first look. */
  readonly considered: WorkerFact[] = [];

  /** The member that strict mode refused, beside what the reader had refused already. */
  refusedField: RouteField | null = null;
  inCatalog = false;
  query: GateContext | null = null;
  rule: CompiledRule | null = null;
  view: RuleView | null = null;
  blastScore: number;
  blastGatePassed: boolean | null = null;
  chainSum: number | null = null;
  gate: GateVerdict | null = null;
  /** Counters that the gate read. */
  velocity: readonly VelocitySeen[] = NONE_SEEN;
  advisory: string | null = null;
  ranked: readonly RankedCandidate[] | null = null;
  selection: Selection | null = null;
  /** Set when this decision's link is in the chain already. */
  linkRepeated = false;
  attestationChecked = false;
  attestationValid: boolean | null = null;
  quarantine: QuarantineEffect | null = null;
  envelopeOk: boolean | null = null;
  implementedByAny: readonly string[] | null = null;
  looked: Set<WorkerFact> | null = null;

  constructor(
    request: RouteRequest,
    signatory: SignatoryEvidence,
    snapshot: HallSnapshot,
    counters: HallCounters,
    stamp: Stamp,
  ) {
    this.request = request;
    this.signatory = signatory;
    this.snapshot = snapshot;
    this.counters = counters;
    this.stamp = stamp;
    this.stance = snapshot.posture.stanceIn(request.env_effective);
    this.settings = this.stance.strengthen(snapshot.settings.compiled);
    this.settingsView = viewOfSettings(this.settings);
    this.production = request.env_effective !== null && isProduction(request.env_effective);
    this.blastScore = request.invalid_field === null ? requestScore(request) : 0;
  }

  lookUpCapability(): void {
    const { capability_id: id } = this.request;
    this.inCatalog = id !== null && this.snapshot.catalog.has(id);
  }

  follow(rule: CompiledRule): void {
    this.rule = rule;
    this.view = viewOfRule(rule);
  }

  /** A request may name the one worker it is meant for. */
  admits(worker: WorkerFact): boolean {
    return this.request.worker_id === null || this.request.worker_id === worker.worker_id;
  }

  /** Whatever a step reads of a worker, the decision depends on: it is named in the record. */
  look(worker: WorkerFact): void {
    if (this.considered.length < FEW) {
      if (!this.considered.includes(worker)) this.considered.push(worker);
      return;
    }
    this.looked ??= new Set(this.considered);
    if (this.looked.has(worker)) return;
    this.looked.add(worker);
    this.considered.push(worker);
  }
}
