/**
 * The reading of a tenant object: each question reads, nothing more. Lists are paged by a cursor that is the last key of
 * the page before. Entries are answered as committed text; the Worker signs them.
 */
import { shownApproval } from '../core/approval/shown.ts';
import type { Scope } from '../core/caller.ts';
import { recordSignatory } from '../core/hall/recorded-request.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Answer } from '../ledger/reading.ts';
import type { Parts } from './parts.ts';
import { type Query, SCOPE_OF } from './queries.ts';
import { shownWebhook } from './webhooks.ts';

/** `mayRead` judges the caller, and is not asked where everybody may. */
export function answer(parts: Parts, query: Query, mayRead: (scope: Scope | 'any') => Result<null, Refusal>): Answer {
  const scope = SCOPE_OF[query.kind];
  const judged = scope === 'public' ? ok(null) : mayRead(scope);
  return judged.ok ? read(parts, query) : judged;
}

function read(parts: Parts, query: Query): Answer {
  switch (query.kind) {
    case 'capabilities':
      return ok(parts.discovery.capabilities(query.search, query.after, query.limit));
    case 'workers':
      return ok(parts.discovery.workers(query.search, query.after, query.limit));
    case 'worker':
      return found(workerOf(parts, query.workerId));
    case 'explain':
      return ok(parts.explain.of(query.id));
    case 'profiles':
      return ok(parts.profiles.list());
    case 'profile':
      return found(parts.profiles.one(query.profileId, query.version));
    case 'profiles.active':
      return ok(parts.profiles.active(parts.documents.settings.compiled));
    case 'profile.preview':
      return parts.hall.preview(query);
    case 'attestation':
      return found(parts.attesting.shown(query.workerId));
    case 'verify':
      return found(parts.verification.look(query.id, query.asOwner));
    case 'authorities': {
      const authorities = parts.authorities.list();
      return ok({ authorities, count: authorities.length });
    }
    case 'authority':
      return found(parts.authorities.show(query.authorityId));
    case 'attestation.trust':
      return parts.attesting.trust(query.namespace);
    case 'health':
      return ok({ ...parts.discovery.health(), authorities: parts.authorities.list() });
    case 'status':
      return ok(parts.published.status());
    case 'standing':
      return ok(parts.published.standing());
    case 'roster':
      return ok(parts.published.roster());
    case 'dispatches':
      return ok(parts.published.decisions(query.limit));
    case 'dispatches.active':
      return ok(parts.published.active());
    case 'usage':
      return ok(parts.usage.days(query.days));
    case 'outcomes':
      return ok(parts.outcomes.hours(query.hours));
    case 'settings':
      return ok({ settings: parts.documents.settings.compiled, hash: parts.documents.settings.hash });
    case 'approvals': {
      const approvals = parts.approvals.page(query.page);
      const last = approvals.length < query.page.limit ? undefined : approvals.at(-1);
      return ok({
        approvals: approvals.map(shownApproval),
        count: approvals.length,
        next_cursor: last?.approval_id ?? null,
      });
    }
    case 'approval': {
      const approval = parts.approvals.find(query.approvalId);
      return found(approval && shownApproval(approval));
    }
    case 'passkeys':
      return parts.passkeys.list(query.userId);
    case 'jobs':
      return found(parts.jobReader.answer(query.query));
    case 'bans':
      return ok(parts.bans.own());
    case 'ban':
      return found(parts.bans.one(query.banId));
    case 'impact':
      return ok(parts.impact.of(query.target, query.before, query.limit));
    case 'enter':
    case 'administer':
      return ok({});
    case 'keys':
      return ok(parts.keyChanges.page(query.after, query.limit, parts.ledger.nowMs()));
    case 'key': {
      const key = parts.keys.find(query.keyId);
      return key === null ? NOT_FOUND : ok(parts.keyChanges.show(key, parts.ledger.nowMs()));
    }
    case 'namespaces':
      return ok(parts.namespaces.held());
    case 'namespace.claim':
      return ok({
        held: parts.namespaces.holds(query.namespace),
        workers: parts.discovery.workersIn(query.namespace),
      });
    case 'signatories':
      return ok(parts.signatories.shown());
    case 'signatory':
      return found(parts.signatories.one(query.signatoryId));
    case 'signatory.evidence':
      return ok({ evidence: recordSignatory(parts.signatories.evidence(query.presented, parts.ledger.nowMs())) });
    case 'document':
      return found(parts.documents.document(query.document, query.version));
    case 'policy':
      return parts.policy.answer(query.query);
    case 'document.versions':
      return ok(parts.documents.versions(query.document));
    case 'alerts':
      return ok(parts.alerts.latest(query.limit));
    case 'webhooks':
      return ok(parts.webhooks.list());
    case 'webhook': {
      const webhook = parts.webhooks.find(query.webhookId);
      return found(webhook && shownWebhook(webhook));
    }
    case 'webhook.deliveries':
      return found(parts.deliveries.page(query.webhookId, query.filter, query.before, query.limit));
    case 'decisions':
      return ok(parts.decisions.list(query.filter, query.before, query.limit));
    case 'decision':
      return found(parts.decisions.one(query.decisionId));
    case 'feed':
      return ok(parts.decisions.after(query.after));
    case 'changes':
      return ok(parts.trail.changes(query.filter, query.before, query.limit));
    case 'types':
      return ok(parts.trail.types(query.before));
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
      return parts.reading.answer(query);
  }
}

function workerOf({ discovery, attesting }: Parts, workerId: string): JsonObject | null {
  const worker = discovery.worker(workerId);
  return worker && { ...worker, attestation: attesting.current(workerId) };
}

const NOT_FOUND: Answer = err(refusal('not_found'));

const found = (value: JsonObject | null): Answer => (value === null ? NOT_FOUND : ok(value));
