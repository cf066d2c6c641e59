/**
 * Everything a decision may know, as plain data: the tenant object gathers it from its own memory before it calls
 * `decide`, and a replay rebuilds it from the contents that a ledger entry names by hash. Nothing else is an input.
 */
import type { ApprovalDemand } from '../approval/demand.ts';
import type { JsonObject } from '../json.ts';
import type { CompiledPolicy } from '../policy/gate.ts';
import type { ReadVelocity } from '../policy/velocity.ts';
import type { Posture } from '../profile/posture.ts';
import type { Banned } from '../registry/ban.ts';
import type { WorkerFact } from '../registry/worker.ts';
import type { CompiledRules } from './rules.ts';
import type { Settings } from './settings.ts';

/** A document in force, with the SHA-256 (lower hex) of its canonical JSON: the name a decision gives it. */
export interface InForce<T> {
  readonly version: string;
  readonly hash: string;
  readonly compiled: T;
}

/** Bans that this Hall knows. `fresh` is false once the lease on the network feed has run out (DENY_BAN_FEED_STALE). */
export interface BanView extends Banned {
  readonly epoch: number;
  readonly hash: string;
  readonly fresh: boolean;
}

/** The catalog that this Hall has gone over to. */
export interface CatalogView {
  readonly version: string;
  readonly hash: string;
  readonly has: (id: string) => boolean;
}

export interface HallSnapshot {
  readonly standing: 'ok' | 'degraded' | 'suspended';
  /** The tenant's kill switch is on. */
  readonly offline: boolean;
  readonly settings: InForce<Settings>;
  readonly rules: InForce<CompiledRules> | null;
  readonly policy: InForce<CompiledPolicy> | null;
  readonly bans: BanView;
  /** Enrolled, not retired workers of a species, in bytewise order of worker_id; empty when there is none. */
  readonly workersOf: (speciesId: string) => readonly WorkerFact[];
  /** What all enrolled workers implement between them, normalised; used for `missing` when no candidate is enrolled. */
  readonly implementedByAny: () => ReadonlySet<string>;
  readonly catalog: CatalogView;
  readonly posture: Posture;
}

/** Earlier DISPATCHes that share this request's tenant_id and correlation_id (WCP blast chain), each link once. */
export interface ChainLink {
  readonly capability_id: string;
  readonly request_hash: string;
  readonly worker_id: string;
  readonly blast_sum: number;
}

export interface HallCounters {
  readonly chain: readonly ChainLink[];
  /** How often the policy's counters were hit lately; without it every counter is over its limit. */
  readonly velocity?: ReadVelocity;
  /** The question was held before, and this came of it; absent when it is asked for the first time. */
  readonly approval?: ApprovalSeen | undefined;
  /** An incident commander has this correlation_id in hand: whatever bears it waits (WCP 4.2). */
  readonly commanded?: boolean;
}

export interface ApprovalSeen {
  readonly approval_id: string;
  readonly answer: 'approved' | 'rejected' | 'expired';
  /** How strong a yes it was; absent where it was one to everything. */
  readonly demand?: ApprovalDemand | undefined;
  /** What whoever said yes asked for beside. */
  readonly constraints?: JsonObject | undefined;
}

/** What the decision could not compute for itself: its time and its ids. `now` is in microseconds since the epoch. */
export interface Stamp {
  readonly now: number;
  readonly decisionId: string;
  /** Used only when the caller sent no correlation_id. */
  readonly correlationId: string;
}
