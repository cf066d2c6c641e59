/** What can be asked of a tenant object: commands change state through the one write path, queries only read. */

import type { KeyTerms } from '../core/access/key-terms.ts';
import type { Role } from '../core/access/roles.ts';
import type { RateLimit } from '../core/access/token-bucket.ts';
import type { ApprovalAnswer } from '../core/approval/approval.ts';
import type { Passkey, PasskeyAssertion } from '../core/approval/passkey.ts';
import type { Actor } from '../core/caller.ts';
import type { ImportedFacts } from '../core/hall/imported.ts';
import type { RouteRequest } from '../core/hall/input.ts';
import type { SettingsPatch } from '../core/hall/settings.ts';
import type { ReportedUse } from '../core/hall/usage-report.ts';
import type { SubmittedJob } from '../core/job/request.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { PolicyCheck } from '../core/policy/check.ts';
import type { ActivationTerms } from '../core/profile/activation.ts';
import type { Refusal } from '../core/refusal.ts';
import type { AttestRequest } from '../core/registry/attestation.ts';
import type { Authority } from '../core/registry/authority.ts';
import type { BanTarget, NewBan } from '../core/registry/ban.ts';
import type { BanFeed } from '../core/registry/ban-feed.ts';
import type { Statement } from '../core/registry/statement.ts';
import type { Presented, Vouched } from '../core/signatory/presented.ts';
import type { SignatorySet, SignatoryTerms } from '../core/signatory/signatory.ts';
import type { Standing } from '../core/standing.ts';
import type { SupervisorLevel } from '../core/vocabulary.ts';
import type { Format, Wanted, WebhookPatch } from '../core/webhook/endpoint.ts';
import type { AnyEvent } from '../core/webhook/event.ts';
import type { EntryProof } from '../ledger/anchor.ts';
import type { Idempotency } from '../ledger/commit.ts';
import type { Recorded } from '../ledger/reading.ts';
import type { LeaseRequest } from './lease.ts';

export type { EntryProof } from '../ledger/anchor.ts';
export type { Recorded } from '../ledger/reading.ts';

/** How the caller proved who it is; judged inside the object, against its own key table. */
export type Credential =
  | {
      readonly kind: 'api_key';
      readonly hash: string;
      /** As the key itself says. */
      readonly environment?: 'live' | 'test';
      /** Where the client was seen; null where nobody can tell. */
      readonly address?: string | null;
      /** An earlier call of the same request was counted against the rate limits. */
      readonly counted?: true;
    }
  /** `by`: for whom the service itself acts, where that is not its operator. */
  | { readonly kind: 'operator'; readonly by?: Actor }
  /** Somebody who is signed in, in the role that the directory gives them in this tenant. */
  | {
      readonly kind: 'human';
      readonly userId: string;
      readonly role: Role;
      /** When they proved who they are, microseconds since the epoch. */
      readonly signedInAt?: number;
      readonly counted?: true;
    }
  /** A key that a stranger found somewhere: it proves that it is no secret any more, and opens nothing else. */
  | { readonly kind: 'leaked_key'; readonly hash: string }
  /** A token that was verified against the tenant's signatories as of `version`. */
  | {
      readonly kind: 'signatory';
      readonly version: string;
      readonly vouched: Vouched;
      readonly counted?: true | undefined;
    }
  /** A dispatch grant whose signature was verified; it opens that one dispatch and nothing else. */
  | { readonly kind: 'grant'; readonly decisionId: string; readonly workerId: string; readonly expiresAt: number };

export interface NewApiKey extends KeyTerms {
  readonly hash: string;
  readonly keyId: string;
  readonly name: string;
}

export interface ProfileRequest {
  readonly profileId: string;
  /** null: the newest. */
  readonly version: string | null;
  readonly terms: ActivationTerms;
}

export type DocumentKind = 'rules' | 'policy';

export interface OutcomeReport {
  readonly outcome: 'completed' | 'failed';
  /** The report's own members, without payloads. */
  readonly detail: JsonObject;
  readonly digest: string;
}

/** A manifest whose signatures were verified. */
export interface AttestedManifest {
  readonly sent: JsonObject;
  readonly signedWith: 'hmac' | 'ed25519';
  readonly builtAtMs: number;
  /** What it was verified with. */
  readonly trustHash: string;
}

