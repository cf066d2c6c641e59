/**
 * Questions to a tenant object: each names the scope it needs and reads, nothing more. Lists are paged by a cursor that
 * is the last key of the page before. Entries are answered as committed text; the Worker signs them.
 */

import { shownApproval } from '../core/approval/shown.ts';
import type { Scope } from '../core/caller.ts';
import { recordSignatory } from '../core/hall/recorded-request.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import type { BanTarget } from '../core/registry/ban.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Presented } from '../core/signatory/presented.ts';
import type { Ledger } from '../ledger/commit.ts';
import type { Answer, LedgerQuery, LedgerReader } from '../ledger/reading.ts';
import type { Alerts } from './alerts.ts';
import type { ApprovalPage, Approvals } from './approvals.ts';
import type { Attesting } from './attesting.ts';
import type { Authorities } from './authorities.ts';
import type { Bans } from './bans.ts';
import type { DocumentKind, ProfileRequest } from './commands.ts';
import type { DecisionFilter, Decisions } from './decisions.ts';
import type { Deliveries, DeliveryFilter } from './deliveries.ts';
import type { Discovery } from './discovery.ts';
import type { Documents } from './documents.ts';
import type { Explain } from './explain.ts';
import type { Hall } from './hall.ts';
import { Impact } from './impact.ts';
import { type JobQuery, JobReader } from './job-reader.ts';
import type { Jobs } from './jobs.ts';
import type { KeyChanges } from './key-changes.ts';
import type { Keys } from './keys.ts';
import type { Namespaces } from './namespaces.ts';
import type { Outcomes } from './outcomes.ts';
import type { Passkeys } from './passkeys.ts';
import type { TenantMemo } from './plan.ts';
import type { PolicyDecisions, PolicyQuery } from './policy-decisions.ts';
import type { Profiles } from './profiles.ts';
import type { Published } from './published.ts';
import type { Signatories } from './signatories.ts';
import { Trail, type TrailFilter } from './trail.ts';
import type { Usage } from './usage.ts';
import type { Verification } from './verification.ts';
import { shownWebhook, type Webhooks } from './webhooks.ts';

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

