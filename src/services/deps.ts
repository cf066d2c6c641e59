/** What a service may use: built once an isolate by the composition root, given to every verb. */
import type { IdentityProvider } from '../core/access/identity-provider.ts';
import type { Actor } from '../core/caller.ts';
import type { LogId, TenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Refusal } from '../core/refusal.ts';
import type { BanPosition } from '../core/registry/ban.ts';
import type { Result } from '../core/result.ts';
import type { SignatorySet } from '../core/signatory/signatory.ts';
import type { Outbound } from '../keys/outbound.ts';
import type { KeyRing } from '../keys/ring.ts';
import type { Sealer } from '../keys/seal.ts';
import type { CheckpointDraft, EntryProof, WitnessedHead } from '../ledger/anchor.ts';
import type { RegistryPage } from '../ledger/entries.ts';
import type { LedgerQuery } from '../ledger/reading.ts';
import type { Acknowledgement, BanDelta, LeaseAnswer, NetworkEnvelope, NetworkOutcome } from '../network/commands.ts';
import type { Standing } from '../network/leases.ts';
import type { Ownership, OwnershipChange } from '../network/namespaces.ts';
import type { Database } from '../registry/database.ts';
import type { BanNews } from '../tenant/bans.ts';
import type { Credential, Envelope, SubmitReply } from '../tenant/commands.ts';
import type { Query } from '../tenant/queries.ts';
import type { WitnessHead, WitnessReply, WitnessRequest } from '../witness/witness.ts';
import type { IssuerCache } from './issuer-cache.ts';
import type { MailPort } from './mail.ts';

/** What every object with a ledger answers to those who carry checkpoints. */
export interface LogStub {
  anchor(head: WitnessedHead): Promise<boolean>;
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
  registryAfter(after: number): Promise<RegistryPage & { readonly size: number }>;
}

/** What is called on a tenant object. Spelled out: the platform's mapped types do not follow recursive JSON. */
export interface TenantStub extends LogStub {
  submit(envelope: Envelope): Promise<SubmitReply>;
  ask(credential: Credential | null, query: Query): Promise<Result<JsonObject, Refusal>>;
  signatories(): Promise<SignatorySet | null>;
  learnBans(news: BanNews, nonce: string | null): Promise<BanPosition>;
}

export interface NetworkStub extends LogStub, OwnershipStub {
  submit(envelope: NetworkEnvelope): Promise<NetworkOutcome>;
  read(query: LedgerQuery): Promise<Result<JsonObject, Refusal>>;
  grant(tenant: string, since: BanPosition): Promise<LeaseAnswer>;
  delta(since: number): Promise<BanDelta>;
  standing(epoch: number, after: string, limit: number): Promise<Standing>;
  acknowledged(said: readonly Acknowledgement[]): Promise<number>;
  settle(banId: string): Promise<JsonObject | null>;
  one(banId: string): Promise<JsonObject | null>;
  list(before: number | null, limit: number): Promise<JsonObject>;
}

/** Tenants that a later Worker has to tell of a change. */
export interface BanPage {
  readonly epoch: number;
  readonly tenants: readonly string[];
}

export interface WitnessStub {
  head(): Promise<WitnessHead>;
  extend(request: WitnessRequest, nowSeconds: number): Promise<WitnessReply>;
}

export interface Deps {
  readonly tenant: (id: TenantId) => TenantStub;
  readonly witness: (log: LogId) => WitnessStub;
  readonly network: () => NetworkStub;
  readonly ring: KeyRing;
  readonly keyTagSecret: string;
  readonly operatorKey: string;
  /** Signs session cookies and the links in mails. */
  readonly accountSecret: string;
  readonly mail: MailPort;
  /** Where people may sign in beside this service. */
  readonly providers: readonly IdentityProvider[];
  readonly db: Database;
  readonly archive: R2Bucket;
  /** Requests to addresses that tenants chose. */
  readonly outbound: Outbound;
  /** What one request cannot spread goes here, page by page. */
  readonly banPages: { sendBatch(pages: readonly { readonly body: BanPage }[]): Promise<unknown> };
  /** Asks for a courier, in a Worker of its own. */
  readonly hookCalls: { send(call: { readonly tenant: string }): Promise<unknown> };
  /** Seals addresses and secrets of webhooks. */
  readonly sealer: Sealer;
  readonly issuers: IssuerCache;
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