/** Address and secret are sealed. */
export interface NewEndpoint {
  readonly webhookId: string;
  readonly url: string;
  readonly shownUrl: string;
  readonly host: string;
  readonly secret: string;
  readonly format: Format;
  readonly events: Wanted;
  readonly description: string;
  /** Of the dashboard to which messages lead people. */
  readonly origin: string;
}

/** One attempt to tell one endpoint of one entry. */
export interface DeliveryJob {
  readonly webhookId: string;
  readonly seq: number;
  readonly attempt: number;
  readonly event: AnyEvent;
  readonly format: Format;
  readonly url: string;
  /** The one in force first. */
  readonly secrets: readonly string[];
  /** Canonical JSON. */
  readonly entry: string;
  readonly receiptHash: string;
  readonly about: JsonObject | null;
  readonly origin: string;
}

/** What came of it: a status, or why there was none. */
export interface DeliveryResult {
  readonly webhookId: string;
  readonly seq: number;
  readonly attempt: number;
  readonly status: number | null;
  readonly fault: string | null;
  readonly latencyMs: number;
  /** What the receiver asked for. */
  readonly retryAfterMs: number | null;
}

export type Command =
  | {
      readonly kind: 'tenant.create';
      readonly name: string;
      readonly key: NewApiKey;
      readonly rateLimit: RateLimit | null;
    }
  /** The end of a tenant: nothing is asked of it any more. Its ledger is exported, and then it is erased. */
  | { readonly kind: 'tenant.close'; readonly reason: string }
  | { readonly kind: 'tenant.erase'; readonly archive: string }
  /** Of people: `member` is a user id, or the id of an invitation that nobody has accepted yet. */
  | {
      readonly kind: 'member.change';
      readonly change: 'invited' | 'uninvited' | 'joined' | 'changed' | 'removed';
      readonly member: string;
      readonly from: Role | null;
      readonly to: Role | null;
      /** By which somebody joins. */
      readonly invitation?: string;
      /** The keys that they made work on, though they open more than the new role does. */
      readonly keepKeys?: boolean;
    }
  | { readonly kind: 'tenant.limit'; readonly rateLimit: RateLimit | null }
  | { readonly kind: 'key.create'; readonly key: NewApiKey }
  | {
      readonly kind: 'key.rotate';
      readonly keyId: string;
      readonly hash: string;
      readonly newKeyId: string;
      readonly overlapMs: number;
    }
  | { readonly kind: 'key.revoke'; readonly keyId: string }
  | { readonly kind: 'key.leaked'; readonly source: string }
  | { readonly kind: 'route'; readonly request: RouteRequest; readonly signatory: Presented }
  | {
      readonly kind: 'dispatch.start';
      readonly decisionId: string;
      readonly codeHash: string | null;
      /** Of the grant, whose signature the Worker verified; seconds since the epoch. */
      readonly grantDecisionId: string;
      readonly grantExpiresAt: number;
    }
  | { readonly kind: 'dispatch.finish'; readonly decisionId: string; readonly report: OutcomeReport }
  /** `artifactHash`: bare lower hex of the record hash, computed from the text as it was sent. */
  | { readonly kind: 'worker.enrol'; readonly record: JsonObject; readonly artifactHash: string }
  | { readonly kind: 'worker.retire'; readonly workerId: string }
  | {
      readonly kind: 'worker.attest';
      readonly workerId: string;
      readonly request: AttestRequest;
      readonly manifest: AttestedManifest | null;
    }
  /** Public keys that sign manifests of a namespace: base64url of their 32 bytes, by thumbprint. */
  | {
      readonly kind: 'attestation.keys';
      readonly namespace: string;
      readonly keys: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'authority.subscribe'; readonly authority: Authority }
  | { readonly kind: 'authority.unsubscribe'; readonly authorityId: string }
  /** Everything in it was verified, with the subscription of that hash. */
  | {
      readonly kind: 'authority.import';
      readonly authorityId: string;
      readonly verifiedWith: string;
      readonly statements: readonly Statement[];
      readonly banFeed: BanFeed | null;
    }
  /** The secret itself is derived outside, and is in no ledger. */
  | { readonly kind: 'attestation.secret'; readonly namespace: string; readonly rotate: boolean }
  | {
      readonly kind: 'worker.heartbeat';
      readonly workerId: string;
      readonly codeHash: string | null;
      readonly status: 'online' | 'offline' | null;
    }
  | {
      readonly kind: 'document.publish';
      readonly document: DocumentKind;
      readonly version: string | null;
      readonly content: JsonValue;
      readonly force: boolean;
      /** The text of a policy, where it was sent as one. */
      readonly text?: string;
    }
  | {
      readonly kind: 'policy.save';
      readonly bundleId: string;
      readonly text: string;
      readonly document: JsonObject;
      readonly warnings: readonly JsonObject[];
      readonly enabled: boolean;
      readonly author: string;
      readonly message: string;
      /** The revision that the sender saw; 0: none was there. Null: whatever is there. */
      readonly revision: number | null;
    }
  | { readonly kind: 'policy.delete'; readonly bundleId: string }
  | {
      readonly kind: 'policy.publish';
      readonly bundleIds: readonly string[];
      readonly author: string;
      readonly message: string;
      readonly note: string;
      readonly expectedSnapshot: string | null;
    }
  | { readonly kind: 'policy.evaluate'; readonly check: PolicyCheck; readonly traceId: string }
  | {
      readonly kind: 'policy.shadow';
      readonly bundleId: string;
      readonly text: string;
      readonly document: JsonObject;
      readonly metadata: JsonObject;
    }
  | { readonly kind: 'policy.unshadow'; readonly bundleId: string }
  | { readonly kind: 'policy.snapshot'; readonly note: string; readonly author: string }
  /** By id or by hash. */
  | { readonly kind: 'policy.rollback'; readonly snapshot: string; readonly message: string }
  | { readonly kind: 'document.rollback'; readonly document: DocumentKind; readonly version: string }
  | {
      readonly kind: 'approval.resolve';
      readonly approvalId: string;
      readonly answer: ApprovalAnswer;
      readonly reason: string | null;
      readonly subjectHash: string | null;
      readonly policySnapshot: string | null;
      /** To which a yes is tied: they only add to what the policy demands. */
      readonly constraints: JsonObject | null;
      /** Signed with a passkey of the person that answers; null: not signed. */
      readonly passkey: PasskeyAssertion | null;
      /** Somebody else who said the same before is no obstacle (CAP). */
      readonly mayAgree: boolean;
    }
  | {
      readonly kind: 'passkey.register';
      readonly key: Passkey;
      readonly name: string;
      readonly assertion: PasskeyAssertion;
    }
  | { readonly kind: 'passkey.revoke'; readonly credentialId: string }
  | { readonly kind: 'approval.reevaluate'; readonly approvalId: string }
  /** What came of what the caller asked; writes nothing. */
  | { readonly kind: 'approval.outcome'; readonly approvalId: string }
  | {
      readonly kind: 'approval.escalate';
      readonly approvalId: string;
      readonly to: SupervisorLevel;
      readonly reason: string | null;
    }
  | { readonly kind: 'job.submit'; readonly job: SubmittedJob }
  | { readonly kind: 'job.cancel'; readonly jobId: string; readonly reason: string | null }
  | { readonly kind: 'settings.patch'; readonly patch: SettingsPatch }
  | { readonly kind: 'ban.issue'; readonly ban: NewBan }
  | { readonly kind: 'ban.lift'; readonly banId: string; readonly reason: string }
  /** `sha256`: bare lower hex. */
  | {
      readonly kind: 'ban.report';
      readonly sha256: string;
      readonly reason: string;
      readonly evidenceUrl: string | null;
    }
  /** Of a ban of the network; `target` is what the network says that it names, null: that there is none. */
  | {
      readonly kind: 'ban.appeal';
      readonly banId: string;
      readonly target: BanTarget | null;
      readonly isLifted: boolean;
      readonly text: string;
    }
  /** What the network recorded at `seq` of its ledger: whether this tenant holds the namespace from then on. */
  | {
      readonly kind: 'namespace.learn';
      readonly namespace: string;
      readonly seq: number;
      readonly held: boolean;
      readonly receiptHash: string;
    }
  /** The catalog of the service, brought by a Worker. `revision` grows by one with every import. */
  | { readonly kind: 'catalog.adopt'; readonly revision: number; readonly hash: string; readonly text: string }
  | { readonly kind: 'profile.publish'; readonly content: JsonObject }
  | {
      readonly kind: 'profile.copy';
      readonly profileId: string;
      readonly version: string | null;
      /** Members that take the place of those of the original. */
      readonly changes: JsonObject;
    }
  | ({ readonly kind: 'profile.activate' } & ProfileRequest)
  | { readonly kind: 'profile.deactivate'; readonly profileId: string; readonly version: string | null }
  | { readonly kind: 'signatory.register'; readonly terms: SignatoryTerms }
  | { readonly kind: 'signatory.replace'; readonly signatoryId: string; readonly terms: SignatoryTerms }
  | { readonly kind: 'signatory.remove'; readonly signatoryId: string }
  | { readonly kind: 'tenant.offline'; readonly offline: boolean }
  | {
      readonly kind: 'tenant.standing';
      readonly standing: Standing;
      readonly reason: string;
      /** Null: as it is. */
      readonly tierId: string | null;
    }
  | { readonly kind: 'decision.import'; readonly decision: ImportedFacts }
  | { readonly kind: 'usage.report'; readonly uses: readonly ReportedUse[] }
  | { readonly kind: 'webhook.create'; readonly endpoint: NewEndpoint }
  | { readonly kind: 'webhook.change'; readonly webhookId: string; readonly patch: WebhookPatch }
  | {
      readonly kind: 'webhook.rotate';
      readonly webhookId: string;
      readonly secret: string;
      readonly overlapMs: number;
    }
  | { readonly kind: 'webhook.delete'; readonly webhookId: string }
  | { readonly kind: 'webhook.test'; readonly webhookId: string }
  | { readonly kind: 'webhook.replay'; readonly webhookId: string; readonly seq: number }
  /** By couriers: what is due now, and what came of it. */
  | { readonly kind: 'webhook.claim' }
  | { readonly kind: 'webhook.report'; readonly results: readonly DeliveryResult[] }
  /** The alarm. */
  | { readonly kind: 'tick' };