const SCOPE_OF: Record<Query['kind'], Scope | 'any' | 'public'> = {
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

const NOT_FOUND: Answer = err(refusal('not_found'));

export class Reader {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #documents: Documents;
  readonly #policy: PolicyDecisions;
  readonly #discovery: Discovery;
  readonly #explain: Explain;
  readonly #profiles: Profiles;
  readonly #hall: Hall;
  readonly #decisions: Decisions;
  readonly #attesting: Attesting;
  readonly #authorities: Authorities;
  readonly #verification: Verification;
  readonly #approvals: Approvals;
  readonly #jobs: JobReader;
  readonly #passkeys: Passkeys;
  readonly #bans: Bans;
  readonly #impact: Impact;
  readonly #trail: Trail;
  readonly #namespaces: Namespaces;
  readonly #signatories: Signatories;
  readonly #alerts: Alerts;
  readonly #entries: LedgerReader;
  readonly #keys: Keys;
  readonly #keyChanges: KeyChanges;
  readonly #published: Published;
  readonly #usage: Usage;
  readonly #outcomes: Outcomes;
  readonly #webhooks: Webhooks;
  readonly #deliveries: Deliveries;

  constructor(
    ledger: Ledger<TenantMemo>,
    documents: Documents,
    policy: PolicyDecisions,
    discovery: Discovery,
    explain: Explain,
    profiles: Profiles,
    hall: Hall,
    decisions: Decisions,
    attesting: Attesting,
    authorities: Authorities,
    verification: Verification,
    approvals: Approvals,
    jobs: Jobs,
    passkeys: Passkeys,
    bans: Bans,
    namespaces: Namespaces,
    signatories: Signatories,
    alerts: Alerts,
    entries: LedgerReader,
    keys: Keys,
    keyChanges: KeyChanges,
    published: Published,
    usage: Usage,
    outcomes: Outcomes,
    webhooks: Webhooks,
    deliveries: Deliveries,
  ) {
    this.#ledger = ledger;
    this.#documents = documents;
    this.#policy = policy;
    this.#discovery = discovery;
    this.#explain = explain;
    this.#profiles = profiles;
    this.#hall = hall;
    this.#decisions = decisions;
    this.#attesting = attesting;
    this.#authorities = authorities;
    this.#verification = verification;
    this.#approvals = approvals;
    this.#jobs = new JobReader(ledger, approvals, jobs, documents);
    this.#passkeys = passkeys;
    this.#bans = bans;
    this.#impact = new Impact(ledger);
    this.#trail = new Trail(ledger);
    this.#namespaces = namespaces;
    this.#signatories = signatories;
    this.#alerts = alerts;
    this.#entries = entries;
    this.#keys = keys;
    this.#keyChanges = keyChanges;
    this.#published = published;
    this.#usage = usage;
    this.#outcomes = outcomes;
    this.#webhooks = webhooks;
    this.#deliveries = deliveries;
  }

  answer(query: Query, mayRead: (scope: Scope | 'any') => Result<null, Refusal>): Answer {
    const scope = SCOPE_OF[query.kind];
    const judged = scope === 'public' ? ok(null) : mayRead(scope);
    return judged.ok ? this.#read(query) : judged;
  }

  #worker(workerId: string): JsonObject | null {
    const worker = this.#discovery.worker(workerId);
    return worker && { ...worker, attestation: this.#attesting.current(workerId) };
  }

  #read(query: Query): Answer {
    switch (query.kind) {
      case 'capabilities':
        return ok(this.#discovery.capabilities(query.search, query.after, query.limit));
      case 'workers':
        return ok(this.#discovery.workers(query.search, query.after, query.limit));
      case 'worker':
        return found(this.#worker(query.workerId));
      case 'explain':
        return ok(this.#explain.of(query.id));
      case 'profiles':
        return ok(this.#profiles.list());
      case 'profile':
        return found(this.#profiles.one(query.profileId, query.version));
      case 'profiles.active':
        return ok(this.#profiles.active(this.#documents.settings.compiled));
      case 'profile.preview':
        return this.#hall.preview(query);
      case 'attestation':
        return found(this.#attesting.shown(query.workerId));
      case 'verify':
        return found(this.#verification.look(query.id, query.asOwner));
      case 'authorities': {
        const authorities = this.#authorities.list();
        return ok({ authorities, count: authorities.length });
      }
      case 'authority':
        return found(this.#authorities.show(query.authorityId));
      case 'attestation.trust':
        return this.#attesting.trust(query.namespace);
      case 'health':
        return ok({ ...this.#discovery.health(), authorities: this.#authorities.list() });
      case 'status':
        return ok(this.#published.status());
      case 'standing':
        return ok(this.#published.standing());
      case 'roster':
        return ok(this.#published.roster());
      case 'dispatches':
        return ok(this.#published.decisions(query.limit));
      case 'dispatches.active':
        return ok(this.#published.active());
      case 'usage':
        return ok(this.#usage.days(query.days));
      case 'outcomes':
        return ok(this.#outcomes.hours(query.hours));
      case 'settings':
        return ok({ settings: this.#documents.settings.compiled, hash: this.#documents.settings.hash });
      case 'approvals': {
        const approvals = this.#approvals.page(query.page);
        const last = approvals.length < query.page.limit ? undefined : approvals.at(-1);
        return ok({
          approvals: approvals.map(shownApproval),
          count: approvals.length,
          next_cursor: last?.approval_id ?? null,
        });
      }
      case 'approval': {
        const approval = this.#approvals.find(query.approvalId);
        return found(approval && shownApproval(approval));
      }
      case 'passkeys':
        return this.#passkeys.list(query.userId);
      case 'jobs':
        return found(this.#jobs.answer(query.query));
      case 'bans':
        return ok(this.#bans.own());
      case 'ban':
        return found(this.#bans.one(query.banId));
      case 'impact':
        return ok(this.#impact.of(query.target, query.before, query.limit));
      case 'enter':
      case 'administer':
        return ok({});
      case 'keys':
        return ok(this.#keyChanges.page(query.after, query.limit, this.#ledger.nowMs()));
      case 'key': {
        const key = this.#keys.find(query.keyId);
        return key === null ? NOT_FOUND : ok(this.#keyChanges.show(key, this.#ledger.nowMs()));
      }
      case 'namespaces':
        return ok(this.#namespaces.held());
      case 'namespace.claim':
        return ok({
          held: this.#namespaces.holds(query.namespace),
          workers: this.#discovery.workersIn(query.namespace),
        });
      case 'signatories':
        return ok(this.#signatories.shown());
      case 'signatory':
        return found(this.#signatories.one(query.signatoryId));
      case 'signatory.evidence':
        return ok({ evidence: recordSignatory(this.#signatories.evidence(query.presented, this.#ledger.nowMs())) });
      case 'document':
        return found(this.#documents.document(query.document, query.version));
      case 'policy':
        return this.#policy.answer(query.query);
      case 'document.versions':
        return ok(this.#documents.versions(query.document));
      case 'alerts':
        return ok(this.#alerts.latest(query.limit));
      case 'webhooks':
        return ok(this.#webhooks.list());
      case 'webhook': {
        const webhook = this.#webhooks.find(query.webhookId);
        return found(webhook && shownWebhook(webhook));
      }
      case 'webhook.deliveries':
        return found(this.#deliveries.page(query.webhookId, query.filter, query.before, query.limit));
      case 'decisions':
        return ok(this.#decisions.list(query.filter, query.before, query.limit));
      case 'decision':
        return found(this.#decisions.one(query.decisionId));
      case 'feed':
        return ok(this.#decisions.after(query.after));
      case 'changes':
        return ok(this.#trail.changes(query.filter, query.before, query.limit));
      case 'types':
        return ok(this.#trail.types(query.before));
      case 'entry':
      case 'entries':
      case 'registry':
      case 'contents':
      case 'content.page':
      case 'proof':
      case 'checkpoint':
      case 'checkpoints':
      case 'checkpoints.back':
      case 'consistency':
        return this.#entries.answer(query);
    }
  }
}

const found = (value: JsonObject | null): Answer => (value === null ? NOT_FOUND : ok(value));
