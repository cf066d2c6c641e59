/** What a service may use: built once an isolate by the composition root, given to every verb. */
import type { Actor } from '../core/caller.ts';
import type { TenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Refusal } from '../core/refusal.ts';
import type { NewBan } from '../core/registry/ban.ts';
import type { Result } from '../core/result.ts';
import type { Outbound } from '../keys/outbound.ts';
import type { KeyRing } from '../keys/ring.ts';
import type { Ownership, OwnershipChange } from '../network/namespaces.ts';
import type { BanDelta, Issued, LeaseAnswer, Standing } from '../network/network.ts';
import type { Database } from '../registry/database.ts';
import type { CheckpointDraft, WitnessedHead } from '../tenant/anchor.ts';
import type { BanNews } from '../tenant/bans.ts';
import type { Credential, EntryProof, Envelope, SubmitReply } from '../tenant/commands.ts';
import type { Query } from '../tenant/reader.ts';
import type { WitnessHead, WitnessReply, WitnessRequest } from '../witness/witness.ts';

/** What is called on a tenant object. Spelled out: the platform's mapped types do not follow recursive JSON. */
export interface TenantStub {
  submit(envelope: Envelope): Promise<SubmitReply>;
  ask(credential: Credential | null, query: Query): Promise<Result<JsonObject, Refusal>>;
  anchor(head: WitnessedHead): Promise<boolean>;
  learnBans(news: BanNews, nonce: string | null): Promise<number>;
  checkpointDraft(oldSize: number | null): Promise<CheckpointDraft | null>;
  checkpointPublished(
    size: number,
    note: string,
    seqs: readonly number[],
  ): Promise<{ readonly proofs: readonly EntryProof[]; readonly more: boolean }>;
}

/** Who owns which namespace. */
export interface OwnershipStub {
  claimNamespace(namespace: string, tenant: string, signingKeyId: string): Promise<Result<OwnershipChange, Refusal>>;
  assignNamespace(
    namespace: string,
    tenant: string,
    evidence: string,
    actor: Actor,
    signingKeyId: string,
  ): Promise<Result<OwnershipChange, Refusal>>;
  releaseNamespace(
    namespace: string,
    by: string | null,
    reason: string | null,
    actor: Actor,
    signingKeyId: string,
  ): Promise<Result<OwnershipChange, Refusal>>;
  namespaceWithdrawn(namespace: string, seq: number): Promise<void>;
  namespaceTaken(namespace: string, seq: number): Promise<void>;
  namespace(namespace: string): Promise<Ownership | null>;
  namespaces(after: string, limit: number): Promise<readonly Ownership[]>;
  unsettledNamespaces(after: number, limit: number): Promise<readonly Ownership[]>;
}

export interface NetworkStub extends OwnershipStub {
  grant(tenant: string, since: number): Promise<LeaseAnswer>;
  delta(since: number): Promise<BanDelta>;
  issue(banId: string, asked: NewBan, actor: Actor, signingKeyId: string): Promise<Result<Issued, Refusal>>;
  lift(banId: string, reason: string, actor: Actor, signingKeyId: string): Promise<Result<Issued, Refusal>>;
  acknowledged(tenants: readonly string[], epoch: number): Promise<void>;
  standing(epoch: number): Promise<Standing>;
  markEffective(banId: string): Promise<number>;
  one(banId: string): Promise<JsonObject | null>;
  list(before: number | null, limit: number): Promise<JsonObject>;
}

export interface WitnessStub {
  head(): Promise<WitnessHead>;
  extend(request: WitnessRequest, nowSeconds: number): Promise<WitnessReply>;
}

export interface Deps {
  readonly tenant: (id: TenantId) => TenantStub;
  readonly witness: (id: TenantId) => WitnessStub;
  readonly network: () => NetworkStub;
  readonly ring: KeyRing;
  readonly keyTagSecret: string;
  readonly operatorKey: string;
  readonly db: Database;
  readonly archive: R2Bucket;
  /** Requests to addresses that tenants chose. */
  readonly outbound: Outbound;
  /** First part of every log's origin; the tenant id is the second. */
  readonly logOrigin: string;
  readonly publicUrl: string;
  /** Milliseconds since the epoch, for judging credentials and dating cosignatures; never the time of an entry. */
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** Goes on after the reply. */
  readonly later: (work: Promise<unknown>) => void;
  readonly sleep: (ms: number) => Promise<void>;
}