export interface Envelope {
  readonly credential: Credential;
  readonly commands: readonly Command[];
  readonly idempotency: Idempotency | null;
  readonly signingKeyId: string;
  /** Wait until a checkpoint covers the entries, and answer with their proofs. */
  readonly proof: boolean;
  /** The network could not be reached: decide without a lease, which denies what needs one. */
  readonly withoutLease: boolean;
  /** The version of the signatories against which its tokens were judged; null: there are none in it. */
  readonly signatories: string | null;
}

/** What a dispatch grant will say; the Worker signs it. */
export interface GrantTerms {
  readonly decisionId: string;
  readonly workerId: string;
  readonly capabilityId: string;
  readonly requestHash: string;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly constraints: JsonObject | null;
}

/** JSON texts of the RouteDecision and of the flat members of its receipt; the Worker signs receipt and grant. */
export interface DecidedReply {
  readonly kind: 'decided';
  readonly decision: string;
  readonly receipt: string;
  readonly grant: GrantTerms | null;
  readonly record: Recorded;
}

export type CommandReply =
  | DecidedReply
  /** An approval as it stands now, and the decision that came of it; `record`: the entry of the answer. */
  | {
      readonly kind: 'resolved';
      readonly approval: JsonObject;
      readonly decided: DecidedReply | null;
      /** The job that waited, as it stands now. */
      readonly job: JsonObject | null;
      /** It was bound anew, to the policy in force. */
      readonly refreshed: boolean;
      readonly record: Recorded | null;
    }
  | { readonly kind: 'recorded'; readonly value: JsonObject; readonly record: Recorded | null }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** A checkpoint to sign and publish: this caller was chosen to carry it to the witness. */
export interface CheckpointTask {
  readonly afterMs: number;
}

export type SubmitReply =
  | {
      readonly kind: 'done';
      readonly replies: readonly CommandReply[];
      readonly replayed: boolean;
      /** Of the entries that the replies record. */
      readonly seqs: readonly number[];
      readonly task: CheckpointTask | null;
      readonly proofs: readonly EntryProof[] | null;
      /** Webhooks have something to tell: a courier is to be called after the reply. */
      readonly courier: boolean;
      /** The ban lease is half over: to be renewed after the reply. */
      readonly renewal: LeaseRequest | null;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** After a wake-up: nothing commits until the witness's head was shown to this object. */
  | { readonly kind: 'needs_witness' }
  /** Too long since a checkpoint was witnessed: publish one, then submit again. */
  | { readonly kind: 'needs_checkpoint' }
  /** No valid ban lease: fetch one, then submit again. */
  | { readonly kind: 'needs_lease'; readonly request: LeaseRequest }
  /** Tokens were judged against other signatories than these: judge them again, then submit again. */
  | { readonly kind: 'needs_signatories'; readonly signatories: SignatorySet };
