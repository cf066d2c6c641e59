/** Questions to a tenant object, and the scope that each needs. */
import type { Scope } from '../core/caller.ts';
import type { BanTarget } from '../core/registry/ban.ts';
import type { Presented } from '../core/signatory/presented.ts';
import type { LedgerQuery } from '../ledger/reading.ts';
import type { ApprovalPage } from './approvals.ts';
import type { DocumentKind, ProfileRequest } from './commands.ts';
import type { DecisionFilter } from './decisions.ts';
import type { DeliveryFilter } from './deliveries.ts';
import type { JobQuery } from './job-reader.ts';
import type { PolicyQuery } from './policy-decisions.ts';
import type { TrailFilter } from './trail.ts';

export type Query =
  | {
      readonly kind: 'capabilities';
      readonly search: string | null;
      readonly after: string | null;
      readonly limit: number;
    }
  | { readonly kind: 'workers'; readonly search: string | null; readonly after: string | null; readonly limit: number }
  | { readonly kind: 'worker'; readonly workerId: string }
  | { readonly kind: 'explain'; readonly id: string }
  | { readonly kind: 'profiles' }
  | { readonly kind: 'profile'; readonly profileId: string; readonly version: string | null }
  | { readonly kind: 'profiles.active' }
  | ({ readonly kind: 'profile.preview' } & ProfileRequest)
  /** What is registered for a worker, enrolled or not. */
  | { readonly kind: 'attestation'; readonly workerId: string }
  /** Whether a worker, or one of a species, may be run; open to everybody. */
  | { readonly kind: 'verify'; readonly id: string; readonly asOwner: boolean }
  | { readonly kind: 'authorities' }
  | { readonly kind: 'authority'; readonly authorityId: string }
  /** What the manifests of a namespace are verified with. */
  | { readonly kind: 'attestation.trust'; readonly namespace: string }
  | { readonly kind: 'health' }
  | { readonly kind: 'status' }
  | { readonly kind: 'standing' }
  | { readonly kind: 'roster' }
  | { readonly kind: 'dispatches'; readonly limit: number }
  | { readonly kind: 'dispatches.active' }
  | { readonly kind: 'usage'; readonly days: number }
  | { readonly kind: 'outcomes'; readonly hours: number }
  | { readonly kind: 'settings' }
  | { readonly kind: 'approvals'; readonly page: ApprovalPage }
  | { readonly kind: 'approval'; readonly approvalId: string }
  | { readonly kind: 'jobs'; readonly query: JobQuery }
  /** Of the person that asks; null: whoever asks is none. */
  | { readonly kind: 'passkeys'; readonly userId: string | null }
  | { readonly kind: 'bans' }
  | { readonly kind: 'ban'; readonly banId: string }
  | {
      readonly kind: 'impact';
      readonly target: BanTarget;
      readonly before: number | null;
      readonly limit: number;
    }
  /** Whether the caller is known here at all: reads nothing. */
  | { readonly kind: 'enter' }
  /** Whether the caller may administer this tenant: reads nothing. */
  | { readonly kind: 'administer' }
  | { readonly kind: 'keys'; readonly after: string | null; readonly limit: number }
  | { readonly kind: 'key'; readonly keyId: string }
  | { readonly kind: 'namespaces' }
  /** Before the network is asked to change it: does this tenant hold it, and with how many workers? */
  | { readonly kind: 'namespace.claim'; readonly namespace: string }
  | { readonly kind: 'signatories' }
  | { readonly kind: 'signatory'; readonly signatoryId: string }
  /** What would be recorded of a token now. */
  | { readonly kind: 'signatory.evidence'; readonly presented: Presented }
  | { readonly kind: 'document'; readonly document: DocumentKind; readonly version: string | null }
  | { readonly kind: 'policy'; readonly query: PolicyQuery }
  | { readonly kind: 'document.versions'; readonly document: DocumentKind }
  | { readonly kind: 'alerts'; readonly limit: number }
  | { readonly kind: 'webhooks' }
  | { readonly kind: 'webhook'; readonly webhookId: string }
  | {
      readonly kind: 'webhook.deliveries';
      readonly webhookId: string;
      readonly filter: DeliveryFilter;
      readonly before: number | null;
      readonly limit: number;
    }
  | {
      readonly kind: 'decisions';
      readonly filter: DecisionFilter;
      readonly before: number | null;
      readonly limit: number;
    }
  | { readonly kind: 'decision'; readonly decisionId: string }
  /** Decisions after a seq, in order; null: from now on. */
  | { readonly kind: 'feed'; readonly after: number | null }
  | { readonly kind: 'changes'; readonly filter: TrailFilter; readonly before: number | null; readonly limit: number }
  | { readonly kind: 'types'; readonly before: number | null }
  | LedgerQuery;

/** `any`: whoever is known here; `public`: everybody. */
export const SCOPE_OF: Record<Query['kind'], Scope | 'any' | 'public'> = {
  approvals: 'hall:read',
  approval: 'hall:read',
  jobs: 'hall:read',
  passkeys: 'hall:read',
  capabilities: 'hall:read',
  workers: 'hall:read',
  worker: 'hall:read',
  explain: 'hall:read',
  profiles: 'hall:read',
  profile: 'hall:read',
  'profiles.active': 'hall:read',
  'profile.preview': 'hall:read',
  attestation: 'hall:read',
  'attestation.trust': 'hall:enroll',
  authorities: 'hall:read',
  authority: 'hall:enroll',
  verify: 'public',
  health: 'hall:read',
  status: 'hall:read',
  standing: 'any',
  roster: 'hall:read',
  dispatches: 'hall:read',
  'dispatches.active': 'hall:read',
  usage: 'hall:read',
  outcomes: 'hall:read',
  settings: 'hall:read',
  bans: 'hall:read',
  ban: 'hall:read',
  impact: 'hall:read',
  enter: 'any',
  administer: 'hall:admin',
  keys: 'hall:admin',
  key: 'hall:admin',
  namespaces: 'hall:read',
  'namespace.claim': 'hall:admin',
  signatories: 'hall:read',
  signatory: 'hall:read',
  'signatory.evidence': 'hall:read',
  document: 'hall:read',
  policy: 'hall:read',
  'document.versions': 'hall:read',
  alerts: 'hall:read',
  webhooks: 'hall:admin',
  webhook: 'hall:admin',
  'webhook.deliveries': 'hall:admin',
  decisions: 'hall:read',
  decision: 'hall:read',
  feed: 'hall:read',
  changes: 'ledger:read',
  types: 'ledger:read',
  entry: 'ledger:read',
  entries: 'ledger:read',
  registry: 'ledger:read',
  contents: 'ledger:read',
  'content.page': 'ledger:read',
  proof: 'ledger:read',
  checkpoint: 'ledger:read',
  checkpoints: 'ledger:read',
  'checkpoints.back': 'ledger:read',
  consistency: 'ledger:read',
};
